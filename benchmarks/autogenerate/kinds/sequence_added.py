"""A sequence that a column's default uses."""

BEFORE = """
class Order(Base):
    __tablename__ = "orders"
    id: Mapped[int] = mapped_column(primary_key=True)
    total: Mapped[int]
    number: Mapped[int | None]
"""
AFTER = """
numbers = Sequence("order_numbers", start=1000, metadata=Base.metadata)

class Order(Base):
    __tablename__ = "orders"
    id: Mapped[int] = mapped_column(primary_key=True)
    total: Mapped[int]
    number: Mapped[int | None] = mapped_column(server_default=numbers.next_value())
"""
ROWS = ("insert into orders (total) values (5), (70), (900);",)
TRY = "insert into orders (total) values (1);"
SEEN = "select number from orders where total = 1"
EXPECT = [(1000,)]
