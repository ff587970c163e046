"""NOT NULL without a scan under a blocking lock: by a validated CHECK (PostgreSQL 12 and newer)."""

from __future__ import annotations

from dbwright.core.finding import Edit, Fix, Step
from dbwright.core.migration import Migration
from dbwright.core.operation import AddCheck, DropNotNull, Operation, SetNotNull, ValidateConstraint
from dbwright.core.schema import Check
from dbwright.recipes import check, code, revision, revision_source, validate
from dbwright.recipes.revision import Notes, Phase

NOTES = Notes(
    does="sets NOT NULL; the validated check spares the scan, and then goes.",
    risk="a lock on the table for a moment; lock_timeout ends the wait, then run it again.",
    downtime="none; reads and writes wait for a moment.",
    order="after the validation.",
    test="insert a row with NULL in the column: it is refused before and after.",
)

CHECK_NOTES = Notes(
    does="refuses NULL in new rows; the rows that are there are not read.",
    risk="a lock on the table for a moment; lock_timeout ends the wait, then run it again.",
    downtime="none; reads and writes wait for a moment.",
    order="when the running code writes the column.",
    test="insert a row with NULL in the column: it is refused.",
)


def check_name(table: str, column: str) -> str:
    """The name of the check that stands in for NOT NULL."""
    return code.name_for("ck", table.rpartition(".")[2], column, "not_null")


def add_check_sql(table: str, column: str) -> str:
    """Gives the ALTER TABLE that adds the check NOT VALID."""
    return (
        f"ALTER TABLE {code.quoted(table)} ADD CONSTRAINT "
        f"{code.quoted(check_name(table, column))} "
        f"CHECK ({code.quoted(column)} IS NOT NULL) NOT VALID"
    )


def set_sql(table: str, column: str) -> tuple[str, str]:
    """Gives the statements of the last phase: SET NOT NULL, then the check goes."""
    head = f"ALTER TABLE {code.quoted(table)}"
    return (
        f"{head} ALTER COLUMN {code.quoted(column)} SET NOT NULL",
        f"{head} DROP CONSTRAINT {code.quoted(check_name(table, column))}",
    )


def by_check(migration: Migration, number: int) -> Fix:
    """The cure of a plain SET NOT NULL, in three revisions."""
    statement, operation = migration.nth(number, SetNotNull)
    table, column = operation.table, operation.column
    add = code.execute(add_check_sql(table, column))
    phases = phases_after_check(table, column)

    def make(text: str) -> tuple[Edit, ...]:
        where = revision.place_of(migration, statement, ("alter_column", column))
        inverse = revision.inverse_of(
            migration, lambda found: _allows_null(found, table, column), ("alter_column", column)
        )
        drop = code.execute(f"{_alter(table)} DROP CONSTRAINT {_name(table, column)}")
        changes = [(where, code.lines(revision.lock_timeout(migration), add))]
        if inverse:
            changes.append((inverse, drop))
        else:
            text = revision_source.prepend(text, "downgrade", drop)
        return revision.chain(migration, revision_source.exchange_all(text, changes), phases)

    return Fix(
        "Check first, then set NOT NULL: three short revisions",
        revision.outline(
            ("this revision", add),
            ("the next revision", phases[0].upgrade),
            ("the one after it", phases[1].upgrade),
        ),
        "safe",
        revision.attempt(migration, make),
        (
            Step(add_check_sql(table, column), "expand", lock_timeout="5s"),
            Step(validate.validate_sql(table, check_name(table, column)), "validate", True),
            *(Step(sql, "contract", lock_timeout="5s") for sql in set_sql(table, column)),
        ),
    )


def phases_after_check(table: str, column: str) -> tuple[Phase, Phase]:
    """The revisions that validate the check and turn it into NOT NULL."""
    set_not_null, drop = set_sql(table, column)
    last = Phase(
        f"Set {column} of {table} not null",
        code.lines(code.LOCK_TIMEOUT, code.execute(set_not_null), code.execute(drop)),
        code.lines(
            code.LOCK_TIMEOUT,
            code.execute(add_check_sql(table, column)),
            code.execute(f"{_alter(table)} ALTER COLUMN {code.quoted(column)} DROP NOT NULL"),
            code.autocommit(code.execute(validate.validate_sql(table, check_name(table, column)))),
        ),
        NOTES,
    )
    add_sql = add_check_sql(table, column).removesuffix(" NOT VALID")
    return validate.phase(table, check_name(table, column), add_sql), last


def phases(table: str, column: str) -> tuple[Phase, ...]:
    """All revisions that make a filled column NOT NULL without a scan under a blocking lock."""
    drop = f"{_alter(table)} DROP CONSTRAINT {_name(table, column)}"
    check_phase = Phase(
        f"Check that {column} of {table} is not null",
        code.lines(code.LOCK_TIMEOUT, code.execute(add_check_sql(table, column))),
        code.execute(drop),
        CHECK_NOTES,
    )
    return (check_phase, *phases_after_check(table, column))


def is_checked(migration: Migration, number: int, table: str, column: str) -> bool:
    """Whether a validated CHECK already says, at that operation, that the column is not null."""
    before = migration.existing(table)
    checks: list[Check] = list(before.checks) if before else []
    valid = {item.name for item in checks if item.validated}
    for _, operation in list(migration.operations())[:number]:
        if isinstance(operation, AddCheck) and operation.table == table:
            checks.append(operation.check)
            valid |= {operation.check.name} if operation.check.validated else set()
        elif isinstance(operation, ValidateConstraint) and operation.table == table:
            valid.add(operation.name)
    return any(item.name in valid and check.is_not_null_of(item, column) for item in checks)


def _allows_null(operation: Operation, table: str, column: str) -> bool:
    wanted = (table, column)
    return isinstance(operation, DropNotNull) and (operation.table, operation.column) == wanted


def _alter(table: str) -> str:
    return f"ALTER TABLE {code.quoted(table)}"


def _name(table: str, column: str) -> str:
    return code.quoted(check_name(table, column))
