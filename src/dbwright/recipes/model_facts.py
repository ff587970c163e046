"""What models are, for a question about them: which of a set have a property, and which lack it."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from dbwright.core.answered import Condition, Fact
from dbwright.core.mapping import Attribute, Mapper, Mapping, Relationship, SQLType
from dbwright.core.place import Place
from dbwright.core.schema import Column, ForeignKey, Index, Table

KINDS: dict[str, tuple[str, ...]] = {
    "text": ("text", "string", "varchar", "str"),
    "a binary float": ("float", "double", "real"),
    "an exact number": ("decimal", "numeric"),
    "an integer": ("integer", "int"),
    "a big integer": ("bigint", "biginteger"),
    "true or false": ("boolean", "bool"),
    "a date": ("date",),
    "a date with time": ("datetime", "timestamp", "timestamptz"),
    "a time": ("time",),
    "JSON": ("json", "jsonb"),
    "a UUID": ("uuid", "guid"),
    "a list of values": ("enum",),
    "bytes": ("byte", "binary", "blob", "bytea"),
    "an array": ("array",),
}
"""Kinds of types as a reader says them, with the words that name each in the singular."""
_CLASSES = {
    "text without a limit": ("Text", "TEXT", "UnicodeText"),
    "a list of values": ("Enum", "ENUM"),
    "a binary float": ("Float", "FLOAT", "REAL", "Double", "DOUBLE", "DOUBLE_PRECISION"),
    "an exact number": ("Numeric", "NUMERIC", "DECIMAL"),
    "a big integer": ("BigInteger", "BIGINT"),
    "an integer": ("Integer", "INTEGER", "SmallInteger", "SMALLINT"),
    "true or false": ("Boolean", "BOOLEAN"),
    "a date with time": ("DateTime", "DATETIME", "TIMESTAMP"),
    "a date": ("Date", "DATE"),
    "a time": ("Time", "TIME"),
    "JSON": ("JSON", "JSONB"),
    "a UUID": ("Uuid", "UUID"),
    "bytes": ("LargeBinary", "BLOB", "BYTEA", "BINARY", "VARBINARY"),
    "an array": ("ARRAY",),
    "text": ("String", "VARCHAR", "CHAR", "Unicode"),
}
STAMPS = ("created_at", "created", "created_on", "date_created", "updated_at", "modified_at")
SOFT = ("deleted_at", "is_deleted", "deleted", "archived_at")
Part = tuple[Mapper, Attribute, Table, Column]


def kind_of(found: SQLType) -> str:
    """Gives what a type holds, as a reader says it.

    >>> kind_of(SQLType("JSONB", ("JSON", "TypeEngine"))), kind_of(SQLType("Text", ("String",)))
    ('JSON', 'text without a limit')
    """
    for name in (found.name, *found.bases):
        for kind, classes in _CLASSES.items():
            if name in classes:
                return kind
    return found.name


def _is_kind(found: SQLType, kind: str) -> bool:
    """Whether a type is of a kind; text without a limit is text too."""
    own = kind_of(found)
    return own == kind or own.partition(" without")[0] == kind


def typed(column: Column, attribute: Attribute) -> str:
    """Gives the database's type with its meaning: `numeric(12,2) (an exact number)`."""
    return f"{column.type} ({kind_of(attribute.type)})"


def mappers(mapping: Mapping, models: tuple[str, ...]) -> list[Mapper]:
    """Gives the mappers that a question is about, in the order of their names."""
    chosen = [m for m in mapping.mappers if not models or m.qualified in models]
    return sorted(chosen, key=lambda mapper: (mapper.name, mapper.qualified))


def parts(mapping: Mapping, models: tuple[str, ...]) -> Iterator[Part]:
    """Yields each mapped column once, with its table."""
    seen: set[tuple[str, str]] = set()
    for mapper in mappers(mapping, models):
        for attribute in mapper.attributes:
            table = mapping.schema.table(attribute.table)
            column = table.column(attribute.column) if table else None
            key = (attribute.table, attribute.column)
            if table is None or column is None or (key in seen and not models):
                continue
            seen.add(key)
            yield mapper, attribute, table, column


def has_of_column(mapping: Mapping, part: Part, condition: Condition) -> bool:
    """Whether a column has a property, in the sense of the condition or against it."""
    _, attribute, table, column = part
    names = (column.name,)
    keys: dict[str, Callable[[], bool]] = {
        "nullable": lambda: column.nullable,
        "required": lambda: not column.nullable,
        "index": lambda: table.has_index_leading_with(names),
        "unique": lambda: table.has_unique_over(names),
        "primary key": lambda: names[0] in (table.primary_key.columns if table.primary_key else ()),
        "foreign key": lambda: any(column.name in key.columns for key in table.foreign_keys),
        "check": lambda: any(
            column.name in check.columns or column.name in check.expression
            for check in table.checks
        ),
        "default": lambda: bool(column.default or attribute.default),
        "comment": lambda: bool(column.comment),
        "time zone": lambda: bool(attribute.type.timezone),
        "length": lambda: attribute.type.length is not None,
        "type": lambda: _is_kind(attribute.type, condition.name),
        "column": lambda: condition.name.lower() in (attribute.name.lower(), column.name.lower()),
    }
    return keys[condition.what]() == condition.wanted


