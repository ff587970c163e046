"""The bodies of functions, as the queries in them: of SQL, and of PL/pgSQL without EXECUTE."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from typing import Any

import psycopg

from dbwright.core.errors import ReadRefused
from dbwright.dialects.postgresql import grammar, names, reading_catalog
from dbwright.dialects.postgresql.grammar import Node
from dbwright.dialects.postgresql.question import Row

# A function may set these for its run; any other could lift a limit of the read.
_SETTABLE = frozenset(
    ("search_path", "timezone", "datestyle", "intervalstyle", "extra_float_digits", "jit")
)
# The server makes these for a range type of a user's.
_CONSTRUCTORS = frozenset(
    (
        *("range_constructor2", "range_constructor3", "multirange_constructor0"),
        *("multirange_constructor1", "multirange_constructor2"),
    )
)
_STATEMENTS = frozenset(
    f"PLpgSQL_stmt_{name}"
    for name in (
        *("block", "assign", "if", "case", "loop", "while", "fori", "fors", "foreach_a", "exit"),
        *("return", "return_next", "return_query", "raise", "perform", "execsql", "assert"),
    )
)
_CANCELS = frozenset(("query_canceled", "operator_intervention", "57014", "57000"))
"""OTHERS is not among them: the server leaves a cancel out of it."""
_WORD = grammar.nodes.Token.Value("IDENT")
_ASSIGNS = ("RAW_PARSE_PLPGSQL_ASSIGN1", 3, 4, 5)


def problem(row: Row) -> str | None:
    """Gives why a function cannot be looked into, None where it can."""
    names = {entry.partition("=")[0].lower() for entry in row.settings}
    if other := sorted(names - _SETTABLE):
        return f"it sets {other[0]} for its run"
    if row.kind == "a" or row.language in ("sql", "plpgsql"):
        return None
    if row.language == "internal" and row.source in _CONSTRUCTORS:
        return None
    return f"it is written in {row.language}, where dbwright cannot see what it does"


def trees(connection: psycopg.Connection[Any], row: Row, place: str) -> Iterator[Node]:
    """Gives the trees of what a function runs; ReadRefused where that cannot be told."""
    try:
        if row.defaults:
            yield from grammar.parse(f"select {row.defaults}")
        if row.language == "plpgsql":
            yield from _typed(row.source)
            yield from _plpgsql(reading_catalog.function_text(connection, row.oid), place)
        elif row.atomic:
            (made,) = grammar.parse(reading_catalog.function_text(connection, row.oid))
            yield made.create_function_stmt.sql_body
        elif row.language == "sql":
            yield from grammar.parse(row.source)
    except grammar.Failure as error:
        raise ReadRefused(
            f"the read is refused: {place}its body cannot be read: {error}"
        ) from error


def _plpgsql(text: str, place: str) -> Iterator[Node]:
    for kind, value in _parts(grammar.plpgsql(text)):
        if kind.startswith("PLpgSQL_stmt_") and kind not in _STATEMENTS:
            what = kind.removeprefix("PLpgSQL_stmt_")
            raise ReadRefused(
                f"the read is refused: {place}it holds the statement {what} of PL/pgSQL, whose "
                "work cannot be told from its text"
            )
        if kind == "PLpgSQL_stmt_return_query" and "dynquery" in value:
            raise ReadRefused(f"the read is refused: {place}it runs a text as SQL")
        if kind == "PLpgSQL_condition" and value["condname"].lower() in _CANCELS:
            raise ReadRefused(
                f"the read is refused: {place}it catches the cancel that would end it",
                way_out="Write what it computes in the statement, or let a human run it.",
            )
        if kind == "PLpgSQL_type":
            yield from _copied(value["typname"])
        if kind == "PLpgSQL_expr":
            yield from grammar.parse(_as_query(value["query"], value.get("parseMode", 0)))


def _copied(name: str) -> Iterator[Node]:
    """A variable may have the type of a column, or of a row."""
    column, percent, _ = name.partition("%")
    for relation in (column, column.rpartition(".")[0]) if percent else ():
        with contextlib.suppress(grammar.Failure):
            yield from grammar.parse(f"select from {relation}")


def _typed(source: str) -> Iterator[Node]:
    """A variable's type may be a domain, whose check runs when it is set.

    The parser of PL/pgSQL forgets the names of types that it does not know: each word may be one.
    """
    raw = source.encode()
    found = [raw[at:end].decode() for kind, at, end in grammar.tokens(source) if kind == _WORD]
    words = {word if word.startswith('"') else names.quoted(word.lower()) for word in found}
    if words:
        yield from grammar.parse(f"select {', '.join(f'null::{word}' for word in sorted(words))}")


def _parts(found: Any) -> Iterator[tuple[str, Any]]:
    """Gives each object of the JSON with its kind."""
    if isinstance(found, list):
        for item in found:
            yield from _parts(item)
    elif isinstance(found, dict):
        for kind, value in found.items():
            if isinstance(value, dict):
                yield kind, value
            yield from _parts(value)


def _as_query(text: str, mode: int) -> str:
    if mode == 0:
        return text
    if mode in _ASSIGNS:
        target, _, value = _assigned(text)
        return f"select {target}, ({value})"
    return f"select {text}"


def _assigned(text: str) -> tuple[str, str, str]:
    raw = text.encode()
    for _, start, end in grammar.tokens(text):
        if raw[start:end] in (b":=", b"="):
            return raw[:start].decode(), "=", raw[end:].decode()
    return text, "", "null"
