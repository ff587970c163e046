"""The indexes that a workload is worth, from a database to the advice."""

from __future__ import annotations

import asyncio
import contextlib
import datetime
import decimal
import shutil
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest
import sqlalchemy as sa
from sqlalchemy.ext.asyncio import create_async_engine

import dbwright
from dbwright.core.access import Access
from dbwright.core.advice import Tuned
from dbwright.core.errors import CollectError, UsageError
from dbwright.core.options import Options
from dbwright.dialects.postgresql import explain
from dbwright.dialects.postgresql.access import accesses, partition_roots
from dbwright.render.tuned import as_text
from dbwright.scratch.server import ServerChoice, server, stop

SCHEMA = Path(__file__).parents[1] / "scratch" / "twin" / "schema.sql"
MADE = """
    create index doubled on app.orders (customer_id, placed_at desc);
    create index begun on app.lines (order_id);
    create index needed on app.lines (sku) where qty > 2;
    create table pairs as select i as id, i % 40 as b, i / 40 % 50 as c, repeat('x', 90) as filler
        from generate_series(1, 20000) i;
    create index short on pairs (b);
"""


class Source:
    """A database in use."""

    def __init__(self, connection: psycopg.Connection, url: str) -> None:
        self.connection, self.url = connection, url

    def tune(self, workload: str, programs: Path | None = None, **more: Any) -> Tuned:
        """Gives the advice for a workload, on a twin of these programs."""
        options = Options(pg_bin=str(programs) if programs else None)
        return dbwright.tune(url=self.url, workload=workload, options=options, **more)

    def asks(self, sql: str) -> list[Access]:
        """Gives what a statement asks of its tables."""
        return list(accesses(self.connection, sql, partition_roots(self.connection)))


@contextlib.contextmanager
def in_use(programs: Path | None, schema: str) -> Iterator[Source]:
    """A database with this schema and rows on a server of these programs."""
    folder = Path(tempfile.mkdtemp(prefix="dbwt-"))
    folder.chmod(0o755)
    choice = ServerChoice(cache_dir=folder / "cache", pg_bin=programs, idle_seconds=30)
    with server(choice) as running:
        with running.connect() as admin:
            admin.execute("create database source")
        with running.connect("source") as connection:
            connection.execute(schema.encode())
            connection.execute("vacuum analyze")
            known = running.parameters()
            where = f"host={known['host']}&port={known['port']}"
            yield Source(connection, f"postgresql://postgres@/source?{where}")
    stop(choice)
    shutil.rmtree(folder, ignore_errors=True)


def beside(source: Source, name: str) -> str:
    """Gives the URL of another database on a source's server."""
    return source.url.replace("/source", f"/{name}")


@pytest.fixture(scope="module")
def source() -> Iterator[Source]:
    """The schema of the twin's tests with its rows, and three indexes more."""
    with in_use(None, SCHEMA.read_text() + MADE) as found:
        yield found


def test_indexes_are_found_with_what_they_gain(source: Source) -> None:
    """A range, two equalities and a partial page each get theirs; nothing is written."""
    catalog = "select count(*), max(oid) from pg_class"
    before = source.connection.execute(catalog).fetchall()
    found = source.tune(
        "select * from app.orders where placed_at between '2025-02-01' and '2025-02-02';"
        "select * from app.orders where country = 'c3' and city = 'c3-43';"
        "select * from customers where deleted_at is null and active"
        " order by created_at desc limit 20"
    )
    made = " ".join(each.sql for each in found.indexes)
    assert "(placed_at)" in made
    assert "country" in made or "city" in made
    assert "(created_at) WHERE deleted_at IS NULL AND active" in made
    assert all(each.sql.startswith("CREATE INDEX CONCURRENTLY ix_") for each in found.indexes)
    assert found.exact
    assert found.after < found.before * 0.1
    assert all(each.worst <= 1 for each in found.statements)
    assert source.connection.execute(catalog).fetchall() == before


def test_what_a_statement_costs_today_is_what_the_database_says(postgresql_15: Path) -> None:
    """Candidates that do not stand change nothing, though their making counts rows before 18."""
    rows = "create table t as select i as a, i % 9 as b from generate_series(1, 9000) i"
    sql = "select * from t where b = 3 and a > 5"
    with in_use(postgresql_15, rows) as source:
        (found,) = source.tune(sql, programs=postgresql_15).statements
        assert found.before == pytest.approx(explain.plan(source.connection, sql).cost)


def test_nothing_is_said_where_nothing_is_worth_it(source: Source) -> None:
    """What has its index, and what reads all anyway, gets none."""
    found = source.tune(
        "select * from app.orders where id = 7;"
        "select * from app.orders where customer_id = 5 order by placed_at desc limit 10;"
        "select sum(total) from app.orders"
    )
    assert found.indexes == ()


def test_a_partition_s_condition_is_an_index_of_its_table(source: Source) -> None:
    """The index is made on the partitioned table, whatever partition the plan reads."""
    found = source.tune("select * from events where (payload ->> 'r')::int = 5")
    assert [each.table for each in found.indexes] == ["public.events"]
    assert "(payload ->> 'r'" in found.indexes[0].sql
    assert "CONCURRENTLY" not in found.indexes[0].sql  # which such a table does not take


