"""A mapped column's type and Python-side defaults as JSON of core.mapping."""

from __future__ import annotations

from typing import Any

_SKIPPED = (
    "object",
    "Generic",
    "Protocol",
    "Visitable",
    "EventTarget",
    "HasExpressionLookup",
    "TypeEngineMixin",
    "TypeEngine",
    "SchemaEventTarget",
    "SchemaType",
    "Emulated",
)


def sql_type(type_: Any, mutable: bool = False) -> dict[str, Any]:
    """Gives the JSON of SQLType: class names, and what shapes the type."""
    inner = getattr(type_, "impl_instance", None) or getattr(type_, "impl", None) or type_
    inner = inner if not isinstance(inner, type) else type_
    shaped = _Shape(type_, inner)
    enum_class = shaped.get("enum_class")
    item = shaped.get("item_type")
    return {
        "name": type(type_).__name__,
        "bases": _bases(type_, inner),
        "length": shaped.number("length"),
        "precision": shaped.number("precision"),
        "scale": shaped.number("scale"),
        "timezone": shaped.flag("timezone"),
        "asdecimal": shaped.flag("asdecimal"),
        "enum_name": shaped.text("name") if shaped.get("enums") is not None else None,
        "enum_class": enum_class.__name__ if isinstance(enum_class, type) else None,
        "enum_values": [str(value) for value in shaped.get("enums") or ()],
        "enum_native": shaped.flag("native_enum"),
        "enum_members": _members(enum_class),
        "item": type(item).__name__ if item is not None else None,
        "mutable": mutable,
    }


def _members(enum_class: Any) -> list[tuple[str, str]]:
    """Gives the names and values of an enum class whose values are texts."""
    members = getattr(enum_class, "__members__", None) or {}
    pairs = [(name, getattr(member, "value", None)) for name, member in members.items()]
    return [(n, str(v)) for n, v in pairs] if all(isinstance(v, str) for _, v in pairs) else []


class _Shape:
    """What a type, or the one that it decorates, says of itself."""

    def __init__(self, outer: Any, inner: Any) -> None:
        self._types = (outer, inner)

    def get(self, name: str) -> Any:
        for item in self._types:
            try:
                value = getattr(item, name, None)
            except Exception:
                value = None
            if value is not None:
                return value
        return None

    def number(self, name: str) -> int | None:
        value = self.get(name)
        return value if isinstance(value, int) and not isinstance(value, bool) else None

    def flag(self, name: str) -> bool | None:
        value = self.get(name)
        return value if isinstance(value, bool) else None

    def text(self, name: str) -> str | None:
        value = self.get(name)
        return str(value) if value is not None else None


def _bases(outer: Any, inner: Any) -> list[str]:
    names: list[str] = []
    for cls in (*type(outer).__mro__[1:], *(type(inner).__mro__ if inner is not outer else ())):
        name = cls.__name__
        if not name.startswith("_") and name not in _SKIPPED and name not in names:
            names.append(name)
    return names


def default(found: Any) -> dict[str, Any] | None:
    """Gives the JSON of a column's `default` or `onupdate`."""
    if found is None:
        return None
    if getattr(found, "is_sequence", False):
        return {"kind": "sequence", "value": str(found.name)}
    if getattr(found, "is_server_default", False):
        return {"kind": "server", "value": ""}
    argument = getattr(found, "arg", None)
    if getattr(found, "is_callable", False):
        return {"kind": "callable", "value": callable_name(argument)}
    if getattr(found, "is_clause_element", False):
        return {"kind": "sql", "value": str(argument)}
    return {"kind": "scalar", "value": repr(argument)[:200], "type": type(argument).__name__}


def callable_name(function: Any) -> str:
    """Gives the qualified name of a callable: `datetime.utcnow`, `uuid.uuid4`, `app.m.<lambda>`."""
    name = getattr(function, "__qualname__", None) or getattr(function, "__name__", None)
    if name is None:
        inner = getattr(function, "func", None)  # functools.partial
        return callable_name(inner) if inner is not None else type(function).__name__
    module = getattr(function, "__module__", None)
    return name if module in (None, "builtins") else f"{module}.{name}"


def explicit_nullable(column: Any) -> bool | None:
    """Gives what the user wrote as nullable=, None when nothing was written."""
    value = getattr(column, "_user_defined_nullable", None)
    return value if isinstance(value, bool) else None
