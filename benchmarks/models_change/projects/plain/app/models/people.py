from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import String
from sqlalchemy.orm import Mapped, mapped_column, relationship

from .base import Base, Dated

if TYPE_CHECKING:
    from .courses import Course


class Teacher(Dated, Base):
    """Somebody who gives courses."""

    name: Mapped[str] = mapped_column(String(100))
    email: Mapped[str] = mapped_column(String(320), unique=True)

    courses: Mapped[list[Course]] = relationship(back_populates="teacher", passive_deletes="all")


class Student(Dated, Base):
    """Somebody who takes courses."""

    name: Mapped[str] = mapped_column(String(100))
