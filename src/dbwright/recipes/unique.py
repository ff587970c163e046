"""Unique constraints and primary keys taken over from an index built concurrently (PostgreSQL)."""

from __future__ import annotations

from dbwright.core.claim import Claim
from dbwright.core.errors import FixError
from dbwright.core.finding import Edit, Fix, Step
from dbwright.core.migration import Migration
from dbwright.core.operation import (
    AddColumn,
    AddExclude,
    AddPrimaryKey,
    AddUnique,
    Operation,
)
from dbwright.core.schema import Index, IndexKey, Unique
from dbwright.recipes import code, constraints, index, revision, revision_source, validate
from dbwright.recipes.revision import Notes, Phase

CALLS = ("create_unique_constraint", "create_primary_key")
NOTES = Notes(
    does="makes the finished index the constraint; no row is read.",
    risk="a lock on the table for a moment; lock_timeout ends the wait, then run it again.",
    downtime="none; reads and writes wait for a moment.",
    order="after the index is built.",
    test="insert the same values twice: the second one is refused.",
)


def name_of(table: str, columns: tuple[str, ...], name: str | None, suffix: str) -> str:
    """The name that the constraint has or that PostgreSQL gives it."""
    return name or code.name_for(table.rpartition(".")[2], *columns, suffix)


def without_blocking(migration: Migration, number: int) -> Fix:
    """The cure: an index built concurrently; for EXCLUDE, which has none, a short wait."""
    operation = list(migration.operations())[number][1]
    if isinstance(operation, AddColumn):
        return _beside_column(migration, number)
    if isinstance(operation, AddExclude):
        return Fix(
            "Take a quiet window, and bound the wait",
            f"{code.LOCK_TIMEOUT}\n# PostgreSQL builds EXCLUDE constraints in no other way",
        )
    return using_index(migration, number)


def builds_index(migration: Migration, operation: Operation) -> bool:
    """Whether the operation builds the index of a key or an EXCLUDE on an older table."""
    if isinstance(operation, AddColumn):
        builds = operation.unique or operation.primary_key
    elif isinstance(operation, AddUnique | AddPrimaryKey):
        builds = operation.using_index is None
    else:
        builds = isinstance(operation, AddExclude)
    return builds and migration.stood_before(str(getattr(operation, "table", "")))


def refusal(migration: Migration, number: int) -> tuple[Claim, ...]:
    """The claim that rows with the same values make it fail; a new column has none."""
    operation = list(migration.operations())[number][1]
    columns = _columns(operation)
    table = str(getattr(operation, "table", ""))
    return constraints.refusal(migration, number, table, columns) if columns else ()


def look_first(migration: Migration, number: int) -> str:
    """Gives the query that finds the values which stand there twice."""
    operation = list(migration.operations())[number][1]
    columns = code.listed(_columns(operation))
    if not columns:
        return ""
    table = code.quoted(str(getattr(operation, "table", "")))
    return f": SELECT {columns} FROM {table} GROUP BY {columns} HAVING count(*) > 1"


def _columns(operation: Operation) -> tuple[str, ...]:
    if isinstance(operation, AddUnique):
        return operation.unique.columns
    return operation.primary_key.columns if isinstance(operation, AddPrimaryKey) else ()


def _beside_column(migration: Migration, number: int) -> Fix:
    """The cure of ADD COLUMN … UNIQUE: the column first, then its key as any other."""
    statement, operation = migration.nth(number, AddColumn)
    table, column = operation.table, operation.column
    key = AddUnique(table, Unique((column.name,)))
    built, sql = _index_and_sql(key)
    add = f"ALTER TABLE {code.quoted(table)} ADD COLUMN {code.column(column)}"
    now = code.lines(revision.lock_timeout(migration), code.execute(add))
    build, take_over = _phases(table, built, sql)

    def make(text: str) -> tuple[Edit, ...]:
        if operation.primary_key or operation.foreign_key or operation.check:
            raise FixError("the column has more constraints than the key")
        where = revision.place_of(migration, statement)
        return revision.chain(
            migration, revision_source.replace(text, where, now), (build, take_over)
        )

    return Fix(
        "Add the column, build its unique index concurrently, then make it the constraint",
        revision.outline(
            ("this revision", now),
            ("the next revision", build.upgrade),
            ("the one after it", take_over.upgrade),
        ),
        "safe",
        revision.attempt(migration, make),
        (
            Step(add, "expand", lock_timeout="5s"),
            Step(index.create_sql(table, built), "expand", autocommit=True),
            Step(sql, "contract", lock_timeout="5s"),
        ),
    )


