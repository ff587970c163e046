"""Expressions: the SQL of the SQLAlchemy expressions that revisions are written with."""

from __future__ import annotations

from typing import Any

from dbwright.collect.revisions_types import USER_DEFINED, spell
from dbwright.collect.revisions_values import Made, Member, Symbol

_TRUTHS = {"postgresql": {True: "true", False: "false"}}
# functions that SQLAlchemy spells otherwise for a database
_FUNCTIONS = {"sqlite": {"now": "CURRENT_TIMESTAMP"}}
_NUMBERS = {True: "1", False: "0"}


def expression(value: Any, dialect: str | None) -> str | None:
    """Gives the SQL of an expression, None where it cannot be read.

    A plain string is SQL, as in `sa.text`.

    >>> expression(Made(Symbol("sqlalchemy.func.now")), "postgresql")
    'now()'
    """
    if isinstance(value, str):
        return value
    if isinstance(value, Symbol):
        return _keyword(value.last, dialect)
    if not isinstance(value, Made):
        return None
    if isinstance(value.what, Member):
        return _method(value, dialect)
    if not value.what.name.startswith(("sqlalchemy.", "sqlmodel.")):
        return None
    if ".func." in value.what.name:
        return _function(value, dialect)
    return _construct(value, dialect)


def _keyword(name: str, dialect: str | None) -> str | None:
    if name in ("true", "false"):
        return _TRUTHS.get(dialect or "", _NUMBERS)[name == "true"]
    return "NULL" if name == "null" else None


def _construct(value: Made, dialect: str | None) -> str | None:
    first = value.arguments[0] if value.arguments else value.keywords.get("text")
    if value.name in ("text", "literal_column", "DefaultClause", "column", "Column", "quoted_name"):
        return first if isinstance(first, str) else expression(first, dialect) if first else None
    if value.name == "literal":
        return literal(first, dialect)
    if value.name in ("cast", "type_coerce") and len(value.arguments) == 2:
        inner, kind = _operand(first, dialect), spell(value.arguments[1], dialect)
        known = inner is not None and kind != USER_DEFINED
        return f"cast({inner} as {kind})" if known else None
    return _keyword(value.name, dialect) if not value.arguments else None


def _method(value: Made, dialect: str | None) -> str | None:
    if not isinstance(value.what, Member):
        return None
    if value.name in ("bindparams", "self_group", "columns"):
        return expression(value.what.of, dialect)
    inner = expression(value.what.of, dialect)
    if inner is None:
        return None
    if value.name in ("is_", "is_not", "isnot") and value.arguments:
        other = "NULL" if value.arguments[0] is None else expression(value.arguments[0], dialect)
        word = "IS" if value.name == "is_" else "IS NOT"
        return f"{inner} {word} {other}" if other else None
    return None


def _function(value: Made, dialect: str | None) -> str | None:
    arguments = [_operand(argument, dialect) for argument in value.arguments]
    if any(argument is None for argument in arguments):
        return None
    name = value.what.name.partition(".func.")[2] if isinstance(value.what, Symbol) else ""
    if not arguments:
        name = _FUNCTIONS.get(dialect or "", {}).get(name, name)
    if name.lower() in ("current_timestamp", "current_date", "current_time") and not arguments:
        return name.upper()
    return f"{name}({', '.join(map(str, arguments))})"


def _operand(value: Any, dialect: str | None) -> str | None:
    if value is None or isinstance(value, (str, int, float)):
        return literal(value, dialect)
    return expression(value, dialect)


def literal(value: Any, dialect: str | None) -> str | None:
    """Gives a Python value as an SQL literal, None where it has none.

    >>> literal("it's", "sqlite")
    "'it''s'"
    """
    if value is None:
        return "NULL"
    if isinstance(value, bool):
        return _TRUTHS.get(dialect or "", _NUMBERS)[value]
    if isinstance(value, (int, float)):
        return str(value)
    return "'" + value.replace("'", "''") + "'" if isinstance(value, str) else None


def server_default(value: Any, dialect: str | None) -> str | None:
    """Gives the SQL of a `server_default`: a plain string there is a literal, not SQL."""
    return literal(value, dialect) if isinstance(value, str) else expression(value, dialect)
