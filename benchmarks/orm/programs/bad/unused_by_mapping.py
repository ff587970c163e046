"""The mapping loads a collection with every SELECT, this one never reads it."""

# /// label
# on = ["sqlite", "aiosqlite"]
# least = 1
# root = "Article"
# option = "lazyload(Article.tags)"
# before = 2
# after = 1
# ///

from sqlalchemy import Column, ForeignKey, String, Table, create_engine, select
from sqlalchemy.ext.associationproxy import association_proxy
from sqlalchemy.ext.asyncio import AsyncSession, create_async_engine
from sqlalchemy.orm import DeclarativeBase, Mapped, Session, mapped_column, relationship


class Base(DeclarativeBase):
    pass


article_tag = Table(
    "article_tag",
    Base.metadata,
    Column("article_id", ForeignKey("article.id"), primary_key=True),
    Column("tag_id", ForeignKey("tag.id"), primary_key=True),
)


class Tag(Base):
    __tablename__ = "tag"
    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(String(40))


class Article(Base):
    __tablename__ = "article"
    id: Mapped[int] = mapped_column(primary_key=True)
    title: Mapped[str] = mapped_column(String(80))
    tags: Mapped[list[Tag]] = relationship(
        secondary=article_tag, order_by=Tag.id, lazy="selectin"
    )
    links: Mapped[list["Link"]] = relationship(order_by="Link.id")
    tag_names = association_proxy("tags", "name")


class Link(Base):
    __tablename__ = "link"
    id: Mapped[int] = mapped_column(primary_key=True)
    url: Mapped[str] = mapped_column(String(200))
    article_id: Mapped[int] = mapped_column(ForeignKey("article.id"), index=True)


def fill(session):
    tags = [Tag(name=name) for name in ("python", "sql", "orm", "web", "async")]
    for number in range(10):
        links = [Link(url=f"https://example.org/{number}/{part}") for part in range(8)]
        article = Article(title=f"Article {number}", tags=tags[number % 3 :], links=links)
        session.add(article)


def titles(session):
    query = select(Article).order_by(Article.id)  #> root
    return [article.title for article in session.scalars(query)]  #! unused-eager-load Article.tags


def main(url):
    if "aiosqlite" in url:
        return over_async(url)
    engine = create_engine(url)
    with Session(engine) as session:
        return titles(session)


async def over_async(url):
    engine = create_async_engine(url)
    async with AsyncSession(engine) as session:
        found = await session.run_sync(titles)
    await engine.dispose()
    return found
