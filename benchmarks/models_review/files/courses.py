"""Courses: soft deletion, associations, an inheritance without a check."""

import datetime
from typing import Optional

from sqlalchemy import Column, DateTime, ForeignKey, String, Table, UniqueConstraint
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column, relationship


class Base(DeclarativeBase):
    pass


course_teachers = Table(
    "course_teachers",
    Base.metadata,
    Column("course_id", ForeignKey("courses.id"), primary_key=True),
    Column("teacher_id", ForeignKey("teachers.id"), primary_key=True, index=True),
)


class Course(Base):
    __tablename__ = "courses"
    __table_args__ = (UniqueConstraint("title", name="uq_courses_title"),)  #! soft-delete-unique

    id: Mapped[int] = mapped_column(primary_key=True)
    title: Mapped[str] = mapped_column(String(120))
    deleted_at: Mapped[Optional[datetime.datetime]] = mapped_column(DateTime(timezone=True))
    lessons: Mapped[list["Lesson"]] = relationship(back_populates="course", passive_deletes="all")


class Teacher(Base):
    __tablename__ = "teachers"

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(String(80))
    courses: Mapped[list[Course]] = relationship(secondary=course_teachers)


class Lesson(Base):
    __tablename__ = "lessons"
    __mapper_args__ = {"polymorphic_on": "kind", "polymorphic_identity": "lesson"}

    id: Mapped[int] = mapped_column(primary_key=True)
    course_id: Mapped[int] = mapped_column(ForeignKey("courses.id"), index=True)
    kind: Mapped[Optional[str]] = mapped_column(String(20))  #! nullable-discriminator
    starts_on: Mapped[str] = mapped_column(String(10))
    start_date: Mapped[str] = mapped_column(String(10))  #! value-stored-as-text
    course: Mapped[Course] = relationship(back_populates="lessons")


class Exam(Lesson):
    __mapper_args__ = {"polymorphic_identity": "exam"}

    minutes: Mapped[Optional[int]]
