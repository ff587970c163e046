"""Types of MySQL that not every value fits: refused or cut, and what goes in front of them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from dbwright import dialects
from dbwright.core.finding import Fix
from dbwright.core.migration import Migration
from dbwright.core.operation import AlterType
from dbwright.recipes import backfill, nulls

_INTEGERS = {"tinyint": 1, "smallint": 2, "mediumint": 3, "int": 4, "bigint": 8}
_TEXTS = {"tinytext": 255, "text": 65_535, "mediumtext": 16_777_215, "longtext": 4_294_967_295}
_SIZED = frozenset({"varchar", "char"})
_FLOATS = frozenset({"float", "double"})
_MOMENTS = frozenset({"datetime", "timestamp"})
_BYTES_OF_CHARACTER = 4


@dataclass(frozen=True, slots=True)
class Narrowing:
    """What becomes of values that do not fit: strict mode refuses them, or they are cut silently.

    `fitting` is the expression that makes a value fit, `unfit` the condition that finds those that
    do not, both about `{}`; None where only a person knows what a value should become.
    """

    outcome: Literal["refused", "cut"]
    fitting: str | None = None
    unfit: str | None = None


def found(migration: Migration, number: int) -> Narrowing | None:
    """Gives what the change of a type does to values that do not fit; None where all do.

    Also None where the schema does not tell, or an UPDATE has written the column before.
    """
    _, operation = migration.nth(number, AlterType)
    table = migration.existing(operation.table)
    column = table.column(operation.column) if table else None
    if column is None or migration.rows.get(operation.table) == 0:
        return None
    if not migration.stood_before(operation.table):
        return None
    if nulls.is_written(migration, number, operation.table, operation.column):
        return None
    return narrowing(column.type, operation.type)


def narrowing(old: str, new: str) -> Narrowing | None:
    """Gives what a change of type does to values that do not fit.

    >>> narrowing("varchar(200)", "varchar(20)").outcome, narrowing("decimal(10,2)", "int").outcome
    ('refused', 'cut')
    >>> narrowing("int", "bigint unsigned").outcome, narrowing("varchar(20)", "text")
    ('refused', None)
    """
    types = dialects.get("mysql").types
    (before, sizes), (after, limits) = types.base_of(old), types.base_of(new)
    if types.canonical(old) == types.canonical(new):
        return None
    if before in _SIZED | set(_TEXTS) and after in _SIZED | set(_TEXTS):
        return _text(before, sizes, after, limits)
    if before in _INTEGERS and after in _INTEGERS:
        return _integer(types.canonical(old), before, types.canonical(new), after)
    if before == "decimal" and after == "decimal" and len(sizes) == len(limits) == 2:
        if limits[0] - limits[1] < sizes[0] - sizes[1]:
            return Narrowing("refused")
        return _rounded(limits[1]) if limits[1] < sizes[1] else None
    if after in _INTEGERS and (before in _FLOATS or (before == "decimal" and any(sizes[1:]))):
        return _rounded(0)
    if before in _MOMENTS and after == "date":
        return Narrowing("cut", "date({})", "{} <> date({})")
    if before == after == "enum":
        return None if set(types.labels(old)) <= set(types.labels(new)) else Narrowing("refused")
    return None


def _text(
    before: str, sizes: tuple[int, ...], after: str, limits: tuple[int, ...]
) -> Narrowing | None:
    """A sized text holds characters, another one bytes, of which a character may take four."""
    had = sizes[0] * _BYTES_OF_CHARACTER if before in _SIZED and sizes else _TEXTS.get(before)
    room = limits[0] * _BYTES_OF_CHARACTER if after in _SIZED and limits else _TEXTS.get(after)
    if had is None or room is None or room >= had:
        return None
    if after in _TEXTS:
        return Narrowing("refused")
    return Narrowing("refused", f"left({{}}, {limits[0]})", f"char_length({{}}) > {limits[0]}")


def _integer(old: str, before: str, new: str, after: str) -> Narrowing | None:
    signed, to_signed = "unsigned" not in old, "unsigned" not in new
    room, had = _INTEGERS[after], _INTEGERS[before]
    if signed == to_signed:
        return Narrowing("refused") if room < had else None
    return Narrowing("refused") if signed or room <= had else None


def _rounded(digits: int) -> Narrowing:
    return Narrowing("cut", f"round({{}}, {digits})", f"{{}} <> round({{}}, {digits})")


def fitted_first(migration: Migration, number: int) -> Fix:
    """The cure: an UPDATE in batches in front of it that says what becomes of such values."""
    statement, operation = migration.nth(number, AlterType)
    table, column = operation.table, operation.column
    what = found(migration, number) or Narrowing("refused")
    key = backfill.key_of(migration, table)
    fitting = (what.fitting or "…").replace("{}", column)
    unfit = (what.unfit or "…").replace("{}", column)
    loop = backfill.loop(table, key or "id", f"{column} = {fitting}", unfit)
    title = f"Say first what becomes of the values of {column} that do not fit, in batches"
    why = "only a person knows what a value should become" if what.fitting is None else None
    return backfill.before_change(migration, statement, (table, column, key), loop, title, why)
