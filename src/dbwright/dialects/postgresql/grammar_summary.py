"""What a text names, told by libpg_query itself: no tree of it is made in Python.

A tree takes ten times as long to be made and walked as the library takes to read the text, which
is felt where a workload has a hundred thousand statements. The binding carries the function and has
no word for it.
"""

from __future__ import annotations

import ctypes
import importlib
from typing import Any, NamedTuple

from dbwright.dialects.postgresql import grammar

_native: Any = importlib.import_module("postgast.native")
_check: Any = importlib.import_module("postgast.errors").check_error
_WHOLE = -1
_SELECT = frozenset({"SelectStmt"})
_SURE = _SELECT | {"InsertStmt", "UpdateStmt", "DeleteStmt"}


class Summary(NamedTuple):
    """The kinds of a text's statements, in order, those inside among them, and the tables."""

    kinds: tuple[str, ...]
    tables: frozenset[tuple[str, str]]


class _Result(ctypes.Structure):
    _fields_ = (
        ("summary", _native.PgQueryProtobuf),
        ("stderr_buffer", ctypes.c_char_p),
        ("error", ctypes.POINTER(_native.PgQueryError)),
    )


def _declared() -> Any:
    """Gives the library, knowing the function; None for a build that lacks it."""
    library = _native.lib
    try:
        library.pg_query_summary.argtypes = [ctypes.c_char_p, ctypes.c_int, ctypes.c_int]
        library.pg_query_summary.restype = _Result
        library.pg_query_free_summary_parse_result.argtypes = [_Result]
        library.pg_query_free_summary_parse_result.restype = None
    except AttributeError:
        return None
    return library


_library = _declared()


def summary(sql: str) -> Summary:
    """Gives the kinds and tables (schema, or "", and name; none of its WITH) of a text.

    Text outside of the grammar raises `grammar.Failure`.
    """
    found: Summary | None = grammar.answered(_named, sql) if _library else None
    return found or _walked(sql)


def _named(sql: str) -> Summary | None:
    """Gives what the library names; None where it may leave out a table.

    It does of a MERGE, DDL and RETURNING, and takes `s.a` for the `a` of a WITH.
    """
    result = _library.pg_query_summary(sql.encode(), 0, _WHOLE)
    try:
        _check(result)
        data = ctypes.string_at(result.summary.data, result.summary.len)
    finally:
        _library.pg_query_free_summary_parse_result(result)
    found = grammar.nodes.SummaryResult.FromString(data)
    kinds = tuple(found.statement_types)
    if found.cte_names or not kinds or not _SURE.issuperset(kinds):
        return None
    if not _SELECT.issuperset(kinds) and "returning" in sql.casefold():
        return None
    tables = frozenset((each.schema_name, each.table_name) for each in found.tables)
    return Summary(kinds, tables)


def _walked(sql: str) -> Summary:
    trees = grammar.parse(sql)
    tables: set[tuple[str, str]] = set()
    for tree in trees:
        own = {each.ctename for each in grammar.all_of(tree, "CommonTableExpr")}
        named = ((each.schemaname, each.relname) for each in grammar.all_of(tree, "RangeVar"))
        tables.update(each for each in named if each[0] or each[1] not in own)
    kinds = (type(getattr(tree, tree.WhichOneof("node"))).__name__ for tree in trees)
    return Summary(tuple(kinds), frozenset(tables))
