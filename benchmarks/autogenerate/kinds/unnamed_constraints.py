"""UNIQUE and a foreign key without names are added, a check without a name goes."""

BEFORE = """
class User(Base):
    __tablename__ = "users"
    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(String(80))

class Order(Base):
    __tablename__ = "orders"
    id: Mapped[int] = mapped_column(primary_key=True)
    total: Mapped[int]
    user_id: Mapped[int]
    __table_args__ = (CheckConstraint("total > 0"),)
"""
AFTER = """
class User(Base):
    __tablename__ = "users"
    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(String(80), unique=True)

class Order(Base):
    __tablename__ = "orders"
    id: Mapped[int] = mapped_column(primary_key=True)
    total: Mapped[int]
    user_id: Mapped[int] = mapped_column(ForeignKey("users.id"))
"""
ROWS = (
    "insert into users (name) values ('Ada'), ('Grace');",
    "insert into orders (total, user_id) select 5, id from users;",
)
REFUSES = "insert into users (name) values ('Ada');"
