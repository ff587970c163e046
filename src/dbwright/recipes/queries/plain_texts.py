"""Other words for LIKE, for a value in an array, and for a key of a document."""

from __future__ import annotations

import re
from collections.abc import Callable

import sqlglot
from sqlglot import exp
from sqlglot.errors import SqlglotError

from dbwright.recipes.queries import plain_times

_PLAIN = re.compile(r"[\w \-@/,:;#'\"]+")
"""Letters that stand for themselves in a regular expression and in LIKE; `_` is left out."""


def _text(node: exp.Expr | None) -> str | None:
    """Gives the text of a constant: one cast to a text type, put together, or in other letters."""
    node = node.unnest() if node is not None else None
    if isinstance(node, exp.Cast) and node.to.is_type(*exp.DataType.TEXT_TYPES):
        return None if node.to.expressions else _text(node.this)
    if isinstance(node, exp.Literal) and node.is_string:
        return str(node.this)
    if isinstance(node, (exp.DPipe, exp.Concat)):
        parts = node.expressions if isinstance(node, exp.Concat) else (node.left, node.right)
        texts = [_text(each) for each in parts]
        return None if None in texts else "".join(each for each in texts if each is not None)
    if isinstance(node, (exp.Lower, exp.Upper)):
        inner = _text(node.this)
        if inner is None or not inner.isascii():
            return None
        return inner.lower() if isinstance(node, exp.Lower) else inner.upper()
    return None


def _pattern(text: str, *, start: bool = False, end: bool = False) -> exp.Expr | None:
    """Gives LIKE's pattern of a text that begins, ends, or stands somewhere."""
    if not _PLAIN.fullmatch(text) or "_" in text:
        return None
    return exp.Literal.string(f"{'' if start else '%'}{text}{'' if end else '%'}")


def _folded(node: exp.Expr) -> exp.Expr | None:
    """`x LIKE 'a' || '%'` as `x LIKE 'a%'`, an ESCAPE that nothing needs left out."""
    escape = node.this if isinstance(node, exp.Escape) else None
    like = escape if escape is not None else node
    if not isinstance(like, (exp.Like, exp.ILike)):
        return None
    text = _text(like.expression)
    if text is None:
        return None
    if escape is not None:
        sign = _text(node.expression)
        if not sign or sign in text or "\\" in text:
            return None
    elif isinstance(like.expression, exp.Literal):
        return None
    return type(like)(this=like.this.copy(), expression=exp.Literal.string(text))


def _regexp(node: exp.Expr) -> exp.Expr | None:
    """`x ~ '^a'` as `x LIKE 'a%'`, and without the mark as `'%a%'`."""
    if not isinstance(node, (exp.RegexpLike, exp.RegexpILike)):
        return None
    text = _text(node.expression)
    if not text or node.args.get("flag"):
        return None
    start, end = text.startswith("^"), text.endswith("$")
    pattern = _pattern(text[start : len(text) - end], start=start, end=end)
    kind = exp.Like if isinstance(node, exp.RegexpLike) else exp.ILike
    return kind(this=node.this.copy(), expression=pattern) if pattern is not None else None


def _starts(node: exp.Expr) -> exp.Expr | None:
    """starts_with(x, 'a') as LIKE."""
    if not isinstance(node, exp.StartsWith):
        return None
    text = _text(node.expression)
    pattern = _pattern(text, start=True) if text else None
    return exp.Like(this=node.this.copy(), expression=pattern) if pattern is not None else None


def _position(node: exp.Expr) -> exp.Expr | None:
    """strpos(x, 'a') > 0 as LIKE '%a%'."""
    if not isinstance(node, (exp.GT, exp.NEQ, exp.GTE)) or not node.expression.is_int:
        return None
    if node.expression.name != ("1" if isinstance(node, exp.GTE) else "0"):
        return None
    held = node.this.unnest()
    if not isinstance(held, exp.StrPosition) or held.args.get("position"):
        return None
    text = _text(held.args.get("substr"))
    pattern = _pattern(text) if text else None
    return exp.Like(this=held.this.copy(), expression=pattern) if pattern is not None else None


