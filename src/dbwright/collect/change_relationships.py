"""The forms of clauses that relate two models."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence

from dbwright.collect.change_context import Context
from dbwright.collect.change_names import normal, snake
from dbwright.core.model_change import AddRelationship, Step

Form = tuple[str, Callable[[Context, re.Match[str]], "list[Step] | None"]]
_MANY = re.compile(r"\b(?:many|several|multiple|a\s+list\s+of|any\s+number\s+of)\b", re.I)
_KINDS = {
    "manytomany": "many-to-many",
    "onetoone": "one-to-one",
    "onetomany": "one-to-many",
    "manytoone": "many-to-one",
}
_FATE = re.compile(
    r"[\s,]+(?:and\s+)?(?:(?P<cascade>(?:deleted|removed)\s+(?:together\s+)?with\s+(?:it|them|the\s+\w+)"
    r"|(?:on\s+delete\s+)?cascade|cascading)|(?P<null>on\s+delete\s+set\s+null|kept\s+when\s+.+)"
    r"|(?P<restrict>on\s+delete\s+restrict))$",
    re.I,
)


def _fate(text: str) -> tuple[str, str]:
    match = _FATE.search(text)
    if match is None:
        return text, ""
    kind = "cascade" if match["cascade"] else "set null" if match["null"] else "restrict"
    return text[: match.start()], kind


def _between(context: Context, match: re.Match[str]) -> list[Step] | None:
    kind = _KINDS.get(re.sub(r"[^a-z]", "", (match["kind"] or "").lower()), "many-to-one")
    second, fate = _fate(match["b"])
    a, b = context.either(match["a"]), context.either(second)
    groups = match.groupdict()
    required = True if groups.get("must") else False if groups.get("may") else None
    if kind == "one-to-many":  # the first has many of the second: the second refers to it
        a, b, kind = b, a, "many-to-one"
    elif kind == "one-to-one" and not match.groupdict().get("to"):
        # User and Profile: the second is the part, and refers to the whole
        a, b = b, a
    return context.related(AddRelationship(a, b, kind, required=required, on_delete=fate))


def _belongs(context: Context, match: re.Match[str]) -> list[Step] | None:
    said, fate = _fate(match["b"])
    if not (context.is_known(match["a"]) and context.is_known(_counted(said))):
        return None
    kind = "many-to-many" if _MANY.search(said) else "many-to-one"
    a, b = context.either(match["a"]), context.either(_counted(said))
    may = re.search(r"\b(?:may|can|optionally|might)\b", match["verb"], re.I)
    sure = re.search(r"\b(?:must|always)\b|\bexactly\b", f"{match['verb']} {said}", re.I)
    required = False if may else True if sure else None
    return context.related(AddRelationship(a, b, kind, required=required, on_delete=fate))


def _has(context: Context, match: re.Match[str]) -> list[Step] | None:
    """`a user has many posts`, `each order has one invoice`, `posts have many tags`."""
    said, fate = _fate(match["b"])
    if not (context.is_known(match["a"]) and context.is_known(_counted(said))):
        return None
    a, b = context.either(match["a"]), context.either(_counted(said))
    if _MANY.search(said):
        both = re.search(r"\s+(?:and|each)\s+.*\bmany\b", said, re.I)
        kind = "many-to-many" if both or match.groupdict().get("shared") else "many-to-one"
        if kind == "many-to-many":
            return context.related(AddRelationship(a, b, kind))
        return context.related(AddRelationship(b, a, kind, on_delete=fate))
    if re.search(r"\b(?:one|single|exactly|own)\b", said, re.I):
        return context.related(AddRelationship(b, a, "one-to-one", on_delete=fate))
    required = None
    if re.search(r"\b(?:must|always|needs?)\b", match["verb"], re.I):
        required = True
    return context.related(AddRelationship(a, b, "many-to-one", required=required))


def _both(context: Context, match: re.Match[str]) -> list[Step] | None:
    """`posts have many tags and tags have many posts`."""
    same = normal(match["a"]) == normal(match["d"]) and normal(match["b"]) == normal(match["c"])
    if not same or not (context.is_known(match["a"]) and context.is_known(match["b"])):
        return None
    a, b = context.either(match["a"]), context.either(match["b"])
    return context.related(AddRelationship(a, b, "many-to-many"))


def _reference(context: Context, match: re.Match[str]) -> list[Step] | None:
    """`add an editor to Post referencing User`, `posts need an editor, who is a user`."""
    if not (context.is_known(match["a"]) and context.is_known(match["b"])):
        return None
    a, b = context.either(match["a"]), context.either(match["b"])
    lead = match["name"].strip()
    required: bool | None = None
    while found := re.match(
        r"(?:(an?|the|new)|(optional|nullable)|(required|mandatory))\s+", lead, re.I
    ):
        required = False if found[2] else True if found[3] else required
        lead = lead[found.end() :]
    name = snake(
        re.sub(r"\s*(?:relationship|foreign\s+key|column|field|link|reference)$", "", lead)
    )
    name = name.removesuffix("_id")
    return context.related(AddRelationship(a, b, "many-to-one", name=name, required=required))


def _counted(text: str) -> str:
    """`exactly one invoice` without its number and what may follow."""
    text = re.sub(
        r"^(?:(?:at\s+most|exactly|only|up\s+to|many|several|multiple|a\s+list\s+of|one|a\s+single"
        r"|single|an?|its\s+own|own|any\s+number\s+of|zero\s+or\s+more|an?\s+optional|optional|required)\s+)+",
        "",
        text.strip(),
        flags=re.I,
    )
    return re.sub(r"\s+each$", "", text)


_KIND = r"(?P<kind>(?:one|many)[\s-]*to[\s-]*(?:one|many)|1[:-](?:n|1)|n[:-](?:m|1))?"
_REL = r"(?:relation(?:ship)?|association|link|foreign key|fk|reference)"
_SIDE = r"[\w.]+(?: \w+)??(?: (?:model|table))?"
RELATIONSHIPS: Sequence[Form] = (
    (
        rf"(?:add|create|define|make|set up) (?:an? |the )?(?P<must>required |"
        rf"mandatory )?(?:new )?{_KIND}\s*{_REL} (?:between|from) (?P<a>{_SIDE}) "
        rf"(?:and|(?P<to>to)) (?P<b>.+)",
        _between,
    ),
    (
        rf"(?:add|create|define) (?:an? |the )?(?P<must>required |mandatory )?"
        rf"(?P<may>optional |nullable )?(?:new )?{_KIND}\s*{_REL} (?P<to>to) "
        rf"(?P<b>{_SIDE}) (?:on|in|for|from) "
        rf"(?P<a>{_SIDE})",
        _between,
    ),
    (
        rf"(?:link|connect|relate|associate) (?P<kind>)(?P<a>{_SIDE}) (?:and|with|"
        rf"(?P<to>to)) (?P<b>.+)",
        _between,
    ),
    (
        rf"(?:add )?(?P<name>[\w ]+?) (?:to|on) (?P<a>{_SIDE})\s*,? (?:that "
        rf")?(?:referenc(?:ing|es)|pointing (?:to|at)|referring to|which is an?|who is "
        rf"an?|as a (?:foreign key|reference) to|linked to) (?P<b>{_SIDE})",
        _reference,
    ),
    (
        rf"(?P<a>{_SIDE}) (?:needs?|has|have|should have|gets?) (?P<name>[\w ]+?)\s*,? "
        rf"(?:who|which|that) (?:is|are) (?:an? )?(?P<b>{_SIDE})",
        _reference,
    ),
    (
        r"(?:an? |each |every )?(?P<a>\w+) (?:can )?(?:have|has) many (?P<b>\w+) and "
        r"(?:an? |each )?(?P<c>\w+) (?:can )?(?:have|has) many (?P<d>\w+)",
        _both,
    ),
    (
        rf"(?:an? |each |every |the )?(?P<a>{_SIDE}) (?P<verb>(?:(?:can|may|must|"
        rf"should|always|optionally|might) )*belongs?) to (?P<b>.+)",
        _belongs,
    ),
    (
        rf"(?:an? |each |every |one |the )?(?P<a>{_SIDE}) (?P<verb>(?:(?:can|may|must|"
        rf"should|always) )*(?:ha(?:s|ve)|needs?|gets?|owns?)) (?P<b>(?:exactly |at "
        rf"most |its own |only |an? |one |many |several |multiple |a list of |zero or "
        rf"more |required |optional )+.+)",
        _has,
    ),
)
