"""What SQLAlchemy has mapped of the classes that a program used, as plain JSON."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from .loads import qualified


def described(classes: Iterable[type]) -> dict[str, Any]:
    """Gives the classes, and those that they are related to or inherit from, by their names.

    A class may have been mapped when it was used, and be no longer.
    """
    from sqlalchemy import inspect

    found: dict[str, Any] = {}
    known: list[Any] = [inspect(each, raiseerr=False) for each in classes]
    waiting = [each for each in known if getattr(each, "is_mapper", False)]
    while waiting:
        mapper = waiting.pop()
        name = qualified(mapper.class_)
        if name in found:
            continue
        found[name] = _class(mapper)
        waiting += [prop.mapper for prop in mapper.relationships]
        waiting += [mapper.inherits] if mapper.inherits is not None else []
    return found


_DELETES = ("before_delete", "after_delete")


def _class(mapper: Any) -> dict[str, Any]:
    return {
        "name": mapper.class_.__name__,
        "inherits": qualified(mapper.inherits.class_) if mapper.inherits is not None else None,
        "single": bool(mapper.single),
        "table": str(mapper.local_table),
        "keys": [
            mapper.get_property_by_column(column).key
            for column in mapper.primary_key
            if column in mapper._columntoproperty
        ],
        "columns": {
            prop.key: {
                "deferred": bool(prop.deferred),
                "group": getattr(prop, "group", None),
                "table": str(getattr(prop.columns[0], "table", "")),
                "server": _by_server(prop.columns[0]),
                "foreign": bool(getattr(prop.columns[0], "foreign_keys", ())),
            }
            for prop in mapper.column_attrs
        },
        "relationships": {prop.key: _relationship(prop) for prop in mapper.relationships},
        "listened": any(bool(getattr(mapper.dispatch, name, ())) for name in _DELETES),
    }


def _by_server(column: Any) -> bool:
    """Whether the database fills a column, at an INSERT or at an UPDATE."""
    given = (getattr(column, name, None) for name in ("default", "onupdate"))
    return bool(
        getattr(column, "server_default", None) is not None
        or getattr(column, "server_onupdate", None) is not None
        or any(getattr(each, "is_clause_element", False) for each in given)
    )


def _relationship(prop: Any) -> dict[str, Any]:
    return {
        "target": qualified(prop.mapper.class_),
        "many": bool(prop.uselist),
        "direction": prop.direction.name,
        "lazy": str(prop.lazy),
        "secondary": prop.secondary is not None,
        "itself": prop.mapper.common_parent(prop.parent),
        "passive_deletes": bool(prop.passive_deletes),
        "cascades_delete": bool(prop.cascade.delete),
        "viewonly": bool(prop.viewonly),
        "foreign": sorted(
            {
                _column(each)
                for pair in prop.local_remote_pairs
                for each in pair
                if each.foreign_keys
            }
        ),
        "on_delete": sorted({key.ondelete or "" for key in _keys(prop)}),
    }


def _column(column: Any) -> tuple[str, str]:
    return str(column.table), str(column.key)


def _keys(prop: Any) -> set[Any]:
    """Gives the foreign keys between the tables of a relationship."""
    pairs = prop.local_remote_pairs
    between = {column for pair in pairs for column in pair}
    return {key for column in between for key in column.foreign_keys if key.column in between}
