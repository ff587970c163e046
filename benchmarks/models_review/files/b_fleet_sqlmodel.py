"""A fleet in SQLModel."""

from sqlalchemy import Column, ForeignKey, Integer
from sqlmodel import Field, SQLModel


class Depot(SQLModel, table=True):
    __tablename__ = "depots"

    id: int | None = Field(default=None, primary_key=True)
    name: str = Field(max_length=60)
    phone1: str | None = Field(default=None, max_length=30)  #! repeating-columns
    phone2: str | None = Field(default=None, max_length=30)
    phone3: str | None = Field(default=None, max_length=30)


class Vehicle(SQLModel, table=True):
    __tablename__ = "vehicles"

    id: int | None = Field(default=None, primary_key=True)
    plate: str = Field(max_length=12, unique=True)
    depot_id: int = Field(foreign_key="depots.id")  #! foreign-key-without-index
    is_active: bool | None = None  #! nullable-boolean


class Trip(SQLModel, table=True):
    __tablename__ = "trips"

    id: int | None = Field(default=None, primary_key=True)
    vehicle_id: int = Field(
        sa_column=Column(Integer, ForeignKey("vehicles.id", ondelete="SET NULL"), nullable=False, index=True)  #! set-null-on-not-null
    )
    driver_ids: str = Field(max_length=200)  #! multi-valued-text
