"""1.4 style: what may be NULL says so or is optional by its nature."""

from sqlalchemy import Boolean, Column, Date, DateTime, ForeignKey, Integer, MetaData, String, Text, func
from sqlalchemy.orm import declarative_base, relationship

Base = declarative_base(metadata=MetaData())


class Person(Base):
    __tablename__ = "people"

    id = Column(Integer, primary_key=True)
    name = Column(String(60), nullable=False)
    nickname = Column(String(60))
    born_on = Column(Date)
    bio = Column(Text, nullable=True)
    is_guest = Column(Boolean, nullable=False, server_default="false")
    updated_at = Column(DateTime(timezone=True), onupdate=func.now())
    seats = relationship("Seat", back_populates="person", passive_deletes="all")

    def __init__(self, name, nickname=None, born_on=None):
        self.name = name
        self.nickname = nickname
        self.born_on = born_on


class Seat(Base):
    __tablename__ = "seats"

    id = Column(Integer, primary_key=True)
    person_id = Column(Integer, ForeignKey("people.id", ondelete="SET NULL"), index=True)
    row = Column(String(3), nullable=False)
    person = relationship("Person", back_populates="seats", uselist=False)

    def __init__(self, row, person):
        self.row = row
        self.person = person
