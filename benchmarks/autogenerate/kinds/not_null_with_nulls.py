"""A column becomes NOT NULL; rows have NULL there."""

BEFORE = """
class User(Base):
    __tablename__ = "users"
    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(String(80))
    email: Mapped[str | None] = mapped_column(String(80))
"""
AFTER = """
class User(Base):
    __tablename__ = "users"
    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(String(80))
    email: Mapped[str] = mapped_column(String(80))
"""
ROWS = ("insert into users (name, email) values ('Ada', 'ada@x'), ('Grace', null);",)
OPTIONS = ("--fill \"users.email:'none'\"",)
SEEN = "select name, email from users order by id"
EXPECT = [("Ada", "ada@x"), ("Grace", "none")]
LOST = {"users": ("email",)}