def test_what_another_index_does_is_to_drop(source: Source) -> None:
    """A double and the beginning of a key go; the partial one stays, and constraints do."""
    drops = {each.name: each for each in source.tune("select 1 from customers").drops}
    assert set(drops) == {"doubled", "begun"} or set(drops) == {
        "orders_customer_id_placed_at_idx",
        "begun",
    }
    begun = drops["begun"]
    assert "lines_pkey begins with its keys" in begun.reason
    assert begun.sql == "DROP INDEX CONCURRENTLY app.begun"
    assert begun.undo.startswith("CREATE INDEX CONCURRENTLY begun ON app.lines")


def test_an_index_that_a_new_one_replaces_goes_with_it(source: Source) -> None:
    """The old one is the beginning of the new one's keys; no other is named."""
    found = source.tune("select * from pairs where b = 3 and c = 7")
    (made,) = found.indexes
    assert "(b, c)" in made.sql
    assert made.replaces == ("short",)
    (drop,) = [each for each in found.drops if each.name == "short"]
    assert drop.reason == f"{made.name} begins with its keys (b)"


def test_what_an_index_does_already_is_not_advised(source: Source) -> None:
    """A narrower index would be cheaper to read; the one that is there is good enough."""
    found = source.tune("select count(*) from app.orders where customer_id = 5")
    assert found.indexes == ()


def test_a_bad_statement_is_told_and_the_others_go_on(source: Source) -> None:
    """What does not parse or names what is not there has no part in it."""
    found = source.tune(
        "selec 1; select * from nowhere; set work_mem = 1;"
        "select * from app.orders where total = 1 / ($1 - 20);"
        "select * from app.orders where placed_at > '2025-02-01' and placed_at < '2025-02-02'"
    )
    assert len(found.statements) == 1
    assert found.indexes
    told = " ".join(found.left_out)
    assert "selec 1" in told
    assert 'relation "nowhere" does not exist' in told
    assert "set work_mem = 1`: it reads and writes no rows" in told
    assert "invalid input syntax for type integer" in told


def test_an_index_says_what_could_stand_in_its_place(source: Source) -> None:
    """What was priced for the same statement: narrower, without what it carries."""
    sql = "select id, total from app.orders where country = 'c3' and city = 'c3-43'"
    (made,) = source.tune(sql, budget=1.0).indexes
    assert "INCLUDE" in made.sql
    assert len(made.alternatives) in (1, 2, 3)
    saved = made.gains[0].before - made.gains[0].after
    for each in made.alternatives:
        assert each.bytes < made.bytes
        assert saved * 0.1 < each.saves < saved
        assert each.sql.endswith(each.what)
        alone = replace_index(source, each.sql, sql)
        assert each.saves == pytest.approx(made.gains[0].before - alone, rel=0.05)
    assert any("without id, total" in each.tradeoff for each in made.alternatives)


def replace_index(source: Source, sql: str, statement: str) -> float:
    """Gives what a statement costs at the source where an index was really built."""
    with source.connection.transaction(force_rollback=True):
        source.connection.execute(sql.replace(" CONCURRENTLY", "").encode())
        return explain.plan(source.connection, statement).cost


def test_writes_speak_against_an_index(source: Source) -> None:
    """Few reads of a table that is written all the time are worth none."""
    read = "select * from app.lines where qty = 3"
    assert source.tune(read, budget=1.0).indexes
    write = "insert into app.lines select 1, n, 's', 3, 1 from generate_series(1, 500000) n"
    assert source.tune(f"{read}; {write}", budget=1.0).indexes == ()


def test_writes_cost_no_more_than_they_may(source: Source) -> None:
    """The advice says what it adds to writes; under a limit what it leaves out is told."""
    read = "select * from app.lines where qty = 3"
    write = "insert into app.lines select 1, n, 's', 3, 1 from generate_series(1, 100) n"
    free = source.tune(f"{read}; {write}", budget=1.0)
    assert free.indexes
    assert free.writes is not None
    assert free.writes.times > 1
    assert free.writes.added == sum(each.writes for each in free.indexes)
    capped = source.tune(f"{read}; {write}", budget=1.0, max_write_cost=0.0)
    assert capped.indexes == ()
    assert capped.writes is not None
    assert (capped.writes.added, capped.writes.free) == (0, free.writes.added)
    assert capped.writes.saves == pytest.approx(free.before - free.after)


def test_no_more_indexes_than_asked_for(source: Source) -> None:
    """Of several that are worth making the best are made."""
    reads = "select * from app.lines where qty = 3; select * from app.orders where total = 9"
    assert len(source.tune(reads, budget=1.0).indexes) == 2
    assert len(source.tune(reads, budget=1.0, most=1).indexes) == 1


def test_parameters_are_given_values_of_the_statistics(source: Source) -> None:
    """A statement with $1 is one of many values."""
    found = source.tune("select * from app.orders where country = $1 and placed_at > $2")
    assert found.indexes
    assert "WHERE" not in found.indexes[0].sql


