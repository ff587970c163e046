"""Which attributes a class's repr() shows, read from the source of its `__repr__`."""

from __future__ import annotations

import ast
import dataclasses
import inspect
from typing import Any

from . import frames, places

_ALL = ("__table__", "__mapper__", "__dict__", "vars", "inspect", "to_dict", "dict", "model_dump")


def by_repr(cls: type, attributes: list[str]) -> list[str]:
    """Gives those of the attributes that stand in repr() of an instance."""
    function = inspect.unwrap(getattr(cls, "__repr__", object.__repr__))
    if function is object.__repr__:
        return []
    fields = _fields(cls, function)
    if fields is not None:
        return [name for name in attributes if name in fields]
    code = getattr(function, "__code__", None)
    if code is None or not frames.is_project(code.co_filename):
        return []
    return _of_source(cls, function, attributes, 0)


def _fields(cls: Any, function: Any) -> set[str] | None:
    """Gives the fields of a generated repr, None where the class wrote its own."""
    code = getattr(function, "__code__", None)
    generated = code is not None and code.co_filename.startswith("<")
    if generated and dataclasses.is_dataclass(cls):
        return {field.name for field in dataclasses.fields(cls) if field.repr}
    if getattr(function, "__module__", "").split(".")[0] in ("pydantic", "sqlmodel"):
        fields = getattr(cls, "model_fields", None) or getattr(cls, "__fields__", {})
        return {name for name, field in fields.items() if getattr(field, "repr", True)}
    return None


def _of_source(cls: type, function: Any, attributes: list[str], depth: int) -> list[str]:
    code = getattr(function, "__code__", None)
    if code is None or depth > 2 or not frames.is_project(code.co_filename):
        return []
    node = places.read(code.co_filename).functions.get(code.co_firstlineno)
    if node is None:
        return []
    used = {item.attr for item in ast.walk(node) if isinstance(item, ast.Attribute)}
    used |= {item.id for item in ast.walk(node) if isinstance(item, ast.Name)}
    if used & set(_ALL):
        return attributes
    found = [name for name in attributes if name in used]
    for method in used - set(found):
        called = inspect.unwrap(inspect.getattr_static(cls, method, None) or _none)
        if inspect.isfunction(called) and called is not function:
            found += _of_source(cls, called, attributes, depth + 1)
        elif isinstance(called, property) and called.fget is not None:
            found += _of_source(cls, called.fget, attributes, depth + 1)
    return [name for name in attributes if name in found]


def _none() -> None:
    return None
