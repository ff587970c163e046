"""How many rows SELECTs give, and how many they would if collections were not joined to each other.

Rows are counted as the program fetches them: by what SQLAlchemy fetches through, in its place for
the one execution, which gives them on as they are. Streams are left alone.
"""

from __future__ import annotations

import functools
from collections.abc import Sequence
from typing import Any

from .groups import Group
from .loads import qualified

_DISTINCT = 20_000
_CLASSES = 5_000


class Products:
    """Where a statement's rows have the keys of its root and of the collections joined to it.

    `beside` are of each collection the numbers of those that are not on the way to it.
    """

    __slots__ = ("beside", "parts", "root")

    def __init__(
        self,
        root: tuple[int, ...],
        parts: tuple[tuple[int, ...], ...],
        beside: tuple[tuple[int, ...], ...],
    ) -> None:
        self.root, self.parts, self.beside = root, parts, beside


class Count:
    """Counts the rows of one execution; of products also the different objects in them.

    Rows are multiplied where two collections beside each other have two elements of one object:
    else it is another join of the query that gives an object again.
    """

    __slots__ = ("elements", "group", "multiplied", "parts", "products", "rows")

    def __init__(self, group: Group, products: Products | None) -> None:
        self.group, self.products, self.rows = group, products, 0
        self.parts: list[set[Any]] = [set() for _ in products.parts] if products else []
        self.parts += [set()]
        self.elements: dict[Any, list[int]] = {}
        self.multiplied = False

    def see(self, rows: Sequence[Any]) -> None:
        """Takes down rows that were fetched."""
        self.rows += len(rows)
        try:
            if self.products is not None and self.rows <= _DISTINCT:
                for row in rows:
                    self._keys(row, self.products)
        except Exception:  # a row of the program's own kind
            self.products = None
        group = self.group
        if self.rows >= group.rows:
            group.rows = self.rows
            if self.products is not None and self.rows <= _DISTINCT:
                group.needed = sum(map(len, self.parts)) if self.multiplied else self.rows

    def _keys(self, row: Any, products: Products) -> None:
        root = tuple(row[at] for at in products.root)
        self.parts[-1].add(root)
        counts = self.elements.setdefault(root, [0] * len(products.parts))
        for number, part in enumerate(products.parts):
            key = tuple(row[at] for at in part)
            if None in key or (root, key) in self.parts[number]:
                continue
            self.parts[number].add((root, key))
            counts[number] += 1
            if counts[number] > 1 and not self.multiplied:
                self.multiplied = any(counts[other] > 1 for other in products.beside[number])


def count(context: Any, group: Group, products: Products | None) -> None:
    """Has the rows of an execution counted when they are fetched."""
    if context.isinsert or context.isupdate or context.isdelete:
        return
    if getattr(context, "_is_server_side", False):
        return
    if context.execution_options.get("stream_results"):
        return
    from sqlalchemy.engine.cursor import CursorFetchStrategy

    if type(context.cursor_fetch_strategy) is CursorFetchStrategy:
        context.cursor_fetch_strategy = _strategy()(Count(group, products))


@functools.cache
def _strategy() -> Any:
    from sqlalchemy.engine.cursor import CursorFetchStrategy

    class Counting(CursorFetchStrategy):
        """Fetches as SQLAlchemy does, and counts."""

        __slots__ = ("counted",)

        def __init__(self, counted: Count) -> None:
            self.counted = counted

        def fetchone(self, *given: Any, **named: Any) -> Any:
            row = super().fetchone(*given, **named)
            if row is not None:
                self.counted.see((row,))
            return row

        def fetchmany(self, *given: Any, **named: Any) -> Any:
            rows = super().fetchmany(*given, **named)
            self.counted.see(rows or ())
            return rows

        def fetchall(self, *given: Any, **named: Any) -> Any:
            rows = super().fetchall(*given, **named)
            self.counted.see(rows or ())
            return rows

    return Counting


def products(compiled: Any, paths: Sequence[tuple[Any, Any]]) -> Products | None:
    """Gives where the keys stand.

    `paths` are the ways to the collections, each ending at its relationship, and what adapts their
    columns.
    """
    state = compiled.compile_state
    entries = [entry.objects or () for entry in compiled._result_columns]
    mapper = next(each.mapper for each in state._entities if getattr(each, "mapper", None))
    root = tuple(_place(entries, column) for column in mapper.primary_key)
    parts = []
    for path, adapter in paths:
        columns = [adapter.columns[column] for column in path[-1].mapper.primary_key]
        parts.append(tuple(_place(entries, column) for column in columns))
    beside = tuple(
        tuple(at for at, (other, _) in enumerate(paths) if apart(path, other)) for path, _ in paths
    )
    places = [*root, *(at for part in parts for at in part)]
    return None if None in places else Products(root, tuple(parts), beside)  # type: ignore[arg-type]


def apart(one: Any, other: Any) -> bool:
    """Whether neither path begins with the other."""
    shorter = min(len(one), len(other))
    return bool(one[:shorter] != other[:shorter])


def _place(entries: Sequence[Any], column: Any) -> int | None:
    for number, objects in enumerate(entries):
        if any(each is column for each in objects):
            return number
    for number, objects in enumerate(entries):
        if any(hasattr(each, "proxy_set") and each.shares_lineage(column) for each in objects):
            return number
    return None


def flushed(session: Any, classes: dict[str, type]) -> dict[str, int]:
    """Gives how many objects of which classes a Session is about to write; adds the classes."""
    found: dict[str, int] = {}
    for each in (*session.new, *session.dirty, *session.deleted):
        class_ = type(each)
        name = qualified(class_)
        found[name] = found.get(name, 0) + 1
        if name in classes or len(classes) < _CLASSES:
            classes[name] = class_
    return found
