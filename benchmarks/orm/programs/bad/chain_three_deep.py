"""Users, their posts, the comments on these: two links loaded one by one."""

# /// label
# on = ["sqlite", "psycopg", "pymysql"]
# static = true
# root = "User"
# option = "selectinload(User.posts).selectinload(Post.comments)"
# before = 19
# after = 3
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
    pages = []
    users = session.scalars(select(User).order_by(User.id)).all()  #> root
    for user in users:  #> loop
        for post in user.posts:  #! lazy-load User.posts
            texts = [comment.text for comment in post.comments]  #! lazy-load Post.comments
            pages.append((user.name, post.title, texts))
    return pages
