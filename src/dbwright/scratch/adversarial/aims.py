"""Values that the constraints of a column ask for: of a pattern, a length, a range, a list."""

from __future__ import annotations

import random
from collections.abc import Sequence
from typing import Any

from dbwright.scratch import rows_aim, rows_values
from dbwright.scratch.rows_checks import Branch, Condition
from dbwright.scratch.rows_types import Shape
from dbwright.scratch.rows_values import FLAVORS, Raw, Wish

_BRANCHES = 6
_VALUES = 4
_JOININGS = 8


def aims(column: str, shape: Shape, conditions: Sequence[Condition]) -> list[str]:
    """Gives texts that the conditions about the column are likely to hold for, each once."""
    about = [each for each in conditions if column in each.columns]
    if not about:
        return []
    rng = random.Random(0)
    found: dict[str, None] = {}
    for _ in range(_BRANCHES):
        hint = way(about, rng).hints.get(column)
        if hint is None or hint.null:
            continue
        for n in range(_VALUES):
            wish = Wish(column, FLAVORS[n % len(FLAVORS)], len(found), True, rng)
            text = text_of(rows_aim.aimed(shape, wish, hint), shape)
            if text is not None:
                found[text] = None
    return list(found)


def way(conditions: Sequence[Condition], rng: random.Random) -> Branch:
    """Gives one way in which all the conditions hold, as far as they can be read."""
    found = Branch()
    for _ in range(_JOININGS):
        found = Branch()
        for each in conditions:
            found = found.joined(rng.choice(each.branches))
        if found.possible:
            break
    return found


def text_of(value: Any, shape: Shape) -> str | None:
    """Gives a generated value as the text that the database reads, None for one that has none.

    >>> text_of("it's", Shape("text")), text_of(True, Shape("boolean")), text_of(-5, Shape("float"))
    ("it's", 'true', '-5')
    """
    if value is None or isinstance(value, Raw):
        return None
    sql = rows_values.literal(value, shape, "postgresql")
    return sql[1:-1].replace("''", "'") if sql.startswith("'") else sql.strip("()")
