"""An advised index on a partitioned table: built on each partition that a database has by then."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
import sqlalchemy as sa
from alembic import op
from alembic.migration import MigrationContext
from alembic.operations import Operations

from dbwright.core.schema import Index, IndexKey
from dbwright.recipes.autogenerate_context import Builds
from dbwright.recipes.index_on_partitions import phases
from dbwright.render.tuned_words import undo

from .test_tune import Source, in_use

LONG = "p" * 50
MADE = f"""
    create schema old;
    create table events (id int, day date not null, kind text) partition by range (day);
    create table events_24 partition of events for values from ('2024-01-01') to ('2025-01-01');
    create table events_25 partition of events for values from ('2025-01-01') to ('2026-01-01')
        partition by hash (id);
    create table "Events 25.0" partition of events_25 for values with (modulus 2, remainder 0);
    create table old.events_24 partition of events_25 for values with (modulus 2, remainder 1);
    create table {LONG}_one partition of events for values from ('2026-01-01') to ('2027-01-01');
    create table {LONG}_two partition of events default;
    insert into events select i, '2024-01-01'::date + i % 1500, 'k%' || i % 9
        from generate_series(1, 5000) i;
"""
WHOLE = Index(
    "ix_events_kind", (IndexKey("kind"), IndexKey("day")), predicate="kind::text LIKE 'k%'"
)
CREATE, MAKE = phases("events", WHOLE, Builds("4s"))
BUILT = """
    select p.relid::regclass::text, i.indisvalid
    from pg_partition_tree('ix_events_kind') p join pg_index i on i.indexrelid = p.relid
    where p.isleaf order by 1
"""
LEFT = "select count(*) from pg_class where relkind in ('i', 'I') and relname ~ 'kind'"


@pytest.fixture(scope="module")
def source() -> Iterator[Source]:
    """A database with partitions that no revision makes."""
    with in_use(None, MADE) as found:
        yield found


def ran(source: Source, code: str, driver: str) -> list[str]:
    """Runs the body of a revision's function, and gives what it sent."""
    sent: list[str] = []
    engine = sa.create_engine(sa.make_url(source.url).set(drivername=f"postgresql+{driver}"))
    sa.event.listen(engine, "before_cursor_execute", lambda c, cursor, sql, *rest: sent.append(sql))
    with engine.connect() as connection:
        context = MigrationContext.configure(connection)
        with Operations.context(context), context.begin_transaction():
            exec(code, {"op": op, "sa": sa})
    engine.dispose()
    return sent


def test_the_advice_has_a_build_for_each_partition(source: Source) -> None:
    """The one of the whole stops writes unless it finds them there."""
    (made,) = source.tune("select id from events where kind = 'k%3' and id = 3", budget=1.0).indexes
    assert len(made.first) == 5
    connection = source.connection
    for sql in made.first:
        assert sql.startswith("CREATE INDEX CONCURRENTLY ix_")
        connection.execute(sql.encode())
    before = connection.execute("select array_agg(oid order by oid) from pg_class").fetchone()
    connection.execute(made.sql.encode())
    added = "select relkind::text from pg_class where oid <> all(%s) order by 1"
    assert connection.execute(added, before).fetchall() == [("I",), ("I",)]
    connection.execute(undo(made).encode())


@pytest.mark.parametrize("driver", ["psycopg", "psycopg2"])
def test_each_partition_that_is_there_is_built_on_while_writes_go_on(
    source: Source, driver: str
) -> None:
    """However deep, in whatever schema and of whatever name; the whole builds nothing itself."""
    connection = source.connection
    sent = ran(source, CREATE.upgrade, driver)
    builds = [sql for sql in sent if sql.startswith("CREATE INDEX")]
    assert len(builds) == 5
    assert all(sql.startswith("CREATE INDEX CONCURRENTLY") for sql in builds)
    before = connection.execute("select array_agg(oid order by oid) from pg_class").fetchone()
    ran(source, MAKE.upgrade, driver)
    found = dict(connection.execute(BUILT).fetchall())
    assert len(found) == 5
    assert all(found.values())
    valid = "select indisvalid from pg_index where indexrelid = 'ix_events_kind'::regclass"
    assert connection.execute(valid).fetchall() == [(True,)]
    added = "select relkind::text from pg_class where oid <> all(%s) order by 1"
    assert connection.execute(added, before).fetchall() == [("I",), ("I",)]  # the two cut tables'
    ran(source, MAKE.downgrade, driver)
    assert connection.execute(LEFT).fetchall() == [(5,)]
    ran(source, MAKE.upgrade, driver)
    ran(source, MAKE.downgrade, driver)
    ran(source, CREATE.downgrade, driver)
    assert connection.execute(LEFT).fetchall() == [(0,)]


def test_a_build_that_failed_is_made_anew(source: Source) -> None:
    """What it left is invalid, and would make the whole invalid."""
    connection = source.connection
    connection.execute("create index events_24_kind_day_idx on events_24 (kind, day)")
    failed = "indexrelid = 'events_24_kind_day_idx'::regclass"
    connection.execute(f"update pg_index set indisvalid = false where {failed}".encode())
    ran(source, CREATE.upgrade, "psycopg")
    ran(source, MAKE.upgrade, "psycopg")
    assert all(valid for _, valid in connection.execute(BUILT).fetchall())
    ran(source, MAKE.downgrade, "psycopg")
    ran(source, CREATE.downgrade, "psycopg")


def test_the_timeouts_of_env_py_hold_again_afterwards() -> None:
    """They are lifted for the builds alone."""
    assert CREATE.upgrade.index("SET lock_timeout = 0") < CREATE.upgrade.index("for part")
    assert CREATE.upgrade.index("SET lock_timeout = '4s'") > CREATE.upgrade.index("for part")
