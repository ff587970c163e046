"""Types of PostgreSQL: their spelling, their family, and what a change of type costs."""

from __future__ import annotations

import functools
import re
from collections.abc import Sequence
from typing import NamedTuple

from dbwright.core.target import Target
from dbwright.dialects.postgresql import grammar, names
from dbwright.dialects.postgresql.grammar import Node

# The server's spelling (format_type) of the types whose catalog name differs from it.
_SPELLED = {
    "int2": "smallint",
    "int4": "integer",
    "int8": "bigint",
    "float4": "real",
    "float8": "double precision",
    "bool": "boolean",
    "varchar": "character varying",
    "varbit": "bit varying",
    "timestamp": "timestamp without time zone",
    "timestamptz": "timestamp with time zone",
    "time": "time without time zone",
    "timetz": "time with time zone",
}
SERIALS = {
    "serial": "integer",
    "serial4": "integer",
    "bigserial": "bigint",
    "serial8": "bigint",
    "smallserial": "smallint",
    "serial2": "smallint",
}
# interval's fields as the bit mask of its type modifier, see src/backend/utils/adt/timestamp.c
_INTERVAL_FIELDS = {
    4: "year",
    2: "month",
    8: "day",
    1024: "hour",
    2048: "minute",
    4096: "second",
    6: "year to month",
    1032: "day to hour",
    3080: "day to minute",
    7176: "day to second",
    3072: "hour to minute",
    7168: "hour to second",
    6144: "minute to second",
}
_FAMILIES = {
    "integer": "integer",
    "bigint": "bigint",
    "smallint": "smallint",
    "numeric": "numeric",
    "real": "float",
    "double precision": "float",
    "text": "text",
    "citext": "text",
    "name": "text",
    "character varying": "varchar",
    "character": "char",
    "bpchar": "char",
    "boolean": "boolean",
    "timestamp without time zone": "timestamp",
    "timestamp with time zone": "timestamptz",
    "date": "date",
    "time without time zone": "time",
    "time with time zone": "time",
    "interval": "interval",
    "uuid": "uuid",
    "json": "json",
    "jsonb": "jsonb",
    "bytea": "bytes",
    "inet": "inet",
    "cidr": "inet",
}


class Shape(NamedTuple):
    """A type taken apart: `timestamp(3) with time zone[]` is the base, (3,) and an array."""

    base: str
    modifiers: tuple[int, ...] = ()
    array: bool = False


@functools.lru_cache(maxsize=4096)
def canonical(type_text: str) -> str:
    """Give the server's spelling of a type; text that is no type comes back in lower case.

    >>> canonical("VARCHAR(40)"), canonical("timestamptz(3)"), canonical("INT4[3]")
    ('character varying(40)', 'timestamp(3) with time zone', 'integer[]')
    """
    try:
        statement = grammar.parse(f"select null::{type_text}")
        target = statement[0].select_stmt.target_list[0].res_target.val
        return spelled(target.type_cast.type_name)
    except (grammar.Failure, IndexError, UnicodeError):
        return " ".join(type_text.lower().split())


def spelled(type_name: Node) -> str:
    """Give the server's spelling of a type in a syntax tree; a serial is its integer."""
    parts = names.strings(type_name.names)
    if not parts:
        raise grammar.Failure("no type")
    array = "[]" if type_name.array_bounds else ""
    return _scalar(parts, type_name.typmods) + array


def is_serial(type_name: Node) -> bool:
    """Whether a type in a syntax tree is serial, bigserial or smallserial."""
    return names.strings(type_name.names)[-1:] in {(name,) for name in SERIALS}


def _scalar(parts: Sequence[str], modifiers: Sequence[Node]) -> str:
    if len(parts) > 1 and parts[-2] != "pg_catalog":
        schema = names.own_schema(parts[-2])
        base = names.quoted(parts[-1])
        base = f"{names.quoted(schema)}.{base}" if schema else base
        return base + _modifiers(modifiers)
    name = parts[-1]
    if name == "interval":
        return _interval(modifiers)
    if name == "bpchar":
        return f"character{_modifiers(modifiers)}" if modifiers else "bpchar"
    if name == "numeric" and len(modifiers) == 1:
        return f"numeric({grammar.text_of(modifiers[0])},0)"
    # Written without quotes, "char" is another type than char: one byte.
    base = SERIALS.get(name) or _SPELLED.get(name) or _quoted_type(name)
    first, space, rest = base.partition(" ")
    if first in ("timestamp", "time"):
        return f"{first}{_modifiers(modifiers)}{space}{rest}"
    return base + _modifiers(modifiers)


def _quoted_type(name: str) -> str:
    # Built-in type names that are keywords are printed bare by format_type.
    return name if name in _FAMILIES or name == "bit" else names.quoted(name)


def _modifiers(modifiers: Sequence[Node]) -> str:
    return f"({','.join(map(grammar.text_of, modifiers))})" if modifiers else ""


def _interval(modifiers: Sequence[Node]) -> str:
    fields = _INTERVAL_FIELDS.get(modifiers[0].a_const.ival.ival, "") if modifiers else ""
    return " ".join(filter(None, ["interval", fields])) + _modifiers(modifiers[1:])


@functools.lru_cache(maxsize=4096)
def shape(type_text: str) -> Shape:
    """Take a type in the server's spelling apart.

    >>> shape("timestamp(3) with time zone")
    Shape(base='timestamp with time zone', modifiers=(3,), array=False)
    """
    array = type_text.endswith("[]")
    text = type_text.removesuffix("[]")
    match = re.search(r"\((-?\d+(?:,\s*-?\d+)*)\)", text)
    if not match:
        return Shape(text, (), array)
    modifiers = tuple(int(part) for part in match[1].split(","))
    return Shape(text[: match.start()] + text[match.end() :], modifiers, array)


