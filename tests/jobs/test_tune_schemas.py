"""Two schemas with the same tables, partitions and indexes: each keeps its own."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from dbwright.core.advice import Tuned

from .test_tune import Source, in_use

TENANT = """
    create schema {name};
    create table {name}.events (id int, day date not null, kind int) partition by range (day);
    create table {name}.events_24 partition of {name}.events
        for values from ('2024-01-01') to ('2025-01-01');
    create table {name}.events_25 partition of {name}.events
        for values from ('2025-01-01') to ('2026-01-01');
    insert into {name}.events select i, '2024-01-01'::date + i % 700, i % {kinds}
        from generate_series(1, {rows}) i;
    create table {name}.orders (id int, total int, filler text);
    insert into {name}.orders select i, i % 5000, repeat('x', 60) from generate_series(1, {rows}) i;
    create index doubled on {name}.orders (total);
    create index ix_events_kind on {name}.events (day);
"""
MADE = TENANT.format(name="small", rows=20_000, kinds=2000) + TENANT.format(
    name="large", rows=100_000, kinds=9000
)
ASKED = [f"select * from {name}.events where kind = 5" for name in ("small", "large")]


@pytest.fixture(scope="module")
def source() -> Iterator[Source]:
    """A database whose tenants have a schema each."""
    with in_use(None, MADE) as found:
        yield found


@pytest.fixture(scope="module")
def together(source: Source) -> Tuned:
    """The advice for both tenants at once."""
    return source.tune(";".join(ASKED), budget=1.0)


def test_each_schema_s_partitions_have_their_own_sizes(source: Source, together: Tuned) -> None:
    """What both together are said to take is what each takes by itself."""
    alone = [source.tune(sql, budget=1.0).indexes[0] for sql in ASKED]
    found = {each.table: each.bytes for each in together.indexes}
    assert found == {each.table: each.bytes for each in alone}
    assert found["large.events"] > 3 * found["small.events"]


def test_costs_are_of_the_schema_that_is_asked(source: Source, together: Tuned) -> None:
    """An index of the one schema serves no statement of the other."""
    for each in together.indexes:
        (gain,) = each.gains
        assert each.table in together.statements[gain.statement].sql
    assert all(each.after < each.before / 2 for each in together.statements)


def test_new_names_are_free_in_every_schema(together: Tuned) -> None:
    """One that is taken, or given already, gets the schema into it."""
    assert {each.table: each.name for each in together.indexes} == {
        "small.events": "ix_small_events_kind",
        "large.events": "ix_large_events_kind",
    }


def test_a_drop_is_of_one_schema(source: Source) -> None:
    """What the one tenant has twice the other may need."""
    source.connection.execute("create index again on small.orders (total)")
    try:
        drops = source.tune("select 1 from small.orders where id = 1").drops
    finally:
        source.connection.execute("drop index small.again")
    assert [(each.table, each.name) for each in drops] == [("small.orders", "doubled")]
