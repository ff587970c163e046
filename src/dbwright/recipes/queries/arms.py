"""The arms of a UNION, and what tells them apart."""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterator, Sequence
from decimal import Decimal, InvalidOperation

from sqlglot import exp

from dbwright.recipes.queries import keys
from dbwright.recipes.queries.reading import Block, Reading, Reference

Values = frozenset[object]
_OPPOSITE: dict[type, type] = {exp.LT: exp.GTE, exp.GTE: exp.LT, exp.GT: exp.LTE, exp.LTE: exp.GT}
_DAY = re.compile(r"\d{4}-\d{2}-\d{2}")
_STRICT = (exp.EQ, exp.NEQ, exp.GT, exp.GTE, exp.LT, exp.LTE, exp.In, exp.Between, exp.Like)


def flat(union: exp.Expr) -> list[exp.Expr]:
    """Gives the arms of a UNION of any number of arms, in their order."""
    if isinstance(union, exp.Union):
        return [*flat(union.this.unnest()), *flat(union.expression.unnest())]
    return [union]


def operations(union: exp.Expr) -> Iterator[exp.Union]:
    """Gives each UNION of a chain."""
    waiting = [union]
    while waiting:
        found = waiting.pop()
        if isinstance(found, exp.Union):
            yield found
            waiting += (found.expression.unnest(), found.this.unnest())


def first_table(block: Block | None) -> str | None:
    """Gives the key of the first table of a block."""
    sources = block.sources.values() if block is not None else ()
    return next((each.table.key for each in sources if each.table is not None), None)


def told_apart(reading: Reading, selects: Sequence[exp.Select]) -> str | None:
    """Gives why no two of these can give the same row, in words; None where two may."""
    reasons: dict[str, None] = {}
    for one, other in itertools.combinations(selects, 2):
        reason = _by_constant(one, other) or _by_condition(reading, one, other)
        if reason is None:
            return None
        reasons[reason] = None
    return " and ".join(reasons)


def _by_constant(one: exp.Select, other: exp.Select) -> str | None:
    if any(each.is_star for each in (*one.expressions, *other.expressions)):
        return None
    for place, (left, right) in enumerate(zip(one.expressions, other.expressions, strict=False)):
        mine, theirs = _folded(left), _folded(right)
        if mine is not None and type(mine) is type(theirs) and mine != theirs:
            return f"the arms differ in the constant of column {place + 1}"
    return None


def _folded(node: exp.Expr) -> object | None:
    """A constant as even a type that folds case and blanks would tell it from another."""
    found = value(node.unalias())
    return found.strip().casefold() if isinstance(found, str) else found


def value(node: exp.Expr) -> object | None:
    """Gives what a literal stands for, so that equal ones are alike; None for what is none."""
    if isinstance(node, exp.Neg):
        inner = value(node.this)
        return -inner if isinstance(inner, Decimal) else None
    if isinstance(node, exp.Boolean):
        return bool(node.this)
    if not isinstance(node, exp.Literal):
        return None
    if node.is_string:
        return str(node.this)
    try:
        return Decimal(str(node.this))
    except InvalidOperation:
        return None


def _by_condition(reading: Reading, one: exp.Select, other: exp.Select) -> str | None:
    blocks = reading.block_of(one), reading.block_of(other)
    if blocks[0] is None or blocks[1] is None:
        return None
    for first in _restricted(reading, blocks[0]):
        for second in _restricted(reading, blocks[1]):
            same = first[0].key == second[0].key
            if (
                same
                and _exclude(reading, first, second)
                and _is_one_row(reading, (blocks[0], first[0]), (blocks[1], second[0]))
            ):
                return f"their conditions on {first[0].key} exclude each other"
    return None


Restricted = tuple[Reference, exp.Expr]


def _restricted(reading: Reading, block: Block) -> Iterator[Restricted]:
    """Gives the columns that a block's conditions restrict, each with the condition."""
    if block.grouped or block.limited:
        return
    for condition in block.conditions():
        bare = condition.this if isinstance(condition, exp.Not) else condition
        bare = bare.unnest()
        column = bare if isinstance(bare, exp.Column) else bare.args.get("this")
        found = reading.reference(column) if isinstance(column, exp.Column) else None
        if found is not None and found.source in block.sources.values():
            yield found, condition


