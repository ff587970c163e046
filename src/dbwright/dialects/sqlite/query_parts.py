"""A SELECT of SQLite taken apart: constants beside columns, functions, sort keys."""

from __future__ import annotations

from dbwright.core.query_parts import QueryParts, SortKey
from dbwright.dialects import sqlglot_query_parts as read


def parts(sql: str) -> QueryParts:
    """Give the parts of one SELECT; `refused` says why another text is none."""
    return read.parts(sql, "sqlite")


def of_view(definition: str) -> QueryParts:
    """Give the parts of a view's query, from its definition as the catalog has it."""
    return read.of_view(definition, "sqlite")


def ranked(
    sql: str, keys: tuple[SortKey, ...], columns: tuple[str, ...], *, whole: bool = False
) -> str | None:
    """Give a query of the same rows, each with its rank by the sort keys as the last column.

    `columns` are the names of the result. With `whole` the LIMIT is left out. None where the keys
    cannot be had.
    """
    return read.ranked(sql, keys, columns, "sqlite", whole=whole)
