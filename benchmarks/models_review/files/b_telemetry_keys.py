"""Readings of sensors: keys that are too narrow or that scatter."""

import datetime
import uuid

from sqlalchemy import BigInteger, DateTime, ForeignKey, Identity, Integer, MetaData, Numeric, text
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column


class Base(DeclarativeBase):
    metadata = MetaData(
        naming_convention={
            "ix": "ix_%(column_0_label)s",
            "uq": "uq_%(table_name)s_%(column_0_name)s",
            "ck": "ck_%(table_name)s_%(constraint_name)s",
            "fk": "fk_%(table_name)s_%(column_0_name)s",
            "pk": "pk_%(table_name)s",
        }
    )


class Sensor(Base):
    __tablename__ = "sensors"

    id: Mapped[int] = mapped_column(primary_key=True)


class Reading(Base):
    __tablename__ = "readings"

    id: Mapped[int] = mapped_column(primary_key=True)  #! narrow-key
    sensor_id: Mapped[int] = mapped_column(ForeignKey("sensors.id"))  #! foreign-key-without-index
    at: Mapped[datetime.datetime] = mapped_column(DateTime(timezone=True))
    value: Mapped[object] = mapped_column(Numeric(12, 3))


class DeviceEvent(Base):
    __tablename__ = "device_events"

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=uuid.uuid4)  #! random-key
    sensor_id: Mapped[int] = mapped_column(ForeignKey("sensors.id"), index=True)


class Alarm(Base):
    __tablename__ = "alarms"

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, server_default=text("gen_random_uuid()"))  #! random-key


class Sample(Base):
    __tablename__ = "samples"

    id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)
