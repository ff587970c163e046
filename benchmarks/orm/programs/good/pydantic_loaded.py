"""pydantic reads what was loaded ahead."""

# /// label
# on = ["sqlite", "asyncpg"]
# looks = "lazy-load"
# why = "the whole chain is loaded ahead"
# before = 3
# ///

from pydantic import BaseModel, ConfigDict
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


class CommentOut(BaseModel):
    model_config = ConfigDict(from_attributes=True)
    text: str


class PostOut(BaseModel):
    model_config = ConfigDict(from_attributes=True)
    title: str
    comments: list[CommentOut]


class UserOut(BaseModel):
    model_config = ConfigDict(from_attributes=True)
    name: str
    posts: list[PostOut]


QUERY = select(User).options(selectinload(User.posts).selectinload(Post.comments))


def dumped(users):
    return [UserOut.model_validate(user).model_dump() for user in users]


def main(url):
    if "asyncpg" in url:
        return over_async(url)
    with Session(create_engine(url)) as session:
        return dumped(session.scalars(QUERY.order_by(User.id)))


async def over_async(url):
    engine = create_async_engine(url)
    async with AsyncSession(engine) as session:
        found = dumped(await session.scalars(QUERY.order_by(User.id)))
    await engine.dispose()
    return found
