"""A condition in the plain form of it: one column, a comparison, a value.

`x IN (a, b)` of two columns is an OR, `NOT (a <> 1)` an equality, `(a, b) = (1, 2)` two of them, a
CASE the condition that it asks. In a filter what is NULL counts as false: some forms are equal
there alone.
"""

from __future__ import annotations

import re
from collections.abc import Callable

from sqlglot import exp

from dbwright.recipes.queries import plain_texts, tree
from dbwright.recipes.queries.comparisons import TURNED

_NEGATED: dict[type[exp.Expr], type[exp.Expr]] = {
    exp.EQ: exp.NEQ, exp.NEQ: exp.EQ, exp.GT: exp.LTE,
    exp.GTE: exp.LT, exp.LT: exp.GTE, exp.LTE: exp.GT,
}  # fmt: skip
_PREDICATES = (*_NEGATED, exp.In, exp.Between, exp.Is, exp.Not, exp.Like, exp.ILike, exp.Exists,
               exp.And, exp.Or)  # fmt: skip
_LISTED = re.compile(r"\{[\w.\-]+(?:,[\w.\-]+)*\}")
_FEW = 8
"""Fewer alternatives than that are left as they stand."""


def bare(node: exp.Expr) -> exp.Expr:
    """Gives what stands in brackets; a sub-query keeps its own."""
    while isinstance(node, exp.Paren):
        node = node.this
    return node


def plain(node: exp.Expr) -> exp.Expr:
    """Gives a new condition that is true for the same rows."""
    node = bare(node)
    if isinstance(node, (exp.And, exp.Or)):
        kind = exp.And if isinstance(node, exp.And) else exp.Or
        every = tree.conjuncts(node) if kind is exp.And else tree.disjuncts(node)
        parts = [plain(each) for each in every]
        return joined(kind, _listed(parts) if kind is exp.Or else parts)
    if isinstance(node, exp.Not):
        turned = negated(node.this)
        return turned if isinstance(turned, exp.Not) else plain(turned)
    for form in _FORMS:
        found = form(node)
        if found is not None:
            return plain(found)
    made = node.copy()
    for each in list(made.find_all(exp.Paren)):
        if isinstance(each.this, exp.Column) and not isinstance(each.parent, (exp.Any, exp.All)):
            each.replace(each.this)
    return made


def negated(node: exp.Expr) -> exp.Expr:
    """Gives the condition that is true where one is false, and NULL where that is."""
    node = node.unnest()
    if isinstance(node, (exp.And, exp.Or)):
        kind = exp.Or if isinstance(node, exp.And) else exp.And
        every = tree.conjuncts(node) if isinstance(node, exp.And) else tree.disjuncts(node)
        return joined(kind, [negated(each) for each in every])
    if isinstance(node, exp.Not):
        return bare(node.this).copy()
    if type(node) in _NEGATED:
        return _turned_over(node)
    if isinstance(node, exp.Between) and not node.args.get("symmetric"):
        low = exp.LT(this=node.this.copy(), expression=node.args["low"].copy())
        high = exp.GT(this=node.this.copy(), expression=node.args["high"].copy())
        return joined(exp.Or, [low, high])
    if isinstance(node, exp.In) and node.expressions and not _is_sought(node):
        return exp.Not(this=node.copy())
    inner = _any_or_in(node)
    return exp.Not(this=inner if inner is not None else node.copy())


def _turned_over(node: exp.Expr) -> exp.Expr:
    """A comparison negated: also one with each, or with any, of several values."""
    other = node.expression.unnest()
    made = _NEGATED[type(node)](this=node.this.copy(), expression=other.copy())
    listed = _of_all(other)
    if isinstance(node, exp.NEQ) and listed is not None:  # NOT (x <> ALL (…)) is x = ANY (…)
        made.set("expression", exp.Any(this=exp.Paren(this=bare(listed).copy())))
    elif isinstance(other, exp.Any):  # NOT (x = ANY (…)) is x <> ALL (…)
        if isinstance(node, exp.EQ):
            return exp.Not(this=_any_or_in(node) or node.copy())
        return exp.Not(this=node.copy())
    elif listed is not None:
        return exp.Not(this=node.copy())
    return made


