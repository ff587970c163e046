"""A database on which two queries differ, made as small as it can be."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

from dbwright.scratch.adversarial.instance import Instance, NewRow, Values
from dbwright.scratch.adversarial.numbers import INTEGERS
from dbwright.scratch.adversarial.tables import Facts

_MOST = 400


class _Budget:
    """Asks whether a database still shows the difference, a bounded number of times."""

    def __init__(self, differs: Callable[[Instance], bool]) -> None:
        self.differs = differs
        self.left = _MOST

    def ask(self, instance: Instance) -> bool:
        self.left -= 1
        return self.left >= 0 and self.differs(instance)


def smallest(
    instance: Instance, differs: Callable[[Instance], bool], tables: Sequence[Facts]
) -> Instance:
    """Gives a database that still differs and none of whose rows can be left out."""
    budget = _Budget(differs)
    for settings in ({}, {k: v for k, v in instance.settings.items() if k == "timezone"}):
        if settings != instance.settings:
            plain = replace(instance, settings=settings)
            if budget.ask(plain):
                instance = plain
                break
    instance = _fewest(instance, budget)
    instance = _simplest(instance, budget, {facts.table.key: facts for facts in tables})
    instance = _fewest(instance, budget)
    for facts in tables:
        numbered = _numbered(instance, facts, tables)
        if numbered != instance and budget.ask(numbered):
            instance = numbered
    return instance


def _fewest(instance: Instance, budget: _Budget) -> Instance:
    """Leaves out halves, quarters, at last single rows (Zeller's delta debugging)."""
    size = max(len(instance.rows) // 2, 1)
    while True:
        left_out = False
        start = 0
        while start < len(instance.rows):
            rows = instance.rows[:start] + instance.rows[start + size :]
            fewer = instance.with_rows(rows)
            if budget.ask(fewer):
                instance, left_out = fewer, True
            else:
                start += size
        if size == 1 and not left_out:
            return instance
        size = max(size // 2, 1)


def _simplest(instance: Instance, budget: _Budget, tables: dict[str, Facts]) -> Instance:
    """Puts NULL, or the plainest value, where the value says nothing."""
    for place in range(len(instance.rows)):
        row = instance.rows[place]
        facts = tables[row.table]
        keys = {name for columns in facts.unique for name in columns}
        linked = {name for link in (*facts.links, *facts.later) for name in link.columns}
        for name, value in row.values.items():
            loose = name not in facts.not_null
            if value is None or name in keys or (name in linked and not loose):
                continue
            for simple in _simpler(value, facts, name, loose):
                tried = _with(instance, place, replace(row, values={**row.values, name: simple}))
                if budget.ask(tried):
                    instance, row = tried, tried.rows[place]
                    break
    return instance


def _simpler(value: str, facts: Facts, name: str, loose: bool) -> list[str | None]:
    """Gives what may stand for a value and is read more easily: NULL, the plainest, a shorter."""
    pool = facts.pools[name]
    shorter = sorted((v for v in pool.near[:20] if 0 < len(v) < len(value)), key=len)
    plain = [v for v in (*pool.plain[:1], *shorter[:2]) if v != value]
    return [None, *plain] if loose else list(plain)


def _numbered(instance: Instance, facts: Facts, tables: Sequence[Facts]) -> Instance:
    """Gives the keys of a table the numbers from 1, and those of rows that point at it."""
    key = facts.table.primary_key
    if key is None or len(key.columns) != 1:
        return instance
    (column,) = key.columns
    if facts.shapes[column].family not in INTEGERS:
        return instance
    own = [row.values.get(column) for row in instance.rows if row.table == facts.table.key]
    new: dict[str | None, str | None] = {old: str(n) for n, old in enumerate(own, start=1)}
    if len(new) != len(own):
        return instance
    names = {
        each.table.key: [
            mine
            for link in (*each.links, *each.later)
            if link.referred == facts.table.key
            for mine, other in zip(link.columns, link.referred_columns, strict=True)
            if other == column
        ]
        for each in tables
    }
    names[facts.table.key].append(column)
    rows = (_renumbered(row, names[row.table], new) for row in instance.rows)
    return instance.with_rows(tuple(rows))


def _renumbered(row: NewRow, names: Sequence[str], new: dict[str | None, str | None]) -> NewRow:
    def told(values: Values) -> Values:
        return {k: new.get(v, v) if k in names else v for k, v in values.items()}

    return replace(row, values=told(row.values), later=told(row.later))


def _with(instance: Instance, place: int, row: NewRow) -> Instance:
    rows = (*instance.rows[:place], row, *instance.rows[place + 1 :])
    return instance.with_rows(rows)
