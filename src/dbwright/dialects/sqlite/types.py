"""Types of SQLite: any words may stand for a type, and decide only how values are kept."""

from __future__ import annotations

import re

from dbwright.core.target import Target

# https://www.sqlite.org/datatype3.html#determination_of_column_affinity, and before it the
# words of SQLAlchemy's types, which say more than the affinity does.
_FAMILIES = (
    ("bigint", "bigint"),
    ("smallint", "smallint"),
    ("bool", "boolean"),
    ("int", "integer"),
    ("varchar", "varchar"),
    ("nvarchar", "varchar"),
    ("text", "text"),
    ("clob", "text"),
    ("char", "char"),
    ("blob", "bytes"),
    ("binary", "bytes"),
    ("real", "float"),
    ("floa", "float"),
    ("doub", "float"),
    ("datetime", "timestamp"),
    ("timestamp", "timestamp"),
    ("date", "date"),
    ("time", "time"),
    ("json", "json"),
    ("uuid", "uuid"),
    ("numeric", "numeric"),
    ("decimal", "numeric"),
)


def canonical(type_text: str) -> str:
    """Give a type in lower case with single spaces.

    >>> canonical("VARCHAR ( 40 )"), canonical("Numeric(10, 2)")
    ('varchar(40)', 'numeric(10,2)')
    """
    text = " ".join(type_text.lower().split())
    return re.sub(r"\s*([(,])\s*|\s+(?=\))", r"\1", text)


def family(type_text: str) -> str:
    """Give the family of a type: `integer`, `varchar`, `timestamp`, `other`, …"""
    text = canonical(type_text)
    return next((name for word, name in _FAMILIES if word in text), "other")


def affinity(type_text: str) -> str:
    """Give the affinity by SQLite's own five rules, in their order.

    >>> affinity("varchar(9)"), affinity("datetime"), affinity("floating point")
    ('TEXT', 'NUMERIC', 'INTEGER')
    """
    text = canonical(type_text)
    if "int" in text:
        return "INTEGER"
    if any(word in text for word in ("char", "clob", "text")):
        return "TEXT"
    if "blob" in text or not text:
        return "BLOB"
    return "REAL" if any(word in text for word in ("real", "floa", "doub")) else "NUMERIC"


def rewrites(old: str, new: str, target: Target) -> bool | None:
    """Whether a change of type copies the table: always, SQLite has no other way."""
    return canonical(old) != canonical(new)


def fits(old: str, new: str) -> bool:
    """Whether every value is kept as it is: lengths bind nobody, affinities convert.

    A text that looks like a number becomes one in a column of a numeric affinity.
    """
    before, after = affinity(old), affinity(new)
    if before == after or after == "BLOB":
        return True
    return (before, after) in {("INTEGER", "NUMERIC"), ("NUMERIC", "INTEGER")}
