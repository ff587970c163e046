"""Trees whose sides are right."""

from typing import List, Optional

from sqlalchemy import ForeignKey, Index, String, text
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column, relationship


class Base(DeclarativeBase):
    pass


class Folder(Base):
    __tablename__ = "folders"
    __table_args__ = (
        Index("uq_folders_name", "parent_id", "name", unique=True),
        Index("uq_folders_top", "name", unique=True, postgresql_where=text("parent_id is null")),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    parent_id: Mapped[Optional[int]] = mapped_column(ForeignKey("folders.id"))
    name: Mapped[str] = mapped_column(String(80))
    parent: Mapped[Optional["Folder"]] = relationship(
        remote_side=[id], back_populates="children"
    )
    children: Mapped[List["Folder"]] = relationship(back_populates="parent", passive_deletes="all")


class Shelf(Base):
    __tablename__ = "shelves"

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(String(80))
    label: Mapped[Optional["Label"]] = relationship(back_populates="shelf", passive_deletes="all")


class Label(Base):
    __tablename__ = "labels"

    shelf_id: Mapped[int] = mapped_column(ForeignKey("shelves.id"), primary_key=True)
    color: Mapped[str] = mapped_column(String(20))
    shelf: Mapped[Shelf] = relationship(back_populates="label")
