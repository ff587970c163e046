"""Indexes built, dropped and exchanged by autogenerate, while reads and writes go on."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from dbwright.core.compare import Difference
from dbwright.core.schema import Index, qualified
from dbwright.recipes import code, index_on_partitions, index_partitioned
from dbwright.recipes import index as recipe
from dbwright.recipes.autogenerate_change import BUILD, COLUMN, Change, alone, execute
from dbwright.recipes.autogenerate_context import Builds, Context
from dbwright.recipes.index_on_partitions import without_timeouts
from dbwright.recipes.revision import Notes, Phase

EXCHANGE_NOTES = Notes(
    does="takes the old index away and gives its name to the new one.",
    risk="until it has run both indexes are written; one that fails half-way can be run again.",
    order="in a revision of its own, after the new index is built.",
)
RETRIED_NOTES = replace(
    recipe.BUILD_NOTES,
    risk="a build that fails leaves an invalid index behind, which costs each write; this drops "
    "it first, so run it again. It waits for the transactions that run now, and nobody waits "
    "for it.",
)
WHOLE_DROP_NOTES = replace(
    recipe.DROP_NOTES,
    does="drops the index of the whole with those of its partitions, in a moment.",
    risk="a lock on the table for a moment; lock_timeout ends the wait, then run it again.",
    order="after what takes its place is in use: a partitioned index has no concurrent drop.",
)
DROP = BUILD + 0.5
NEW = "_new"


def index(context: Context, difference: Difference) -> Iterator[Change]:
    """Gives the changes of one index."""
    table = difference.table or ""
    if context.is_view(table):
        context.left_alone.append(f"index {difference.name} of {table}")
        return
    if difference.kind == "removed":
        yield from _built(context, table, context.part(context.models, difference))
    elif difference.kind == "added":
        yield _dropped(context, table, context.part(context.migrated, difference, found=True))
    elif difference.aspect == "name":
        if context.is_named(difference):
            yield _renamed(table, difference)
    else:
        old = context.part(context.migrated, difference, found=True)
        yield from _exchanged(table, old, context.part(context.models, difference))


def build(table: str, found: Index, builds: Builds | None = None) -> Phase:
    """Gives the revision that builds an index while writes go on."""
    name = _full(table, found.name)
    up = recipe.create_call(table, found)
    return Phase(
        f"Build {found.name} on {table}",
        code.autocommit(up if builds is None else retried(up, name, builds)),
        code.autocommit(recipe.drop_call(name, table)),
        recipe.BUILD_NOTES if builds is None else RETRIED_NOTES,
    )


def retried(build: str, name: str, builds: Builds) -> str:
    """Gives the code of a build that can be run again, without a timeout that would end it."""
    gone = execute(f"DROP INDEX CONCURRENTLY IF EXISTS {code.quoted(name)}")
    return without_timeouts(builds, gone, build)


def _built(context: Context, table: str, found: Index) -> Iterator[Change]:
    old = context.migrated.table(table)
    if old is None or not old.is_cut:
        yield alone(BUILD, build(table, found, context.builds))
        return
    phases: tuple[Phase, ...]
    if context.builds is not None and not found.unique:
        phases = index_on_partitions.phases(table, found, context.builds)
    else:
        phases = index_partitioned.phases(context.migrated.tables, table, found)
    for phase in phases:
        yield alone(BUILD, phase)


def _dropped(context: Context, table: str, found: Index) -> Change:
    """A drop comes behind all builds: what takes its place is there by then."""
    title, old = f"Drop {found.name} of {table}", context.migrated.table(table)
    if old is not None and old.is_cut:
        parts = index_partitioned.phases(context.migrated.tables, table, found)
        again = code.lines(*(phase.upgrade for phase in parts))
        return alone(DROP, Phase(title, parts[0].downgrade, again, WHOLE_DROP_NOTES))
    phase = build(table, found)
    return alone(DROP, Phase(title, phase.downgrade, phase.upgrade, recipe.DROP_NOTES))


def _full(table: str, name: str) -> str:
    return qualified(name, table.rpartition(".")[0] or None)


def _renamed(table: str, difference: Difference) -> Change:
    def sql(one: str | None, other: str | None) -> str:
        old = code.quoted(_full(table, one or ""))
        return execute(f"ALTER INDEX {old} RENAME TO {code.quoted(other or '')}")

    return Change(
        COLUMN,
        f"rename index {difference.after} to {difference.before}",
        sql(difference.after, difference.before),
        sql(difference.before, difference.after),
    )


def _exchanged(table: str, old: Index, wanted: Index) -> Iterator[Change]:
    """The new index beside the old one, then the old one goes: no query lacks one meanwhile."""
    beside = replace(wanted, name=wanted.name[: 63 - len(NEW)] + NEW)
    built = build(table, beside)
    yield alone(BUILD, built)
    here, there = _full(table, wanted.name), _full(table, beside.name)
    rename = f"ALTER INDEX IF EXISTS {code.quoted(there)} RENAME TO {code.quoted(wanted.name)}"
    aside = f"ALTER INDEX IF EXISTS {code.quoted(here)} RENAME TO {code.quoted(beside.name)}"
    drop = recipe.drop_call(here, table, if_exists=True)
    up = code.lines(drop, execute(rename))
    down = code.lines(execute(aside), recipe.create_call(table, old))
    title = f"Put {beside.name} in the place of {wanted.name}"
    phase = Phase(title, code.autocommit(up), code.autocommit(down), EXCHANGE_NOTES)
    yield alone(BUILD, phase)
