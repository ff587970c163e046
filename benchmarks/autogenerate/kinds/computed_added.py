"""A computed column is added."""

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
    double: Mapped[int] = mapped_column(Computed("total * 2", persisted=True))
"""
ROWS = ("insert into orders (total) values (5), (70), (900);",)
SEEN = "select total, double from orders order by total"
EXPECT = [(5, 10), (70, 140), (900, 1800)]
