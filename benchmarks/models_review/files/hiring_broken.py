"""Hiring: mappers that do not configure."""

from typing import List

from sqlalchemy import ForeignKey, String
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column, relationship


class Base(DeclarativeBase):
    pass


class Person(Base):
    __tablename__ = "persons"

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(String(80))


class Interview(Base):
    __tablename__ = "interviews"

    id: Mapped[int] = mapped_column(primary_key=True)
    candidate_id: Mapped[int] = mapped_column(ForeignKey("persons.id"), index=True)
    interviewer_id: Mapped[int] = mapped_column(ForeignKey("persons.id"), index=True)
    verdict_status: Mapped[str] = mapped_column(String(20))  #! open-status
    candidate: Mapped[Person] = relationship()  #! mapper-problem
