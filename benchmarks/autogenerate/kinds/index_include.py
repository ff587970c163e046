"""An index gets INCLUDE columns."""

BEFORE = """
class Order(Base):
    __tablename__ = "orders"
    id: Mapped[int] = mapped_column(primary_key=True)
    total: Mapped[int]
    status: Mapped[str] = mapped_column(String(20))
    __table_args__ = (Index("ix_orders_total", "total"),)
"""
AFTER = """
class Order(Base):
    __tablename__ = "orders"
    id: Mapped[int] = mapped_column(primary_key=True)
    total: Mapped[int]
    status: Mapped[str] = mapped_column(String(20))
    __table_args__ = (Index("ix_orders_total", "total", postgresql_include=["status"]),)
"""
ROWS = ("insert into orders (total, status) values (5, 'open'), (70, 'paid');",)
