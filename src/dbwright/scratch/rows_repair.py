"""One row put in place: made, refused, mended from the database's own words, a bounded time."""

from __future__ import annotations

import re
from dataclasses import replace
from decimal import Decimal

from dbwright.core.schema import Table
from dbwright.scratch import rows_aim, rows_values
from dbwright.scratch.rows_make import Asked, Row, RowMaker
from dbwright.scratch.rows_values import FLAVORS
from dbwright.scratch.rows_write import Refused, Writer

ATTEMPTS = 30
LEAST = 3
"""Attempts that are made though no new key could be thought of: null or not, one row or another."""
_IN_QUOTES = re.compile(r'column "([^"]+)"')


class Repair:
    """Puts rows of one table in place and remembers which stood, for the next to resemble."""

    def __init__(self, maker: RowMaker, writer: Writer, table: Table | None = None) -> None:
        self.maker = maker
        self.writer = writer
        self.table = table or maker.table
        self.stood: list[Row] = []

    def place(self, number: int, asked: Asked) -> Row:
        """Inserts a row, mending what the database refuses; the last refusal is raised.

        Given values are never mended. What comes back is the row as the table holds it.
        """
        row = self.maker.make(number, asked)
        for attempt in range(ATTEMPTS):
            try:
                stored = self.writer.insert_returning(self.table, row)
            except Refused as refusal:
                if attempt == ATTEMPTS - 1 or (self.maker.exhausted and attempt >= LEAST):
                    raise
                self.learn(refusal)
                row = self._next(number, attempt, asked, refusal)
            else:
                self.maker.keep(row)
                self.stood.append(row)
                return stored
        raise Refused("XX000", "no attempt was allowed")

    def learn(self, refusal: Refused) -> None:
        """Keeps what a refusal says about the whole table."""
        columns = set(self.maker.shapes)
        if refusal.code == "23502" and refusal.column in columns:
            self.maker.not_null.add(str(refusal.column))
        elif refusal.code == "428C9":
            self.maker.left_out |= set(_IN_QUOTES.findall(refusal.message)) & columns
        elif refusal.code in ("23505", "23P01"):
            named = self.maker.mentioned(refusal.constraint, refusal.message)
            self.maker.distinct |= named - self._linked()

    def _linked(self) -> set[str]:
        return {name for fk in self.maker.table.foreign_keys for name in fk.columns}

    def _next(self, number: int, attempt: int, asked: Asked, refusal: Refused) -> Row:
        nulls = (None, False, True)[attempt % 3] if asked.nulls is None else asked.nulls
        flavor = asked.flavor or (FLAVORS[attempt % 4] if attempt > 2 else "ordinary")
        varied = replace(asked, flavor=flavor, nulls=nulls)
        row = self.maker.make(number + attempt, varied)
        if refusal.code in ("23514", "P0001", "23P01"):
            row |= self._resembling(attempt, refusal, asked)
        return row

    def _resembling(self, attempt: int, refusal: Refused, asked: Asked) -> Row:
        """Gives values for the columns of a check: of a row that stood, or its own literals."""
        named = self.maker.mentioned(refusal.constraint, refusal.message)
        named -= set(asked.given) | self.maker.left_out | self._linked()
        if self.stood:
            model = self.maker.rng.choice(self.stood)
            kept = (named or set(model)) - self.maker.distinct - set(asked.given) - self._linked()
            return {name: model[name] for name in kept if name in model}
        return self._from_literals(sorted(named), refusal) if attempt % 2 else {}

    def _from_literals(self, named: list[str], refusal: Refused) -> Row:
        found: Row = {}
        for condition in self.maker.conditions:
            if condition.name != refusal.constraint or not condition.literals:
                continue
            for name in named:
                shape = self.maker.shapes[name]
                item = rows_aim.coerced(self.maker.rng.choice(condition.literals), shape)
                if isinstance(item, (int, Decimal)) and not isinstance(item, bool):
                    item = item + self.maker.rng.choice((-1, 0, 1))
                found[name] = rows_values.literal(item, shape, self.maker.dialect)
        return found
