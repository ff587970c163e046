"""One row after the other for a table: keys that exist, values that vary, checks that hold."""

from __future__ import annotations

import random
import re
import zlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from dbwright import dialects
from dbwright.core.schema import Column, ForeignKey, Table
from dbwright.scratch import rows_aim, rows_checks, rows_values
from dbwright.scratch.rows_checks import Branch, Condition, Hint
from dbwright.scratch.rows_types import Shape
from dbwright.scratch.rows_values import FLAVORS, Flavor, Raw, Wish

Row = dict[str, str]
Parents = Callable[[ForeignKey], list[tuple[str, ...]]]
_TRIES = 40
_NULLS_EVERY = 5
# Each flavor comes three times, so that the rows of NULLs take none away from a column.
_EDGES = 12


class NoParent(Exception):
    """A mandatory foreign key whose table has no row to point at."""

    def __init__(self, foreign_key: ForeignKey) -> None:
        super().__init__(foreign_key.name or ", ".join(foreign_key.columns))
        self.foreign_key = foreign_key


@dataclass(slots=True)
class Asked:
    """What a row must be: given values, a flavor for all, columns kept NULL or never NULL."""

    given: dict[str, str] = field(default_factory=dict)
    flavor: Flavor | None = None
    nulls: bool | None = None
    unlinked: frozenset[str] = frozenset()


