"""Examples of rules made real: models, revisions and queries on scratch databases."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, Protocol

from dbwright import dialects
from dbwright.core.compare import only_validated
from dbwright.core.finding import Fix
from dbwright.core.rule import Example, ModelsExample, ProgramExample, QueryExample, RevisionExample
from dbwright.core.schema import Schema
from dbwright.core.target import Target
from dbwright.core.trace import Rehearsal
from dbwright.jobs import query_grounds
from dbwright.jobs.flow import Prover
from dbwright.jobs.models import model_prover, read_mapping, server_words
from dbwright.recipes.loops.scan import scanned
from dbwright.scratch import rows
from dbwright.scratch.databases import open_sandbox
from dbwright.scratch.rows_order import groups
from dbwright.scratch.worker import Worker
from dbwright.verify.models import ModelProver
from dbwright.verify.queries.ground import is_transactional

__all__ = ["open_sandbox", "open_worker"]

Real = tuple[Sequence[object], Prover, dict[str, str]]
MODELS_FILE = "models.py"
TIMEOUT = 60.0
PRELUDE = """import datetime
import decimal
import enum
import random
import secrets
import uuid
from datetime import timezone
from decimal import Decimal
from typing import Any, List, Optional
from sqlalchemy import *
from sqlalchemy.dialects import postgresql
from sqlalchemy.orm import *

class Base(DeclarativeBase):
    pass

"""


class Bench(Protocol):
    """What a laboratory gives."""

    root: Path

    def sandbox(self, dialect: str) -> Any: ...
    def worker(self, dialect: str) -> Any: ...


def open_worker(python: Path, root: Path, dialect: str) -> Worker:
    """Gives the child process that examples are read in."""
    return Worker(python, root, dialect=dialect, timeout=TIMEOUT)


def models_text(code: str) -> str:
    """Gives an example's whole module; one that imports for itself gets no prelude."""
    return code if code.lstrip().startswith(("from ", "import ")) else PRELUDE + code.lstrip("\n")


@contextlib.contextmanager
def models_case(bench: Bench, example: ModelsExample, target: Target) -> Iterator[Real]:
    """Makes models real: configured mappers, tables with rows."""
    text = models_text(example.code)
    source = {"code": text, "filename": MODELS_FILE}
    worker, sandbox = bench.worker(example.dialect), bench.sandbox(example.dialect)
    mapping, _ = read_mapping(worker, source, bench.root)
    with model_prover(mapping, worker, source, target, sandbox) as prover:
        application = scanned(mapping, mapping.sources)
        yield [mapping, mapping.schema, application], prover, {MODELS_FILE: text}


@contextlib.contextmanager
def query_case(bench: Bench, example: QueryExample, target: Target) -> Iterator[Real]:
    """Makes a query real: its schema with rows, statistics gathered, and its plan."""
    dialect = dialects.get(example.dialect)
    with (
        bench.sandbox(example.dialect).clone(None) as database,
        contextlib.closing(database.connect()) as connection,
    ):
        for statement in dialect.statements.split(example.schema):
            connection.cursor().execute(statement)
        connection.commit()
        schema = dialect.catalog.read_schema(connection)
        connection.rollback()
        counts = dict.fromkeys((table.key for table in schema.tables), 0)
        if not example.data:
            counts = fill_for_plans(connection, schema, dict(example.rows))
        _filled(database, connection, dialect, example)
        server, major = server_words(database)
        opened = query_grounds.of_rows(connection, target, server, major, beside=database)
        values = opened.values(example.sql)
        query = opened.query(example.sql, values=values)
        query = replace(query, rows=counts if not example.data else {})
        if example.ran:
            query = replace(query, explained=opened.run(example.sql, values))
        yield [query], opened.prover(), {"query.sql": example.sql}


def _filled(database: Any, connection: Any, dialect: Any, example: QueryExample) -> None:
    for statement in example.data:
        _execute(database, connection, statement)
        dialect.statistics.settle(connection)
    if example.data:
        dialect.statistics.gather(connection)
        dialect.statistics.settle(connection)
    for statement in example.after:
        _execute(database, connection, statement)
        dialect.statistics.settle(connection)


