"""How a reading says what it made of words."""

from __future__ import annotations

from typing import Any

from dbwright.collect.words.draft import FactKind, shown_entity, spoken
from dbwright.collect.words.morphology import plural
from dbwright.collect.words.vocabulary import Said


def told(said: Said) -> str:
    """Says what was said of an attribute."""
    pieces: list[str] = []
    for key, value in said.items():
        pieces.append(_told(key, value))
    return ", ".join(piece for piece in pieces if piece)


def _told(key: str, value: Any) -> str:
    number = f"{value:g}" if isinstance(value, float) else str(value)
    match key:
        case "required":
            return "required" if value else "optional"
        case "unique":
            return "unique" if value else "not unique"
        case "immutable" | "encrypted" | "personal":
            return {"immutable": "never changed"}.get(key, key)
        case "ignore_case":
            return "in any case"
        case "values":
            return "one of " + ", ".join(value)
        case "transitions":
            steps = [f"{one} to {' or '.join(after)}" for one, after in value.items() if after]
            return "from " + ", ".join(steps) if steps else "without a way on"
        case "minimum" | "maximum":
            return f"{'at least' if key == 'minimum' else 'at most'} {number}"
        case "above" | "below":
            return f"{key} {number}"
        case "length":
            return f"at most {number} characters"
        case "default":
            return f"{number} by default"
        case "precision":
            return f"{number} digits"
        case "scale":
            return f"{number} of them behind the point"
        case "computed":
            return f"computed as {number}"
        case "unit":
            return f"in {number}"
        case _:
            return number


def told_fact(kind: FactKind, source: str, target: str, role: str, required: bool | None) -> str:
    """Says what a fact says."""
    one, other = shown_entity(source), spoken(target)
    optional = "" if required is not False else ", optionally"
    as_role = f", as {role.replace('_', ' ')}" if role else ""
    match kind:
        case "refers":
            return f"{one} belongs to one {other}{as_role}{optional}"
        case "has many":
            return f"{one} has many {plural(other)}{as_role}"
        case "has one":
            return f"{one} has one {other}{as_role}{optional}"
        case "one-to-one":
            return f"{one} and {other} are one-to-one{as_role}{optional}"
        case _:
            return f"{one} and {other} are many-to-many{as_role}"
