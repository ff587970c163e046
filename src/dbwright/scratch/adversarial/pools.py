"""The values that a column is given: those near the queries' constants, plain ones, edges."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass, field

from dbwright.scratch import rows_values
from dbwright.scratch.adversarial import documents, moments, numbers, texts
from dbwright.scratch.adversarial.aims import text_of
from dbwright.scratch.adversarial.known import Known, interleaved
from dbwright.scratch.rows_types import Shape
from dbwright.scratch.rows_values import Wish

_NUMBERS = (*numbers.INTEGERS, "numeric", "float")
_TEXTS = ("text", "varchar", "char")
_MOST_NEAR = 100
_FIRST = 8
_FIXED: dict[str, tuple[str, ...]] = {
    "boolean": ("true", "false"),
    "time": ("00:00", "12:00", "23:59:59.999999"),
    "interval": ("0", "1 day", "24 hours", "1 month", "30 days", "-1 day", "1 hour"),
    "uuid": (
        "00000000-0000-0000-0000-000000000000",
        "11111111-1111-1111-1111-111111111111",
        "22222222-2222-2222-2222-222222222222",
    ),
    "bytes": ("\\x", "\\x00", "\\x61", "\\xff"),
    "inet": ("10.0.0.1", "10.0.0.0/8", "::1", "10.0.0.2"),
}


@dataclass(slots=True)
class Pool:
    """Values as texts, the most telling first. An entry that the type refuses is taken out.

    `exact` are the first near ones, mostly constants themselves. `meets` are those that a
    condition of the queries holds for, most conditions first.
    """

    near: list[str] = field(default_factory=list)
    plain: list[str] = field(default_factory=list)
    edges: list[str] = field(default_factory=list)
    exact: list[str] = field(default_factory=list)
    meets: list[str] = field(default_factory=list)

    def all(self) -> list[str]:
        """Gives every value once."""
        return list(dict.fromkeys([*self.near, *self.plain, *self.edges]))

    def only(self, taken: set[str]) -> Pool:
        """Gives the pool with those values alone."""
        kept = ([v for v in part if v in taken] for part in (self.near, self.plain, self.edges))
        found = Pool(*kept)
        found.exact = found.near[:_FIRST]
        return found


def pool(shape: Shape, beside: Sequence[Known], others: Sequence[Known], dialect: str) -> Pool:
    """Gives the values for a column of that type.

    `beside` are the constants that stand beside the column, `others` all those of the queries.
    """
    found = Pool(
        list(dict.fromkeys(_near(shape, beside)))[:_MOST_NEAR],
        _plain(shape),
        _edges(shape, dialect),
    )
    alike = texts.fitting([known.text for known in others if _alike(known, shape)], shape)
    found.plain = interleaved([found.plain, alike])
    if dialect != "postgresql":
        found.near, found.plain = map(_plainer, (found.near, found.plain))
    return found


def _near(shape: Shape, beside: Sequence[Known]) -> list[str]:
    if not beside:
        return []
    family = shape.family
    if family in _NUMBERS:
        return numbers.near(shape, beside)
    if family in moments.MOMENTS:
        return moments.near(shape, beside)
    if family in _TEXTS:
        return texts.near(shape, beside)
    if family in ("json", "jsonb"):
        return documents.near(beside)
    if family == "array":
        return _arrays(shape, beside)
    if family == "range":
        return _ranges(shape, beside)
    if family == "enum":
        return [known.text for known in beside if known.text in shape.labels]
    if family in ("boolean",):
        return []
    if shape.name == "tsvector":
        return interleaved(_lexemes(known.text) for known in beside)
    return [known.text for known in beside]


def _plain(shape: Shape) -> list[str]:
    family = shape.family
    if family in _NUMBERS:
        return numbers.plain(shape)
    if family in moments.MOMENTS:
        return moments.plain(shape)
    if family in _TEXTS:
        return texts.plain(shape)
    if family in ("json", "jsonb"):
        return list(documents.PLAIN)
    if family == "enum":
        return list(shape.labels)
    if family == "array":
        items = _plain(shape.item or Shape("text"))[:3]
        return [
            "{}",
            *(_array([item]) for item in items),
            _array(items[:2]),
            _array([items[0]] * 2),
        ]
    if family == "range":
        bounds = _plain(shape.item or Shape("integer"))[:2]
        return ["empty", *_spans(sorted(bounds))]
    if family == "composite":
        return _composites(shape)
    return list(_FIXED.get(family, ())) or _drawn(shape)


def _edges(shape: Shape, dialect: str) -> list[str]:
    family = shape.family
    if family in _NUMBERS:
        return numbers.edges(shape, dialect)
    if family in moments.MOMENTS:
        return moments.edges(shape, dialect)
    if family in _TEXTS:
        return texts.edges(shape)
    if family in ("json", "jsonb"):
        return list(documents.EDGES)
    if family == "array":
        return ["{NULL}", "{NULL,NULL}", "{}"]
    return ["empty", "(,)"] if family == "range" else []


def _arrays(shape: Shape, beside: Sequence[Known]) -> list[str]:
    """Gives arrays with the constants' items: alone, twice, with NULL, with others, in order."""
    item = shape.item or Shape("text")
    items, whole = [], []
    for known in beside:
        if known.text.startswith("{") and known.text.endswith("}"):
            whole.append(known.text)
            items += [part.strip('"') for part in known.text[1:-1].split(",") if part]
        else:
            items.append(known.text)
    items = list(dict.fromkeys(items))[:4]
    other = next((text for text in _plain(item) if text not in items), None)
    found = [*whole, *(_array([each]) for each in items)]
    for each in items:
        found += [_array([each, each]), _array([each, None]), _array([other, each])]
    found += [_array(items), _array(items[::-1]), _array([*items, other]), _array([other])]
    return list(dict.fromkeys(found))


