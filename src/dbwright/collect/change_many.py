"""A clause about several models as one clause for each: all of them, or those that it lists."""

from __future__ import annotations

import re
from dataclasses import dataclass

from dbwright.collect.change_context import Context
from dbwright.collect.change_grammar import compiled
from dbwright.collect.change_names import bare
from dbwright.core.mapping import Mapper

_THINGS = (
    r"(?:(?:of )?(?:the |our |my )*(?:mapped )?(?:models?|tables?|class(?:es)?|entit(?:y|ies)))"
)
_ALL = (
    rf"(?P<all>(?:all|every|each|every single|both) {_THINGS}|all of them)"
    r"(?:,? (?:except|but|apart from|other than) (?P<but>[\w, ]+?))?"
)
_LIST = r"(?:both |all of )?(?P<list>[\w. ]+?(?:[ ]*,[ ]*(?:and )?| and )[\w., ]+?)"
_BEHIND = (
    r"(?P<head>(?:add|create|introduce|include|put|append|give) .+? (?:to|on|onto|into|in|for) )"
)
_TAIL = r"(?P<tail>(?:[ ]*[,(]| with default| default| as ).*)?"
_NEED = r"(?P<need>(?:needs?|should have|must have|should get|gets?|requires?|wants?|has|have) .+)"
_OTHER = re.compile(
    r"\b(?:models?|tables?|class|entity|relat\w+|link\w*|refer\w*|between|foreign)\b", re.IGNORECASE
)
"""A head with one of these says what the names behind it are: those of a relationship."""
_FORMS = (
    rf"{_BEHIND}{_ALL}{_TAIL}",
    rf"{_BEHIND}{_LIST}{_TAIL}",
    rf"(?P<give>give ){_ALL} (?P<what>(?:an? |the |their ).+)",
    rf"{_ALL} {_NEED}",
    rf"{_LIST} {_NEED}",
)


@dataclass(frozen=True, slots=True)
class Spread:
    """The clauses for each model, and whether all models are meant: then some may have it."""

    clauses: tuple[tuple[Mapper, str], ...]
    whole: bool


def spread(text: str, context: Context) -> Spread | None:
    """Gives a clause for each of the models that one clause is about; None for a single one."""
    for form in _FORMS:
        match = compiled(form).fullmatch(text)
        if match is None:
            continue
        groups = match.groupdict()
        if _OTHER.search(groups.get("head") or ""):
            continue
        models = _all(context, groups.get("but")) if groups.get("all") else (
            _listed(context, groups.get("list") or "")
        )  # fmt: skip
        if len(models) > 1:
            return Spread(tuple((m, _clause(m, groups)) for m in models), bool(groups.get("all")))
    return None


def _clause(mapper: Mapper, groups: dict[str, str]) -> str:
    name = mapper.qualified
    if groups.get("give"):
        return f"give {name} {groups['what']}"
    if groups.get("need"):
        return f"{name} {re.sub('^(?:has|have) ', 'needs ', groups['need'])}"
    return f"{groups['head']}{name}{groups.get('tail') or ''}"


def _all(context: Context, but: str | None) -> list[Mapper]:
    """All mapped classes with a table of their own, in the order of their names."""
    left_out = [context.model(name) for name in _parts(but or "")]
    own = [m for m in context.names.mapping.mappers if m.inheritance is None and m.table]
    return sorted((m for m in own if m not in left_out), key=lambda mapper: mapper.name)


def _listed(context: Context, text: str) -> list[Mapper]:
    """The models of a list, none where one part of it is no model, nor nearly one."""
    parts = _parts(text)
    known = [part for part in parts if context.names.is_model(part)]
    if not known or any(part not in known and not context.is_near(part) for part in parts):
        return []
    return list(dict.fromkeys(context.model(part) for part in parts))


def _parts(text: str) -> list[str]:
    return [part for item in re.split(r"\s*,\s*|\s+and\s+", text) if (part := bare(item))]
