"""Indexes built on a clone, the workload run there, and nothing of it left."""

from __future__ import annotations

import os
import shutil
import signal
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg
import pytest

from dbwright.collect.clone import opened_clone
from dbwright.core.advice import DropAdvice, IndexAdvice
from dbwright.core.errors import CollectError, UsageError
from dbwright.core.index_proof import Rows, TuneProof
from dbwright.dialects.postgresql.side_effects import lasting
from dbwright.scratch.server import Server, ServerChoice, server, stop
from dbwright.verify import index_race
from dbwright.verify.index_builds import PREFIX
from dbwright.verify.index_proof import Execution, Task, prove

# Index scans look cheaper to this planner than they are, as they do where it is ill set up.
MADE = """
    alter database clone set random_page_cost = 0.01;
    alter database clone set cpu_index_tuple_cost = 0;
    alter database clone set cpu_tuple_cost = 0.1;
    alter database clone set enable_bitmapscan = off;
    alter database clone set max_parallel_workers_per_gather = 0;
    create table pairs as select i as id, i % 40 as b, i / 40 % 50 as c,
        (i * 7919) % 8000 as mixed, repeat('x', 90) as filler from generate_series(1, 8000) i;
    create index needed on pairs (id);
    create table wide as select string_agg(md5(i::text), '') as t from generate_series(1, 500) i;
    create table numbered (id bigserial, n int);
    create function audit() returns int language plpgsql as 'begin return 1; end';
    create function noted() returns trigger language plpgsql as 'begin return new; end';
    create table watched (n int);
    create trigger noting before insert on watched for each row execute function noted();
    create view asking as select audit() as n from pairs;
    create extension if not exists postgres_fdw;
    create server elsewhere foreign data wrapper postgres_fdw;
    create foreign table far (n int) server elsewhere;
"""


@dataclass
class Place:
    """A clone's server, and a session in it that is ours."""

    running: Server
    connection: psycopg.Connection

    def url(self, name: str) -> str:
        """The URL of a database of the server."""
        known = self.running.parameters()
        return f"postgresql://postgres@/{name}?host={known['host']}&port={known['port']}"

    def prove(
        self,
        makes: dict[str, str],
        executions: dict[str, float],
        drops: tuple[str, ...] = (),
        told: Callable[[str], None] = lambda words: None,
        connection: psycopg.Connection | None = None,
        **more: Any,
    ) -> TuneProof:
        """Gives the proof of new indexes, by name, and drops for executions with their weights."""
        indexes = tuple(
            IndexAdvice(f"public.{on.partition('(')[0].strip()}", name, _sql(name, on), 8192, 0, ())
            for name, on in makes.items()
        )
        gone = tuple(DropAdvice("public.pairs", name, "", 0, "", "") for name in drops)
        runs = [
            Execution(number, sql, "seen", 1.0, weight)
            for number, (sql, weight) in enumerate(executions.items())
        ]
        rows: Rows = "a clone"
        task = Task(indexes, gone, runs, more.pop("foretold", {}), rows, "clone", "here", **more)
        return prove(connection or self.connection, task, told)

    def left(self) -> list[str]:
        """What remains of a proof."""
        query = "select relname from pg_class where starts_with(relname, %s) or relname = 'needed'"
        return [name for (name,) in self.connection.execute(query, [PREFIX])]


def _sql(name: str, on: str) -> str:
    return f"CREATE INDEX CONCURRENTLY {name} ON public.{on}"


@pytest.fixture(scope="module")
def place() -> Iterator[Place]:
    """A server with a clone."""
    folder = Path(tempfile.mkdtemp(prefix="dbwp-"))
    folder.chmod(0o755)
    choice = ServerChoice(cache_dir=folder / "cache", idle_seconds=30)
    with server(choice) as running:
        with running.connect() as admin:
            admin.execute("create database clone")
            admin.execute("create database source")
        with running.connect("clone") as connection:
            connection.execute(MADE.encode())
            connection.execute("vacuum analyze")
        with running.connect("clone") as connection:
            yield Place(running, connection)
    stop(choice)
    shutil.rmtree(folder, ignore_errors=True)


