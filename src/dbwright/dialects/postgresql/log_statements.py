"""What a server's log says of the statements that ran: with their parameters and times."""

from __future__ import annotations

import json
import re
from collections import OrderedDict
from collections.abc import Iterable, Iterator, Mapping
from typing import NamedTuple

from dbwright.core.identifiers import string_literal
from dbwright.dialects.postgresql import grammar
from dbwright.dialects.postgresql.log_entries import Entry, Told, session
from dbwright.dialects.postgresql.parameters import filled, places

ALONE = "times that the log tells without their statement"
UNREAD_PLANS = "plans of auto_explain in XML or YAML (set auto_explain.log_format = 'json')"
_SESSIONS = 10_000
"""So many sessions are waited for at a time."""


class Execution(NamedTuple):
    """One execution of a statement; `values` are its parameters as the log has them."""

    sql: str
    values: str = ""
    milliseconds: float | None = None


def executions(entries: Iterable[Entry], told: Told) -> Iterator[Execution]:
    """Gives the executions that the entries tell of.

    The log may tell them at their end with their time (log_min_duration_statement), before it
    (log_statement) with the time in an entry of its own (log_duration), and by auto_explain;
    what two of them tell is one execution.
    """
    return _Sessions(told).read(entries)


class _Sessions:
    """The executions that a further entry of their session may say more of."""

    def __init__(self, told: Told) -> None:
        self.told = told
        self.begun: OrderedDict[bytes | str, Execution] = OrderedDict()
        self.planned: OrderedDict[bytes | str, Execution] = OrderedDict()
        self.ended: OrderedDict[bytes | str, str] = OrderedDict()
        self.last: tuple[Entry, str] | None = None
        self.explained = False

    def read(self, entries: Iterable[Entry]) -> Iterator[Execution]:
        """Gives the executions in the order of their ends."""
        for entry in entries:
            message = entry.message
            if message.startswith("duration: "):
                yield from self._ended(entry)
            elif message.startswith(("statement: ", "execute ")):
                sql = _named(message)
                if sql is not None:
                    yield from self._begins(entry, sql)
            elif entry.severity in ("ERROR", "FATAL", "PANIC") and self.begun:
                self.begun.pop(session(entry), None)
        yield from self.planned.values()
        yield from self.begun.values()

    def _begins(self, entry: Entry, sql: str) -> Iterator[Execution]:
        key = session(entry)
        yield from _taken(self.planned, key)
        yield from _taken(self.begun, key)
        self.begun[key] = Execution(sql, _values(entry.detail))
        if len(self.begun) > _SESSIONS:
            yield self.begun.popitem(last=False)[1]

    def _ended(self, entry: Entry) -> Iterator[Execution]:
        message = entry.message
        end = message.find(" ms", 10, 40)
        try:
            milliseconds = float(message[10:end])
        except ValueError:
            return
        what = message[end + 5 :]
        if what.startswith("plan:"):
            yield from self._plan(entry, what, milliseconds)
        elif what.startswith(("statement: ", "execute ")):
            sql = _named(what)
            if sql is not None:
                yield from self._once(entry, sql)
                yield Execution(sql, _values(entry.detail), milliseconds)
        elif not what:
            yield from self._time(entry, milliseconds)

    def _time(self, entry: Entry, milliseconds: float) -> Iterator[Execution]:
        begun = self.begun.pop(session(entry), None)
        if begun is not None:
            yield from self._once(entry, begun.sql)
            yield begun._replace(milliseconds=milliseconds)
        else:
            # that of a parse or a bind, or of a statement that no setting logs
            self.told[ALONE] += 1

    def _plan(self, entry: Entry, what: str, milliseconds: float) -> Iterator[Execution]:
        execution = _planned(what)
        if execution is None:
            self.told[UNREAD_PLANS] += 1
            return
        if self.last is not None and not self.explained:
            self.ended[session(self.last[0])] = self.last[1]
        self.explained = True
        key, sql = session(entry), execution.sql.strip()
        begun, ended = self.begun.get(key), self.ended.pop(key, None)
        if sql in (ended, begun and begun.sql.strip()):
            return
        yield from _taken(self.planned, key)
        self.planned[key] = execution._replace(milliseconds=milliseconds)
        if len(self.planned) > _SESSIONS:
            yield self.planned.popitem(last=False)[1]

    def _once(self, entry: Entry, sql: str) -> Iterator[Execution]:
        """Gives the plan that waits unless it is of the same execution.

        A plan is logged where the executor ends: before the statement's time, or, of a portal,
        after it.
        """
        sql = sql.strip()
        if not self.explained:
            self.last = (entry, sql)
            return
        key = session(entry)
        planned = self.planned.pop(key, None)
        if planned is None or planned.sql.strip() != sql:
            self.ended[key] = sql
            if len(self.ended) > _SESSIONS:
                self.ended.popitem(last=False)
            yield from () if planned is None else (planned,)


