#! target: mysql-8.0
"""Rentals on MySQL in 1.4 style."""

from sqlalchemy import Column, DateTime, Enum, Float, ForeignKey, Integer, Numeric, String, func
from sqlalchemy.orm import DeclarativeBase, relationship


class Base(DeclarativeBase):
    pass


class Bike(Base):
    __tablename__ = "bikes"

    id = Column(Integer, primary_key=True)
    frame = Column(String)  #! string-without-length
    kilos = Column(Numeric, nullable=False)  #! numeric-without-precision
    kind = Column(Enum("city", "race"), nullable=False)


class Rental(Base):
    __tablename__ = "rentals"

    id = Column(Integer, primary_key=True)
    bike_id = Column(Integer, ForeignKey("bikes.id"), nullable=False)
    fee = Column(Float, nullable=False)  #! float-money
    updated_at = Column(DateTime, server_default=func.now())  #! stale-updated-at
    bike = relationship(Bike)
