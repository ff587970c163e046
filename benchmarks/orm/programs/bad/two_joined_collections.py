"""Two collections in one join: each article gives tags times links rows."""

# /// label
# on = ["sqlite", "psycopg", "pymysql"]
# static = true
# measure = "rows"
# before = 328
# after = 131
# replace = [["joinedload(Article.tags), joinedload(Article.links)", "selectinload(Article.tags), selectinload(Article.links)"]]
# ///

from sqlalchemy import Column, ForeignKey, String, Table, select
from sqlalchemy.ext.associationproxy import association_proxy
from sqlalchemy.orm import DeclarativeBase, Mapped, joinedload, mapped_column, relationship


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
    tags: Mapped[list[Tag]] = relationship(secondary=article_tag, order_by=Tag.id)
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


def work(session):
    query = select(Article).options(joinedload(Article.tags), joinedload(Article.links)).order_by(Article.id)
    articles = session.scalars(query).unique().all()  #! cartesian-load Article.tags+Article.links
    return [(len(a.tags), len(a.links), a.tags[0].name, a.links[0].url) for a in articles]


# --- fixed ---


from sqlalchemy.orm import selectinload
