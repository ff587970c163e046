"""Columns that CHECK constraints tie together, and values of them that stand side by side."""

from __future__ import annotations

import random
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal, InvalidOperation

from dbwright.scratch import rows_aim
from dbwright.scratch.adversarial.aims import text_of, way
from dbwright.scratch.adversarial.instance import Values
from dbwright.scratch.adversarial.pools import Pool
from dbwright.scratch.rows_checks import Condition, Hint
from dbwright.scratch.rows_types import Shape
from dbwright.scratch.rows_values import FLAVORS, Wish

Pair = tuple[str, str, str]
Key = tuple[str | None, ...]
_CANDIDATES = 400
_NULLS = 0.2
_BY_HINT = 0.6
_SOME = ""
"""Stands for any value that is not NULL."""
_NEAREST = 3


@dataclass(slots=True)
class Joint:
    """Columns of a table that checks compare with each other.

    `met` are values that the database says meet the checks. Of the `loose` columns, those of
    keys, it matters only whether they are NULL. `plain` says that the checks are nothing but an
    order of columns, `pairs`.
    """

    columns: tuple[str, ...]
    checks: tuple[str, ...]
    conditions: tuple[Condition, ...]
    loose: frozenset[str] = frozenset()
    plain: bool = False
    met: dict[Key, Values] = field(default_factory=dict)

    def key(self, values: Mapping[str, str | None]) -> Key:
        """Gives what of the values the checks are about."""
        return tuple(
            None if (value := values.get(name)) is None else _SOME if name in self.loose else value
            for name in self.columns
        )

    def fitting(self, values: Values, fixed: Collection[str], rng: random.Random) -> Values:
        """Gives what to change in the values so that they meet the checks, as little as can be.

        `fixed` columns keep whether they are NULL where that is possible. Nothing is
        changed where nothing is known to meet the checks.
        """
        own = self.key(values)
        if own in self.met or not self.met or (self.plain and _in_order(values, self.conditions)):
            return {}
        alike = []
        for key, whole in self.met.items():
            far = sum(
                (name in fixed) * len(self.columns) + 1
                for name, mine, other in zip(self.columns, own, key, strict=True)
                if mine != other
            )
            alike.append((far, rng.random(), key, whole))
        least = min(alike)[0]
        near = sorted(each for each in alike if each[0] == least)[:_NEAREST]
        _, _, key, whole = rng.choice(near)
        return {
            name: whole[name]
            for name, mine, other in zip(self.columns, own, key, strict=True)
            if mine != other
        }


def joints(conditions: Sequence[tuple[str, tuple[str, ...], Condition]]) -> list[Joint]:
    """Gives the columns that hang together through these checks.

    Each check comes with its expression and the columns that it names.
    """
    groups: list[tuple[set[str], list[tuple[str, Condition]]]] = []
    for text, columns, condition in conditions:
        names, several = set(columns), [(text, condition)]
        for group in [group for group in groups if group[0] & names]:
            groups.remove(group)
            names |= group[0]
            several = group[1] + several
        groups.append((names, several))
    return [
        Joint(
            tuple(sorted(names)),
            tuple(text for text, _ in several),
            tuple(condition for _, condition in several),
            plain=all(_is_order(condition) for _, condition in several),
        )
        for names, several in groups
    ]


def candidates(
    joint: Joint,
    pools: Mapping[str, Pool],
    shapes: Mapping[str, Shape],
    not_null: Collection[str],
    conditions: Sequence[Condition],
) -> list[Values]:
    """Gives values for the columns of a joint, many of them aimed at its checks.

    `conditions` are all that is known of the table: its other checks aim too.
    """
    rng = random.Random(0)
    draw = _decks(pools, rng)
    found: dict[Key, Values] = {}
    for number in range(_CANDIDATES):
        branch = way(conditions, rng) if number % 3 else way(joint.conditions, rng)
        values: Values = {}
        for name in joint.columns:
            hint = branch.hints.get(name) if rng.random() < _BY_HINT or number % 2 else None
            values[name] = _value(name, shapes[name], hint, draw, number, rng)
            if values[name] is None and name in not_null:
                values[name] = draw(name)
        order(values, branch.pairs)
        found[tuple(values[name] for name in joint.columns)] = values
    return list(found.values())


def order(values: Values, pairs: Sequence[Pair]) -> None:
    """Swaps two values that a check wants the other way round."""
    for first, sign, second in pairs:
        left, right = values.get(first), values.get(second)
        if left is None or right is None:
            continue
        if sign == "=":
            values[second] = left
        elif (sign in ("<", "<=") and above(left, right)) or (
            sign in (">", ">=") and above(right, left)
        ):
            values[first], values[second] = right, left


def above(left: str, right: str) -> bool:
    """Whether a value is larger than another, numbers as numbers."""
    try:
        return Decimal(left) > Decimal(right)
    except InvalidOperation:
        return left > right


def _decks(pools: Mapping[str, Pool], rng: random.Random) -> Callable[[str], str | None]:
    """Gives a function that draws from a pool, each value before one comes again."""
    decks: dict[str, Iterator[str | None]] = {}

    def endless(name: str) -> Iterator[str | None]:
        values: list[str | None] = [*pools[name].all()] or [None]
        while True:
            rng.shuffle(values)
            yield from values

    def draw(name: str) -> str | None:
        if name not in decks:
            decks[name] = endless(name)
        return next(decks[name])

    return draw


def _value(
    name: str,
    shape: Shape,
    hint: Hint | None,
    draw: Callable[[str], str | None],
    number: int,
    rng: random.Random,
) -> str | None:
    if hint is not None and hint.null is not None:
        return None if hint.null else draw(name)
    if hint is not None:
        wish = Wish(name, FLAVORS[number % len(FLAVORS)], number, False, rng)
        return text_of(rows_aim.aimed(shape, wish, hint), shape)
    return None if rng.random() < _NULLS else draw(name)


def _is_order(condition: Condition) -> bool:
    """Whether a check is an order of columns and says nothing more."""
    if len(condition.branches) != 1 or condition.literals:
        return False
    branch = condition.branches[0]
    named = {name for first, _, second in branch.pairs for name in (first, second)}
    return bool(branch.pairs) and not branch.hints and named == condition.columns


def _in_order(values: Values, conditions: Sequence[Condition]) -> bool:
    """Whether values stand in the order of the checks, as far as their texts tell."""
    for condition in conditions:
        for first, sign, second in condition.branches[0].pairs:
            left, right = values.get(first), values.get(second)
            if left is None or right is None:
                continue
            if left == right and sign in ("<", ">", "<>"):
                return False
            if left != right and sign == "=":
                return False
    return True
