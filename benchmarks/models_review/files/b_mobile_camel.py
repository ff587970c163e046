"""Names in camel case, which each query on PostgreSQL has to quote."""

from sqlalchemy import ForeignKey, Integer, MetaData, String
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


class Device(Base):  #! quoted-name
    __tablename__ = "devices"

    id: Mapped[int] = mapped_column(primary_key=True)
    deviceName: Mapped[str] = mapped_column(String(60))
    osVersion: Mapped[str] = mapped_column(String(20))


class AppInstall(Base):  #! quoted-name
    __tablename__ = "appInstalls"

    id: Mapped[int] = mapped_column(primary_key=True)
    device_id: Mapped[int] = mapped_column(ForeignKey("devices.id"), index=True)


class Crash(Base):
    __tablename__ = "crashes"

    id: Mapped[int] = mapped_column(primary_key=True)
    deviceId: Mapped[int] = mapped_column("device_id", ForeignKey("devices.id"), index=True)
    line: Mapped[int] = mapped_column(Integer)
