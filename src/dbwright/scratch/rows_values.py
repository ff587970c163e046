"""Values of each type family, from ordinary to the edges, and their SQL literals."""

from __future__ import annotations

import json
import random
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from typing import Any, Literal

from dbwright.scratch.rows_types import Shape

Flavor = Literal["ordinary", "large", "small", "unicode"]
FLAVORS: tuple[Flavor, ...] = ("ordinary", "large", "small", "unicode")
LONGEST = 4000

# Wider than the next narrower type, yet not so large that ordinary arithmetic (cents, a sum)
# runs over the column's own range: that would be a fault of the generator, not of the revision.
_LARGE = {"smallint": 300, "integer": 1_000_000, "bigint": 5_000_000_000}
_MOMENTS = (
    datetime(2024, 2, 29, 12, 0),
    datetime(2024, 3, 31, 1, 30),
    datetime(2024, 10, 27, 2, 30),
    datetime(2024, 3, 10, 2, 30),
    datetime(1999, 12, 31, 23, 59, 59, 999999),
    datetime(1970, 1, 1),
    datetime(2038, 1, 19, 3, 14, 8),
)
_WORDS = ("amber", "birch", "cedar", "delta", "ember", "flint", "grove", "heron")
_UNICODE = ("Zoë Müller", "naïve café", "東京 データ", 'O\'Brien "q"', "emoji 🙂 x", "ß/İ/ı")


@dataclass(frozen=True, slots=True)
class Raw:
    """A value that is SQL already: a literal read back, DEFAULT, an expression."""

    sql: str


@dataclass(slots=True)
class Wish:
    """Which value is wanted: of this column, this flavor, the n-th, unlike any other if unique."""

    column: str
    flavor: Flavor
    n: int
    unique: bool
    rng: random.Random


def value(shape: Shape, wish: Wish) -> Any:
    """Gives a value of the shape as a Python object; texts of types Python lacks are str."""
    make = _MAKERS.get(shape.family)
    if make:
        return make(shape, wish)
    text = _OTHERS.get(shape.name)
    return text(wish) if text else _text(shape, wish)


def literal(item: Any, shape: Shape, dialect: str) -> str:
    """Gives the SQL literal of a value; PostgreSQL finds its type from the column."""
    if item is None:
        return "NULL"
    if isinstance(item, Raw):
        return item.sql
    if isinstance(item, bool):
        return ("true" if item else "false") if dialect == "postgresql" else str(int(item))
    if isinstance(item, bytes):
        return f"'\\x{item.hex()}'" if dialect == "postgresql" else f"X'{item.hex()}'"
    if isinstance(item, (int, float, Decimal)):
        if shape.family in ("text", "varchar", "char"):
            return f"'{item}'"
        return f"{item}" if item >= 0 else f"({item})"
    if isinstance(item, (dict, list)) and shape.family != "array":
        return quoted(json.dumps(item, ensure_ascii=False))
    if isinstance(item, list):
        return quoted(_array(item))
    if isinstance(item, timedelta):
        return f"'{item.total_seconds()} seconds'"
    if isinstance(item, datetime):
        # MySQL reads no offset; its sessions here are in UTC
        plain = item.replace(tzinfo=None) if dialect in ("mysql", "mariadb") else item
        return quoted(plain.isoformat(" "))
    return quoted(str(item))


def quoted(text: str) -> str:
    """Gives a text as an SQL string.

    >>> quoted("O'Brien")
    "'O''Brien'"
    """
    return "'" + text.replace("'", "''") + "'"


def _array(items: list[Any]) -> str:
    return "{" + ",".join(_array_item(item) for item in items) + "}"


def _array_item(item: Any) -> str:
    if item is None:
        return "NULL"
    if isinstance(item, list):
        return _array(item)
    if isinstance(item, (dict,)):
        item = json.dumps(item, ensure_ascii=False)
    if isinstance(item, bytes):
        item = f"\\x{item.hex()}"
    text = str(item).lower() if isinstance(item, bool) else str(item)
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