class RowMaker:
    """Makes rows of one table. What the server taught is kept: `left_out` and `not_null`."""

    def __init__(
        self, table: Table, shapes: dict[str, Shape], dialect: str, parents: Parents, seed: int
    ) -> None:
        self.table = table
        self.dialect = dialect
        self.parents = parents
        self.rng = random.Random(seed ^ zlib.crc32(table.key.encode()))
        self.shapes = {column.name: shapes[column.type] for column in table.columns}
        self.left_out = {column.name for column in table.columns if fills_itself(column)}
        self.not_null = {column.name for column in table.columns if not column.nullable}
        self.not_null |= {name for name, shape in self.shapes.items() if shape.not_null}
        self.not_null |= set(table.primary_key.columns if table.primary_key else ())
        self.conditions = [*_conditions(table, dialect), *domain_conditions(self.shapes, dialect)]
        self.extra: Condition | None = None
        self.flavors: tuple[Flavor, ...] = FLAVORS
        self.unique_sets = [tuple(columns) for columns in table.unique_sets()]
        self.distinct = distinct_columns(table)
        self.seen: dict[tuple[str, ...], set[tuple[str, ...]]] = {}
        self.n = 0
        self.exhausted = False

    def make(self, number: int, asked: Asked) -> Row:
        """Gives a row whose keys are new among the rows kept so far.

        Where no try made new ones `exhausted` is set: there may be none that the checks allow.
        """
        row: Row = {}
        for attempt in range(_TRIES):
            try:
                row = self._row(number, asked)
            except NoParent:  # of the rows that were chosen before it: others may have one
                if attempt == _TRIES - 1:
                    raise
                continue
            self.n += 1
            self.exhausted = self._taken(row)
            if not self.exhausted:
                break
        return row

    def keep(self, row: Row) -> None:
        """Notes the keys of a row that stands."""
        for columns in self.unique_sets:
            self.seen.setdefault(columns, set()).add(tuple(row.get(c, "DEFAULT") for c in columns))

    def forget(self, rows: list[Row]) -> None:
        """Takes back the keys of rows that do not stand."""
        for columns in self.unique_sets:
            gone = {tuple(row.get(c, "DEFAULT") for c in columns) for row in rows}
            self.seen.get(columns, set()).difference_update(gone)

    def mentioned(self, constraint: str | None, message: str) -> set[str]:
        """Gives the columns that a constraint or an error's text is about."""
        for condition in self.conditions:
            if constraint and condition.name == constraint:
                return set(condition.columns)
        for index in self.table.indexes:
            if index.name == constraint:
                text = " ".join(key.column or key.expression or "" for key in index.keys)
                return _words(text) & set(self.shapes)
        for name, columns in _named_sets(self.table):
            if name == constraint:
                return set(columns)
        return _words(message) & set(self.shapes)

    def _taken(self, row: Row) -> bool:
        for columns in self.unique_sets:
            key = tuple(row.get(column, "DEFAULT") for column in columns)
            if not {"NULL", "DEFAULT"} & set(key) and key in self.seen.get(columns, ()):
                return True
        return False

    def _row(self, number: int, asked: Asked) -> Row:
        branch = self._branch(asked.given)
        nulls = number % _NULLS_EVERY == 1 if asked.nulls is None else asked.nulls
        row = dict(asked.given)
        self._link(row, asked, nulls, branch)
        values: dict[str, Any] = {}
        for column in self.table.columns:
            if column.name in row or column.name in self.left_out:
                continue
            hint = branch.hints.get(column.name)
            values[column.name] = self._value(column, hint, nulls, number, asked)
        for pair in branch.pairs:
            self._order(values, pair)
        for name, value in values.items():
            row[name] = rows_values.literal(value, self.shapes[name], self.dialect)
        return row

    def _branch(self, given: Row) -> Branch:
        conditions = [*self.conditions, *([self.extra] if self.extra else [])]
        found = Branch()
        for _ in range(8):
            found = Branch()
            for condition in conditions:
                found = found.joined(self.rng.choice(condition.branches))
            if found.possible and _agrees(found, given):
                break
        return found

    def _value(
        self, column: Column, hint: Hint | None, nulls: bool, number: int, asked: Asked
    ) -> Any:
        if self._is_null(column, hint, nulls, number, asked):
            return None
        shape = self.shapes[column.name]
        if column.default and self._opaque(shape):
            return Raw("DEFAULT")
        unique = column.name in self.distinct
        edge = self.flavors[number % len(self.flavors)] if number < _EDGES else None
        flavor = asked.flavor or edge
        wish = Wish(column.name, flavor or self._flavor(), self.n, unique, self.rng)
        return rows_aim.aimed(shape, wish, hint)

    def _flavor(self) -> Flavor:
        return self.rng.choice(("ordinary", "ordinary", "ordinary", *self.flavors))

    def _opaque(self, shape: Shape) -> bool:
        return shape.family == "other" and self.dialect == "postgresql"

    def _is_null(
        self, column: Column, hint: Hint | None, nulls: bool, number: int, asked: Asked
    ) -> bool:
        if hint is not None and hint.null is not None:
            return hint.null and column.name not in self.not_null
        if column.name in self.not_null:
            return False
        if column.name in asked.unlinked:
            return True
        # The first rows carry the edges of the types, save the one that is all NULLs.
        return nulls or (number >= _EDGES and asked.nulls is None and self.rng.random() < 0.2)

    def _link(self, row: Row, asked: Asked, nulls: bool, branch: Branch) -> None:
        """Points each foreign key at a row that exists; the widest first, they share columns."""
        turn = self.n
        for foreign_key in sorted(self.table.foreign_keys, key=lambda fk: -len(fk.columns)):
            free = [name for name in foreign_key.columns if name not in row]
            loose = [name for name in free if name not in self.not_null]
            if not free or self.left_out & set(foreign_key.columns):
                continue
            wanted = _wanted(branch, loose)
            if loose and (asked.unlinked & set(loose) or self._unlinked(nulls, asked, wanted)):
                row |= dict.fromkeys(loose, "NULL")
                continue
            found = self._parents(foreign_key, row)
            if found and set(foreign_key.columns) & self.distinct:
                row |= dict(zip(foreign_key.columns, found[turn % len(found)], strict=True))
                # the next key meets another parent each time round: all pairs come in turn
                turn = turn % len(found) + turn // len(found)
            elif found:
                row |= dict(zip(foreign_key.columns, self.rng.choice(found), strict=True))
            elif loose:
                row |= dict.fromkeys(loose, "NULL")
            else:
                raise NoParent(foreign_key)

    def _unlinked(self, nulls: bool, asked: Asked, wanted: bool | None) -> bool:
        if wanted is not None:  # a check of the table is about it
            return not wanted
        return nulls or (asked.nulls is None and self.rng.random() < 0.12)

    def _parents(self, foreign_key: ForeignKey, row: Row) -> Sequence[tuple[str, ...]]:
        """Gives the keys that the row may point at, with what stands in it already."""
        found = self.parents(foreign_key)
        if any(column in row for column in foreign_key.columns):
            found = [
                key
                for key in found
                if all(row.get(c, v) == v for c, v in zip(foreign_key.columns, key, strict=True))
            ]
        return found

    def _order(self, values: dict[str, Any], pair: tuple[str, str, str]) -> None:
        """Makes two columns stand to each other as a check asks."""
        first, sign, second = pair
        left, right = values.get(first), values.get(second)
        if left is None or right is None or isinstance(left, Raw) or isinstance(right, Raw):
            return
        step = rows_aim.step_of(self.shapes[second])
        try:
            if (sign in ("<", "<=") and left > right) or (sign in (">", ">=") and left < right):
                values[first], values[second] = right, left
            elif sign == "=":
                values[second] = left
            if values[first] == values[second] and sign in ("<", "<>"):
                values[second] = values[first] + step
            elif values[first] == values[second] and sign == ">":
                values[second] = values[first] - step
        except TypeError:
            return


