"""What of a table stands beside its columns: constraints, indexes and the table's own options."""

from __future__ import annotations

from collections.abc import Iterator

from dbwright.core.schema import Check, ForeignKey, Index, IndexKey, Table, Unique
from dbwright.recipes.reverse import fields
from dbwright.recipes.reverse.layout import Call, call, literal, strings
from dbwright.recipes.reverse.writer import Writer


def arguments(table: Table, writer: Writer) -> list[Call | str]:
    """Gives the constraints and indexes that no column declares."""
    found: list[Call | str] = []
    if fields.explicit_key(table, writer):
        found.append(_primary_key(table, writer))
    found += [
        _foreign_key(table, key, writer) for key in table.foreign_keys if len(key.columns) > 1
    ]
    for unique in table.uniques:
        kept = writer.is_kept("constraint", table, unique.name)
        if not kept and not fields.is_plain_unique(unique, table, writer):
            found.append(_unique(table, unique, writer))
    for check in table.checks:
        if check.validated and not writer.is_kept("constraint", table, check.name):
            found.append(_check(table, check, writer))
    found += _excludes(table, writer)
    found += [_index(index, writer) for index in indexes(table, writer)]
    return found


def _excludes(table: Table, writer: Writer) -> list[Call]:
    found = writer.dialect.excludes(
        table, writer.inventory, writer.imports.use, writer.escaped, writer.kept
    )
    return [call(function, *words) for function, words in found]


def indexes(table: Table, writer: Writer) -> Iterator[Index]:
    """Gives the indexes that `Index(…)` can make as they are."""
    for index in table.indexes:
        column = table.column(index.columns[0] or "")
        if writer.is_kept("index", table, index.name) or not index.valid:
            continue
        if writer.dialect.is_made_by_key(table, index):
            continue
        if column is None or not fields.is_plain_index(index, column, table, writer):
            yield index


def options(table: Table, writer: Writer) -> dict[str, str]:
    """Gives the keywords of a table: its schema, comment, and the database's own words."""
    found = {"schema": literal(table.schema)} if table.schema else {}
    found |= {"comment": literal(table.comment)} if table.comment else {}
    own: dict[str, str] = writer.dialect.table_options(table, writer.inventory)
    return found | own


def _primary_key(table: Table, writer: Writer) -> Call:
    key = table.primary_key
    assert key is not None
    words = [literal(name) for name in key.columns]
    if key.name and not writer.convention.names("pk", table, key):
        words.append(f"name={literal(key.name)}")
    return call(writer.sa("PrimaryKeyConstraint"), *words)


def _foreign_key(table: Table, key: ForeignKey, writer: Writer) -> Call:
    referred = [f"{key.referred}.{name}" for name in key.referred_columns]
    words = fields.key_words(table, key, writer)
    function = writer.sa("ForeignKeyConstraint")
    return call(function, strings(key.columns), strings(referred), *words)


def _unique(table: Table, found: Unique, writer: Writer) -> Call:
    prefix = writer.dialect.PREFIX
    words = [literal(name) for name in found.columns]
    if found.name and not writer.convention.names("uq", table, found):
        words.append(f"name={literal(found.name)}")
    made = writer.inventory.find("constraint", found.name or "", table.key)
    words += ["deferrable=True"] if found.deferrable else []
    words += ['initially="DEFERRED"'] if made and "INITIALLY DEFERRED" in made.value else []
    words += [f"{prefix}_nulls_not_distinct=True"] if found.nulls_not_distinct else []
    words += [f"{prefix}_include={strings(found.include)}"] if found.include else []
    return call(writer.sa("UniqueConstraint"), *words)


def _check(table: Table, found: Check, writer: Writer) -> Call:
    words = [literal(writer.escaped(writer.dialect.readable(found.expression)))]
    words += [f"name={writer.constraint_name(table, found.name)}"] if found.name else []
    return call(writer.sa("CheckConstraint"), *words)


def _index(found: Index, writer: Writer) -> Call:
    prefix = writer.dialect.PREFIX
    words = [literal(found.name), *(_key(key, found, writer) for key in found.keys)]
    words += ["unique=True"] if found.unique else []
    words += writer.dialect.index_options(found, literal)
    words += [f"{prefix}_include={strings(found.include)}"] if found.include else []
    words += [f"{prefix}_nulls_not_distinct=True"] if found.nulls_not_distinct else []
    if found.options:
        pairs = (option.partition("=")[::2] for option in found.options)
        inner = ", ".join(f"{literal(name)}: {literal(value)}" for name, value in pairs)
        words.append(f"{prefix}_with={{{inner}}}")
    if found.predicate:
        words.append(f"{prefix}_where={writer.text(writer.dialect.readable(found.predicate))}")
    return call(writer.sa("Index"), *words)


def _key(key: IndexKey, index: Index, writer: Writer) -> str:
    """Gives a key: a column's name where that says all of it, else SQL."""
    plain = IndexKey(key.column, opclass=key.opclass)
    if key.column is not None and key == plain and writer.dialect.names_classes(index):
        return literal(key.column)
    return writer.text(writer.dialect.index_key(key))
