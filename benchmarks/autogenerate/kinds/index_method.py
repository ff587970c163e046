"""An index changes its method from btree to hash."""

BEFORE = """
class Order(Base):
    __tablename__ = "orders"
    id: Mapped[int] = mapped_column(primary_key=True)
    total: Mapped[int]
    status: Mapped[str] = mapped_column(String(20))
    __table_args__ = (Index("ix_orders_status", "status"),)
"""
AFTER = """
class Order(Base):
    __tablename__ = "orders"
    id: Mapped[int] = mapped_column(primary_key=True)
    total: Mapped[int]
    status: Mapped[str] = mapped_column(String(20))
    __table_args__ = (Index("ix_orders_status", "status", postgresql_using="hash"),)
"""
ROWS = ("insert into orders (total, status) values (5, 'open'), (70, 'paid');",)