def _beginning(node: exp.Expr) -> exp.Expr | None:
    """left(x, 2) = 'ab' and substr(x, 1, 2) = 'ab' as LIKE 'ab%'."""
    if not isinstance(node, exp.EQ):
        return None
    held, text = node.this.unnest(), _text(node.expression)
    if isinstance(held, exp.Left):
        length = held.expression
    elif isinstance(held, exp.Substring) and held.args.get("start") == exp.Literal.number(1):
        length = held.args.get("length")
    else:
        return None
    if not text or length is None or not length.is_int or int(length.name) != len(text):
        return None
    pattern = _pattern(text, start=True)
    return exp.Like(this=held.this.copy(), expression=pattern) if pattern is not None else None


def _each_like(node: exp.Expr) -> exp.Expr | None:
    """`x LIKE ANY (ARRAY['a%', 'b%'])` as an OR of LIKEs."""
    if not isinstance(node, (exp.Like, exp.ILike)) or not isinstance(node.expression, exp.Any):
        return None
    held = node.expression.this.unnest()
    if not isinstance(held, exp.Array) or not held.expressions:
        return None
    every = [type(node)(this=node.this.copy(), expression=each.copy()) for each in held.expressions]
    return exp.or_(*every, copy=False)


def _ending(node: exp.Expr) -> exp.Expr | None:
    """right(x, 2) = 'ab' and reverse(x) LIKE 'ba%' as LIKE '%ab'."""
    held = node.this.unnest() if isinstance(node, (exp.EQ, exp.Like)) else None
    text = _text(node.expression) if held is not None else None
    if not text:
        return None
    if isinstance(node, exp.EQ) and isinstance(held, exp.Right):
        length = held.expression
        if not length.is_int or int(length.name) != len(text):
            return None
    elif isinstance(node, exp.Like) and isinstance(held, exp.Reverse) and text.endswith("%"):
        text = text[:-1][::-1]
    else:
        return None
    pattern = _pattern(text, end=True) if text else None
    return exp.Like(this=held.this.copy(), expression=pattern) if pattern is not None else None


def _in_array(node: exp.Expr) -> exp.Expr | None:
    """EXISTS over unnest(x), IN (SELECT unnest(x)) and array_position() as `value = ANY (x)`."""
    if isinstance(node, exp.Exists):
        return _any_of_rows(node.this)
    if isinstance(node, (exp.Not, exp.Is)):
        return _found_at(node)
    if isinstance(node, exp.In) and isinstance(node.args.get("query"), exp.Subquery):
        select = node.args["query"].this
        if not isinstance(select, exp.Select) or set(_given(select)) != {"expressions"}:
            return None
        (column, *more) = select.expressions
        array = _unnested(column.unalias())
        return _any(node.this, array) if array is not None and not more else None
    return None


def _found_at(node: exp.Expr) -> exp.Expr | None:
    """`array_position(x, 'a') IS NOT NULL` as `'a' = ANY (x)`."""
    inner = node.this if isinstance(node, exp.Not) else node
    inner = inner.unnest()
    negative = isinstance(node, exp.Not) != bool(inner.args.get("negate"))
    if not isinstance(inner, exp.Is) or not isinstance(inner.expression, exp.Null) or not negative:
        return None
    held = inner.this.unnest()
    if isinstance(held, exp.ArrayPosition):
        array, value = held.this, held.expression
    elif isinstance(held, exp.Anonymous) and held.name.lower() == "array_position":
        array, value = held.expressions[:2]
    else:
        return None
    found = _text(value)
    return _any(value, array) if found and isinstance(array, exp.Column) else None


