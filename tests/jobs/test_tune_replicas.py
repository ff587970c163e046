"""Tuning of what production is made of: a standby that streams, a pooler in transaction mode."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

import dbwright
from dbwright.collect import twin as files
from dbwright.collect.clone import opened_clone
from dbwright.core.errors import UsageError
from dbwright.core.options import Options
from dbwright.scratch.binaries import find

from .replication import Pair, pooler, primary, standby

ROWS = """
    create table t as select i as id, i % 500 as k, repeat('x', 60) as filler
    from generate_series(1, 20000) i;
    create index unread on t (id);
"""
ASKED = "select * from t where k = 7"
AGREED = {"agree": lambda *_: True}


@pytest.fixture(scope="module", params=["embedded", "15"])
def programs(request: pytest.FixtureRequest) -> Path | None:
    """The folder of a server's programs, None for those of the wheel."""
    return request.getfixturevalue("postgresql_15") if request.param == "15" else None


@pytest.fixture(scope="module")
def pair(programs: Path | None) -> Iterator[Pair]:
    """A server that counts statements, with a database in use and its clone; nothing follows it."""
    counted = "shared_preload_libraries=pg_stat_statements"
    with primary(find(programs, 18), counted) as found:
        for name in ("shop", "clone"):
            with found.connect() as connection:
                connection.execute(f"create database {name}".encode())
            with found.connect(name) as connection:
                connection.execute(ROWS.encode())
                connection.execute("create extension pg_stat_statements")
                connection.execute("vacuum analyze t")
        with found.connect("shop") as connection:
            for _ in range(5):
                connection.execute(ASKED)
        yield found


@pytest.fixture
def options(programs: Path | None) -> Options:
    """Options that have the twin run on the same programs."""
    return Options(pg_bin=str(programs) if programs else None)


@pytest.fixture
def pgbouncer() -> str:
    """The pooler's program; without it the test is skipped."""
    found = shutil.which("pgbouncer", path="/usr/sbin:/usr/bin:/usr/local/bin:/opt/homebrew/bin")
    if found is None:
        pytest.skip("needs pgbouncer")
    return found


def test_behind_a_pooler_it_is_as_without_one(pair: Pair, options: Options, pgbouncer: str) -> None:
    """Exported, tuned and proved twice; nothing stays there."""
    plain = dbwright.tune(url=pair.url("shop"), options=options)
    with pooler(pgbouncer, pair):
        url, clone = pair.pooler("shop"), pair.pooler("clone")
        found = dbwright.tune(url=url, options=options)
        assert [each.sql for each in found.indexes] == [each.sql for each in plain.indexes]
        assert [each.sql for each in found.statements] == ["select * from t where k = $1"]
        assert "or only the server's catalog" in " ".join(found.left_out)
        for _ in range(2):
            proved = dbwright.tune(url=url, options=options, prove_on=clone, **AGREED)
            assert proved.proof is not None
            assert len(proved.proof.executions) == 3
            assert proved.proof.left_out == ()
        with psycopg.connect(clone, prepare_threshold=None) as connection:
            ours = "select indexrelid::regclass::text from pg_index where indrelid = 't'::regclass"
            assert connection.execute(ours).fetchall() == [("unread",)]


def test_nothing_is_prepared_on_a_session_that_the_pooler_lends(pair: Pair, pgbouncer: str) -> None:
    """The next statement may meet another session, and the next client this one."""
    known = "select name from pg_prepared_statements"
    with pooler(pgbouncer, pair), opened_clone(pair.pooler("clone"), None) as clone:
        for _ in range(9):
            assert clone.connection.execute(known).fetchall() == []


def test_the_source_is_no_clone_behind_a_pooler_either(pair: Pair, pgbouncer: str) -> None:
    """The way there is another one, the database is not."""
    with pooler(pgbouncer, pair), pytest.raises(UsageError, match="is the database of --db itself"):
        dbwright.tune(url=pair.pooler("shop"), workload=ASKED, prove_on=pair.url("shop"), **AGREED)


@pytest.fixture
def followed(pair: Pair, programs: Path | None) -> Iterator[Pair]:
    """The servers with a standby that has all that the primary has."""
    with standby(find(programs, 18), pair):
        pair.caught_up()
        yield pair


def test_a_standby_s_plans_are_its_primary_s(followed: Pair, options: Options) -> None:
    """It is read as another server is; its counts of reads are its own, and said to be."""
    read = files.export_twin(followed.standby("shop"))
    source = files.export_twin(followed.url("shop"))
    assert read.statistics.columns == source.statistics.columns
    assert [each.sql for each in read.objects] == [each.sql for each in source.objects]
    assert [each.pages for each in read.statistics.relations] == [
        each.pages for each in source.statistics.relations
    ]
    assert "a standby counts its own reads only" in " ".join(read.left_out)
    found, other = (
        dbwright.tune(url=url, workload=ASKED, options=options)
        for url in (followed.standby("shop"), followed.url("shop"))
    )
    assert found.indexes
    assert found.indexes == other.indexes
    assert found.statements == other.statements
    assert found.drops == ()


def test_neither_a_standby_nor_what_it_follows_is_a_clone(followed: Pair) -> None:
    """The one takes no index, the other is production."""
    for clone, words in (
        (followed.standby("clone"), "is a standby, which takes no index"),
        (followed.url("clone"), "looks like production: standbys follow its server"),
    ):
        with pytest.raises(UsageError, match=words):
            dbwright.tune(url=followed.standby("shop"), workload=ASKED, prove_on=clone, **AGREED)