def test_an_index_that_helps_is_proven_and_one_that_does_not_is_refuted(place: Place) -> None:
    """With real sizes; the clone is as it was."""
    sql = "select * from pairs where b = 3 and c = 7"
    found = place.prove({"good": "pairs (b, c)", "idle": "pairs (filler)"}, {sql: 10})
    good, idle = found.indexes
    assert good.verdict == "proven", good
    assert good.bytes > 50_000
    assert good.rows == 8_000
    assert idle.verdict == "refuted"
    assert idle.why == "no plan of the workload uses it"
    (run,) = found.executions
    assert run.outcome == "faster"
    assert run.before.runs >= 5
    assert run.shape_after.pages < run.shape_before.pages
    assert run.shape_after.indexes == ("good",)
    assert place.left() == ["needed"]


def test_an_index_that_makes_a_read_slower_is_refuted_with_the_figures(place: Place) -> None:
    """The planner takes it, and jumps from page to page for every row."""
    sql = "select count(c) from pairs where mixed >= 0"
    found = place.prove({"harm": "pairs (mixed)"}, {sql: 1})
    (harm,) = found.indexes
    assert harm.verdict == "refuted"
    assert harm.why.startswith("it makes a statement slower: ")
    assert sql in harm.why
    # run again without it
    (run,) = found.executions
    assert run.outcome == "alike"
    assert run.shape_after.indexes == ()


@pytest.mark.parametrize("index", [{}, {"idle": "pairs (filler)"}, {"harm": "pairs (mixed)"}])
def test_what_was_not_changed_has_gained_nothing_whatever_the_clock_says(
    place: Place, monkeypatch: pytest.MonkeyPatch, index: dict[str, str]
) -> None:
    """A busy machine was seen to take longer for the first of two that were equal (2026-12-01)."""
    monkeypatch.setattr(index_race, "is_faster", lambda *_: True)
    sql = "select count(c) from pairs where mixed >= 0"
    (run,) = place.prove(index, {sql: 1}).executions
    assert run.outcome == "alike"


def test_what_a_clone_of_few_rows_does_not_show_is_not_refuted(place: Place) -> None:
    """It is said to be unproven, with the rows."""
    sql = "select * from pairs where b = 3 and c = 7"
    source = {"public.pairs": 5_000_000.0}
    (idle,) = place.prove({"idle": "pairs (filler)"}, {sql: 1}, foretold=source).indexes
    assert idle.verdict == "unproven"
    assert "8,000 of the source's 5,000,000 rows" in idle.why


def test_a_drop_that_a_statement_needs_is_refuted(place: Place) -> None:
    """The index is taken away in a savepoint only."""
    found = place.prove({}, {"select * from pairs where id = 7": 5}, drops=("needed",))
    (needed,) = found.indexes
    assert (needed.action, needed.verdict) == ("drop", "refuted")
    assert needed.why.startswith("a statement is slower without it: ")
    assert place.left() == ["needed"]


def test_writes_are_rolled_back_and_their_price_counts(place: Place) -> None:
    """An index that few reads gain from is refuted by many writes; sequences are told."""
    key = "md5(repeat(filler, 20))"
    read = f"select * from pairs where {key} = 'x'"
    write = "insert into pairs select n, 1, 1, n, md5(n::text) from generate_series(1, 300) n"
    number = "insert into numbered (n) values (1)"
    found = place.prove({"dear": f"pairs ({key})"}, {read: 1, write: 1e6, number: 1})
    (dear,) = found.indexes
    assert dear.verdict == "refuted"
    written = found.executions[1]
    assert written.sql == write
    assert written.writes
    assert found.noted == (
        "sequences moved on, which no rollback undoes; the rows are as they were",
    )
    assert place.connection.execute("select count(*) from pairs").fetchone() == (8_000,)
    helpful = place.prove({"cheap": f"pairs ({key})"}, {read: 1e6, write: 1})
    assert helpful.indexes[0].verdict == "proven"
    inserted = helpful.executions[1]
    assert inserted.shape_after.wal > 1.2 * inserted.shape_before.wal


def test_an_index_that_cannot_be_built_is_told_and_the_others_go_on(place: Place) -> None:
    """The server's own words stand for it."""
    sql = "select * from pairs where b = 3 and c = 7"
    found = place.prove({"wide": "wide (t)", "good": "pairs (b, c)"}, {sql: 1})
    by_name = {each.name: each for each in found.indexes}
    assert by_name["good"].verdict == "proven"
    assert by_name["wide"].verdict == "unproven"
    assert "could not be built here: index row" in by_name["wide"].why


