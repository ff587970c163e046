"""Made-up rows of tables that are tied by keys of several columns."""

from __future__ import annotations

from collections.abc import Iterator

import psycopg
import pytest

from dbwright.collect.twin import export_twin
from dbwright.scratch.made_up import MadeUp, made_up
from dbwright.scratch.server import ServerChoice

from .test_tune import in_use

MADE = """
    create table tenants (id int primary key);
    create table orders (tenant int references tenants, number int, day date not null,
        primary key (tenant, number));
    create table lines (tenant int, number int, pos int, sku text not null,
        primary key (tenant, number, pos), foreign key (tenant, number) references orders);
    create table notes (id int primary key, tenant int not null, number int,
        foreign key (tenant, number) references orders);
    create table pairs (a int, b int, unique (a, b));
    create table links (id int primary key, a int, b int,
        foreign key (a, b) references pairs (a, b) match full);
    create table trees (tenant int references tenants, id int, parent int,
        primary key (tenant, id), foreign key (tenant, parent) references trees (tenant, id));
    insert into tenants select generate_series(1, 40);
    insert into orders select 1 + i % 40, i, date '2024-01-01' + i % 500
        from generate_series(1, 2000) i;
    insert into lines select tenant, number, p, 's' || p from orders, generate_series(1, 3) p;
    insert into notes select number, tenant, case when number % 4 = 0 then number end from orders;
    insert into pairs select i % 30, i / 30 from generate_series(0, 899) i;
    insert into links select i, case when i % 2 = 0 then i % 30 end,
        case when i % 2 = 0 then i / 30 % 30 end from generate_series(1, 2000) i;
    insert into trees select 1 + i % 40, i, null from generate_series(1, 500) i;
    insert into trees select tenant, id + 1000, id from trees;
"""


@pytest.fixture(scope="module")
def made() -> Iterator[MadeUp]:
    """Rows for a database whose keys have two columns, or share one."""
    with in_use(None, MADE) as source:
        twin = export_twin(source.url)
    with made_up(twin, ServerChoice(), lambda words: None) as found:
        yield found


def count(connection: psycopg.Connection, sql: str) -> int:
    """Gives the one number that a statement answers."""
    ((number,),) = connection.execute(sql.encode()).fetchall()
    return int(number)


def test_every_table_gets_its_rows(made: MadeUp) -> None:
    """Keys that share a column with another agree, and nothing is told."""
    assert made.noted == ()
    assert made.rows == {
        "tenants": 40, "orders": 2000, "lines": 6000, "notes": 2000, "pairs": 900,
        "links": 2000, "trees": 1000,
    }  # fmt: skip


@pytest.mark.parametrize(
    ("child", "columns", "parents"),
    [("lines", "tenant, number", 2000), ("links", "a, b", 900)],
)
def test_children_are_spread_over_all_parents(
    made: MadeUp, child: str, columns: str, parents: int
) -> None:
    """Each as likely as any other, so that a parent has about as many as at the source."""
    found = count(made.connection, f"select count(distinct ({columns})) from {child}")
    assert found > parents / 2


@pytest.mark.parametrize(
    ("table", "column", "share"), [("notes", "number", 0.75), ("links", "a", 0.5)]
)
def test_as_many_keys_are_missing_as_at_the_source(
    made: MadeUp, table: str, column: str, share: float
) -> None:
    """Where the column may be without a value, and all of them together in a full match."""
    sql = f"select count(*) filter (where {column} is null) from {table}"
    assert count(made.connection, sql) / made.rows[table] == pytest.approx(share, abs=0.06)
