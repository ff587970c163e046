"""One column becomes an identity, another one is none any more."""

BEFORE = """
class Order(Base):
    __tablename__ = "orders"
    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    total: Mapped[int]

class Line(Base):
    __tablename__ = "lines"
    id: Mapped[int] = mapped_column(Identity(always=True), primary_key=True)
    total: Mapped[int]
"""
AFTER = """
class Order(Base):
    __tablename__ = "orders"
    id: Mapped[int] = mapped_column(Identity(always=True), primary_key=True)
    total: Mapped[int]

class Line(Base):
    __tablename__ = "lines"
    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    total: Mapped[int]
"""
ROWS = (
    "insert into orders (id, total) values (1, 5), (7, 70);",
    "insert into lines (total) values (5), (70);",
)
TRY = "insert into orders (total) values (1);"
SEEN = "select count(*), count(distinct id) from orders"
EXPECT = [(3, 3)]
