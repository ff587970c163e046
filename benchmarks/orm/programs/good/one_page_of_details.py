"""A page of one user: each link is loaded once."""

# /// label
# on = ["sqlite", "psycopg"]
# static = true
# looks = "lazy-load"
# why = "one parent for each relationship"
# before = 3
# beside = ["rows-loaded-to-count"]
# ///

from sqlalchemy import ForeignKey, String, select
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column, relationship


class Base(DeclarativeBase):
    pass


class User(Base):
    __tablename__ = "users"
    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(String(40))
    posts: Mapped[list["Post"]] = relationship(back_populates="user", order_by="Post.id")


class Post(Base):
    __tablename__ = "posts"
    id: Mapped[int] = mapped_column(primary_key=True)
    title: Mapped[str] = mapped_column(String(80))
    user_id: Mapped[int] = mapped_column(ForeignKey("users.id"), index=True)
    user: Mapped[User] = relationship(back_populates="posts")
    comments: Mapped[list["Comment"]] = relationship(order_by="Comment.id")


class Comment(Base):
    __tablename__ = "comments"
    id: Mapped[int] = mapped_column(primary_key=True)
    text: Mapped[str] = mapped_column(String(200))
    post_id: Mapped[int] = mapped_column(ForeignKey("posts.id"), index=True)
    writer_id: Mapped[int] = mapped_column(ForeignKey("users.id"), index=True)
    writer: Mapped[User] = relationship()


def fill(session):
    users = [User(id=number, name=f"User {number}") for number in range(1, 7)]
    session.add_all(users)
    session.flush()
    for user in users:
        for part in range(2):
            post = Post(title=f"Post {user.id}.{part}", user=user)
            for other in users[part::3]:
                post.comments.append(Comment(text=f"{other.name} was here", writer=other))
            session.add(post)


def work(session):
    user = session.scalars(select(User).where(User.id == 2)).one()
    titles = [post.title for post in user.posts]
    comments = session.scalars(select(Comment).where(Comment.writer_id == user.id)).all()
    return {"name": user.name, "titles": titles, "comments": len(comments)}
