"""A twin makes the plans of its source, from a file without a row."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import psycopg
import pytest

from dbwright.collect import twin as files
from dbwright.core.errors import CollectError
from dbwright.core.plan import Node
from dbwright.core.statistics import ColumnStatistics, CommonValues, ExtendedStatistics
from dbwright.core.twin import FORMAT, Made, Twin
from dbwright.dialects.postgresql import explain, statements
from dbwright.dialects.postgresql.server import SUPERUSER
from dbwright.scratch.server import Server, ServerChoice, server, stop
from dbwright.scratch.twin import OpenTwin, connect, open_twin

HERE = Path(__file__).parent / "twin"
QUERIES = statements.split((HERE / "queries.sql").read_text())
GIN = ("tags @>", "meta @>", "@@ to_tsquery")
"""A GIN index tells the planner how many entries it has, which no role but a superuser may read."""
HIDDEN_RANGES = ("during @>",)
"""Before 17 the view pg_stats has no statistics of ranges."""


def shape(node: Node) -> Any:
    """Gives what a plan does, without its numbers."""
    below = tuple(shape(child) for child in node.children)
    return node.name, node.relation, node.index, node.index_condition, node.filter, below


def url(found: Server, database: str, user: str = "postgres") -> str:
    """Gives a URL as a user would write it."""
    known = found.parameters()
    return f"postgresql://{user}@/{database}?host={known['host']}&port={known['port']}"


class Pair:
    """A database with rows beside its twin."""

    def __init__(
        self,
        source: Server,
        connection: psycopg.Connection,
        found: OpenTwin,
        choice: ServerChoice,
    ) -> None:
        self.source, self.connection, self.found = source, connection, found
        self.choice = choice


@pytest.fixture(scope="module", params=["wheel", "15"])
def pair(request: pytest.FixtureRequest, tmp_path_factory: Any) -> Iterator[Pair]:
    """The schema of `twin/` with its rows, and its twin through a file, on one version."""
    folder = Path(tempfile.mkdtemp(prefix="dbwt-"))
    folder.chmod(0o755)
    programs = None
    if request.param == "15":
        programs = request.getfixturevalue("postgresql_15")
    choice = ServerChoice(cache_dir=folder / "cache", pg_bin=programs, idle_seconds=30)
    with server(choice) as running:
        with running.connect() as admin:
            admin.execute("create database source")
        with running.connect("source") as connection:
            connection.execute((HERE / "schema.sql").read_bytes())
            connection.execute("vacuum analyze")
            path = folder / "source.twin"
            path.write_text(files.text(files.export_twin(url(running, "source"))))
            with open_twin(files.read_twin(path), choice) as found:
                yield Pair(running, connection, found, choice)
    stop(choice)
    shutil.rmtree(folder, ignore_errors=True)


def test_all_is_loaded_and_it_is_the_source_s_own(pair: Pair) -> None:
    """Nothing is missed on the same version, and statistics are letter for letter the same."""
    assert pair.found.missed == ()
    assert pair.found.exact
    question = "select * from pg_stats where schemaname in ('public', 'app') order by 1, 2, 3, 4"
    with pair.found.connect() as twin:
        expected = pair.connection.execute(question).fetchall()
        assert len(expected) > 30
        assert twin.execute(question).fetchall() == expected


def test_statistics_of_several_columns_are_there(pair: Pair) -> None:
    """Distinct counts, dependencies and common combinations come through, each with its share.

    The source has dropped a column before these, so that their numbers are others in the twin.
    """
    question = """
        select n_distinct::text as n, dependencies::text as d,
               (select array_agg(shown order by shown) from (
                    select (most_common_vals[i:i], most_common_freqs[i],
                            most_common_base_freqs[i])::text as shown
                    from generate_subscripts(most_common_freqs, 1) i) each) as common
        from pg_stats_ext
    """
    with pair.found.connect() as twin:
        (found,), (expected,) = (
            each.execute(question).fetchall() for each in (twin, pair.connection)
        )
    assert (found[0], found[1]) == ('{"8, 9": 400}', '{"9 => 8": 1.000000}')
    assert (expected[0], expected[1]) == ('{"9, 10": 400}', '{"10 => 9": 1.000000}')
    assert len(found[2]) == 100
    assert found[2] == expected[2]


@pytest.mark.parametrize("sql", QUERIES, ids=lambda sql: " ".join(sql.split())[:60])
def test_the_plan_and_its_cost_are_the_source_s(pair: Pair, sql: str) -> None:
    """The twin's plan does the same at the same cost."""
    with pair.found.connect() as twin:
        expected, found = explain.plan(pair.connection, sql), explain.plan(twin, sql)
    assert shape(found) == shape(expected)
    hidden = GIN + (HIDDEN_RANGES if pair.source.major < 17 else ())
    if not any(words in sql for words in hidden):
        assert found.cost == pytest.approx(expected.cost, rel=1e-6, abs=0.02)