def test_a_counted_constant_of_a_type_is_a_parameter_of_it(source: Source) -> None:
    """The server writes `interval $1` where it counts, and takes no such text itself."""
    found = source.tune(
        "select id from app.orders where placed_at >= timestamptz $1"
        " and placed_at < $2::timestamptz + interval $3 and country = $4"
    )
    assert found.left_out == ()
    (statement,) = found.statements
    assert "$3::interval" in statement.sql
    assert statement.before > 100  # and not that of a NULL, which finds no row


def test_without_a_database_or_a_statement_there_is_a_way_out(source: Source) -> None:
    """Neither or both sources, and no statement."""
    with pytest.raises(UsageError, match="--twin FILE and --db URL"):
        dbwright.tune()
    with pytest.raises(CollectError, match="no statement to tune for"):
        dbwright.tune(url=source.url)


def test_what_a_program_records_is_tuned_for(source: Source, tmp_path: Path) -> None:
    """Through each driver, with values of many types, without values, and by a log."""
    path = tmp_path / "run.jsonl"
    orders = sa.Table(
        "orders", sa.MetaData(), sa.Column("id", sa.BigInteger), sa.Column("country", sa.Text),
        sa.Column("placed_at", sa.DateTime(True)), sa.Column("total", sa.Numeric), schema="app",
    )  # fmt: skip
    start = datetime.datetime(2025, 2, 1, tzinfo=datetime.UTC)
    asked = sa.select(orders).where(
        orders.c.placed_at.between(start, start + datetime.timedelta(hours=1)),
        orders.c.country.in_(["c3", "it's 100%"]),
        orders.c.total > decimal.Decimal("-1.5"),
    )
    url = sa.make_url(source.url)
    with dbwright.record(path):
        for driver in ("psycopg", "psycopg2"):
            engine = sa.create_engine(url.set(drivername=f"postgresql+{driver}"))
            with engine.connect() as connection:
                connection.execute(asked).all()
            engine.dispose()
        asyncio.run(_ask(url.set(drivername="postgresql+asyncpg"), asked))
    with dbwright.record(path, append=True, values=False):
        asyncio.run(_ask(url.set(drivername="postgresql+asyncpg"), asked))
    found = source.tune(str(path))
    (cost,) = [each for each in found.statements if "placed_at" in each.sql]
    assert cost.calls == 4
    assert cost.milliseconds is not None
    assert cost.milliseconds > 0
    assert any("placed_at" in each.sql for each in found.indexes)
    lines = [line.split() for line in as_text(found).splitlines()]
    assert ["before", "after", "calls", "time"] in lines
    assert [each for each in found.left_out if "orders" in each] == []


async def _ask(url: sa.URL, asked: sa.Select[Any]) -> None:
    engine = create_async_engine(url)
    async with engine.connect() as connection:
        await connection.execute(asked)
    await engine.dispose()


# What a statement asks of its tables


@pytest.mark.parametrize(
    ("sql", "check"),
    [
        (
            "select * from app.paid where customer_id in (1, 2) order by id",
            lambda a: (
                {(c.expression, c.kind) for c in a.conditions}
                == {("status", "equal"), ("customer_id", "in")}
                and a.order[0].expression == "id"
            ),
        ),
        (
            "select max(placed_at) from app.orders where customer_id = 3",
            lambda a: a.limited and a.order[0].descending and a.order[0].expression == "placed_at",
        ),
        (
            "select * from customers where lower(email::text) = 'x'",
            lambda a: a.conditions[0].expression == "lower(email::text)",
        ),
        (
            "select * from customers where not active and deleted_at is null",
            lambda a: {c.kind for c in a.conditions} == {"false", "null"},
        ),
        (
            "select * from customers where name like 'ab%'",
            lambda a: a.conditions[0].kind == "prefix" and a.conditions[0].column == "name",
        ),
        (
            "select * from customers where tags @> array['t1']",
            lambda a: a.conditions[0].operator == "@>",
        ),
        (
            "select country from app.orders where city = 'x'",
            lambda a: a.needed == {"city", "country"},
        ),
    ],
)
def test_what_is_asked_of_one_table(
    source: Source, sql: str, check: Callable[[Access], bool]
) -> None:
    """Conditions as the planner has them, behind views, with their kinds and orders."""
    (found,) = source.asks(sql)
    assert check(found), found


def test_both_sides_of_a_join_are_asked(source: Source) -> None:
    """A join is an equality on either table, with a value from the other."""
    found = source.asks(
        "select 1 from app.orders o join app.lines l on l.order_id = o.id where l.sku = 's'"
    )
    by_table = {each.table: {(c.expression, c.outer) for c in each.conditions} for each in found}
    assert by_table == {
        "orders": {("id", "l")},
        "lines": {("order_id", "o"), ("sku", None)},
    }


def test_each_arm_of_an_or_is_asked(source: Source) -> None:
    """Two arms are two accesses beside the one of what always holds."""
    found = source.asks(
        "select 1 from customers where active and (name = 'x' or created_at < now())"
    )
    assert sorted(len(each.conditions) for each in found) == [1, 2, 2]
