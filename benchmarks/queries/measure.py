"""Runs a query and says what it cost and gave: CPU, buffers or steps, columns with types, rows."""

from __future__ import annotations

import json
import sqlite3
import statistics
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg
from casefile import Case

SAMPLE = 0.01  # seconds that one sample of a fast query should take at least
ROUNDS, BUDGET = 7, 1.0  # samples of a query, and the seconds after which no further one starts
COUNTED = ("Shared Hit", "Shared Read", "Temp Read", "Temp Written")
STEPS = 200  # instructions of SQLite's machine between two looks


@dataclass(frozen=True, slots=True)
class Answer:
    """What a query gives: its columns with their types, and its rows in their order."""

    columns: tuple[tuple[str, str], ...]
    rows: tuple[tuple[Any, ...], ...]

    def difference(self, other: Answer, *, ordered: bool) -> str:
        """What sets two answers apart, one of casefile.DIFFERENCES; empty when nothing does."""
        if [name for name, _ in self.columns] != [name for name, _ in other.columns]:
            return "columns"
        if Counter(self.rows) != Counter(other.rows):
            return "rows"
        if [kind for _, kind in self.columns] != [kind for _, kind in other.columns]:
            return "types"
        return "order" if ordered and self.rows != other.rows else ""


@dataclass(frozen=True, slots=True)
class Measured:
    """Milliseconds of CPU (the median), and buffers (PostgreSQL) or machine steps (SQLite)."""

    cpu: float
    work: float
    answer: Answer

    def gain(self, after: Measured) -> tuple[float, float]:
        """How many times less CPU and work another one takes."""
        return self.cpu / max(after.cpu, 0.001), self.work / max(after.work, 1)


def sampled(run: Callable[[], object], clock: Callable[[], float]) -> float:
    """The median milliseconds of a run, several runs to a sample where one is short."""
    began = clock()
    run()
    once = max(clock() - began, 1e-6)
    repeat = max(1, int(SAMPLE / once))
    samples, started = [], time.monotonic()
    while len(samples) < ROUNDS and (not samples or time.monotonic() - started < BUDGET):
        began = clock()
        for _ in range(repeat):
            run()
        samples.append((clock() - began) / repeat * 1000)
    return statistics.median(samples)


class PostgreSQL:
    """A session on a case's database; `execute` is a prepared statement where it has parameters."""

    def __init__(self, connection: psycopg.Connection[Any], case: Case) -> None:
        self.connection, self.case = connection, case
        clock = Path(f"/proc/{connection.info.backend_pid}/schedstat")
        self.clock = lambda: int(clock.read_text().split()[0]) / 1e9
        connection.execute("set statement_timeout = '2min'")  # on a busy machine 30 s are short
        for name, value in case.settings.items():
            connection.execute("select set_config(%s, %s, false)", [name, value])

    def apply(self, statements: tuple[str, ...]) -> None:
        """Runs the statements of a fix or a state."""
        for statement in statements:
            self.connection.execute(statement.encode())

    def asked(self, sql: str) -> str:
        """What is sent for a query: itself, or the EXECUTE of it after its warming."""
        if not self.case.parameters:
            return sql
        self.connection.execute("deallocate all")
        self.connection.execute(f"prepare asked as {sql}".encode())
        for values in self.case.warm:
            self.connection.execute(f"execute asked({', '.join(values)})".encode())
        return f"execute asked({', '.join(self.case.parameters)})"

    def plan(self, asked: str) -> dict[str, Any]:
        """The plan that ran, with buffers."""
        options = "analyze, buffers, verbose, settings, format json"
        if writes(asked):
            with self.connection.transaction(force_rollback=True):
                rows = self.connection.execute(f"explain ({options}) {asked}".encode()).fetchone()
        else:
            options += ", serialize text"
            rows = self.connection.execute(f"explain ({options}) {asked}".encode()).fetchone()
        assert rows is not None
        document = rows[0] if isinstance(rows[0], list) else json.loads(rows[0])
        return dict(document[0])

    def measured(self, sql: str) -> Measured:
        """Costs and rows of a query; what it writes is rolled back."""
        asked = self.asked(sql)
        plan = self.plan(asked)
        parts = [plan["Plan"], plan.get("Serialization", {})]
        names = (
            "Shared Hit Blocks",
            "Shared Read Blocks",
            "Temp Read Blocks",
            "Temp Written Blocks",
        )
        work = sum(part.get(name, 0) for part in parts for name in names)
        if writes(asked):
            return Measured(self.written(asked), work, Answer((), ()))
        cpu = sampled(lambda: self.connection.execute(asked.encode()).fetchall(), self.clock)
        return Measured(cpu, work, self.answer(asked))

    def written(self, asked: str) -> float:
        """The CPU of a write, each time rolled back."""

        def once() -> None:
            with self.connection.transaction(force_rollback=True):
                self.connection.execute(asked.encode())

        return sampled(once, self.clock)

    def answer(self, asked: str) -> Answer:
        """Rows with column names and types."""
        with self.connection.cursor() as cursor:
            cursor.execute(asked.encode())
            types = self.connection.adapters.types
            columns = []
            for column in cursor.description or []:
                known = types.get(column.type_code)
                columns.append((column.name, known.name if known else str(column.type_code)))
            return Answer(tuple(columns), tuple(map(plain, cursor.fetchall())))


class SQLite:
    """The same on SQLite's file, which no other process uses."""

    def __init__(self, file: Path, case: Case) -> None:
        self.connection = sqlite3.connect(file, isolation_level=None)
        self.case = case

    def apply(self, statements: tuple[str, ...]) -> None:
        """Runs the statements of a fix or a state."""
        for statement in statements:
            self.connection.executescript(statement)

    def measured(self, sql: str) -> Measured:
        """Costs and rows of a query; what it writes is rolled back."""
        steps = 0

        def look() -> int:
            nonlocal steps
            steps += STEPS
            return 0

        self.connection.set_progress_handler(look, STEPS)
        answer = self.answer(sql)
        self.connection.set_progress_handler(None, 0)
        counted = steps
        return Measured(sampled(lambda: self.run(sql), time.process_time), counted, answer)

    def run(self, sql: str) -> list[Any]:
        """The rows; what is written is rolled back."""
        self.connection.execute("begin")
        try:
            return self.connection.execute(sql).fetchall()
        finally:
            self.connection.execute("rollback")

    def answer(self, sql: str) -> Answer:
        """Rows with column names; the type of a column is that of its values."""
        self.connection.execute("begin")
        try:
            cursor = self.connection.execute(sql)
            rows = tuple(cursor.fetchall())
            names = [column[0] for column in cursor.description or []]
        finally:
            self.connection.execute("rollback")
        kinds = [
            "/".join(sorted({type(row[place]).__name__ for row in rows} - {"NoneType"}))
            for place in range(len(names))
        ]
        return Answer(tuple(zip(names, kinds, strict=True)), rows)


def writes(sql: str) -> bool:
    """Whether a statement is one of those of the set that write."""
    return sql.lstrip().lower().startswith(("delete", "update", "insert"))


def plain(row: tuple[Any, ...]) -> tuple[Any, ...]:
    """A row whose values can be counted."""
    return tuple(value if value.__hash__ else json.dumps(value, default=str) for value in row)
