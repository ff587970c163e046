"""Tuned indexes proved on a clone and on made-up rows, from a database to the text."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import psycopg
import pytest
from click.testing import CliRunner

import dbwright
from dbwright.collect.database import without_password
from dbwright.collect.twin import export_twin as read
from dbwright.core.advice import Tuned
from dbwright.core.errors import UsageError
from dbwright.frontends.cli.commands.queries.tune import command
from dbwright.jobs.tune_proof import on_clone
from dbwright.render.tuned import as_text

from .test_tune import Source, beside, in_use

# Index scans look cheaper to this planner than they are.
MADE = """
    alter database source set random_page_cost = 0.01;
    alter database source set cpu_index_tuple_cost = 0;
    alter database source set cpu_tuple_cost = 0.1;
    alter database source set enable_bitmapscan = off;
    alter database source set max_parallel_workers_per_gather = 0;
    create table people (id int primary key, name text not null, born date);
    create table pairs (id int primary key, person int not null references people, b int, c int,
        mixed int, filler text not null, check (b >= 0));
    insert into people select i, 'n' || i % 50, date '1990-01-01' + i % 900
        from generate_series(1, 200) i;
    insert into pairs select i, 1 + i % 200, i % 15, i / 15 % 50, (i * 7919) % 3000,
        repeat('x', 90) from generate_series(1, 3000) i;
    create index short on pairs (b);
"""
GOOD = "select filler from pairs where b = 3 and c = 7"
HARM = "select sum(length(filler)) from pairs where mixed > 40"


@pytest.fixture(scope="module")
def source() -> Iterator[Source]:
    """A database in use; its clone beside it."""
    with in_use(None, MADE) as found:
        found.connection.close()  # a template may have no session
        with psycopg.connect(beside(found, "postgres"), autocommit=True) as admin:
            admin.execute("create database clone template source")
            settings = "select unnest(setconfig) from pg_db_role_setting where setrole = 0"
            for (text,) in admin.execute(settings).fetchall():
                name, _, value = text.partition("=")
                admin.execute(f"alter database clone set {name} = '{value}'".encode())
        yield found


def test_the_advice_is_what_the_clone_bears_out(source: Source) -> None:
    """What is slower there is left out with its costs; consent comes first, with the SQL."""
    asked: list[tuple[str, Sequence[str]]] = []

    def agree(place: str, steps: Sequence[str]) -> bool:
        asked.append((place, steps))
        return True

    clone = beside(source, "clone")
    found = source.tune(f"{GOOD};{HARM}", budget=1.0, prove_on=clone, agree=agree)
    ((place, steps),) = asked
    assert place == without_password(clone)
    assert steps[-1] == "DROP INDEX public.short"
    assert all("CONCURRENTLY" not in each for each in steps)
    assert found.proof is not None
    (kept,) = found.indexes
    assert "(b, c)" in kept.sql
    assert [each.name for each in found.drops] == ["short"]
    refuted = [each for each in found.proof.indexes if each.verdict == "refuted"]
    assert [each.name for each in refuted] == ["ix_pairs_mixed"]
    good, harm = found.statements
    assert good.after < good.before
    assert harm.after == pytest.approx(harm.before)
    assert found.after == pytest.approx(good.after + harm.after)
    text = as_text(found)
    assert "then run, see below." in " ".join(text.split())
    assert "- ix_pairs_mixed: refuted, left out. It makes a statement slower: " in text
    assert "Run on a clone:" in text
    with on_clone(clone, source.url, lambda *_: False, lambda words: None) as prove:
        assert prove(found, read(source.url), ()) is found


def test_made_up_rows_refute_nothing_and_say_what_they_are(source: Source) -> None:
    """They are drawn from the statistics; the advice stays as it was planned."""
    found: Tuned = source.tune(f"{GOOD};{HARM}", budget=1.0, prove=True)
    assert found.proof is not None
    assert found.proof.rows == "made-up rows"
    assert len(found.indexes) == 2
    by_name = {each.name: each for each in found.proof.indexes}
    assert {each.verdict for each in by_name.values()} <= {"observed", "unproven"}
    assert by_name["ix_pairs_b_c"].rows == 3000
    assert "3,200 rows were made" in found.proof.noted[0]
    assert "whose times are not yours" in as_text(found)


def test_nothing_is_written_to_a_clone_without_a_word() -> None:
    """Where nobody can be asked, --yes has to say it."""
    options = ["--db", "postgresql://x@h/a", "--prove-on", "postgresql://x@h/b"]
    result = CliRunner().invoke(command, options)
    assert isinstance(result.exception, UsageError)
    assert "--yes" in (result.exception.way_out or "")


def test_the_source_is_no_clone(source: Source) -> None:
    """It is refused before anything is planned."""
    with pytest.raises(UsageError, match="is the database of --db itself"):
        dbwright.tune(url=source.url, workload=GOOD, prove_on=source.url, agree=lambda *_: True)
