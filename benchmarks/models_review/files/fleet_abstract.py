"""An abstract base with a tenant; names that are too long for PostgreSQL."""

from sqlalchemy import ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.orm import DeclarativeBase, Mapped, declared_attr, mapped_column


class Base(DeclarativeBase):
    pass


class Company(Base):
    __tablename__ = "companies"

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(String(80))


class Owned(Base):
    __abstract__ = True

    id: Mapped[int] = mapped_column(primary_key=True)

    @declared_attr
    def company_id(cls) -> Mapped[int]:
        return mapped_column(ForeignKey("companies.id"), index=True)


class Vehicle(Owned):
    __tablename__ = "vehicles"
    __table_args__ = (
        Index("ix_vehicles_by_the_color_and_the_make_that_the_garage_wrote_down_once", "color", "make"),  #! name-too-long
        UniqueConstraint("company_id", "id", name="uq_vehicles_company_id"),
    )

    code: Mapped[str] = mapped_column(String(10), unique=True)  #! unique-across-tenants
    color: Mapped[str] = mapped_column(String(20))
    make: Mapped[str] = mapped_column(String(20))


class Garage(Owned):
    __tablename__ = "garages"

    name: Mapped[str] = mapped_column(String(80))


class Repair(Owned):
    __tablename__ = "repairs"

    vehicle_id: Mapped[int] = mapped_column(ForeignKey("vehicles.id"), index=True)  #! cross-tenant-foreign-key
    garage_id: Mapped[int] = mapped_column(ForeignKey("garages.id"), index=True)
    report: Mapped[str] = mapped_column(String(2000))


class Driver(Owned):
    __tablename__ = "drivers"

    name: Mapped[str] = mapped_column(String(80))


class Inspection(Base):  #! missing-tenant-key
    __tablename__ = "inspections"

    id: Mapped[int] = mapped_column(primary_key=True)
    inspector: Mapped[str] = mapped_column(String(80))
    findings: Mapped[str] = mapped_column(String(2000))
    vehicle_id: Mapped[int | None] = mapped_column(ForeignKey("vehicles.id"), index=True)
