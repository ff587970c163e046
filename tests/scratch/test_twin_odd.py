"""What a database may have that a twin cannot take over: it is told, and the rest goes on."""

from __future__ import annotations

import json
import shutil
import tempfile
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import psycopg
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from dbwright.collect import twin as files
from dbwright.core.errors import CollectError
from dbwright.core.statistics import ColumnStatistics, RelationSize
from dbwright.core.twin import Made, Twin
from dbwright.dialects.postgresql import explain, parameters, twin_load
from dbwright.dialects.postgresql.access import accesses
from dbwright.dialects.postgresql.parameters import Values
from dbwright.scratch.server import ServerChoice, server, stop
from dbwright.scratch.twin import OpenTwin, open_twin

SCHEMA = """
create schema closed;
create table closed.secret (id int primary key, word text);
create extension postgres_fdw;
create extension pg_stat_statements;
create server other foreign data wrapper postgres_fdw;
create foreign table far (id int) server other;
create view over_far as select id from far;
create unlogged table fresh (id int primary key, word text) with (autovacuum_enabled = off);
insert into fresh select i, 'w' || i from generate_series(1, 5000) i;
create table parts (region text, at date, who int) partition by list (region);
create table parts_eu partition of parts for values in ('de', 'fr') partition by range (at);
create table parts_eu_25 partition of parts_eu for values from ('2025-01-01') to ('2026-01-01');
create table parts_eu_rest partition of parts_eu default;
create table parts_us partition of parts for values in ('us') partition by hash (who);
create table parts_us_0 partition of parts_us for values with (modulus 2, remainder 0);
create table parts_us_1 partition of parts_us for values with (modulus 2, remainder 1);
create table parts_rest partition of parts default;
create index on parts (who);
insert into parts select (array['de', 'us', 'jp'])[1 + i % 3], '2025-01-01'::date + i % 600, i % 900
    from generate_series(1, 20000) i;
create table base (id int primary key, word text);
create table heir (more int) inherits (base);
create index on heir (id);
insert into heir select i, 'w' || i, i from generate_series(1, 5000) i;
create table docs (id int primary key, author text, tenant int);
insert into docs select i, 'u' || i % 100, i % 200 from generate_series(1, 20000) i;
create index on docs (tenant);
create index on docs (author);
create role app;
create role tenant login in role app;
create role outsider;
create role reader login bypassrls;
alter table docs enable row level security;
create policy own on docs to app using (tenant = current_setting('app.tenant', true)::int);
create policy none on docs to outsider using (id = 1);
create view through as select * from docs;
grant select on all tables in schema public to app, reader;
analyze parts; analyze base; analyze heir; analyze docs; analyze closed.secret;
"""
STATEMENTS = [
    "select * from docs where author = 'u7'",
    "select * from through where author = 'u7'",
    "select * from docs where tenant = $1 and author = $2",
    "select * from parts where who = 7",
    "select * from parts where region = 'de' and at = '2025-05-05'",
    "select count(*) from parts where region = 'us' and who = 3",
    "select * from base where id = 77",
    "select * from fresh where id = 5",
]
GEO = (
    Made("extension", "geo", "CREATE EXTENSION geo"),
    Made("table", "shapes", "CREATE TABLE public.shapes (id int, shape geo.geometry)"),
    Made("index", "shapes_shape", "CREATE INDEX shapes_shape ON public.shapes USING gist (shape)"),
)


class Odd:
    """The database, read by `reader`, its statements planned by `tenant`, and its twin."""

    def __init__(self, connection: psycopg.Connection, twin: Twin, found: OpenTwin) -> None:
        self.connection, self.twin, self.found = connection, twin, found


