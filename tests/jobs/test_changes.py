"""Changes of live tables proved: every phase, both codes, the rows, the schema, the way back."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from alembic import command
from alembic.config import Config

from dbwright import dialects
from dbwright.core.compare import differences
from dbwright.core.schema import Schema
from dbwright.recipes import changes, code, revision
from dbwright.recipes.change import Change, Example
from dbwright.scratch.sandbox import Sandbox
from dbwright.scratch.server import Server

from .projects import Project

INI = "[alembic]\nscript_location = %(here)s/migrations\n"
ENV = """
from alembic import context
from sqlalchemy import create_engine

url = context.config.attributes.get("url", "postgresql+psycopg://")
engine = create_engine(url)
with engine.connect() as connection:
    context.configure(connection=connection, transaction_per_migration=True)
    with context.begin_transaction():
        context.run_migrations()
engine.dispose()
"""
BASE = '''"""The schema."""
from alembic import op

revision = "base0"
down_revision = None


def upgrade():
    op.execute("""{before}""")


def downgrade():
    pass
'''
CASES = [
    pytest.param(name, example, id=f"{name}-{attribute}")
    for name in changes.names()
    for attribute, example in vars(changes.get(name)).items()
    if isinstance(example, Example)
]
# the review of a whole project takes long: of each kind the example with the most in it
LAST = {case.values[0]: case for case in CASES}.values()


@dataclass
class Live:
    """A database with the change's revisions on it."""

    database: Any
    config: Config
    url: str

    def upgrade(self, target: str) -> None:
        self.config.attributes["url"] = self.url
        command.upgrade(self.config, target)

    def downgrade(self, target: str) -> None:
        self.config.attributes["url"] = self.url
        command.downgrade(self.config, target)

    def schema(self) -> Schema:
        with self.database.connect() as connection:
            found: Schema = dialects.get("postgresql").catalog.read_schema(connection)
            return found

    def rows(self, sql: str) -> list[Any]:
        with self.database.connect() as connection:
            return [tuple(row) for row in connection.execute(sql).fetchall()]

    def everything(self) -> dict[str, list[Any]]:
        names = [t.key for t in self.schema().tables if t.kind in ("table", "partitioned")]
        return {
            name: sorted(self.rows(f"select to_jsonb(t)::text from {code.quoted(name)} t"))
            for name in names
            if name != "alembic_version"
        }

    def tried(self, statements: tuple[str, ...]) -> None:
        """Runs statements as a program would, and takes them back."""
        with self.database.connect() as connection:
            for statement in statements:
                connection.execute(statement)
            connection.rollback()


def files(root: Path, example: Example, change: Change) -> list[str]:
    versions = root / "migrations" / "versions"
    versions.mkdir(parents=True)
    (root / "alembic.ini").write_text(INI)
    (root / "migrations" / "env.py").write_text(ENV)
    (versions / "base0.py").write_text(BASE.format(before=example.before))
    parent, names = "base0", []
    for number, phase in enumerate(change.phases):
        name = f"p{number}{revision.new_id(phase.title)[:8]}"
        (versions / f"{name}.py").write_text(revision.render(phase, name, parent))
        names.append(name)
        parent = name
    return names


@pytest.fixture
def sandbox(scratch: tuple[Path, Server]) -> Sandbox:
    return Sandbox(scratch[1])


@pytest.fixture
def live(sandbox: Sandbox, scratch: tuple[Path, Server], project: Project) -> Iterator[Live]:
    with sandbox.clone(None) as database:
        config = Config(project.root / "alembic.ini")
        yield Live(database, config, scratch[1].url(database.name))


def planned(sandbox: Sandbox, name: str, example: Example) -> tuple[Change, Schema, Schema]:
    """The change, the schema before, and that after the direct form."""
    catalog = dialects.get("postgresql").catalog
    with sandbox.clone(None) as database, database.connect() as connection:
        connection.execute(example.before)
        connection.execute(example.rows)
        connection.commit()
        before = catalog.read_schema(connection)
        connection.rollback()
        change = changes.get(name).plan(before, example.request)
        for statement in change.direct:
            connection.execute(statement)
        connection.commit()
        return change, before, catalog.read_schema(connection)


def without_version(schema: Schema) -> Schema:
    tables = tuple(table for table in schema.tables if table.name != "alembic_version")
    return Schema(schema.dialect, tables, schema.enums, schema.others)


@pytest.mark.database
@pytest.mark.parametrize(("name", "example"), CASES)
def test_both_codes_run_and_the_rows_are_kept(
    name: str, example: Example, sandbox: Sandbox, live: Live, project: Project
) -> None:
    change, before, direct = planned(sandbox, name, example)
    names = files(project.root, example, change)
    live.upgrade("base0")
    with live.database.connect() as connection:
        connection.execute(example.rows)
        connection.commit()
    rows, told = live.everything(), [live.rows(query) for query, _ in example.told]
    for number, phase in enumerate(names[:-1]):
        live.upgrade(phase)
        if number < change.contract:
            live.tried(example.old)
        if number:
            live.tried(example.new)
    assert [live.rows(query) for _, query in example.told] == told
    for number in range(len(names) - 2, -1, -1):
        live.downgrade(names[number - 1] if number else "base0")
        if number <= change.contract:
            live.tried(example.old)
    assert differences(before, without_version(live.schema())) == ()
    assert example.stays or live.everything() == rows
    live.upgrade("head")
    assert differences(direct, without_version(live.schema())) == ()
    assert [live.rows(query) for _, query in example.told] == told
    live.downgrade("base0")
    assert differences(before, without_version(live.schema())) == ()
    if example.lossless:
        assert live.everything() == rows


@pytest.mark.database
@pytest.mark.parametrize(("name", "example"), LAST)
def test_no_phase_has_a_danger(
    name: str, example: Example, sandbox: Sandbox, project: Project
) -> None:
    change, _, _ = planned(sandbox, name, example)
    names = files(project.root, example, change)
    report = project.check("--all").report
    found = [
        f"{item['location']['file']}: {item['rule']}: {item['message']}"
        for item in report["recommendations"]
        if item["location"]["revision"] in names and item["severity"] != "info"
    ]
    assert [text for text in found if not any(word in text for word in example.known)] == []
