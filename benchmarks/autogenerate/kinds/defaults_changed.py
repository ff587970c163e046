"""Server defaults are added, changed and removed."""

BEFORE = """
class Order(Base):
    __tablename__ = "orders"
    id: Mapped[int] = mapped_column(primary_key=True)
    total: Mapped[int]
    note: Mapped[str] = mapped_column(String(20))
    kind: Mapped[str] = mapped_column(String(20), server_default="web")
    tax: Mapped[int] = mapped_column(server_default="19")
"""
AFTER = """
class Order(Base):
    __tablename__ = "orders"
    id: Mapped[int] = mapped_column(primary_key=True)
    total: Mapped[int]
    note: Mapped[str] = mapped_column(String(20), server_default="")
    kind: Mapped[str] = mapped_column(String(20), server_default="shop")
    tax: Mapped[int]
"""
ROWS = ("insert into orders (total, note) values (5, 'x'), (70, 'y');",)
TRY = "insert into orders (total, tax) values (1, 2);"
