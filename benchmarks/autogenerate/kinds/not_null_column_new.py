"""A NOT NULL column without a default is added to a table with rows."""

BEFORE = """
class User(Base):
    __tablename__ = "users"
    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(String(80))
"""
AFTER = """
class User(Base):
    __tablename__ = "users"
    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(String(80))
    email: Mapped[str] = mapped_column(String(80))
"""
ROWS = ("insert into users (name) values ('Ada'), ('Grace');",)
OPTIONS = ("--fill \"users.email:name || '@x'\"",)
SEEN = "select name, email from users order by id"
EXPECT = [("Ada", "Ada@x"), ("Grace", "Grace@x")]
