"""Two links are loaded ahead, the third is not; it is one expression `a.b.c`."""

# /// label
# on = ["sqlite", "asyncpg"]
# root = "Post"
# option = "selectinload(Post.comments).joinedload(Comment.writer).selectinload(User.posts)"
# before = 6
# after = 3
# ///

from sqlalchemy import ForeignKey, String, create_engine, select
from sqlalchemy.ext.asyncio import AsyncSession, create_async_engine
from sqlalchemy.orm import DeclarativeBase, Mapped, Session, mapped_column, relationship, selectinload


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


def titles(posts):
    return [
        (comment.text, [p.title for p in comment.writer.posts])  #! lazy-load User.posts
        for post in posts  #> loop
        for comment in post.comments
    ]


def report(session):
    query = (
        select(Post)  #> root
        .options(selectinload(Post.comments).joinedload(Comment.writer))
        .order_by(Post.id)
    )
    return titles(session.scalars(query).all())


def main(url):
    if "aiosqlite" in url or "asyncpg" in url:
        return over_async(url)
    engine = create_engine(url)
    with Session(engine) as session:
        return report(session)


async def over_async(url):
    engine = create_async_engine(url)
    async with AsyncSession(engine) as session:
        found = await session.run_sync(report)
    await engine.dispose()
    return found
