"""Changes of a schema as code both ways, in the order in which they can run, cut into revisions.

A concurrent build, a backfill and a validation get a revision of their own; what takes a lock for
a moment shares one. The downgrade of a revision is its upgrade backwards.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby

from dbwright.recipes import code
from dbwright.recipes.revision import Notes, Phase

# the order of work; what stands on something comes after it
RENAME, SCHEMA, LABEL, TYPE, FUNCTION, CUT, TABLE, COLUMN, CONSTRAINT, VIEW = range(10)
BACKFILL, VALIDATE, SET, BUILD, TAKE_OVER, DROP_COLUMN, DROP_TABLE, DROP_OBJECT = (
    *range(10, 17),
    18,
)
QUICK = "it waits for a lock for a moment; lock_timeout ends the wait, then run it again."


@dataclass(frozen=True, slots=True)
class Change:
    """One change: what it is in a few words, the code up and down, and what it costs.

    `phase` is the whole revision of a change that shares none.
    """

    rank: float
    title: str
    up: str = ""
    down: str = ""
    locks: bool = True
    risk: str = ""
    undo: str = ""
    phase: Phase | None = None


@dataclass(frozen=True, slots=True)
class Draft:
    """The changes, and the objects that stay though no model declares them."""

    changes: tuple[Change, ...]
    left_alone: tuple[str, ...] = ()


def alone(rank: float, phase: Phase) -> Change:
    """Gives a change that is a revision of its own."""
    return Change(rank, phase.title, phase=phase)


def execute(sql: str) -> str:
    """Gives an `op.execute` that keeps the SQL as it is, on one line where it fits."""
    line = f"op.execute({code.literal(code.escaped_binds(sql))})"
    if "\n" not in sql and len(line) <= code.WIDTH - 4:
        return line
    if "\n" in sql or "'" in sql:
        return code.verbatim(sql)
    return code.execute(sql)


def phases(changes: Sequence[Change], message: str, *, timeout: bool) -> tuple[Phase, ...]:
    """Gives the revisions of all changes, the first with the user's message as its title."""
    ordered = sorted(changes, key=lambda change: change.rank)
    found: list[Phase] = []
    for _, group in groupby(ordered, key=_own):
        together = list(group)
        own = [change.phase for change in together if change.phase is not None]
        found.append(_joined(own) if own else _shared(together, timeout))
    return _titled(found, message)


def _own(change: Change) -> int:
    """What tells the changes that share a revision from those that do not.

    A validation can be repeated, so all of them share one.
    """
    if change.rank == VALIDATE:
        return VALIDATE
    return id(change.phase) if change.phase is not None else 0


def _joined(several: list[Phase]) -> Phase:
    first = several[0]
    if len(several) == 1:
        return first
    back = [phase.downgrade.removeprefix(f"{code.LOCK_TIMEOUT}\n") for phase in reversed(several)]
    return Phase(
        f"{first.title} and {len(several) - 1} more",
        code.lines(*(phase.upgrade for phase in several)),
        code.lines(code.LOCK_TIMEOUT, *back),
        first.notes,
    )


def _titled(found: list[Phase], message: str) -> tuple[Phase, ...]:
    if not message:
        return tuple(found)
    first = found[0]
    if len(found) == 1:
        return (Phase(message, first.upgrade, first.downgrade, first.notes),)
    return tuple(
        Phase(f"{message}: {phase.title[:1].lower()}{phase.title[1:]}", *_parts(phase))
        for phase in found
    )


def _parts(phase: Phase) -> tuple[str, str, Notes]:
    return phase.upgrade, phase.downgrade, phase.notes


def _shared(changes: list[Change], timeout: bool) -> Phase:
    bound = code.LOCK_TIMEOUT if timeout and any(change.locks for change in changes) else None
    up = code.lines(bound, *(change.up for change in changes))
    down = code.lines(bound, *(change.down for change in reversed(changes)))
    titles = [change.title for change in changes]
    risks = list(dict.fromkeys(change.risk for change in changes if change.risk))
    undos = list(dict.fromkeys(change.undo for change in changes if change.undo))
    notes = Notes(
        does=f"{'; '.join(titles)}.",
        risk=" ".join(risks) or QUICK,
        downtime="see the risk." if risks else "none; reads and writes wait for a moment.",
        backup=" ".join(undos) or "none needed: no row is lost.",
    )
    first = titles[0]
    title = first if len(titles) == 1 else f"{first} and {len(titles) - 1} more"
    return Phase(title[:1].upper() + title[1:], up or "pass", down or "pass", notes)
