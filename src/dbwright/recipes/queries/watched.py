"""Findings about a running program, and the advice that they share."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any

from dbwright.core.claim import Claim, RunProbe, Trial
from dbwright.core.finding import Advice, Alternative, Finding, Fix, Location, Risk, Undo
from dbwright.core.recording import IN_LOOP, LINE, Group, Line, Recording, Scope
from dbwright.watcher.loads import AUTOFLUSH as AUTOFLUSH
from dbwright.watcher.loads import COMMIT as COMMIT
from dbwright.watcher.loads import DELETE as DELETE
from dbwright.watcher.loads import ENDING as ENDING
from dbwright.watcher.loads import FLUSH as FLUSH
from dbwright.watcher.loads import MERGE as MERGE
from dbwright.watcher.loads import REFRESH as REFRESH
from dbwright.watcher.stacks import BEHIND

LISTENED = DELETE << BEHIND
"""A listener of the program's own runs within delete()."""


def finding(
    recording: Recording,
    scope: Scope,
    group: Group,
    message: str,
    name: str | None,
    claims: Sequence[Claim],
    **details: Any,
) -> Finding:
    """Gives a finding at a group's line, with its statement, loop and scope as evidence."""
    place = group.place
    assert place is not None
    loop, shape, evidence = group.loop, recording.shape(group), []
    if shape is not None:
        evidence.append(sent(group.count, shape.sql))
    around = ""
    if loop is not None and (loop.file, loop.loop_line or loop.line) != (place.file, place.line):
        around = f"{IN_LOOP}{said(loop)}"
    code = place.code.rstrip(",")
    if code or around:
        evidence.append(f"{LINE}{code}{around}" if code else around[2:])
    if scope.name:
        evidence.append(f"within {scope.name}" + (f", {scope.times:,} times" * (scope.times > 1)))
    return Finding(
        message=message,
        location=Location(place.file, place.line, object=name),
        claims=tuple(claims),
        evidence=tuple(evidence),
        details={"loop": said(loop), "function": place.function, **details},
    )


def groups_of(
    recording: Recording, how: str, fits: Callable[[Scope, Group], bool]
) -> Iterator[tuple[Scope, Group]]:
    """Gives the statements that are sent for a reason and fit a rule, each with its scope.

    What the same line does in several scopes is told once, as it was in the worst that fits; what
    it does once each time that a test calls it is left out.
    """
    worst: dict[Any, tuple[Scope, Group]] = {}
    for scope in recording.scopes:
        for group in scope.groups:
            if group.how != how or group.place is None or group.by_tests:
                continue
            key = (group.place.file, group.place.line, group.owner, group.names, group.shape)
            if (key not in worst or group.count > worst[key][1].count) and fits(scope, group):
                worst[key] = (scope, group)
    yield from worst.values()


def unawaited(scope: Scope, group: Group) -> bool:
    """Whether it was never sent: what no line could await has raised MissingGreenlet instead."""
    return any(
        each.how.startswith("unawaited")
        and (each.owner, each.place) == (group.owner, group.place)
        and each.names[0] in group.names
        for each in scope.groups
    )


def repeated(
    recording: Recording, group: Group, trials: Sequence[Trial | None] = ()
) -> tuple[Claim, ...]:
    """Gives what a repeated statement claims: first that following the advice spares statements."""
    shape = recording.shape(group)
    sql = shape.sql if shape is not None else ""
    tried = tuple(each for each in trials if each is not None)
    fewer = Claim("fewer_statements", probe=RunProbe(sql, group.count, tried))
    again = Claim("repeats_statement", probe=RunProbe(sql, group.count))
    return (fewer, again) if tried else (again,)


def sent(count: int, sql: str) -> str:
    """Says how often a statement was sent."""
    return f"sent {count:,} times: {short(sql)}"


def short(sql: str, longest: int = 160) -> str:
    """Gives a statement on one line, its middle left out where it is long."""
    text = " ".join(sql.split())
    return text if len(text) <= longest else f"{text[: longest // 2]} … {text[-longest // 2 :]}"


def said(line: Line | None) -> str:
    """Gives a line as `file:line`, of a loop that at which it begins; empty for none."""
    return f"{line.file}:{line.loop_line or line.line}" if line is not None else ""


def loader_advice(finding: Finding, option: str, otherwise: str, reason: str) -> Advice:
    """Gives the advice of a loader option; `otherwise` is that where the query is not known."""
    code = finding.details.get("code") or f".options({otherwise})"
    title = f"load it with the query: {option}"
    if not option:
        title = f"load it where its objects are selected: {otherwise}"
    return Advice(
        reason=reason,
        fix=Fix(title, code),
        alternatives=(
            Alternative(
                "lazy='selectin' or 'joined' on the relationship itself",
                "every query of the class then loads it, those that never read it too",
            ),
            Alternative(
                "lazy='raise' beside the option",
                "a query that forgets it fails in the test instead of being slow in production",
            ),
        ),
        risk=Risk(
            "objects are loaded that the code may not read in every case",
            "give the option to this query alone, not to the relationship",
        ),
        undo=Undo("take the option away"),
        tests="a test that counts the statements: with dbwright.watch() or pytest's strict mode",
        backup="none needed: only how objects are loaded changes",
    )


def code_advice(
    reason: str,
    title: str,
    code: str,
    alternatives: tuple[Alternative, ...],
    risk: Risk | None = None,
) -> Advice:
    """Gives the advice of code that takes the place of a loop's."""
    return Advice(
        reason=reason,
        fix=Fix(title, code),
        alternatives=alternatives,
        risk=risk
        or Risk(
            "all that is asked for is in memory at once",
            "take the keys in slices of some thousands where there are many",
        ),
        undo=Undo("put the loop back as it was"),
        tests="the result is the same as before; dbwright.watch() around it counts the statements",
        backup="none needed: only how the rows are asked for changes",
    )
