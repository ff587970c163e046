"""How near a twin's plans are to its source's, on each version of PostgreSQL.

    python benchmarks/twin/agree.py [--major 15 ...] [--set NAME ...] [--scale 0.25] [--tools DIR]

For each version a server of its own is filled with the schemas and statements of `indexes/`
(`tenants`, `tpch`, with the hand-made indexes) and of the tests of the twin (`tests`), exported,
and loaded into a twin of the same version, of 18, and without the values (`--redact`). Each
statement is planned on both sides. TPC-H's rows need DIR/tpchgen (`indexes/prepare.py DIR
tpchgen`). Prints a line for each twin, and below it the statements whose plan is another one.
"""

from __future__ import annotations

import argparse
import importlib.util
import shutil
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import psycopg

sys.path.insert(0, str(Path(__file__).absolute().parents[1]))
sys.path.insert(0, str(Path(__file__).absolute().parents[1] / "indexes"))
import versions
import workload as workloads

from dbwright.collect import twin as files
from dbwright.core.plan import Node
from dbwright.core.twin import Twin
from dbwright.dialects.postgresql import explain, statements
from dbwright.dialects.postgresql.server import SUPERUSER
from dbwright.scratch.binaries import find
from dbwright.scratch.server import Server, ServerChoice, server, stop
from dbwright.scratch.twin import OpenTwin, connect, open_twin

HERE = Path(__file__).absolute().parent
NEWEST = 18
SETS = ("tests", "tenants", "tpch")
TESTS = HERE.parents[1] / "tests" / "scratch" / "twin"
# those of tenants whose numbers no statement names
COUNTS = ("COMMENTS", "WATCHERS", "JOBS", "INVOICES")


@dataclass(slots=True)
class Agreement:
    """What the statements of one set said on one twin."""

    statements: int = 0
    shapes: int = 0
    costs: int = 0
    seconds: float = 0.0
    disk: int = 0
    others: list[str] = field(default_factory=list)