def _integer(shape: Shape, wish: Wish) -> int:
    large = _LARGE.get(shape.family, 1_000_000)
    if wish.unique:
        return {"large": large + wish.n, "small": -wish.n}.get(wish.flavor, wish.n + 1)
    if wish.flavor == "small":  # every fourth row: one after the other
        return (0, -1, -7)[wish.n // 4 % 3]
    return large if wish.flavor == "large" else wish.rng.randint(0, 20)


def _numeric(shape: Shape, wish: Wish) -> Decimal:
    scale = shape.scale or (0 if shape.length else 4)
    digits = max((shape.length or 12) - scale, 0)
    step = Decimal(1).scaleb(-scale)
    top = Decimal(10) ** digits - step
    if wish.unique:
        sign = -1 if wish.flavor == "small" else 1
        found = sign * (top - wish.n * step if wish.flavor == "large" else (wish.n + 1) * step)
    elif wish.flavor == "small":
        found = (Decimal(0), -step, -min(top, Decimal(1)))[wish.n // 4 % 3]
    elif wish.flavor == "large":
        found = top
    else:
        found = min(top, Decimal(wish.rng.randint(0, 99))) + wish.rng.choice((0, 1)) * step
        found = min(found, top)
    return found.quantize(step) if scale >= 0 else found


def _float(shape: Shape, wish: Wish) -> float:
    if wish.unique:
        return (wish.n + 1) * (-0.5 if wish.flavor == "small" else 0.5)
    fixed = {"small": (0.0, -1.5)[wish.n // 4 % 2], "large": 1e10}
    return fixed.get(wish.flavor, wish.rng.randint(0, 200) / 4)


def _text(shape: Shape, wish: Wish) -> str:
    limit = min(shape.length or LONGEST, LONGEST)
    fitting = _named(wish, limit)
    if fitting is not None:
        return fitting
    if wish.unique:
        return _unique_text(limit, wish)
    if wish.flavor == "large":
        return (wish.rng.choice(_WORDS) + "-")[:limit].ljust(min(limit, shape.length or 300), "x")
    if wish.flavor == "small":
        return ""
    if wish.flavor == "unicode":
        return wish.rng.choice(_UNICODE)[:limit]
    return wish.rng.choice(_WORDS)[:limit]


def _named(wish: Wish, limit: int) -> str | None:
    """Gives a value in the form that the column's name promises and code may parse."""
    name = wish.column.lower()
    number = wish.n if wish.unique else wish.rng.randint(0, 9)
    if "email" in name:
        found = f"user{number}@example.com"
    elif "url" in name or name in ("website", "link", "href"):
        found = f"https://example.com/{number}"
    else:
        return None
    return found if len(found) <= limit and wish.flavor in ("ordinary", "unicode") else None


def _unique_text(limit: int, wish: Wish) -> str:
    number = _letters(wish.n)
    if limit <= len(number) + 1:
        return number.rjust(limit, "a")[-limit:]
    if wish.flavor == "small" and wish.n == 0:
        return ""
    words = _UNICODE if wish.flavor == "unicode" else _WORDS
    head = words[wish.n % len(words)][: limit - len(number) - 1]
    if wish.flavor == "large":
        head = head.ljust(min(limit, 300) - len(number) - 1, "x")
    return f"{head}-{number}"


def _letters(number: int) -> str:
    """Gives a number in letters, the last one turning fastest: a, b, … z, ba."""
    found = ""
    while True:
        number, rest = divmod(number, 26)
        found = chr(97 + rest) + found
        if number == 0:
            return found


def _moment(shape: Shape, wish: Wish) -> datetime:
    if wish.unique:
        found = datetime(2024, 1, 1) + timedelta(hours=7 * wish.n, seconds=wish.n)
    elif wish.flavor == "ordinary":
        found = datetime(2024, 1, 1) + timedelta(hours=wish.rng.randint(0, 2000))
    else:
        found = _MOMENTS[wish.n % len(_MOMENTS)]
    return found.replace(tzinfo=UTC) if shape.family == "timestamptz" else found


def _date(shape: Shape, wish: Wish) -> date:
    if wish.unique:
        return date(2024, 1, 1) + timedelta(days=wish.n)
    return _moment(Shape("timestamp"), wish).date()


def _time(shape: Shape, wish: Wish) -> time:
    if wish.unique:
        return (datetime(2024, 1, 1) + timedelta(seconds=61 * wish.n)).time()
    return {"small": time(0), "large": time(23, 59, 59)}.get(
        wish.flavor, time(wish.rng.randint(0, 23), 30)
    )


def _interval(shape: Shape, wish: Wish) -> timedelta:
    if wish.unique:
        return timedelta(minutes=wish.n + 1)
    fixed = {"small": timedelta(), "large": timedelta(days=400)}
    return fixed.get(wish.flavor, timedelta(hours=wish.rng.randint(1, 48)))


def _uuid(shape: Shape, wish: Wish) -> str:
    found = uuid.UUID(int=wish.rng.getrandbits(128), version=4)
    return found.hex if shape.length == 32 else str(found)  # as SQLAlchemy keeps it in CHAR(32)


def _json(shape: Shape, wish: Wish) -> dict[str, Any]:
    if wish.unique:
        return {"n": wish.n}
    if wish.flavor == "small":
        return {}
    if wish.flavor == "unicode":
        return {"näme": "Zoë", "none": None, "list": [1, "two", {"three": 3.5}]}
    return {"kind": wish.rng.choice(_WORDS), "count": wish.rng.randint(0, 9), "on": True}


def _bytes(shape: Shape, wish: Wish) -> bytes:
    if wish.unique:
        return wish.n.to_bytes(4, "big")
    if wish.flavor == "small":
        return b""
    count = min(64 if wish.flavor == "large" else 8, shape.length or 64)
    return bytes(wish.rng.getrandbits(8) for _ in range(count))


def _inet(shape: Shape, wish: Wish) -> str:
    n = wish.n if wish.unique else wish.rng.randint(0, 9)
    if wish.flavor == "unicode":
        return f"2001:db8::{n + 1:x}"
    return f"10.{n // 65536 % 256}.{n // 256 % 256}.{n % 256}"


def _enum(shape: Shape, wish: Wish) -> str:
    return shape.labels[wish.n % len(shape.labels)] if shape.labels else ""


def _boolean(shape: Shape, wish: Wish) -> bool:
    return wish.n % 2 == 0 if wish.unique else wish.rng.random() < 0.5


def _list(shape: Shape, wish: Wish) -> list[Any]:
    item = shape.item or Shape("text")
    if wish.flavor == "small" and not wish.unique:
        return []
    count = 3 if wish.flavor == "large" else 1
    return [
        value(item, Wish("", wish.flavor, wish.n + k, wish.unique, wish.rng)) for k in range(count)
    ]


def _range(shape: Shape, wish: Wish) -> str:
    """Gives ranges that never overlap: the n-th begins where the one before it ended."""
    item = shape.item or Shape("integer")
    low = _integer(Shape("integer"), Wish("", "ordinary", wish.n, True, wish.rng))
    if item.family in ("date", "timestamp", "timestamptz"):
        start = date(2024, 1, 1) + timedelta(days=low)
        return f"[{start},{start + timedelta(days=1)})"
    return f"[{low},{low + 1})"


def _composite(shape: Shape, wish: Wish) -> Raw:
    parts = (literal(value(field, wish), field, "postgresql") for field in shape.fields)
    return Raw(f"row({', '.join(parts)})")


_MAKERS: dict[str, Callable[[Shape, Wish], Any]] = {
    "smallint": _integer,
    "integer": _integer,
    "bigint": _integer,
    "numeric": _numeric,
    "float": _float,
    "text": _text,
    "varchar": _text,
    "char": _text,
    "boolean": _boolean,
    "timestamp": _moment,
    "timestamptz": _moment,
    "date": _date,
    "time": _time,
    "interval": _interval,
    "uuid": _uuid,
    "json": _json,
    "jsonb": _json,
    "bytes": _bytes,
    "enum": _enum,
    "array": _list,
    "inet": _inet,
    "range": _range,
    "composite": _composite,
}

_OTHERS: dict[str, Callable[[Wish], Any]] = {
    "money": lambda wish: Decimal(wish.n) / 4,
    "oid": lambda wish: wish.n + 1,
    "macaddr": lambda wish: f"08:00:2b:01:{wish.n // 256 % 256:02x}:{wish.n % 256:02x}",
    "macaddr8": lambda wish: f"08:00:2b:01:02:03:{wish.n // 256 % 256:02x}:{wish.n % 256:02x}",
    "bit": lambda wish: "1" if wish.n % 2 else "0",
    "bit varying": lambda wish: format(wish.n, "b"),
    "xml": lambda wish: f"<row n='{wish.n}'/>",
    "tsvector": lambda wish: f"'{_WORDS[wish.n % 8]}':1",
    "tsquery": lambda wish: _WORDS[wish.n % 8],
    "point": lambda wish: f"({wish.n},1)",
    "line": lambda wish: f"{{1,2,{wish.n}}}",
    "lseg": lambda wish: f"[(0,0),({wish.n},1)]",
    "box": lambda wish: f"({wish.n + 1},1),({wish.n},0)",
    "path": lambda wish: f"[(0,0),({wish.n},1)]",
    "polygon": lambda wish: f"((0,0),(1,{wish.n}),(1,0))",
    "circle": lambda wish: f"<(0,0),{wish.n + 1}>",
    "pg_lsn": lambda wish: f"0/{wish.n:X}",
    "hstore": lambda wish: f'"k"=>"{wish.n}"',
    "ltree": lambda wish: f"top.n{wish.n}",
    "cidr": lambda wish: f"10.{wish.n // 256 % 256}.{wish.n % 256}.0/24",
    "regclass": lambda wish: "pg_class",
    "name": lambda wish: f"name_{wish.n}",
    "jsonpath": lambda wish: f"$.a[{wish.n}]",
}