def _any_of_rows(select: exp.Expr) -> exp.Expr | None:
    if not isinstance(select, exp.Select):
        return None
    if set(_given(select)) - {"expressions", "from_", "where"} or not select.args.get("where"):
        return None
    source = select.args["from_"].this
    if isinstance(source, exp.Lateral):
        return None
    array, condition = _unnested(source), select.args["where"].this.unnest()
    alias = source.args.get("alias")
    if array is None or alias is None or not isinstance(condition, exp.EQ):
        return None
    names = [each.name for each in alias.args.get("columns") or ()] or [alias.name]
    for one, other in (
        (condition.this, condition.expression),
        (condition.expression, condition.this),
    ):
        own = isinstance(one, exp.Column) and one.name in names
        if own and one.table in ("", alias.name) and other.find(exp.Column) is None:
            return _any(other, array)
    return None


def _given(select: exp.Select) -> list[str]:
    return [name for name, value in select.args.items() if value]


def _unnested(node: exp.Expr) -> exp.Expr | None:
    """The array column that is given as rows."""
    if isinstance(node, exp.Table) and isinstance(node.this, exp.Func):
        node = node.this
    if isinstance(node, (exp.Unnest, exp.Explode)):
        found = node.expressions[0] if node.expressions else node.this
    elif isinstance(node, exp.Anonymous) and node.name.lower() == "unnest":
        found = node.expressions[0]
    else:
        return None
    return found if isinstance(found, exp.Column) else None


def _any(value: exp.Expr, array: exp.Expr) -> exp.Expr:
    return exp.EQ(this=value.copy(), expression=exp.Any(this=exp.Paren(this=array.copy())))


def _key_of(node: exp.Expr) -> exp.Expr | None:
    """jsonb_extract_path_text(x, 'a') and x #>> '{a}' as x ->> 'a'."""
    if not isinstance(node, (exp.EQ, exp.In)):
        return None
    held = node.this.unnest()
    if isinstance(held, exp.Anonymous) and held.name.lower() == "jsonb_extract_path_text":
        document, *keys = held.expressions
        names = [_text(each) for each in keys]
    elif isinstance(held, exp.JSONBExtractScalar):
        document, names = held.this, _path(_text(held.expression))
    else:
        return None
    if not names or None in names:
        return None
    *before, last = [str(each) for each in names]
    words = [document.sql(dialect="postgres"), *(_quoted("->", each) for each in before)]
    made = _parsed(" ".join([*words, _quoted("->>", last)]))
    if made is None:
        return None
    copy = node.copy()
    copy.set("this", exp.Paren(this=made))
    return copy


def _named_operator(node: exp.Expr) -> exp.Expr | None:
    """jsonb_exists(x, 'a') as x ? 'a', jsonb_path_exists(x, p) as x @? p."""
    if not isinstance(node, exp.Anonymous) or len(node.expressions) != 2:
        return None
    operator = {"jsonb_exists": "?", "jsonb_path_exists": "@?"}.get(node.name.lower())
    if operator is None:
        return None
    one, other = (each.sql(dialect="postgres") for each in node.expressions)
    return _parsed(f"{one} {operator} {other}")


def _path(text: str | None) -> list[str | None]:
    inner = text[1:-1] if text and text[:1] == "{" and text[-1:] == "}" else ""
    parts = inner.split(",") if inner and re.fullmatch(r"[\w ,\-]+", inner) else []
    return [each.strip() for each in parts if not each.strip().isdigit()] if parts else []


def _quoted(operator: str, key: str) -> str:
    doubled = key.replace("'", "''")
    return f"{operator} '{doubled}'"


def _parsed(text: str) -> exp.Expr | None:
    try:
        return sqlglot.parse_one(text, dialect="postgres")
    except SqlglotError:
        return None


FORMS: tuple[Callable[[exp.Expr], exp.Expr | None], ...] = (
    _folded, _regexp, _starts, _position, _beginning, _each_like, _ending,
    _in_array, _key_of, _named_operator,
    *plain_times.FORMS,
)  # fmt: skip
