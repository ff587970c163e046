"""The second step: attributes become columns, with the checks of their values."""

from __future__ import annotations

import json
from dataclasses import replace

from dbwright.core.brief import BriefAttribute, Scalar
from dbwright.core.claim import ProbeValue
from dbwright.core.identifiers import string_literal
from dbwright.recipes.design import names, types
from dbwright.recipes.design.parts import Check, Choice, Column, Plan, Table, Unique

_FIRST_OUT = {">": 0, ">=": -1, "<=": 1, "<": 0}
_FIRST_IN = {">": 1, ">=": 0, "<=": 0, "<": -1}
_NOW = {"now": "func.now()", "today": "func.current_date()"}


def add(plan: Plan) -> None:
    """Adds a column for each attribute that is stored, and what keeps its values right."""
    for table in plan:
        for attribute in table.entity.attributes:
            if not attribute.computed:
                _attribute(plan, table, attribute)


def _attribute(plan: Plan, table: Table, attribute: BriefAttribute) -> None:
    attribute = _copied(plan, attribute)
    column = _column(plan, table, attribute)
    table.columns.append(column)
    table.known[attribute.name] = (column.name,)
    if attribute.default is not None:
        _default(column, attribute)
    if attribute.type == "money":
        _currency(plan, table, attribute)
    if not attribute.values:
        _checks(plan, table, column, attribute)
    if attribute.unique or attribute.type == "token":
        _unique(plan, table, column, attribute)
    _told(plan, table, column, attribute)


def _copied(plan: Plan, attribute: BriefAttribute) -> BriefAttribute:
    """A copied value has the type and the limits of its source, unless it says otherwise."""
    if not attribute.copied_from:
        return attribute
    owner, _, name = attribute.copied_from.partition(".")
    entity = plan.brief.entity(owner)
    source = entity.attribute(name) if entity else None
    if source is None or attribute.type != "string" or source.type in ("password", "token"):
        return replace(attribute, immutable=True)
    return replace(
        attribute,
        type=source.type,
        length=attribute.length or source.length,
        precision=attribute.precision or source.precision,
        scale=source.scale if attribute.scale is None else attribute.scale,
        minimum=source.minimum if attribute.minimum is None else attribute.minimum,
        above=source.above if attribute.above is None else attribute.above,
        values=attribute.values or source.values,
        immutable=True,
    )


def _column(plan: Plan, table: Table, attribute: BriefAttribute) -> Column:
    name = names.snake(attribute.name)
    if attribute.values:
        choice = _choice(table, attribute, name)
        column = Column(name, choice.name, family="choice", enum=choice.name)
    else:
        found = types.typed(attribute)
        name, python, sql, family = _stored(name, attribute, found)
        column = Column(name, python, sql, family=family)
    column.nullable = not attribute.required
    column.attribute = names.attribute(column.name)
    column.comment = _comment(plan, attribute)
    if attribute.personal:
        column.arguments["info"] = '{"personal": True}'
    return column


def _stored(name: str, attribute: BriefAttribute, found: types.Typed) -> tuple[str, str, str, str]:
    """The name and type of what is stored in the place of a secret."""
    if attribute.encrypted:
        return _behind(name, "encrypted"), "bytes", "LargeBinary", "bytes"
    if attribute.type == "password":
        return _behind(name, "hash"), found.python, found.sql, found.family
    if attribute.type == "token":
        return _behind(name, "digest"), found.python, found.sql, found.family
    return name, found.python, found.sql, found.family


def _behind(name: str, ending: str) -> str:
    return name if name.endswith(f"_{ending}") else f"{name}_{ending}"


def _choice(table: Table, attribute: BriefAttribute, name: str) -> Choice:
    cls = f"{table.cls}{names.class_name(name)}"
    doc = (
        attribute.doc
        or f"What the {' '.join(names.words(name))} of {names.phrase(table.cls)} can be."
    )
    choice = Choice(cls, attribute.values, doc, dict(attribute.transitions))
    table.choices.append(choice)
    return choice


def _comment(plan: Plan, attribute: BriefAttribute) -> str:
    if attribute.encrypted:
        return "encrypted by the application, which keeps the key elsewhere"
    if attribute.type == "password":
        return "argon2id or another slow hash, never the password"
    if attribute.type == "token":
        return "SHA-256 of the token, which only its holder has"
    if attribute.copied_from:
        return f"{attribute.copied_from} as it was when this was written"
    if attribute.type == "money" and plan.brief.currency:
        return f"in {plan.brief.currency}"
    return f"in {attribute.unit}" if attribute.unit else ""