@pytest.fixture(scope="module")
def odd() -> Iterator[Odd]:
    """A database that has all of it, and its twin as `reader` exports it."""
    folder = Path(tempfile.mkdtemp(prefix="dbwt-"))
    folder.chmod(0o755)
    choice = ServerChoice(cache_dir=folder / "cache", idle_seconds=30)
    with server(choice) as running:
        with running.connect() as admin:
            admin.execute("create database odd")
        with running.connect("odd") as connection:
            connection.execute(SCHEMA)
        known = running.parameters()
        url = f"postgresql://tenant@/odd?host={known['host']}&port={known['port']}"
        twin = files.export_twin(url.replace("tenant@", "reader@"), "tenant")
        shapes = (
            ColumnStatistics("public", "shapes", name, False, 0.0, 4, -1.0)
            for name in ("id", "shape")
        )
        columns = (*twin.statistics.columns, *shapes)
        statistics = replace(twin.statistics, columns=columns)
        twin = replace(twin, objects=(*twin.objects, *GEO), statistics=statistics)
        with psycopg.connect(url, autocommit=True) as connection, open_twin(twin, choice) as found:
            yield Odd(connection, twin, found)
    stop(choice)
    shutil.rmtree(folder, ignore_errors=True)


@pytest.mark.parametrize("sql", STATEMENTS)
def test_plans_are_those_of_the_role_that_row_security_holds_for(odd: Odd, sql: str) -> None:
    """Policies of the role and of roles that it is in count, others not; views go around them."""
    with odd.found.connect() as twin:
        found, expected = explain.plan(twin, sql), explain.plan(odd.connection, sql)
    assert replace(found, cost=0.0) == replace(expected, cost=0.0)
    assert found.cost == pytest.approx(expected.cost, rel=1e-6, abs=0.02)


def test_what_is_left_out_is_told(odd: Odd) -> None:
    """Each thing that could not be read or taken over has its sentence, and no more of them."""
    told = " | ".join(odd.twin.left_out)
    assert odd.twin.source.planned_as == "tenant"
    for words in (
        "foreign tables, whose plans another server makes: far",
        "row security makes them others than those of tenant, which are made",
        "statistics of 1 table that the role may not read: grant it SELECT",
        "statistics of 1 table never analyzed: ANALYZE (fresh)",
        "statements: pg_stat_statements must be loaded",
    ):
        assert words in told
    assert [each.partition(":")[0] for each in odd.found.missed] == [
        "view over_far",
        "extension geo",
        "table shapes",
        "index shapes_shape",
        "statistics of 2 columns of shapes",
    ]


def test_values_for_parameters_come_from_a_table_with_row_security(odd: Odd) -> None:
    """The role sees no statistics of the table, and the statement has values all the same."""
    hidden = "select count(*) from pg_stats where tablename = 'docs'"
    sql = "select id from docs where author = $1"
    with odd.found.connect() as twin:
        assert twin.execute(hidden).fetchall() == [(0,)]
        found = parameters.instances(twin, sql, accesses(twin, sql, {}), Values(twin))
    assert "without values" not in {each.kind for each in found}


def test_names_of_a_file_give_no_role_of_the_server(odd: Odd) -> None:
    """A file that asks to plan as the superuser, or as a member of such, gets neither."""
    from dbwright.dialects.postgresql import twin_roles
    from dbwright.dialects.postgresql.server import OWNER, SUPERUSER
    from dbwright.scratch.twin import connect

    with connect(odd.found.address) as owner, connect(odd.found.address, SUPERUSER) as admin:
        for role in (SUPERUSER, "pg_monitor"):
            with pytest.raises(psycopg.Error):
                twin_roles.write(admin, owner, role, ())
        twin_roles.write(admin, owner, "tenant", (SUPERUSER, "pg_execute_server_program", OWNER))
        question = """
            select r.rolname from pg_auth_members m join pg_roles r on r.oid = m.roleid
            where m.member = any(array['tenant', %s]::regrole[]) order by 1
        """
        roles = admin.execute(question, [OWNER]).fetchall()
    assert roles == [("app",), ("tenant",)]


@pytest.mark.parametrize(
    ("rows", "pages", "major", "never"),
    [(-1.0, 0, 18, True), (0.0, 0, 13, True), (0.0, 0, 14, False), (0.0, 3, 13, False)],
)
def test_before_14_no_rows_in_no_pages_were_never_counted(
    rows: float, pages: int, major: int, never: bool
) -> None:
    """The planner of 13 takes such a table for ten pages, as later ones take one of -1 rows."""
    size = RelationSize("public", "t", "r", 0, pages, rows)
    assert twin_load.is_uncounted(size, major) is never


