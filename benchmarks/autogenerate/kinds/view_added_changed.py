"""A view is declared by a DDL event, and a second one changes."""

BEFORE = """
class Order(Base):
    __tablename__ = "orders"
    id: Mapped[int] = mapped_column(primary_key=True)
    total: Mapped[int]

event.listen(
    Base.metadata,
    "after_create",
    DDL("create or replace view large_orders as select id, total from orders where total > 100"),
)
"""
AFTER = """
class Order(Base):
    __tablename__ = "orders"
    id: Mapped[int] = mapped_column(primary_key=True)
    total: Mapped[int]

event.listen(
    Base.metadata,
    "after_create",
    DDL("create or replace view large_orders as select id, total from orders where total > 50"),
)

event.listen(
    Base.metadata,
    "after_create",
    DDL("create or replace view small_orders as select id, total from orders where total <= 50"),
)
"""
ROWS = ("insert into orders (total) values (5), (70), (900);",)
SEEN = "select (select count(*) from large_orders), (select count(*) from small_orders)"
EXPECT = [(2, 1)]
