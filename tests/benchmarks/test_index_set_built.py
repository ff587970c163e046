"""The set of indexes on a server: schemas and lists can be made, a budget is of real bytes."""

from __future__ import annotations

import shutil
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest

from dbwright.scratch.sandbox import Sandbox
from dbwright.scratch.server import ServerChoice, server, stop

SET = Path(__file__).parents[2] / "benchmarks" / "indexes"
sys.path.insert(0, str(SET))
try:
    import execute
    import workload
finally:
    sys.path.remove(str(SET))

pytestmark = pytest.mark.database


@pytest.fixture(scope="module")
def sandbox() -> Iterator[Sandbox]:
    folder = Path(tempfile.mkdtemp(prefix="dbwt-"))
    folder.chmod(0o755)
    choice = ServerChoice(cache_dir=folder / "cache", idle_seconds=120)
    with server(choice) as running:
        yield Sandbox(running)
    stop(choice)
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture
def connection(sandbox: Sandbox) -> Iterator[psycopg.Connection[Any]]:
    with sandbox.clone(None) as database, database.connect() as found:
        found.autocommit = True
        yield found


@pytest.mark.parametrize("name", ["tpch", "tenants"])
def test_the_hand_made_indexes_can_be_made_on_the_schema(
    connection: psycopg.Connection[Any], name: str
) -> None:
    folder = workload.load(name).folder
    execute.run(connection, (folder / "schema.sql").read_text(encoding="utf-8"))
    built, left = execute.build(connection, workload.index_list(folder / "expert.sql"), None)
    assert [index.problem for index in built if index.problem] == []
    assert left == []


def test_the_seeded_indexes_that_may_go_can_be_dropped(
    connection: psycopg.Connection[Any],
) -> None:
    folder = workload.load("tenants").folder
    for file in ("schema.sql", "seeded.sql"):
        execute.run(connection, (folder / file).read_text(encoding="utf-8"))
    for name, answer in workload.toml(folder / "seeded.toml").items():
        if answer["verdict"] != "keep":
            execute.run(connection, f"drop index {name}")


def test_an_index_that_no_longer_fits_is_left_out_and_a_smaller_one_comes(
    connection: psycopg.Connection[Any],
) -> None:
    execute.run(
        connection, "create table t as select i, md5(i::text) as m from generate_series(1, 9000) i"
    )
    wide, narrow = "create index on t (m)", "create index on t (i) where i < 9"
    (first,), _ = execute.build(connection, [wide], None)
    execute.run(connection, "drop index t_m_idx")
    built, left = execute.build(
        connection, [wide, "create index on t (m, i)", narrow], first.bytes + 20_000
    )
    assert [index.sql for index in built] == [wide, narrow]
    assert left == ["create index on t (m, i)"]
    made = connection.execute("select count(*) from pg_indexes where tablename = 't'").fetchone()
    assert made == (2,)


def test_an_index_that_cannot_be_built_is_told_and_the_others_are_made(
    connection: psycopg.Connection[Any],
) -> None:
    execute.run(connection, "create table t (i int)")
    built, _ = execute.build(connection, ["create index on t (j)", "create index on t (i)"], None)
    assert "does not exist" in built[0].problem
    assert built[1].bytes > 0


def test_tables_with_indexes_on_expressions_are_analyzed(
    connection: psycopg.Connection[Any],
) -> None:
    execute.run(connection, "create table t as select i::text as m from generate_series(1, 900) i")
    execute.build(connection, ["create index on t (length(m))"], None)
    query = "select attname from pg_stats where tablename = 't_length_idx'"
    assert connection.execute(query).fetchall() == [("length",)]
