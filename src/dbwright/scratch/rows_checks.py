"""CHECK constraints read as hints for values. The server decides; a hint only aims well."""

from __future__ import annotations

import itertools
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, datetime, time
from decimal import Decimal, InvalidOperation
from typing import Any, cast

import sqlglot
from sqlglot import exp
from sqlglot.errors import SqlglotError

from dbwright.scratch import rows_pattern

MOST_BRANCHES = 12
_FLIP = {"<": ">", "<=": ">=", ">": "<", ">=": "<=", "=": "=", "<>": "<>"}
_NEGATE = {"<": ">=", "<=": ">", ">": "<=", ">=": "<", "=": "<>", "<>": "="}
_SIGNS: dict[type[exp.Expr], str] = {
    exp.LT: "<",
    exp.LTE: "<=",
    exp.GT: ">",
    exp.GTE: ">=",
    exp.EQ: "=",
    exp.NEQ: "<>",
}
_GLOT = {"postgresql": "postgres", "sqlite": "sqlite", "mysql": "mysql", "mariadb": "mysql"}


@dataclass(slots=True)
class Hint:
    """What one column's value must be like for a check to hold."""

    choices: tuple[Any, ...] | None = None
    excluded: tuple[Any, ...] = ()
    low: Any = None
    low_open: bool = False
    high: Any = None
    high_open: bool = False
    shortest: int | None = None
    longest: int | None = None
    patterns: tuple[str, ...] = ()
    likes: tuple[str, ...] = ()
    lower: bool = False
    upper: bool = False
    null: bool | None = None

    def joined(self, other: Hint) -> Hint:
        """Gives the hint that asks for both."""
        return Hint(
            choices=_both(self.choices, other.choices),
            excluded=self.excluded + other.excluded,
            low=_most(self.low, other.low, max),
            low_open=self.low_open or other.low_open,
            high=_most(self.high, other.high, min),
            high_open=self.high_open or other.high_open,
            shortest=_most(self.shortest, other.shortest, max),
            longest=_most(self.longest, other.longest, min),
            patterns=self.patterns + other.patterns,
            likes=self.likes + other.likes,
            lower=self.lower or other.lower,
            upper=self.upper or other.upper,
            null=self.null if other.null is None else other.null,
        )


@dataclass(slots=True)
class Branch:
    """One way in which a check holds: hints by column, and columns compared with each other."""

    hints: dict[str, Hint] = field(default_factory=dict)
    pairs: tuple[tuple[str, str, str], ...] = ()

    def joined(self, other: Branch) -> Branch:
        """Gives the branch in which both hold."""
        hints = dict(self.hints)
        for name, hint in other.hints.items():
            hints[name] = hints[name].joined(hint) if name in hints else hint
        return Branch(hints, self.pairs + other.pairs)

    @property
    def possible(self) -> bool:
        """Whether no column is asked to be NULL and something at once."""
        return all(hint.choices != () for hint in self.hints.values())


@dataclass(frozen=True, slots=True)
class Condition:
    """A check: the ways it holds, the columns it names and the literals in it."""

    name: str | None
    branches: tuple[Branch, ...]
    columns: frozenset[str]
    literals: tuple[Any, ...] = ()


def condition(expression: str, dialect: str, name: str | None = None) -> Condition:
    """Gives what can be read of a CHECK; one that says nothing to us has a single empty branch."""
    try:
        tree = sqlglot.parse_one(expression, dialect=_GLOT.get(dialect))
    except SqlglotError:
        return Condition(name, (Branch(),), frozenset())
    tree = _bare(tree)
    if isinstance(tree, exp.Anonymous) and tree.name.upper() == "CHECK":
        tree = _bare(tree.expressions[0])
    columns = frozenset(column.name for column in tree.find_all(exp.Column))
    found = [branch for branch in _branches(tree, False) if branch.possible]
    literals = tuple(_literal(item) for item in tree.find_all(exp.Literal))
    return Condition(name, tuple(found[:MOST_BRANCHES]) or (Branch(),), columns, literals)


def _bare(node: exp.Expr) -> exp.Expr:
    """Takes parentheses and casts away: a hint needs neither."""
    while isinstance(node, (exp.Paren, exp.Cast, exp.Collate)):
        node = node.this
    return node


