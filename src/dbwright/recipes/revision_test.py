"""A pytest file for one revision: plain Alembic, SQLAlchemy and pytest, nothing of dbwright."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

Table = tuple[Sequence[str], Sequence[Sequence[str | None]]]

_HEAD = '''# ruff: noqa: E501
"""Tests of revision {revision}: data before, data after, and the way back.

{message}{database}
Alembic runs the revisions themselves; env.py and its database are not used.

`dbwright migrations tests {revision}` began this file. The rows were generated and taken through
the revision: AFTER is what it did to them. Read it, and correct it where it should do otherwise.
"""

{imports}from pathlib import Path

import pytest
import sqlalchemy as sa
from alembic.config import Config
from alembic.operations import Operations
from alembic.runtime.environment import EnvironmentContext
from alembic.script import ScriptDirectory

CONFIG = {config}
REVISION = {quoted}
BEFORE = {before}
'''
_SERVER = """It needs {variable}, the URL of a server on which databases may be made, such as
postgresql+psycopg://postgres@localhost/postgres; the tests make one of their own and drop it."""
_FILE = "It makes a SQLite file of its own."
_POSTGRESQL = '''

@pytest.fixture
def engine():
    """An engine on an empty database that is dropped afterwards."""
    url = os.environ.get({variable!r})
    if not url:
        pytest.skip("set {variable} to the URL of a throw-away server")
    name = f"test_{{uuid.uuid4().hex[:12]}}"
    server = sa.create_engine(url, isolation_level="AUTOCOMMIT")
    with server.connect() as connection:
        connection.execute(sa.text(f'create database "{{name}}"'))
    found = sa.create_engine(sa.make_url(url).set(database=name), poolclass=sa.NullPool)
    try:
        yield found
    finally:
        found.dispose()
        with server.connect() as connection:
            connection.execute(sa.text(f'drop database "{{name}}" with (force)'))
        server.dispose()
'''
_SQLITE = '''

@pytest.fixture
def engine(tmp_path):
    """An engine on an empty database."""
    found = sa.create_engine(f"sqlite:///{{tmp_path / 'test.db'}}", poolclass=sa.NullPool)
    yield found
    found.dispose()
'''
_BODY = '''

def migrate(engine, target, *, down=False):
    """Runs revisions up or down to the target."""
    script = ScriptDirectory.from_config(CONFIG)

    def steps(current, context):
        if down:
            return script._downgrade_revs(target, current)
        return script._upgrade_revs(target, current)

    with engine.connect() as connection, EnvironmentContext(CONFIG, script, fn=steps) as env:
        env.configure(
            connection=connection, transaction_per_migration=True, render_as_batch={batch}
        )
        with Operations.context(env.get_context()), env.begin_transaction():
            env.run_migrations()


def prepare(engine):
    """Makes the schema before the revision, with rows."""
    if BEFORE is not None:
        migrate(engine, BEFORE)
    with engine.begin() as connection:
        for statement in ROWS:
            connection.exec_driver_sql({escape})


def rows(engine, tables):
    """Gives the rows of each table as texts, only the columns that are asked for."""
    found = {{}}
    with engine.connect() as connection:
{timezone}        quote = engine.dialect.identifier_preparer.quote
        for table, (columns, _) in tables.items():
            shown = ", ".join(f"cast({{quote(name)}} as text)" for name in columns)
            name = ".".join(quote(part) for part in table.split("."))
            read = connection.exec_driver_sql(f"select {{shown}} from {{name}}")
            found[table] = (columns, sorted(map(tuple, read), key=repr))
    return found


def schema(engine):
    """Gives what SQLAlchemy sees of the tables: columns, keys, indexes, constraints."""
    inspector = sa.inspect(engine)
    found = {{}}
    for name in inspector.get_table_names():
        columns = inspector.get_columns(name)
        found[name] = {{
            "columns": sorted(
                (c["name"], str(c["type"]), c["nullable"], str(c["default"])) for c in columns
            ),
            "primary key": inspector.get_pk_constraint(name)["constrained_columns"],
            "foreign keys": sorted(map(str, inspector.get_foreign_keys(name))),
            "unique": sorted(map(str, inspector.get_unique_constraints(name))),
            "checks": sorted(str(c) for c in inspector.get_check_constraints(name)),
            "indexes": sorted(map(str, inspector.get_indexes(name))),
        }}
    return found


def test_upgrade_of_{name}_leaves_the_rows_as_they_are_meant(engine):
    prepare(engine)
    migrate(engine, REVISION)
    assert rows(engine, AFTER) == AFTER
'''
_BACK = """

def test_downgrade_of_{name}_brings_schema_and_rows_back(engine):
    prepare(engine)
    before = schema(engine)
    migrate(engine, REVISION)
    migrate(engine, f"{{REVISION}}@{{BEFORE or 'base'}}", down=True)
    assert schema(engine) == before
    assert rows(engine, BACK) == BACK


def test_upgrade_of_{name}_runs_again_after_the_downgrade(engine):
    prepare(engine)
    migrate(engine, REVISION)
    after = schema(engine)
    migrate(engine, f"{{REVISION}}@{{BEFORE or 'base'}}", down=True)
    migrate(engine, REVISION)
    assert schema(engine) == after
"""
_NO_WAY_BACK = '''

def test_downgrade_of_{name_}_refuses(engine):
    """It says: {why}."""
    prepare(engine)
    migrate(engine, REVISION)
    with pytest.raises(Exception):  # noqa: B017
        migrate(engine, f"{{REVISION}}@{{BEFORE or 'base'}}", down=True)
'''
VARIABLE = "MIGRATIONS_TEST_URL"


