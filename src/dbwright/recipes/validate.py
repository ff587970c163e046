"""Constraints added NOT VALID, then validated in a transaction of their own (PostgreSQL)."""

from __future__ import annotations

import textwrap
from collections.abc import Callable

from dbwright.core.errors import FixError
from dbwright.core.finding import Edit, Fix, Step
from dbwright.core.migration import Migration
from dbwright.core.operation import (
    AddCheck,
    AddForeignKey,
    DropConstraint,
    Operation,
    Statement,
    ValidateConstraint,
)
from dbwright.recipes import code, constraints, revision, revision_source
from dbwright.recipes.revision import Notes, Phase
from dbwright.recipes.revision_source import Where

NOTES = Notes(
    does="checks the rows that were there before; the table stays open for reads and writes.",
    risk="it fails when a row breaks the constraint; repair the row and run it again.",
    order="after the revision before it, in a transaction of its own; again after a failure.",
    test="insert a row that breaks the constraint: it is refused before and after.",
)


def validate_sql(table: str, name: str) -> str:
    """Gives the VALIDATE CONSTRAINT."""
    return f"ALTER TABLE {code.quoted(table)} VALIDATE CONSTRAINT {code.quoted(name)}"


def phase(table: str, name: str, add_sql: str) -> Phase:
    """The revision that validates a constraint; its downgrade adds it NOT VALID again."""
    drop = f"ALTER TABLE {code.quoted(table)} DROP CONSTRAINT {code.quoted(name)}"
    back = code.lines(code.LOCK_TIMEOUT, code.execute(drop), code.execute(f"{add_sql} NOT VALID"))
    upgrade = code.autocommit(code.execute(validate_sql(table, name)))
    return Phase(f"Validate {name} on {table}", upgrade, back, NOTES)


def later(
    migration: Migration,
    number: int,
    add_code: str,
    add_sql: str,
    name: str,
    calls: tuple[str, ...],
) -> Fix:
    """The cure of a constraint that is validated at once: NOT VALID now, VALIDATE after it.

    `add_code` and `add_sql` add it NOT VALID; `calls` are the Alembic methods that may add it.
    """
    statement, operation = migration.nth(number, AddForeignKey, AddCheck)
    table = operation.table
    last = phase(table, name, add_sql)

    def make(text: str) -> tuple[Edit, ...]:
        where = revision.place_of(migration, statement, *((call, name) for call in calls))
        return revision.chain(migration, _not_valid(text, where, calls, add_code), (last,))

    return Fix(
        "Add the constraint NOT VALID, validate it in a revision of its own",
        revision.outline(("this revision", add_code), ("the next revision", last.upgrade)),
        "safe",
        revision.attempt(migration, make),
        (
            Step(f"{add_sql} NOT VALID", "expand", lock_timeout="5s"),
            Step(validate_sql(table, name), "validate", autocommit=True),
        ),
    )


def own_transaction(migration: Migration, number: int) -> Fix:
    """The cure of a VALIDATE beside what it must not share a transaction with."""
    statement, operation = migration.nth(number, ValidateConstraint)
    add_sql = _definition(migration, operation)
    last = phase(operation.table, operation.name, add_sql or "")

    def make(text: str) -> tuple[Edit, ...]:
        where = revision.place_of(migration, statement)
        if add_sql is None:
            raise FixError("the constraint is not known")
        if not revision_source.is_only(text, where):
            return revision.own_revision(migration, where, last, None)
        return revision.edited(migration, revision_source.replace(text, where, last.upgrade))

    return Fix(
        "Validate outside the transaction, in a revision of its own",
        last.upgrade,
        "safe",
        revision.attempt(migration, make),
        (Step(validate_sql(operation.table, operation.name), "validate", autocommit=True),),
    )


def adding(
    migration: Migration, statement: Statement, operation: ValidateConstraint
) -> tuple[Statement, str] | None:
    """What adds the constraint in the same transaction, and the lock that it takes.

    It may stand in a revision below, where a deploy of both runs them as one.
    """
    for sent, added in migration.before_in_transaction(statement):
        if not isinstance(added, AddForeignKey | AddCheck) or added.table != operation.table:
            continue
        is_key = isinstance(added, AddForeignKey)
        name = added.foreign_key.name if isinstance(added, AddForeignKey) else added.check.name
        if name == operation.name:
            return sent, "ShareRowExclusiveLock" if is_key else "AccessExclusiveLock"
    return None


def _definition(migration: Migration, operation: ValidateConstraint) -> str | None:
    """The ALTER TABLE that adds the constraint, as far as it is known."""
    table = migration.existing(operation.table)
    keys = list(table.foreign_keys) if table else []
    checks = list(table.checks) if table else []
    for _, _, added in migration.each(AddForeignKey, AddCheck):
        if added.table == operation.table and isinstance(added, AddForeignKey):
            keys.append(added.foreign_key)
        elif added.table == operation.table and isinstance(added, AddCheck):
            checks.append(added.check)
    for key in keys:
        if constraints.key_name(operation.table, key) == operation.name:
            return constraints.key_sql(operation.table, key)
    for item in checks:
        if constraints.check_name(operation.table, item) == operation.name:
            return constraints.check_sql(operation.table, item)
    return None


def drops(name: str) -> Callable[[Operation], bool]:
    """Gives the test whether an operation drops the constraint of that name."""
    return lambda operation: isinstance(operation, DropConstraint) and operation.name == name


def _not_valid(text: str, where: Where, calls: tuple[str, ...], add_code: str) -> str:
    """The text with the user's own call made NOT VALID, or with `add_code` for SQL."""
    own = textwrap.dedent(revision_source.statement(text, where))
    for call in calls:
        if own.startswith((f"op.{call}(", f"batch_op.{call}(")):
            keyword = ("postgresql_not_valid", "True")
            return revision_source.add_keyword(text, where, call, *keyword)
    return revision_source.replace(text, where, add_code)