def _execute(database: Any, connection: Any, statement: str) -> None:
    """Runs a statement, one that no transaction may hold on a connection of its own."""
    if is_transactional([statement]):
        connection.cursor().execute(statement)
        return
    with contextlib.closing(database.connect(autocommit=True)) as alone:
        alone.cursor().execute(statement)


def fill_for_plans(connection: Any, schema: Schema, wanted: dict[str, int]) -> dict[str, int]:
    """Fills the tables, some with many rows, and gathers statistics for the planner.

    Those that others refer to come first: where two keys are unique as a pair, few parents
    would leave few rows.
    """
    filled = rows.fill(connection, schema, rows=20)
    counts = dict(filled.rows)
    for group in groups(schema, schema.tables):
        for table in group.tables:
            if table.key in wanted:
                found = rows.fill(connection, schema, wanted[table.key], only={table.key}, seed=1)
                counts |= found.rows
    connection.commit()
    dialects.get(schema.dialect).statistics.gather(connection)
    connection.commit()
    return counts


@contextlib.contextmanager
def revision_case(bench: Bench, example: RevisionExample, target: Target) -> Iterator[Real]:
    """Makes a revision real: a small project, replayed and rehearsed with rows."""
    from dbwright.jobs.example_project import rehearsed

    with rehearsed(bench, example, target) as real:
        yield real


@contextlib.contextmanager
def program_case(bench: Bench, example: ProgramExample, target: Target) -> Iterator[Real]:
    """Makes a program real: it fills a database, and is watched at its work."""
    from dbwright.jobs.example_program import watched_program

    with watched_program(bench, example) as real:
        yield real


def cured(example: Example, fix: Fix) -> Example:
    """Gives the example after its fix: edited files, and steps run on the schema."""
    if isinstance(example, RevisionExample):
        live = example.live
        if live is not None:
            live = ";\n".join([live, *(_plain(step.sql) for step in fix.steps)])
        return replace(example, files=(*example.files, *_files(fix)), live=live)
    after = {edit.path: edit.after or "" for edit in fix.edits}
    if isinstance(example, (ModelsExample, ProgramExample)):
        return replace(example, code=after.get(MODELS_FILE, example.code))
    late = tuple(step.sql for step in fix.steps if _is_of_rows(step.sql))
    steps = "".join(f"{_plain(s.sql)};\n" for s in fix.steps if not _is_of_rows(s.sql))
    sql, schema = after.get("query.sql", example.sql), f"{example.schema}\n{steps}"
    return replace(example, schema=schema, sql=sql, after=(*example.after, *late))


def _is_of_rows(sql: str) -> bool:
    """Whether a statement does its work on the rows that are there."""
    return sql.split(maxsplit=1)[0].lower() in ("analyze", "vacuum")


def trouble(facts: Sequence[object], prove: Prover) -> list[str]:
    """Gives what went wrong while an example that should be clean was made real."""
    texts = [
        f"revision {fact.revision} fails: {fact.up.error}"
        for fact in facts
        if isinstance(fact, Rehearsal) and fact.up and fact.up.failed and not _met_duplicates(fact)
    ]
    if isinstance(prove, ModelProver) and prove.database is None:
        texts.append(prove.why_no_database)
    return texts


def _met_duplicates(run: Rehearsal) -> bool:
    """Whether only the generated rows, which know nothing of a key to come, stood in the way."""
    error = run.up.sql_error if run.up else None
    works = run.without_rows is not None and not run.without_rows.failed
    return works and error is not None and error.code in ("23505", "SQLITE_CONSTRAINT_UNIQUE")


def restore_problems(facts: Sequence[object]) -> list[str]:
    """Gives what a fixed revision's downgrade does not restore."""
    return [
        f"after the fix the downgrade leaves: {text}"
        for fact in facts
        if isinstance(fact, Rehearsal) and fact.down is not None
        if not fact.down.on_purpose
        for text in (fact.down.error, *fact.down.difference)
        if text and not only_validated(text)
    ]


def _files(fix: Fix) -> tuple[tuple[str, str], ...]:
    return tuple((edit.path, edit.after or "") for edit in fix.edits)


def _plain(sql: str) -> str:
    return sql.replace(" concurrently ", " ").replace(" CONCURRENTLY ", " ")
