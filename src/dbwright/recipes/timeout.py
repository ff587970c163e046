"""Timeouts: a lock that is not to be had ends the migration, not the service (PostgreSQL)."""

from __future__ import annotations

import ast

from dbwright import dialects
from dbwright.core.errors import FixError
from dbwright.core.finding import Edit, Fix, Step
from dbwright.core.migration import Migration
from dbwright.core.operation import Data, SetParameter
from dbwright.recipes import backfill, code, revision, revision_source
from dbwright.recipes.revision_source import Where


def is_set(migration: Migration, number: int) -> bool:
    """Whether env.py, the role or the upgrade bounds the wait for locks before that operation."""
    settings = migration.environment
    if _bounds(settings.lock_timeout) or _bounds(settings.statement_timeout):
        return True
    return any(
        isinstance(operation, SetParameter)
        and operation.name.lower() in ("lock_timeout", "statement_timeout")
        and _bounds(operation.value)
        for _, operation in list(migration.operations())[:number]
    )


def work_under(migration: Migration, number: int) -> str | None:
    """What is done while the lock of that operation is held; None when it is brief."""
    locks = dialects.get(migration.target.dialect).locks
    operations = list(migration.operations())
    first, _ = operations[number]
    for statement, operation in operations[number:]:
        if statement is not first and (
            first.autocommit or statement.transaction != first.transaction
        ):
            return None
        effect = locks.effect(operation, migration.before, migration.target)
        relation = effect.relation
        if not effect.brief and relation and migration.stood_before(relation):
            return f"{relation} is {'written anew' if effect.rewrites else 'read whole'}"
        if isinstance(operation, Data) and _writes_all(migration, operation):
            return f"every row of {operation.table} is written"
    return None


def _writes_all(migration: Migration, operation: Data) -> bool:
    whole = backfill.covers_whole_table(migration, operation)
    return whole or (operation.action == "delete" and not operation.bounded)


def _bounds(value: str | None) -> bool:
    return value is not None and value.strip("' ").lower() not in ("", "0", "default", "0s", "0ms")


def set_first(migration: Migration, number: int) -> Fix:
    """The cure of a lock without a timeout: SET LOCAL lock_timeout before the first lock."""

    def make(text: str) -> tuple[Edit, ...]:
        if "autocommit_block" not in text:
            return revision.edited(
                migration, revision_source.prepend(text, "upgrade", code.LOCK_TIMEOUT)
            )
        statement, _ = list(migration.operations())[number]
        line = statement.place.line if statement.place else None
        if not _is_outermost(text, line):
            raise FixError("the statement stands inside a block")
        where = Where(line=line)
        return revision.edited(
            migration, revision_source.insert_before(text, where, code.LOCK_TIMEOUT)
        )

    return Fix(
        "Give up waiting for a lock after 5 seconds",
        code.LOCK_TIMEOUT,
        "safe",
        revision.attempt(migration, make),
        (Step("SET LOCAL lock_timeout = '5s'", "now"),),
    )


def _is_outermost(text: str, line: int | None) -> bool:
    for node in ast.parse(text).body:
        if isinstance(node, ast.FunctionDef) and node.name == "upgrade":
            return any(
                isinstance(item, ast.Expr)
                and line is not None
                and item.lineno <= line <= (item.end_lineno or item.lineno)
                for item in node.body
            )
    return False
