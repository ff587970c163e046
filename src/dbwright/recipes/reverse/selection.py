"""A part of an inventory: the schemas and tables that were asked for, and what goes with them."""

from __future__ import annotations

import fnmatch
from collections.abc import Callable, Sequence
from dataclasses import replace

from dbwright.core.errors import UsageError
from dbwright.core.inventory import EXTENDED, Ddl, Inventory
from dbwright.core.schema import Schema, Table, qualified

_DEFAULT = "public"


def selected(
    inventory: Inventory, schemas: Sequence[str], tables: Sequence[str]
) -> tuple[Inventory, tuple[str, ...]]:
    """Gives the part, and a sentence for each foreign key that leads out of it.

    `tables` are keys or patterns (`billing.*`). Raises UsageError for a name that fits nothing.
    """
    if not schemas and not tables:
        return cut(inventory, lambda table: True)
    known = inventory.schema.tables
    _check(schemas, {table.schema or _DEFAULT for table in known}, "schema")
    for pattern in tables:
        if not any(_fits(table, (pattern,)) for table in known):
            _check((pattern,), {table.key for table in known}, "table")
    inside = {
        table.key
        for table in known
        if (not schemas or (table.schema or _DEFAULT) in schemas)
        and (not tables or _fits(table, tables))
    }
    inside |= {table.key for table in known if str(table.info.get("partition_of")) in inside}
    return cut(inventory, lambda table: table.key in inside)


def cut(inventory: Inventory, keeps: Callable[[Table], bool]) -> tuple[Inventory, tuple[str, ...]]:
    """Gives the inventory of some tables, and a sentence for each object that leads out of it.

    Types, sequences and functions that need no table stay: some column may need them.
    """
    told: list[str] = []
    kept = {table.key for table in inventory.schema.tables if keeps(table)}
    found = [_cut_keys(t, kept, told) for t in inventory.schema.tables if t.key in kept]
    if len(found) == len(inventory.schema.tables) and not told:
        return inventory, ()
    tables = tuple(found)
    keys = {(table.key, key.name) for table in tables for key in table.foreign_keys}
    part = len(found) < len(inventory.schema.tables)
    objects = []
    for each in inventory.objects:
        if part and each.kind == "function" and each.moment == "after":
            told.append(f"function {each.name}: it may need tables that are not here")
        elif _stays(each, kept) and not _leads_out(each, inventory, keys):
            objects.append(each)
    names = {each.name for each in objects if each.kind == "function"}
    others = tuple(
        each
        for each in inventory.schema.others
        if not (each.kind == "policy" and each.name.rpartition(" on ")[2] not in kept)
        and not (each.kind == "function" and qualified(each.name, each.schema) not in names)
    )
    schema = Schema(inventory.schema.dialect, tables, inventory.schema.enums, others)
    return replace(inventory, schema=schema, objects=tuple(objects)), tuple(told)


def without(inventory: Inventory, extensions: Sequence[str]) -> tuple[Inventory, tuple[str, ...]]:
    """Gives the inventory without what needs one of these extensions, and a sentence for each."""
    if not extensions:
        return inventory, ()
    told = []
    gone: dict[str, set[str]] = {"table": set(), "view": set(), "index": set(), "constraint": set()}
    for (kind, name), detail in sorted(inventory.details.items()):
        lacking = [each for each in detail.get("extensions", ()) if each in extensions]
        if kind.startswith(EXTENDED) and lacking:
            kind = kind.removeprefix(EXTENDED)
            gone[kind].add(name)
            told.append(f"{kind} {name} needs the extension {', '.join(lacking)}")
    left, cut_off = cut(inventory, lambda table: not _needs(table, gone))
    tables = tuple(_without_parts(table, gone) for table in left.schema.tables)
    objects = tuple(
        each
        for each in left.objects
        if each.key[1] not in gone.get(each.kind, ())
        and not (each.kind == "extension" and each.name in extensions)
    )
    others = tuple(
        each
        for each in left.schema.others
        if not (each.kind == "extension" and each.name in extensions)
    )
    schema = replace(left.schema, tables=tables, others=others)
    return replace(left, schema=schema, objects=objects), (*told, *cut_off)


def _needs(table: Table, gone: dict[str, set[str]]) -> bool:
    missing = gone["table"] | gone["view"]
    reads = table.info.get("reads", ())
    parent = str(table.info.get("partition_of"))
    read = isinstance(reads, tuple) and any(str(each) in missing for each in reads)
    return table.key in missing or parent in missing or read


def _without_parts(table: Table, gone: dict[str, set[str]]) -> Table:
    def stays(kind: str, name: str | None) -> bool:
        return f"{name} of {table.key}" not in gone[kind]

    return replace(
        table,
        indexes=tuple(each for each in table.indexes if stays("index", each.name)),
        checks=tuple(each for each in table.checks if stays("constraint", each.name)),
        uniques=tuple(each for each in table.uniques if stays("constraint", each.name)),
        excludes=tuple(each for each in table.excludes if stays("constraint", each.name)),
    )


def _check(names: Sequence[str], known: set[str], what: str) -> None:
    for name in names:
        if name not in known:
            shown = ", ".join(sorted(known)[:10])
            raise UsageError(
                f"the database has no {what} {name}", way_out=f"It has: {shown or 'none'}."
            )


def _fits(table: Table, patterns: Sequence[str]) -> bool:
    names = (table.key, f"{table.schema or _DEFAULT}.{table.name}")
    return any(fnmatch.fnmatchcase(name, pattern) for pattern in patterns for name in names)


def _cut_keys(table: Table, kept: set[str], told: list[str]) -> Table:
    out = [key for key in table.foreign_keys if key.referred not in kept]
    told += [
        f"foreign key {key.name or ', '.join(key.columns)} of {table.key}: it refers to "
        f"{key.referred}, which is not here"
        for key in out
    ]
    return replace(table, foreign_keys=tuple(key for key in table.foreign_keys if key not in out))


def _leads_out(each: Ddl, inventory: Inventory, keys: set[tuple[str, str | None]]) -> bool:
    if each.kind != "constraint" or each.table is None:
        return False
    table = inventory.schema.table(each.table)
    own = {key.name for key in table.foreign_keys} if table else set()
    return each.name in own and (each.table, each.name) not in keys


def _stays(each: Ddl, kept: set[str]) -> bool:
    if each.table is not None:
        return each.table in kept
    relation = each.kind in ("view", "materialized view", "partition", "virtual table")
    return each.name in kept if relation else True
