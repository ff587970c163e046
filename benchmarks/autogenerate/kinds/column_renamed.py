"""A column with an index and a key is renamed."""

BEFORE = """
class User(Base):
    __tablename__ = "users"
    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(String(80))

class Order(Base):
    __tablename__ = "orders"
    id: Mapped[int] = mapped_column(primary_key=True)
    total: Mapped[int]
    buyer_id: Mapped[int] = mapped_column(ForeignKey("users.id"), index=True)
"""
AFTER = """
class User(Base):
    __tablename__ = "users"
    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(String(80))

class Order(Base):
    __tablename__ = "orders"
    id: Mapped[int] = mapped_column(primary_key=True)
    total: Mapped[int]
    customer_id: Mapped[int] = mapped_column(ForeignKey("users.id"), index=True)
"""
ROWS = (
    "insert into users (name) values ('Ada'), ('Grace');",
    "insert into orders (total, buyer_id) select 5, id from users;",
)
OPTIONS = ("--rename orders.buyer_id:customer_id",)
SEEN = "select count(customer_id) from orders"
EXPECT = [(2,)]
