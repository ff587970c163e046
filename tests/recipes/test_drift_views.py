"""The SQL that brings views back, run: replaced, or made anew with what reads them."""

from __future__ import annotations

import sqlite3
from contextlib import closing

import pytest

from dbwright import dialects
from dbwright.core.compare import Difference, differences
from dbwright.core.drift import Drift
from dbwright.core.mapping import Mapping
from dbwright.core.schema import Schema
from dbwright.core.target import Target
from dbwright.recipes import drift
from dbwright.testing import Laboratory

TABLE = 'create table orders (id int, "Total" int, note text);'
WANTED = """
create view "Open" with (security_barrier = true) as select id, "Total" from orders where id > 0;
comment on view "Open" is 'it''s open';
create view big as select "Total" from "Open" where "Total" > 9;
create materialized view sums as select sum("Total") as sum, 1 as one from big;
create unique index only_one on sums (one);
"""
REPLACED = WANTED.replace("where id > 0", "where id > 100%7")
MORE = WANTED.replace('id, "Total" from', 'id, "Total", note from')
LESS = """
create view "Open" as select "Total" from orders;
create view big as select "Total" from "Open" where "Total" > 9;
create materialized view sums as select sum("Total") as sum, 1 as one from big;
create unique index only_one on sums (one);
create view by_hand as select * from sums;
"""
OTHER_KIND = WANTED.replace("with (security_barrier = true)", "").replace(
    'create view "Open"', 'create materialized view "Open"'
).replace("comment on view", "comment on materialized view")  # fmt: skip
GRANTS = """
grant select on "Open", big, sums to public;
grant update ("Total") on "Open" to pg_monitor with grant option;
"""
RIGHTS = """
select c.relname, coalesce(a.attname, ''), x.privilege_type, x.grantee, x.is_grantable
from pg_class c left join pg_attribute a on a.attrelid = c.oid and a.attacl is not null,
    aclexplode(coalesce(a.attacl, c.relacl)) x
where c.relname in ('Open', 'big', 'sums') and x.grantee <> c.relowner order by 1, 2, 3, 4
"""


def change(wanted: Schema, present: Schema, key: str) -> tuple[list[str], list[str]]:
    found = Drift(wanted, present, Mapping(wanted), Target(wanted.dialect))
    return drift.to_models(found, Difference("changed", "table", None, key, aspect="definition"))


@pytest.mark.database
@pytest.mark.parametrize("present", [REPLACED, MORE, LESS, OTHER_KIND])
def test_view_is_brought_back_with_its_readers_and_grants(rule_lab: Laboratory, present: str):
    read = dialects.get("postgresql").catalog.read_schema
    sandbox = rule_lab.sandbox("postgresql")
    with sandbox.clone(None) as one, sandbox.clone(None) as other:
        with closing(other.connect()) as connection:
            connection.execute(TABLE + WANTED)
            wanted = read(connection)
        with closing(one.connect()) as connection:
            connection.execute(TABLE + present + GRANTS)
            before, rights = read(connection), connection.execute(RIGHTS).fetchall()
            up, down = change(wanted, before, "Open")
            for sql in up:
                connection.execute(sql.replace("%", "%%"), ())
            after = read(connection)
            told = [each for each in differences(wanted, after) if "by_hand" not in each]
            assert told == []
            assert after.table("Open").info.get("options") == ("security_barrier=true",)  # type: ignore[union-attr]
            assert after.table("Open").comment == "it's open"  # type: ignore[union-attr]
            assert connection.execute(RIGHTS).fetchall() == rights
            for sql in down:
                connection.execute(sql.replace("%", "%%"), ())
            assert differences(before, read(connection)) == ()


@pytest.mark.database
def test_view_that_keeps_its_columns_is_replaced(rule_lab: Laboratory):
    read = dialects.get("postgresql").catalog.read_schema
    schemas = []
    for sql in (WANTED, REPLACED):
        clone = rule_lab.sandbox("postgresql").clone(None)
        with clone as database, closing(database.connect()) as connection:
            connection.execute(TABLE + sql)
            schemas.append(read(connection))
    (up,), (down,) = change(schemas[0], schemas[1], "Open")
    assert up.startswith('CREATE OR REPLACE VIEW "Open"')
    assert down.startswith('CREATE OR REPLACE VIEW "Open"')


def test_view_is_made_anew_on_sqlite() -> None:
    read = dialects.get("sqlite").catalog.read_schema
    schemas, connections = [], []
    for where in ("a > 0", "a > 1"):
        connection = sqlite3.connect(":memory:")
        connection.executescript("create table t (a); create view w as select a from v")
        connection.execute(f"create view v as select a from t where {where}")
        schemas.append(read(connection))
        connections.append(connection)
    up, _ = change(schemas[0], schemas[1], "v")
    for sql in up:
        connections[1].execute(sql)
    assert differences(schemas[0], read(connections[1])) == ()
    for connection in connections:
        connection.close()
