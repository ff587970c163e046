"""Columns that come from mixins."""

import datetime

from sqlalchemy import DateTime, ForeignKey, MetaData, String, func
from sqlalchemy.orm import DeclarativeBase, Mapped, declared_attr, mapped_column, relationship


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


class Stamped:
    created_at: Mapped[datetime.datetime] = mapped_column(
        DateTime(timezone=True), server_default=func.now()
    )


class Owned:
    @declared_attr
    def owner_id(cls) -> Mapped[int]:
        return mapped_column(ForeignKey("people.id"), index=True)


class Person(Stamped, Base):
    __tablename__ = "people"

    id: Mapped[int] = mapped_column(primary_key=True)
    handle: Mapped[str] = mapped_column(String(40))  #! missing-natural-unique
    is_admin: Mapped[bool | None]  #! nullable-boolean


class Board(Stamped, Owned, Base):
    __tablename__ = "boards"

    id: Mapped[int] = mapped_column(primary_key=True)
    viewer_ids: Mapped[str] = mapped_column(String(400))  #! multi-valued-text
    cards: Mapped[list["Card"]] = relationship(back_populates="board", passive_deletes="all")


class Card(Stamped, Owned, Base):
    __tablename__ = "cards"

    id: Mapped[int] = mapped_column(primary_key=True)
    board_id: Mapped[int] = mapped_column(ForeignKey("boards.id"))  #! foreign-key-without-index
    board: Mapped[Board] = relationship(back_populates="cards", cascade="all")  #! cascade-to-parent
