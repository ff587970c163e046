#! target: sqlite
"""Notes on SQLite, 2.0 style."""

import datetime

from sqlalchemy import JSON, DateTime, ForeignKey, String, func
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column, relationship


class Base(DeclarativeBase):
    pass


class Notebook(Base):
    __tablename__ = "notebooks"

    id: Mapped[int] = mapped_column(primary_key=True)
    title: Mapped[str]
    settings: Mapped[dict] = mapped_column(JSON, default=dict)  #! lost-json-change
    notes: Mapped[list["Note"]] = relationship(back_populates="notebook", cascade="all, delete-orphan")

    def hide(self) -> None:
        self.settings.update(hidden=True)


class Note(Base):
    __tablename__ = "notes"

    id: Mapped[int] = mapped_column(primary_key=True)
    notebook_id: Mapped[int] = mapped_column(ForeignKey("notebooks.id"), index=True)
    text: Mapped[str]
    uuid: Mapped[str] = mapped_column(String(36), unique=True)
    updated_at: Mapped[datetime.datetime] = mapped_column(DateTime, server_default=func.now())  #! stale-updated-at
    notebook: Mapped[Notebook] = relationship(back_populates="notes")
