"""Tables that belong together: by schema, else by the foreign keys and name prefixes they share."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations, groupby
from typing import Protocol

WHOLE = 30
"""So many tables of one schema are read as one picture."""
LARGEST = 16
ONE_FILE = 15
"""More tables are read more easily in several files; so many of one schema stay in one."""
_PREFIX_WEIGHT = 0.3

Weights = dict[int, dict[int, float]]


class Box(Protocol):
    """A table: its key, and its schema unless that is the usual one."""

    @property
    def key(self) -> str: ...
    @property
    def schema(self) -> str | None: ...


class Edge(Protocol):
    """A foreign key: the keys of the table that holds it, and of the one that it refers to."""

    @property
    def child(self) -> str: ...
    @property
    def parent(self) -> str: ...


@dataclass(frozen=True, slots=True)
class Group:
    """Tables that stand side by side: all of a schema, or those around one of them.

    `center` is the table that most keys of the group lead to, or NO_CENTER; "" for a whole schema.
    """

    keys: tuple[str, ...]
    schema: str = ""
    center: str = ""

    @property
    def name(self) -> str:
        """What it is called, "" where it is all there is."""
        if self.schema and self.center:
            return f"{self.schema}: {self.center}"
        return self.schema or self.center


NO_CENTER = "tables without a key between them"


def groups_of(boxes: Sequence[Box], edges: Sequence[Edge], whole: int = WHOLE) -> tuple[Group, ...]:
    """Gives the groups in the order of their first tables; one without a name for a small schema.

    A schema of at most `whole` tables stays in one. The same tables always give the same groups.
    """
    schemas: dict[str, list[Box]] = {}
    for box in boxes:
        schemas.setdefault(box.schema or "", []).append(box)
    if len(schemas) == 1 and len(boxes) <= whole:
        return (Group(_keys(boxes)),)
    found: list[Group] = []
    for schema, own in schemas.items():
        if len(own) <= whole:
            found.append(Group(_keys(own), schema, "" if schema else _center(own, edges)))
            continue
        for part in _communities(own, edges):
            found.append(Group(_keys(part), schema, _center(part, edges)))
    return tuple(found)


def _keys(boxes: Sequence[Box]) -> tuple[str, ...]:
    return tuple(box.key for box in boxes)


def _communities(boxes: Sequence[Box], edges: Sequence[Edge]) -> list[list[Box]]:
    """Merges, as long as it gains, the two groups that share the most beyond what chance would.

    It is the greedy search for modularity (Clauset, Newman, Moore 2004) with a largest size. What
    is left alone then comes to the others that are alone.
    """
    weights = _weights(boxes, edges)
    members = {n: [n] for n in range(len(boxes))}
    total = sum(sum(near.values()) for near in weights.values()) or 1.0
    degree = {n: sum(weights[n].values()) / total for n in members}
    while True:
        best, pair = 1e-12, None
        for a in members:
            for b, weight in weights[a].items():
                if a < b and len(members[a]) + len(members[b]) <= LARGEST:
                    gain = weight / total - degree[a] * degree[b]
                    best, pair = (gain, (a, b)) if gain > best else (best, pair)
        if pair is None:
            break
        _merge(*pair, weights, members, degree)
    return [[boxes[n] for n in sorted(each)] for each in _packed(list(members.values()))]


def _merge(
    a: int, b: int, weights: Weights, members: dict[int, list[int]], degree: dict[int, float]
) -> None:
    members[a] += members.pop(b)
    degree[a] += degree.pop(b)
    for other, weight in weights.pop(b).items():
        del weights[other][b]
        if other != a:
            weights[a][other] = weights[other][a] = weights[a].get(other, 0.0) + weight


def _packed(members: list[list[int]]) -> list[list[int]]:
    """Puts the smallest groups together: a panel of one table says nothing."""
    small = sorted(n for each in members if len(each) < 3 for n in each)
    large = [each for each in members if len(each) >= 3]
    large += [small[start : start + LARGEST] for start in range(0, len(small), LARGEST)]
    return sorted(large, key=min)


def _weights(boxes: Sequence[Box], edges: Sequence[Edge]) -> Weights:
    """What binds two tables: keys, each the less the more tables refer to its parent; prefixes."""
    number = {box.key: n for n, box in enumerate(boxes)}
    weights: Weights = {n: {} for n in range(len(boxes))}
    popular = Counter(edge.parent for edge in edges)

    def bind(a: int, b: int, weight: float) -> None:
        if a != b:
            weights[a][b] = weights[b][a] = weights[a].get(b, 0.0) + weight

    for edge in edges:
        if edge.child in number and edge.parent in number:
            bind(number[edge.child], number[edge.parent], popular[edge.parent] ** -0.5)
    ordered = sorted(range(len(boxes)), key=lambda n: (_prefix(boxes[n]), n))
    for prefix, same in groupby(ordered, key=lambda n: _prefix(boxes[n])):
        near = list(same)
        if prefix and len(near) <= LARGEST:
            for a, b in combinations(near, 2):
                bind(a, b, _PREFIX_WEIGHT)
    return weights


def _prefix(box: Box) -> str:
    """The first word of a name: `order_items` and `orders` begin alike."""
    return box.key.rpartition(".")[2].partition("_")[0].rstrip("s").lower()


def _center(boxes: Sequence[Box], edges: Sequence[Edge]) -> str:
    """The table that most of the group's keys lead to, else its first."""
    inside = {box.key for box in boxes}
    leads = Counter(
        edge.parent
        for edge in edges
        if edge.parent in inside and edge.child in inside and edge.child != edge.parent
    )
    if not leads:
        return NO_CENTER if len(boxes) > 1 else boxes[0].key
    return leads.most_common(1)[0][0]