def main() -> int:
    """Measure what is asked for and print it."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n", 1)[0])
    majors = [*sorted(versions.VERSIONS), NEWEST]
    parser.add_argument("--major", type=int, action="append", choices=majors)
    parser.add_argument("--set", action="append", choices=SETS)
    parser.add_argument("--scale", type=float, default=0.25, help="of the rows of tenants and tpch")
    parser.add_argument("--tools", type=Path, default=Path("tools"), help="where tpchgen is")
    parser.add_argument("--folder", type=Path, default=versions.default_folder())
    options = parser.parse_args()
    print("| source | set | twin | shape | cost within 1 % | load | disk |", flush=True)
    for major in options.major or majors:
        programs = None
        if major in versions.VERSIONS:
            programs = versions.fetched(major, options.folder.absolute())
        measured(major, programs, options)
    return 0


def measured(major: int, programs: Path | None, options: argparse.Namespace) -> None:
    """Measure one version with all sets."""
    place = Path(tempfile.mkdtemp(prefix="dbwa-"))
    place.chmod(0o755)
    choice = ServerChoice(pg_bin=programs, cache_dir=place / "cache", idle_seconds=1)
    try:
        with server(choice) as running:
            for name in options.set or SETS:
                for line in of_set(name, running, choice, options):
                    print(line, flush=True)
    finally:
        stop(choice)
        shutil.rmtree(place, ignore_errors=True)


def of_set(
    name: str, running: Server, choice: ServerChoice, options: argparse.Namespace
) -> Iterator[str]:
    """Fill a database with a set, export it, and give the lines of each twin."""
    with running.connect() as admin:
        admin.execute(f"create database {name}".encode())
    with running.connect(name) as source:
        queries = filled(name, source, options)
        known = running.parameters()
        url = f"postgresql://postgres@/{name}?host={known['host']}&port={known['port']}"
        started = time.monotonic()
        twin = files.export_twin(url)
        seconds = time.monotonic() - started
        size = len(files.text(twin))
        (bytes_,) = source.execute("select pg_database_size(current_database())").fetchone() or (0,)
        yield (
            f"PostgreSQL {running.version.split()[0]}, {name}: {bytes_ / 1e6:,.0f} MB there, "
            f"exported in {seconds:.1f} s, {size / 1e3:,.0f} kB"
        )
        for words, made, where in twins(twin, running.major, choice):
            found = compared(source, queries, made, where)
            yield (
                f"| {running.major} | {name} | {words} | {found.shapes}/{found.statements} | "
                f"{found.costs}/{found.statements} | {found.seconds:.1f} s | "
                f"{found.disk / 1e6:.0f} MB |"
            )
            yield from (f"    {each}" for each in found.others)


def twins(twin: Twin, major: int, choice: ServerChoice) -> Iterator[tuple[str, Twin, ServerChoice]]:
    """Give each twin of a source, in words, and the server that it is to be loaded into."""
    yield f"{major}", twin, choice
    if major != NEWEST:
        yield f"{NEWEST}", twin, replace(choice, pg_bin=find(None, NEWEST).folder)
    yield f"{major}, redacted", files.redacted(twin), choice


def filled(
    name: str, source: psycopg.Connection[Any], options: argparse.Namespace
) -> list[tuple[str, str]]:
    """Fill a database; give the statements by their names."""
    if name == "tests":
        source.execute((TESTS / "schema.sql").read_bytes())
        source.execute("vacuum analyze")
        several = statements.split((TESTS / "queries.sql").read_text())
        return [(" ".join(sql.split())[:50], sql) for sql in several]
    given = workloads.load(name)
    source.execute((given.folder / "schema.sql").read_bytes())
    fill(source, given, options)
    for sql in workloads.index_list(given.folder / "expert.sql"):
        source.execute(sql.encode())
    source.execute("vacuum (freeze, analyze)")
    bound = given.bind(source, writes=False)
    return [(f"{b.statement.name} {b.label}", workloads.literal(b, source)) for b in bound]


def fill(
    source: psycopg.Connection[Any], given: workloads.Workload, options: argparse.Namespace
) -> None:
    """Copy the rows in, as many as the scale says."""
    spec = importlib.util.spec_from_file_location(f"{given.name}_data", given.folder / "data.py")
    if spec is None or spec.loader is None:
        raise SystemExit(f"{given.name} has no data.py")
    data = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(data)
    for name in COUNTS:
        if hasattr(data, name):
            setattr(data, name, int(getattr(data, name) * options.scale))
    if hasattr(data, "SCALE"):
        data.SCALE = str(round(float(data.SCALE) * options.scale, 4))
    for table, columns, rows in data.rows(options.tools):
        named = f"{table} ({columns})" if columns else table
        with source.cursor() as cursor, cursor.copy(f"copy {named} from stdin".encode()) as copy:
            for row in rows:
                copy.write_row(row)


def compared(
    source: psycopg.Connection[Any],
    queries: list[tuple[str, str]],
    twin: Twin,
    choice: ServerChoice,
) -> Agreement:
    """Plan each statement on both sides."""
    found = Agreement(len(queries))
    started = time.monotonic()
    with open_twin(twin, choice) as opened, opened.connect() as there:
        found.seconds = time.monotonic() - started
        found.disk = on_disk(opened)
        found.others += [f"missed: {each}" for each in opened.missed]
        # the names that EXPLAIN gives to subplans are others in each version
        alike = there.info.server_version == source.info.server_version
        for name, sql in queries:
            expected, got = explain.plan(source, sql), explain.plan(there, sql)
            same = shape(expected, texts=alike) == shape(got, texts=alike)
            near = abs(expected.cost - got.cost) <= 0.01 * expected.cost + 0.005
            found.shapes += same
            found.costs += near
            if not same or not near:
                found.others.append(told(name, expected, got, same=same))
    return found


def on_disk(opened: OpenTwin) -> int:
    """Give the bytes that the twin's files take, holes apart."""
    with connect(opened.address, SUPERUSER) as admin:
        (folder,) = admin.execute("select current_setting('data_directory')").fetchone() or ("",)
    return sum(each.stat().st_blocks * 512 for each in Path(folder).rglob("*") if each.is_file())


def shape(node: Node, *, texts: bool) -> Any:
    """Give what a plan does, without its numbers; with the texts of its conditions or without."""
    below = tuple(shape(child, texts=texts) for child in node.children)
    conditions = (node.index_condition, node.filter) if texts else ()
    return _own(node), *conditions, below


def told(name: str, expected: Node, got: Node, *, same: bool) -> str:
    """Give the difference between two plans: the first node that is another one, and the costs."""
    costs = f"{expected.cost:,.2f} -> {got.cost:,.2f}"
    if same:
        return f"{name}: cost {costs}"
    pairs = zip(expected.walk(), got.walk(), strict=False)
    first = next(((a, b) for a, b in pairs if _own(a) != _own(b)), (expected, got))
    return f"{name}: {' '.join(_own(first[0]))} -> {' '.join(_own(first[1]))}, cost {costs}"


def _own(node: Node) -> tuple[str, ...]:
    several = (node.name, node.extra.get("Join Type"), node.relation, node.index)
    return tuple(str(each) for each in several if each)


if __name__ == "__main__":
    sys.exit(main())
