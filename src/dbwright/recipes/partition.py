"""Partitions attached, made and detached without reading rows under a lock (PostgreSQL)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from dbwright import dialects
from dbwright.core.errors import FixError
from dbwright.core.finding import Edit, Fix, Step
from dbwright.core.migration import Migration
from dbwright.core.operation import (
    AddCheck,
    AttachPartition,
    CreateTable,
    DetachPartition,
    DropTable,
    Operation,
    Statement,
)
from dbwright.core.schema import Check, Table
from dbwright.recipes import code, constraints, revision, revision_source, validate
from dbwright.recipes.revision import Notes, Phase

ATTACH_NOTES = Notes(
    does="attaches the partition; the validated check spares reading its rows.",
    risk="a lock on the partition for a moment; lock_timeout ends the wait, then run it again.",
    downtime="none; reads and writes of the partition wait for a moment.",
    order="after the check is validated.",
)
NOTES = Notes(
    does="takes the partition out while reads and writes of the whole go on.",
    risk="one that is interrupted is left pending: ALTER TABLE … DETACH PARTITION … FINALIZE.",
    order="in a revision of its own; no code may need the partition's rows in the whole.",
    backup="none needed: the rows stay in the partition's own table.",
    test="count the rows of the partition before and after: the same.",
)


@dataclass(frozen=True, slots=True)
class Scanned:
    """A table that becoming a partition, or a new partition beside it, has read whole.

    `partition` is the one that comes, `table` the one that is read: that one, or the default.
    """

    number: int
    statement: Statement
    table: str
    partition: str
    parent: str


def scanned(migration: Migration) -> Iterator[Scanned]:
    """Gives the tables that the upgrade reads whole because partitions come."""
    partitions = dialects.get("postgresql").partitions
    before = migration.before
    for number, statement, operation in migration.each(AttachPartition, CreateTable):
        found = _coming(operation)
        parent = migration.existing(found[0]) if found else None
        if found is None or parent is None or before is None:
            continue
        own = migration.existing(found[1])
        rest = partitions.default_of(parent, before)
        for table in (own, rest):
            if table is None or not migration.stood_before(table.key):
                continue
            checks = (*table.checks, *_added(migration, number, table.key))
            if not partitions.has_proof(parent, checks):
                yield Scanned(number, statement, table.key, found[1], parent.key)


def _coming(operation: AttachPartition | CreateTable) -> tuple[str, str] | None:
    """The parent and the partition that comes."""
    if isinstance(operation, AttachPartition):
        return operation.table, operation.partition
    parent = operation.table.info.get("partition_of")
    return (str(parent), operation.table.key) if parent else None


def _added(migration: Migration, number: int, table: str) -> Iterator[Check]:
    for earlier, _, operation in migration.each(AddCheck):
        if earlier < number and operation.table == table:
            yield operation.check


def condition(migration: Migration, found: Scanned) -> str | None:
    """What the server wants of the rows that are read; None where no check can say it."""
    after: Table | None = migration.after.table(found.partition) if migration.after else None
    bound = str(after.info.get("bound_check", "")) if after else ""
    # The condition of a hash partition names the parent by its number in this database.
    if not bound or "satisfies_hash_partition" in bound:
        return None
    return bound if found.table == found.partition else f"NOT {bound}"


def check_first(migration: Migration, found: Scanned) -> Fix:
    """The cure: a check that says the same, validated before the partition comes."""
    wanted = condition(migration, found)
    table = found.table
    name = code.name_for(table.rpartition(".")[2], "bound")
    add_sql = constraints.check_sql(table, Check(wanted or "…", name))
    drop_sql = f"ALTER TABLE {code.quoted(table)} DROP CONSTRAINT {code.quoted(name)}"
    expand = code.lines(revision.lock_timeout(migration), code.execute(f"{add_sql} NOT VALID"))
    check = validate.phase(table, name, add_sql)
    last = code.lines("# the statement as it is, then:", code.execute(drop_sql))

    def make(text: str) -> tuple[Edit, ...]:
        if wanted is None:
            raise FixError("no check can say what the partition's rows must be like")
        where = revision.place_of(migration, found.statement)
        inverse = revision.inverse_of(migration, lambda other: _undoes(other, found.partition))
        own = revision_source.statement(text, where)
        back = revision_source.statement(text, inverse) if inverse else ""
        attach = Phase(
            f"Attach {found.partition} to {found.parent}",
            code.lines(code.LOCK_TIMEOUT, own, code.execute(drop_sql)),
            code.lines(
                code.LOCK_TIMEOUT, back, code.execute(f"{add_sql} NOT VALID"), check.upgrade
            ),
            ATTACH_NOTES,
        )
        changes = [(where, expand), *([(inverse, code.execute(drop_sql))] if inverse else [])]
        text = revision_source.exchange_all(text, changes)
        if not inverse:
            text = revision_source.prepend(text, "downgrade", code.execute(drop_sql))
        return revision.chain(migration, text, (check, attach))

    return Fix(
        "Add a check that says the same, validate it, then let the partition come",
        revision.outline(
            ("this revision", expand),
            ("the next revision", check.upgrade),
            ("the one after it", last),
        ),
        "safe",
        revision.attempt(migration, make),
        (
            Step(f"{add_sql} NOT VALID", "expand", lock_timeout="5s"),
            Step(validate.validate_sql(table, name), "validate", autocommit=True),
            Step(found.statement.sql, "contract", lock_timeout="5s"),
            Step(drop_sql, "contract", lock_timeout="5s"),
        ),
    )


def _undoes(operation: Operation, partition: str) -> bool:
    if isinstance(operation, DetachPartition):
        return operation.partition == partition
    return isinstance(operation, DropTable) and operation.table == partition


def detach_concurrently(migration: Migration, number: int) -> Fix:
    """The cure of a plain DETACH: CONCURRENTLY, in a revision of its own."""
    statement, operation = migration.nth(number, DetachPartition)
    table, part = operation.table, operation.partition
    sql = f"ALTER TABLE {code.quoted(table)} DETACH PARTITION {code.quoted(part)} CONCURRENTLY"
    left = left_behind(migration, operation)
    drop = f"ALTER TABLE {code.quoted(part)} DROP CONSTRAINT IF EXISTS {code.quoted(left)}"

    def make(text: str) -> tuple[Edit, ...]:
        where = revision.place_of(migration, statement)
        inverse = revision.inverse_of(
            migration,
            lambda found: isinstance(found, AttachPartition) and found.partition == part,
        )
        back = revision_source.statement(text, inverse) if inverse else ""
        # A partition detached concurrently keeps a check, which spares the scan on the way back.
        downgrade = code.lines(code.LOCK_TIMEOUT, back, code.execute(drop)) if back else "pass"
        phase = Phase(
            f"Detach {part} from {table}", code.autocommit(code.execute(sql)), downgrade, NOTES
        )
        return revision.own_revision(migration, where, phase, inverse)

    return Fix(
        "Detach it concurrently, in a revision of its own",
        code.autocommit(code.execute(sql)),
        "safe",
        revision.attempt(migration, make),
        (Step(sql, "now", autocommit=True),),
    )


def left_behind(migration: Migration, operation: DetachPartition) -> str:
    """The name that the server gives the check which a concurrent DETACH leaves."""
    parent = migration.existing(operation.table)
    key = dialects.get("postgresql").partitions.key_columns(parent) if parent else ()
    name = operation.partition.rpartition(".")[2]
    return code.name_for(name, *(key if len(key) == 1 else ()), "check")
