"""JSON both ways for the frozen values of the core."""

from __future__ import annotations

import dataclasses
import enum
import functools
import types
import typing
from collections.abc import Mapping
from typing import Any, TypeVar

T = TypeVar("T")


def to_json(value: Any) -> Any:
    """Gives plain JSON data of a core value; dataclasses that share a union carry `kind`."""
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        data = {
            field.name: to_json(getattr(value, field.name))
            for field in dataclasses.fields(value)
            if not field.metadata.get("transient")
        }
        return {"kind": type(value).__name__, **data} if _is_tagged(type(value)) else data
    if isinstance(value, enum.Enum):
        return value.value
    if isinstance(value, Mapping):
        return {str(key): to_json(item) for key, item in value.items()}
    if isinstance(value, (list, tuple, set, frozenset)):
        return [to_json(item) for item in value]
    return value


def from_json(cls: type[T], data: Any) -> T:
    """Gives the core value that `to_json` wrote; a wrong shape raises ValueError or TypeError."""
    return typing.cast(T, _decode(cls, data))


def tagged(cls: type[T]) -> type[T]:
    """Marks a dataclass that stands in unions: its JSON names its class in `kind`."""
    cls.__dbwright_tagged__ = True  # type: ignore[attr-defined]
    return cls


def _is_tagged(cls: type) -> bool:
    return "__dbwright_tagged__" in vars(cls)


@functools.cache
def _fields(cls: type) -> dict[str, Any]:
    hints = typing.get_type_hints(cls)
    return {
        field.name: hints[field.name]
        for field in dataclasses.fields(cls)
        if field.init and not field.metadata.get("transient")
    }


def _decode(hint: Any, data: Any) -> Any:
    origin = typing.get_origin(hint)
    if hint is Any or hint is object:
        return data
    if origin in (typing.Union, types.UnionType):
        return _decode_union(typing.get_args(hint), data)
    if origin is typing.Literal:
        return data
    if origin in (tuple, list, frozenset, set):
        return _decode_sequence(origin, typing.get_args(hint), data)
    if origin in (dict, Mapping) or (isinstance(origin, type) and issubclass(origin, Mapping)):
        arguments = typing.get_args(hint)
        return {key: _decode(arguments[1], item) for key, item in data.items()}
    if dataclasses.is_dataclass(hint):
        return _decode_dataclass(typing.cast(type, hint), data)
    if isinstance(hint, type) and issubclass(hint, enum.Enum):
        return hint(data)
    return data


def _decode_sequence(origin: type, arguments: tuple[Any, ...], data: Any) -> Any:
    if origin is tuple and len(arguments) == 2 and arguments[1] is not Ellipsis:
        return tuple(_decode(hint, item) for hint, item in zip(arguments, data, strict=True))
    return origin(_decode(arguments[0], item) for item in data)


def _decode_union(members: tuple[Any, ...], data: Any) -> Any:
    if data is None:
        return None
    classes = [member for member in members if dataclasses.is_dataclass(member)]
    if isinstance(data, Mapping) and "kind" in data:
        for member in classes:
            if typing.cast(type, member).__name__ == data["kind"]:
                return _decode(member, data)
    if isinstance(data, Mapping) and classes:
        return _decode(classes[0], data)
    others = [m for m in members if m is not type(None) and not dataclasses.is_dataclass(m)]
    containers = [m for m in others if typing.get_origin(m) in (tuple, list, dict)]
    if isinstance(data, list) and containers:
        return _decode(containers[0], data)
    return data


def _decode_dataclass(cls: type, data: Any) -> Any:
    if not isinstance(data, Mapping):
        raise TypeError(f"expected an object for {cls.__name__}, got {type(data).__name__}")
    fields = _fields(cls)
    return cls(**{name: _decode(fields[name], data[name]) for name in fields if name in data})