def _agrees(branch: Branch, given: Row) -> bool:
    """Whether the given values are NULL where the branch wants it, and only there."""
    return all(
        hint.null is None or name not in given or (given[name] == "NULL") == hint.null
        for name, hint in branch.hints.items()
    )


def _wanted(branch: Branch, columns: list[str]) -> bool | None:
    """Whether a branch wants a reference to be set, None where it does not say."""
    told = [branch.hints[name].null for name in columns if name in branch.hints]
    return next((not null for null in told if null is not None), None)


def fills_itself(column: Column) -> bool:
    """Whether an INSERT does best to leave the column out: computed, identity, serial."""
    return bool(column.computed or column.identity or "nextval(" in (column.default or ""))


def _conditions(table: Table, dialect: str) -> list[Condition]:
    return [rows_checks.condition(item.expression, dialect, item.name) for item in table.checks]


def domain_conditions(shapes: dict[str, Shape], dialect: str) -> list[Condition]:
    """Gives the conditions of domains, about the column instead of VALUE."""
    quote = dialects.get(dialect).quoting.quoted
    return [
        rows_checks.condition(re.sub(r"\bVALUE\b", quote(name).replace("\\", r"\\"), text), dialect)
        for name, shape in shapes.items()
        for text in shape.checks
    ]


def distinct_columns(table: Table) -> set[str]:
    """Gives the columns that must differ from row to row."""
    found = {name for columns in table.unique_sets() for name in columns}
    for index in table.indexes:
        if index.unique:
            text = " ".join(key.column or key.expression or "" for key in index.keys)
            found |= _words(text)
    for exclude in table.excludes:
        found |= _words(exclude.definition)
    return found & {column.name for column in table.columns}


def _named_sets(table: Table) -> list[tuple[str | None, tuple[str, ...]]]:
    found: list[tuple[str | None, tuple[str, ...]]] = []
    if table.primary_key:
        found.append((table.primary_key.name, table.primary_key.columns))
    found += [(unique.name, unique.columns) for unique in table.uniques]
    found += [(fk.name, fk.columns) for fk in table.foreign_keys]
    found += [(item.name, tuple(_words(item.definition))) for item in table.excludes]
    return found


def _words(text: str) -> set[str]:
    return set(re.findall(r"\w+", text))
