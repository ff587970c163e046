"""What a watcher saw, as plain JSON: the one form in which it leaves the process."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Mapping
from types import CodeType
from typing import Any

from . import mapped
from .engines import Made
from .groups import Group, Scope
from .hook import Watcher
from .stacks import Line, Stacks

VERSION = 1


def facts(watcher: Watcher, only: Iterable[Scope] | None = None) -> dict[str, Any]:
    """Gives statements, groups by scope, and errors; lines are file, line, function.

    A scope that is going on is told as far as it came. With `only` it is these scopes, which the
    watcher does not keep, with their statements.
    """
    import sqlalchemy

    places = _Places(watcher.stacks)
    told = [(each, 1) for each in ((watcher.whole,) if only is None else only)]
    if only is None:
        ended = watcher.ended
        told += [(scope, ended.times[name]) for name, scope in ended.scopes.items()]
    scopes = [_scope(scope, times, places) for scope, times in told]
    shapes = list(watcher.shapes.by_text.values())
    if only is not None:
        wanted = {each for scope in scopes for group in scope["groups"] for each in _shapes(group)}
        shapes = [each for each in shapes if each.number in wanted]
    return {
        "version": VERSION,
        "python": sys.version_info[:2],
        "sqlalchemy": sqlalchemy.__version__,
        "shapes": [{"number": each.number, "sql": each.sql, **each.facts} for each in shapes],
        "scopes": [each for each in scopes if each["groups"]],
        **_held(watcher, places),
        "classes": mapped.described(_classes(watcher)),
        "injected": watcher.injected,
        "reads": sorted(watcher.reads.seen) if watcher.reads is not None else None,
        "missed": watcher.missed,
        "why": watcher.why,
        "left_out": watcher.shapes.left_out + watcher.ended.left_out,
    }


def _held(watcher: Watcher, places: _Places) -> dict[str, Any]:
    """How the program holds its database: errors, engines, pauses, what is shared."""
    return {
        "errors": [
            {
                "kind": kind,
                "message": message,
                "stack": places.all(lines),
                "first": places.all(first),
                "count": count,
            }
            for (kind, message, lines, first), count in watcher.errors.seen.items()
        ],
        "engines": [_engine(made, places) for made in watcher.engines.made.values()],
        "pauses": [
            {
                "stack": places.all(lines),
                "until": places.all(until),
                "seconds": round(pause.longest, 3),
                "count": pause.count,
                "wrote": pause.wrote,
                "ended": pause.ended,
            }
            for (lines, until), pause in watcher.holds.pauses.items()
        ],
        "shared": [
            {"kind": kind, "stack": places.all(lines), "other": places.all(other), "count": count}
            for (kind, lines, other), count in watcher.holds.shared.items()
        ],
    }


def _classes(watcher: Watcher) -> set[type]:
    shapes = watcher.shapes.by_text.values()
    return set(watcher.classes.values()).union(*(each.mapped for each in shapes))


def _scope(scope: Scope, times: int, places: _Places) -> dict[str, Any]:
    return {
        "name": scope.name,
        "times": times,
        "statements": max(scope.most, scope.statements),
        "left_out": scope.left_out,
        "groups": [_group(each, scope, places) for each in scope.groups.values()],
    }


def _shapes(group: dict[str, Any]) -> list[int]:
    return [group["shape"], *group["sources"]]


def _group(group: Group, scope: Scope, places: _Places) -> dict[str, Any]:
    load, rest = group.load, 0
    if not scope.ended:
        for tally in {id(each): each for each in scope.tallies.values()}.values():
            rest += tally.count - tally.last if tally.looked is group else 0
    return {
        "shape": group.shape,
        "how": load.how,
        "owner": load.owner,
        "names": list(load.names),
        "path": [list(step) for step in load.path],
        "count": group.count + rest,
        "looked": group.looked,
        "milliseconds": round(group.milliseconds, 3),
        "parameters": len(group.parameters),
        "parents": len(group.parents),
        "batch": group.batch,
        "sources": sorted(group.sources, key=lambda each: -group.sources[each]),
        "flushes": len(group.flushes),
        "transactions": len(group.transactions),
        "keys": group.keys,
        "sets": group.sets,
        "varying": sorted(group.varying),
        "rows": group.rows,
        "needed": group.needed,
        "sessions": len(group.sessions),
        "flushed": group.flushed,
        "through": group.through,
        "blocking": group.blocking,
        "called": places.called(group.most),
        "stacks": [[places.of(line) for line in stack] for stack in group.stacks],
    }


def _engine(made: Made, places: _Places) -> dict[str, Any]:
    return {
        **made.facts,
        "stack": places.all(made.lines),
        "arguments": dict(made.options),
        "times": made.times,
        "alike": max(made.arguments.values(), default=0),
        "connects": made.connects,
        "dropped": made.dropped,
        "dropped_at": places.all(made.dropped_at),
    }


class _Places:
    """Says where lines are; a template's generated code by the template's own lines."""

    def __init__(self, stacks: Stacks) -> None:
        self._stacks = stacks

    def all(self, lines: tuple[Line, ...]) -> list[list[Any]]:
        """Says where several lines are."""
        return [self.of(line) for line in lines]

    def called(self, most: Mapping[CodeType, int]) -> list[dict[str, Any]]:
        """Says which functions sent a statement how often in one call."""
        found: dict[tuple[Any, ...], int] = {}
        for code, number in most.items():
            file, _, function = self.of((code, 0))
            found[file, function] = max(number, found.get((file, function), 0))
        return [
            {"file": file, "function": function, "most": number}
            for (file, function), number in found.items()
        ]

    def of(self, line: Line) -> list[Any]:
        code, number = line
        name = getattr(code, "co_qualname", code.co_name)
        return [self._stacks.name(code.co_filename), number, name]
