"""Requests of a running program: a share of them is watched, and what each route shows is kept."""

from __future__ import annotations

import logging
import random
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from dbwright.core.codec import to_json
from dbwright.core.finding import Recommendation
from dbwright.core.report import Report
from dbwright.jobs.watch_gathered import Gathered, accepted
from dbwright.jobs.watch_shown import Scopes
from dbwright.watcher.groups import Key, Scope

LOG = logging.getLogger("dbwright")
_ROUTES = 500
_KEYS = 2_000
_ENTRIES = 500
_MORE = 1.5
"""A line that sends so many times more than it did is looked at again."""
OTHERS = "(other routes)"


@dataclass(slots=True)
class Request:
    """One request that is watched: its scope, and how much of it was looked at."""

    scope: Scope
    looked: int = -1


@dataclass(frozen=True, slots=True)
class Seen:
    """What a request sent so far; `findings` is what its route is known to show."""

    statements: int
    milliseconds: float
    findings: int


class Requests:
    """Watches a share of a program's requests, from 0 to 1; what is kept is bounded.

    A route is judged when it sends what it did not send before, or half as much again. `told`
    gets each finding with its route when it is first seen. Raises UsageError for settings that
    cannot be meant.
    """

    def __init__(
        self, root: Path, sample: float, told: Callable[[str, Recommendation], None]
    ) -> None:
        known = accepted(root, None)
        self.sample, self._told = sample, told
        self._scopes = Scopes(root, known)
        self._gathered = Gathered(root, known)
        self._known: dict[str, dict[Key, int]] = {}
        self._findings: dict[str, set[tuple[str, int | None]]] = {}
        self._open = 0
        self._lock = threading.Lock()

    def start(self) -> None:
        """Begins."""
        self._scopes.start()

    def stop(self) -> None:
        """Ends; what was found stays."""
        self._scopes.stop()

    def begin(self) -> Request | None:
        """Gives a request to watch, None for one that is left out of the sample."""
        if self.sample < 1 and random.random() >= self.sample:
            return None
        with self._lock:
            self._open += 1
        return Request(Scope(""))

    @contextmanager
    def within(self, request: Request) -> Iterator[None]:
        """Has what runs within counted with a request."""
        with self._scopes.within(request.scope):
            yield

    def look(self, request: Request, route: str) -> Seen:
        """Gives what a request sent so far, judged where it is news; never raises."""
        scope = request.scope
        try:
            statements = scope.statements
            if statements != request.looked:
                request.looked = statements
                route = self._judge(scope, route)
            groups = list(scope.groups.values())
            took = sum(group.milliseconds for group in groups)
            return Seen(statements, took, len(self._findings.get(route, ())))
        except Exception as error:  # the program is another's
            LOG.debug("a request could not be judged: %s: %s", type(error).__name__, error)
            return Seen(request.looked, 0.0, 0)

    def end(self, request: Request, route: str) -> Seen:
        """Ends a request and gives what it sent."""
        self._scopes.ended(request.scope)
        seen = self.look(request, route)
        with self._lock:
            self._open -= 1
            if not self._open:
                self._scopes.renew()
        return seen

    def _judge(self, scope: Scope, route: str) -> str:
        news: list[Recommendation] = []
        with self._lock:
            if route not in self._known and len(self._known) >= _ROUTES:
                route = OTHERS
            scope.name = route
            if self._is_news(scope, self._known.setdefault(route, {})):
                shown = self._scopes.shown(scope)
                mine = self._findings.setdefault(route, set())
                for item in shown.found:
                    key = (item.fingerprint, item.location.line)
                    if key not in self._gathered.entries:
                        news.append(item)
                    mine.add(key)
                if len(self._gathered.entries) < _ENTRIES:
                    self._gathered.add(route, shown, passed=True)
        for item in news:
            self._told(route, item)
        return route

    def _is_news(self, scope: Scope, known: dict[Key, int]) -> bool:
        found = False
        for key, group in list(scope.groups.items()):
            if group.count > _MORE * known.get(key, 0):
                found = True
                if key in known or len(known) < _KEYS:
                    known[key] = group.count
        return found

    def report(self) -> Report:
        """Gives the findings so far; the routes that show them stand in the evidence."""
        with self._lock:
            return self._gathered.report()

    def findings(self) -> list[dict[str, Any]]:
        """Gives the findings so far, with their routes, as JSON."""
        with self._lock:
            return [
                {
                    "rule": each.item.rule,
                    "object": each.item.location.object,
                    "message": each.item.message,
                    "file": each.item.location.file,
                    "line": each.item.location.line,
                    "routes": list(each.tests),
                    "fix": to_json(each.item.advice.fix),
                }
                for each in self._gathered.sorted()
            ]
