"""A server to judge on: revisions run by Alembic with rows, advice measured with equal rows."""

from __future__ import annotations

import contextlib
import os
import re
import statistics
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psycopg
from ask_case import HERE, Given

from dbwright import dialects
from dbwright.core.schema import Schema
from dbwright.scratch.databases import open_sandbox
from dbwright.scratch.sandbox import Database, Sandbox
from dbwright.scratch.server import ServerChoice

RUNS = 5
OLD = "3c9e5f7a2b14"
"""The newest revision of the store as it is."""
_CREATE_ALL = """
import importlib, sys
from sqlalchemy import MetaData, create_engine
from sqlalchemy.orm import configure_mappers
sys.path.insert(0, ".")
values = vars(importlib.import_module(sys.argv[2])).values()
found = [getattr(value, "metadata", None) for value in values]
made = next(item for item in found if isinstance(item, MetaData) and item.tables)
configure_mappers()
made.create_all(create_engine(sys.argv[1]))
"""


@contextlib.contextmanager
def opened() -> Iterator[Place]:
    """Gives the place to judge on: a scratch PostgreSQL that ends with the block."""
    with open_sandbox("postgresql", ServerChoice()) as sandbox:
        yield Place(sandbox)


class Place:
    """A scratch server with the store's tables and rows as a template."""

    def __init__(self, sandbox: Sandbox) -> None:
        self.sandbox = sandbox

    @contextlib.contextmanager
    def store(self) -> Iterator[Database]:
        """Gives a copy of the store's database with its rows."""
        script = (HERE / "projects" / "store" / "load.sql").read_text(encoding="utf-8")

        def build(database: Database) -> None:
            _alembic(HERE / "projects" / "store", database, "upgrade", OLD)
            with database.connect(autocommit=True) as connection:
                connection.execute(script.encode())

        template = self.sandbox.template(f"benchmark of ask {script}", build)
        with self.sandbox.clone(template) as database:
            yield database

    def migrated(
        self, folder: Path, rows: bool, *, lossy: bool = False
    ) -> tuple[Schema | None, list[str]]:
        """Runs the new revisions up, down and up over the rows; gives the catalog and faults.

        A `lossy` change may say that there is no way down: then it stays up.
        """
        with self.store() if rows else self.sandbox.clone(None) as database:
            before = _counts(database) if rows else {}
            back = OLD if rows else "base"
            for step in (("upgrade", "heads"), ("downgrade", back), ("upgrade", "heads")):
                why = _alembic(folder, database, *step)
                if why and lossy and step[0] == "downgrade":
                    break
                if why:
                    return None, [f"alembic {' '.join(step)}: {why}"]
            after = _counts(database)
            lost = [name for name, count in before.items() if after.get(name, 0) < count]
            faults = [f"rows of {', '.join(lost)} are lost"] if lost else []
            with database.connect() as connection:
                return dialects.get("postgresql").catalog.read_schema(connection), faults

    def created(self, folder: Path, files: dict[str, str]) -> tuple[Schema | None, list[str]]:
        """Makes the tables of models that have no revision yet."""
        module = next((path for path in files if path.endswith(".py")), "")
        name = module.removesuffix(".py").removesuffix("/__init__").replace("/", ".")
        with self.sandbox.clone(None) as database:
            ran = subprocess.run(
                [sys.executable, "-c", _CREATE_ALL, database.url(), name],
                cwd=folder, capture_output=True, text=True, timeout=60, check=False,
            )  # fmt: skip
            if ran.returncode:
                return None, [f"the models do not run: {ran.stderr.strip()[-200:]}"]
            with database.connect() as connection:
                return dialects.get("postgresql").catalog.read_schema(connection), []


def _counts(database: Database) -> dict[str, int]:
    names = ("users", "products", "orders", "order_items")
    with database.connect() as connection:
        found = {}
        for name in names:
            if connection.execute("select to_regclass(%s)", [name]).fetchone() != (None,):
                row = connection.execute(f"select count(*) from {name}").fetchone()
                found[name] = int(row[0]) if row else 0
        return found


def _alembic(folder: Path, database: Database, *words: str) -> str:
    """Runs Alembic itself on a copy of the settings that names the database; gives its error."""
    ini = folder / "alembic.ini"
    text = re.sub(r"(?m)^sqlalchemy.url.*$", lambda _: _url_line(database), ini.read_text())
    named = folder.parent / f"{folder.name}-{database.name}.ini"
    named.write_text(text.replace("%(here)s", str(folder.resolve()).replace("%", "%%")))
    try:
        ran = subprocess.run(
            [sys.executable, "-m", "alembic", "-c", str(named), *words],
            cwd=folder, capture_output=True, text=True, timeout=120, check=False,
            env={**os.environ, "DATABASE_URL": database.url(), "PGHOST": "/nowhere"},
        )  # fmt: skip
    finally:
        named.unlink()
    return ran.stderr.strip()[-300:] if ran.returncode else ""


def _url_line(database: Database) -> str:
    return f"sqlalchemy.url = {database.url().replace('%', '%%')}"


def measured(wanted: dict[str, Any], given: Given, place: Place) -> Iterator[str]:
    """Says what keeps the advice from being right: other rows, or too little gained."""
    best, tried = 0.0, []
    for steps, query in _advice(given, wanted["query"]):
        with place.store() as database, database.connect(autocommit=True) as connection:
            rows, before = _timed(connection, wanted["query"])
            try:
                for step in steps:
                    connection.execute(step.encode())
                connection.execute("analyze")
                others, after = _timed(connection, query)
            except psycopg.Error as error:
                tried.append(str(error).splitlines()[0])
                continue
            if rows != others:
                tried.append(f"other rows by {query[:60]}")
                continue
            best = max(best, before / max(after, 1e-6))
    if best < wanted["factor"]:
        yield f"not {wanted['factor']} times as fast: {best:.1f}; {tried}"


def _timed(connection: psycopg.Connection[Any], query: str) -> tuple[Counter[Any], float]:
    rows = Counter(connection.execute(query.encode()).fetchall())
    times = []
    for _ in range(RUNS):
        started = time.perf_counter()
        connection.execute(query.encode()).fetchall()
        times.append(time.perf_counter() - started)
    return rows, statistics.median(times)


def _advice(given: Given, query: str) -> Iterator[tuple[list[str], str]]:
    """Each finding's statements to run and its form of the query."""
    for item in given.findings:
        fix = item.get("fix") or {}
        steps = [step["sql"] for step in fix.get("steps") or ()]
        edits = [edit["after"] for edit in fix.get("edits") or () if edit.get("after")]
        code = str(fix.get("code") or "")
        if not steps:
            steps = re.findall(r"(?is)create\s+(?:unique\s+)?index.*?(?:;|$)", code)
        if steps:
            yield steps, query
        for text in [*edits, code]:
            if re.match(r"(?is)\s*(select|with)\b", text):
                yield [], text.rstrip().rstrip(";")
