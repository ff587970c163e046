"""What a statement asks of the tables of a SQLite file, and how an index is written for it."""

from __future__ import annotations

import sqlite3

import pytest

from dbwright.core.schema import Schema
from dbwright.dialects.sqlite import catalog
from dbwright.dialects.sqlite.access import Reading
from dbwright.dialects.sqlite.placeholders import named
from dbwright.dialects.sqlite.quoting import spelled
from dbwright.dialects.sqlite.trees import shape

SCHEMA = """
create table users (id integer primary key, email text collate nocase, name text, active, "index");
create table orders (id integer primary key, user_id, status text, placed_at, total);
create view sold as select o.id as number, u.email as mail, o.status from orders o, users u
    where u.id = o.user_id and o.total > 0;
create view counted as select user_id, count(*) as many from orders group by user_id;
create view endless as select * from endless;
"""


@pytest.fixture(scope="module")
def schema() -> Schema:
    connection = sqlite3.connect(":memory:")
    connection.executescript(SCHEMA)
    found = catalog.read_schema(connection)
    connection.close()
    return found


def asked(schema: Schema, sql: str) -> list[str]:
    """What is asked of each table, a line each: `orders user_id= status='open' by placed_at-`."""
    return [
        " ".join(
            [
                access.table,
                *(f"{each.expression}{_kind(each)}" for each in access.conditions),
                *(["by", *(k.expression + "-" * k.descending for k in access.order)]
                  if access.order else []),
            ]
        )
        for access in Reading(schema, named(sql)[0]).accesses
    ]  # fmt: skip


def _kind(each: object) -> str:
    signs = {"equal": "=", "in": " in", "range": each.operator, "prefix": "%"}  # type: ignore[attr-defined]
    return signs.get(each.kind, f" {each.kind}") + (each.value or "")  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    ("sql", "wanted"),
    [
        ("select * from orders where user_id = ? and status = 'a' order by placed_at desc",
         ["orders user_id= status='a' by placed_at-"]),
        ("select 1 from orders where ? < total and placed_at between 1 and 2",
         ["orders total> placed_at>="]),
        ("select 1 from users where active and name is not null and email is null",
         ["users active true name not null email null"]),
        ("select 1 from users where not active and ifnull(name, '') = 'x'",
         ["users active false IFNULL(name, '')='x'"]),
        ("select 1 from users where name like 'a%' and email like 'b%' and name like '%c'",
         ["users name COLLATE NOCASE% email%"]),
        ("select 1 from users where name glob 'a*' and email glob 'b*'",
         ["users name% email COLLATE BINARY%"]),
        ("select 1 from users u join orders o on o.user_id = u.id",
         ["users id=", "orders user_id="]),
        ("select 1 from users where name = 'a' or (email = 'b' and active = 1)",
         ["users", "users name='a'", "users email='b' active=1"]),
        ("select mail from sold where status = 'a' and number > 3",
         ["orders user_id= total>0 status='a' id>3", "users id="]),
        ("select many from counted where user_id = 3", ["orders by user_id"]),
        ("with a as (select * from orders), b as (select status as s from a) select 1 from b "
         "where s = 'x'", ["orders status='x'"]),
        ("with recursive n(i) as (select 1 union all select i + 1 from n) select i from n", []),
        ("select 1 from users where exists (select 1 from orders where user_id = users.id)",
         ["users", "orders user_id="]),
        ("select 1 from (select status, total t from orders) where t = 3 and status in (1, 2)",
         ["orders total=3 status in"]),
        ("select a.id from orders a join orders b using (user_id)",
         ["orders user_id=", "orders user_id="]),
        ("select status as s, total from orders order by s, 2 desc limit 3",
         ["orders by status total-"]),
        ("select max(total) from orders where status = 'a'", ["orders status='a' by total"]),
        ("select distinct status from orders", ["orders by status"]),
        ("select 1 from users order by name collate nocase", ["users by name COLLATE NOCASE"]),
        ("update orders set total = 1 where status = ?", ["orders status="]),
        ("delete from orders where user_id in (select id from users where active = 1)",
         ["orders user_id in", "users active=1"]),
        ("insert into orders (total) select id from users where name = 'x'", ["users name='x'"]),
        ("select 1 from users where total = total and name = email and (name, email) = (1, 2)",
         ["users"]),
        ("select * from endless where id = 3", []),
        ("select 1 from users where \"index\" = 3", ['users "index"=3']),
        ("drop table users", []),
    ],
)  # fmt: skip
def test_what_is_asked(schema: Schema, sql: str, wanted: list[str]) -> None:
    assert asked(schema, sql) == wanted


def test_placeholders_stand_against_columns(schema: Schema) -> None:
    sql = (
        "select 1 from orders where user_id = ? and total > ?5 and status in (?, :s) and "
        "lower(status) = @l and '?' <> ':no' limit ? offset $o"
    )
    text, names = named(sql)
    found = {each.name: (each.expression, each.operator) for each in Reading(schema, text).bound}
    assert set(found) == set(names)
    assert found == {
        "p1": ("user_id", "="),
        "p5": ("total", ">"),
        "p6": ("status", "in"),
        "p_s": ("status", "in"),
        "p_at_l": ("LOWER(status)", "="),
        "p7": ("", "limit"),
        "p_dollar_o": ("", "offset"),
    }


@pytest.mark.parametrize("name", ["index", "select", "a b", 'a"b', "order", "userId", "x", "1a"])
def test_names_are_quoted_where_the_database_needs_it(name: str) -> None:
    connection = sqlite3.connect(":memory:")
    connection.execute(f"create table t ({spelled(name)})")
    connection.execute(f"create index i on t ({spelled(name)})")
    row = connection.execute("select name from pragma_table_info('t')").fetchone()
    connection.close()
    assert row == (name,)
    assert (spelled(name) == name) == (name in ("userId", "x"))


def test_runs_of_a_statement_have_one_shape() -> None:
    one, other = "select 1 from a where b = 3 and c = 'x'", "SELECT 2 FROM a WHERE b=? AND c=:c"
    assert shape(one) == shape(other)
    assert shape(one) != shape("select 1 from a where b = 3 and d = 'x'")
