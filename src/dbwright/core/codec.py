"""JSON both ways for the frozen values of the core."""

from __future__ import annotations

import dataclasses
import enum
import functools
import types
import typing
from collections.abc import Callable, Mapping
from typing import Any, TypeVar

T = TypeVar("T")
Decoder = Callable[[Any], Any]


def to_json(value: Any) -> Any:
    """Gives plain JSON data of a core value; dataclasses that share a union carry `kind`."""
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        cls = type(value)
        data = {name: to_json(getattr(value, name)) for name in _written(cls)}
        return {"kind": cls.__name__, **data} if _is_tagged(cls) else data
    if isinstance(value, enum.Enum):
        return value.value
    if isinstance(value, Mapping):
        return {str(key): to_json(item) for key, item in value.items()}
    if isinstance(value, (list, tuple, set, frozenset)):
        return [to_json(item) for item in value]
    return value


def from_json(cls: type[T], data: Any) -> T:
    """Gives the core value that `to_json` wrote; a wrong shape raises ValueError or TypeError."""
    return typing.cast(T, _decoder(cls)(data))


def tagged(cls: type[T]) -> type[T]:
    """Marks a dataclass that stands in unions: its JSON names its class in `kind`."""
    cls.__dbwright_tagged__ = True  # type: ignore[attr-defined]
    return cls


def _is_tagged(cls: type) -> bool:
    return "__dbwright_tagged__" in vars(cls)


@functools.cache
def _written(cls: type) -> tuple[str, ...]:
    fields = dataclasses.fields(cls)
    return tuple(field.name for field in fields if not field.metadata.get("transient"))


@functools.cache
def _fields(cls: type) -> dict[str, Decoder]:
    hints = typing.get_type_hints(cls)
    return {
        field.name: _decoder(hints[field.name])
        for field in dataclasses.fields(cls)
        if field.init and not field.metadata.get("transient")
    }


def _decoder(hint: Any) -> Decoder:
    return _made(hint)


@functools.cache
def _made(hint: Any) -> Decoder:
    """Gives what makes a value of a type from JSON; a type is looked at once, not a value each."""
    origin = typing.get_origin(hint)
    arguments = typing.get_args(hint)
    if origin in (typing.Union, types.UnionType):
        return _union(arguments)
    if origin in (tuple, list, frozenset, set):
        return _sequence(origin, arguments)
    if origin in (dict, Mapping) or (isinstance(origin, type) and issubclass(origin, Mapping)):
        item = _decoder(arguments[1])
        return lambda data: {key: item(found) for key, found in data.items()}
    if dataclasses.is_dataclass(hint):
        return _dataclass(typing.cast(type, hint))
    if isinstance(hint, type) and issubclass(hint, enum.Enum):
        return hint
    return _as_it_is


def _as_it_is(data: Any) -> Any:
    return data


def _sequence(origin: type, arguments: tuple[Any, ...]) -> Decoder:
    items = [_decoder(hint) for hint in arguments if hint is not Ellipsis]
    if origin is tuple and len(items) > 1:
        return lambda data: tuple(make(item) for make, item in zip(items, data, strict=True))
    make = items[0]
    return origin if make is _as_it_is else lambda data: origin(map(make, data))


def _union(members: tuple[Any, ...]) -> Decoder:
    classes = [member for member in members if dataclasses.is_dataclass(member)]
    by_kind = {typing.cast(type, member).__name__: _decoder(member) for member in classes}
    first = next(iter(by_kind.values()), _as_it_is)
    others = [member for member in members if member not in classes]
    containers = [_decoder(m) for m in others if typing.get_origin(m) in (tuple, list, dict)]

    def decode(data: Any) -> Any:
        if classes and isinstance(data, Mapping):
            return by_kind.get(data.get("kind", ""), first)(data)
        return containers[0](data) if containers and isinstance(data, list) else data

    return decode


def _dataclass(cls: type) -> Decoder:
    def decode(data: Any) -> Any:
        if not isinstance(data, Mapping):
            raise TypeError(f"expected an object for {cls.__name__}, got {type(data).__name__}")
        # asked for here: a class may hold values of its own kind
        made = {name: make(data[name]) for name, make in _fields(cls).items() if name in data}
        return cls(**made)

    return decode
