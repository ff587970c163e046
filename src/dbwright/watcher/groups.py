"""Statements of a program in groups of bounded number: the same statement, cause and line."""

from __future__ import annotations

import itertools
from collections.abc import Mapping
from types import CodeType
from typing import Any

from .loads import Load
from .stacks import Line, Stack

_GROUPS = 4_000
"""So many groups of one scope are kept; what comes after them is counted together."""
_SCOPES = 2_000
_DISTINCT = 64
_ALL = 8
MOMENTS = 64
"""So many flushes and commits are looked at: those of all lines are counted as one."""
_STACKS = 6
_RUNS = 32
_CLASSES = 32
_CALLS = 4
_FUNCTIONS = 24

Key = tuple[Any, ...]


class Tally:
    """How often a statement ran in a scope, and at which execution it is looked at again.

    The first eight (`every`) are looked at, then ever fewer, in steps that no even beat can hide
    from; each one that is looked at stands for those since the last.
    """

    __slots__ = (
        "count",
        "due",
        "eager",
        "every",
        "last",
        "looked",
        "orm",
        "shape",
        "streams",
        "writes",
    )

    def __init__(self, shape: int, orm: bool, due: int, every: int = _ALL) -> None:
        self.shape, self.orm, self.due, self.every = shape, orm, due, every
        self.count = self.last = 0
        self.eager = self.streams = self.writes = False
        self.looked: Group | None = None

    def weight(self) -> int:
        """Gives how many executions this one stands for, and says when to look again."""
        stands, self.last = self.count - self.last, self.count
        self.due = self.count + 1 if self.count < self.every else self.count + self.count // 2 | 1
        return stands


class Group:
    """Executions of one statement, for one cause, from one line, within one scope.

    `count` is how many; the rest was seen on `looked` of them: sets of distinct things that end
    at 64, `parameters` their values, `parents` the objects that they were for, `runs` these by the
    query that they came from, `sources` the shapes of these queries, `flushes` and
    `transactions` those that they were in. `keys` is the most values of one, `sets` the most rows,
    `varying` are the names of the parameters that were not always the same.
    `rows` is the most that one was given, `needed` how many these would be if collections were not
    joined to each other. Of flushes `sessions` are those that flushed, and `flushed` the objects
    of each class in the flushes that were looked at.
    `blocking` is how many of them an event loop had to wait for. `calls` are the functions on the
    stacks, with the last calls of each and how many executions these sent; `most` the most of one.
    """

    __slots__ = (
        "blocking",
        "calls",
        "count",
        "flushed",
        "flushes",
        "keys",
        "load",
        "looked",
        "milliseconds",
        "most",
        "needed",
        "parameters",
        "parents",
        "rows",
        "runs",
        "sessions",
        "sets",
        "shape",
        "sources",
        "stacks",
        "through",
        "transactions",
        "values",
        "varying",
    )

    def __init__(self, shape: int, load: Load) -> None:
        self.shape = shape
        self.load = load._replace(parent=None, run=None, class_=None)
        self.count = self.looked = self.through = self.keys = self.sets = 0
        self.rows = self.needed = self.blocking = 0
        self.sessions: set[int] = set()
        self.flushed: dict[str, int] = {}
        self.milliseconds = 0.0
        self.parameters: set[int] = set()
        self.values: dict[str, int] = {}
        self.varying: set[str] = set()
        self.parents: set[int] = set()
        self.runs: dict[int, set[int]] = {}
        self.sources: dict[int, int] = {}
        self.flushes: set[int] = set()
        self.transactions: set[int] = set()
        self.stacks: list[tuple[Line, ...]] = []
        self.calls: dict[CodeType, dict[int, int]] = {}
        self.most: dict[CodeType, int] = {}

    def add(self, weight: int, load: Load, stack: Stack) -> None:
        """Takes down one execution that stands for several."""
        self.count += weight
        self.looked += 1
        self.through |= stack.through
        if load.parent is not None:
            parent = hash(load.parent)
            _keep(self.parents, parent)
            if load.run is not None and (load.run in self.runs or len(self.runs) < _RUNS):
                _keep(self.runs.setdefault(load.run, set()), parent)
        if len(self.stacks) < _STACKS:
            lines = tuple(stack.lines)
            if lines not in self.stacks:
                self.stacks.append(lines)
        outermost = {line[0]: call for line, call in zip(stack.lines, stack.calls) if call}
        for code, call in outermost.items():
            self._called(code, call)

    def _called(self, code: CodeType, call: int) -> None:
        """Takes down that a call of a function sent it once more, of the last calls of it."""
        if code not in self.calls and len(self.calls) >= _FUNCTIONS:
            return
        calls = self.calls.setdefault(code, {})
        sent = calls.pop(call, 0) + 1
        if len(calls) >= _CALLS:
            del calls[next(iter(calls))]
        calls[call] = sent
        self.most[code] = max(self.most.get(code, 0), sent)

    def given(self, parameters: Any, sets: int, named: Mapping[str, Any]) -> None:
        """Takes down the values of an execution, by their names too, and of how many rows."""
        first = parameters[0] if sets > 1 and isinstance(parameters, list) else parameters
        self.keys = max(self.keys, len(first) if isinstance(first, (tuple, dict, list)) else 0)
        self.sets = max(self.sets, sets)
        _keep(self.parameters, _hash(parameters))
        for name, value in itertools.islice(named.items(), _DISTINCT):
            if self.values.setdefault(name, now := _hash((value,))) != now:
                self.varying.add(name)

    def flushing(self, session: int, classes: Mapping[str, int]) -> None:
        """Takes down which Session flushes how many objects of which classes."""
        _keep(self.sessions, session)
        for name, number in classes.items():
            if name in self.flushed or len(self.flushed) < _CLASSES:
                self.flushed[name] = self.flushed.get(name, 0) + number

    def within(self, flush: int, transaction: int) -> None:
        """Takes down in which flush (0: none) and transaction an execution was."""
        if flush:
            _keep(self.flushes, flush)
        _keep(self.transactions, transaction)

    @property
    def batch(self) -> int:
        """The most objects of one query that statements were seen to be sent for."""
        return max((len(parents) for parents in self.runs.values()), default=0)