def _array(items: Sequence[str | None]) -> str:
    return "{" + _items(items) + "}"


def _items(items: Sequence[str | None]) -> str:
    """Gives the items of an array or the fields of a row, each in quotes."""
    shown = (
        "NULL" if item is None else '"' + item.replace("\\", "\\\\").replace('"', '\\"') + '"'
        for item in items
    )
    return ",".join(shown)


def _ranges(shape: Shape, beside: Sequence[Known]) -> list[str]:
    """Gives ranges that begin, end, hold or just miss the constants."""
    item = shape.item or Shape("integer")
    bounds: list[str] = []
    for known in beside:
        if known.family != "range":
            bounds += _near(item, [Known(known.text, known.family)])[:3]
    whole = [known.text for known in beside if known.family == "range"]
    return [*whole, *_spans(list(dict.fromkeys(bounds))[:4])]


def _spans(bounds: Sequence[str]) -> list[str]:
    found = []
    for low in bounds:
        for high in bounds:
            found += [f"[{low},{high})", f"[{low},{high}]", f"({low},{high})"]
        found += [f"[{low},)", f"(,{low})", f"(,{low}]", f"({low},)"]
    return found


def _lexemes(text: str) -> list[str]:
    words = "".join(c if c.isalnum() else " " for c in text).split()
    return [" ".join(words), *words] if words else []


def _alike(known: Known, shape: Shape) -> bool:
    if shape.family in _NUMBERS:
        return known.family in _NUMBERS
    if shape.family in moments.MOMENTS:
        return known.family in moments.MOMENTS
    return known.family in _TEXTS and shape.family in _TEXTS


def _drawn(shape: Shape) -> list[str]:
    """Gives values of a type that nothing special is known of, as the row generator makes them."""
    rng = random.Random(0)
    made = (rows_values.value(shape, Wish("", "ordinary", n, True, rng)) for n in range(4))
    return [text for each in made if (text := text_of(each, shape)) is not None]


def _composites(shape: Shape) -> list[str]:
    """Gives a composite type's values, the plain ones of each field in turn."""
    fields = [_plain(field) or [""] for field in shape.fields]
    rows = ([field[n % len(field)] for field in fields] for n in range(3))
    return ["(" + _items(row) + ")" for row in rows]


def _plainer(values: list[str]) -> list[str]:
    """Drops what only PostgreSQL reads: names of zones behind a moment."""
    return [value for value in values if not value.endswith((" UTC", "+00"))]
