"""Indexes put into the models' source, and taken out of it, where their tables are declared."""

from __future__ import annotations

import ast
from collections.abc import Sequence
from dataclasses import dataclass

from dbwright.core.errors import FixError
from dbwright.core.finding import Edit
from dbwright.core.mapping import Mapping
from dbwright.core.placed import PlacedIndex, UnplacedIndex, WantedIndex
from dbwright.core.schema import Index, Table
from dbwright.recipes import (
    model_index,
    model_insert,
    model_parts,
    model_source,
    model_syntax,
)
from dbwright.recipes.model_index import Spelling
from dbwright.recipes.model_style import Style
from dbwright.recipes.model_work import Work

Wanted = tuple[WantedIndex, Index]
BY_HAND = "Make this change by hand, then: dbwright migrations new"


@dataclass(frozen=True, slots=True)
class IndexEdits:
    """The edits of the models, and what became of each index."""

    edits: tuple[Edit, ...]
    indexes: tuple[PlacedIndex, ...]
    drops: tuple[PlacedIndex, ...]
    unplaced: tuple[UnplacedIndex, ...]


def edited(
    mapping: Mapping, wanted: Sequence[Wanted], drops: Sequence[tuple[str, str, str]]
) -> IndexEdits:
    """Gives the models with the wanted indexes and without those to drop.

    Those are a table, a name, and the index that does the work: where that is a wanted one which
    found no place, the other stays. What cannot be edited is in `unplaced`, with code to paste.
    """
    work = Work(mapping)
    placed: list[PlacedIndex] = []
    gone: list[PlacedIndex] = []
    unplaced: list[UnplacedIndex] = []
    for want, index in wanted:
        before = dict(work.files)
        try:
            placed.append(_put(work, want, index))
        except FixError as error:
            work.files = before
            unplaced.append(_refused(want, index, error))
    left = {each.advised for each in unplaced}
    for table, name, by in drops:
        before = dict(work.files)
        try:
            if by in left:
                why = f"{by}, which is to do its work, is left to you"
                raise FixError(why, way_out="It stays until that one is there.")
            gone.append(_taken(work, table, name))
        except FixError as error:
            work.files = before
            unplaced.append(UnplacedIndex(table, name, _why(error)))
    return IndexEdits(work.done().edits, tuple(placed), tuple(gone), tuple(unplaced))


def _refused(want: WantedIndex, index: Index, error: FixError) -> UnplacedIndex:
    made = model_index.by_names(index, Spelling())
    return UnplacedIndex(want.table, want.advised, _why(error), made)


def _why(error: FixError) -> str:
    return f"{error.message}. {error.way_out or BY_HAND}"


def _put(work: Work, want: WantedIndex, index: Index) -> PlacedIndex:
    style = work.table_style(want.table)
    spelling = _spelling(style, 4) if style.kind == "table" else _spelling(style, 8, 4)
    path, name = style.source.path, style.mapper.name
    with_text = model_index.uses_text(index)
    if style.kind == "table":
        made = model_index.by_names(index, spelling)
        work.change(path, lambda text: _in_call(text, want.table, made), index.name)
        where = f"Table({want.table.rpartition('.')[2]})"
    elif _has_own_arguments(work, style):
        made = model_index.by_names(index, spelling)
        work.change(path, lambda text: model_source.add_table_argument(text, name, made), made)
        where = f"{name}.__table_args__"
    else:
        made = _behind(work, style, index)
        where = f"behind {name}"
        with_text = model_index.uses_text(index, attributes=True)
    needs = [style.named(name)[1] for name in ("Index", *(("text",) if with_text else ()))]
    work.imports(path, [need for need in needs if need])
    shown = made if where.startswith("behind") else model_index.by_names(index, Spelling())
    return PlacedIndex(want.table, want.advised, index.name, path, where, shown)


def _spelling(style: Style, margin: int, added: int = 0) -> Spelling:
    """How the file spells what the call needs."""
    return Spelling(style.named("Index")[0], style.named("text")[0], style.width, margin, added)


def _in_call(text: str, table: str, made: str) -> str | None:
    call = model_insert.table_call(text, table)
    if call is None:
        return None
    return model_parts.append_argument(text, call.lineno, ("Table",), made)


def _has_own_arguments(work: Work, style: Style) -> bool:
    """Whether a `__table_args__` of the class itself can take the index.

    One that a mixin or a base gives would be hidden by it, and what a method or an expression
    gives cannot be extended; then the index stands behind the class.
    """
    name = style.mapper.name
    for owner, _, item in work.members(style):
        if "__table_args__" not in model_insert.names_of(item):
            continue
        value = getattr(item, "value", None)
        return owner == name and isinstance(value, ast.Tuple | ast.Dict)
    return True


