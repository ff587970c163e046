"""A stock ledger, mapped as dataclasses."""

from sqlalchemy import ForeignKey, MetaData, Numeric, String
from sqlalchemy.orm import DeclarativeBase, Mapped, MappedAsDataclass, mapped_column, relationship


class Base(MappedAsDataclass, DeclarativeBase):
    metadata = MetaData()


class Warehouse(Base):
    __tablename__ = "warehouses"

    id: Mapped[int] = mapped_column(init=False, primary_key=True)
    name: Mapped[str] = mapped_column(String(60))
    bins: Mapped[list["Bin"]] = relationship(default_factory=list, lazy="joined", passive_deletes="all")  #! joined-collection


class Bin(Base):
    __tablename__ = "bins"

    id: Mapped[int] = mapped_column(init=False, primary_key=True)
    warehouse_id: Mapped[int] = mapped_column(ForeignKey("warehouses.id"), index=True)
    code: Mapped[str] = mapped_column(String(20))
    item_codes: Mapped[str] = mapped_column(String(400), comment="comma separated")  #! multi-valued-text


class Movement(Base):
    __tablename__ = "movements"

    id: Mapped[int] = mapped_column(init=False, primary_key=True)
    bin_id: Mapped[int] = mapped_column(ForeignKey("bins.id"))  #! foreign-key-without-index
    quantity: Mapped[int] = mapped_column()  #! missing-check
    bin: Mapped[Bin] = relationship(cascade="save-update, merge, delete", init=False)  #! cascade-to-parent
