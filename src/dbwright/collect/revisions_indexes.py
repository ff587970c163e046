"""Indexes: those that `create_index` and `sa.Index` describe."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from dbwright.collect.revisions_arguments import Arguments, Unclear, plain_text, texts_of
from dbwright.collect.revisions_values import Made, Member
from dbwright.core.place import Place
from dbwright.core.schema import Index, IndexKey

_ORDERS = ("desc", "asc", "nulls_first", "nullsfirst", "nulls_last", "nullslast")


def read_index(arguments: Arguments, name: str, keys: Any) -> Index:
    """Gives the index over the keys; what cannot be read raises Unclear."""
    if not isinstance(keys, (list, tuple)) or not keys:
        raise Unclear("columns")
    operators = arguments.option("ops") or {}
    predicate = arguments.option("where")
    return Index(
        name,
        tuple(_with_operators(_key(key, arguments), operators) for key in keys),
        unique=arguments.flag("unique"),
        method=_method(arguments),
        predicate=arguments.expression(predicate) if predicate is not None else None,
        include=texts_of(arguments.option("include") or ()),
        nulls_not_distinct=arguments.option("nulls_not_distinct") is True,
        place=arguments.place,
    )


def index_of(made: Made, dialect: str | None, place: Place) -> Index:
    """Gives the index of `sa.Index("name", "column", …)`."""
    arguments = Arguments(("name",), made.arguments, made.keywords, dialect, place)
    return read_index(arguments, arguments.text("name"), arguments.rest)


def _method(arguments: Arguments) -> str:
    method = arguments.option("using")
    return method.lower() if isinstance(method, str) else "btree"


def _key(value: Any, arguments: Arguments) -> IndexKey:
    if isinstance(value, str):
        return IndexKey(column=value)
    if not isinstance(value, Made):
        raise Unclear("columns")
    if isinstance(value.what, Member) and value.name in _ORDERS:
        return _ordered(_key(value.what.of, arguments), value.name)
    if value.name in _ORDERS and value.arguments:
        return _ordered(_key(value.arguments[0], arguments), value.name)
    if value.name in ("column", "Column", "quoted_name"):
        return IndexKey(column=plain_text(value.arguments[0] if value.arguments else None))
    return _text_key(arguments.expression(value))


def _text_key(text: str) -> IndexKey:
    words = text.split()
    if len(words) == 2 and words[0].isidentifier() and words[1].lower() in ("desc", "asc"):
        return IndexKey(column=words[0], descending=words[1].lower() == "desc")
    return IndexKey(column=text) if text.isidentifier() else IndexKey(expression=text)


def _ordered(key: IndexKey, order: str) -> IndexKey:
    if order in ("desc", "asc"):
        return replace(key, descending=order == "desc")
    return replace(key, nulls_first=order.endswith("first"))


def _with_operators(key: IndexKey, operators: Any) -> IndexKey:
    found = operators.get(key.column) if isinstance(operators, dict) else None
    return replace(key, opclass=found) if isinstance(found, str) else key
