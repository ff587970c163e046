"""The mapped classes as JSON of core.mapping: attributes, relationships, inheritance."""

from __future__ import annotations

import weakref
from collections.abc import Iterable
from typing import Any

from . import columns, places, shown, tables
from .configure import qualified

_by_table: Any = weakref.WeakKeyDictionary()


def of_metadata(metadata: list[Any]) -> list[Any]:
    """Gives the mappers whose tables are of these metadata, by class name."""
    from sqlalchemy.orm.mapper import _all_registries

    found = []
    wanted = set(map(id, metadata))
    for registry in _all_registries():
        for mapper in registry.mappers:
            tables = getattr(mapper.local_table, "metadata", None)
            if id(tables) in wanted or id(registry.metadata) in wanted:
                found.append(mapper)
    return sorted(found, key=lambda mapper: qualified(mapper.class_))


def remember(found: Iterable[Any]) -> None:
    """Notes which classes stand on which table, and by which attributes they know its columns."""
    _by_table.clear()
    for mapper in found:
        keys: dict[str, list[str]] = {}
        for key, prop in mapper._props.items():
            for column in getattr(prop, "columns", ()):
                if getattr(column, "table", None) is mapper.local_table:
                    keys.setdefault(column.name, []).append(key)
        _by_table.setdefault(mapper.local_table, []).append((mapper.class_, keys))


def classes_of(table: Any) -> list[tuple[type, dict[str, list[str]]]]:
    """Gives the classes of a table with their attributes per column name."""
    return _by_table.get(table, [])  # type: ignore[no-any-return]


def facts(mapper: Any) -> dict[str, Any]:
    """Gives the JSON of core.mapping.Mapper."""
    cls = mapper.class_
    attributes = [found for found in map(_maker(mapper, _attribute), _props(mapper)) if found]
    relationships = [found for found in map(_maker(mapper, _relationship), _props(mapper)) if found]
    version = mapper.version_id_col
    return {
        "name": cls.__name__,
        "qualified": qualified(cls),
        "table": _table_name(mapper.local_table),
        "attributes": attributes,
        "relationships": relationships,
        **_inheritance(mapper),
        "version_id": version.name if version is not None else None,
        "abstract": False,
        "repr_attributes": shown.by_repr(cls, [item["name"] for item in attributes]),
        "place": places.of_class(cls),
    }


def _props(mapper: Any) -> list[Any]:
    return list(mapper._props.values())


def _maker(mapper: Any, make: Any) -> Any:
    return lambda prop: make(mapper, prop)


def _table_name(table: Any) -> str:
    return str(getattr(table, "fullname", None) or getattr(table, "name", None) or table)


def _inheritance(mapper: Any) -> dict[str, Any]:
    parent = mapper.inherits
    kind = None
    if parent is not None:
        kind = "single" if mapper.single else "concrete" if mapper.concrete else "joined"
    on = mapper.polymorphic_on
    identity = mapper.polymorphic_identity
    return {
        "inherits": qualified(parent.class_) if parent is not None else None,
        "inheritance": kind,
        "polymorphic_on": getattr(on, "name", None) or (str(on) if on is not None else None),
        "polymorphic_identity": None if identity is None else str(identity),
        "has_polymorphic_identity": identity is not None,
    }


def _attribute(mapper: Any, prop: Any) -> dict[str, Any] | None:
    from sqlalchemy import Column

    column = (getattr(prop, "columns", None) or [None])[0]
    if not isinstance(column, Column):
        return None
    name = prop.key
    place, annotation, optional = _source(mapper, name)
    return {
        "name": name,
        "table": _table_name(column.table),
        "column": column.name,
        "type": columns.sql_type(column.type, _is_mutable(mapper.class_, name)),
        "annotation": annotation,
        "optional": optional,
        "default": columns.default(column.default),
        "onupdate": columns.default(_changed(column)),
        "explicit_nullable": columns.explicit_nullable(column),
        "deferred": bool(prop.deferred),
        "primary_key": bool(column.primary_key),
        "inherited": _is_inherited(mapper, prop),
        "info": tables.plain(column.info),
        "place": place,
    }


def _changed(column: Any) -> Any:
    """What fills the column at each UPDATE: Python's, else the server's."""
    return column.onupdate if column.onupdate is not None else column.server_onupdate


def _is_inherited(mapper: Any, prop: Any) -> bool:
    parent = mapper.inherits
    return prop.parent is not mapper or (parent is not None and prop.key in parent._props)


def _source(mapper: Any, name: str) -> tuple[Any, str | None, bool | None]:
    found = places.member(mapper.class_, name)
    if not found:
        table = mapper.local_table
        call = places.table_call(table)
        calls = ("Column", "mapped_column")
        return places.inside(*call, calls, name) if call else None, None, None
    annotation = places.inner_annotation(found[1].annotation)
    return found[0], annotation, places.is_optional(annotation)


def _is_mutable(cls: type, name: str) -> bool:
    """Whether sqlalchemy.ext.mutable watches the attribute, so that changes inside are seen."""
    dispatch = getattr(getattr(cls, name, None), "dispatch", None)
    try:
        listeners = list(dispatch.set) if dispatch is not None else []
    except Exception:
        return False
    return any(_is_of_mutable(function) for function in listeners)


def _is_of_mutable(function: Any) -> bool:
    if getattr(function, "__module__", "") == "sqlalchemy.ext.mutable":
        return True
    cells = getattr(function, "__closure__", None) or ()
    inner = [cell.cell_contents for cell in cells if callable(cell.cell_contents)]
    return any(getattr(item, "__module__", "") == "sqlalchemy.ext.mutable" for item in inner)


def _relationship(mapper: Any, prop: Any) -> dict[str, Any] | None:
    from sqlalchemy.orm import RelationshipProperty

    if not isinstance(prop, RelationshipProperty):
        return None
    try:
        target = prop.mapper
        direction = prop.direction.name
    except Exception:  # a relationship that could not be configured is among the problems
        return None
    place, annotation, optional = _source(mapper, prop.key)
    if annotation is None:
        place = places.imperative(mapper.class_, mapper.local_table, prop.key) or place
    return {
        "name": prop.key,
        "target": qualified(target.class_),
        "target_table": _table_name(target.local_table),
        "direction": direction,
        "uselist": bool(prop.uselist),
        "lazy": _lazy(prop.lazy),
        "cascade": sorted(prop.cascade),
        "passive_deletes": prop.passive_deletes if prop.passive_deletes == "all"
        else bool(prop.passive_deletes),
        "back_populates": prop.back_populates or _reverse(prop),
        "backref": bool(prop.backref) or place is None,
        "viewonly": bool(prop.viewonly),
        "secondary": _table_name(prop.secondary) if prop.secondary is not None else None,
        "pairs": [[local.name, remote.name] for local, remote in prop.local_remote_pairs],
        "annotation": annotation,
        "optional": optional,
        "order_by": [str(item) for item in prop.order_by or ()],
        "inherited": _is_inherited(mapper, prop),
        "place": place,
    }  # fmt: skip


def _reverse(prop: Any) -> str | None:
    """Gives the other side's name where backref= made it."""
    others = [other.key for other in getattr(prop, "_reverse_property", ())]
    return others[0] if others else None


def _lazy(value: Any) -> str:
    return {True: "select", False: "joined", None: "noload"}.get(value, str(value))
