"""A value that rows have is removed from an enum; they are to get another one."""

BEFORE = """
class Order(Base):
    __tablename__ = "orders"
    id: Mapped[int] = mapped_column(primary_key=True)
    total: Mapped[int]
    status: Mapped[str] = mapped_column(
        Enum("open", "paid", "void", name="order_status"), server_default="open"
    )
"""
AFTER = """
class Order(Base):
    __tablename__ = "orders"
    id: Mapped[int] = mapped_column(primary_key=True)
    total: Mapped[int]
    status: Mapped[str] = mapped_column(
        Enum("open", "paid", name="order_status"), server_default="open"
    )
"""
ROWS = ("insert into orders (total, status) values (5, 'open'), (70, 'void');",)
OPTIONS = ("--replace order_status.void:paid",)
SEEN = "select total, status::text from orders order by total"
EXPECT = [(5, "open"), (70, "paid")]
LOST = {"orders": ("status",)}
