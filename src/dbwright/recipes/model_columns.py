"""Columns put into a class, taken out of it or given another name in the database."""

from __future__ import annotations

import ast
from collections.abc import Sequence

import libcst as cst

from dbwright.core.mapping import Mapper, Mapping
from dbwright.core.place import Place
from dbwright.core.source import Source
from dbwright.recipes import model_parts, model_source, model_syntax, models
from dbwright.recipes.model_draft import Change, Draft


def is_annotated(mapping: Mapping, table: str, columns: Sequence[str]) -> bool:
    """Whether each of the columns is declared as `name: Mapped[…]`, in a class of SQLAlchemy."""
    for column in columns:
        attribute = mapping.attribute(table, column)
        if attribute is None or attribute.annotation is None or attribute.place is None:
            return False
        source, line = mapping.source(attribute.place.file), attribute.place.line or 0
        lines = source.text.splitlines() if source else []
        if "Mapped[" not in "".join(lines[max(line - 1, 0) : line + 1]):
            return False
    return True


def after_statement(text: str, line: int, code: str) -> str | None:
    """Gives the text with statements of the same depth put behind the one at a line."""
    try:
        node = model_syntax.statement(Source("", text), line)
    except SyntaxError:
        return None
    if node is None or node.end_lineno is None:
        return None
    lines = text.splitlines(keepends=True)
    indent = " " * node.col_offset
    new = "".join(f"{indent}{item}\n" for item in code.splitlines())
    return "".join([*lines[: node.end_lineno], new, *lines[node.end_lineno :]])


def at_end(text: str, code: str) -> str:
    """Gives the text with statements put behind the last one."""
    return f"{text.rstrip()}\n\n\n{code.rstrip()}\n"


def without(draft: Draft, mapping: Mapping, table: str, columns: Sequence[str]) -> Draft:
    """Gives the draft with the statements of columns taken out of their class."""
    for column in columns:
        attribute = mapping.attribute(table, column)
        place = attribute.place if attribute else None
        draft = draft.change(place, _remover((place.line or 0) if place else 0))
    return draft


def named(draft: Draft, mapping: Mapping, table: str, column: str, name: str) -> Draft:
    """Gives the draft with a column called `name` in the database; its attribute stays."""
    found = mapping.schema.table(table)
    attribute = mapping.attribute(table, column)
    place = mapping.place_of(found, column) if found else None
    if found is None or place is None:
        return draft.change(None, lambda text: None)
    call = models.call_at(mapping, place, *model_source.COLUMN_CALLS)
    first = call.args[0] if call is not None and call.args else None
    if isinstance(first, ast.Constant) and first.value == column:
        drafted = draft.change(place, _namer(place.line or 0, name))
    elif attribute is not None and call is not None:
        drafted = draft.change(place, _inserter(place.line or 0, name))
    elif attribute is not None and attribute.annotation is not None:
        drafted = draft.keyword(place, "name", f'"{name}"')
    else:
        return draft.change(None, lambda text: None)
    return _users(drafted, mapping, table, column, name)


def owner(mapping: Mapping, table: str) -> Mapper | None:
    """Gives the class that a table belongs to, the base of those that share it."""
    found = mapping.mappers_of(table)
    return next((item for item in found if item.inheritance != "single"), None)


def _users(draft: Draft, mapping: Mapping, table: str, column: str, name: str) -> Draft:
    """The strings of foreign keys and table arguments that name the column."""
    old = f"{table}.{column}"
    for source in mapping.sources:
        if f'"{old}"' in source.text or f"'{old}'" in source.text:
            draft = draft.change(
                Place(source.path, 0),
                lambda text: model_parts.replace_string(text, old, f"{table}.{name}"),
            )
    return draft


def _remover(line: int) -> Change:
    return lambda text: model_source.remove_statement(text, line)


def _namer(line: int, name: str) -> Change:
    def change(call: cst.Call) -> cst.Call:
        arguments = list(call.args)
        arguments[0] = arguments[0].with_changes(value=cst.SimpleString(f'"{name}"'))
        return call.with_changes(args=arguments)

    calls = model_source.COLUMN_CALLS
    return lambda text: model_source.change_call(text, line, calls, change)


def _inserter(line: int, name: str) -> Change:
    def change(call: cst.Call) -> cst.Call:
        comma = cst.Comma(whitespace_after=cst.SimpleWhitespace(" "))
        first = cst.Arg(cst.SimpleString(f'"{name}"'))
        first = first.with_changes(comma=comma) if call.args else first
        return call.with_changes(args=[first, *call.args])

    calls = model_source.COLUMN_CALLS
    return lambda text: model_source.change_call(text, line, calls, change)
