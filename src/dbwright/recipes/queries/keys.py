"""What no two rows of a table share, at any moment of a transaction."""

from __future__ import annotations

from collections.abc import Iterator

from dbwright.core.schema import Column, ForeignKey, Schema, Table


def unique_sets(schema: Schema, table: Table) -> Iterator[tuple[str, ...]]:
    """Gives the columns that no two rows share.

    Left out are a key or UNIQUE that is deferrable, an index that is not valid, a foreign table,
    whose server nobody can hold to it, and a table that others inherit: their rows are read too.
    """
    if table.kind == "foreign" or is_inherited(schema, table):
        return
    if table.primary_key is not None and not table.primary_key.deferrable:
        yield table.primary_key.columns
    for unique in table.uniques:
        if not unique.deferrable:
            yield unique.columns
    for index in table.indexes:
        names = tuple(name for name in index.columns if name is not None)
        whole = index.valid and index.predicate is None and len(names) == len(index.keys)
        if index.unique and whole:
            yield names


def is_inherited(schema: Schema, table: Table) -> bool:
    """Whether other tables inherit from a table that is not cut into partitions."""
    if table.is_cut:
        return False
    return any(table.key in _parents(each) for each in schema.tables)


def _parents(table: Table) -> tuple[str, ...]:
    found = table.info.get("parents", ())
    return tuple(map(str, found)) if isinstance(found, (list, tuple)) else ()


def shortest_key(schema: Schema, table: Table) -> tuple[str, ...] | None:
    """Gives the fewest columns that are never NULL and that no two rows share."""
    whole = [names for names in unique_sets(schema, table) if names and is_never_null(table, names)]
    return min(whole, key=len, default=None)


def key_among(
    schema: Schema, table: Table, given: frozenset[str] | set[str]
) -> tuple[str, ...] | None:
    """Gives a key of a table that is among some of its columns, else its shortest one."""
    whole = [names for names in unique_sets(schema, table) if names and is_never_null(table, names)]
    among = [names for names in whole if set(names) <= given]
    return min(among or whole, key=len, default=None)


def is_never_null(table: Table, names: tuple[str, ...]) -> bool:
    """Whether the database lets none of these columns be NULL."""
    if table.kind == "foreign":
        return False
    found = [table.column(name) for name in names]
    return all(each is not None and not each.nullable for each in found)


_INTEGERS = ("smallint", "integer", "bigint", "int", "int2", "int4", "int8")
_TEXTS = ("text", "character varying")


def are_whole(*columns: Column) -> bool:
    """Whether all columns hold whole numbers."""
    return all(_kind(each.type) == "integer" for each in columns)


def compares_alike(one: Column, other: Column) -> bool:
    """Whether two columns are compared as each is with itself: the same type and collation.

    Else several values of the one that are told apart may be equal to one value of the other.
    """
    kinds = {_kind(one.type), _kind(other.type)}
    return len(kinds) == 1 and one.collation == other.collation


def _kind(type: str) -> str:
    base = type.partition("(")[0].strip().lower()
    return "integer" if base in _INTEGERS else "text" if base in _TEXTS else base


def parents(schema: Schema, table: Table) -> Iterator[tuple[ForeignKey, Table]]:
    """Gives the foreign keys that hold for every row at any moment, each with the table it is to.

    Left out are those that are NOT VALID or deferrable, and those to a table some of whose rows
    a policy may hide, or that others inherit.
    """
    if table.kind == "foreign" or is_inherited(schema, table):
        return
    for key in table.foreign_keys:
        parent = schema.table(key.referred)
        if parent is None or parent.row_security or is_inherited(schema, parent):
            continue
        if key.validated and not key.deferrable:
            yield key, parent
