"""A function changes, and a trigger that calls it is declared."""

BEFORE = """
class User(Base):
    __tablename__ = "users"
    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(String(80))

shout = DDL('''
create or replace function shout() returns trigger language plpgsql as $$
begin
    new.name := lower(new.name);
    return new;
end $$
''')
event.listen(User.__table__, "after_create", shout)
"""
AFTER = """
class User(Base):
    __tablename__ = "users"
    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(String(80))

shout = DDL('''
create or replace function shout() returns trigger language plpgsql as $$
begin
    new.name := upper(new.name);
    return new;
end $$
''')
event.listen(User.__table__, "after_create", shout)

event.listen(
    User.__table__,
    "after_create",
    DDL("create trigger users_shout before insert on users for each row execute function shout()"),
)
"""
ROWS = ("insert into users (name) values ('Ada'), ('Grace');",)
TRY = "insert into users (name) values ('linus');"
SEEN = "select name from users order by id"
EXPECT = [("Ada",), ("Grace",), ("LINUS",)]
