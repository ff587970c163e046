"""An index on a partitioned table, built concurrently on each partition (PostgreSQL).

https://www.postgresql.org/docs/current/ddl-partitioning.html#DDL-PARTITIONING-DECLARATIVE-MAINTENANCE
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from dbwright.core.errors import FixError
from dbwright.core.finding import Edit, Fix, Step
from dbwright.core.migration import Migration
from dbwright.core.operation import CreateIndex, DropIndex, Operation
from dbwright.core.schema import Index, Table
from dbwright.recipes import code, index, revision, revision_source
from dbwright.recipes.revision import Notes, Phase

MOST_PARTITIONS = 12
"""With more, a revision for each would be no help; the fix is then code to place."""
WHOLE_NOTES = Notes(
    does="makes the index of the whole, not valid yet; no row is read.",
    risk="a lock on the table for a moment; lock_timeout ends the wait, then run it again.",
)
ATTACH_NOTES = Notes(
    does="attaches the partitions' indexes; with the last one the index of the whole is valid.",
    risk="a lock on the indexes for a moment; lock_timeout ends the wait, then run it again.",
    order="after the builds.",
    test="select indisvalid from pg_index of the index: it must be true.",
)


def is_cut(migration: Migration, table: str) -> bool:
    """Whether the table's rows are in partitions."""
    found = migration.existing(table)
    return found is not None and found.is_cut


def phases(tables: Sequence[Table], table: str, whole: Index) -> tuple[Phase, ...]:
    """Gives the revisions that build an index on each partition of a table, and attach them.

    FixError where a partition is none that an index is built on, or there are too many.
    """
    parts = [found for found in tables if found.info.get("partition_of") == table]
    if len(parts) > MOST_PARTITIONS:
        raise FixError(f"{table} has {len(parts)} partitions, too many for a revision each")
    if any(part.is_cut or part.kind != "partition" for part in parts):
        raise FixError(f"a partition of {table} is cut again, or is not a plain table")
    built = [(part.key, _own(part, whole)) for part in parts]
    only = code.execute(index.create_sql(table, whole, only=True))
    drop = code.execute(f"DROP INDEX {code.quoted(_qualified(table, whole.name))}")
    now = Phase(
        f"Make {whole.name} on {table}",
        code.lines(code.LOCK_TIMEOUT, only),
        code.lines(code.LOCK_TIMEOUT, drop),
        WHOLE_NOTES,
    )
    builds = [_build(key, found) for key, found in built]
    attaching = [_attach_sql(table, whole, key, found) for key, found in built]
    return (now, *builds, _attach(table, attaching, drop, only, builds)) if built else (now,)


def _attach(
    table: str, attaching: Sequence[str], drop: str, only: str, builds: Sequence[Phase]
) -> Phase:
    # An index cannot be detached: the whole goes with its parts, and all are made again.
    again = (drop, only, *(build.upgrade for build in builds))
    return Phase(
        f"Attach the indexes of {table}",
        code.lines(code.LOCK_TIMEOUT, *map(code.execute, attaching)),
        code.lines(code.LOCK_TIMEOUT, *again),
        ATTACH_NOTES,
    )


def part_by_part(migration: Migration, number: int) -> Fix:
    """The cure of an index on a partitioned table: ON ONLY it, each partition, then attached."""
    _, operation = migration.nth(number, CreateIndex)
    table, whole = operation.table, operation.index
    built = [(part.key, _own(part, whole)) for part in _parts(migration, table)]
    only = index.create_sql(table, whole, only=True)
    now = code.lines(revision.lock_timeout(migration), code.execute(only))
    drop = code.execute(f"DROP INDEX {code.quoted(_qualified(table, whole.name))}")
    builds = tuple(_build(key, found) for key, found in built)
    attaching = [_attach_sql(table, whole, key, found) for key, found in built]
    attach = _attach(table, attaching, drop, code.execute(only), builds)
    bodies = (now, *(build.upgrade for build in builds), attach.upgrade)
    titles = ("this revision", *(f"a revision for {key}" for key, _ in built), "the last revision")
    return Fix(
        "Build the index on each partition concurrently, and attach them",
        revision.outline(*zip(titles, bodies, strict=True)),
        "safe",
        revision.attempt(
            migration, lambda text: _edits(migration, number, text, (now, drop), (*builds, attach))
        ),
        (
            Step(only, "expand", lock_timeout="5s"),
            *(
                Step(index.create_sql(key, found), "expand", autocommit=True)
                for key, found in built
            ),
            *(Step(sql, "contract") for sql in attaching),
        ),
    )


def _edits(
    migration: Migration,
    number: int,
    text: str,
    changed: tuple[str, str],
    phases: tuple[Phase, ...],
) -> tuple[Edit, ...]:
    statement, operation = migration.nth(number, CreateIndex)
    name, (now, drop) = operation.index.name, changed
    parts = _parts(migration, operation.table)
    if not name or not parts or len(parts) > MOST_PARTITIONS:
        raise FixError("the partitions are not known, or too many for a revision each")
    if any(part.is_cut or part.kind != "partition" for part in parts):
        raise FixError("a partition is cut again, or is not a plain table")
    where = revision.place_of(migration, statement, ("create_index", name))
    inverse = revision.inverse_of(
        migration, lambda found: _drops(found, name), ("drop_index", name)
    )
    # The downgrade first: it stands below, and lines of the upgrade stay what they are.
    if inverse:
        text = revision_source.replace_outside(text, inverse, drop)
    text = revision_source.replace_outside(text, where, now)
    if not inverse:
        text = revision_source.prepend(text, "downgrade", drop)
    return revision.chain(migration, text, phases)


def _parts(migration: Migration, table: str) -> list[Table]:
    tables = migration.before.tables if migration.before else ()
    return [found for found in tables if found.info.get("partition_of") == table]


def _own(part: Table, whole: Index) -> Index:
    words = (key.column or "expr" for key in whole.keys)
    return replace(whole, name=code.name_for(part.name, *words, "idx"))


def _build(table: str, found: Index) -> Phase:
    return Phase(
        f"Build {found.name} on {table}",
        code.autocommit(code.execute(index.create_sql(table, found))),
        code.autocommit(index.drop_call(_qualified(table, found.name), table)),
        index.BUILD_NOTES,
    )


def _attach_sql(table: str, whole: Index, part: str, found: Index) -> str:
    first, second = _qualified(table, whole.name), _qualified(part, found.name)
    return f"ALTER INDEX {code.quoted(first)} ATTACH PARTITION {code.quoted(second)}"


def _qualified(table: str, name: str) -> str:
    schema = table.rpartition(".")[0]
    return f"{schema}.{name}" if schema else name


def _drops(operation: Operation, name: str) -> bool:
    return isinstance(operation, DropIndex) and operation.index.rpartition(".")[2] == name


def plain_drop(migration: Migration, number: int) -> Fix:
    """The cure of a concurrent drop that is refused: a plain one, with its wait bounded."""
    statement, operation = migration.nth(number, DropIndex)
    sql = f"DROP INDEX {code.quoted(operation.index)}"
    body = code.lines(code.LOCK_TIMEOUT, code.execute(sql))

    def make(text: str) -> tuple[Edit, ...]:
        where = revision.place_of(migration, statement, ("drop_index", operation.index))
        return revision.edited(migration, revision_source.replace_outside(text, where, body))

    return Fix(
        "Drop it plainly, and give up waiting for the lock after 5 seconds",
        body,
        "safe",
        revision.attempt(migration, make),
        (Step(sql, "now", lock_timeout="5s"),),
    )
