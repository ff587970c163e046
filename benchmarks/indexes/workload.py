"""Reads a workload: its schema, rows, statements with parameter sets and calls, index lists.

A folder of `workloads/` holds schema.sql, data.py, workload.toml, statements/, expert.sql and,
where indexes are to be judged, seeded.sql and seeded.toml.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any

import psycopg

HERE = Path(__file__).parent
Parameters = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Statement:
    """One statement: `sets` maps a read's parameter sets to their share of the calls.

    A value of `sets` is the parameters, or a query that gives them; a write has one, `each`, whose
    rows are its parameter sets.
    """

    name: str
    sql: str
    calls: float
    writes: bool
    sets: dict[str, Parameters | str]


@dataclass(frozen=True, slots=True)
class Bound:
    """A statement with parameters: what is run, and what part of the workload it stands for."""

    statement: Statement
    label: str
    parameters: Parameters
    calls: float


@dataclass(frozen=True, slots=True)
class Workload:
    """A schema with what is asked of it."""

    name: str
    folder: Path
    statements: tuple[Statement, ...]
    shares: dict[str, float]

    def bind(self, connection: psycopg.Connection[Any], *, writes: bool) -> list[Bound]:
        """Every statement with every parameter set, those that are queries asked."""
        found = []
        for statement in self.statements:
            if statement.writes == writes:
                found += self._bound(statement, connection)
        return found

    def _bound(self, statement: Statement, connection: psycopg.Connection[Any]) -> list[Bound]:
        if statement.writes:
            rows = answers(connection, str(statement.sets["each"]))
            share = statement.calls / len(rows)
            return [Bound(statement, str(i), row, share) for i, row in enumerate(rows)]
        bound = []
        for label, given in statement.sets.items():
            values = answers(connection, given)[0] if isinstance(given, str) else given
            calls = statement.calls * self.shares[label]
            bound.append(Bound(statement, label, values, calls))
        return bound


def answers(connection: psycopg.Connection[Any], query: str) -> list[Parameters]:
    """A query's rows as parameter sets; none is a fault of the workload."""
    with connection.cursor(row_factory=psycopg.rows.dict_row) as cursor:
        rows = cursor.execute(query).fetchall()
    if not rows:
        raise SystemExit(f"this query for parameters gives no row: {query}")
    return rows


def load(name: str) -> Workload:
    """The workload of a name."""
    folder = HERE / "workloads" / name
    if not folder.is_dir():
        raise SystemExit(f"no such workload: {name}")
    shares = toml(folder / "workload.toml")["shares"]
    shares = {label: float(share) for label, share in shares.items()}
    statements: list[Statement] = []
    for file in sorted((folder / "statements").glob("*.toml")):
        read = toml(file)
        statements += statements_of(read, "read", shares)
        statements += statements_of(read, "write", shares)
    names = [statement.name for statement in statements]
    if len(set(names)) < len(names):
        raise SystemExit(f"{folder.name}: two statements have one name")
    return Workload(name, folder, tuple(statements), shares)


def toml(file: Path) -> dict[str, Any]:
    """A file's tables; numbers with a point are decimals, as the columns are."""
    return tomllib.loads(file.read_text(encoding="utf-8"), parse_float=Decimal)


def statements_of(read: dict[str, Any], kind: str, shares: dict[str, float]) -> Iterator[Statement]:
    """The statements of a kind, held against what the file must say."""
    for entry in read.get(kind, []):
        labels = ["each"] if kind == "write" else list(shares)
        unknown = set(entry) - {"name", "calls", "sql", *labels}
        missing = {"name", "calls", "sql", *labels} - set(entry)
        if unknown or missing:
            raise SystemExit(f"{entry.get('name')}: {unknown=} {missing=}")
        sets = {label: entry[label] for label in labels}
        sql = " ".join(entry["sql"].split())
        yield Statement(entry["name"], sql, entry["calls"], kind == "write", sets)


def literal(bound: Bound, connection: psycopg.Connection[Any]) -> str:
    """The statement as text with its values in place, for tools that read SQL."""
    return psycopg.ClientCursor(connection).mogrify(bound.statement.sql, bound.parameters)


def index_list(file: Path) -> list[str]:
    """The CREATE INDEX statements of a file, one a line or over several, in order of preference."""
    lines = [line.split("--")[0] for line in file.read_text(encoding="utf-8").splitlines()]
    parts = "\n".join(lines).split(";")
    found = [" ".join(part.split()) for part in parts if part.strip()]
    for statement in found:
        if not statement.lower().startswith(("create index", "create unique index")):
            raise SystemExit(f"{file.name}: this is no CREATE INDEX: {statement}")
    return found
