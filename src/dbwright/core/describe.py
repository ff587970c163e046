"""Parts of a table in SQL's own words, short, for the sentences of a comparison."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from dbwright.core.schema import (
    Check,
    Column,
    Exclude,
    ForeignKey,
    Index,
    IndexKey,
    Trigger,
    Unique,
)


def text_of(part: Any) -> str:
    """Give what a part is, without its name: `(customer_id) references customers(id)`."""
    match part:
        case Column():
            return _column(part)
        case ForeignKey():
            return _foreign_key(part)
        case Check():
            return f"check ({part.expression})" + _not_valid(part.validated)
        case Exclude() | Trigger():
            return part.definition
        case Unique():
            return _unique(part)
        case Index():
            return _index(part)
    return _list(part.columns)


def _column(column: Column) -> str:
    words = [
        column.type,
        f"collate {column.collation}" if column.collation else "",
        "" if column.nullable else "not null",
        f"default {column.default}" if column.default else "",
        f"generated {column.identity} as identity" if column.identity else "",
        f"generated always as ({column.computed})" if column.computed else "",
    ]
    return " ".join(word for word in words if word)


def _list(columns: Iterable[str]) -> str:
    return f"({', '.join(columns)})"


def _not_valid(validated: bool) -> str:
    return "" if validated else " not valid"


def _foreign_key(part: ForeignKey) -> str:
    words = [f"{_list(part.columns)} references {part.referred}{_list(part.referred_columns)}"]
    words += [f"on delete {part.on_delete.lower()}"] if part.on_delete else []
    words += [f"on update {part.on_update.lower()}"] if part.on_update else []
    words += ["deferrable"] if part.deferrable else []
    words += ["initially deferred"] if part.initially_deferred else []
    return " ".join(words) + _not_valid(part.validated)


def _unique(part: Unique) -> str:
    words = [_list(part.columns)]
    words += ["nulls not distinct"] if part.nulls_not_distinct else []
    words += [f"include {_list(part.include)}"] if part.include else []
    words += ["deferrable"] if part.deferrable else []
    return " ".join(words)


def _index(part: Index) -> str:
    words = ["unique"] if part.unique else []
    words += [f"using {part.method}"] if part.method != "btree" else []
    words += [_list(map(_key, part.keys))]
    words += ["nulls not distinct"] if part.nulls_not_distinct else []
    words += [f"include {_list(part.include)}"] if part.include else []
    words += [f"with {_list(part.options)}"] if part.options else []
    words += [f"where {part.predicate}"] if part.predicate else []
    words += [] if part.valid else ["invalid"]
    return " ".join(words)


def _key(key: IndexKey) -> str:
    words = [key.column or f"({key.expression})"]
    words += [f"collate {key.collation}"] if key.collation else []
    words += [key.opclass] if key.opclass else []
    words += ["desc"] if key.descending else []
    if key.nulls_first is not None:
        words.append("nulls first" if key.nulls_first else "nulls last")
    return " ".join(words)
