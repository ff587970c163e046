"""A value of an enum is renamed; rows have it."""

BEFORE = """
class Order(Base):
    __tablename__ = "orders"
    id: Mapped[int] = mapped_column(primary_key=True)
    total: Mapped[int]
    status: Mapped[str] = mapped_column(
        Enum("open", "paid", name="order_status"), server_default="open"
    )
"""
AFTER = """
class Order(Base):
    __tablename__ = "orders"
    id: Mapped[int] = mapped_column(primary_key=True)
    total: Mapped[int]
    status: Mapped[str] = mapped_column(
        Enum("open", "settled", name="order_status"), server_default="open"
    )
"""
ROWS = ("insert into orders (total, status) values (5, 'open'), (70, 'paid');",)
OPTIONS = ("--rename order_status.paid:settled",)
SEEN = "select total, status::text from orders order by total"
EXPECT = [(5, "open"), (70, "settled")]
