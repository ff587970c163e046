"""The models job: mappers and metadata read in the child, claims proved on their tables."""

from __future__ import annotations

import contextlib
import hashlib
import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

from dbwright import dialects
from dbwright.collect.source_files import decoded
from dbwright.core.codec import from_json, to_json
from dbwright.core.errors import DbwrightError
from dbwright.core.mapping import Mapping
from dbwright.core.migration import Environment
from dbwright.core.schema import Column, Schema, Table
from dbwright.core.source import Source
from dbwright.core.target import Target
from dbwright.scratch.bridge import DatabaseHost
from dbwright.scratch.worker import Worker
from dbwright.verify.models import ModelProver

ROWS = 20
LARGEST_FILE = 2_000_000


def read_mapping(worker: Worker, source: dict[str, Any], root: Path) -> tuple[Mapping, Environment]:
    """Gives the models as SQLAlchemy configured them, with the files they stand in.

    `source` are the worker's arguments that name the models: config and section, spec, file or
    code. What stops user code raises UserCodeError.
    """
    return mapping_of(worker.call("models", **source), source, root)


def mapping_of(
    result: dict[str, Any], source: dict[str, Any], root: Path
) -> tuple[Mapping, Environment]:
    """Gives the models of the answer to the worker's command `models`."""
    mapping = from_json(Mapping, result["mapping"])
    environment = from_json(Environment, result.get("environment") or {})
    schema = canonical(mapping.schema)
    mapping = replace(mapping, schema=schema, sources=_sources(mapping, source, root))
    return mapping, environment


def canonical(schema: Schema) -> Schema:
    """Gives the schema with its types spelled as the database's catalog spells them."""
    spelled = dialects.get(schema.dialect).types.canonical

    def column(found: Column) -> Column:
        return replace(found, type=spelled(found.type))

    def table(found: Table) -> Table:
        return replace(found, columns=tuple(column(item) for item in found.columns))

    return replace(schema, tables=tuple(table(item) for item in schema.tables))


@contextlib.contextmanager
def model_prover(
    mapping: Mapping,
    worker: Worker | None,
    source: dict[str, Any],
    target: Target,
    sandbox: Any,
    why: str = "no scratch database could be started",
    migrated: str | None = None,
) -> Iterator[ModelProver]:
    """Gives the prover over a database that holds the models' tables, filled with rows.

    Where the tables cannot be created it uses the migrated ones, `migrated` being the key of
    their saved state. Without any it answers what mappers can answer.
    """
    prover = ModelProver(mapping, worker, source, target, why_no_database=why)
    if sandbox is None or worker is None:
        yield prover
        return
    template = sandbox.has(migrated) if migrated else None
    filled = True
    try:
        template = sandbox.template(_key(mapping), lambda db: _build(db, mapping, worker, source))
    except DbwrightError as error:
        prover.why_no_database = f"the models' tables could not be created: {error.message}"
        filled = False
        if template is None:
            yield prover
            return
    with sandbox.clone(template) as database:
        if not filled:
            _fill(database, mapping.schema.dialect)
        arm(prover, database)
        yield prover


def arm(prover: ModelProver, database: Any) -> None:
    """Gives a prover its database, which holds the models' tables and rows."""
    prover.database = database
    prover.server, prover.major = server_words(database)
    dialect = dialects.get(prover.target.dialect)
    with contextlib.closing(database.connect()) as connection:
        prover.schema = dialect.catalog.read_schema(connection)
        for table in prover.schema.tables:
            if table.kind == "table" and not _has_rows(connection, dialect, table.key):
                prover.empty[table.key] = "its constraints refused every generated row"
        connection.rollback()


def _build(database: Any, mapping: Mapping, worker: Worker, source: dict[str, Any]) -> None:
    dialects.get(mapping.schema.dialect).prepare.prepare(database, mapping.schema)
    worker.call("create_all", host=DatabaseHost(database), **source)
    _fill(database, mapping.schema.dialect)


def _fill(database: Any, dialect: str) -> None:
    from dbwright.scratch import rows

    with contextlib.closing(database.connect()) as connection:
        schema = dialects.get(dialect).catalog.read_schema(connection)
        connection.rollback()
    rows.fill(database, schema, rows=ROWS)


def server_words(database: Any) -> tuple[str, int | None]:
    """Gives a scratch database's server in words and its major version: PostgreSQL 18.6, 18."""
    server = getattr(database, "server", None)
    if server is not None:
        return server.words, server.major
    import sqlite3

    return f"SQLite {sqlite3.sqlite_version}", sqlite3.sqlite_version_info[0]


def _has_rows(connection: Any, dialect: Any, key: str) -> bool:
    cursor = connection.cursor()
    cursor.execute(f"select 1 from {dialect.quoting.quoted_key(key)} limit 1")
    return cursor.fetchone() is not None


def _key(mapping: Mapping) -> str:
    schema = json.dumps([to_json(mapping.schema), mapping.sqlalchemy], sort_keys=True, default=str)
    return f"models {ROWS} {hashlib.sha256(schema.encode()).hexdigest()}"


def _sources(mapping: Mapping, source: dict[str, Any], root: Path) -> tuple[Source, ...]:
    if "code" in source:
        return (Source(source.get("filename", "models.py"), source["code"]),)
    places = [mapper.place for mapper in mapping.mappers]
    places += [table.place for table in mapping.schema.tables]
    places += [problem.place for problem in mapping.problems]
    # a mixin has no mapper of its own
    places += [part.place for mapper in mapping.mappers for part in mapper.attributes]
    places += [part.place for mapper in mapping.mappers for part in mapper.relationships]
    files = dict.fromkeys(place.file for place in places if place is not None)
    # what stands outside of the project is not the reader's to change
    files = {file: None for file in files if not Path(file).is_absolute()}
    edited = source.get("edited") or {}
    found = (_source(root, name, edited.get(name)) for name in files)
    return tuple(read for read in found if read is not None)


def _source(root: Path, name: str, edited: str | None) -> Source | None:
    if edited is not None:
        return Source(name, edited)
    file = root / name
    try:
        if file.stat().st_size > LARGEST_FILE:
            return None
        text = decoded(file.read_bytes(), name)
    except OSError:
        return None
    return Source(name, text) if isinstance(text, str) else None
