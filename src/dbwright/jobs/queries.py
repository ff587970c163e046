"""The queries job: one statement on the project's own schema, with rows made for it."""

from __future__ import annotations

import contextlib
import hashlib
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

from dbwright import dialects
from dbwright.collect.revisions import read_history
from dbwright.collect.statements import read_statements
from dbwright.core.errors import DbwrightError, UsageError
from dbwright.core.options import Options, Progress
from dbwright.core.plan import Plan, WorkloadStatement
from dbwright.core.report import Report, Summary
from dbwright.core.schema import Schema
from dbwright.jobs.check import chosen_rules
from dbwright.jobs.examples import fill_for_plans
from dbwright.jobs.flow import Reviewed, order, review
from dbwright.jobs.models import server_words
from dbwright.jobs.workplace import Workplace, workplace
from dbwright.rules.registry import rules_for
from dbwright.scratch.bridge import DatabaseHost
from dbwright.verify.queries import QueryProver

MANY = 3_000


def run(sql: str, path: Path, options: Options, progress: Progress) -> Report:
    """Gives the report on the statements of a text or file, run on the project's schema.

    Raises CollectError when there is no statement, UsageError when there is nothing to run on.
    """
    started = time.monotonic()
    rules = chosen_rules(rules_for("queries"), options.select, options.ignore)
    with workplace(path, options, progress) as place:
        statements = read_statements(sql, place.target.dialect, path)
        reviewed = Reviewed()
        with _database(place) as database:
            for statement in statements:
                progress("reading the plan")
                reviewed.add(_review(place, database, statement, rules))
        server = place.server
        unverified = (*place.unverified, *reviewed.unverified)
    summary = Summary(
        project=place.project.root.name,
        dialect=str(place.target),
        server=server,
        milliseconds=(time.monotonic() - started) * 1000,
        notes=(f"Plans on {server} with {MANY:,} generated rows a table, not your data.",),
    )
    items = tuple(sorted(reviewed.recommendations, key=order))
    return Report(items, unverified=unverified, summary=summary)


def _review(place: Workplace, database: Any, statement: WorkloadStatement, rules: Any) -> Reviewed:
    dialect = dialects.get(place.target.dialect)
    with contextlib.closing(database.connect()) as connection:
        schema: Schema = dialect.catalog.read_schema(connection)
        connection.rollback()
        rows = _fill(connection, schema, statement.sql)
        plan = Plan(statement.sql, schema, place.target, place=statement.place, rows=rows)
        try:
            plan = replace(plan, root=dialect.explain.plan(connection, statement.sql))
        except Exception as error:  # the driver's own tree: the statement cannot be planned
            first = str(error).strip().splitlines()[0]
            what = " ".join(statement.sql.split())[:50]
            place.miss(
                f"the plan of `{what}`",
                f"the database refused it: {first}",
                "Correct the statement; $1 and :name parameters need values.",
            )
        finally:
            connection.rollback()
        server, major = server_words(database)
        prover = QueryProver(connection, place.target, server, major)
        return review(rules, [plan], place.target, prover)


def _fill(connection: Any, schema: Schema, sql: str) -> dict[str, int]:
    """Many rows in the tables that the statement names, a few in the others."""
    words = {word.strip('"(),;').rpartition(".")[2].lower() for word in sql.split()}
    named = {table.key: MANY for table in schema.tables if table.name.lower() in words}
    return fill_for_plans(connection, schema, named)


@contextlib.contextmanager
def _database(place: Workplace) -> Iterator[Any]:
    """The project's schema: its revisions run to their heads, else its models' tables."""
    place.ready()
    if place.sandbox is None or place.worker is None:
        raise UsageError(
            f"a query needs a scratch database: {place.why_no_sandbox or 'no interpreter'}",
            way_out="Install the extra: pip install 'dbwright[postgres]'",
        )
    project = place.project
    history = read_history(project) if project.version_locations else None
    texts = [m.source.text for m in history.migrations if m.source] if history else []
    state = "\0".join([*texts, str(project.root), str(place.versions), str(place.target)])
    key = f"query {hashlib.sha256(state.encode()).hexdigest()}"
    template = place.sandbox.template(key, lambda database: _build(place, database))
    with place.sandbox.clone(template) as database:
        yield database


def _build(place: Workplace, database: Any) -> None:
    assert place.worker is not None
    place.progress("running the revisions")
    host = DatabaseHost(database)
    if not place.config:
        if not place.project.files:
            raise UsageError("there are no models and no revisions to run the query on")
        place.worker.call("create_all", host=host, file=str(place.project.files[0]))
        return
    try:
        arguments: dict[str, Any] = {"revision": "heads", **place.config}
        place.worker.call("upgrade", host, **arguments)
    except DbwrightError as error:
        place.miss("the revisions", f"{error.message}; the models' tables were used instead")
        with contextlib.closing(database.superuser()) as connection:
            connection.execute("drop schema public cascade")
            connection.execute("create schema public authorization dbwright_owner")
        source: dict[str, Any] = dict(place.config)
        place.worker.call("create_all", host=host, **source)
