"""Batch mode: tables made anew where the database cannot alter them in place (SQLite)."""

from __future__ import annotations

import re
import textwrap

from dbwright.core.errors import FixError
from dbwright.core.finding import Edit, Fix
from dbwright.core.migration import Migration
from dbwright.core.schema import Table
from dbwright.recipes import code, revision, revision_source
from dbwright.recipes.revision_source import Where


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


def carry_checks(migration: Migration, table: Table) -> Fix:
    """The cure of checks that batch mode does not see: they are handed to it."""
    checks = [
        f"sa.CheckConstraint({code.literal(_bare(item.expression))})"
        for item in table.checks
        if item.name is None
    ]
    arguments = f"table_args=({', '.join(checks)},)"

    def make(text: str) -> tuple[Edit, ...]:
        pattern = rf"""batch_alter_table\(\s*["']{re.escape(table.name)}["']"""
        if len(re.findall(pattern, text)) < 1:
            raise FixError("the batch is not written in the file")
        upgrade = re.sub(pattern, lambda found: f"{found[0]}, {arguments}", text)
        return revision.edited(migration, upgrade)

    return Fix(
        "Hand the unnamed checks to the batch",
        f"with op.batch_alter_table({code.literal(table.name)}, {arguments}) as batch_op:",
        "safe",
        revision.attempt(migration, make),
    )


def _bare(expression: str) -> str:
    text = expression.strip()
    return text[1:-1] if text.startswith("(") and text.endswith(")") else text
