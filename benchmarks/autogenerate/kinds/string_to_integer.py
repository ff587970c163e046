"""A string column becomes an integer."""

BEFORE = """
class Order(Base):
    __tablename__ = "orders"
    id: Mapped[int] = mapped_column(primary_key=True)
    total: Mapped[int]
    year: Mapped[str] = mapped_column(String(4))
"""
AFTER = """
class Order(Base):
    __tablename__ = "orders"
    id: Mapped[int] = mapped_column(primary_key=True)
    total: Mapped[int]
    year: Mapped[int]
"""
ROWS = ("insert into orders (total, year) values (5, '1999'), (70, '2024');",)
SEEN = "select year from orders order by year"
EXPECT = [(1999,), (2024,)]