def _of_all(node: exp.Expr) -> exp.Expr | None:
    """What ALL (…) holds; sqlglot reads that of an array as a function."""
    if isinstance(node, exp.All):
        return node.this  # type: ignore[no-any-return]
    if isinstance(node, exp.Anonymous) and node.name.lower() == "all" and node.expressions:
        return node.expressions[0]  # type: ignore[no-any-return]
    return None


def joined(kind: type[exp.Connector], parts: list[exp.Expr]) -> exp.Expr:
    """Gives conditions that AND, or OR, holds together."""
    made = parts[0]
    for each in parts[1:]:
        made = kind(this=_held(made, kind), expression=_held(each, kind))
    return made


def _held(node: exp.Expr, kind: type[exp.Connector]) -> exp.Expr:
    simple = not isinstance(node, exp.Connector) or isinstance(node, kind)
    return node if simple else exp.Paren(this=node)


def _listed(parts: list[exp.Expr]) -> list[exp.Expr]:
    """Arms that hold the same column, or the same columns, against values as one list of them."""
    groups: dict[str, list[tuple[list[exp.Expr], list[exp.Expr]]]] = {}
    rest: list[exp.Expr] = []
    for each in parts:
        found = _held_equal(each)
        if found is None:
            rest.append(each)
        else:
            groups.setdefault(", ".join(column.sql() for column in found[0]), []).append(found)
    made: list[exp.Expr] = []
    for several in groups.values():
        columns = several[0][0]
        if len(columns) > 1 and len(several) < _FEW:
            made += [_equal(names, values) for names, values in several]
        elif len(several) == 1:
            made.append(_equal(*several[0]))
        else:
            made.append(_in(columns, [values for _, values in several]))
    return [*made, *rest]


def _held_equal(node: exp.Expr) -> tuple[list[exp.Expr], list[exp.Expr]] | None:
    """The columns and the values of equalities that must all hold, the columns in order."""
    found: dict[str, tuple[exp.Expr, exp.Expr]] = {}
    for each in tree.conjuncts(node):
        if not isinstance(each, exp.EQ) or not isinstance(each.this.unnest(), exp.Column):
            return None
        if not tree.is_constant(each.expression) or isinstance(each.expression, (exp.Any, exp.All)):
            return None
        found[each.this.unnest().sql()] = (each.this.unnest(), each.expression)
    if not found or len(found) != len(list(tree.conjuncts(node))):
        return None
    pairs = [found[name] for name in sorted(found)]
    return [column for column, _ in pairs], [value for _, value in pairs]


def _equal(columns: list[exp.Expr], values: list[exp.Expr]) -> exp.Expr:
    pairs = zip(columns, values, strict=True)
    every = [exp.EQ(this=one.copy(), expression=other.copy()) for one, other in pairs]
    return joined(exp.And, list(every))


def _in(columns: list[exp.Expr], rows: list[list[exp.Expr]]) -> exp.Expr:
    if len(columns) == 1:
        return exp.In(this=columns[0].copy(), expressions=[each[0].copy() for each in rows])
    sought = exp.Tuple(expressions=[each.copy() for each in columns])
    listed = [exp.Tuple(expressions=[each.copy() for each in row]) for row in rows]
    return exp.In(this=sought, expressions=listed)


def _is_sought(node: exp.In) -> bool:
    """Whether a value is looked for among columns."""
    constant = tree.is_constant(node.this)
    return constant or any(each.find(exp.Column) is not None for each in node.expressions)


def _members(node: exp.Expr) -> exp.Expr | None:
    """`value IN (a, b)` and `a IN (b, c)` of columns as an OR."""
    if not isinstance(node, exp.In) or not node.expressions or not _is_sought(node):
        return None
    if isinstance(node.this, exp.Tuple):
        return None
    pairs = [
        exp.EQ(this=each.unnest().copy(), expression=node.this.copy())
        if tree.is_constant(node.this)
        else exp.EQ(this=node.this.copy(), expression=each.unnest().copy())
        for each in node.expressions
    ]
    return joined(exp.Or, list(pairs))


