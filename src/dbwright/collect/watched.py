"""What watched processes wrote, as a Recording whose lines know their source."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

from dbwright.collect import watched_texts
from dbwright.collect.engine_source import with_sources
from dbwright.collect.holding import placed
from dbwright.collect.loops import Loops
from dbwright.collect.uses import uses
from dbwright.core.codec import from_json
from dbwright.core.errors import CollectError
from dbwright.core.recording import Group, Line, Recording, Scope, Shape
from dbwright.core.source import is_test

VERSION = 1
_INLINED = (3, 12)
"""From this Python on a comprehension runs in the frame around it."""
_STATEMENT_FREE = 0
_FIXTURES = {"setUp", "tearDown", "setUpClass", "tearDownClass", "asyncSetUp", "asyncTearDown"}


def read_watched(folder: Path, root: Path) -> Recording | None:
    """Gives what the processes that wrote into a folder saw; None where none wrote.

    `root` is the folder that their files are named from. A file that is none raises CollectError.
    """
    found = [recording(_read(file), root) for file in sorted(folder.glob("*.json"))]
    return together(found) if found else None


def _read(file: Path) -> dict[str, Any]:
    try:
        data = json.loads(file.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        what = f"is no recording of a watched program: {error}"
        raise CollectError(what, file=str(file)) from error
    if not isinstance(data, dict) or data.get("version") != VERSION:
        raise CollectError(
            "was written by another version of dbwright", file=str(file), way_out="Watch anew."
        )
    return data


def recording(data: dict[str, Any], root: Path, loops: Loops | None = None) -> Recording:
    """Gives the recording of one process's facts (watcher/facts.py); `loops` are kept of files."""
    loops = loops or Loops(root)
    framed = tuple(data.get("python", _INLINED)) < _INLINED

    def line(each: list[Any]) -> Line:
        file, number, function = each
        around = loops.around(file, number, function if framed else "")
        code = loops.code(file, number)
        value, guard = loops.value(file, number), loops.guard(file, number)
        expected = loops.expected(file, number)
        return Line(file, number, function, *around, code, value, guard, expected)

    for scope in data["scopes"]:
        scope["groups"] = [each for each in scope["groups"] if not _of_fixture(each["stacks"])]
        for group in scope["groups"]:
            group["stacks"] = [[_plain(line(each)) for each in stack] for stack in group["stacks"]]
    data["shapes"] = [watched_texts.read(each) for each in data["shapes"]]
    for error in data["errors"]:
        _lined(error, ("stack", "first"), line)
    for engine in data["engines"]:
        _lined(engine, ("stack", "dropped_at"), line)
    for pause in data["pauses"]:
        _lined(pause, ("stack", "until"), line)
    for shared in data["shared"]:
        _lined(shared, ("stack", "other"), line)
    found = from_json(Recording, data)
    found = replace(found, uses=uses(_texts(found, loops), found.classes))
    return with_sources(placed(found, loops), root)


def _of_fixture(stacks: list[list[list[Any]]]) -> bool:
    """Whether all that is known of a group ran in what unittest does around a test."""
    return bool(stacks) and all(
        any(is_test(file) and function.rpartition(".")[2] in _FIXTURES for file, _, function in one)
        for one in stacks
    )


def _texts(found: Recording, loops: Loops) -> Iterator[tuple[str, str]]:
    """Gives the files that stand on stacks, with their texts."""
    groups = (group for scope in found.scopes for group in scope.groups)
    lines = (line for group in groups for stack in group.stacks for line in stack)
    for file in dict.fromkeys(line.file for line in lines):
        yield file, loops.text(file)


def _lined(each: dict[str, Any], names: Iterable[str], line: Callable[[list[Any]], Line]) -> None:
    for name in names:
        each[name] = [_plain(line(one)) for one in each[name]]


def _plain(line: Line) -> dict[str, Any]:
    return {name: getattr(line, name) for name in Line.__slots__}


def together(found: Iterable[Recording]) -> Recording:
    """Gives the recordings of several processes as one; each has its own scopes."""
    first, *others = found
    for other in others:
        known = {(each.sql, each.dialect): each.number for each in first.shapes}
        numbers, added = {_STATEMENT_FREE: _STATEMENT_FREE}, list[Shape]()
        for shape in other.shapes:
            number = known.get((shape.sql, shape.dialect))
            if number is None:
                number = len(first.shapes) + len(added) + 1
                added.append(replace(shape, number=number))
            numbers[shape.number] = number
        scopes = tuple(_renumbered(scope, numbers) for scope in other.scopes)
        first = replace(
            first,
            shapes=(*first.shapes, *added),
            scopes=(*first.scopes, *scopes),
            classes={**other.classes, **first.classes},
            errors=(*first.errors, *other.errors),
            engines=(*first.engines, *other.engines),
            pauses=(*first.pauses, *other.pauses),
            shared=(*first.shared, *other.shared),
            missed=first.missed + other.missed,
            why=first.why or other.why,
            left_out=first.left_out + other.left_out,
            injected=first.injected + other.injected,
            reads=_reads(first, other, numbers),
            uses=tuple(dict.fromkeys((*first.uses, *other.uses))),
        )
    return first


def _reads(
    first: Recording, other: Recording, numbers: dict[int, int]
) -> tuple[tuple[str, str, int], ...] | None:
    if first.reads is None or other.reads is None:
        return None
    moved = ((owner, name, numbers[shape]) for owner, name, shape in other.reads)
    return tuple(dict.fromkeys((*first.reads, *moved)))


def _renumbered(scope: Scope, numbers: dict[int, int]) -> Scope:
    def of(group: Group) -> Group:
        sources = tuple(numbers[each] for each in group.sources)
        return replace(group, shape=numbers[group.shape], sources=sources)

    return replace(scope, groups=tuple(map(of, scope.groups)))
