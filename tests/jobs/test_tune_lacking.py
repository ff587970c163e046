"""Statements on what a twin cannot have: foreign and temporary tables; the others go on."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from dbwright.core.advice import Tuned

from .test_tune import Source, in_use

MADE = """
    create table t as select i as id, i % 700 as k, repeat('x', 80) as filler
        from generate_series(1, 20000) i;
"""
# made when the rest was analyzed: nothing answers at the server that they are of
FOREIGN = """
    create extension postgres_fdw;
    create server other foreign data wrapper postgres_fdw options (host '127.0.0.1', port '1');
    create foreign table far (id int, word text) server other;
    create foreign table parts_far (id int, day date) server other;
    create view together as select t.id, far.word from t join far using (id) where t.k = 3;
    create table parts (id int, day date) partition by range (day);
    create table parts_new partition of parts for values from ('2024-01-01') to ('2030-01-01');
    insert into parts select i, '2024-01-01'::date + i % 1000 from generate_series(1, 8000) i;
    alter table parts attach partition parts_far for values from ('2000-01-01') to ('2024-01-01');
    analyze parts_new;
"""
ASKED = """
    select filler from t where k = 3; select day from parts where id = 77;
    select t.*, far.word from t join far using (id) where t.k = 5;
    insert into far values (1, 'x'); select * from together;
    create temp table work as select 1; select t.* from t join work on work.id = t.k;
    select 1 from pg_temp_3.other; select 1 from gone;
"""


@pytest.fixture(scope="module")
def tuned() -> Iterator[Tuned]:
    """The advice, proved on made-up rows."""
    with in_use(None, MADE) as source:
        source.connection.execute(FOREIGN.encode())
        yield _tuned(source)


def _tuned(source: Source) -> Tuned:
    return source.tune(ASKED, budget=1.0, prove=True)


@pytest.mark.parametrize(
    ("statement", "words"),
    [
        ("select t.*, far.word", "far is a foreign table, whose plan another server makes"),
        ("insert into far", "far is a foreign table, whose plan another server makes"),
        ("select * from together", "the twin lacks the view together, whose own reason stands"),
        ("select t.* from t join work", "work is a temporary table, which only its session has"),
        ("select 1 from pg_temp_3", "other is a temporary table, which only its session has"),
        ("select 1 from gone", 'relation "gone" does not exist: a session\'s temporary table, or'),
        ("foreign tables, whose plans another server makes", ": far, parts_far"),
        ("view together:", 'relation "far" does not exist'),
    ],
)
def test_each_that_has_no_plan_is_told_with_its_reason(
    tuned: Tuned, statement: str, words: str
) -> None:
    (told,) = [each for each in tuned.left_out if statement in each]
    assert words in told


def test_the_others_get_their_indexes(tuned: Tuned) -> None:
    """A partitioned table with a foreign partition gets one on its own partitions."""
    found = {each.table: each for each in tuned.indexes}
    assert set(found) == {"public.t", "public.parts"}
    assert [each.split(" ON ")[1].split()[0] for each in found["public.parts"].first] == [
        "public.parts_new"
    ]


def test_a_table_whose_parts_alone_were_counted_gets_their_rows(tuned: Tuned) -> None:
    """Autovacuum analyzes partitions, and not what they are parts of."""
    assert tuned.proof is not None
    rows = {each.table: each.rows for each in tuned.proof.indexes}
    assert rows["public.parts"] >= 3000
    assert all(each.foretold >= 0 for each in tuned.proof.indexes)
