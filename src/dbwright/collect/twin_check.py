"""Whether what a twin's file says can be true: its values are of their types and within bounds.

A file may have been damaged, or written by somebody who means ill.
"""

from __future__ import annotations

import dataclasses
import functools
import math
import types
import typing
from typing import Any

from dbwright.core.statistics import RelationSize
from dbwright.core.twin import Twin

_MOST: dict[tuple[type, str], int] = {
    (RelationSize, "pages"): 2**32 - 2,
    # so high no b-tree of 32 TB is
    (RelationSize, "height"): 12,
}
_INTEGER = 2**31 - 1
_REAL = 3e38


def check(twin: Twin) -> None:
    """Raises ValueError with the place of the first value that cannot be."""
    _check(Twin, twin, "twin")


def _check(hint: Any, value: Any, place: str) -> None:
    if dataclasses.is_dataclass(hint):
        _object(typing.cast(type, hint), value, place)
        return
    origin, arguments = typing.get_origin(hint), typing.get_args(hint)
    if origin in (typing.Union, types.UnionType):
        if value is not None:
            several = [each for each in arguments if each is not types.NoneType]
            _check(several[0], value, place)
        elif types.NoneType not in arguments:
            raise ValueError(f"{place} is missing")
    elif origin is tuple:
        _require(isinstance(value, tuple), place)
        hints = arguments if arguments[-1] is not Ellipsis else (arguments[0],) * len(value)
        for number, (each, item) in enumerate(zip(hints, value, strict=True)):
            _check(each, item, f"{place}[{number}]")
    elif origin is dict:
        _require(isinstance(value, dict), place)
        for key, item in value.items():
            _check(arguments[1], item, f"{place}.{key}")
    else:
        _plain(hint, value, place)


def _object(cls: type, value: Any, place: str) -> None:
    _require(isinstance(value, cls), place)
    for name, hint in _hints(cls).items():
        found = getattr(value, name)
        _check(hint, found, f"{place}.{name}")
        if isinstance(found, int) and not isinstance(found, bool):
            most = _MOST.get((cls, name), _INTEGER)
            counted = cls.__name__.endswith("Activity") or name in ("bytes", "scans", "calls")
            if not counted and not -most <= found <= most:
                raise ValueError(f"{place}.{name} is {found}")
            if (cls, name) in _MOST and found < 0:
                raise ValueError(f"{place}.{name} is {found}")


@functools.cache
def _hints(cls: type) -> dict[str, Any]:
    return typing.get_type_hints(cls)


def _plain(hint: Any, value: Any, place: str) -> None:
    if hint is float:
        number = isinstance(value, int | float) and not isinstance(value, bool)
        _require(number, place)
        if not math.isfinite(value) or abs(value) > _REAL:
            raise ValueError(f"{place} is {value}")
    elif hint in (int, bool, str):
        _require(type(value) is hint, place)
        if hint is str and "\0" in value:
            raise ValueError(f"{place} holds the character 0")


def _require(holds: bool, place: str) -> None:
    if not holds:
        raise ValueError(f"{place} is of another type")
