"""The predicate of a partial index changes."""

BEFORE = """
class Order(Base):
    __tablename__ = "orders"
    id: Mapped[int] = mapped_column(primary_key=True)
    total: Mapped[int]
    status: Mapped[str] = mapped_column(String(20))
    __table_args__ = (Index("ix_orders_open", "total", postgresql_where=text("status = 'open'")),)
"""
AFTER = """
class Order(Base):
    __tablename__ = "orders"
    id: Mapped[int] = mapped_column(primary_key=True)
    total: Mapped[int]
    status: Mapped[str] = mapped_column(String(20))
    __table_args__ = (Index("ix_orders_open", "total", postgresql_where=text("status <> 'paid'")),)
"""
ROWS = ("insert into orders (total, status) values (5, 'open'), (70, 'paid');",)
