"""Enumerated types made and dropped, and their names (PostgreSQL)."""

from __future__ import annotations

import ast
from collections.abc import Iterable

from dbwright.core.errors import FixError
from dbwright.core.finding import Edit, Fix, Step
from dbwright.core.identifiers import string_literal
from dbwright.core.migration import Migration
from dbwright.core.operation import (
    AddColumn,
    AlterType,
    CreateEnum,
    DropType,
    Operation,
    RenameType,
)
from dbwright.core.schema import qualified
from dbwright.core.source import Source
from dbwright.recipes import code, revision, revision_source


def declared(source: Source | None) -> dict[str, tuple[str, ...]]:
    """Gives the types that `Enum(…, name=…)` in the file names, with their labels."""
    found: dict[str, tuple[str, ...]] = {}
    if source is None or ("Enum" not in source.text and "ENUM" not in source.text):
        return found
    for node in ast.walk(source.tree):
        if not isinstance(node, ast.Call) or _called(node) not in ("Enum", "ENUM"):
            continue
        names = [keyword.value for keyword in node.keywords if keyword.arg == "name"]
        labels = [item.value for item in node.args if isinstance(item, ast.Constant)]
        if names and isinstance(names[0], ast.Constant) and len(labels) == len(node.args):
            found[str(names[0].value)] = tuple(map(str, labels))
    return found


def known(migration: Migration) -> set[str]:
    """The names of the types that stand before the revision, without their schema."""
    before = migration.before
    if before is None:
        return set()
    names = {item.name for item in before.enums}
    return names | {item.name for item in before.others if item.kind in ("domain", "type")}


def labelled(migration: Migration, number: int) -> set[str]:
    """The names of the enumerated types that there are when an operation of the upgrade runs."""
    before = migration.before.enums if migration.before else ()
    made = (found.name for at, _, found in migration.each(CreateEnum) if at < number)
    return {item.name for item in before} | {bare(name) for name in made}


def bare(type_text: str) -> str:
    """Gives a type's name without schema, quotes and brackets."""
    return type_text.removesuffix("[]").rpartition(".")[2].strip('"')


def goes(name: str, later: Iterable[Operation]) -> bool:
    """Whether a type is dropped by what comes later, under the name that it has by then."""
    for operation in later:
        if isinstance(operation, RenameType) and operation.name == name:
            name = qualified(operation.to, name.rpartition(".")[0] or None)
        if isinstance(operation, DropType) and operation.name == name:
            return True
    return False


def create_type(migration: Migration, number: int, name: str, labels: tuple[str, ...]) -> Fix:
    """The cure of a column whose type nobody creates."""
    statement, operation = migration.nth(number, AddColumn, AlterType)
    create = f"CREATE TYPE {code.quoted(name)} AS ENUM ({', '.join(map(string_literal, labels))})"
    drop = f"DROP TYPE {code.quoted(name)}"

    def make(text: str) -> tuple[Edit, ...]:
        if not labels:
            raise FixError("the labels of the type are not written in the file")
        method = "add_column" if isinstance(operation, AddColumn) else "alter_column"
        where = revision.place_of(migration, statement, (method, operation.table))
        changed = revision_source.insert_before(text, where, code.execute(create))
        if not revision_source.is_empty(text, "downgrade"):
            changed = revision_source.append(changed, "downgrade", code.execute(drop))
        return revision.edited(migration, changed)

    return Fix(
        "Create the type first, and drop it in the downgrade",
        code.lines(code.execute(create), "# in downgrade, last:", code.execute(drop)),
        "safe",
        revision.attempt(migration, make),
        (Step(create, "expand"),),
    )


def drop_type(migration: Migration, number: int) -> Fix:
    """The cure of a type that the downgrade leaves behind."""
    _, operation = migration.nth(number, CreateEnum)
    sql = f"DROP TYPE {code.quoted(operation.name)}"

    def make(text: str) -> tuple[Edit, ...]:
        return revision.edited(
            migration, revision_source.append(text, "downgrade", code.execute(sql))
        )

    return Fix(
        "Drop the type at the end of the downgrade",
        code.execute(sql),
        "safe",
        revision.attempt(migration, make),
        (Step(sql, "contract"),),
    )


def _called(node: ast.Call) -> str:
    function = node.func
    if isinstance(function, ast.Attribute):
        return function.attr
    return function.id if isinstance(function, ast.Name) else ""
