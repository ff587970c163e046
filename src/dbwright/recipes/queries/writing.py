"""Writes of a loop: rows of one statement each, flushes of one object, commits of one row."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from dbwright.core.recording import Group, Line, Recording, Scope
from dbwright.core.source import is_test
from dbwright.recipes.queries import repeats, watched

FEW = 5
"""From so many rows on a flush or commit is one of a batch."""
TURNS = 5
"""So often a loop has to write: one over what is configured, or over a few, is no storm."""
_FLUSHES = ("flush", "autoflush")
_COMMITS = ("commit", "begin")


def same(group: Group, loop: Line) -> bool:
    """Whether a group ran within a loop, as far as its lines tell: one behind it counts too."""
    begins = loop.loop_line or loop.line
    return any(
        (line.file, line.function) == (loop.file, loop.function)
        and line.line >= begins
        and (bool(line.loop) or not loop.loop)
        for stack in group.stacks
        for line in stack
    )


def savepoints(recording: Recording, scope: Scope, loop: Line) -> bool:
    """Whether each turn of a loop has a savepoint: a row may fail alone."""
    for group in scope.groups:
        shape = recording.shape(group)
        if shape is not None and shape.sql.startswith("SAVEPOINT") and same(group, loop):
            return True
    return False


def flushes(recording: Recording, scope: Scope, how: str) -> Iterator[tuple[Group, str]]:
    """Gives lines in loops that flush few objects again and again, and the class of most.

    They have to be seen there: one look stands for the flushes of other lines as well.
    """
    for group in scope.groups:
        loop = group.loop
        if group.how != how or loop is None or group.place is None or not group.flushed:
            continue
        if min(group.looked, group.turns) < TURNS or objects(group) >= FEW or _sessions(group):
            continue
        if group.through & (watched.COMMIT | watched.ENDING):
            continue
        if group.fails_alone or (how == "flush" and _ended(recording, scope, group)):
            continue
        if how == "flush" and _is_meant(group.place):
            continue
        if how == "autoflush" and _pages(recording, scope, group):
            continue
        if _sends(recording, scope, group) and not savepoints(recording, scope, loop):
            yield group, most(group)


def _is_meant(place: Line) -> bool:
    """Whether a flush is there for its error, or a library's, whose caller cannot leave it out."""
    return place.guard != "" or "flush(" not in (place.code or "flush(")


def worst(found: Iterable[tuple[Scope, Group, str]]) -> Iterator[tuple[Scope, Group, str]]:
    """Gives of each line in a loop the scope where it does most, whatever it writes in others."""
    most: dict[Any, tuple[Scope, Group, str]] = {}
    for scope, group, name in found:
        loop = group.loop
        key = (group.place, loop and (loop.file, loop.function, loop.loop_line))
        if key not in most or group.count > most[key][1].count:
            most[key] = (scope, group, name)
    yield from most.values()


def _ended(recording: Recording, scope: Scope, flush: Group) -> bool:
    """Whether the loop would flush all the same: it commits, which is told, or asks."""
    if any(repeats.in_one_loop(group, flush) for group, _ in commits(recording, scope)):
        return True
    asked = [
        each
        for each in scope.groups
        if each.how == "direct"
        and repeats.in_one_loop(each, flush)
        and 2 * each.count >= flush.count
    ]
    shapes = (recording.shape(each) for each in asked)
    return any(each is not None and each.verb == "select" and each.classes for each in shapes)


def _pages(recording: Recording, scope: Scope, flush: Group) -> bool:
    """Whether the query that flushes gives the next page of what the loop goes through."""
    shapes = (recording.shape(each) for each in scope.groups if each.place == flush.place)
    return any(shape is not None and repeats.paged(shape) for shape in shapes)


def _sends(recording: Recording, scope: Scope, flush: Group) -> bool:
    """Whether flushes of a line write something: objects that are equal again, or only have gained
    others that no Session has, are flushed without a statement.
    """
    writing = (group for group, _ in repeats.writes(recording, scope) if group.flushes)
    same_line = (each.flushes for each in writing if each.place == flush.place)
    return sum(same_line) >= repeats.LEAST


def objects(group: Group) -> float:
    """Gives how many objects a flush writes."""
    return sum(group.flushed.values()) / max(1, group.looked)


def most(group: Group) -> str:
    """Gives the class that most of the flushed objects are of."""
    return max(group.flushed, key=lambda each: group.flushed[each], default="")


def _sessions(group: Group) -> bool:
    """Whether flushes are those of Sessions of their own: requests, tests, tasks."""
    return group.sessions > 1 and group.looked < repeats.LEAST * group.sessions


def commits(recording: Recording, scope: Scope) -> Iterator[tuple[Group, str]]:
    """Gives lines in loops that commit a row or a few again and again, and what they write."""
    for group in scope.groups:
        loop = group.loop
        if group.how != "commit" or loop is None or group.place is None or group.fails_alone:
            continue
        alone = group.is_walk or _queue(recording, scope, loop) or _may_join(group)
        if min(group.looked, group.turns) >= TURNS and not alone:
            written = _written(recording, scope, loop)
            rows = sum(written.values()) / group.count
            if written and 0 < rows < FEW:
                yield group, max(written, key=lambda each: written[each])


def _may_join(group: Group) -> bool:
    """Whether a library commits, and tests ask: within a transaction of its caller it may not."""
    place = group.place
    written = place is None or any(word in place.code for word in _COMMITS)
    return not written and any(is_test(line.file) for stack in group.stacks for line in stack)


def _queue(recording: Recording, scope: Scope, loop: Line) -> bool:
    """Whether each turn takes rows for itself: what it does is to be kept before the next.

    It locks them, or asks the same with a limit each turn, until none are left.
    """
    for group in scope.groups:
        shape = recording.shape(group)
        if shape is None or not same(group, loop):
            continue
        again = group.parameters == 1 and group.looked >= repeats.LEAST
        if shape.locks or (again and shape.verb == "select" and shape.limit):
            return True
    return False


def _written(recording: Recording, scope: Scope, loop: Line) -> dict[str, float]:
    """Gives how many rows of which class or table a loop writes; nothing where it writes ranges.

    A flush may be that of a line which others call as well: what they write is left out.
    """
    found: dict[str, float] = {}
    names = repeats.Names(recording, scope)
    here = {
        table
        for group, shape in repeats.writes(recording, scope)
        if group.flushes and same(group, loop)
        for table in shape.tables
    }
    for group in scope.groups:
        if group.how in _FLUSHES and same(group, loop):
            if _sessions(group):
                return {}
            own = [each for each in group.flushed if here & names.loading.tables(each)]
            for class_ in own or group.flushed:
                number = group.flushed[class_]
                name = names.loading.name(class_)
                found[name] = found.get(name, 0) + number / group.looked * group.count
    for group, shape in repeats.writes(recording, scope):
        if not same(group, loop):
            continue
        if group.flushes:
            continue
        if repeats.ranged(shape) or repeats.listed(shape, group):
            return {}
        if group.parameters >= repeats.LEAST:
            name = names.of_write(shape)
            found[name] = found.get(name, 0) + group.count * max(1, group.sets)
    return found
