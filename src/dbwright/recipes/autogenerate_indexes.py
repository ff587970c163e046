"""Indexes built, dropped and exchanged by autogenerate, while reads and writes go on."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from dbwright.core.compare import Difference
from dbwright.core.schema import Index, qualified
from dbwright.recipes import code
from dbwright.recipes import index as recipe
from dbwright.recipes.autogenerate_change import BUILD, COLUMN, Change, alone, execute
from dbwright.recipes.autogenerate_context import Context
from dbwright.recipes.revision import Notes, Phase

EXCHANGE_NOTES = Notes(
    does="takes the old index away and gives its name to the new one.",
    risk="until it has run both indexes are written; one that fails half-way can be run again.",
    order="in a revision of its own, after the new index is built.",
)
NEW = "_new"


def index(context: Context, difference: Difference) -> Iterator[Change]:
    """Gives the changes of one index."""
    table = difference.table or ""
    if context.is_view(table):
        context.left_alone.append(f"index {difference.name} of {table}")
        return
    if difference.kind == "removed":
        yield _built(table, context.part(context.models, difference))
    elif difference.kind == "added":
        yield _dropped(context, table, context.part(context.migrated, difference, found=True))
    elif difference.aspect == "name":
        if context.is_named(difference):
            yield _renamed(table, difference)
    else:
        old = context.part(context.migrated, difference, found=True)
        yield from _exchanged(table, old, context.part(context.models, difference))


def build(table: str, found: Index) -> Phase:
    """Gives the revision that builds an index while writes go on."""
    return Phase(
        f"Build {found.name} on {table}",
        code.autocommit(recipe.create_call(table, found)),
        code.autocommit(recipe.drop_call(_full(table, found.name), table)),
        recipe.BUILD_NOTES,
    )


def _built(table: str, found: Index) -> Change:
    return alone(BUILD, build(table, found))


def _dropped(context: Context, table: str, found: Index) -> Change:
    phase = build(table, found)
    notes = recipe.DROP_NOTES
    return alone(
        BUILD, Phase(f"Drop {found.name} of {table}", phase.downgrade, phase.upgrade, notes)
    )


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
