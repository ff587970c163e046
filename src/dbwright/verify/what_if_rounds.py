"""Which questions to a workbench are asked together.

A plan looks at the candidates of its statement's tables alone. So questions about other tables,
and those that want the same candidates of a table, go to the server in one message, for which the
candidates are switched once. What each asks next depends on its own answers alone.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Generator, Sequence
from dataclasses import dataclass
from typing import Any

import psycopg

from dbwright.dialects.postgresql.question import TOGETHER

Names = frozenset[str]
_LOOKED = 4 * TOGETHER
"""So many tables are looked at for a round, where joins want others of what they share."""


@dataclass(frozen=True, slots=True)
class Configuration:
    """The candidates that a plan uses, and its cost."""

    used: Names
    cost: float


Questions = Generator[Names, Configuration, Any]
"""Yields the candidates that are to stand, is sent the best plan, and returns its answer."""


@dataclass(frozen=True, slots=True)
class Ask:
    """Questions about one statement, one after the other; `tables` are all that it reads."""

    sql: str
    tables: frozenset[str]
    questions: Questions


@dataclass(slots=True)
class Open:
    """An ask on its way: begun, it waits for what the plan is where just `wanted` stand."""

    ask: Ask
    number: int
    begun: bool = False
    wanted: Names = frozenset()


class Rounds:
    """The rounds in which asks are answered.

    `table` gives the table of a candidate, `known` what needs no question.
    """

    def __init__(
        self,
        asks: Sequence[Ask],
        table: Callable[[str], str],
        known: Callable[[str, Names], Configuration | None],
    ) -> None:
        self.table, self.known = table, known
        self.found: list[Any | psycopg.Error] = [None] * len(asks)
        # what reads the same tables seldom goes together: it stands in one line
        self.lines: dict[frozenset[str], deque[Open]] = {}
        for number, each in enumerate(asks):
            self.lines.setdefault(each.tables, deque()).append(Open(each, number))
        self.order = deque(self.lines)
        self.busy: list[frozenset[str]] = []

    def next(self) -> list[Open]:
        """Gives what is asked together next; nothing where all is answered."""
        self._line_up()
        taken: list[Open] = []
        passed: list[frozenset[str]] = []
        standing: dict[str, Names] = {}
        while self.order and len(taken) < TOGETHER and len(passed) < _LOOKED:
            tables = self.order.popleft()
            before = len(taken)
            while len(taken) < TOGETHER and (one := self._first(tables)) is not None:
                if not self._joins(one, standing):
                    break
                taken.append(self.lines[tables].popleft())
            if len(taken) > before:
                self.busy.append(tables)
            elif self.lines[tables]:
                passed.append(tables)
        self.order.extendleft(reversed(passed))
        return taken

    def take(self, one: Open, answer: Configuration | psycopg.Error) -> None:
        """Takes the answer to what an ask waits for."""
        if isinstance(answer, psycopg.Error):
            one.ask.questions.close()
            self.found[one.number] = answer
        elif self._goes_on(one, answer):
            self.lines[one.ask.tables].appendleft(one)

    def _line_up(self) -> None:
        """Has lines whose first is not done go on at once: its candidates stand already."""
        for tables in self.busy:
            line = self.lines[tables]
            if line and line[0].begun:
                self.order.appendleft(tables)
            elif line:
                self.order.append(tables)
        self.busy = []

    def _first(self, tables: frozenset[str]) -> Open | None:
        """Gives the first of a line that has a question; what is all known is done by that."""
        line = self.lines[tables]
        while line:
            if line[0].begun or self._goes_on(line[0], None):
                return line[0]
            line.popleft()
        return None

    def _goes_on(self, one: Open, answer: Configuration | None) -> bool:
        """Goes on to the next question that is not known, None being the first one's answer."""
        one.begun = True
        try:
            while True:
                one.wanted = one.ask.questions.send(answer)  # type: ignore[arg-type]
                answer = self.known(one.ask.sql, one.wanted)
                if answer is None:
                    return True
        except StopIteration as end:
            self.found[one.number] = end.value
            return False

    def _joins(self, one: Open, standing: dict[str, Names]) -> bool:
        """Whether the candidates that it wants stand beside the others; has them stand then."""
        own: dict[str, set[str]] = {table: set() for table in one.ask.tables}
        for name in one.wanted:
            own.setdefault(self.table(name), set()).add(name)
        wanted = {table: frozenset(names) for table, names in own.items()}
        if any(standing.get(table, names) != names for table, names in wanted.items()):
            return False
        standing |= wanted
        return True
