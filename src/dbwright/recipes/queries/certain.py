"""Conditions that the schema makes true for every row."""

from __future__ import annotations

from dataclasses import dataclass

from sqlglot import exp

from dbwright.recipes.queries import keys
from dbwright.recipes.queries.reading import Block, Reading, Reference

_PLAIN = ("group", "having", "limit", "offset", "with_", "joins", "laterals", "distinct")


@dataclass(frozen=True, slots=True)
class Certain:
    """Why a look-up is always true: the table that is looked up, and the words for it."""

    table: str
    words: str


def parent_exists(reading: Reading, block: Block, condition: exp.Expr) -> Certain | None:
    """Gives why EXISTS or IN over one table is true: a foreign key that is never NULL."""
    pairs = _pairs(reading, condition)
    if not pairs:
        return None
    child = pairs[0][0].source
    if child not in block.sources.values() or child.table is None or child.optional:
        return None
    if any(mine.source is not child or mine.column.nullable for mine, _ in pairs):
        return None
    parent = pairs[0][1].table
    equal = {mine.column.name: theirs.column.name for mine, theirs in pairs}
    for key, referred in keys.parents(reading.query.schema, child.table):
        named = dict(zip(key.columns, key.referred_columns, strict=False))
        if referred.key == parent.key and named == equal:
            listed = ", ".join(f"{child.table.key}.{name}" for name in key.columns)
            return Certain(
                parent.key, f"{listed} is NOT NULL and a validated foreign key to {parent.key}"
            )
    return None


def _pairs(reading: Reading, condition: exp.Expr) -> list[tuple[Reference, Reference]] | None:
    """The columns of the outer row beside those that are looked up, and nothing else asked."""
    if isinstance(condition, exp.Exists):
        select = condition.this
    elif isinstance(condition, exp.In) and condition.args.get("query") is not None:
        select = condition.args["query"].unnest()
    else:
        return None
    inner = reading.block_of(select) if isinstance(select, exp.Select) else None
    if inner is None or len(inner.sources) != 1 or any(select.args.get(e) for e in _PLAIN):
        return None
    (source,) = inner.sources.values()
    found: list[tuple[Reference, Reference]] = []
    sides: list[tuple[exp.Expr, exp.Expr]] = []
    if isinstance(condition, exp.In):
        left = condition.this.unnest()
        mine = left.expressions if isinstance(left, exp.Tuple) else [left]
        given = [each.unalias() for each in select.expressions]
        if inner.where() or len(mine) != len(given):
            return None
        sides = list(zip(mine, given, strict=True))
    else:
        if not all(isinstance(each, exp.EQ) for each in inner.where()):
            return None
        sides = [(each.this, each.expression) for each in inner.where()]
    for one, other in sides:
        both = [reading.reference(one), reading.reference(other)]
        inside = [each for each in both if each is not None and each.source is source]
        outside = [each for each in both if each is not None and each.source is not source]
        if len(inside) != 1 or len(outside) != 1:
            return None
        found.append((outside[0], inside[0]))
    return found
