"""What keeps an attribute of a brief from being designed."""

from __future__ import annotations

import ast
import operator
from collections.abc import Iterator

from dbwright.core.brief import Brief, BriefAttribute, BriefEntity, Scalar
from dbwright.recipes.design import columns, value_checks
from dbwright.recipes.design.problem import Path, Problem, near, no_entity

_OPERATORS = (
    ast.Expression, ast.BinOp, ast.Add, ast.Sub, ast.Mult, ast.Div, ast.UnaryOp, ast.USub,
    ast.Compare, ast.Lt, ast.LtE, ast.Gt, ast.GtE, ast.Eq, ast.NotEq, ast.Name, ast.Load,
    ast.Constant,
)  # fmt: skip
_NUMBERS = {"integer", "decimal", "money", "percent", "float", "latitude", "longitude"}
_TEXTS = {"string", "text", "slug", "phone", "url"}
_WITHOUT_DEFAULT = {"time", "duration", "uuid", "bytes", "ip", "password", "token"}
_OUTSIDE = {">": operator.le, ">=": operator.lt, "<=": operator.gt, "<": operator.ge}


def of(
    brief: Brief, entity: BriefEntity, attribute: BriefAttribute, path: Path
) -> Iterator[Problem]:
    """Gives the problems of an attribute of an entity."""
    name = f"{entity.name}.{attribute.name}"
    low = attribute.minimum if attribute.minimum is not None else attribute.above
    high = attribute.maximum if attribute.maximum is not None else attribute.below
    if low is not None and high is not None and low > high:
        yield Problem(
            path,
            f"{name} would lie between {value_checks.number(low)} and {value_checks.number(high)}",
            "Swap them.",
        )
    elif low is not None and low == high and (attribute.above, attribute.below) != (None, None):
        yield Problem(path, f"{name} can have no value: {value_checks.number(low)} is left out",
                      "Say minimum and maximum, which are allowed themselves.")  # fmt: skip
    bounded = attribute.type in _NUMBERS or attribute.type in _TEXTS
    if (low is not None or high is not None) and (not bounded or attribute.values):
        what = "a value set" if attribute.values else f"{attribute.type}"
        yield Problem(path, f"{name} is {what}, which has no least or greatest value",
                      "Take the limit away, or change the type.")  # fmt: skip
    doubled = [value for value in attribute.values if attribute.values.count(value) > 1]
    if doubled:
        yield Problem((*path, "values"), f"{name} has the value {doubled[0]!r} twice", "Keep one.")
    yield from _one_name(attribute, name, path)
    if attribute.values and attribute.type not in ("string", "text", "slug"):
        yield Problem((*path, "type"), f"{name} is a value set, and of type {attribute.type}",
                      "Leave the type out: values are texts.")  # fmt: skip
    yield from _default(attribute, name, path)
    yield from _never(attribute, name, path)
    texts = attribute.type in ("string", "text", "slug", "email", "url")
    if attribute.ignore_case and (not texts or attribute.values or attribute.encrypted):
        what = "encrypted" if attribute.encrypted else "no text that people write"
        yield Problem((*path, "ignore_case"), f"{name} is {what}, so its case is not compared",
                      "Take ignore_case away.")  # fmt: skip
    for old, after in attribute.transitions.items():
        for value in (old, *after):
            if value not in attribute.values:
                text = f"{name} has a transition with {value!r}, which is none of its values"
                yield Problem((*path, "transitions", old), text, near(value, attribute.values))
    if attribute.copied_from:
        yield from _copied(brief, attribute, path)
    if attribute.encrypted and attribute.unique:
        yield Problem((*path, "unique"), f"{name} is encrypted, so its values cannot be compared",
                      "Add a digest of it (type: token) that is unique.")  # fmt: skip
    if attribute.computed:
        yield from _computed(entity, attribute, path)


def _one_name(attribute: BriefAttribute, name: str, path: Path) -> Iterator[Problem]:
    """Values that differ, and would be one member of the enum."""
    seen: dict[str, str] = {}
    for value in attribute.values:
        member = columns.member_name(value)
        other = seen.setdefault(member, value)
        if other != value:
            text = f"the values {other!r} and {value!r} of {name} would both be called {member}"
            yield Problem((*path, "values"), text, "Spell one of them in other words.")


