"""The order in which tables can be filled: parents first, cycles found."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from dbwright.core.schema import ForeignKey, Schema, Table


@dataclass(frozen=True, slots=True)
class Group:
    """Tables to fill together: one, or several that refer to each other in a circle."""

    tables: tuple[Table, ...]

    def holds(self, key: str) -> bool:
        """Whether the table is of the group."""
        return any(table.key == key for table in self.tables)


def with_parents(schema: Schema, keys: Iterable[str]) -> set[str]:
    """Gives the tables of these keys and all that their foreign keys lead to."""
    found: set[str] = set()
    todo = list(keys)
    while todo:
        table = schema.table(todo.pop())
        if table is None or table.key in found:
            continue
        found.add(table.key)
        todo += [foreign_key.referred for foreign_key in table.foreign_keys]
    return found


def groups(schema: Schema, tables: Iterable[Table]) -> list[Group]:
    """Gives the tables as groups, each after those it refers to (Tarjan's components)."""
    wanted = {table.key: table for table in tables}
    number: dict[str, int] = {}
    low: dict[str, int] = {}
    stack: list[str] = []
    found: list[Group] = []
    for start in wanted:
        if start in number:
            continue
        path = [(start, iter(_parents(wanted, start)))]
        number[start] = low[start] = len(number)
        stack.append(start)
        while path:
            key, parents = path[-1]
            parent = next(parents, None)
            if parent is None:
                path.pop()
                if path:
                    low[path[-1][0]] = min(low[path[-1][0]], low[key])
                if low[key] == number[key]:
                    found.append(_component(stack, key, wanted))
            elif parent not in number:
                number[parent] = low[parent] = len(number)
                stack.append(parent)
                path.append((parent, iter(_parents(wanted, parent))))
            elif parent in stack:
                low[key] = min(low[key], number[parent])
    return found


def _parents(wanted: dict[str, Table], key: str) -> list[str]:
    return [fk.referred for fk in wanted[key].foreign_keys if fk.referred in wanted]


def _component(stack: list[str], key: str, wanted: dict[str, Table]) -> Group:
    members = []
    while True:
        member = stack.pop()
        members.append(wanted[member])
        if member == key:
            break
    return Group(_mandatory_first(tuple(reversed(members))))


def _mandatory_first(tables: tuple[Table, ...]) -> tuple[Table, ...]:
    """Orders a circle so that a table comes after those that it cannot do without."""
    left, ordered = list(tables), []
    while left:
        keys = {table.key for table in left}
        free = [t for t in left if not any(_holds_back(t, fk, keys) for fk in t.foreign_keys)]
        chosen = (free or left)[0]
        ordered.append(chosen)
        left.remove(chosen)
    return tuple(ordered)


def _holds_back(table: Table, foreign_key: ForeignKey, keys: set[str]) -> bool:
    other = foreign_key.referred != table.key and foreign_key.referred in keys
    return other and not may_be_null(table, foreign_key)


def may_be_null(table: Table, foreign_key: ForeignKey) -> bool:
    """Whether a row may stand without a parent: one column of the key takes NULL."""
    columns = (table.column(name) for name in foreign_key.columns)
    return any(column is not None and column.nullable for column in columns)