def _turned(node: exp.Expr) -> exp.Expr | None:
    """`value < column` as `column > value`."""
    if type(node) not in (*TURNED, exp.NEQ):
        return None
    left, right = bare(node.this), bare(node.expression)
    if not tree.is_constant(left) or tree.is_constant(right):
        return None
    if isinstance(right, (exp.Any, exp.All)) or _of_all(right) is not None:
        return None
    kind = TURNED.get(type(node), exp.NEQ)
    return kind(this=right.copy(), expression=left.copy())  # type: ignore[no-any-return]


def _rows(node: exp.Expr) -> exp.Expr | None:
    """`(a, b) = (x, y)` as two equalities."""
    if not isinstance(node, exp.EQ):
        return None
    left, right = _row(node.this), _row(node.expression)
    if left is None or right is None or len(left) != len(right):
        return None
    pairs = zip(left, right, strict=True)
    every = [exp.EQ(this=one.copy(), expression=other.copy()) for one, other in pairs]
    return joined(exp.And, list(every))


def _row(node: exp.Expr) -> list[exp.Expr] | None:
    node = node.unnest()
    if isinstance(node, exp.Tuple):
        return list(node.expressions)
    if isinstance(node, exp.Anonymous) and node.name.lower() == "row":
        return list(node.expressions)
    return None


def _between_columns(node: exp.Expr) -> exp.Expr | None:
    """`value BETWEEN low AND high` of two columns as two comparisons."""
    if not isinstance(node, exp.Between) or node.args.get("symmetric"):
        return None
    low, high = node.args["low"], node.args["high"]
    if low.find(exp.Column) is None and high.find(exp.Column) is None:
        return None
    least = exp.LTE(this=low.copy(), expression=node.this.copy())
    most = exp.GTE(this=high.copy(), expression=node.this.copy())
    return joined(exp.And, [least, most])


def truth(node: exp.Expr) -> exp.Expr | None:
    """`(condition) IS TRUE` and `(condition) = true` as the condition."""
    if not isinstance(node, (exp.Is, exp.EQ)) or node.args.get("negate"):
        return None
    held, value = bare(node.this), bare(node.expression)
    if not isinstance(value, exp.Boolean) or type(held) not in _PREDICATES:
        return None
    if value.this:
        return held.copy()
    return negated(held)


def _true(node: exp.Expr) -> exp.Expr | None:
    """`(condition) = true` as the condition."""
    return truth(node) if isinstance(node, exp.EQ) else None


def _any_or_in(node: exp.Expr) -> exp.Expr | None:
    """`x = ANY (…)` as IN, `x <> ALL (…)` as NOT IN; a value in an array column stays."""
    if not isinstance(node, (exp.EQ, exp.NEQ)):
        return None
    other = node.expression.unnest()
    negative = isinstance(node, exp.NEQ)
    held = _of_all(other) if negative else other.this if isinstance(other, exp.Any) else None
    if held is None:
        return None
    held = held.unnest()
    if isinstance(held, exp.Subquery | exp.Select):
        query = held if isinstance(held, exp.Subquery) else exp.Subquery(this=held.copy())
        made: exp.Expr = exp.In(this=node.this.copy(), query=query.copy())
    elif (several := _elements(held)) is not None:
        made = exp.In(this=node.this.copy(), expressions=several)
    elif isinstance(held, exp.Array) and held.expressions:
        made = exp.In(this=node.this.copy(), expressions=[e.copy() for e in held.expressions])
    elif negative and tree.is_constant(node.this):
        made = exp.EQ(this=node.this.copy(), expression=exp.Any(this=exp.Paren(this=held.copy())))
    else:
        return None
    return exp.Not(this=made) if negative else made


