"""Sensors in 1.4 style on declarative_base(): addresses and times as text."""

from sqlalchemy import Column, DateTime, Float, ForeignKey, Index, Integer, String, text
from sqlalchemy.ext.declarative import declarative_base
from sqlalchemy.orm import relationship

Base = declarative_base()  #! legacy-base


class Gateway(Base):
    __tablename__ = "gateways"

    id = Column(Integer, primary_key=True)
    ip_address = Column(String(45), nullable=False)  #! value-stored-as-text
    mac = Column(String(17), nullable=False)
    device_uuid = Column(String(36), nullable=False)
    sensors = relationship("Sensor", back_populates="gateway", passive_deletes="all")


class Sensor(Base):
    __tablename__ = "sensors"
    __table_args__ = (
        Index("ix_sensors_gateway_id_kind", "gateway_id", "kind"),
        Index("ix_sensors_gateway_id", "gateway_id"),  #! redundant-index
    )

    id = Column(Integer, primary_key=True)
    gateway_id = Column(Integer, ForeignKey("gateways.id"), nullable=False)
    kind = Column(String(20), nullable=False)
    installed_at = Column(String(25), nullable=False)  #! value-stored-as-text
    muted = Column(String(3))
    gateway = relationship("Gateway", back_populates="sensors")


class Reading(Base):
    __tablename__ = "readings"
    __table_args__ = (Index("ix_readings_sensor", "sensor_id", text("taken_at desc")),)

    id = Column(Integer, primary_key=True)
    sensor_id = Column(Integer, ForeignKey("sensors.id"), nullable=False)
    taken_at = Column(DateTime(timezone=True), nullable=False)
    value = Column(Float, nullable=False)
