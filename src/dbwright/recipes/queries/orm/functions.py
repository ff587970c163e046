"""Functions, aggregates, windows, CASE and CAST as SQLAlchemy's code."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable

import sqlglot
from sqlglot import exp

from dbwright import dialects
from dbwright.recipes import sqlalchemy_code
from dbwright.recipes.queries.orm.names import Unsaid
from dbwright.recipes.queries.orm.sources import Scope
from dbwright.recipes.queries.orm.writer import Said, Writer

_CALL = re.compile(r"([A-Za-z_]\w*)\(")


def call(writer: Writer, scope: Scope, node: exp.Func) -> Said:
    """Gives `func.name(…)`; a function that is spelled with keywords is not said."""
    if isinstance(node, exp.Anonymous):
        name, parts = str(node.this), list(node.expressions)
    else:
        head = _CALL.match(writer.sql(node))
        if head is None:
            raise Unsaid(f"the function {type(node).__name__}")
        name, parts = head[1], list(_arguments(node))
    said = ", ".join(writer.say(scope, part).text for part in parts)
    return Said(f"{_func(writer)}.{name.lower()}({said})")


def _func(writer: Writer) -> str:
    return writer.name("func")


def _arguments(node: exp.Func) -> Iterable[exp.Expr]:
    for name in node.arg_types:
        value = node.args.get(name)
        for each in value if isinstance(value, list) else [value]:
            if isinstance(each, exp.Var):
                raise Unsaid("a word among arguments")
            if isinstance(each, exp.Expr):
                yield each


def _now(writer: Writer, scope: Scope, node: exp.Expr) -> Said:
    if node.this is not None:
        raise Unsaid("a moment of another precision")
    now = writer.dialect == "postgresql"
    return Said(f"{_func(writer)}.{'now' if now else 'current_timestamp'}()")


def _today(writer: Writer, scope: Scope, node: exp.Expr) -> Said:
    return Said(f"{_func(writer)}.current_date()")


def _truncated(writer: Writer, scope: Scope, node: exp.Expr) -> Said:
    if node.args.get("zone") or writer.dialect != "postgresql":
        raise Unsaid("date_trunc with a zone")
    unit = node.args["unit"].name.lower()
    return Said(f'{_func(writer)}.date_trunc("{unit}", {writer.say(scope, node.this).text})')


def _formatted(writer: Writer, scope: Scope, node: exp.Expr) -> Said:
    """to_char() and its like: the tree holds the format in strftime's words."""
    if writer.dialect != "postgresql" or not isinstance(node.args.get("format"), exp.Literal):
        raise Unsaid("a format that is computed")
    again = writer.sql(node)
    words = [token.text for token in sqlglot.tokenize(again, dialect="postgres")]
    code = f"{writer.say(scope, node.this).text}, {words[-2]!r}"
    return Said(f"{_func(writer)}.{words[0].lower()}({code})")


def _extract(writer: Writer, scope: Scope, node: exp.Expr) -> Said:
    field = node.this.name.lower()
    return Said(f'{writer.name("extract")}("{field}", {writer.element(scope, node.expression)})')


def _count(writer: Writer, scope: Scope, node: exp.Expr) -> Said:
    func = _func(writer)
    if node.this is None or isinstance(node.this, exp.Star):
        return Said(f"{func}.count()")
    if node.expressions:
        raise Unsaid("count() of several")
    return Said(f"{func}.count({_of(writer, scope, node.this)})")


def _aggregate(writer: Writer, scope: Scope, node: exp.Expr) -> Said:
    name = type(node).__name__.lower()
    if node.expressions:
        raise Unsaid(f"{name}() of several")
    return Said(f"{_func(writer)}.{name}({_of(writer, scope, node.this)})")


def _of(writer: Writer, scope: Scope, node: exp.Expr) -> str:
    if isinstance(node, exp.Distinct):
        if len(node.expressions) != 1 or node.args.get("on"):
            raise Unsaid("DISTINCT of several")
        return f"{writer.name('distinct')}({writer.say(scope, node.expressions[0]).text})"
    return writer.say(scope, node).text


def _gathered(writer: Writer, scope: Scope, node: exp.Expr) -> Said:
    """array_agg and string_agg, with an order among their rows or without."""
    if writer.dialect != "postgresql":
        raise Unsaid("an aggregate with an order")
    name = "array_agg" if isinstance(node, exp.ArrayAgg) else "string_agg"
    inner, order = node.this, None
    if isinstance(inner, exp.Order):
        inner, order = inner.this, inner.expressions
    parts = [_of(writer, scope, inner)]
    separator = node.args.get("separator")
    if separator is not None:
        parts.append(writer.say(scope, separator).text)
    if order:
        made = writer.name("aggregate_order_by", "sqlalchemy.dialects.postgresql")
        listed = ", ".join(ordered(writer, scope, each) for each in order)
        parts[-1] = f"{made}({_sql(writer, scope, separator, parts[-1])}, {listed})"
    return Said(f"{_func(writer)}.{name}({', '.join(parts)})")


def _sql(writer: Writer, scope: Scope, node: exp.Expr | None, code: str) -> str:
    return code if node is None else writer.element(scope, node)


def _filter(writer: Writer, scope: Scope, node: exp.Expr) -> Said:
    condition = writer.say(scope, node.expression.this).text
    return Said(f"{writer.element(scope, node.this)}.filter({condition})")


def _within(writer: Writer, scope: Scope, node: exp.Expr) -> Said:
    listed = ", ".join(ordered(writer, scope, each) for each in node.expression.expressions)
    return Said(f"{writer.element(scope, node.this)}.within_group({listed})")


