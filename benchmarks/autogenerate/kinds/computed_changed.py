"""The expression of a computed column changes."""

BEFORE = """
class Order(Base):
    __tablename__ = "orders"
    id: Mapped[int] = mapped_column(primary_key=True)
    total: Mapped[int]
    more: Mapped[int] = mapped_column(Computed("total * 2", persisted=True))
"""
AFTER = """
class Order(Base):
    __tablename__ = "orders"
    id: Mapped[int] = mapped_column(primary_key=True)
    total: Mapped[int]
    more: Mapped[int] = mapped_column(Computed("total * 3", persisted=True))
"""
ROWS = ("insert into orders (total) values (5), (70), (900);",)
SEEN = "select total, more from orders order by total"
EXPECT = [(5, 15), (70, 210), (900, 2700)]