def family(type_text: str) -> str:
    """Give the family of a type: `integer`, `varchar`, `timestamptz`, `array`, `other`, …"""
    found = shape(canonical(type_text))
    if found.array:
        return "array"
    if found.base.startswith("interval"):
        return "interval"
    if re.fullmatch(r"(int[48]|num|ts|tstz|date)(multi)?range", found.base):
        return "range"
    return _FAMILIES.get(found.base, "other")


def rewrites(old: str, new: str, target: Target) -> bool | None:
    """Whether ALTER COLUMN TYPE without USING copies the table; None where it depends.

    The measured table stands in the tests. It depends for timestamp and timestamptz, which
    keep their bytes only while the session's TimeZone is UTC (PostgreSQL 12 and newer), and for
    types that this module does not know.
    https://www.postgresql.org/docs/current/sql-altertable.html#SQL-ALTERTABLE-NOTES
    """
    before, after = shape(canonical(old)), shape(canonical(new))
    if before == after:
        return False
    if before.array or after.array:
        return True
    if before.base == after.base:
        return _modifier_rewrites(before, after)
    bases = {before.base, after.base}
    if bases == {"timestamp with time zone", "timestamp without time zone"}:
        return True if (after.modifiers or (6,))[0] < 6 else None
    if (before.base, after.base) in _SAME_BYTES:
        # Across types the server forgets the old length, so a new one has every row checked.
        return _length_rewrites(before._replace(modifiers=()), after)
    known = all(base in _FAMILIES or base in _KNOWN for base in bases)
    return True if known else None


_KNOWN = {"bit", "bit varying", "xml", "oid", "regclass", "money", "interval", '"char"'}
# Casts without a function (pg_cast.castmethod 'b'); only this direction where one is given.
_SAME_BYTES = {
    ("character varying", "text"),
    ("text", "character varying"),
    ("cidr", "inet"),
    ("bit", "bit varying"),
    ("bit varying", "bit"),
    ("integer", "oid"),
    ("oid", "integer"),
    ("xml", "text"),
    ("xml", "character varying"),
    ("citext", "text"),
    ("text", "citext"),
    ("bpchar", "character"),
}


def _modifier_rewrites(before: Shape, after: Shape) -> bool:
    base = before.base
    if base == "numeric":
        return _numeric_rewrites(before.modifiers, after.modifiers)
    if base in ("character varying", "bit varying"):
        return _length_rewrites(before, after)
    if base.startswith(("timestamp", "time", "interval")):
        return _narrows_fraction(before, after)
    return True


def _numeric_rewrites(before: tuple[int, ...], after: tuple[int, ...]) -> bool:
    if not after:
        return False
    if not before:
        return True
    return not (after[0] >= before[0] and after[1] == before[1])


def _length_rewrites(before: Shape, after: Shape) -> bool:
    if after.base == "bit":
        return True
    if not after.modifiers:
        return False
    return not before.modifiers or after.modifiers[0] < before.modifiers[0]


def _narrows_fraction(before: Shape, after: Shape) -> bool:
    """Whether fractions of seconds are cut; without a modifier six digits are kept."""
    kept = (before.modifiers or (6,))[0], (after.modifiers or (6,))[0]
    return kept[1] < kept[0]


_RANKS = {"smallint": 1, "integer": 2, "bigint": 3, "numeric": 4}
_DIGITS = {"smallint": 5, "integer": 10, "bigint": 19}


def fits(old: str, new: str) -> bool:
    """Whether every value of the old type is surely kept, unchanged, by the new one."""
    before, after = shape(canonical(old)), shape(canonical(new))
    if before.array != after.array:
        return False
    if before == after:
        return True
    if before.base in _RANKS and after.base in _RANKS:
        return _number_fits(before, after)
    if after.base in ("text", "character varying"):
        return _text_fits(before, after)
    if before.base == after.base:
        return _same_base_fits(before, after)
    return (before.base, after.base) in _WIDENINGS and not _narrows_fraction(before, after)


_WIDENINGS = {
    ("real", "double precision"),
    ("smallint", "double precision"),
    ("integer", "double precision"),
    ("smallint", "real"),
    ("date", "timestamp without time zone"),
    ("cidr", "inet"),
}


def _number_fits(before: Shape, after: Shape) -> bool:
    if after.base != "numeric":
        return before.base != "numeric" and _RANKS[before.base] <= _RANKS[after.base]
    if not after.modifiers:
        return True
    whole = after.modifiers[0] - after.modifiers[1]
    if before.base != "numeric":
        return whole >= _DIGITS[before.base] and after.modifiers[1] >= 0
    if not before.modifiers:
        return False
    kept = before.modifiers[0] - before.modifiers[1]
    return whole >= kept and after.modifiers[1] >= before.modifiers[1]


def _text_fits(before: Shape, after: Shape) -> bool:
    if before.base not in ("text", "character varying", "character"):
        return False
    if not after.modifiers:
        return True
    return bool(before.modifiers) and after.modifiers[0] >= before.modifiers[0]


def _same_base_fits(before: Shape, after: Shape) -> bool:
    if before.base == "numeric" or before.base == "bit":
        return False
    if before.base.startswith(("timestamp", "time", "interval")):
        return not _narrows_fraction(before, after)
    if not after.modifiers:
        return True
    return bool(before.modifiers) and after.modifiers[0] >= before.modifiers[0]
