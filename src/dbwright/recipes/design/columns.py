"""The second step: attributes become columns, with the checks of their values."""

from __future__ import annotations

import json
from dataclasses import replace

from dbwright.core.abilities import ABILITIES
from dbwright.core.brief import BriefAttribute
from dbwright.recipes.design import names, types, value_checks
from dbwright.recipes.design.parts import Choice, Column, Plan, Table, Unique

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
        value_checks.add(plan, table, column, attribute)
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
    table.checks.append(value_checks.code("currency", 3, plan.database, upper=True))


def _unique(plan: Plan, table: Table, column: Column, attribute: BriefAttribute) -> None:
    lowered = (column.name,) if folds(attribute) else ()
    unique = Unique((column.name,), lowered=lowered)
    table.uniques.append(unique)
    if lowered and attribute.type == "email":
        plan.decide(
            f"{table.name}.{column.name}",
            "an e-mail address is unique whatever its case",
            "Ann@example.com and ann@example.com reach the same person",
            "citext, or lower case enforced on writing: plain unique then",
        )


def folds(attribute: BriefAttribute) -> bool:
    """Whether values that differ in their case only are the same."""
    return (attribute.type == "email" or attribute.ignore_case) and not attribute.encrypted


def _told(plan: Plan, table: Table, column: Column, attribute: BriefAttribute) -> None:
    subject = f"{table.name}.{column.name}"
    if attribute.values:
        plan.decide(
            subject,
            "a value set is text with a CHECK, and an enum in Python",
            "a value more is one changed CHECK; the text reads well in every tool",
            "a native enum (smaller, values cannot be taken away), or a table where people edit it",
        )
    if attribute.ignore_case and not ABILITIES[plan.database].folds_case:
        plan.decide(
            subject,
            f"compared as lower({column.name}): unique and found whatever its case",
            "the database tells Ann from ann; queries must say lower() as its indexes do",
            "a collation that ignores case, or lower case enforced on writing",
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