def _phases(table: str, built: Index, sql: str) -> tuple[Phase, Phase]:
    build = Phase(
        f"Build {built.name} on {table}",
        code.autocommit(index.create_call(table, built)),
        code.autocommit(index.drop_call(built.name, table)),
        index.BUILD_NOTES,
    )
    back = f"ALTER TABLE {code.quoted(table)} DROP CONSTRAINT {code.quoted(built.name)}"
    take_over = Phase(
        f"Make {built.name} the constraint of {table}",
        code.lines(code.LOCK_TIMEOUT, code.execute(sql)),
        # The constraint takes its index along when it goes; the revision before made one.
        code.lines(code.execute(back), code.autocommit(index.create_call(table, built))),
        NOTES,
    )
    return build, take_over


def using_index(migration: Migration, number: int) -> Fix:
    """The cure of a constraint that builds its index under the lock, in two revisions."""
    statement, operation = migration.nth(number, AddUnique, AddPrimaryKey)
    table = operation.table
    built, sql = _index_and_sql(operation)
    build, take_over = _phases(table, built, sql)
    whole = migration.existing(table)

    def make(text: str) -> tuple[Edit, ...]:
        if whole is not None and whole.is_cut:
            raise FixError("USING INDEX is not for partitioned tables")
        where = revision.place_of(migration, statement, *((call, built.name) for call in CALLS))
        inverse = revision.inverse_of(
            migration, validate.drops(built.name), ("drop_constraint", built.name)
        )
        if revision_source.is_only(text, where):
            changes = [(where, build.upgrade)]
            changes += [(inverse, build.downgrade)] if inverse else []
            return revision.chain(
                migration, revision_source.exchange_all(text, changes), (take_over,)
            )
        removals = [(item, "") for item in (where, inverse) if item]
        rest = revision_source.exchange_all(text, removals)
        return revision.chain(migration, rest, (build, take_over))

    return Fix(
        "Build a unique index concurrently, then make it the constraint",
        revision.outline(
            ("a revision of its own", build.upgrade), ("the next revision", take_over.upgrade)
        ),
        "safe",
        revision.attempt(migration, make),
        (
            Step(index.create_sql(table, built), "expand", autocommit=True),
            Step(sql, "contract", lock_timeout="5s"),
        ),
    )


def _index_and_sql(operation: AddUnique | AddPrimaryKey) -> tuple[Index, str]:
    table = operation.table
    if isinstance(operation, AddPrimaryKey):
        key = operation.primary_key
        columns, nulls = key.columns, False
        include: tuple[str, ...] = ()
        name, words, tail = name_of(table, (), key.name, "pkey"), "PRIMARY KEY", ""
    else:
        unique = operation.unique
        columns, include, nulls = unique.columns, unique.include, unique.nulls_not_distinct
        name, words = name_of(table, columns, unique.name, "key"), "UNIQUE"
        tail = " DEFERRABLE" if unique.deferrable else ""
    keys = tuple(IndexKey(column) for column in columns)
    built = Index(name, keys, unique=True, include=include, nulls_not_distinct=nulls)
    sql = (
        f"ALTER TABLE {code.quoted(table)} ADD CONSTRAINT {code.quoted(name)} "
        f"{words} USING INDEX {code.quoted(name)}{tail}"
    )
    return built, sql