def _default(column: Column, attribute: BriefAttribute) -> None:
    value = attribute.default
    if isinstance(value, str) and value in _NOW and column.family in ("datetime", "date"):
        column.arguments["server_default"] = _NOW[value]
    elif column.enum:
        member = member_name(str(value))
        column.arguments["default"] = f"{column.enum}.{member}"
        column.arguments["server_default"] = f"{column.enum}.{member}.value"
    elif isinstance(value, bool) and column.family == "bool":
        column.arguments["default"] = str(value)
        column.arguments["server_default"] = "true()" if value else "false()"
    elif column.family in ("integer", "number"):
        made = f'Decimal("{value}")' if column.python == "Decimal" else repr(value)
        column.arguments["default"] = made
        column.arguments["server_default"] = f'"{value}"'
    elif column.family == "text":
        column.arguments["default"] = _literal(str(value))
        column.arguments["server_default"] = _literal(str(value))
    elif column.family == "json":
        column.arguments["default"] = "dict"
    elif column.family == "tags":
        column.arguments["default"] = "list"


def member_name(value: str) -> str:
    """Gives the name of an enum's member for a value.

    >>> member_name("in progress"), member_name("2xl"), member_name("A+")
    ('IN_PROGRESS', '_2XL', 'A_PLUS')
    """
    text = value.replace("+", " plus ").replace("-", " minus " if value.endswith("-") else " ")
    return names.snake(text).upper() or "NONE"


def _literal(text: str) -> str:
    return json.dumps(text, ensure_ascii=False)


def _currency(plan: Plan, table: Table, attribute: BriefAttribute) -> None:
    own = any(found.type == "currency" for found in table.entity.attributes)
    if plan.brief.currency:
        plan.decide(
            f"{table.name}.{names.snake(attribute.name)}",
            f"money is an exact Numeric in {plan.brief.currency}",
            "floats lose cents; the brief says that there is one currency",
            "whole cents in a bigint: exact as well, and each reader must know it",
        )
        return
    plan.decide(
        f"{table.name}.{names.snake(attribute.name)}",
        "money is an exact Numeric beside the currency it is in",
        "floats lose cents, and an amount without its currency cannot be added up",
        "`currency: EUR` in the brief: no column where there is only one",
    )
    if own or table.column("currency"):
        return
    table.columns.append(Column("currency", "str", "String(3)", family="text", comment="ISO 4217"))
    _add_check(table, _code_check("currency", 3, plan.database, upper=True))


def _code_check(name: str, length: int, database: str, *, upper: bool) -> Check:
    column = names.quoted(name, database)
    sql = f"length({column}) = {length}"
    good, bad = "EUR"[:length] if length == 3 else "DE", "E"
    if upper:
        sql += f" AND {column} = upper({column})"
    return Check(f"{name}_code", sql, ({name: bad},), ({name: good},))


def _checks(plan: Plan, table: Table, column: Column, attribute: BriefAttribute) -> None:
    kind = attribute.type
    if attribute.encrypted or kind in ("password", "token"):
        return
    if kind in ("currency", "country"):
        length = 3 if kind == "currency" else 2
        _add_check(table, _code_check(column.name, length, plan.database, upper=True))
    limits = bounds(attribute)
    if kind in ("integer", "decimal", "money", "percent", "float", "latitude", "longitude"):
        _value_check(plan, table, column, limits, attribute)
    elif kind in ("string", "text", "slug", "phone", "url"):
        _length_check(plan, table, column, limits)


def bounds(attribute: BriefAttribute) -> list[tuple[str, float]]:
    """Gives the limits of an attribute, with those that its type brings."""
    low, high = attribute.minimum, attribute.maximum
    between = {"percent": 100.0, "latitude": 90.0, "longitude": 180.0}.get(attribute.type)
    if between is not None:
        if low is None and attribute.above is None:
            low = 0.0 if attribute.type == "percent" else -between
        if high is None and attribute.below is None:
            high = between
    found = [(">", attribute.above), (">=", low), ("<=", high), ("<", attribute.below)]
    return [(sign, value) for sign, value in found if value is not None]


def _value_check(
    plan: Plan,
    table: Table,
    column: Column,
    bounds: list[tuple[str, float]],
    attribute: BriefAttribute,
) -> None:
    if not bounds:
        return
    name = names.quoted(column.name, plan.database)
    sql = " AND ".join(f"{name} {sign} {number(value)}" for sign, value in bounds)
    low = next((pair for pair in bounds if pair[0] in (">", ">=")), None)
    high = next((pair for pair in bounds if pair[0] in ("<", "<=")), None)
    if low and high and (low[0], high[0]) == (">=", "<="):
        sql = f"{name} BETWEEN {number(low[1])} AND {number(high[1])}"
    step = _step(attribute)
    refuses = [{column.name: _outside(pair, step)} for pair in (low, high) if pair]
    accepts = [{column.name: _inside(pair, step)} for pair in (low, high) if pair]
    _add_check(
        table, Check(_bound_name(column.name, low, high), sql, tuple(refuses), tuple(accepts))
    )


