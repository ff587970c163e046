"""New constraints of changed models tried: a bad row is refused, the good ones stay."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from dbwright import dialects
from dbwright.core.brief import BriefAttribute
from dbwright.core.schema import Schema, Table
from dbwright.recipes.design.value_checks import number
from dbwright.verify.design import Enforcing


@dataclass(frozen=True, slots=True)
class Tried:
    """One constraint in words, and whether the database refused what breaks it.

    `why_not` says why it could not be tried.
    """

    what: str
    refused: bool
    why_not: str = ""


@dataclass(frozen=True, slots=True)
class _Bad:
    what: str
    table: Table
    column: str
    value: Any
    same: bool = False


def try_constraints(
    database: Any,
    before: Schema,
    after: Schema,
    tables: tuple[str, ...],
    attributes: Mapping[tuple[str, str], BriefAttribute],
) -> list[Tried]:
    """Gives what became of a bad value for each constraint that `after` has and `before` has not.

    `attributes` say of a column (table, name) which values and bounds its CHECK keeps. The rows
    of the database stay as they are: each trial is rolled back.
    """
    found = []
    for bad in _bad_values(before, after, tables, attributes):
        with contextlib.closing(Enforcing(database).connect()) as connection:
            found.append(_tried(connection, after.dialect, bad))
            connection.rollback()
    return found


def _tried(connection: Any, dialect: str, bad: _Bad) -> Tried:
    quoting = dialects.get(dialect).quoting
    table = quoting.quoted_key(bad.table.key)
    column = quoting.quoted_key(bad.column)
    cursor = connection.cursor()
    cursor.execute(f"select count(*) from {table}")
    rows = cursor.fetchone()[0]
    if rows < (2 if bad.same else 1):
        return Tried(bad.what, False, f"{bad.table.key} got no rows to try it with")
    value = bad.value
    if bad.same:
        cursor.execute(f"select {column} from {table} where {column} is not null limit 1")
        row = cursor.fetchone()
        if row is None:
            return Tried(bad.what, False, "no row has a value there")
        value = row[0]
    mark = "?" if dialect == "sqlite" else "%s"
    try:
        cursor.execute(f"update {table} set {column} = {mark}", (value,))
    except Exception:  # each driver has a tree of its own
        return Tried(bad.what, True)
    return Tried(bad.what, False)


def _bad_values(
    before: Schema,
    after: Schema,
    tables: tuple[str, ...],
    attributes: Mapping[tuple[str, str], BriefAttribute],
) -> Iterator[_Bad]:
    for key in tables:
        new, old = after.table(key), before.table(key)
        if new is None:
            continue
        yield from _nulls(new, old)
        yield from _uniques(new, old)
        yield from _references(new, old)
        for (table, column), attribute in attributes.items():
            if table == key and new.column(column) is not None:
                yield from _checks(new, column, attribute)


def _nulls(new: Table, old: Table | None) -> Iterator[_Bad]:
    key = new.primary_key.columns if new.primary_key else ()
    for column in new.columns:
        was = old.column(column.name) if old else None
        if not column.nullable and column.name not in key and (was is None or was.nullable):
            yield _Bad(f"NULL in {new.key}.{column.name}", new, column.name, None)


def _uniques(new: Table, old: Table | None) -> Iterator[_Bad]:
    had = {found.columns for found in old.uniques} if old else set()
    keys = [found.columns for found in new.uniques]
    keys += [
        found.uses or tuple(key.column or "" for key in found.keys)
        for found in new.indexes
        if found.unique and not found.predicate
    ]
    for columns in keys:
        if columns not in had and len(columns) == 1 and columns[0]:
            what = f"the same {columns[0]} twice in {new.key}"
            yield _Bad(what, new, columns[0], None, same=True)


def _references(new: Table, old: Table | None) -> Iterator[_Bad]:
    had = {found.columns for found in old.foreign_keys} if old else set()
    for found in new.foreign_keys:
        column = new.column(found.columns[0])
        if found.columns in had or len(found.columns) != 1 or column is None:
            continue
        nobody: Any = -1
        if column.type == "uuid":
            nobody = "00000000-0000-0000-0000-000000000000"
        elif "char" in column.type or column.type == "text":
            nobody = "-"
        what = f"a {new.key}.{column.name} that no row of {found.referred} has"
        yield _Bad(what, new, column.name, nobody)


def _checks(new: Table, column: str, attribute: BriefAttribute) -> Iterator[_Bad]:
    where = f"{new.key}.{column}"
    if attribute.values:
        yield _Bad(f"another value than the {len(attribute.values)} of {where}", new, column, "-")
    if attribute.minimum is not None:
        low = attribute.minimum - 1
        yield _Bad(f"{number(low)} in {where}", new, column, int(low) if low == int(low) else low)
    if attribute.maximum is not None:
        high = attribute.maximum + 1
        yield _Bad(
            f"{number(high)} in {where}", new, column, int(high) if high == int(high) else high
        )
    if attribute.above is not None:
        yield _Bad(f"{number(attribute.above)} in {where}", new, column, int(attribute.above))
    if attribute.below is not None:
        high = attribute.below
        yield _Bad(f"{number(high)} in {where}", new, column, int(high) if high % 1 == 0 else high)
