"""A value that no row has is removed from an enum."""

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
ROWS = ("insert into orders (total, status) values (5, 'open'), (70, 'paid');",)
OPTIONS = ("--drop order_status.void",)