def test_it_takes_megabytes_and_no_row(pair: Pair) -> None:
    """Files are as long as the source's and take no place, and hold nothing."""
    size = "select pg_relation_size('app.orders')"
    with connect(pair.found.address, SUPERUSER) as twin:
        assert twin.execute(size).fetchone() == pair.connection.execute(size).fetchone()
        path = twin.execute(
            "select current_setting('data_directory') || '/' || pg_relation_filepath('app.orders')"
        ).fetchone()
    assert path is not None
    assert Path(path[0]).stat().st_blocks * 512 < 100_000


def test_a_planner_that_looks_for_the_end_of_an_index_finds_none(pair: Pair) -> None:
    """The pages that make a b-tree high can be gone down, as the planner does for a bound."""
    sql = "select * from app.orders where placed_at > '2031-01-01'"
    with pair.found.connect() as twin:
        assert explain.plan(twin, sql).cost > 0


def test_a_statement_without_values_gets_the_generic_plan(pair: Pair) -> None:
    """$1 is planned as the source plans it."""
    sql = "select * from app.orders where customer_id = $1"
    with pair.found.connect() as twin:
        assert explain.text(twin, sql) == explain.text(pair.connection, sql)


def test_a_twin_is_loaded_once(pair: Pair) -> None:
    """The next user of the same file finds it there, and nothing is made again."""
    with pair.found.connect() as twin:
        made = twin.execute("select oid from pg_class where relname = 'orders'").fetchone()
    with open_twin(pair.found.twin, pair.choice) as again, again.connect() as other:
        assert again.missed == ()
        question = "select oid from pg_class where relname = 'orders'"
        assert other.execute(question).fetchone() == made


# What a file brings is somebody's

EVIL = """
create function {name} returns {type} immutable language plpgsql as $$ begin
    raise exception 'called as superuser: %', current_setting('is_superuser');
end $$
"""

WARY = """
create function {name} returns {type} immutable language plpgsql as $$ begin
    if current_setting('is_superuser') = 'on' then
        raise exception 'called as superuser: on';
    end if;
    return 1;
end $$
"""


def hostile(twin: Twin) -> Twin:
    """Gives the twin with functions that tell who calls them, and statements that must not run."""
    check = EVIL.format(name="app.checks(text)", type="bool")
    wary = WARY.format(name="app.wary(int, int)", type="float8")
    objects = (
        *twin.objects,
        Made("function", "evil", EVIL.format(name="app.evil()", type="int")),
        Made("function", "checks", check),
        Made("type", "checked", "create domain app.checked as text check (app.checks(value))"),
        Made("table", "app.bad", "create table app.bad (x app.checked, y app.checked[], z int)"),
        Made("role", "boss", "create role boss superuser"),
        Made("extension", "e", "create extension pg_trgm; create role boss superuser"),
        Made("function", "wary", wary),
        Made("type", "r", "create type app.r as range (subtype = int, subtype_diff = app.wary)"),
        Made("table", "ranged", "create table app.ranged (r app.r, n int)"),
        Made("statistics", "rn", "create statistics app.rn on r, n from app.ranged"),
        Made("statistics", "e", "create statistics app.e on app.wary(1, 2), n from app.ranged"),
        Made("function", "f", "copy (select 1) to program 'touch /tmp/dbwright-was-here'"),
    )
    columns = tuple(
        ColumnStatistics("app", "bad", name, False, 0.0, 4, -1.0, values, (0.5,))
        for name, values in (("x", "{a}"), ("y", '{"{a}"}'))
    )
    known = twin.statistics
    settings = twin.settings | {"search_path": "app, pg_catalog", "jit": "on; create role boss"}
    several = CommonValues((("[1,2)", "2"), ("[1,9)", "3")), (0.5, 0.4), (0.1, 0.1))
    numbers = CommonValues((("1", "2"),), (0.5,), (0.1,))
    extended = (
        *known.extended,
        ExtendedStatistics("app", "rn", False, (1, 2), common=several),
        ExtendedStatistics("app", "e", False, (2,), common=numbers),
    )
    statistics = replace(known, columns=(*known.columns, *columns), extended=extended)
    return replace(twin, objects=objects, statistics=statistics, settings=settings)


