"""Comments of a table and of columns are added, changed and removed."""

BEFORE = """
class Order(Base):
    __tablename__ = "orders"
    id: Mapped[int] = mapped_column(primary_key=True)
    total: Mapped[int]
    a: Mapped[int | None] = mapped_column(comment="old")
    b: Mapped[int | None] = mapped_column(comment="goes")
"""
AFTER = """
class Order(Base):
    __tablename__ = "orders"
    id: Mapped[int] = mapped_column(primary_key=True)
    total: Mapped[int]
    a: Mapped[int | None] = mapped_column(comment="it's new")
    b: Mapped[int | None]
    __table_args__ = {"comment": "what was bought"}
"""
ROWS = ("insert into orders (total) values (5), (70), (900);",)
