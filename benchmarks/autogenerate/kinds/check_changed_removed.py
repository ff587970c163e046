"""One CHECK changes what it says, another one is removed."""

BEFORE = """
class Order(Base):
    __tablename__ = "orders"
    id: Mapped[int] = mapped_column(primary_key=True)
    total: Mapped[int]
    tax: Mapped[int]
    __table_args__ = (
        CheckConstraint("total > 0", name="ck_orders_total"),
        CheckConstraint("tax > 0", name="ck_orders_tax"),
    )
"""
AFTER = """
class Order(Base):
    __tablename__ = "orders"
    id: Mapped[int] = mapped_column(primary_key=True)
    total: Mapped[int]
    tax: Mapped[int]
    __table_args__ = (CheckConstraint("total >= 0", name="ck_orders_total"),)
"""
ROWS = ("insert into orders (total, tax) values (5, 1), (70, 2);",)
TRY = "insert into orders (total, tax) values (0, -1);"
