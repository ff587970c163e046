"""A unique index on an expression is added, another one changes its expression."""

BEFORE = """
class Order(Base):
    __tablename__ = "orders"
    id: Mapped[int] = mapped_column(primary_key=True)
    total: Mapped[int]
    status: Mapped[str] = mapped_column(String(20))
    __table_args__ = (Index("ix_orders_half", text("(total / 2)")),)
"""
AFTER = """
class Order(Base):
    __tablename__ = "orders"
    id: Mapped[int] = mapped_column(primary_key=True)
    total: Mapped[int]
    status: Mapped[str] = mapped_column(String(20))
    __table_args__ = (
        Index("ix_orders_half", text("(total / 4)")),
        Index("ux_orders_status", text("lower(status)"), unique=True),)
"""
ROWS = ("insert into orders (total, status) values (5, 'open'), (70, 'paid');",)
REFUSES = "insert into orders (total, status) values (5, 'OPEN');"
