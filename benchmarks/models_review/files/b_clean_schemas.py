"""Two schemas, composite keys, a list of states as a table."""

from sqlalchemy import ForeignKey, ForeignKeyConstraint, MetaData, String
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column, relationship


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


class State(Base):
    __tablename__ = "states"
    __table_args__ = {"schema": "sales"}

    code: Mapped[str] = mapped_column(String(20), primary_key=True)


class Order(Base):
    __tablename__ = "orders"
    __table_args__ = {"schema": "sales"}

    shop: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    number: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    status: Mapped[str] = mapped_column(ForeignKey("sales.states.code"), index=True)
    lines: Mapped[list["Line"]] = relationship(
        back_populates="order", cascade="all, delete-orphan", passive_deletes=True
    )


class Line(Base):
    __tablename__ = "lines"
    __table_args__ = (
        ForeignKeyConstraint(
            ["shop", "number"], ["sales.orders.shop", "sales.orders.number"], ondelete="CASCADE"
        ),
        {"schema": "stock"},
    )

    shop: Mapped[int] = mapped_column(primary_key=True)
    number: Mapped[int] = mapped_column(primary_key=True)
    position: Mapped[int] = mapped_column(primary_key=True)
    order: Mapped[Order] = relationship(back_populates="lines")
