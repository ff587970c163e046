"""Indexes, keys and constraints of columns that get another type: built beside, then taken over.

All are built on the second columns under a name of their own, concurrently; at the swap they get
the names of those on the first columns, which wait under `…_retired` (PostgreSQL).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace

from dbwright import dialects
from dbwright.core.schema import Index, IndexKey, Table, Unique
from dbwright.recipes import code, drop, index
from dbwright.recipes import table as tables
from dbwright.recipes.recast_group import Group, Recast, alter, second


def built(item: Recast, group: Group) -> Iterator[Index]:
    """Gives the indexes to build on a second column.

    One over several columns of the group is built once, with the last of them.
    """
    table, names = item.table, group.names(item.table)
    for found in table.indexes:
        if _is_last(item, names, _mentioned(found)):
            yield _moved(found, second(found.name), names)
    for name, unique in _constraints(table):
        if _is_last(item, names, set(unique.columns)):
            whole = Index(
                second(name),
                tuple(IndexKey(names.get(column, column)) for column in unique.columns),
                unique=True,
                include=tuple(names.get(column, column) for column in unique.include),
                nulls_not_distinct=unique.nulls_not_distinct,
            )
            yield whole


def _is_last(item: Recast, names: Mapping[str, str], columns: set[str]) -> bool:
    return [name for name in names if name in columns][-1:] == [item.name]


def _constraints(table: Table) -> Iterator[tuple[str, Unique]]:
    if table.primary_key and table.primary_key.name:
        yield table.primary_key.name, Unique(table.primary_key.columns, table.primary_key.name)
    for unique in table.uniques:
        if unique.name:
            yield unique.name, unique


def _moved(found: Index, name: str, names: Mapping[str, str]) -> Index:
    """The index over other columns, in its expressions and its predicate too."""
    renamed = dialects.get("postgresql").expressions.renamed
    keys = tuple(
        replace(key, column=names.get(key.column, key.column))
        if key.column
        else replace(key, expression=renamed(key.expression or "", names))
        for key in found.keys
    )
    return replace(
        found,
        name=name,
        keys=keys,
        include=tuple(names.get(column, column) for column in found.include),
        predicate=renamed(found.predicate, names) if found.predicate else None,
    )


def _mentioned(found: Index) -> set[str]:
    return {name for name in (*found.columns, *found.uses, *found.include) if name}


def taken_over(table: Table, group: Group) -> Iterator[str]:
    """Gives the statements by which those of the second columns get the names of the first."""
    mine = {item.name for item in group.items if item.table.key == table.key}
    for found in table.indexes:
        if mine & _mentioned(found):
            yield _rename_index(table, found.name, drop.retired(found.name))
            yield _rename_index(table, second(found.name), found.name)
    key = table.primary_key
    for name, unique in _constraints(table):
        if not mine & set(unique.columns):
            continue
        kind = "PRIMARY KEY" if key and name == key.name else "UNIQUE"
        if kind == "UNIQUE":
            aside = code.quoted(drop.retired(name))
            yield alter(table, f"RENAME CONSTRAINT {code.quoted(name)} TO {aside}")
        using = f"USING INDEX {code.quoted(second(name))}"
        tail = " DEFERRABLE" if unique.deferrable else ""
        yield alter(table, f"ADD CONSTRAINT {code.quoted(name)} {kind} {using}{tail}")


def given_back(table: Table, group: Group) -> Iterator[str]:
    """Gives the statements that take that back; constraints of the second columns are gone."""
    mine = {item.name for item in group.items if item.table.key == table.key}
    key = table.primary_key
    for name, unique in _constraints(table):
        if not mine & set(unique.columns):
            continue
        yield alter(table, f"DROP CONSTRAINT {code.quoted(name)}")
        if not key or name != key.name:
            aside = code.quoted(drop.retired(name))
            yield alter(table, f"RENAME CONSTRAINT {aside} TO {code.quoted(name)}")
    for found in table.indexes:
        if mine & _mentioned(found):
            yield _rename_index(table, found.name, second(found.name))
            yield _rename_index(table, drop.retired(found.name), found.name)


def rebuilt(group: Group) -> Iterator[str]:
    """Gives the calls that build what went with constraints of the second columns."""
    for item in group.items:
        names = {second(name) for name, _ in _constraints(item.table)}
        for found in built(item, group):
            if found.name in names:
                yield index.create_call(item.table.key, found)


def again(table: Table, group: Group) -> Iterator[str]:
    """Gives code that makes what was dropped with the old columns, for those aside."""
    names = {item.name: item.old for item in group.items if item.table.key == table.key}
    for unique in table.uniques:
        if set(names) & set(unique.columns):
            columns = tuple(names.get(name, name) for name in unique.columns)
            aside = replace(unique, name=drop.retired(unique.name or ""), columns=columns)
            yield code.execute(alter(table, f"ADD {tables.unique(aside)}"))
    for found in table.indexes:
        if set(names) & _mentioned(found):
            moved = _moved(found, drop.retired(found.name), names)
            yield code.autocommit(index.create_call(table.key, moved))


def _rename_index(table: Table, name: str, to: str) -> str:
    return f"ALTER INDEX {code.quoted(own_key(table, name))} RENAME TO {code.quoted(to)}"


def own_key(table: Table, name: str) -> str:
    """Gives the key of an index, which is in its table's schema."""
    return f"{table.schema}.{name}" if table.schema else name
