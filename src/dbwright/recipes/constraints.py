"""Constraints: those that a revision adds, their names, and the ALTER TABLE that adds them."""

from __future__ import annotations

from collections.abc import Sequence

from dbwright.core.claim import Claim
from dbwright.core.migration import Migration
from dbwright.core.operation import (
    AddCheck,
    AddExclude,
    AddForeignKey,
    AddPrimaryKey,
    AddUnique,
    AttachPartition,
    CreateIndex,
    Data,
    SetNotNull,
)
from dbwright.core.schema import Check, ForeignKey
from dbwright.recipes import code

_ADDED = (AddCheck, AddExclude, AddForeignKey, AddPrimaryKey, AddUnique, SetNotNull)


def added_later(migration: Migration, number: int, table: str) -> bool:
    """Whether a statement behind that one asks something new of the rows of the table."""
    for _, operation in list(migration.operations())[number + 1 :]:
        if isinstance(operation, _ADDED) and operation.table == table:
            return True
        if isinstance(operation, CreateIndex) and operation.index.unique:
            if operation.table == table:
                return True
        elif isinstance(operation, AttachPartition) and table in (
            operation.table,
            operation.partition,
        ):
            return True
    return False


def refusal(
    migration: Migration, number: int, table: str, columns: Sequence[str | None]
) -> tuple[Claim, ...]:
    """The claim that rows which stand there are refused by what is added over these columns.

    None where a statement before it repairs them, here or in an earlier revision as new as this
    one: what that leaves, no generated row can tell.
    """
    before = [operation for _, operation in migration.operations()][:number]
    before += [operation for statement in migration.earlier for operation in statement.operations]
    for operation in before:
        if not isinstance(operation, Data) or operation.table != table:
            continue
        written = operation.action == "update" and set(columns) & set(operation.columns)
        if written or operation.action in ("delete", "truncate"):
            return ()
    return (Claim("fails_on_data", table, column=columns[0] if columns else None),)


def key_name(table: str, key: ForeignKey) -> str:
    """The name that a foreign key has or that PostgreSQL gives it."""
    return key.name or code.name_for(table.rpartition(".")[2], *key.columns, "fkey")


def key_sql(table: str, key: ForeignKey) -> str:
    """Gives the ALTER TABLE that adds a foreign key, without NOT VALID."""
    return (
        f"ALTER TABLE {code.quoted(table)} ADD CONSTRAINT {code.quoted(key_name(table, key))} "
        f"FOREIGN KEY ({code.listed(key.columns)}) {references(key)}"
    )


def orphans(table: str, key: ForeignKey) -> str:
    """Gives the query that counts the rows which refer to none."""
    own = f"SELECT count(*) FROM {code.quoted(table)} AS child WHERE "
    filled = [f"child.{code.quoted(name)} IS NOT NULL" for name in key.columns]
    pairs = zip(key.columns, key.referred_columns, strict=False)
    same = [f"parent.{code.quoted(b)} = child.{code.quoted(a)}" for a, b in pairs]
    match = f"SELECT 1 FROM {code.quoted(key.referred)} AS parent WHERE {' AND '.join(same)}"
    return f"{own}{' AND '.join(filled)} AND NOT EXISTS ({match})"


def references(key: ForeignKey) -> str:
    """Gives the REFERENCES clause with its actions."""
    columns = code.listed(key.referred_columns)
    text = f"REFERENCES {code.quoted(key.referred)}"
    text += f" ({columns})" if columns else ""
    text += f" ON DELETE {key.on_delete}" if key.on_delete else ""
    text += f" ON UPDATE {key.on_update}" if key.on_update else ""
    text += " DEFERRABLE" if key.deferrable else ""
    return text + (" INITIALLY DEFERRED" if key.initially_deferred else "")


def check_name(table: str, check: Check) -> str:
    """The name that a check has or a good one; PostgreSQL's own depends on its columns."""
    return check.name or code.name_for(table.rpartition(".")[2], *check.columns[:1], "check")


def check_sql(table: str, check: Check) -> str:
    """Gives the ALTER TABLE that adds a check, without NOT VALID."""
    return (
        f"ALTER TABLE {code.quoted(table)} ADD CONSTRAINT "
        f"{code.quoted(check_name(table, check))} CHECK ({unwrapped(check.expression)})"
    )


def unwrapped(expression: str) -> str:
    """Gives the expression without parentheses around the whole of it.

    >>> unwrapped("((a > 0))"), unwrapped("(a) or (b)")
    ('a > 0', '(a) or (b)')
    """
    text = expression.strip()
    while text.startswith("(") and _closes_at_end(text):
        text = text[1:-1].strip()
    return text


def _closes_at_end(text: str) -> bool:
    depth = 0
    for position, letter in enumerate(text):
        depth += {"(": 1, ")": -1}.get(letter, 0)
        if depth == 0:
            return position == len(text) - 1
    return False
