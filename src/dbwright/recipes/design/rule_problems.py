"""What keeps a rule of a brief from being designed: values that cannot be compared."""

from __future__ import annotations

from collections.abc import Iterator

from dbwright.core.brief import Brief, BriefEntity, BriefRule
from dbwright.recipes.design import names
from dbwright.recipes.design.problem import Path, Problem

_KINDS = {
    **dict.fromkeys(("integer", "decimal", "money", "percent", "float"), "number"),
    **dict.fromkeys(("latitude", "longitude"), "number"),
    **dict.fromkeys(("string", "text", "slug", "email", "url", "phone", "country"), "text"),
    **dict.fromkeys(("currency", "language", "timezone"), "text"),
}
_WITHOUT_ORDER = ("boolean", "json", "bytes", "tags", "uuid", "password", "token", "ip")
_INCOMPARABLE = ("json", "bytes", "tags", "password", "token")


def of(brief: Brief, entity: BriefEntity, rule: BriefRule, path: Path) -> Iterator[Problem]:
    """Gives the problems of a rule that compares the values of one row."""
    if rule.kind not in ("ordered", "differ", "no-overlap"):
        return
    found = [(name, _kind(brief, entity, name)) for name in rule.of]
    known = [(name, kind) for name, kind in found if kind]
    for name, kind in known:
        without = _INCOMPARABLE if rule.kind == "differ" else _WITHOUT_ORDER
        reference = kind[:1].isupper() and rule.kind != "differ"
        if kind in without or reference or kind in ("encrypted", "value set"):
            what = "a reference" if reference else _article(kind)
            yield Problem((*path, "of"), f"{entity.name}.{name} is {what}, which has no order"
                          if rule.kind != "differ" else
                          f"{entity.name}.{name} is {what}, which cannot be compared",
                          "Take it out of the rule.")  # fmt: skip
            return
    if known and rule.kind == "no-overlap" and known[0][1] not in ("date", "datetime"):
        name, kind = known[0]
        yield Problem((*path, "of"), f"{entity.name}.{name} is {_article(kind)}, which bounds no "
                      "period", "Periods have a date or a datetime at each end.")  # fmt: skip
        return
    for name, kind in known[1:]:
        first, other = known[0]
        if kind != other:
            one, two = _article(other), _article(kind)
            yield Problem(
                (*path, "of"),
                f"{entity.name}.{first} is {one} and {entity.name}.{name} is {two}, which are not "
                "compared",
                "Make them of one type, or take one out of the rule.",
            )
            return


def _kind(brief: Brief, entity: BriefEntity, name: str) -> str:
    """What values are as far as they are compared: a type, an entity, "" where it is unknown."""
    wanted = names.snake(name)
    for attribute in entity.attributes:
        if names.snake(attribute.name) == wanted:
            if attribute.encrypted:
                return "encrypted"
            return "text" if attribute.values else _KINDS.get(attribute.type, attribute.type)
    for found in brief.relationships:
        own = found.source == entity.name and found.kind != "many-to-many"
        if own and names.snake(found.name or found.target) == wanted:
            return found.target[:1].upper() + found.target[1:]
    return "datetime" if wanted in ("created_at", "updated_at", "deleted_at") else ""


def _article(kind: str) -> str:
    if kind in ("encrypted", "tags", "bytes"):
        return kind
    return f"{'an' if kind[:1].lower() in 'aeiou' else 'a'} {kind}"
