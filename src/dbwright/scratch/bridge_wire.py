"""JSON for the values that cross the bridge; the child's half is `child/wire.py`."""

from __future__ import annotations

import base64
import datetime
import decimal
import ipaddress
import uuid
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from psycopg.types.range import Range

_PLAIN = (str, bool, int, float, type(None))


def pack(value: Any) -> Any:
    """Gives a value of the database as plain JSON data; an unknown type becomes its text."""
    if type(value) in _PLAIN:
        return value
    if isinstance(value, list):
        return [pack(item) for item in value]
    for kind, name, packer in _PACKERS:
        if isinstance(value, kind):
            return {"$": name, "v": packer(value)}
    return _pack_of_driver(value)


def _pack_of_driver(value: Any) -> Any:
    # imported for those that need it: a review without a database does not
    from psycopg.types.multirange import Multirange
    from psycopg.types.range import Range

    if isinstance(value, Multirange):
        return [pack(item) for item in value]
    if isinstance(value, Range):
        return {"$": "range", "v": _pack_range(value)}
    return str(value)


def _pack_range(value: Range[Any]) -> list[Any]:
    if value.isempty:
        return [None, None, "[)", True]
    return [pack(value.lower), pack(value.upper), value.bounds, False]


def _pack_delta(value: datetime.timedelta) -> list[int]:
    return [value.days, value.seconds, value.microseconds]


def _pack_address(value: Any) -> list[str]:
    return [type(value).__name__, str(value)]


_ADDRESSES = (
    ipaddress.IPv4Interface,
    ipaddress.IPv6Interface,
    ipaddress.IPv4Address,
    ipaddress.IPv6Address,
    ipaddress.IPv4Network,
    ipaddress.IPv6Network,
)
_PACKERS: tuple[tuple[Any, str, Callable[[Any], Any]], ...] = (
    (decimal.Decimal, "decimal", str),
    (datetime.datetime, "datetime", datetime.datetime.isoformat),
    (datetime.date, "date", datetime.date.isoformat),
    (datetime.time, "time", datetime.time.isoformat),
    (datetime.timedelta, "delta", _pack_delta),
    (uuid.UUID, "uuid", str),
    ((bytes, memoryview, bytearray), "bytes", lambda v: base64.b64encode(bytes(v)).decode()),
    (tuple, "tuple", lambda value: [pack(item) for item in value]),
    (_ADDRESSES, "address", _pack_address),
)


def unpack(value: Any) -> Any:
    """Gives back the value that the child packed."""
    if isinstance(value, list):
        return [unpack(item) for item in value]
    if isinstance(value, dict):
        return _UNPACKERS[value["$"]](value["v"])
    return value


def _unpack_range(value: list[Any]) -> Range[Any]:
    from psycopg.types.range import Range

    lower, upper, bounds, empty = value
    return Range(empty=True) if empty else Range(unpack(lower), unpack(upper), bounds)


_UNPACKERS: dict[str, Callable[[Any], Any]] = {
    "decimal": decimal.Decimal,
    "datetime": datetime.datetime.fromisoformat,
    "date": datetime.date.fromisoformat,
    "time": datetime.time.fromisoformat,
    "delta": lambda value: datetime.timedelta(*value),
    "uuid": uuid.UUID,
    "bytes": base64.b64decode,
    "tuple": lambda value: tuple(unpack(item) for item in value),
    "map": lambda value: {unpack(key): unpack(item) for key, item in value},
    "range": _unpack_range,
}
