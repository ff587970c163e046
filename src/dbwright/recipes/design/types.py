"""Types of attributes: what Python sees, what SQLAlchemy declares, which values are refused."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from dbwright.core.brief import BriefAttribute

_JSON = 'JSON().with_variant(JSONB(), "postgresql")'


@dataclass(frozen=True, slots=True)
class Typed:
    """A type: its annotation, its SQLAlchemy code ("" where the annotation settles it)."""

    python: str
    sql: str = ""
    family: str = "text"


def typed(attribute: BriefAttribute) -> Typed:
    """Gives the type of an attribute that is no value set."""
    return _TYPES[attribute.type](attribute)


def _string(length: int, family: str = "text") -> Callable[[BriefAttribute], Typed]:
    def made(attribute: BriefAttribute) -> Typed:
        return Typed("str", f"String({attribute.length or _longest(attribute) or length})", family)

    return made


def _longest(attribute: BriefAttribute) -> int | None:
    if attribute.maximum is not None:
        return int(attribute.maximum)
    return int(attribute.below) - 1 if attribute.below is not None else None


def _numeric(precision: int, scale: int) -> Callable[[BriefAttribute], Typed]:
    def made(attribute: BriefAttribute) -> Typed:
        digits = attribute.scale if attribute.scale is not None else scale
        whole = attribute.precision or max(precision, digits + 1)
        return Typed("Decimal", f"Numeric({whole}, {digits})", "number")

    return made


def _plain(python: str, sql: str = "", family: str = "") -> Callable[[BriefAttribute], Typed]:
    return lambda attribute: Typed(python, sql, family or python)


def _integer(attribute: BriefAttribute) -> Typed:
    bounds = (attribute.maximum, attribute.minimum, attribute.above, attribute.below)
    large = any(value is not None and abs(value) > 2**31 - 1 for value in bounds)
    counted = attribute.name.endswith(("_bytes", "_count_total")) or attribute.unit == "bytes"
    return Typed("int", "BigInteger" if large or counted else "", "integer")


_TYPES: dict[str, Callable[[BriefAttribute], Typed]] = {
    "string": _string(255),
    "text": _plain("str", "Text", "text"),
    "email": _string(320),
    "url": _string(2048),
    "slug": _string(120),
    "phone": _string(32),
    "integer": _integer,
    "decimal": _numeric(18, 4),
    "money": _numeric(14, 2),
    "percent": _numeric(5, 2),
    "float": _plain("float", "", "number"),
    "boolean": _plain("bool"),
    "date": _plain("dt.date", "", "date"),
    "time": _plain("dt.time", "", "time"),
    "datetime": _plain("dt.datetime", "", "datetime"),
    "duration": _plain("dt.timedelta", "", "duration"),
    "uuid": _plain("UUID", "", "uuid"),
    "json": _plain("dict[str, Any]", "", "json"),
    "bytes": _plain("bytes", "", "bytes"),
    "ip": _plain("str", 'String(45).with_variant(INET(), "postgresql")', "ip"),
    "password": _plain("str", "String(255)", "text"),
    "token": _plain("bytes", "LargeBinary(32)", "bytes"),
    "country": _string(2),
    "currency": _string(3),
    "language": _string(35),
    "timezone": _string(64),
    "tags": _plain("list[str]", "", "tags"),
    "latitude": _numeric(8, 6),
    "longitude": _numeric(9, 6),
}
ANNOTATIONS = {
    "int": "",
    "str": "",
    "dt.datetime": "DateTime(timezone=True)",
    "dict[str, Any]": _JSON,
    "list[str]": 'JSON().with_variant(ARRAY(String(100)), "postgresql")',
}
"""The entries of the base's `type_annotation_map`, taken in where a column needs them."""