def test_nothing_of_a_file_is_called_or_run_by_the_superuser(pair: Pair) -> None:
    """Functions that the planner or a value's type calls have an owner's rights, and no more."""
    twin = hostile(pair.found.twin)
    with open_twin(twin, pair.choice) as found, found.connect() as connection:
        with pytest.raises(psycopg.Error, match="called as superuser: off"):
            explain.plan(connection, "select 1 from app.orders where id = app.evil()")
        roles = connection.execute("select 1 from pg_roles where rolname = 'boss'").fetchall()
        values = connection.execute(
            "select most_common_vals::text from pg_stats where tablename = 'bad' order by attname"
        ).fetchall()
        listed = connection.execute(
            "select count(*) from pg_stats_ext where statistics_name in ('rn', 'e')"
        ).fetchall()
        # an owner's function may have the name of one of the server's
        ours = connection.execute("show search_path").fetchone()
        with connect(found.address, SUPERUSER) as admin:
            theirs = admin.execute("show search_path").fetchone()
    told = " ".join(found.missed)
    assert roles == []
    assert values == [("{a}",), ('{"{a}"}',)]
    assert listed == [(2,)]
    assert (ours, theirs) == (("app, pg_catalog",), ("pg_catalog, pg_temp",))
    assert "called as superuser" not in told
    assert all(name in told for name in ("role boss: ", "extension e: ", "function f: "))


# The file


@pytest.fixture
def small() -> Twin:
    """A twin that holds something of all."""
    return files.from_json(Twin, {"source": {
        "server": "PostgreSQL 18.6", "major": 18, "database": "shop", "role": "me",
        "exported_at": "2026-01-01T00:00:00+00:00"}})  # fmt: skip


def test_a_file_gives_back_what_was_written(small: Twin, tmp_path: Path) -> None:
    """Round trip."""
    (tmp_path / "a.twin").write_text(files.text(small))
    assert files.read_twin(tmp_path / "a.twin") == small
    assert [each.name for each in tmp_path.iterdir()] == ["a.twin"]


def test_a_newer_file_names_the_way_out(small: Twin, tmp_path: Path) -> None:
    """A format that this dbwright does not know is no guess."""
    path = tmp_path / "a.twin"
    path.write_text(files.text(small))
    path.write_text(path.read_text().replace(f'"format": {FORMAT}', f'"format": {FORMAT + 1}'))
    with pytest.raises(CollectError, match=f"format {FORMAT + 1}") as caught:
        files.read_twin(path)
    assert "export the twin again" in str(caught.value)


@pytest.mark.parametrize("keep", [0.0, 0.3, 0.9])
def test_a_damaged_file_is_told(small: Twin, tmp_path: Path, keep: float) -> None:
    """A file that was cut is refused by name."""
    path = tmp_path / "a.twin"
    path.write_text(files.text(small))
    text = path.read_text()
    path.write_text(text[: int(len(text) * keep)])
    with pytest.raises(CollectError, match=r"a\.twin is damaged"):
        files.read_twin(path)


def test_redacted_holds_no_value(pair: Pair) -> None:
    """Neither a common value nor a bound of a histogram stays, and the rest does."""
    twin = files.redacted(pair.found.twin)
    text = str(files.to_json(replace(twin, objects=())))
    for value in ("Name 1", "sku100", "ex.com", "c3-43", "2025-"):
        assert value not in text
    assert len(twin.statistics.columns) == len(pair.found.twin.statistics.columns)
