"""A twin's planner sees where a column begins and ends, as that of its source does in an index."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from dbwright.collect import twin as files
from dbwright.dialects.postgresql import explain
from dbwright.scratch.server import ServerChoice, server, stop
from dbwright.scratch.twin import open_twin

MADE = """
create domain amount as numeric(12, 2);
create table growing (
    id int primary key, at timestamptz not null, day date, total amount, part float8, name text,
    few int, filler text
);
create index on growing (at desc, id);
create index on growing (day) include (id);
create index on growing (total);
create index on growing (part);
create index on growing (name);
create index on growing (few);
create index on growing ((id * 2));
insert into growing
select i, '2024-01-01'::timestamptz + i * interval '1 minute', date '2000-01-01' + i / 4,
       i * 1.25, i / 7.0, to_char(i, 'FM00000000'), i % 20, repeat('x', 40)
from generate_series(1000, 41000) i;
analyze growing;
"""
# what came and went since
CHANGED = """
insert into growing
select i, '2024-01-01'::timestamptz + i * interval '1 minute', date '2000-01-01' + i / 4,
       i * 1.25, i / 7.0, to_char(i, 'FM00000000'), i % 20, repeat('x', 40)
from generate_series(41001, 42500) i;
delete from growing where id < 1150;
vacuum growing;
"""
ASKED = {
    "id": ("41100", "42000", "42600", "1050", "1400"),
    "at": ("2024-01-29 14:00Z", "2024-01-30 06:00Z", "2024-02-03Z", "2024-01-01 18:00Z"),
    "day": ("2028-02-01", "2028-10-01", "2040-01-01", "2000-09-20"),
    "total": ("51500", "53000", "60000", "1300"),
    "part": ("5900", "6050", "6100", "145"),
    "few": ("18", "25", "0"),
    "id * 2": ("82200", "84400", "100000", "2100"),
}


@pytest.fixture(scope="module", params=["wheel", "15"])
def sides(request: pytest.FixtureRequest) -> Iterator[tuple[psycopg.Connection, ...]]:
    """A table that has grown since it was analyzed, and its twin."""
    programs = request.getfixturevalue("postgresql_15") if request.param == "15" else None
    folder = Path(tempfile.mkdtemp(prefix="dbwe-"))
    folder.chmod(0o755)
    choice = ServerChoice(cache_dir=folder / "cache", pg_bin=programs, idle_seconds=30)
    with server(choice) as running:
        with running.connect() as admin:
            admin.execute("create database source")
        with running.connect("source") as source:
            for each in (MADE + CHANGED).split(";\n"):
                source.execute(each.encode())
            known = running.parameters()
            url = f"postgresql://postgres@/source?host={known['host']}&port={known['port']}"
            twin = files.export_twin(url)
            with open_twin(twin, choice) as found, found.connect() as there:
                yield source, there
    stop(choice)
    shutil.rmtree(folder, ignore_errors=True)


@pytest.mark.parametrize("comparison", [">", "<"])
@pytest.mark.parametrize("key", ASKED)
def test_ranges_at_the_ends_have_as_many_rows(
    sides: tuple[psycopg.Connection, ...], key: str, comparison: str
) -> None:
    """Within a hundredth, or a few rows: the planner tells them in whole numbers."""
    for value in ASKED[key]:
        sql = f"select * from growing where {key} {comparison} '{value}'"
        real, said = (explain.plan(side, sql) for side in sides)
        assert said.rows == pytest.approx(real.rows, rel=0.01, abs=3), sql
