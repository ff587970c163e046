"""Whether an expression has the same value in each session, as an index of it needs."""

from __future__ import annotations

from sqlglot import exp

from dbwright import dialects
from dbwright.core.query import Query
from dbwright.recipes.queries.comparisons import family
from dbwright.recipes.queries.reading import Reading

_TIMES = {"timestamptz", "timestamp", "date", "time", "interval"}
_STABLE = {
    "to_char", "to_date", "to_timestamp", "to_number", "concat", "concat_ws", "format", "age",
    "to_tsvector", "to_json", "to_jsonb", "unaccent", "now",
}  # fmt: skip
"""Functions that PostgreSQL has as STABLE, in the forms that are common."""
_CLOCK = (
    exp.CurrentTimestamp, exp.CurrentDate, exp.CurrentTime, exp.ToChar, exp.TimeToStr,
    exp.StrToTime, exp.StrToDate, exp.ToNumber, exp.Concat, exp.ConcatWs,
)  # fmt: skip


def depends_on_session(query: Query, reading: Reading, side: exp.Expr) -> bool:
    """Whether an expression is certain to be refused as the key of an index.

    The value of the session's time zone or of a setting is in it, or it is a parameter's. What is
    not known here the server decides when the index is tried.
    https://www.postgresql.org/docs/current/xfunc-volatility.html
    """
    if query.target.dialect != "postgresql":
        return side.find(exp.CurrentTimestamp, exp.Placeholder, exp.Parameter) is not None
    return any(_is_stable(query, reading, node) for node in side.walk())


def _is_stable(query: Query, reading: Reading, node: exp.Expr) -> bool:
    if isinstance(node, (*_CLOCK, exp.Placeholder, exp.Parameter)):
        return True
    if isinstance(node, exp.Anonymous):
        return str(node.this).lower() in _STABLE
    if isinstance(node, exp.Cast):
        return _casts(query, reading, node)
    if isinstance(node, (exp.Date, exp.TsOrDsToDate, exp.TimestampTrunc, exp.Extract)):
        inner = node.expression if isinstance(node, exp.Extract) else node.this
        return _kind(query, reading, inner) == "timestamptz"
    return False


def _casts(query: Query, reading: Reading, node: exp.Cast) -> bool:
    old = _kind(query, reading, node.this)
    new = dialects.get("postgresql").types.family(node.to.sql(dialect="postgres").lower())
    if "timestamptz" in (old, new):
        return bool(old != new)
    if new in ("text", "varchar", "char"):
        return old in {*_TIMES, "enum"}
    return old in {"text", "varchar", "char"} and str(new) in _TIMES


def _kind(query: Query, reading: Reading, node: exp.Expr) -> str:
    found = reading.reference(node.unnest())
    if found is None:
        return ""
    kind = family(query, found)
    return "enum" if kind == "other" and query.schema.enum(_bare(found.column.type)) else kind


def _bare(type_text: str) -> str:
    return type_text.rpartition(".")[2].strip('"')