def _branches(node: exp.Expr, negated: bool) -> list[Branch]:
    node = _bare(node)
    if isinstance(node, exp.Not):
        return _branches(node.this, not negated)
    if isinstance(node, (exp.And, exp.Or)):
        sides = [_branches(node.left, negated), _branches(node.right, negated)]
        return _all(sides) if isinstance(node, exp.And) != negated else _any(sides)
    if isinstance(node, exp.Between):
        inner = exp.And(
            this=exp.GTE(this=node.this, expression=node.args["low"]),
            expression=exp.LTE(this=node.this, expression=node.args["high"]),
        )
        return _branches(inner, negated)
    if type(node) in _SIGNS:
        return _comparison(cast(exp.Binary, node), negated)
    return _simple(node, negated)


def _all(sides: Iterable[list[Branch]]) -> list[Branch]:
    found = []
    for combination in itertools.product(*sides):
        whole = Branch()
        for branch in combination:
            whole = whole.joined(branch)
        if whole.possible and not _contradicts(whole):
            found.append(whole)
    return found[:MOST_BRANCHES] or [Branch()]


def _any(sides: Iterable[list[Branch]]) -> list[Branch]:
    return [branch for side in sides for branch in side][:MOST_BRANCHES]


def _contradicts(branch: Branch) -> bool:
    return any(
        hint.null and (hint.choices or hint.low is not None or hint.patterns)
        for hint in branch.hints.values()
    )


def _simple(node: exp.Expr, negated: bool) -> list[Branch]:
    if isinstance(node, exp.Is):
        column = _column(node.this)
        if column and isinstance(node.expression, exp.Null):
            wanted_null = bool(node.args.get("negate")) == negated
            return [_one(column, Hint(null=wanted_null))]
        if isinstance(node.expression, exp.Boolean):
            return _branches(node.this, negated == bool(node.expression.this))
    if isinstance(node, exp.In):
        return _in(_column(node.this), node.expressions, negated)
    if isinstance(node, exp.Column):
        return [_one(node.name, Hint(choices=(not negated,)))]
    if isinstance(node, (exp.RegexpLike, exp.RegexpILike, exp.Like, exp.ILike, exp.Glob)):
        return _text_match(node, negated)
    return [Branch()]


def _text_match(node: exp.Expr, negated: bool) -> list[Branch]:
    column, value = _column(node.this), _literal(node.expression)
    if column is None or not isinstance(value, str) or negated:
        return [Branch()]
    if isinstance(node, (exp.Like, exp.ILike)):
        return [_one(column, Hint(likes=(value,)))]
    pattern = rows_pattern.glob(value) if isinstance(node, exp.Glob) else value
    return [_one(column, Hint(patterns=(pattern,)))]


def _in(column: str | None, items: list[exp.Expr], negated: bool) -> list[Branch]:
    values = tuple(_literal(item) for item in items)
    if column is None or any(value is None for value in values):
        return [Branch()]
    return [_one(column, Hint(excluded=values) if negated else Hint(choices=values))]


def _comparison(node: exp.Binary, negated: bool) -> list[Branch]:
    left, right = _bare(node.left), _bare(node.right)
    sign = _NEGATE[_SIGNS[type(node)]] if negated else _SIGNS[type(node)]
    if _is_null_test(left) and _is_null_test(right):
        return _same_truth(left, right, sign == "=")
    if isinstance(right, (exp.Any, exp.All)):
        array = _bare(right.this)
        items = array.expressions if isinstance(array, exp.Array) else []
        return _in(_column(left), items, sign == "<>") if items else [Branch()]
    value, other = _literal(node.right), _literal(node.left)
    if value is None and other is not None:
        left, right, sign, value = right, left, _FLIP[sign], other
    counted = _null_count(left, value, sign)
    if counted:
        return counted
    if value is not None:
        return [_with_literal(left, sign, value)]
    first, second = _column(left), _column(right)
    if first and second:
        return [Branch(pairs=((first, sign, second),))]
    return [_case(left, right) or _case(right, left) or Branch()]


def _case(call: exp.Expr, other: exp.Expr) -> Branch | None:
    """Reads `lower(x) = x`, `upper(x) = x` and `trim(x) = x`."""
    column = _column(other)
    if isinstance(call, (exp.Lower, exp.Upper)) and column and _column(call.this) == column:
        lower = isinstance(call, exp.Lower)
        return _one(column, Hint(lower=lower, upper=not lower))
    return None


