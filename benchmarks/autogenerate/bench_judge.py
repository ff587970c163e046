"""Judges what a tool wrote for one kind, on a database with rows."""

from __future__ import annotations

import shlex
import shutil
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg
from bench_kinds import Kind
from bench_project import Project

from dbwright.core import compare
from dbwright.core.schema import Schema
from dbwright.dialects.postgresql import catalog, quoting


@dataclass(frozen=True, slots=True)
class Outcome:
    """How it went, and why it is not right."""

    mark: str
    why: str = ""


class Wrong(Exception):
    """What was written does not do what it should."""


def judged(kind: Kind, tool: str, folder: Path, sandbox: Any) -> Outcome:
    """Gives how a tool does with a kind of change, on a fresh database."""
    if folder.exists():
        shutil.rmtree(folder)
    with sandbox.clone(None) as database, sandbox.clone(None) as other:
        project = Project(folder, kind.before, database.url(), hook=tool == "hook")
        _run(project, "upgrade", "head")
        with database.connect(autocommit=True) as connection:
            for statement in kind.rows:
                connection.execute(statement)
        project.set_models(kind.after)
        project.create_all(other.url())
        try:
            return _written(kind, tool, project, database, other)
        except Wrong as error:
            return Outcome("wrong", str(error))


def _written(kind: Kind, tool: str, project: Project, database: Any, other: Any) -> Outcome:
    before, wanted = _schema(database), _schema(other)
    if kind.options and tool != "plain":
        _refused(kind, tool, project)
    mark = "asks" if kind.options and tool != "plain" else "right"
    options = kind.options if tool != "plain" else ()
    done = project.new(options) if tool == "new" else project.autogenerate(options)
    if done.returncode:
        raise Wrong(f"it fails: {_last(done)}")
    if not project.revisions() or _is_empty(project):
        return Outcome("missed")
    kept = _rows(database, before)
    _run(project, "upgrade", "head")
    if found := _differences(wanted, _schema(database)):
        still = _differences(before, _schema(database))
        return Outcome("missed", found[0]) if not still else Outcome("wrong", found[0])
    _look(kind, database)
    _run(project, "downgrade", "0001")
    _restored(kind, database, before, kept)
    _run(project, "upgrade", "head")
    if found := _differences(wanted, _schema(database)):
        raise Wrong(f"after the second upgrade: {found[0]}")
    return Outcome(mark)


def _refused(kind: Kind, tool: str, project: Project) -> None:
    done = project.new(()) if tool == "new" else project.autogenerate(())
    if not done.returncode or project.revisions():
        raise Wrong("it did not ask what was meant")
    said = done.stdout + done.stderr
    for option in kind.options:
        if option.startswith("--fill-back"):
            continue
        name, value = shlex.split(option)
        head = value.partition(":")[0] + (":" if ":" in value else "")
        words = [f"{name} {head}", f'{name} "{head}', f"{name} '{head}"]
        words += [f"-x {name[2:]}={head}", f'-x "{name[2:]}={head}', f"-x '{name[2:]}={head}"]
        if not any(word in said for word in words):
            raise Wrong(f"it refused without naming {name} {head}…: {_last(done)}")


def _is_empty(project: Project) -> bool:
    bodies = [file.read_text().partition("def upgrade()")[2] for file in project.revisions()]
    bodies = [body.partition("def downgrade()")[0] for body in bodies]
    return not any("op." in body for body in bodies)


def _run(project: Project, *arguments: str) -> None:
    done = project.alembic(*arguments)
    if done.returncode:
        raise Wrong(f"{' '.join(arguments)}: {_last(done)}")


def _last(done: Any) -> str:
    lines = [line for line in (done.stderr or done.stdout).strip().splitlines() if line.strip()]
    told = [line for line in lines if "Error" in line or "error" in line]
    return (told or lines or ["it says nothing"])[0].strip()[:300]


def _schema(database: Any) -> tuple[Schema, Any]:
    with database.connect() as connection:
        schema = catalog.read_schema(connection)
    comments = sorted(
        (table.key, column.name if column else "", (column or table).comment or "")
        for table in schema.tables
        for column in (None, *table.columns)
    )
    return schema, comments


def _differences(wanted: tuple[Schema, Any], found: tuple[Schema, Any]) -> list[str]:
    texts = list(compare.differences(wanted[0], found[0]))
    texts += [f"comment: wanted {one}" for one in wanted[1] if one not in found[1]]
    return texts + [f"comment: not wanted {one}" for one in found[1] if one not in wanted[1]]


def _rows(database: Any, before: tuple[Schema, Any]) -> dict[str, list[dict[str, Any]]]:
    found = {}
    with database.connect() as connection:
        for table in before[0].tables:
            if table.kind != "table":
                continue
            cursor = connection.execute(f"select * from {quoting.quoted_key(table.key)}")
            names = [column.name for column in cursor.description or ()]
            found[table.key] = [dict(zip(names, row, strict=True)) for row in cursor]
    return found


def _look(kind: Kind, database: Any) -> None:
    with database.connect() as connection:
        if kind.attempt:
            connection.execute(kind.attempt)
        if kind.seen:
            answer = connection.execute(kind.seen).fetchall()
            if Counter(answer) != Counter(kind.expected):
                raise Wrong(f"rows: {answer}, wanted {list(kind.expected)}")
        connection.rollback()
        if kind.refuses:
            try:
                connection.execute(kind.refuses)
            except psycopg.errors.IntegrityError:
                connection.rollback()
            else:
                raise Wrong("it takes a row that must be refused")


def _restored(kind: Kind, database: Any, before: Any, kept: dict[str, Any]) -> None:
    if found := _differences(before, _schema(database)):
        raise Wrong(f"the downgrade leaves: {found[0]}")
    for key, rows in _rows(database, before).items():
        lost = kind.lost.get(key, ())
        old, new = (
            Counter(repr([v for name, v in row.items() if name not in lost]) for row in each)
            for each in (kept[key], rows)
        )
        if old != new:
            raise Wrong(f"the downgrade does not bring the rows of {key} back")