def _exclude(reading: Reading, one: Restricted, other: Restricted) -> bool:
    left, right = one[1], other[1]
    mine, theirs = _values(reading, one), _values(reading, other)
    if mine is not None and theirs is not None:
        return not mine & theirs
    if _is_null(left) or _is_null(right):
        strict = right if _is_null(left) else left
        return isinstance(strict, _STRICT) or _is_not_null(strict)
    kind = one[0].column.type
    if _are_apart(kind, left, right) or _are_apart(kind, right, left):
        return True
    if {type(left), type(right)} == {exp.EQ, exp.NEQ}:
        same = value(left.expression)
        return same is not None and same == value(right.expression)
    opposite = _OPPOSITE.get(type(left))
    return (
        opposite is not None
        and type(right) is opposite
        and isinstance(left.expression, exp.Literal)
        and left.expression == right.expression
    )


def _are_apart(kind: str, left: exp.Expr, right: exp.Expr) -> bool:
    """Whether one ends below where the other begins, by the numbers or the days in the text."""
    if isinstance(left, exp.Between):
        left = exp.LTE(this=left.this.copy(), expression=left.args["high"].copy())
    if isinstance(right, exp.Between):
        right = exp.GTE(this=right.this.copy(), expression=right.args["low"].copy())
    if not isinstance(left, (exp.LT, exp.LTE)) or not isinstance(right, (exp.GT, exp.GTE)):
        return False
    most, least = _ranked(kind, left.expression), _ranked(kind, right.expression)
    if most is None or least is None:
        return False
    closed = isinstance(left, exp.LTE) and isinstance(right, exp.GTE)
    return most < least if closed else most <= least


def _ranked(kind: str, node: exp.Expr) -> Decimal | None:
    """A number, or a day as one."""
    node = node.unnest()
    while isinstance(node, exp.Cast) and node.to.is_type("date", "timestamp", "timestamptz"):
        node = node.this.unnest()
    found = value(node)
    if isinstance(found, str) and kind.startswith(("date", "timestamp")) and _DAY.fullmatch(found):
        return Decimal(found.replace("-", ""))
    return found if isinstance(found, Decimal) else None


def _values(reading: Reading, restricted: Restricted) -> Values | None:
    """The values that a condition leaves of a column, where equal ones are spelled alike."""
    reference, condition = restricted
    if isinstance(condition, exp.Column):
        return frozenset({True})
    if isinstance(condition, exp.Not) and isinstance(condition.this.unnest(), exp.Column):
        return frozenset({False})
    nodes: list[exp.Expr] = []
    if isinstance(condition, exp.EQ):
        nodes = [condition.expression]
    elif isinstance(condition, exp.In) and not condition.args.get("query"):
        nodes = list(condition.expressions)
    found = [value(each) for each in nodes]
    if not found or None in found:
        return None
    texts = any(isinstance(each, str) for each in found)
    return frozenset(found) if not texts or _compares_as_spelled(reading, reference) else None


def _compares_as_spelled(reading: Reading, reference: Reference) -> bool:
    column = reference.column
    plain = column.type.partition("(")[0] in ("text", "character varying", "varchar")
    label = reading.query.schema.enum(column.type.rpartition(".")[2]) is not None
    return (plain and column.collation is None) or label


def _is_null(condition: exp.Expr) -> bool:
    plain = isinstance(condition, exp.Is) and isinstance(condition.expression, exp.Null)
    return plain and not condition.args.get("negate")


def _is_not_null(condition: exp.Expr) -> bool:
    if isinstance(condition, exp.Is) and condition.args.get("negate"):
        return isinstance(condition.expression, exp.Null)
    return isinstance(condition, exp.Not) and _is_null(condition.this.unnest())


def _is_one_row(
    reading: Reading, one: tuple[Block, Reference], other: tuple[Block, Reference]
) -> bool:
    """Whether equal rows of both arms stand for one row of the table: they give its key, or the
    column itself, in the same places."""
    mine, theirs = _places(reading, *one), _places(reading, *other)
    both = {name for name in mine if mine[name] & theirs.get(name, set())}
    table = one[1].table
    sets = list(keys.unique_sets(reading.query.schema, table))
    whole = [names for names in sets if keys.is_never_null(table, names)]
    return one[1].column.name in both or any(set(names) <= both for names in whole)


def _places(reading: Reading, block: Block, reference: Reference) -> dict[str, set[int]]:
    found: dict[str, set[int]] = {}
    for place, each in enumerate(block.node.expressions):
        column = reading.reference(each.unalias())
        if column is not None and column.source is reference.source:
            found.setdefault(column.column.name, set()).add(place)
    return found