def revision_test(
    *,
    revision: str,
    message: str,
    before: str | None,
    dialect: str,
    config: str,
    inserts: Sequence[str],
    after: Mapping[str, Table],
    back: Mapping[str, Table],
    no_way_back: str | None = None,
    batch: bool = False,
) -> str:
    """Gives the text of the file.

    `config` is the Python expression of Alembic's Config. `inserts` make the rows before; `after`
    and `back` hold by table the columns to look at and the rows wanted. With `no_way_back` the
    downgrade is expected to refuse.
    """
    server = dialect == "postgresql"
    name = "".join(c if c.isalnum() else "_" for c in revision)
    told = f"{_plain(message)}.\n\n" if message else ""
    head = _HEAD.format(
        revision=revision,
        message=told,
        quoted=_text(revision),
        before=_text(before),
        config=config,
        database=_SERVER.format(variable=VARIABLE) if server else _FILE,
        imports="import os\nimport uuid\n" if server else "",
    )
    parts = [
        head,
        f"\nROWS = [\n{_statements(inserts)}]\nAFTER = {_tables(after)}\n",
        f"BACK = {_tables(back)}\n" if no_way_back is None else "",
        _POSTGRESQL.format(variable=VARIABLE) if server else _SQLITE.format(),
        _BODY.format(
            name=name,
            batch=batch,
            # psycopg reads % in a statement as the beginning of a parameter
            escape='statement.replace("%", "%%")' if server else "statement",
            timezone="        connection.exec_driver_sql(\"set time zone 'UTC'\")\n"
            if server
            else "",
        ),
        _BACK.format(name=name)
        if no_way_back is None
        else _NO_WAY_BACK.format(name_=name, why=_plain(no_way_back)),
    ]
    return "".join(parts)


def _statements(inserts: Sequence[str]) -> str:
    return "".join(f"    {_sql(statement)},\n" for statement in inserts)


def _sql(statement: str) -> str:
    """SQL in triple quotes, where nothing in it needs an escape."""
    plain = "\\" not in statement and '"""' not in statement and statement.isprintable()
    return f'"""{statement}"""' if plain and statement[-1:] != '"' else _text(statement)


def _tables(tables: Mapping[str, Table]) -> str:
    found = [
        f"    {_text(name)}: (\n        {_row(columns)},\n        [\n"
        + "".join(f"            {_row(row)},\n" for row in rows)
        + "        ],\n    ),\n"
        for name, (columns, rows) in tables.items()
        if columns
    ]
    return "{\n" + "".join(found) + "}" if found else "{}"


def _row(values: Sequence[str | None]) -> str:
    return f"({', '.join(map(_text, values))}{',' if len(values) == 1 else ''})"


def _text(value: str | None) -> str:
    """A Python literal, in double quotes where that needs no escape."""
    if value is None or "'" in repr(value)[1:-1] or '"' in value:
        return repr(value)
    return f'"{repr(value)[1:-1]}"'


def _plain(text: str) -> str:
    """One line that may stand in a docstring."""
    line = " ".join(text.split()).replace("\\", "/").replace('"""', "'''").rstrip('."')
    return line if len(line) <= 70 else line[:69] + "…"
