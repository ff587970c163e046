"""A column of a new enum: the type is created, and dropped in the downgrade."""

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
    status: Mapped[str] = mapped_column(
        Enum("open", "paid", name="order_status"), server_default="open"
    )
"""
ROWS = ("insert into orders (total) values (5), (70), (900);",)
SEEN = "select distinct status::text from orders"
EXPECT = [("open",)]
