"""A project as the ground of queries: its schema on a scratch database, with made-up rows."""

from __future__ import annotations

import contextlib
import hashlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from dbwright import dialects
from dbwright.collect.revisions import read_history
from dbwright.core.errors import DbwrightError, ProjectError, UsageError
from dbwright.core.options import Options, Progress
from dbwright.core.schema import Schema
from dbwright.core.target import Target
from dbwright.jobs.examples import fill_for_plans
from dbwright.jobs.models import mapping_of, server_words
from dbwright.jobs.query_grounds import Opened, named_tables, of_rows
from dbwright.jobs.workplace import Workplace, workplace
from dbwright.recipes.queries.remedies import MYSQL
from dbwright.scratch.bridge import DatabaseHost
from dbwright.verify.queries.layered import Nowhere

MANY = 3_000
Miss = Callable[[str, str, str], None]


@dataclass
class Ground:
    """What a folder offers: the project's dialect, and the ground once the statements are known."""

    dialect: str
    name: str
    opened: Callable[[Sequence[str]], contextlib.AbstractContextManager[Opened]]
    notes: list[str] = field(default_factory=list)
    place: Workplace | None = None


@contextlib.contextmanager
def on_project(path: Path, options: Options, progress: Progress, miss: Miss) -> Iterator[Ground]:
    """Gives the ground of a folder; where there is no project, only the text can be read."""
    with contextlib.ExitStack() as stack:
        try:
            place = stack.enter_context(workplace(path, options, progress))
        except ProjectError as error:
            target = Target.parse(options.target) if options.target else Target("postgresql")
            yield _text_only(target, miss, error.message)
            return
        dialect, name = place.target.dialect, place.project.root.name
        if options.sandbox:
            found = Ground(
                dialect,
                name,
                lambda statements: _opened(place, statements, miss),
                place.notes,
                place,
            )
        else:
            alone = _text_only(place.target, miss, "no scratch database may be made")
            found = Ground(dialect, name, alone.opened, place.notes, place)
        yield found
        for each in place.unverified:
            miss(each.what, each.why, each.way_out)


def _text_only(target: Target, miss: Miss, why: str) -> Ground:
    @contextlib.contextmanager
    def opened(statements: Sequence[str]) -> Iterator[Opened]:
        miss(
            "schema and plan",
            f"{why}, and no database was named: the text alone was read",
            "Name one: --db URL, --twin FILE, or the project's folder with --path.",
        )
        yield Opened(Nowhere(), Schema(target.dialect), target, "no database", None, "none")

    return Ground(target.dialect, "", opened)


@contextlib.contextmanager
def _opened(place: Workplace, statements: Sequence[str], miss: Miss) -> Iterator[Opened]:
    if place.sandbox is None and place.target.dialect in MYSQL:
        yield _of_models(place)
        return
    with _database(place) as database, on_scratch(database, place.target, statements) as found:
        place.notes.append(
            f"Plans on {found.words} with {MANY:,} generated rows a table, not your data: "
            "--db URL reads them there."
        )
        yield found


def _of_models(place: Workplace) -> Opened:
    """The tables of the models, read without a database: no server of this kind is started here."""
    place.ready()
    schema = Schema(place.target.dialect)
    if place.worker is not None and place.source:
        try:
            answer = place.worker.call("models", **place.source)
            schema = mapping_of(answer, place.source, place.project.root)[0].schema
        except DbwrightError as error:
            place.miss("the models", error.message, error.way_out or "")
    place.notes.append(
        f"Read beside {len(schema.tables):,} tables of the models; nothing was planned or run."
    )
    return Opened(Nowhere(), schema, place.target, "no database", None, "none")


@contextlib.contextmanager
def on_scratch(database: Any, target: Target, statements: Sequence[str]) -> Iterator[Opened]:
    """Gives a scratch database as a ground, its tables filled for the plans of statements."""
    dialect = dialects.get(target.dialect)
    with contextlib.closing(database.connect()) as connection:
        schema: Schema = dialect.catalog.read_schema(connection)
        connection.rollback()
        rows = _fill(connection, schema, statements)
        server, major = server_words(database)
        found = of_rows(connection, target, server, major, beside=database)
        found.rows = rows
        yield found


def _fill(connection: Any, schema: Schema, statements: Sequence[str]) -> dict[str, int]:
    """Many rows in the tables that the statements name, a few in the others."""
    named = dict.fromkeys(named_tables(schema, statements), MANY)
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
        _empty(place.target.dialect, database)
        source: dict[str, Any] = dict(place.config)
        place.worker.call("create_all", host=host, **source)


def _empty(dialect: str, database: Any) -> None:
    """Takes away what the revisions have left."""
    statements = ["drop schema public cascade", "create schema public authorization dbwright_owner"]
    if dialect in MYSQL:
        statements = [f"drop database {database.name}", f"create database {database.name}"]
    elif dialect != "postgresql":
        return
    with contextlib.closing(database.superuser()) as connection:
        for statement in statements:
            connection.execute(statement)
