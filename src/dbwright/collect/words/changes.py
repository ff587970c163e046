"""Lines that say which status may follow which: `allowed status changes: draft to issued or void`.

A line may also only name the states of what was spoken of last: `stages: new -> open -> done`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import pairwise

from dbwright.collect.words.clause import Clause
from dbwright.collect.words.draft import Draft, shown_entity
from dbwright.collect.words.scan import split_at
from dbwright.collect.words.telling import told
from dbwright.collect.words.tokens import Token
from dbwright.collect.words.values import value_name

_CHANGES = {"changes", "transitions", "transition", "change", "flow", "lifecycle", "life-cycle",
    "workflow", "moves", "order", "sequence", "steps"}  # fmt: skip
_STATES = {"status": "status", "statuses": "status", "state": "status", "states": "status",
    "stage": "stage", "stages": "stage", "phase": "phase", "phases": "phase",
    "lifecycle": "status", "workflow": "status"}  # fmt: skip
_ARROWS = {"->", "to", "then", "→"}
_OR = {"or", "/", "|", "and"}
_ANY = {"anywhere", "any", "everywhere", "every", "all", "anything", "each"}
_BUT = {"except", "but", "besides", "unless"}
_LONGEST_HEAD = 6


@dataclass(slots=True)
class Changes:
    """The states in the order in which they are named, and what may follow each."""

    values: list[str] = field(default_factory=list)
    after: dict[str, list[str]] = field(default_factory=dict)
    late: list[tuple[list[str], list[str]]] = field(default_factory=list)
    """What may follow any state, and the states that it may not follow."""

    def follow(self, sources: Sequence[str], targets: Sequence[str]) -> None:
        """Notes that each of the targets may follow each of the sources."""
        self.values += [value for value in (*sources, *targets) if value not in self.values]
        for source in sources:
            known = self.after.setdefault(source, [])
            known += [target for target in targets if target not in known]

    def whole(self) -> dict[str, tuple[str, ...]]:
        """What may follow each state, with what may follow any."""
        for targets, excepted in self.late:
            ends = {*targets, *excepted}
            sources = [value for value in self.values if value not in ends]
            self.follow(sources, targets)
        return {value: tuple(self.after.get(value, ())) for value in self.values}


def changes_said(
    tokens: Sequence[Token], below: Sequence[Sequence[Token]], owner: str = ""
) -> Changes | None:
    """Gives the changes that a line lists behind a heading that says so, None for none."""
    colon = next((n for n, t in enumerate(tokens[:_LONGEST_HEAD]) if t.low in (":", "—")), 0)
    head = [token.low for token in tokens[:colon]]
    if not head or not (set(head) & _CHANGES or head[-1] in _STATES):
        return None
    if owner and len(head) == 1:
        return None  # `stage: new -> done` below a thing is one of its attributes
    if set(head) & _CHANGES and not set(head) & (_STATES.keys() | {"allowed", "valid"}):
        return None
    lines = [tokens[colon + 1 :], *below]
    found = Changes()
    for line in lines:
        for part in (p for q in split_at(line, ",") for p in split_at(q, ";")):
            if not _part(found, [t for t in part if t.low not in ("finally", "also", "only")]):
                return None
    return found if found.after else None


def _part(found: Changes, part: list[Token]) -> bool:
    while part and part[0].low in ("and", "or", "then", "from"):
        part = part[1:]
    lows = [token.low for token in part]
    if "from" in lows[1:]:
        at = lows.index("from")
        return _from_any(found, part[:at], part[at + 1 :])
    if lows[:1] and lows[0] in _ANY and (at := _arrow(lows)):
        return _from_any(found, part[at + 1 :], part[:at])
    steps: list[list[str]] = []
    for step in _steps(part):
        values = _values(step)
        if not values:
            return False
        steps.append(values)
    if len(steps) < 2:
        return False
    for sources, targets in pairwise(steps):
        found.follow(sources, targets)
    return True


def _arrow(lows: Sequence[str]) -> int:
    return next((n for n, low in enumerate(lows) if low in _ARROWS), 0)


def _from_any(found: Changes, targets: Sequence[Token], sources: Sequence[Token]) -> bool:
    """`rejected from anywhere except hired`, `void from draft or issued`."""
    values = _values(targets)
    lows = [token.low for token in sources]
    if not values or not lows:
        return False
    if lows[0] not in _ANY:
        named = _values(sources)
        if named:
            found.follow(named, values)
        return bool(named)
    but = next((n for n, low in enumerate(lows) if low in _BUT), len(lows))
    excepted = _values(sources[but + 1 :])
    found.values += [value for value in (*values, *excepted) if value not in found.values]
    found.late.append((values, excepted))
    return True


def _steps(part: Sequence[Token]) -> list[list[Token]]:
    found: list[list[Token]] = [[]]
    for token in part:
        if token.low in _ARROWS:
            found.append([])
        else:
            found[-1].append(token)
    return found


def _values(tokens: Sequence[Token]) -> list[str]:
    """The values that are named there, none where something else stands among them."""
    found: list[list[Token]] = [[]]
    for token in tokens:
        if token.low in _OR:
            found.append([])
        elif token.is_name and token.low not in ("either", "a", "an", "the"):
            found[-1].append(token)
        elif not token.is_name:
            return []
    named = [words for words in found if words]
    return [value_name(words) for words in named] if all(len(w) < 4 for w in named) else []


def change(clause: Clause, draft: Draft, found: Changes, owner: str) -> bool:
    """Takes the changes as those of the owner, or of the thing that has these states."""
    held = _holder(draft, found, owner or draft.before or draft.last, clause)
    if held is None:
        return False
    entity, name = held
    own = draft.entity(entity).attribute(name)
    said = found.whole()
    known = draft.values_of(entity).get(name, ())
    values = tuple(dict.fromkeys((*known, *said)))
    own.said["values"] = values
    own.say(clause, transitions=said)
    draft.last = entity
    clause.means(f"{shown_entity(entity)}.{name}: {told({'transitions': said})}")
    return True


def _holder(draft: Draft, found: Changes, last: str, clause: Clause) -> tuple[str, str] | None:
    values = {*found.values}
    shared = [
        (len(values & set(known)), key == last, key, name)
        for key in draft.entities
        for name, attribute in draft.entities[key].attributes.items()
        if values & set(known := attribute.said.get("values", ()))
    ]
    if shared:
        return max(shared)[2:]
    head = next((_STATES[word] for word in clause.words if word in _STATES), "status")
    named = draft.find([t for t in clause.tokens[:3] if t.low not in _STATES and t.is_name][:1])
    key = named[0] if named and not named[1] else last
    return (key, head) if key else None
