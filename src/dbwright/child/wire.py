"""JSON for the values that a statement takes and gives; what JSON lacks carries a tag in `$`.

The parent's half is `scratch/bridge_wire.py`.
"""

from __future__ import annotations

import base64
import datetime
import decimal
import enum
import ipaddress
import json
import uuid
from typing import Any

PLAIN = (str, bool, int, float, type(None))


class Unsendable(TypeError):
    """A value that no statement can carry."""


def dumps(value: Any) -> bytes:
    """Gives one line of JSON, its end included."""
    return json.dumps(value, separators=(",", ":")).encode() + b"\n"


def pack(value: Any) -> Any:
    """Gives the value as plain JSON data; what cannot be sent raises Unsendable."""
    kind = type(value)
    if kind in PLAIN:
        return value
    packer = _PACKERS.get(kind)
    if packer:
        return packer(value)
    return _pack_other(value)


def _pack_other(value: Any) -> Any:
    if isinstance(value, enum.Enum):
        return pack(value.value)
    for kind, packer in _PACKERS.items():
        if isinstance(value, kind):
            return packer(value)
    for kind in (bool, int, float, str):
        if isinstance(value, kind):
            return kind(value)
    if type(value).__name__ in ("Json", "Jsonb"):
        return json.dumps(getattr(value, "obj", getattr(value, "adapted", None)))
    if all(hasattr(value, name) for name in ("lower", "upper", "bounds")):
        ends = [pack(value.lower), pack(value.upper)]
        return _tag("range", [*ends, value.bounds, bool(getattr(value, "empty", False))])
    raise Unsendable(f"can't adapt type {type(value).__name__!r}")


def _tag(name: str, value: Any) -> dict[str, Any]:
    return {"$": name, "v": value}


def _pack_time_delta(value: datetime.timedelta) -> Any:
    return _tag("delta", [value.days, value.seconds, value.microseconds])


def _pack_bytes(value: Any) -> Any:
    return _tag("bytes", base64.b64encode(bytes(value)).decode())


_PACKERS: dict[type, Any] = {
    decimal.Decimal: lambda value: _tag("decimal", str(value)),
    datetime.datetime: lambda value: _tag("datetime", value.isoformat()),
    datetime.date: lambda value: _tag("date", value.isoformat()),
    datetime.time: lambda value: _tag("time", value.isoformat()),
    datetime.timedelta: _pack_time_delta,
    uuid.UUID: lambda value: _tag("uuid", str(value)),
    bytes: _pack_bytes,
    bytearray: _pack_bytes,
    memoryview: _pack_bytes,
    tuple: lambda value: _tag("tuple", [pack(item) for item in value]),
    list: lambda value: [pack(item) for item in value],
    set: lambda value: [pack(item) for item in value],
    frozenset: lambda value: [pack(item) for item in value],
    dict: lambda value: _tag("map", [[pack(key), pack(item)] for key, item in value.items()]),
}
for _kind in ("IPv4Address", "IPv6Address", "IPv4Network", "IPv6Network"):
    _PACKERS[getattr(ipaddress, _kind)] = str
for _kind in ("IPv4Interface", "IPv6Interface"):
    _PACKERS[getattr(ipaddress, _kind)] = str


def unpack(value: Any) -> Any:
    """Gives back the value that the other side packed."""
    if isinstance(value, list):
        return [unpack(item) for item in value]
    if isinstance(value, dict) and "$" in value:
        return _UNPACKERS[value["$"]](value["v"])
    return value


def _unpack_range(value: list[Any]) -> Any:
    from sqlalchemy.dialects.postgresql import Range

    lower, upper, bounds, empty = value
    return Range(unpack(lower), unpack(upper), bounds=bounds or "[)", empty=empty)


_UNPACKERS: dict[str, Any] = {
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
    "address": lambda value: getattr(ipaddress, value[0])(value[1]),
}
