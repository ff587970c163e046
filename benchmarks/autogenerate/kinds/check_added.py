"""A CHECK is added to a table with rows."""

BEFORE = """
class Order(Base):
    __tablename__ = "orders"
    id: Mapped[int] = mapped_column(primary_key=True)
    total: Mapped[int]
"""
AFTER = """
class Order(Base):
    __tablename__ = "orders"
    id: Mapped[int] = mapped_column(primary_key=True)
    total: Mapped[int]
    __table_args__ = (CheckConstraint("total > 0", name="ck_orders_total"),)
"""
ROWS = ("insert into orders (total) values (5), (70), (900);",)
REFUSES = "insert into orders (total) values (-1);"
