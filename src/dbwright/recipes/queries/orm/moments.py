"""Texts that stand for a day or a moment, as Python's values of the column that they meet."""

from __future__ import annotations

import contextlib
from datetime import date, datetime

from sqlglot import exp

from dbwright.core.mapping import SQLType
from dbwright.recipes.queries.orm.names import Unsaid
from dbwright.recipes.queries.orm.sources import Scope
from dbwright.recipes.queries.orm.writer import Said, Writer

_KINDS = {
    exp.DataType.Type.DATE,
    exp.DataType.Type.TIMESTAMP,
    exp.DataType.Type.TIMESTAMPTZ,
    exp.DataType.Type.TIMESTAMPNTZ,
}


_MARK = "moment"


def is_one(node: exp.Expr) -> bool:
    """Whether a constant is to be Python's date or datetime."""
    return bool(node.meta.get(_MARK))


def spelled(writer: Writer, scope: Scope, left: exp.Expr, right: exp.Expr) -> None:
    """Replaces a constant that meets a column of dates by the moment that it means.

    PostgreSQL reads a text without a type as one of the column's type, and so is a value bound;
    a zone that is left out is the session's in both.
    """
    plain = right.this if isinstance(right, exp.Cast) and right.to.this in _KINDS else right
    if not (isinstance(plain, exp.Literal) and plain.is_string):
        return
    type_ = _type(scope, left)
    if type_ is None or type_.is_decorated or not type_.is_a("Date", "DateTime"):
        return
    found = _read(plain.name)
    if found is None or found.tzinfo is not None:
        return
    whole = type_.is_a("DateTime")
    if not whole and found.time() != datetime.min.time():
        return  # a day compared with a moment: the cast says which of both is meant
    if isinstance(right, exp.Cast) and whole and right.to.this == exp.DataType.Type.DATE:
        found = datetime.combine(found.date(), datetime.min.time())
    text = found.isoformat(" ") if whole else found.date().isoformat()
    moment = exp.Literal.string(text)
    moment.meta[_MARK] = True
    right.replace(moment)


def said(writer: Writer, scope: Scope, node: exp.Expr) -> Said:
    """Gives a moment as Python's value."""
    found = _read(node.name)
    assert found is not None
    if len(node.name) == len("2024-01-01"):
        writer.name("date", "datetime")
        return Said(f"date({found.year}, {found.month}, {found.day})", sql=False)
    writer.name("datetime", "datetime")
    parts = [found.year, found.month, found.day, found.hour, found.minute]
    parts += [found.second, found.microsecond]
    while len(parts) > 3 and parts[-1] == 0:
        parts.pop()
    return Said(f"datetime({', '.join(map(str, parts))})", sql=False)


def _type(scope: Scope, left: exp.Expr) -> SQLType | None:
    if not isinstance(left, exp.Column):
        return None
    with contextlib.suppress(Unsaid):
        source, name = scope.find(left)
        return source.types.get(name)
    return None


def _read(text: str) -> datetime | None:
    with contextlib.suppress(ValueError):
        found = datetime.fromisoformat(text)
        # an ISO week or a day of the year is no date to PostgreSQL
        return found if text[:10] == date.isoformat(found.date()) else None
    return None
