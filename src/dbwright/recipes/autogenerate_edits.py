"""What changes in each table, as pairs of what is there and what is wanted (SQLite, MySQL)."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, field, replace
from typing import Any

from dbwright.core.compare import Difference
from dbwright.core.errors import FixError
from dbwright.core.schema import Check, Column, ForeignKey, Index, Table, Trigger, Unique
from dbwright.recipes.autogenerate_context import Context

Part = ForeignKey | Unique | Check
_FIELDS = {
    "type": "type",
    "nullability": "nullable",
    "default": "default",
    "identity": "identity",
    "expression": "computed",
    "storage": "stored",
    "collation": "collation",
}
KINDS: dict[type[Any], str] = {ForeignKey: "foreign key", Unique: "unique", Check: "check"}


@dataclass(slots=True)
class Edits:
    """The changes of one table: each is what is there and what is wanted, None where there is none.

    `new` and `old` are the table as it is wanted and as it is there.
    """

    old: Table
    new: Table
    columns: list[tuple[Column | None, Column | None]] = field(default_factory=list)
    parts: list[tuple[Part | None, Part | None]] = field(default_factory=list)
    indexes: list[tuple[Index | None, Index | None]] = field(default_factory=list)
    triggers: list[tuple[Trigger | None, Trigger | None]] = field(default_factory=list)

    def __bool__(self) -> bool:
        return bool(self.columns or self.parts or self.indexes or self.triggers)

    def titles(self) -> list[str]:
        """Gives what is done, a few words for each change."""
        key = self.new.key
        words = [_words(pair, "column", f"{key}.{(pair[1] or pair[0]).name}")  # type: ignore[union-attr]
                 for pair in self.columns]  # fmt: skip
        for part in (*self.parts, *self.indexes, *self.triggers):
            found: Any = part[1] or part[0]
            kind = KINDS.get(type(found), type(found).__name__.lower())
            words.append(_words(part, kind, f"{found.name or _columns(found)} of {key}"))
        return words


def _words(pair: tuple[object | None, object | None], kind: str, name: str) -> str:
    verb = "add" if pair[0] is None else "drop" if pair[1] is None else "change"
    return f"{verb} {kind} {name}"


def _columns(part: Any) -> str:
    return f"({', '.join(part.columns)})"


def edits(context: Context, differences: Collection[Difference]) -> dict[str, Edits]:
    """Gives the changes of the tables that both sides have, by table.

    What only the migrated database has and no model can declare is noted as left alone; a change
    that Alembic has no operation for raises FixError.
    """
    found: dict[str, Edits] = {}
    aspects: dict[tuple[str, str], list[Difference]] = {}
    for difference in differences:
        key = difference.table or ""
        new, old = context.models.table(key), context.migrated.table(key)
        if new is None or old is None or "view" in new.kind or difference.object == "table":
            continue
        mine = found.setdefault(key, Edits(old, new))
        if difference.object == "column":
            aspects.setdefault((key, difference.name), []).append(difference)
        else:
            _part(context, mine, difference)
    for (key, name), several in aspects.items():
        pair = _column(context, found[key], name, several)
        if pair is not None:
            found[key].columns.append(pair)
    return {key: mine for key, mine in found.items() if mine}


def _column(
    context: Context, mine: Edits, name: str, several: list[Difference]
) -> tuple[Column | None, Column | None] | None:
    old, new = mine.old.column(name), mine.new.column(name)
    if old is None or new is None:
        if new is None and f"{mine.new.key}.{name}" in context.meant.keeps:
            context.left_alone.append(f"column {mine.new.key}.{name}")
            return None
        return old, new
    told = {str(item.aspect) for item in several}
    if told & {"expression", "storage"}:
        raise FixError(
            f"the expression of {mine.new.key}.{name} changes, and its values with it",
            way_out="Give the new column another name; then drop the old one.",
        )
    # what the models and the revisions differed in before stays as it is
    fields = {_FIELDS[aspect]: getattr(new, _FIELDS[aspect]) for aspect in told}
    return old, replace(old, **fields)


def _part(context: Context, mine: Edits, difference: Difference) -> None:
    key, kind = mine.new.key, difference.object
    if difference.aspect == "name" and not context.is_named(difference):
        return
    if difference.kind == "added" and _stays(context, difference):
        context.left_alone.append(f"{kind} {difference.name} of {key}")
        return
    if kind in ("primary key", "exclude"):
        raise FixError(
            f"the {kind} of {key} changes, from {difference.after or 'none'} to "
            f"{difference.before or 'none'}",
            way_out="Make a new table with the key that is wanted, copy the rows, and drop the old "
            "one; write that revision by hand.",
        )
    old = new = None
    if difference.kind != "removed":
        old = context.part(context.migrated, difference, found=True)
    if difference.kind != "added":
        new = context.part(context.models, difference)
    places: dict[str, list[Any]] = {"index": mine.indexes, "trigger": mine.triggers}
    places.get(kind, mine.parts).append((old, new))


def _stays(context: Context, difference: Difference) -> bool:
    """Whether something that no model declares is left: triggers are, and what was said to be."""
    if difference.name in context.meant.keeps:
        return True
    return difference.object == "trigger" and difference.name not in context.meant.drops
