"""Conditions on values inside of jsonb columns."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass

from sqlglot import exp

from dbwright.core.query import Query
from dbwright.core.schema import Table
from dbwright.recipes.queries import comparisons, tree
from dbwright.recipes.queries.reading import Block, Reading, Reference

CONTAINMENT = (exp.ArrayContainsAll, exp.JSONBContainsTopKey, exp.JSONBPathExists)
_STEPS = (exp.JSONExtract, exp.JSONExtractScalar)


@dataclass(frozen=True, slots=True)
class Extracted:
    """A value taken out of a column as text and compared: `path` are the names of its way in,
    None where an element of an array is on it. `value` is the text it is held equal to."""

    node: exp.Expr
    side: exp.Expr
    found: Reference
    path: tuple[str, ...] | None
    value: str | None


def contained(reading: Reading, block: Block) -> Iterator[tuple[exp.Expr, Reference]]:
    """Gives the conditions that only a GIN index of their jsonb column serves."""
    for condition in block.conditions():
        if isinstance(condition, CONTAINMENT):
            found = reading.reference(condition.this.unnest())
            if found is not None and found.column.type == "jsonb":
                yield condition, found


def extracted(query: Query, reading: Reading, block: Block) -> Iterator[Extracted]:
    """Gives the comparisons of a block with a value taken out of a json column."""
    for each in (*comparisons.comparisons(block), *_listed(block)):
        inner = each.side
        while isinstance(inner, (exp.Cast, exp.Paren, exp.Lower, exp.Upper, exp.Coalesce)):
            inner = inner.this
        known = (exp.JSONExtractScalar, exp.JSONBExtractScalar, exp.JSONExtract, exp.JSONBExtract)
        if not isinstance(inner, known):
            continue
        found = comparisons.only_column(reading, inner)
        if found is None or found.column.type not in ("json", "jsonb", "JSON", "TEXT", "text"):
            continue
        plain = each.is_equality and inner is each.side.unnest()
        value = each.bounds[0][1] if plain else None
        text = str(value.this) if isinstance(value, exp.Literal) and value.is_string else None
        yield Extracted(each.node, each.side, found, _path(inner), text)


def _listed(block: Block) -> Iterator[comparisons.Comparison]:
    """Gives the lists of values that a block looks for."""
    for condition in block.conditions():
        listed = condition.expressions if isinstance(condition, exp.In) else ()
        if listed and all(tree.is_constant(each) for each in listed):
            yield comparisons.Comparison(condition, condition.this.unnest(), ())


def _path(node: exp.Expr) -> tuple[str, ...] | None:
    names: list[str] = []
    while isinstance(node, _STEPS):
        way = node.expression
        steps = way.expressions if isinstance(way, exp.JSONPath) else [None]
        keys = [step for step in steps if not isinstance(step, exp.JSONPathRoot)]
        if not all(
            isinstance(step, exp.JSONPathKey) and isinstance(step.this, str) for step in keys
        ):
            return None
        names[:0] = [str(step.this) for step in keys if step is not None]
        node = node.this.unnest()
    return tuple(names) if isinstance(node, exp.Column) and names else None


def as_containment(each: Extracted) -> exp.Expr | None:
    """Gives `column ->> 'name' = 'text'` as `column @> '{"name": "text"}'`.

    None where the text may also be that of a number, a truth value, an object or an array: ->>
    gives those as text too, and @> tells them apart.
    """
    if each.path is None or each.value is None or each.found.column.type != "jsonb":
        return None
    try:
        json.loads(each.value)
    except ValueError:
        pass
    else:
        return None
    if each.value[:1] in ("{", "[", '"', "") or each.value != each.value.strip():
        return None
    document: object = each.value
    for name in reversed(each.path):
        document = {name: document}
    text = exp.Literal.string(json.dumps(document, ensure_ascii=False))
    return exp.ArrayContainsAll(this=each.found.node.copy(), expression=text)


def gin_of(table: Table, column: str) -> str | None:
    """Gives the operator class of a table's GIN index of a column; None where there is none."""
    for index in table.indexes:
        if index.method == "gin" and index.valid and index.columns[:1] == (column,):
            return index.keys[0].opclass or "jsonb_ops"
    return None


def spelled(query: Query, side: exp.Expr) -> str:
    """Gives the expression as an index of its table has it."""
    return tree.text(query, comparisons.unaliased(side, query))
