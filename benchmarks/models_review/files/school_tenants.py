"""Schools as tenants over a schema, mixed styles; an enum told by value in a condition."""

import enum
from typing import Optional

from sqlalchemy import Column, Enum, ForeignKey, Index, Integer, String, Text, text
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column, relationship


class Base(DeclarativeBase):
    pass


class Level(enum.Enum):
    BASIC = "basic"
    HIGH = "high"


class School(Base):
    __tablename__ = "schools"
    __table_args__ = {"schema": "edu"}

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(String(80))


class Pupil(Base):
    __tablename__ = "pupils"
    __table_args__ = {"schema": "edu"}

    id = Column(Integer, primary_key=True)
    school_id = Column(Integer, ForeignKey("edu.schools.id"), nullable=False, index=True)
    number = Column(String(12), nullable=False, unique=True)  #! unique-across-tenants


class Course(Base):
    __tablename__ = "courses"
    __table_args__ = (
        Index("ix_courses_high", "school_id", postgresql_where=text("level = 'high'")),
        {"schema": "edu"},
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    school_id: Mapped[int] = mapped_column(ForeignKey("edu.schools.id"), index=True)
    level: Mapped[Level] = mapped_column(Enum(Level, native_enum=False, length=8))  #! enum-stored-by-name


class Grade(Base):
    __tablename__ = "grades"
    __table_args__ = {"schema": "edu"}

    id: Mapped[int] = mapped_column(primary_key=True)
    school_id: Mapped[int] = mapped_column(ForeignKey("edu.schools.id"), index=True)
    pupil_id: Mapped[int] = mapped_column(ForeignKey("edu.pupils.id"), index=True)  #! cross-tenant-foreign-key
    course_id: Mapped[int] = mapped_column(ForeignKey("edu.courses.id"), index=True)
    points: Mapped[int]
    pupil: Mapped[Pupil] = relationship()


class Room(Base):
    __tablename__ = "rooms"
    __table_args__ = {"schema": "edu"}

    id: Mapped[int] = mapped_column(primary_key=True)
    school_id: Mapped[int] = mapped_column(ForeignKey("edu.schools.id"), index=True)
    label: Mapped[str] = mapped_column(String(20))


class Message(Base):  #! missing-tenant-key
    __tablename__ = "messages"
    __table_args__ = {"schema": "edu"}

    id: Mapped[int] = mapped_column(primary_key=True)
    sender: Mapped[str] = mapped_column(String(80))
    body: Mapped[str] = mapped_column(Text)
    answer_to: Mapped[Optional[int]] = mapped_column(index=True)