def _taken(waiting: OrderedDict[bytes | str, Execution], key: bytes | str) -> tuple[Execution, ...]:
    found = waiting.pop(key, None)
    return (found,) if found is not None else ()


def _named(what: str) -> str | None:
    """Gives the statement of `statement: …` and `execute NAME: …`.

    A portal that is read on (`execute fetch from …`) is none that begins.
    """
    if what.startswith("statement: "):
        return what[11:]
    _, colon, sql = what.partition(": ")
    return sql if colon and not what.startswith("execute fetch from ") else None


def _values(detail: str) -> str:
    return detail[12:] if detail[:12].lower() == "parameters: " else ""


_NODE = re.compile(
    r"^\S.*  \(cost=\d+\.\d+\.\.\d+\.\d+ rows=\d+ width=\d+\)"
    r"|^Query Parameters: (.*(?:\n(?!\S.*  \(cost=).*)*)",
    re.M,
)
_TEXT = "plan:\nQuery Text: "


def _planned(what: str) -> Execution | None:
    """Gives what auto_explain says, of its text or JSON."""
    if what.startswith(_TEXT) and not what.startswith(f'{_TEXT}"'):
        return _planned_text(what[len(_TEXT) :])
    _, _, document = what.partition("\n")
    try:
        data = json.loads(document)
        return Execution(str(data["Query Text"]), str(data.get("Query Parameters", "")))
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        return None


def _planned_text(text: str) -> Execution | None:
    """Gives the statement before its parameters and plan.

    A statement may hold a line like these: then it is the first that is whole.
    """
    found = list(_NODE.finditer(text))
    if not found:
        return None
    usual = 1 if found[0][1] is None else 2
    candidates = [(text[: node.start()].strip(), node[1] or "") for node in found]
    if len(found) > usual:
        candidates = [one for one in candidates if _is_whole(one[0])] or candidates
    return Execution(*candidates[0])


def _is_whole(sql: str) -> bool:
    try:
        return bool(grammar.parse(sql))
    except (grammar.Failure, UnicodeError):
        return False


_VALUE = re.compile(r"(?:, |^)\$(\d+) = (?:NULL|'([^']*(?:''[^']*)*)')", re.S)


def with_values(execution: Execution) -> str:
    """Gives the statement with its parameters as literals; as it is where one is not known.

    >>> with_values(Execution("select $1, $2", "$1 = 'it''s', $2 = NULL"))
    "select 'it''s', null"
    >>> with_values(Execution("select $1", "$1 = 'cut...'"))
    'select $1'
    """
    if not execution.values:
        return execution.sql
    try:
        where = places(execution.sql)
    except (grammar.Failure, UnicodeError):
        return execution.sql
    values = _literals(execution.values)
    if not where or any(values.get(number) is None for number in where.values()):
        return execution.sql
    return filled(execution.sql, where, values)


def _literals(text: str) -> Mapping[int, str | None]:
    """Gives each parameter as a literal; None for one that log_parameter_max_length cut."""
    found: dict[int, str | None] = {}
    for value in _VALUE.finditer(text):
        if value[2] is None:
            found[int(value[1])] = "null"
        else:
            cut = value[2].endswith("...")
            found[int(value[1])] = None if cut else string_literal(value[2].replace("''", "'"))
    return found
