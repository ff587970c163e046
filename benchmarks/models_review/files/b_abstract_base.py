"""A project with an abstract base and a plain table beside it."""

from sqlalchemy import BigInteger, Column, ForeignKey, Identity, MetaData, String, Table
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column, relationship


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


class Entity(Base):
    __abstract__ = True

    id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)


class Site(Entity):
    __tablename__ = "sites"

    slug: Mapped[str] = mapped_column(String(60))  #! missing-natural-unique
    tags: Mapped[str] = mapped_column(String(200), comment="comma separated")  #! multi-valued-text


class Page(Entity):
    __tablename__ = "pages"

    site_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("sites.id"), index=True)
    path: Mapped[str] = mapped_column(String(200))
    entity_type: Mapped[str] = mapped_column(String(40))
    entity_id: Mapped[int] = mapped_column(BigInteger)  #! generic-foreign-key


class Redirect(Entity):
    __tablename__ = "redirects"

    page_id: Mapped[int] = mapped_column(ForeignKey("pages.id"), index=True)
    group: Mapped[str] = mapped_column(String(20))  #! reserved-name
