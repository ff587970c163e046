"""Unique constraints and primary keys taken over from an index built concurrently (PostgreSQL)."""

from __future__ import annotations

from dbwright.core.finding import Edit, Fix, Step
from dbwright.core.migration import Migration
from dbwright.core.operation import AddExclude, AddPrimaryKey, AddUnique
from dbwright.core.schema import Index, IndexKey
from dbwright.recipes import code, index, revision, revision_source, validate
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
    _, operation = migration.nth(number, AddUnique, AddPrimaryKey, AddExclude)
    if isinstance(operation, AddExclude):
        return Fix(
            "Take a quiet window, and bound the wait",
            f"{code.LOCK_TIMEOUT}\n# PostgreSQL builds EXCLUDE constraints in no other way",
        )
    return using_index(migration, number)


def using_index(migration: Migration, number: int) -> Fix:
    """The cure of a constraint that builds its index under the lock, in two revisions."""
    statement, operation = migration.nth(number, AddUnique, AddPrimaryKey)
    table = operation.table
    built, sql = _index_and_sql(operation)
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

    def make(text: str) -> tuple[Edit, ...]:
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
