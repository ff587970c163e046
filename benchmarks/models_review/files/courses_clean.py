"""Courses without a fault: single-table and joined inheritance, an association with a role."""

import datetime
from typing import Optional

from sqlalchemy import DateTime, ForeignKey, Index, String, text
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column, relationship


class Base(DeclarativeBase):
    pass


class Course(Base):
    __tablename__ = "courses"
    __table_args__ = (
        Index("uq_courses_title", "title", unique=True, postgresql_where=text("deleted_at is null")),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    title: Mapped[str] = mapped_column(String(120))
    deleted_at: Mapped[Optional[datetime.datetime]] = mapped_column(DateTime(timezone=True))
    lessons: Mapped[list["Lesson"]] = relationship(back_populates="course", passive_deletes="all")


class Teaching(Base):
    __tablename__ = "teachings"

    course_id: Mapped[int] = mapped_column(ForeignKey("courses.id"), primary_key=True)
    teacher: Mapped[str] = mapped_column(String(80), primary_key=True)
    role: Mapped[str] = mapped_column(String(20))


class Lesson(Base):
    __tablename__ = "lessons"
    __mapper_args__ = {"polymorphic_on": "kind", "polymorphic_identity": "lesson"}

    id: Mapped[int] = mapped_column(primary_key=True)
    course_id: Mapped[int] = mapped_column(ForeignKey("courses.id"), index=True)
    kind: Mapped[str] = mapped_column(String(20))
    course: Mapped[Course] = relationship(back_populates="lessons")


class Exam(Lesson):
    __mapper_args__ = {"polymorphic_identity": "exam"}

    minutes: Mapped[Optional[int]]
    supervised: Mapped[Optional[bool]]


class Video(Lesson):
    __tablename__ = "videos"
    __mapper_args__ = {"polymorphic_identity": "video"}

    id: Mapped[int] = mapped_column(ForeignKey("lessons.id"), primary_key=True)
    url: Mapped[str] = mapped_column(String(500))