# The file

SMALL = files.text(
    files.from_json(
        Twin,
        {
            "source": {"server": "PostgreSQL 18.6", "major": 18, "database": "shop", "role": "me",
                       "exported_at": "2026-01-01T00:00:00+00:00"},
            "objects": [{"kind": "table", "name": "t", "sql": "create table t (a int)"}],
            "statistics": {
                "relations": [{"schema": "public", "name": "t", "kind": "r", "pages": 1,
                               "known_pages": 1, "rows": 5.0}],
                "columns": [{"schema": "public", "relation": "t", "column": "a",
                             "inherited": False, "null_fraction": 0.0, "width": 4,
                             "distinct": -1.0, "common_frequencies": [0.5]}]},
            "settings": {"work_mem": "4096"},
            "workload": {"statements": [{"sql": "select 1", "calls": 3}]},
        },
    )
)  # fmt: skip
VALUES = [None, True, -1, 2**40, 1e300, "x", "\0", [], {}, [None], float("nan"), [["a"]]]


def places(data: Any, before: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """Gives the way to each value of JSON."""
    items = data.items() if isinstance(data, dict) else enumerate(data)
    below = [
        place
        for key, value in items
        if isinstance(value, dict | list)
        for place in places(value, (*before, key))
    ]
    return [
        (*before, key) for key in (data if isinstance(data, dict) else range(len(data)))
    ] + below


@settings(max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(place=st.sampled_from(places(json.loads(SMALL))), value=st.sampled_from(VALUES))
def test_a_value_of_another_kind_is_refused_or_harmless(
    tmp_path: Path, place: tuple[Any, ...], value: Any
) -> None:
    """Whatever stands in a value's place: what is read is written and read again as it is."""
    data = json.loads(SMALL)
    inner = data
    for key in place[:-1]:
        inner = inner[key]
    inner[place[-1]] = value
    again(tmp_path / "a.twin", json.dumps(data).encode())


@settings(max_examples=100, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(at=st.integers(0, len(SMALL) - 1), bit=st.integers(0, 7))
def test_a_flipped_bit_is_refused_or_harmless(tmp_path: Path, at: int, bit: int) -> None:
    """One bit of the file is another."""
    data = bytearray(SMALL.encode())
    data[at] ^= 1 << bit
    again(tmp_path / "a.twin", bytes(data))


def again(path: Path, data: bytes) -> None:
    """Reads a file, and what it gives from a second one."""
    path.write_bytes(data)
    try:
        twin = files.read_twin(path)
    except CollectError as error:
        assert "a.twin" in str(error)  # noqa: PT017
        return
    path.write_text(files.text(twin))
    assert files.read_twin(path) == twin


@pytest.mark.parametrize(
    ("place", "value"),
    [
        (("statistics", "relations", 0, "height"), 10**9),
        (("statistics", "relations", 0, "pages"), -1),
        (("statistics", "relations", 0, "rows"), "many"),
        (("objects", 0, "sql"), None),
        (("source", "major"), "18"),
        (("format",), 0),
    ],
)
def test_a_file_that_cannot_be_true_is_refused(tmp_path: Path, place: Any, value: Any) -> None:
    """A height that would fill the disk, a size below nothing, a text for a number."""
    data = json.loads(SMALL)
    inner = data
    for key in place[:-1]:
        inner = inner[key]
    inner[place[-1]] = value
    (tmp_path / "a.twin").write_text(json.dumps(data))
    with pytest.raises(CollectError):
        files.read_twin(tmp_path / "a.twin")


def test_a_file_of_brackets_alone_is_refused(tmp_path: Path) -> None:
    """JSON so deep that its reader gives up."""
    (tmp_path / "a.twin").write_text("[" * 100_000)
    with pytest.raises(CollectError, match="is damaged"):
        files.read_twin(tmp_path / "a.twin")
