"""Revisions that stand by themselves: tables written out instead of models imported."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

from dbwright.core.errors import FixError
from dbwright.core.finding import Edit, Fix
from dbwright.core.migration import Migration
from dbwright.core.operation import Data
from dbwright.core.source import Source
from dbwright.recipes import code, revision, revision_source

SEGMENTS = {"models", "model", "orm"}
LIBRARIES = {"sqlalchemy", "alembic", "sqlmodel", "flask_sqlalchemy", "advanced_alchemy"}


def model_imports(source: Source) -> Iterator[tuple[int, str, tuple[str, ...]]]:
    """Gives the line, the module and the names of each import of models."""
    if not any(segment in source.text for segment in SEGMENTS):
        return
    for node in ast.walk(source.tree):
        if isinstance(node, ast.ImportFrom):
            module = "." * node.level + (node.module or "")
            names = tuple(alias.name for alias in node.names)
            segments = {*module.split("."), *(name for name in names if name in SEGMENTS)}
            if segments & SEGMENTS and not _is_library(module):
                yield node.lineno, module, names
        elif isinstance(node, ast.Import):
            for alias in node.names:
                if set(alias.name.split(".")) & SEGMENTS and not _is_library(alias.name):
                    yield node.lineno, alias.name, ()


def is_harmless(source: Source, names: tuple[str, ...]) -> bool:
    """Whether only constants and names of tables are taken from the models."""
    for name in names:
        uses = re.findall(rf"\b{re.escape(name)}\b(\.\w+)?", source.text)
        constant = name.isupper()
        if not constant and set(uses) - {"", ".__tablename__"}:
            return False
        if not constant and ".__tablename__" not in uses:
            return False
        # The import itself is the one use without an attribute.
        if not constant and uses.count("") > 1:
            return False
    return bool(names)


def own_tables(migration: Migration, names: list[str], line: int) -> Fix:
    """The cure: `sa.table` for each table that the revision reads or writes.

    Edits are made where nothing uses the import, and where one class stands for the one table
    and only its columns are asked for.
    """
    keys = list(dict.fromkeys(found.table for _, _, found in migration.each(Data)))
    tables = "\n".join(_table_code(migration, key) for key in keys)

    def make(text: str) -> tuple[Edit, ...]:
        tree = ast.parse(text)
        used = {node.id for node in ast.walk(tree) if isinstance(node, ast.Name)}
        node = next((item for item in tree.body if getattr(item, "lineno", 0) == line), None)
        if not names or node is None:
            raise FixError("the import stands inside a function, or takes a whole module")
        instead = ""
        if used & set(names):
            text = _with_columns(migration, text, names, keys)
            instead = f"\n{_table_code(migration, keys[0], names[0])}\n"
        rows = text.splitlines(keepends=True)
        rows[line - 1 : node.end_lineno] = [instead]
        return revision.edited(migration, "".join(rows))

    return Fix(
        "Write the tables out in the revision, and drop the import",
        tables or 'users = sa.table("users", sa.column("id"))  # what the revision uses',
        "unsafe",
        revision.attempt(migration, make),
    )


def _with_columns(migration: Migration, text: str, names: list[str], keys: list[str]) -> str:
    """The text with each `User.id` as `User.c.id`."""
    table = migration.existing(keys[0]) if len(keys) == 1 else None
    if len(names) != 1 or table is None or re.search(r"\bSession\b|sessionmaker", text):
        raise FixError("the revision works with instances of the class")
    asked = re.findall(rf"\b{re.escape(names[0])}\.(\w+)", text)
    columns = {column.name for column in table.columns}
    if set(asked) - columns or re.search(rf"\b{re.escape(names[0])}\(", text):
        raise FixError("the revision uses more of the class than its columns")
    return re.sub(rf"\b({re.escape(names[0])})\.(\w+)", r"\1.c.\2", text)


def _table_code(migration: Migration, key: str, variable: str | None = None) -> str:
    table = migration.existing(key)
    schema, _, name = key.rpartition(".")
    columns = (
        [f"sa.column({code.literal(column.name)})" for column in table.columns] if table else []
    )
    tail = [f"schema={code.literal(schema)}"] if schema else []
    arguments = ", ".join([code.literal(name), *columns, *tail])
    line = f"{variable or name} = sa.table({arguments})"
    return line if len(line) <= code.WIDTH else revision_source.broken_assignment(line)


def _is_library(module: str) -> bool:
    return module.partition(".")[0] in LIBRARIES