def _window(writer: Writer, scope: Scope, node: exp.Expr) -> Said:
    if node.args.get("alias") or node.args.get("first") is not None:
        raise Unsaid("a window with a name")
    parts = []
    cut = [writer.say(scope, each).text for each in node.args.get("partition_by") or ()]
    if cut:
        parts.append(f"partition_by={_one_or_list(cut)}")
    order = node.args.get("order")
    if order is not None:
        parts.append(
            f"order_by={_one_or_list([ordered(writer, scope, e) for e in order.expressions])}"
        )
    spec = node.args.get("spec")
    if spec is not None:
        kind = str(spec.args["kind"]).lower()
        if kind not in ("rows", "range") or spec.args.get("exclude"):
            raise Unsaid("this frame of a window")
        ends = f"{_end(spec, 'start')}, {_end(spec, 'end')}"
        parts.append(f"{kind if kind == 'rows' else 'range_'}=({ends})")
    return Said(f"{writer.element(scope, node.this)}.over({', '.join(parts)})")


def _one_or_list(parts: list[str]) -> str:
    return parts[0] if len(parts) == 1 else f"[{', '.join(parts)}]"


def _end(spec: exp.Expr, name: str) -> str:
    value, side = spec.args.get(name), str(spec.args.get(f"{name}_side") or "").lower()
    text = value.name if isinstance(value, exp.Expr) else str(value or "CURRENT ROW")
    if text.upper() == "UNBOUNDED":
        return "None"
    if text.upper() == "CURRENT ROW":
        return "0"
    if not text.isdigit():
        raise Unsaid("an end of a window that is computed")
    return f"-{text}" if side == "preceding" else text


def ordered(writer: Writer, scope: Scope, node: exp.Expr) -> str:
    """Gives one entry of an ORDER BY, with what it says of NULL where that is not the usual."""
    if not isinstance(node, exp.Ordered) or node.args.get("with_fill"):
        raise Unsaid("this order")
    descending, first = bool(node.args.get("desc")), bool(node.args.get("nulls_first"))
    usual = descending if writer.dialect == "postgresql" else not descending
    nulls = "" if first == usual else ".nulls_first()" if first else ".nulls_last()"
    by = node.this
    if isinstance(by, exp.Literal):
        raise Unsaid("an order by position")
    if isinstance(by, exp.Column) and not by.table and by.name in scope.outputs:
        by.this.set("quoted", True)
        if not descending and not nulls:
            return f'"{by.name}"'
        return f'{writer.name("desc" if descending else "asc")}("{by.name}"){nulls}'
    return f"{writer.element(scope, by)}{'.desc()' if descending else ''}{nulls}"


def _case(writer: Writer, scope: Scope, node: exp.Expr) -> Said:
    arms = []
    for each in node.args["ifs"]:
        condition = writer.say(scope, each.this)
        value = writer.say(scope, each.args["true"])
        arms.append((condition.text, value.text))
    default = node.args.get("default")
    tail = f", else_={writer.say(scope, default).text}" if default is not None else ""
    name = writer.name("case")
    if node.this is not None:
        pairs = ", ".join(f"{one}: {other}" for one, other in arms)
        return Said(f"{name}({{{pairs}}}, value={writer.element(scope, node.this)}{tail})")
    return Said(f"{name}({', '.join(f'({one}, {other})' for one, other in arms)}{tail})")


def _cast(writer: Writer, scope: Scope, node: exp.Expr) -> Said:
    assert isinstance(node, exp.Cast)
    if isinstance(node, exp.TryCast) or node.args.get("format"):
        raise Unsaid("this cast")
    if isinstance(node.this, (exp.Literal, exp.Neg)):
        return writer.constant(node)
    type_ = _type(writer, node.to)
    return Said(f"{writer.name('cast')}({writer.say(scope, node.this).text}, {type_})")


def _type(writer: Writer, node: exp.Expr) -> str:
    text = dialects.get(writer.dialect).types.canonical(writer.sql(node).lower())
    if writer.dialect == "postgresql":
        code = sqlalchemy_code.type_code(text, (writer.mapping.schema,))
    else:
        code = None
    if code is None:
        raise Unsaid(f"the type {text}")
    for name in re.findall(r"\bsa\.(\w+)", code):
        writer.name(name)
    if "postgresql." in code:
        writer.name("postgresql", "sqlalchemy.dialects")
    return code.replace("sa.", "").removesuffix("()")


def _array(writer: Writer, scope: Scope, node: exp.Expr) -> Said:
    parts = ", ".join(writer.say(scope, each).text for each in node.expressions)
    if not parts or writer.dialect != "postgresql":
        raise Unsaid("this array")
    return Said(f"{writer.name('array', 'sqlalchemy.dialects.postgresql')}([{parts}])")


def _zone(writer: Writer, scope: Scope, node: exp.Expr) -> Said:
    zone = node.args["zone"]
    code = writer.element(scope, node.this)
    return Said(f'{code}.op("AT TIME ZONE")({writer.operand(scope, zone)})')


SAYERS: dict[type, Callable[[Writer, Scope, exp.Expr], Said]] = {
    exp.CurrentTimestamp: _now,
    exp.CurrentDate: _today,
    exp.TimestampTrunc: _truncated,
    exp.Extract: _extract,
    exp.TimeToStr: _formatted,
    exp.StrToTime: _formatted,
    exp.StrToDate: _formatted,
    exp.Count: _count,
    exp.Sum: _aggregate,
    exp.Avg: _aggregate,
    exp.Min: _aggregate,
    exp.Max: _aggregate,
    exp.ArrayAgg: _gathered,
    exp.GroupConcat: _gathered,
    exp.Filter: _filter,
    exp.WithinGroup: _within,
    exp.Window: _window,
    exp.Case: _case,
    exp.Cast: _cast,
    exp.Array: _array,
    exp.AtTimeZone: _zone,
}
