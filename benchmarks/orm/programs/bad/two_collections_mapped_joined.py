"""Two collections that the mapping joins into every SELECT."""

# /// label
# on = ["sqlite", "psycopg"]
# measure = "rows"
# before = 328
# after = 131
# root = "Article"
# option = "(selectinload(Article.tags), selectinload(Article.links))"
# ///

from sqlalchemy import Column, ForeignKey, String, Table, select
from sqlalchemy.ext.associationproxy import association_proxy
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column, relationship


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
        secondary=article_tag, order_by=Tag.id, lazy="joined"
    )
    links: Mapped[list["Link"]] = relationship(order_by="Link.id", lazy="joined")
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


def work(session):
    query = select(Article).order_by(Article.id)  #> root
    articles = session.scalars(query).unique().all()  #! cartesian-load Article.tags+Article.links
    return [[tag.name for tag in a.tags] + [link.url for link in a.links] for a in articles]
