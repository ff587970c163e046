"""Two schemas; text that has to be text, numbers that may have any precision."""

import datetime
import uuid
from decimal import Decimal

from sqlalchemy import CheckConstraint, Date, ForeignKey, Numeric, String, Text
from sqlalchemy.dialects.postgresql import CHAR, INET
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column


class Base(DeclarativeBase):
    pass


class Machine(Base):
    __tablename__ = "machines"
    __table_args__ = (
        CheckConstraint("length(plate) = 6", name="ck_machines_plate"),
        {"schema": "plant"},
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    ip_address: Mapped[str | None] = mapped_column(INET)
    serial_uuid: Mapped[uuid.UUID]
    plate: Mapped[str] = mapped_column(CHAR(6))
    sha256: Mapped[str] = mapped_column(CHAR(64))
    flag: Mapped[str] = mapped_column(CHAR(1))
    vendor_uuid: Mapped[str | None] = mapped_column(String(80))
    date_format: Mapped[str] = mapped_column(String(20))
    installed_on: Mapped[datetime.date] = mapped_column(Date)


class Measurement(Base):
    __tablename__ = "measurements"
    __table_args__ = {"schema": "lab"}

    id: Mapped[int] = mapped_column(primary_key=True)
    machine_id: Mapped[int] = mapped_column(ForeignKey("plant.machines.id"), index=True)
    value: Mapped[Decimal] = mapped_column(Numeric)
    remark: Mapped[str] = mapped_column(Text)
    json_path: Mapped[str] = mapped_column(String(80))