def has_of_model(mapping: Mapping, mapper: Mapper, condition: Condition) -> bool:
    """Whether a model has a property, in the sense of the condition or against it."""
    table = mapping.schema.table(mapper.table)
    names = {attribute.name.lower() for attribute in mapper.attributes}
    names |= {attribute.column.lower() for attribute in mapper.attributes}
    key = table.primary_key.columns if table and table.primary_key else ()
    keys: dict[str, Callable[[], bool]] = {
        "primary key": lambda: bool(key),
        "composite key": lambda: len(key) > 1,
        "unique": lambda: bool(table and (table.uniques or any(i.unique for i in table.indexes))),
        "check": lambda: bool(table and table.checks),
        "foreign key": lambda: bool(table and table.foreign_keys),
        "relationship": lambda: bool(mapper.relationships),
        "index": lambda: bool(table and table.indexes),
        "comment": lambda: bool(table and table.comment),
        "column": lambda: condition.name.lower() in names,
        "soft delete": lambda: bool(names & set(SOFT)),
        "timestamps": lambda: bool(names & set(STAMPS)),
        "cascade": lambda: (
            any("delete" in r.cascade for r in mapper.relationships)
            or any(k.on_delete == "CASCADE" for _, k in mapping.schema.referring(mapper.table))
        ),
        "nullable": lambda: any(c.nullable for c in table.columns) if table else False,
        "type": lambda: any(_is_kind(a.type, condition.name) for a in mapper.attributes),
    }
    return keys[condition.what]() == condition.wanted


def has_of_key(table: Table, key: ForeignKey, condition: Condition) -> bool:
    """Whether a foreign key has a property, in the sense of the condition or against it."""
    columns = [table.column(name) for name in key.columns]
    nullable = any(column is not None and column.nullable for column in columns)
    keys = {
        "index": table.has_index_leading_with(key.columns),
        "on delete": key.on_delete is not None,
        "cascade": key.on_delete == "CASCADE",
        "nullable": nullable,
        "required": not nullable,
        "unique": table.has_unique_over(key.columns),
    }
    return keys[condition.what] == condition.wanted


def has_of_relationship(found: Relationship, condition: Condition) -> bool:
    """Whether a relationship has a property, in the sense of the condition or against it."""
    keys = {
        "other side": found.back_populates is not None,
        "order_by": bool(found.order_by),
        "loading": found.lazy in ("joined", "subquery", "selectin", "immediate"),
        "cascade": "delete" in found.cascade,
        "nullable": found.optional is not False,
        "required": found.optional is False,
    }
    return keys[condition.what] == condition.wanted


def column_fact(part: Part) -> Fact:
    """Gives a column in a line: its type, and what holds of it."""
    mapper, attribute, table, column = part
    words = [typed(column, attribute), "may be NULL" if column.nullable else "required"]
    if table.primary_key and column.name in table.primary_key.columns:
        words[1] = "part of the key" if len(table.primary_key.columns) > 1 else "the primary key"
    for key in table.foreign_keys:
        if column.name in key.columns:
            words.append(f"refers to {key.referred}")
    if words[1] != "the primary key" and table.has_unique_over((column.name,)):
        words.append("unique")
    if column.default:
        words.append(f"default {column.default}")
    return Fact(
        f"{mapper.name}.{attribute.name}: {', '.join(words)}",
        attribute.place or column.place,
        object=f"{table.key}.{column.name}",
    )


def key_fact(mapping: Mapping, table: Table, key: ForeignKey) -> Fact:
    """Gives a foreign key in a line: what it refers to, and what a deleted row there does."""
    columns = ", ".join(key.columns)
    return Fact(
        f"{table.key}.{columns} refers to {key.referred}; {fate(key)}",
        mapping.place_of(table, key.columns[0]),
        object=f"{table.key}.{columns}",
    )


def fate(key: ForeignKey) -> str:
    """Gives what the database does when the row that is referred to is deleted."""
    if key.on_delete == "CASCADE":
        return "its rows are deleted along (ON DELETE CASCADE)"
    if key.on_delete in ("SET NULL", "SET DEFAULT"):
        return f"its rows stay, without it (ON DELETE {key.on_delete})"
    rule = f"ON DELETE {key.on_delete}" if key.on_delete else "no ON DELETE"
    return f"its rows forbid the delete ({rule})"


def relationship_fact(mapper: Mapper, found: Relationship) -> Fact:
    """Gives a relationship in a line: what it leads to, one or many."""
    target = found.target.rpartition(".")[2]
    many = f"many {target}" if found.uselist else f"one {target}"
    back = f"; the other side is {target}.{found.back_populates}" if found.back_populates else ""
    return Fact(
        f"{mapper.name}.{found.name} leads to {many}{back}", found.place or mapper.place,
        object=mapper.table,
    )  # fmt: skip


def index_fact(table: Table, index: Index) -> Fact:
    """Gives an index in a line: its columns, in their order."""
    columns = ", ".join(key.column or f"({key.expression})" for key in index.keys)
    unique = "unique, " if index.unique else ""
    return Fact(f"{table.key}: {index.name} ({unique}{columns})", index.place, object=table.key)


def model_fact(mapping: Mapping, mapper: Mapper, more: str = "") -> Fact:
    """Gives a model in a line."""
    table = mapping.schema.table(mapper.table)
    count = len(table.columns) if table else 0
    return Fact(
        f"{mapper.name} (table {mapper.table}, {count} columns){more}", mapper.place or _at(table),
        object=mapper.table,
    )  # fmt: skip


def _at(table: Table | None) -> Place | None:
    return table.place if table else None
