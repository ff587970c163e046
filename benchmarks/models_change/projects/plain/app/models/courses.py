from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column, relationship

from .base import Base, Dated

if TYPE_CHECKING:
    from .people import Teacher


class Course(Dated, Base):
    """A course, given by one teacher."""

    title: Mapped[str] = mapped_column(String(200))
    teacher_id: Mapped[int] = mapped_column(
        ForeignKey("teacher.id", ondelete="RESTRICT"), index=True
    )

    teacher: Mapped[Teacher] = relationship(back_populates="courses")
