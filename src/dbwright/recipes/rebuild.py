"""Rebuilds of tables, indexes and materialized views without stopping the service (PostgreSQL)."""

from __future__ import annotations

from dbwright.core.claim import ClaimKind
from dbwright.core.errors import FixError
from dbwright.core.finding import Edit, Fix, Step
from dbwright.core.migration import Migration
from dbwright.core.operation import CreateView, Maintain, Reindex
from dbwright.recipes import code, index, revision, revision_source
from dbwright.recipes.revision import Notes, Phase

_WORDS = {
    "vacuum full": "VACUUM FULL",
    "cluster": "CLUSTER",
    "refresh": "REFRESH MATERIALIZED VIEW",
}
NOTES = Notes(
    does="builds the indexes anew while reads and writes go on.",
    risk="one that fails leaves an invalid index with the suffix _ccnew; drop it.",
    order="in a revision of its own: it cannot share a transaction.",
)


def words_of(operation: Reindex | Maintain) -> str | None:
    """What the reader calls it; None when it stops nobody."""
    if operation.concurrently:
        return None
    return "REINDEX" if isinstance(operation, Reindex) else _WORDS.get(operation.action)


def claims_of(operation: Reindex | Maintain) -> tuple[ClaimKind, ...]:
    """What a second session sees meanwhile."""
    if isinstance(operation, Reindex):
        return ("blocks_writes",)
    return ("blocks_reads",) if operation.action == "refresh" else ("blocks_reads", "blocks_writes")


def relation_of(migration: Migration, target: str) -> str:
    """The table behind the target: itself, or the owner of an index."""
    owner, _ = index.owner_of(migration, target)
    return owner or target


def stood_before(migration: Migration, target: str) -> bool:
    """Whether the target is older than the revision."""
    if any(found.name == target for _, _, found in migration.each(CreateView)):
        return False
    return migration.stood_before(relation_of(migration, target))


def risk_of(operation: Reindex | Maintain) -> str:
    """What the concurrent form may do."""
    if isinstance(operation, Reindex):
        return "a concurrent rebuild needs room for a second index, and may leave an invalid one"
    if operation.action == "refresh":
        return "a concurrent refresh compares old and new rows and takes longer"
    return "a copy beside the table needs as much room again"


def without_blocking(migration: Migration, number: int) -> Fix:
    """The cure: the concurrent form where there is one, else a tool that copies beside it."""
    statement, operation = migration.nth(number, Reindex, Maintain)
    target = operation.target or ""
    if isinstance(operation, Maintain) and operation.action != "refresh":
        return Fix(
            "Rewrite the table with pg_repack, outside of the migrations",
            f"pg_repack --no-order --table={target}  # then take the statement out",
        )
    sql = _concurrent_sql(migration, operation, statement.sql)
    alone = isinstance(operation, Reindex)
    upgrade = code.autocommit(code.execute(sql)) if alone else code.execute(sql)

    def make(text: str) -> tuple[Edit, ...]:
        where = revision.place_of(migration, statement)
        if alone:
            nothing = "pass  # nothing to undo: the indexes hold the same"
            phase = Phase(f"Reindex {target}", upgrade, nothing, NOTES)
            return revision.own_revision(migration, where, phase, None)
        if not _has_unique_index(migration, target):
            raise FixError("the view has no unique index")
        return revision.edited(migration, revision_source.replace(text, where, upgrade))

    return Fix(
        "Rebuild concurrently",
        upgrade,
        "safe",
        revision.attempt(migration, make),
        (Step(sql, autocommit=alone),),
    )


def _concurrent_sql(migration: Migration, operation: Reindex | Maintain, sql: str) -> str:
    target = code.quoted(operation.target or "")
    if isinstance(operation, Maintain):
        return f"REFRESH MATERIALIZED VIEW CONCURRENTLY {target}"
    owner, _ = index.owner_of(migration, operation.target or "")
    kind = "INDEX" if owner else sql.split()[1].upper()
    return f"REINDEX {kind} CONCURRENTLY {target}"


def _has_unique_index(migration: Migration, view: str) -> bool:
    found = migration.existing(view)
    return found is not None and any(True for _ in found.unique_sets())