def _default(attribute: BriefAttribute, name: str, path: Path) -> Iterator[Problem]:
    value = attribute.default
    if value is None:
        return
    if attribute.values and value not in attribute.values:
        text = f"the default {value!r} of {name} is none of its values"
        yield Problem((*path, "default"), text, near(str(value), attribute.values))
    numbers = attribute.type in _NUMBERS
    wrong = (
        (numbers and (isinstance(value, bool) or not isinstance(value, int | float)))
        or (attribute.type == "boolean" and not isinstance(value, bool))
        or (attribute.type in ("date", "datetime") and value not in ("now", "today"))
    )
    if wrong:
        hint = "`now` or `today`" if attribute.type.startswith("date") else f"a {attribute.type}"
        text = f"the default {value!r} of {name} is no {attribute.type}"
        yield Problem((*path, "default"), text, f"Take {hint}.")
    if attribute.encrypted or attribute.type in _WITHOUT_DEFAULT:
        what = "encrypted" if attribute.encrypted else f"a {attribute.type}"
        text = f"{name} is {what}, for which no default is designed"
        yield Problem((*path, "default"), text, "Leave it out; the application sets the value.")
    elif not wrong and not attribute.values and _is_outside(attribute, value):
        text = f"the default {value!r} of {name} lies outside of its own limits"
        yield Problem((*path, "default"), text, "Change the default or the limit.")


def _is_outside(attribute: BriefAttribute, value: Scalar) -> bool:
    """Whether a number, or the length of a text, is one that the column refuses."""
    if attribute.type in _NUMBERS and isinstance(value, int | float):
        size: float = value
    elif attribute.type in _TEXTS:
        size = len(str(value))
        if attribute.length is not None and size > attribute.length:
            return True
    else:
        return False
    return any(_OUTSIDE[sign](size, limit) for sign, limit in value_checks.bounds(attribute))


def _never(attribute: BriefAttribute, name: str, path: Path) -> Iterator[Problem]:
    if not attribute.never:
        return
    place = (*path, "never")
    numbers = attribute.type in _NUMBERS
    texts = attribute.type in ("string", "text", "slug", "phone", "url")
    if attribute.values or attribute.encrypted or not (numbers or texts):
        what = "a value set" if attribute.values else (
            "encrypted" if attribute.encrypted else attribute.type)  # fmt: skip
        yield Problem(place, f"{name} is {what}, which has no `never`", "Take it away.")
        return
    kinds = (int, float) if numbers else (str,)
    wrong = [value for value in attribute.never
             if isinstance(value, bool) or not isinstance(value, kinds)]  # fmt: skip
    if wrong:
        yield Problem(place, f"{name} is {attribute.type}, and never {wrong[0]!r}",
                      f"Take a {'number' if numbers else 'text'}.")  # fmt: skip
    if attribute.default in attribute.never:
        yield Problem((*path, "default"), f"the default {attribute.default!r} of {name} is one "
                      "that it must never have", "Take another default.")  # fmt: skip


def _copied(brief: Brief, attribute: BriefAttribute, path: Path) -> Iterator[Problem]:
    owner, dot, name = attribute.copied_from.partition(".")
    entity = brief.entity(owner)
    if entity is None:
        yield no_entity(brief, (*path, "copied_from"), owner)
    elif not dot or entity.attribute(name) is None:
        text = f"copied_from: {owner} has no attribute {name or '(none named)'}"
        yield Problem((*path, "copied_from"), text, near(name, (a.name for a in entity.attributes)))


def _computed(entity: BriefEntity, attribute: BriefAttribute, path: Path) -> Iterator[Problem]:
    place = (*path, "computed")
    try:
        tree = ast.parse(attribute.computed, mode="eval")
    except (SyntaxError, ValueError):
        text = f"{attribute.computed!r} cannot be read as an expression"
        yield Problem(place, text, "As in Python:  quantity * unit_price")
        return
    wrong = [node for node in ast.walk(tree) if not isinstance(node, _OPERATORS)]
    if wrong:
        text = f"{attribute.computed!r} has more than + - * / and comparisons"
        yield Problem(place, text, "Only those mean the same in Python and in SQL.")
        return
    own = {found.name for found in entity.attributes if not found.computed}
    for node in ast.walk(tree):
        if isinstance(node, ast.Name) and node.id not in own:
            text = f"{entity.name} has no stored attribute {node.id}"
            yield Problem(place, text, near(node.id, sorted(own)) or "Name one that is stored.")
