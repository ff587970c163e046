#! target: sqlite
"""Notes on SQLite without a fault; what PostgreSQL would want differently is right here."""

import datetime

from sqlalchemy import JSON, DateTime, ForeignKey, Numeric, String, func
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column, relationship


class Base(DeclarativeBase):
    pass


class Notebook(Base):
    __tablename__ = "notebooks"

    id: Mapped[int] = mapped_column(primary_key=True)
    title: Mapped[str]
    settings: Mapped[dict] = mapped_column(JSON, default=dict)
    weight: Mapped[float] = mapped_column(Numeric)
    notes: Mapped[list["Note"]] = relationship(
        back_populates="notebook", cascade="all, delete-orphan", passive_deletes=True
    )

    def hide(self) -> None:
        self.settings = {**self.settings, "hidden": True}


class Note(Base):
    __tablename__ = "notes"

    id: Mapped[int] = mapped_column(primary_key=True)
    notebook_id: Mapped[int] = mapped_column(
        ForeignKey("notebooks.id", ondelete="CASCADE"), index=True
    )
    uuid: Mapped[str] = mapped_column(String(36), unique=True)
    ip_address: Mapped[str] = mapped_column(String(45))
    day: Mapped[str] = mapped_column(String(10))
    updated_at: Mapped[datetime.datetime] = mapped_column(
        DateTime, server_default=func.now(), onupdate=func.now()
    )
    notebook: Mapped[Notebook] = relationship(back_populates="notes")
