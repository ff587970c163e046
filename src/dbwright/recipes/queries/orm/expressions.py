"""Expressions: columns, constants, comparisons, conditions and subqueries as SQLAlchemy's code."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal

from sqlglot import exp

from dbwright.recipes.queries.orm import functions, moments
from dbwright.recipes.queries.orm.names import Unsaid
from dbwright.recipes.queries.orm.sources import Scope
from dbwright.recipes.queries.orm.writer import Said, Writer

Say = Callable[[Writer, Scope, exp.Expr], Said]

_OPERATORS: dict[type[exp.Expr], str] = {
    exp.EQ: "==",
    exp.NEQ: "!=",
    exp.GT: ">",
    exp.GTE: ">=",
    exp.LT: "<",
    exp.LTE: "<=",
    exp.Add: "+",
    exp.Sub: "-",
    exp.Mul: "*",
    exp.Mod: "%",
}
_METHODS: dict[type[exp.Expr], str] = {
    exp.Like: "like",
    exp.ILike: "ilike",
    exp.DPipe: "concat",
    exp.NullSafeEQ: "is_not_distinct_from",
    exp.NullSafeNEQ: "is_distinct_from",
    exp.RegexpLike: "regexp_match",
}
_SIGNS: dict[type[exp.Expr], str] = {
    exp.Div: "/",
    exp.ArrayContainsAll: "@>",
    exp.ArrayContainedBy: "<@",
    exp.ArrayOverlaps: "&&",
    exp.RegexpILike: "~*",
    exp.JSONBContains: "?",
}
_NEGATED: dict[type[exp.Expr], str] = {
    exp.Like: "not_like",
    exp.ILike: "not_ilike",
}
_ONE = "select(literal(1))"
_ON_VALUES = (exp.EQ, exp.NEQ, exp.GT, exp.GTE, exp.LT, exp.LTE)


def say(writer: Writer, scope: Scope, node: exp.Expr) -> Said:
    """Gives the code of one expression; raises Unsaid where there is none that is exact."""
    known = scope.hoisted.get(writer.sql(node)) if scope.hoisted else None
    if known is not None:
        return Said(known)
    for kind in type(node).__mro__:
        found = _SAYERS.get(kind)
        if found is not None:
            return found(writer, scope, node)
    if isinstance(node, exp.Func):
        return functions.call(writer, scope, node)
    raise Unsaid(f"{type(node).__name__} of SQL")


def _column(writer: Writer, scope: Scope, node: exp.Expr) -> Said:
    assert isinstance(node, exp.Column)
    if isinstance(node.this, exp.Star):
        raise Unsaid("a star among expressions")
    source, name = scope.find(node)
    _qualify(node, source.alias)
    return Said(source.columns[name], type=source.types.get(name))


def _qualify(node: exp.Column, alias: str) -> None:
    node.set("db", None)
    node.set("table", exp.to_identifier(alias, quoted=True))
    node.this.set("quoted", True)


def _literal(writer: Writer, scope: Scope, node: exp.Expr) -> Said:
    assert isinstance(node, exp.Literal)
    if moments.is_one(node):
        return moments.said(writer, scope, node)
    if node.is_string:
        return Said(_quoted(node.name), sql=False)
    if node.name.isdigit():
        return Said(str(int(node.name)), sql=False)
    number = Decimal(node.name)
    if "e" in node.name.lower():
        raise Unsaid("a number with an exponent")
    return Said(f'{writer.name("Decimal", "decimal")}("{number}")', sql=False)


def _quoted(text: str) -> str:
    found = repr(text)
    return f'"{found[1:-1]}"' if found[0] == "'" and '"' not in text else found


def _negative(writer: Writer, scope: Scope, node: exp.Expr) -> Said:
    if isinstance(node.this, exp.Literal):
        found = _literal(writer, scope, node.this)
        return Said(f"-{found.text}", sql=False)
    return Said(f"-{writer.element(scope, node.this)}", atom=False)


def _boolean(writer: Writer, scope: Scope, node: exp.Expr) -> Said:
    return Said(f"{writer.name('true' if node.this else 'false')}()")


def _null(writer: Writer, scope: Scope, node: exp.Expr) -> Said:
    return Said(f"{writer.name('null')}()")


def _parameter(writer: Writer, scope: Scope, node: exp.Expr) -> Said:
    return writer.parameter(node)


def _paren(writer: Writer, scope: Scope, node: exp.Expr) -> Said:
    return writer.say(scope, node.this)


def _operator(writer: Writer, scope: Scope, node: exp.Expr) -> Said:
    left, right = node.this, node.expression
    if isinstance(node, _ON_VALUES):
        moments.spelled(writer, scope, left, right)
        right = node.expression
    code = writer.element(scope, left)
    return Said(f"{code} {_OPERATORS[type(node)]} {writer.operand(scope, right)}", atom=False)


def _method(writer: Writer, scope: Scope, node: exp.Expr) -> Said:
    known = _NEGATED if node.args.get("negate") else _METHODS
    if type(node) not in known:
        raise Unsaid("the negation of this")
    return _called(writer, scope, node, known[type(node)])


def _called(writer: Writer, scope: Scope, node: exp.Expr, method: str, escape: str = "") -> Said:
    if node.args.get("flag"):
        raise Unsaid("flags of a pattern")
    code = writer.element(scope, node.this)
    return Said(f"{code}.{method}({writer.say(scope, node.expression).text}{escape})")


def _escape(writer: Writer, scope: Scope, node: exp.Expr) -> Said:
    method = _METHODS.get(type(node.this))
    if method is not None and node.this.args.get("negate"):
        method = _NEGATED.get(type(node.this))
    if method is None or not isinstance(node.expression, exp.Literal):
        raise Unsaid("this ESCAPE")
    return _called(writer, scope, node.this, method, f", escape={_quoted(node.expression.name)}")


def _sign(writer: Writer, scope: Scope, node: exp.Expr) -> Said:
    code = writer.element(scope, node.this)
    right = writer.operand(scope, node.expression)
    return Said(f'{code}.op("{_SIGNS[type(node)]}")({right})')


def _json(writer: Writer, scope: Scope, node: exp.Expr) -> Said:
    """Gives `column["key"]` as an operator, whatever type the column is declared with."""
    path = node.expression
    steps = path.expressions if isinstance(path, exp.JSONPath) else ()
    if len(steps) != 2 or writer.dialect != "postgresql":
        raise Unsaid("this path of JSON")
    if not isinstance(steps[1], (exp.JSONPathKey, exp.JSONPathSubscript)):
        raise Unsaid("this path of JSON")
    key = steps[1].this
    code = writer.element(scope, node.this)
    said = _quoted(key) if isinstance(key, str) else str(int(key))
    sign = "->>" if isinstance(node, exp.JSONExtractScalar) else "->"
    return Said(f'{code}.op("{sign}")({said})')


def _and(writer: Writer, scope: Scope, node: exp.Expr) -> Said:
    assert isinstance(node, exp.Connector)
    name = "and_" if isinstance(node, exp.And) else "or_"
    parts = [writer.say(scope, part) for part in _flat(node, type(node))]
    return Said(f"{writer.name(name)}({', '.join(part.text for part in parts)})")


def _flat(node: exp.Expr, kind: type[exp.Expr]) -> list[exp.Expr]:
    plain = node.unnest()
    if not isinstance(plain, kind):
        return [node]
    return [*_flat(plain.this, kind), *_flat(plain.expression, kind)]


def _not(writer: Writer, scope: Scope, node: exp.Expr) -> Said:
    inner = node.this.unnest()
    if isinstance(inner, exp.Is):
        return _is(writer, scope, inner, "is_not")
    if isinstance(inner, exp.In):
        return _in(writer, scope, inner, "not_in")
    if isinstance(inner, exp.Exists):
        return Said(f"~{_exists(writer, scope, inner).text}", atom=False)
    method = _NEGATED.get(type(inner))
    if method is not None:
        return _called(writer, scope, inner, method)
    return Said(f"{writer.name('not_')}({writer.say(scope, inner).text})")


def _is(writer: Writer, scope: Scope, node: exp.Expr, method: str = "is_") -> Said:
    if node.args.get("negate"):
        method = "is_not" if method == "is_" else "is_"
    code = writer.element(scope, node.this)
    value = node.expression
    if isinstance(value, exp.Null):
        return Said(f"{code}.{method}(None)")
    if isinstance(value, exp.Boolean):
        return Said(f"{code}.{method}({bool(value.this)})")
    raise Unsaid("IS with another value")


def _in(writer: Writer, scope: Scope, node: exp.Expr, method: str = "in_") -> Said:
    if any(node.args.get(part) for part in ("unnest", "field", "negate")):
        raise Unsaid("this form of IN")
    code = writer.element(scope, node.this)
    inner = node.args.get("query")
    if inner is not None:
        return Said(f"{code}.{method}({writer.query(_unnested(inner), scope)})")
    for value in list(node.expressions):
        moments.spelled(writer, scope, node.this, value)
    values = ", ".join(writer.say(scope, value).text for value in node.expressions)
    return Said(f"{code}.{method}([{values}])")


def _between(writer: Writer, scope: Scope, node: exp.Expr) -> Said:
    if node.args.get("symmetric") or node.args.get("negate"):
        raise Unsaid("BETWEEN SYMMETRIC")
    for name in ("low", "high"):
        moments.spelled(writer, scope, node.this, node.args[name])
    low, high = (writer.say(scope, node.args[name]).text for name in ("low", "high"))
    return Said(f"{writer.element(scope, node.this)}.between({low}, {high})")


def _tuple(writer: Writer, scope: Scope, node: exp.Expr) -> Said:
    parts = ", ".join(writer.say(scope, part).text for part in node.expressions)
    parent = node.parent
    if isinstance(parent, exp.In) and node is not parent.this:
        return Said(f"({parts})", sql=False)
    return Said(f"{writer.name('tuple_')}({parts})")


def _exists(writer: Writer, scope: Scope, node: exp.Expr) -> Said:
    inner = _unnested(node.this)
    if isinstance(inner, exp.Select) and not inner.args.get("distinct"):
        # what an EXISTS lists is never read
        names = any(inner.args.get(part) for part in ("group", "having", "limit", "offset"))
        if not names:
            inner.set("expressions", [exp.Literal.number(1)])
    sources = len(inner.args.get("joins") or ()) + 1
    known = "literal" in writer.names.imports.get("sqlalchemy", ())
    code = writer.query(inner, scope)
    if sources > 1 or not code.startswith(_ONE):
        return Said(f"{code}.exists()")
    if not known:
        writer.names.imports["sqlalchemy"].discard("literal")
    tail = code.removeprefix(_ONE)
    start, _, rest = tail.partition(").where(")
    if rest and start.startswith(".select_from("):
        entity = start.removeprefix(".select_from(")
        tail = f".where({rest}" if f"{entity}." in rest else tail
    return Said(f"{writer.name('exists')}(){tail}")


def _scalar(writer: Writer, scope: Scope, node: exp.Expr) -> Said:
    if any(node.args.get(part) for part in ("alias", "order", "limit", "offset", "where")):
        raise Unsaid("this subquery")
    return Said(f"{writer.query(_unnested(node), scope)}.scalar_subquery()")


def _any(writer: Writer, scope: Scope, node: exp.Expr) -> Said:
    name = "any_" if isinstance(node, exp.Any) else "all_"
    inner = node.this.unnest() if isinstance(node.this, exp.Paren) else node.this
    if isinstance(inner, (exp.Subquery, exp.Select)):
        code = writer.query(_unnested(inner), scope) + ".scalar_subquery()"
        return Said(f"{writer.name(name)}({code})")
    return Said(f"{writer.name(name)}({writer.element(scope, inner)})")


def _unnested(node: exp.Expr) -> exp.Expr:
    while isinstance(node, (exp.Subquery, exp.Paren)) and not node.args.get("alias"):
        node = node.this
    return node


def _constant(writer: Writer, scope: Scope, node: exp.Expr) -> Said:
    if any(not isinstance(each, (exp.Interval, exp.Literal, exp.Var)) for each in node.walk()):
        raise Unsaid("an interval that is computed")
    return writer.constant(node)


_SAYERS: dict[type, Say] = {
    exp.Column: _column,
    exp.Literal: _literal,
    exp.Neg: _negative,
    exp.Boolean: _boolean,
    exp.Null: _null,
    exp.Parameter: _parameter,
    exp.Placeholder: _parameter,
    exp.Paren: _paren,
    exp.And: _and,
    exp.Or: _and,
    exp.Not: _not,
    exp.Is: _is,
    exp.In: _in,
    exp.Between: _between,
    exp.Escape: _escape,
    exp.Tuple: _tuple,
    exp.Exists: _exists,
    exp.Subquery: _scalar,
    exp.Any: _any,
    exp.All: _any,
    exp.Interval: _constant,
    exp.JSONExtract: _json,
    exp.JSONExtractScalar: _json,
    **dict.fromkeys(_OPERATORS, _operator),
    **dict.fromkeys(_METHODS, _method),
    **dict.fromkeys(_SIGNS, _sign),
    **functions.SAYERS,
}