def _with_literal(left: exp.Expr, sign: str, value: Any) -> Branch:
    column = _column(left)
    if column:
        return _one(column, _bound(sign, value))
    if isinstance(left, exp.Length) and _column(left.this) and isinstance(value, int):
        return _one(_column(left.this) or "", _length(sign, value))
    if isinstance(left, (exp.Lower, exp.Upper, exp.Trim)) and _column(left.this) and sign == "<>":
        return _one(_column(left.this) or "", Hint(excluded=(value,)))
    if isinstance(left, exp.StrPosition) and _column(left.this):
        part = _literal(left.args.get("substr"))
        return _one(_column(left.this) or "", Hint(likes=(f"%{part}%",)))
    return Branch()


def _bound(sign: str, value: Any) -> Hint:
    if sign == "=":
        return Hint(choices=(value,))
    if sign == "<>":
        return Hint(excluded=(value,))
    if sign in (">", ">="):
        return Hint(low=value, low_open=sign == ">")
    return Hint(high=value, high_open=sign == "<")


def _length(sign: str, value: int) -> Hint:
    least = {"=": value, ">=": value, ">": value + 1, "<>": value + 1}.get(sign)
    most = {"=": value, "<=": value, "<": value - 1}.get(sign)
    return Hint(shortest=least, longest=most)


def _is_null_test(node: exp.Expr) -> bool:
    return isinstance(node, exp.Is) or (isinstance(node, exp.Not) and _is_null_test(node.this))


def _same_truth(left: exp.Expr, right: exp.Expr, same: bool) -> list[Branch]:
    first = _all([_branches(left, False), _branches(right, not same)])
    return first + _all([_branches(left, True), _branches(right, same)])


def _null_count(left: exp.Expr, value: Any, sign: str) -> list[Branch]:
    """Reads `num_nonnulls(a, b) = 1`: each choice of as many columns is a branch."""
    if not isinstance(left, exp.Anonymous) or not isinstance(value, int):
        return []
    if left.name.lower() not in ("num_nonnulls", "num_nulls") or sign not in ("=", ">=", ">"):
        return []
    columns = [name for name in map(_column, left.expressions) if name]
    count = value + 1 if sign == ">" else value
    nulls = left.name.lower() == "num_nulls"
    return [
        Branch({name: Hint(null=(name in chosen) == nulls) for name in columns})
        for chosen in itertools.combinations(columns, min(count, len(columns)))
    ]


def _one(column: str, hint: Hint) -> Branch:
    return Branch({column: hint})


def _column(node: exp.Expr | None) -> str | None:
    node = _bare(node) if node is not None else None
    return node.name if isinstance(node, exp.Column) else None


def _literal(node: exp.Expr | None) -> Any:
    """Gives the value of a literal, None for anything else; a cast to a date makes it one."""
    if node is None:
        return None
    if isinstance(node, exp.Cast):
        return _typed(_literal(node.this), node.to)
    if isinstance(node, exp.Paren):
        return _literal(node.this)
    if isinstance(node, exp.Neg):
        inner = _literal(node.this)
        return -inner if isinstance(inner, (int, Decimal)) else None
    if isinstance(node, exp.Boolean):
        return bool(node.this)
    if not isinstance(node, exp.Literal):
        return None
    return node.this if node.is_string else _number(node.this)


def _number(text: str) -> Any:
    try:
        return int(text)
    except ValueError:
        try:
            return Decimal(text)
        except InvalidOperation:
            return None


def _typed(value: Any, to: exp.Expr) -> Any:
    if not isinstance(value, str) or not isinstance(to, exp.DataType):
        return value
    kind = to.this.name
    if to.is_type(*exp.DataType.NUMERIC_TYPES):
        return _number(value)
    try:
        if kind == "DATE":
            return date.fromisoformat(value)
        if kind.startswith("TIMESTAMP"):
            return datetime.fromisoformat(value)
        return time.fromisoformat(value) if kind == "TIME" else value
    except ValueError:
        return value


def _both(left: tuple[Any, ...] | None, right: tuple[Any, ...] | None) -> tuple[Any, ...] | None:
    if left is None or right is None:
        return right if left is None else left
    return tuple(item for item in left if item in right)


def _most(left: Any, right: Any, choose: Any) -> Any:
    if left is None or right is None:
        return right if left is None else left
    try:
        return choose(left, right)
    except TypeError:
        return left
