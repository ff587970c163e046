"""An association table between two tables that are there."""

BEFORE = """
class User(Base):
    __tablename__ = "users"
    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(String(80))

class Order(Base):
    __tablename__ = "orders"
    id: Mapped[int] = mapped_column(primary_key=True)
    total: Mapped[int]
"""
AFTER = """
buyers = Table(
    "buyers",
    Base.metadata,
    Column("user_id", ForeignKey("users.id", ondelete="CASCADE"), primary_key=True),
    Column("order_id", ForeignKey("orders.id", ondelete="CASCADE"), primary_key=True, index=True),
)

class User(Base):
    __tablename__ = "users"
    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(String(80))
    orders: Mapped[List["Order"]] = relationship(secondary=buyers)

class Order(Base):
    __tablename__ = "orders"
    id: Mapped[int] = mapped_column(primary_key=True)
    total: Mapped[int]
"""
ROWS = (
    "insert into users (name) values ('Ada'), ('Grace');",
    "insert into orders (total) values (5), (70), (900);",
)
TRY = "insert into buyers (user_id, order_id) select min(u.id), min(o.id) from users u, orders o;"
