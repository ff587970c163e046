"""What of a database a project lacks: its new tables, and the objects that those need."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass, replace

from dbwright.core.inventory import EXTENDED, Ddl, Inventory
from dbwright.core.schema import Schema, Table

VERSIONS = "alembic_version"
_VIEWS = ("view", "materialized view", "foreign")
_ALONE = ("view", "materialized view", "virtual table")


@dataclass(frozen=True, slots=True)
class NewPart:
    """The inventory of `new` tables with those that they refer to, and a sentence for each object
    that is left out."""

    inventory: Inventory
    new: frozenset[str]
    left_out: tuple[str, ...] = ()


def new_part(inventory: Inventory, known: Collection[str]) -> NewPart:
    """Gives the part of a database that has no table of a project's own; those are `known`."""
    tables = [table for table in inventory.schema.tables if table.kind not in _VIEWS]
    new = {t.key for t in tables if t.key not in known and t.name != VERSIONS}
    new -= {t.key for t in tables if t.kind == "partition" and _parent(t) not in new}
    referred = {key.referred for t in tables if t.key in new for key in t.foreign_keys}
    there = tuple(t for t in tables if t.key in new | (referred & set(known)))
    mine = [each for each in inventory.objects if _is_of(each, new)]
    objects = [*_needed(inventory, new, mine), *mine]
    order = {each.key: at for at, each in enumerate(inventory.objects)}
    objects.sort(key=lambda each: order[each.key])
    text = _text(there, mine)
    enums = tuple(kind for kind in inventory.schema.enums if kind.name in text)
    schema = Schema(inventory.schema.dialect, there, enums, inventory.schema.others)
    views = [t for t in inventory.schema.tables if t.kind in _VIEWS and t.key not in known]
    told = [f"{t.kind} {t.key}: only tables are written into a project" for t in views]
    part = replace(inventory, schema=schema, objects=tuple(objects))
    return NewPart(part, frozenset(new), tuple(told))


def _parent(table: Table) -> str:
    return str(table.info.get("partition_of"))


def _is_of(each: Ddl, new: set[str]) -> bool:
    if each.table is not None:
        return each.table in new
    return each.kind == "partition" and each.name in new


def _needed(inventory: Inventory, new: set[str], mine: list[Ddl]) -> Iterator[Ddl]:
    """The schemas, extensions, types, functions and sequences that new tables name."""
    tables = tuple(table for table in inventory.schema.tables if table.key in new)
    schemas = {table.schema for table in tables}
    extensions = _extensions(inventory, new)
    text, left = _text(tables, mine), [each for each in inventory.objects if each.table is None]
    more = True
    while more:
        more = False
        for each in [*left]:
            needed = each.name in (schemas if each.kind == "schema" else extensions)
            if each.kind not in ("schema", "extension", "partition", *_ALONE):
                needed = _bare(each.name) in text
            if needed:
                left.remove(each)
                text += each.sql
                more = True
                yield each


def _bare(name: str) -> str:
    return name.partition("(")[0].rpartition(".")[2].strip('"')


def _extensions(inventory: Inventory, new: set[str]) -> set[str]:
    found: set[str] = set()
    for (kind, name), detail in inventory.details.items():
        table = name.rpartition(" of ")[2]
        if kind.startswith(EXTENDED) and (name in new or table in new):
            found |= set(detail.get("extensions", ()))
    return found


def _text(tables: tuple[Table, ...], mine: list[Ddl]) -> str:
    """All that new tables say: where something of the database is named, it is needed."""
    parts = [each.sql + each.value for each in mine]
    for table in tables:
        for column in table.columns:
            parts += [column.type, column.default or "", column.computed or ""]
        parts += [check.expression for check in table.checks]
    return "\n".join(parts)
