"""Couriers: 1.4 columns beside 2.0 annotations, types that hide values, shared defaults."""

import uuid
from typing import Any

from sqlalchemy import JSON, Column, ForeignKey, Integer, String, Text
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column, relationship


class Base(DeclarativeBase):
    type_annotation_map = {dict[str, Any]: JSON}


class Courier(Base):
    __tablename__ = "couriers"

    id = Column(Integer, primary_key=True)
    name = Column(String(80), nullable=False)
    licence_uuid = Column(String(36), nullable=False, default=lambda: str(uuid.uuid4()))  #! value-stored-as-text
    access_token = Column(Text)  #! plain-secret
    options: Mapped[dict[str, Any]] = mapped_column(default={})  #! shared-mutable-default
    route: Mapped[dict[str, Any]] = mapped_column(default=dict)  #! lost-json-change
    trips = relationship("Trip", back_populates="courier", passive_deletes="all")

    def skip(self, stop: str) -> None:
        del self.route[stop]


class Trip(Base):
    __tablename__ = "trips"

    id = Column(Integer, primary_key=True)
    courier_id = Column(Integer, ForeignKey("couriers.id"), nullable=False)  #! foreign-key-without-index
    start_ip = Column(String(40))  #! value-stored-as-text
    courier = relationship("Courier", back_populates="trips")