def _bound_name(name: str, low: tuple[str, float] | None, high: tuple[str, float] | None) -> str:
    if low and not high and low[1] == 0:
        return f"{name}_positive" if low[0] == ">" else f"{name}_not_negative"
    return f"{name}_in_range" if low and high else f"{name}_{'minimum' if low else 'maximum'}"


def _step(attribute: BriefAttribute) -> float:
    if attribute.type == "integer":
        return 1
    scale = attribute.scale if attribute.scale is not None else 2
    return 1 if scale == 0 else 10.0**-scale


def _outside(bound: tuple[str, float], step: float) -> ProbeValue:
    sign, value = bound
    moved = {">": value, ">=": value - step, "<": value, "<=": value + step}[sign]
    return _value(moved)


def _inside(bound: tuple[str, float], step: float) -> ProbeValue:
    sign, value = bound
    moved = {">": value + step, ">=": value, "<": value - step, "<=": value}[sign]
    return _value(moved)


def _value(value: float) -> ProbeValue:
    found = round(value, 8)
    return int(found) if found == int(found) else found


def number(value: float) -> str:
    """Gives a number as it stands in SQL."""
    return str(int(value)) if value == int(value) else repr(value)


def _length_check(
    plan: Plan, table: Table, column: Column, bounds: list[tuple[str, float]]
) -> None:
    kept = [(sign, value) for sign, value in bounds if column.sql == "Text" or sign in (">", ">=")]
    if not kept:
        return
    name = names.quoted(column.name, plan.database)
    sql = " AND ".join(f"length({name}) {sign} {number(value)}" for sign, value in kept)
    low = next((pair for pair in kept if pair[0] in (">", ">=")), None)
    high = next((pair for pair in kept if pair[0] in ("<", "<=")), None)
    refuses: list[dict[str, ProbeValue]] = []
    accepts: list[dict[str, ProbeValue]] = []
    for pair in (low, high):
        if pair:
            refuses.append({column.name: "x" * max(0, int(pair[1] + _FIRST_OUT[pair[0]]))})
            accepts.append({column.name: "x" * int(pair[1] + _FIRST_IN[pair[0]])})
    _add_check(table, Check(f"{column.name}_length", sql, tuple(refuses), tuple(accepts)))


def _add_check(table: Table, check: Check) -> None:
    table.checks.append(check)


def _unique(plan: Plan, table: Table, column: Column, attribute: BriefAttribute) -> None:
    lowered = (column.name,) if attribute.type == "email" and not attribute.encrypted else ()
    unique = Unique((column.name,), lowered=lowered)
    table.uniques.append(unique)
    if lowered:
        plan.decide(
            f"{table.name}.{column.name}",
            "an e-mail address is unique whatever its case",
            "Ann@example.com and ann@example.com reach the same person",
            "citext, or lower case enforced on writing: plain unique then",
        )


def _told(plan: Plan, table: Table, column: Column, attribute: BriefAttribute) -> None:
    subject = f"{table.name}.{column.name}"
    if attribute.values:
        plan.decide(
            subject,
            "a value set is text with a CHECK, and an enum in Python",
            "a value more is one changed CHECK; the text reads well in every tool",
            "a native enum (smaller, values cannot be taken away), or a table where people edit it",
        )
    if attribute.encrypted:
        plan.decide(
            subject,
            "only what the application encrypted is stored",
            "a dump or a backup tells nothing; it cannot be searched, nor compared",
            "a digest beside it where it must be looked up",
        )
    elif attribute.type == "password":
        plan.decide(
            subject,
            "a slow hash is stored, never the password",
            "a stolen table must not open accounts here or elsewhere",
            "no password at all: sign-in by a provider, or by a link in an e-mail",
        )
    elif attribute.type == "token":
        plan.decide(
            subject,
            "the digest of a token is stored, and is unique",
            "a stolen table opens nothing, and a token is found by its digest in one look-up",
            "encryption, where the token must be shown again",
        )
    if attribute.copied_from:
        plan.decide(
            subject,
            f"a copy of {attribute.copied_from}, frozen when it is written",
            "what was agreed stays, whatever becomes of the source",
            "the source with its history, read as of that day",
        )


def scalar_sql(value: Scalar | None, database: str) -> str:
    """Gives a value of a condition as it stands in SQL."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int | float):
        return number(float(value))
    return string_literal(str(value))