def arm_of(node: exp.Expr) -> tuple[exp.Expr, exp.Expr, exp.Expr] | None:
    """The condition, the value and the other value of a CASE of one arm that is compared."""
    if type(node) not in TURNED or not isinstance(node.this.unnest(), exp.Case):
        return None
    case = node.this.unnest()
    if len(case.args["ifs"]) != 1:
        return None
    (arm,) = case.args["ifs"]
    asked = arm.this
    if case.this is not None:
        asked = exp.EQ(this=case.this.copy(), expression=asked.copy())
    return asked, arm.args["true"], case.args.get("default") or exp.Null()


def _elements(node: exp.Expr) -> list[exp.Expr] | None:
    """The elements of `ARRAY[…]::type[]` and of `'{1,2}'::type[]`, each with the type."""
    if not isinstance(node, exp.Cast) or not node.to.is_type("array") or not node.to.expressions:
        return None
    kind, held = node.to.expressions[0], node.this.unnest()
    if isinstance(held, exp.Array) and held.expressions:
        listed = [each.copy() for each in held.expressions]
    elif isinstance(held, exp.Literal) and held.is_string and _LISTED.fullmatch(held.name):
        listed = [exp.Literal.string(each) for each in held.name[1:-1].split(",")]
    else:
        return None
    return [exp.Cast(this=each, to=kind.copy()) for each in listed]


def _case_for_null(node: exp.Expr) -> exp.Expr | None:
    """`CASE WHEN x IS NULL THEN d ELSE x END` as COALESCE."""
    found = arm_of(node)
    null = null_of(found[0]) if found is not None else None
    if found is None or null is None:
        return None
    _, yes, no = found
    given, missing = (no, yes) if null[1] else (yes, no)
    if given != null[0]:
        return None
    made = exp.Coalesce(this=given.copy(), expressions=[missing.copy()])
    return type(node)(this=made, expression=node.expression.copy())


def null_of(node: exp.Expr) -> tuple[exp.Expr, bool] | None:
    """What a condition asks to be NULL, or (False) not to be."""
    node, wanted = node.unnest(), True
    if isinstance(node, exp.Not):
        node, wanted = node.this.unnest(), False
    if isinstance(node, exp.Is) and isinstance(node.expression, exp.Null):
        return node.this, wanted != bool(node.args.get("negate"))
    return None


def are_two(one: exp.Expr, other: exp.Expr) -> bool:
    """Whether two constants are never equal."""
    if isinstance(one, exp.Null):
        return True
    both = (exp.Literal, exp.Boolean)
    return isinstance(one, both) and type(one) is type(other) and one != other


def valued(node: exp.Expr) -> exp.Expr:
    """Gives a value without brackets and casts."""
    node = bare(node)
    while isinstance(node, exp.Cast):
        node = bare(node.this)
    return node


def _counted(node: exp.Expr) -> exp.Expr | None:
    """`(SELECT count(…)) <> 0` as `> 0`; a count is never NULL, so that COALESCE adds nothing."""
    whole = node.this if isinstance(node, (exp.EQ, exp.NEQ, exp.GT, exp.GTE, exp.LT)) else None
    if isinstance(whole, exp.Coalesce) and isinstance(whole.this.unnest(), exp.Select):
        (only, *more) = whole.this.unnest().expressions
        grouped = whole.this.unnest().args.get("group")
        if isinstance(only.unalias(), exp.Count) and not more and not grouped:
            made = node.copy()
            made.set("this", whole.this.copy())
            return made
    if not isinstance(node, exp.NEQ) or node.expression != exp.Literal.number(0):
        return None
    held = node.this.unnest()
    inner = held.this if isinstance(held, exp.Subquery) else held
    counts = isinstance(inner, exp.Count) or (
        isinstance(inner, exp.Select)
        and len(inner.expressions) == 1
        and isinstance(inner.expressions[0].unalias(), exp.Count)
        and not inner.args.get("group")
    )
    return exp.GT(this=node.this.copy(), expression=exp.Literal.number(0)) if counts else None


_FORMS: tuple[Callable[[exp.Expr], exp.Expr | None], ...] = (
    _members, _turned, _rows, _between_columns, _true, _any_or_in, _case_for_null, _counted,
    *plain_texts.FORMS,
)  # fmt: skip
