"""One column is split into two, with what the rows have."""

BEFORE = """
class User(Base):
    __tablename__ = "users"
    id: Mapped[int] = mapped_column(primary_key=True)
    full_name: Mapped[str] = mapped_column(String(80))
"""
AFTER = """
class User(Base):
    __tablename__ = "users"
    id: Mapped[int] = mapped_column(primary_key=True)
    first: Mapped[str] = mapped_column(String(80))
    last: Mapped[str] = mapped_column(String(80))
"""
ROWS = ("insert into users (full_name) values ('Ada Lovelace'), ('Grace Hopper');",)
OPTIONS = (
    "--fill \"users.first:split_part(full_name, ' ', 1)\"",
    "--fill \"users.last:split_part(full_name, ' ', 2)\"",
    "--drop users.full_name",
    "--fill-back \"users.full_name:first || ' ' || last\"",
)
SEEN = "select first, last from users order by id"
EXPECT = [("Ada", "Lovelace"), ("Grace", "Hopper")]
