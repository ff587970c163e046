"""An address book whose columns repeat."""

from sqlalchemy import Column, Integer, MetaData, String
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


class Contact(Base):
    __tablename__ = "contacts"

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(String(80))
    phone1: Mapped[str | None] = mapped_column(String(30))  #! repeating-columns
    phone2: Mapped[str | None] = mapped_column(String(30))
    phone3: Mapped[str | None] = mapped_column(String(30))
    address_line1: Mapped[str] = mapped_column(String(80))
    address_line2: Mapped[str | None] = mapped_column(String(80))
    address_line3: Mapped[str | None] = mapped_column(String(80))


class Company(Base):
    __tablename__ = "companies"

    id: Mapped[int] = mapped_column(primary_key=True)
    partner_1 = Column(String(80))  #! repeating-columns
    partner_2 = Column(String(80))
    partner_3 = Column(String(80))
    partner_4 = Column(String(80))


class Team(Base):
    __tablename__ = "teams"

    id: Mapped[int] = mapped_column(primary_key=True)
    member_id_1: Mapped[int | None] = mapped_column(Integer)  #! repeating-columns
    member_id_2: Mapped[int | None] = mapped_column(Integer)
    member_id_3: Mapped[int | None] = mapped_column(Integer)
