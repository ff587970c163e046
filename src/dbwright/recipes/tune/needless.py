"""Indexes that are there and not needed: what another one does as well, and what nothing uses.

An index that enforces a rule is never among them, nor one that a foreign key, a replica identity
or a partitioned index rests on.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import groupby, permutations

from dbwright.core.existing import ExistingIndex, ExistingKey

LONG_ENOUGH = 14.0
"""Days for which the server must have counted before an index counts as unused."""


@dataclass(frozen=True, slots=True)
class Needless:
    """An index to drop: why, and the index that does its work, if one does."""

    index: ExistingIndex
    kind: str
    reason: str
    by: str | None = None


def needless(
    indexes: Sequence[ExistingIndex],
    used: frozenset[str],
    *,
    days: float | None,
    long_enough: float = LONG_ENOUGH,
) -> tuple[Needless, ...]:
    """Gives the indexes that can go.

    `used` are those that plans of the workload use; `days` says for how long the server has
    counted, None where it has not, `long_enough` from when on what it counts is believed.
    """
    found: dict[tuple[str, str], Needless] = {}
    ordered = sorted(indexes, key=lambda each: (each.schema, each.table))
    for _, group in groupby(ordered, key=lambda each: (each.schema, each.table)):
        for each in _of_table(list(group), used, days, long_enough):
            found.setdefault((each.index.schema, each.index.name), each)
    return tuple(found.values())


def _of_table(
    indexes: list[ExistingIndex], used: frozenset[str], days: float | None, long_enough: float
) -> Iterator[Needless]:
    gone: set[str] = set()
    busy = {each.name for each in indexes if each.name in used}
    for each in indexes:
        if not each.valid and each.is_free:
            gone.add(each.name)
            reason = "it is invalid: its build failed, no plan uses it and each write keeps it"
            yield Needless(each, "invalid", reason)
    # the shortest first, so that of a chain of prefixes only the longest stays
    for each in sorted(indexes, key=lambda one: (len(one.keys), len(one.include), one.name)):
        if not each.is_free or each.name in gone:
            continue
        for other in indexes:
            if other.name in gone or other.name == each.name or not other.valid:
                continue
            kind = covered(each, other)
            if kind:
                gone.add(each.name)
                if each.name in busy or each.scans:
                    busy.add(other.name)
                yield Needless(each, kind, _words(kind, each, other), other.name)
                break
    if days is None or days < long_enough:
        return
    for each in indexes:
        idle = each.scans == 0 and each.name not in busy | gone and not each.supports
        if idle and (each.is_free or _is_implied(each, indexes)):
            gone.add(each.name)
            reason = f"nothing has used it for {days:,.0f} days"
            yield Needless(each, "unused", reason)


def _is_implied(each: ExistingIndex, indexes: Sequence[ExistingIndex]) -> bool:
    """Whether a unique index forbids only what another one forbids that has part of its keys."""
    if each.owner is not None or each.needed is not None:
        return False
    keys = {key.sql for key in each.keys}
    return any(
        other.unique and other.valid and other.where is None and other.name != each.name
        and {key.sql for key in other.keys} < keys
        for other in indexes
    )  # fmt: skip


def conflicts(
    indexes: Sequence[ExistingIndex], bytes_: Mapping[str, float]
) -> frozenset[frozenset[str]]:
    """Gives the pairs of indexes, by name, of which one does what the other does."""
    # what does another's work has its first key
    alike: dict[tuple[str, str, str], list[ExistingIndex]] = {}
    for each in indexes:
        alike.setdefault((each.schema, each.table, each.keys[0].sql), []).append(each)
    return frozenset(
        frozenset((one.name, other.name))
        for several in alike.values()
        for one, other in permutations(several, 2)
        if covered(one, other) or _mostly(one, other, bytes_)
    )


def _mostly(each: ExistingIndex, other: ExistingIndex, bytes_: Mapping[str, float]) -> bool:
    """Whether a partial index spares less than half of a whole one that does its work."""
    if each.where is None or other.where is not None:
        return False
    if bytes_[each.name] < bytes_[other.name] / 2:
        return False
    return covered(replace(each, where=None), other) is not None


def covered(each: ExistingIndex, other: ExistingIndex) -> str | None:
    """How `other` does all that `each` does: None where it does not."""
    if _where(each) != _where(other):
        return None
    if each.method == "hash" and other.method == "btree":
        return "equality" if each.keys[0].sql == other.keys[0].sql else None
    if each.method != other.method:
        return None
    carried = {key.sql for key in other.keys} | set(other.include)
    if each.method != "btree":
        same = each.keys == other.keys and each.include == other.include
        return "duplicate" if same and _first(each, other) else None
    if not set(each.include) <= carried:
        return None
    front = other.keys[: len(each.keys)]
    if each.keys not in (front, _backwards(front)):
        return None
    if len(each.keys) == len(other.keys) and set(each.include) == set(other.include):
        return "duplicate" if _first(each, other) else None
    if len(each.keys) == len(other.keys):
        return "carried"
    # of a unique index's further keys one finds a row by the first ones just as well
    return "prefix"


def _first(each: ExistingIndex, other: ExistingIndex) -> bool:
    """Of two that are the same, the one to drop: the one that is free, else the later name."""
    return not other.is_free or each.name > other.name


def _where(index: ExistingIndex) -> str:
    return " ".join((index.where or "").split())


def _backwards(keys: Sequence[ExistingKey]) -> tuple[ExistingKey, ...]:
    return tuple(
        replace(key, descending=not key.descending, nulls_first=not key.nulls_first) for key in keys
    )


def _words(kind: str, each: ExistingIndex, other: ExistingIndex) -> str:
    if kind == "duplicate":
        return f"{other.name} is the same"
    if kind == "equality":
        return f"{other.name} finds equal keys as well ({each.keys[0].sql})"
    if kind == "carried":
        return f"{other.name} has the same keys and carries all that it carries"
    keys = ", ".join(key.sql for key in each.keys)
    return f"{other.name} begins with its keys ({keys})"
