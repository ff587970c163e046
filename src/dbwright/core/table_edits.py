"""Changes of one table as a value: each gives the table as it stands afterwards."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection
from dataclasses import replace
from typing import Any, TypeVar

from dbwright.core.identifiers import spelled
from dbwright.core.schema import Check, Column, Exclude, ForeignKey, Index, Table, Unique

_TOKEN = re.compile(r"""'(?:[^']|'')*'|"((?:[^"]|"")*)"|`((?:[^`]|``)*)`|([A-Za-z_][\w$]*)""")
Named = TypeVar("Named", Unique, ForeignKey, Check, Exclude, Index)


def _place(part: Any) -> tuple[str, tuple[str, ...]]:
    return part.name or "", tuple(column or "" for column in getattr(part, "columns", ()))


def in_order(parts: Collection[Named]) -> tuple[Named, ...]:
    """Give constraints or indexes in the order in which facts hold them: by name."""
    if len(parts) < 2:
        return tuple(parts)
    return tuple(sorted(parts, key=_place))


def ordered(table: Table) -> Table:
    """Give the table with its constraints and indexes in order."""
    return replace(
        table,
        foreign_keys=in_order(table.foreign_keys),
        uniques=in_order(table.uniques),
        checks=in_order(table.checks),
        excludes=in_order(table.excludes),
        indexes=in_order(table.indexes),
    )


def change_column(table: Table, name: str, **changes: Any) -> Table:
    """Give the table with one column changed."""
    columns = (replace(each, **changes) if each.name == name else each for each in table.columns)
    return replace(table, columns=tuple(columns))


def mentions(text: str, column: str) -> bool:
    """Whether an expression's SQL names a column.

    >>> mentions("lower(name) = 'total'", "total"), mentions("total > 0", "total")
    (False, True)
    """
    return any(_identifier(match) == column for match in _TOKEN.finditer(text))


def _identifier(match: re.Match[str]) -> str | None:
    if match[1] is not None:
        return match[1].replace('""', '"')
    return match[2] or match[3]


def renamed_in(text: str, old: str, new: str) -> str:
    """Give an expression's SQL with a column renamed; texts, functions and types stay.

    >>> renamed_in("lower(name) = 'name'", "name", "title")
    "lower(title) = 'name'"
    """

    def rename(match: re.Match[str]) -> str:
        calls = text[match.end() : match.end() + 1] == "("
        casts = text[max(match.start() - 2, 0) : match.start()] == "::"
        if _identifier(match) != old or calls or casts:
            return match[0]
        return spelled(new)

    return _TOKEN.sub(rename, text)


def without_column(table: Table, name: str) -> Table:
    """Give the table without a column and without what stands on it."""
    key = table.primary_key
    return replace(
        table,
        columns=tuple(each for each in table.columns if each.name != name),
        primary_key=None if key and name in key.columns else key,
        foreign_keys=tuple(each for each in table.foreign_keys if name not in each.columns),
        uniques=tuple(each for each in table.uniques if name not in (*each.columns, *each.include)),
        checks=tuple(each for each in table.checks if not _check_uses(each, name)),
        excludes=tuple(each for each in table.excludes if not _exclude_uses(each, name)),
        indexes=tuple(each for each in table.indexes if not index_uses(each, name)),
    )


def _check_uses(check: Check, column: str) -> bool:
    return column in check.columns if check.columns else mentions(check.expression, column)


def _exclude_uses(exclude: Exclude, column: str) -> bool:
    return column in exclude.columns or mentions(exclude.definition, column)


def index_uses(index: Index, column: str) -> bool:
    """Whether a column stands in the index, in an expression or the predicate of it too."""
    if column in (*index.uses, *index.columns, *index.include):
        return True
    texts = [key.expression for key in index.keys] + [index.predicate]
    return not index.uses and any(mentions(text, column) for text in texts if text)


def with_column_renamed(table: Table, old: str, new: str) -> Table:
    """Give the table with a column renamed wherever it stands."""
    names = _renamer(old, new)

    def text(sql: str) -> str:
        return renamed_in(sql, old, new)

    key = table.primary_key
    return replace(
        table,
        columns=tuple(_column_renamed(each, old, new) for each in table.columns),
        primary_key=replace(key, columns=names(key.columns)) if key else None,
        foreign_keys=tuple(
            replace(
                each,
                columns=names(each.columns),
                on_delete=text(each.on_delete) if each.on_delete else None,
            )
            for each in table.foreign_keys
        ),
        uniques=tuple(
            replace(each, columns=names(each.columns), include=names(each.include))
            for each in table.uniques
        ),
        checks=tuple(
            replace(each, expression=text(each.expression), columns=names(each.columns))
            for each in table.checks
        ),
        excludes=tuple(
            replace(each, definition=text(each.definition), columns=names(each.columns))
            for each in table.excludes
        ),
        indexes=tuple(_index_renamed(each, names, text) for each in table.indexes),
        partition=_partition_renamed(table.partition, text),
    )


Names = Callable[[tuple[str, ...]], tuple[str, ...]]


def _renamer(old: str, new: str) -> Names:
    return lambda names: tuple(new if name == old else name for name in names)


def _column_renamed(column: Column, old: str, new: str) -> Column:
    name = new if column.name == old else column.name
    if name == column.name and not column.computed:
        return column
    computed = renamed_in(column.computed, old, new) if column.computed else None
    return replace(column, name=name, computed=computed)


def _index_renamed(index: Index, names: Names, text: Callable[[str], str]) -> Index:
    keys = tuple(
        replace(
            key,
            column=names((key.column,))[0] if key.column else None,
            expression=text(key.expression) if key.expression else None,
        )
        for key in index.keys
    )
    return replace(
        index,
        keys=keys,
        predicate=text(index.predicate) if index.predicate else None,
        include=names(index.include),
        uses=names(index.uses),
    )


def _partition_renamed(partition: str | None, text: Callable[[str], str]) -> str | None:
    if not partition or "PARTITION BY" not in partition:
        return partition
    head, words, key = partition.rpartition("PARTITION BY")
    return head + words + text(key)


def without_constraint(table: Table, name: str) -> Table:
    """Give the table without the constraint of that name."""
    key = table.primary_key
    return replace(
        table,
        primary_key=None if key and key.name == name else key,
        foreign_keys=tuple(each for each in table.foreign_keys if each.name != name),
        uniques=tuple(each for each in table.uniques if each.name != name),
        checks=tuple(each for each in table.checks if each.name != name),
        excludes=tuple(each for each in table.excludes if each.name != name),
    )


def with_constraint_renamed(table: Table, old: str, new: str) -> Table:
    """Give the table with a constraint, or an index, renamed."""

    def named(part: Any) -> Any:
        return replace(part, name=new) if part is not None and part.name == old else part

    return ordered(
        replace(
            table,
            primary_key=named(table.primary_key),
            foreign_keys=tuple(map(named, table.foreign_keys)),
            uniques=tuple(map(named, table.uniques)),
            checks=tuple(map(named, table.checks)),
            excludes=tuple(map(named, table.excludes)),
            indexes=tuple(map(named, table.indexes)),
        )
    )


def validated(table: Table, name: str) -> Table:
    """Give the table with a constraint validated."""

    def checked(part: Any) -> Any:
        return replace(part, validated=True) if part.name == name else part

    return replace(
        table,
        foreign_keys=tuple(map(checked, table.foreign_keys)),
        checks=tuple(map(checked, table.checks)),
    )