def _behind(work: Work, style: Style, index: Index) -> str:
    """The index behind its class, by the class's attributes."""
    spelling = _spelling(style, 0)
    mapper = style.mapper

    def attribute(column: str) -> str | None:
        found = mapper.attribute_of(column)
        return f"{mapper.name}.{found.name}" if found else None

    made = model_index.by_attributes(index, spelling, attribute)
    if made is None:
        raise FixError(
            f"{mapper.name} has no __table_args__ of its own that can be extended, and none of "
            "the index's keys is a column by itself",
            way_out="Add it where the table's arguments are made.",
        )
    work.change(
        style.source.path,
        lambda text: model_insert.behind_class(text, mapper.name, made),
        made,
    )
    return made


def _taken(work: Work, table: str, name: str) -> PlacedIndex:
    """An index taken out of the models, wherever it is declared."""
    found = work.mapping.schema.table(table)
    index = next((one for one in found.indexes if one.name == name), None) if found else None
    if found is None or index is None:
        raise FixError("no model declares it", way_out="See whether a revision makes it.")
    style = work.table_style(table)
    column = index.keys[0].column if len(index.keys) == 1 else None
    placed = _by_keyword(work, style, found, column) if column else None
    if placed is None and (style.kind == "table"):
        work.change(style.source.path, lambda text: _out_of_call(text, table, name), name)
        placed = style.source.path, f"Table({found.name})"
    if placed is None:
        placed = _out_of_class(work, style, index)
    return PlacedIndex(table, name, name, *placed)


def _by_keyword(work: Work, style: Style, table: Table, column: str) -> tuple[str, str] | None:
    """The `index=True` of a column taken away; None where it has none."""
    attribute = style.mapper.attribute_of(column)
    if attribute is not None:
        try:
            path, line = work.line(attribute, style)
        except FixError:  # declared by an annotation of its own, say: an index= cannot be there
            return None
    else:
        call = model_insert.table_call(work.text(style.source.path), table.key)
        lines = [node.lineno for node in call.args if _names(node, column)] if call else []
        if not lines:
            return None
        path, line = style.source.path, lines[0]
    calls = ("Column",) if style.kind == "table" else model_source.COLUMN_CALLS
    held = _column_call(work.text(path), line, calls)
    value = model_syntax.keyword(held, "index")
    if value is None:
        return None
    unique = model_syntax.keyword(held, "unique")
    if isinstance(unique, ast.Constant) and unique.value is True:
        raise FixError("it also keeps the column unique", way_out="Leave it.")
    work.keyword(column, style, (path, line), calls, "index", None)
    return path, f"index=True of {style.mapper.name}.{attribute.name if attribute else column}"


def _column_call(text: str, line: int, calls: Sequence[str]) -> ast.Call | None:
    from dbwright.core.source import Source

    return model_syntax.call(Source("", text), line, *calls)


def _names(node: ast.expr, column: str) -> bool:
    first = node.args[0] if isinstance(node, ast.Call) and node.args else None
    return isinstance(first, ast.Constant) and first.value == column


def _out_of_call(text: str, table: str, name: str) -> str | None:
    call = model_insert.table_call(text, table)
    if call is None:
        return None
    return model_parts.remove_argument(text, call.lineno, "Table", name)


def _out_of_class(work: Work, style: Style, index: Index) -> tuple[str, str]:
    """An `Index(…)` taken out of the class's arguments, or the statement that makes it."""
    path, name = style.source.path, style.mapper.name
    text = work.text(path)
    within = model_parts.remove_table_argument(text, name, index.name)
    if within is not None:
        work.files[path] = within
        return path, f"{name}.__table_args__"
    line = _statement_of(text, index.name)
    after = model_source.remove_statement(text, line) if line else None
    if after is None:
        raise FixError(f"its declaration was not found in {path}")
    work.files[path] = after
    return path, f"beside {name}"


def _statement_of(text: str, name: str) -> int | None:
    """The line of a statement that is `Index("name", …)`, or that names one."""
    for node in ast.parse(text).body:
        value = node.value if isinstance(node, ast.Expr | ast.Assign) else None
        is_index = isinstance(value, ast.Call) and model_syntax.dotted(value.func).endswith("Index")
        if value is not None and is_index and _names(value, name):
            return node.lineno
    return None
