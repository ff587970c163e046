"""Types get wider: varchar, numeric, integer to bigint."""

BEFORE = """
class Order(Base):
    __tablename__ = "orders"
    id: Mapped[int] = mapped_column(primary_key=True)
    total: Mapped[int]
    note: Mapped[str | None] = mapped_column(String(20))
    price: Mapped[Decimal] = mapped_column(Numeric(8, 2))
"""
AFTER = """
class Order(Base):
    __tablename__ = "orders"
    id: Mapped[int] = mapped_column(primary_key=True)
    total: Mapped[int] = mapped_column(BigInteger)
    note: Mapped[str | None] = mapped_column(String(200))
    price: Mapped[Decimal] = mapped_column(Numeric(12, 2))
"""
ROWS = ("insert into orders (total, note, price) values (5, 'a', 1.5), (70, null, 2);",)
TRY = "insert into orders (total, note, price) values (3000000000, repeat('x', 200), 1);"
