"""Batch mode: tables made anew where the database cannot alter them in place (SQLite)."""

from __future__ import annotations

import ast
import re
import textwrap
from collections.abc import Iterator

from dbwright.core.errors import FixError
from dbwright.core.finding import Edit, Fix
from dbwright.core.migration import Migration
from dbwright.core.source import Source
from dbwright.recipes import code, revision, revision_source
from dbwright.recipes.revision_source import Where

TEMPORARY = "_alembic_tmp_"
"""What the name of a batch operation's new table begins with."""

UNSUPPORTED = {
    "alter_column": 0,
    "create_foreign_key": 1,
    "create_check_constraint": 1,
    "create_unique_constraint": 1,
    "create_primary_key": 1,
    "create_exclude_constraint": 1,
    "drop_constraint": 1,
}
"""Methods of `op` that SQLite has no statement for, and where their table stands."""


def unsupported_calls(source: Source) -> Iterator[tuple[int, str, str]]:
    """Gives the line, the method and the table of each call on `op` that SQLite cannot do.

    Calls inside an `if` are left out, and those behind one that returns: such a test may be one
    of the dialect.
    """
    for function in source.tree.body:
        if isinstance(function, ast.FunctionDef) and function.name == "upgrade":
            for statement in function.body:
                if isinstance(statement, ast.If) and _returns(statement):
                    return
                if isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Call):
                    yield from _unsupported(statement.value)


def _returns(statement: ast.If) -> bool:
    return any(isinstance(node, ast.Return) for node in ast.walk(statement))


def _unsupported(call: ast.Call) -> Iterator[tuple[int, str, str]]:
    function = call.func
    on_op = isinstance(function, ast.Attribute) and isinstance(function.value, ast.Name)
    if not on_op or not isinstance(function, ast.Attribute):
        return
    assert isinstance(function.value, ast.Name)
    position = UNSUPPORTED.get(function.attr)
    if function.value.id != "op" or position is None or len(call.args) <= position:
        return
    keywords = {keyword.arg for keyword in call.keywords}
    changing = {"nullable", "type_", "server_default"}
    if function.attr == "alter_column" and not keywords & changing:
        return
    table = call.args[position]
    if isinstance(table, ast.Constant) and isinstance(table.value, str):
        yield call.lineno, function.attr, table.value


def wrapped_call(own: str, table: str) -> str:
    """Gives a call on `op` as one on `batch_op`, in its block.

    >>> print(wrapped_call('op.alter_column("orders", "note", nullable=False)', "orders"))
    with op.batch_alter_table("orders") as batch_op:
        batch_op.alter_column("note", nullable=False)
    """
    name = re.escape(table)
    inner = re.sub(rf"""(\(\s*|,\s*)["']{name}["']\s*,?\s*""", r"\1", own, count=1)
    inner = re.sub(r",\s*\)$", ")", inner.replace("op.", "batch_op.", 1))
    return (
        f"with op.batch_alter_table({code.literal(table)}) as batch_op:\n"
        f"{textwrap.indent(inner, '    ')}"
    )


def use_batch(migration: Migration, line: int, table: str) -> Fix:
    """The cure of an ALTER that the database does not have: the same call in a batch."""
    where = Where(line=line)
    text = migration.source.text if migration.source else ""
    own = revision_source.statement(text, where) if revision_source.holds(text, where) else ""

    def make(text: str) -> tuple[Edit, ...]:
        if not own.startswith("op."):
            raise FixError("the call does not stand by itself")
        new = wrapped_call(own, table)
        return revision.edited(migration, revision_source.replace(text, where, new))

    example = f'op.alter_column("{table}", …)'
    return Fix(
        "Make the change in batch mode",
        wrapped_call(own or example, table),
        "safe",
        revision.attempt(migration, make),
    )