def _keep(found: set[int], value: int) -> None:
    if len(found) < _DISTINCT:
        found.add(value)


def _hash(parameters: Any) -> int:
    values = parameters.values() if isinstance(parameters, dict) else parameters
    try:
        return hash(tuple(values))
    except TypeError:  # lists, JSON
        return hash(repr(parameters)[:10_000])


class Scope:
    """A request, a task, a test, or the whole program: what is judged by itself."""

    __slots__ = ("ended", "groups", "left_out", "most", "name", "tallies")

    def __init__(self, name: str) -> None:
        self.name = name
        self.groups: dict[Key, Group] = {}
        self.tallies: dict[Any, Tally] = {}
        self.left_out = self.most = 0
        self.ended = False

    @property
    def statements(self) -> int:
        """How many statements it sent."""
        tallies = {id(each): each for each in self.tallies.values() if each.shape}
        return self.left_out + sum(each.count for each in tallies.values())

    def end(self) -> None:
        """Counts what ran since each statement was last looked at with that look."""
        self.ended = True
        for tally in self.tallies.values():
            if tally.looked is not None:
                tally.looked.count += tally.weight()  # nothing is left for the second name of one

    def group(self, key: Key, shape: int, load: Load) -> Group | None:
        """Gives the group of a key, None where there are too many."""
        found = self.groups.get(key)
        if found is None:
            if len(self.groups) >= _GROUPS:
                self.left_out += 1
                return None
            found = self.groups[key] = Group(shape, load)
        return found


class Ended:
    """Scopes that ended: of those with one name, for each line, the one with most executions."""

    def __init__(self) -> None:
        self.scopes: dict[str, Scope] = {}
        self.times: dict[str, int] = {}
        self.left_out = 0

    def add(self, scope: Scope) -> None:
        """Folds a scope in."""
        scope.end()
        if scope.name not in self.scopes:
            if len(self.scopes) >= _SCOPES:
                self.left_out += 1
                return
            self.scopes[scope.name] = Scope(scope.name)
            self.times[scope.name] = 0
        kept = self.scopes[scope.name]
        self.times[scope.name] += 1
        kept.most = max(kept.most, scope.statements)
        kept.left_out += scope.left_out
        for key, group in scope.groups.items():
            known = kept.groups.get(key)
            if known is not None and group.count <= known.count:
                continue
            if known is None and len(kept.groups) >= _GROUPS:
                kept.left_out += 1
                continue
            kept.groups[key] = group