def test_a_statement_whose_time_is_up_is_said_to_take_longer(place: Place) -> None:
    """And the index that mends it is proven all the same."""
    sql = "select count(*) from pairs a, pairs b, pairs c where a.filler = b.filler"
    quick = "select * from pairs where b = 3 and c = 7"
    found = place.prove({"good": "pairs (b, c)"}, {sql: 1, quick: 1}, seconds=0.3)
    slow, fast = found.executions
    assert slow.before.cut
    assert slow.after.cut
    assert slow.outcome == "alike"
    assert fast.outcome == "faster"


@pytest.mark.parametrize(
    ("sql", "why"),
    [
        ("select audit()", "it calls audit(), which is volatile and may do anything"),
        ("select * from asking", "it calls audit(), which is volatile and may do anything"),
        ("insert into watched values (1)", "it calls noted(), which is volatile"),
        ("select * from far", "through the foreign table far"),
        ("select pg_advisory_lock(1)", "reaches beyond its transaction"),
        ("select pg_sleep(9)", "reaches beyond its transaction"),
        ("select lo_create(0)", "it calls lo_create(oid)"),
        ("select n from watched for update", None),
        ("select random(), now(), count(*) from pairs", None),
        ("insert into numbered (n) select b from pairs returning id", None),
    ],
)
def test_what_no_rollback_undoes_is_not_run(place: Place, sql: str, why: str | None) -> None:
    """Functions that may do anything, in views and triggers too, and other servers."""
    found = lasting(place.connection, sql)
    assert (found is None) if why is None else (why in (found or "")), found


def test_an_interrupt_leaves_nothing(place: Place) -> None:
    """Ctrl-C comes while statements run."""

    def interrupted(words: str) -> None:
        if words.startswith("running"):
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        place.prove({"good": "pairs (b, c)"}, {"select 1 from pairs": 1}, told=interrupted)
    assert place.left() == ["needed"]


def test_a_kill_leaves_nothing(place: Place) -> None:
    """The process is gone at once, while an index is built and another one dropped."""
    told, tell = os.pipe()
    child = os.fork()
    if child == 0:
        _hang(place, tell)
    os.close(tell)
    with os.fdopen(told) as reading:
        assert reading.readline() == "running the workload: 1 of 1\n"
    os.kill(child, signal.SIGKILL)
    os.waitpid(child, 0)
    # the lock is free once the server has ended the session
    place.connection.execute("select pg_advisory_lock(77), pg_advisory_unlock(77)")
    assert place.left() == ["needed"]


def _hang(place: Place, tell: int) -> None:
    """Proves in a process of its own until the workload runs; does not return."""
    try:
        own = place.running.connect("clone")
        own.execute("select pg_advisory_lock(77)")

        def hang(words: str) -> None:
            if words.startswith("running"):
                os.write(tell, f"{words}\n".encode())
                signal.pause()

        sql = "select * from pairs where b = 3"
        place.prove({"good": "pairs (b, c)"}, {sql: 1}, ("needed",), hang, own)
    finally:
        os._exit(1)


def test_what_is_no_clone_is_refused(place: Place) -> None:
    """The database itself, one that others use, other kinds, and what does not answer."""
    for url, kind, words in (
        (place.url("clone"), UsageError, "is in use: other sessions"),
        (place.url("source"), UsageError, "is the database of --db itself"),
        ("sqlite:///x.db", UsageError, "names no PostgreSQL"),
        (place.url("nowhere"), CollectError, "cannot connect to"),
    ):
        with pytest.raises(kind, match=words), opened_clone(url, place.url("source")):
            pass
    with opened_clone(place.url("source"), place.url("clone")) as clone:
        assert clone.server.startswith("PostgreSQL ")


def test_a_standby_is_refused() -> None:
    """A server that replays another's writes takes no index."""
    folder = Path(tempfile.mkdtemp(prefix="dbwp-"))
    folder.chmod(0o755)
    choice = ServerChoice(cache_dir=folder / "cache", idle_seconds=0)
    with server(choice) as running, running.connect() as connection:
        ((data,),) = connection.execute("show data_directory").fetchall()
    assert stop(choice)
    (Path(data) / "standby.signal").touch()
    with server(choice) as running:
        url = Place(running, connection).url("postgres")
        with pytest.raises(UsageError, match="is a standby"), opened_clone(url, None):
            pass
    stop(choice)
    shutil.rmtree(folder, ignore_errors=True)
