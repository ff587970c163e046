"""A catalog that keeps each attribute as a row of texts."""

from sqlalchemy import ForeignKey, MetaData, String, Text, UniqueConstraint
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column


class Base(DeclarativeBase):
    metadata = MetaData(
        naming_convention={
            "ix": "ix_%(column_0_label)s",
            "uq": "uq_%(table_name)s_%(column_0_name)s",
            "ck": "ck_%(table_name)s_%(constraint_name)s",
            "fk": "fk_%(table_name)s_%(column_0_name)s",
            "pk": "pk_%(table_name)s",
        }
    )


class Article(Base):
    __tablename__ = "articles"

    id: Mapped[int] = mapped_column(primary_key=True)
    title: Mapped[str] = mapped_column(String(120))
    keywords: Mapped[str] = mapped_column(String(200))  #! multi-valued-text

    def has(self, word: str) -> bool:
        return word in self.keywords.split(",")


class ArticleAttribute(Base):  #! entity-attribute-value
    __tablename__ = "article_attributes"
    __table_args__ = (UniqueConstraint("article_id", "name", name="uq_article_attributes_name"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    article_id: Mapped[int] = mapped_column(ForeignKey("articles.id", ondelete="CASCADE"))
    name: Mapped[str] = mapped_column(String(60))
    value: Mapped[str] = mapped_column(Text)


class Machine(Base):
    __tablename__ = "machines"

    id: Mapped[int] = mapped_column(primary_key=True)


class MachineData(Base):  #! entity-attribute-value
    __tablename__ = "machine_data"

    machine_id: Mapped[int] = mapped_column(ForeignKey("machines.id"), primary_key=True)
    attribute: Mapped[str] = mapped_column(String(60), primary_key=True)
    value: Mapped[str | None] = mapped_column(String(400))
