"""A draft made a brief: facts of two things weighed together, types by name, what was left open."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import Any

from dbwright.collect.words import pairs
from dbwright.collect.words.draft import (
    AttributeDraft,
    Draft,
    EntityDraft,
    shown_entity,
)
from dbwright.collect.words.morphology import class_name, parts
from dbwright.collect.words.periods import implied, period_of
from dbwright.collect.words.vocabulary import PERSONAL, type_by_name
from dbwright.core.brief import (
    Brief,
    BriefAccess,
    BriefAttribute,
    BriefEntity,
    BriefGrowth,
    BriefRelationship,
)

_MONEY_SCALE = 2


def finish(draft: Draft) -> Brief:
    """Gives the brief that was read; contradictions are noted at their clauses."""
    relationships = pairs.relationships(draft)
    if draft.tenant:
        relationships = [each for each in relationships if not _is_tenancy(draft, each)]
    own: dict[str, list[BriefRelationship]] = {}
    for each in relationships:
        for name in {each.source, each.through} - {""}:
            own.setdefault(name, []).append(each)
    entities = tuple(
        _entity(draft, entity, own.get(class_name(entity.key), []))
        for entity in draft.entities.values()
    )
    return Brief(
        domain=draft.domain,
        entities=entities,
        relationships=tuple(relationships),
        accesses=tuple(replace(each, entity=class_name(each.entity)) for each in _accesses(draft)),
        tenant=class_name(draft.tenant) if draft.tenant else "",
        keys=draft.keys,
        currency=draft.currency,
    )


def _accesses(draft: Draft) -> Iterable[BriefAccess]:
    return draft.accesses


def _is_tenancy(draft: Draft, each: BriefRelationship) -> bool:
    tenant = class_name(draft.tenant)
    plain = each.kind == "many-to-one" and each.target == tenant and not each.name
    shared = draft.entities.get("_".join(parts(each.source)))
    return plain and each.source != tenant and not (shared and shared.flags.get("shared"))


# relationships


def _entity(
    draft: Draft, entity: EntityDraft, relationships: list[BriefRelationship]
) -> BriefEntity:
    flags = entity.flags
    absent = draft.absent.get(entity.key, set())
    attributes = tuple(
        _attribute(draft, entity, each, relationships)
        for each in entity.attributes.values()
        if each.name not in absent and not _is_reference(each, entity, relationships)
    )
    attributes = tuple(more for each in attributes for more in _searchable(each))
    natural = flags.get("natural_key", ())
    pairs = [
        {"_".join(parts(r.source)), "_".join(parts(r.target))}
        for r in relationships
        if r.through == class_name(entity.key)
    ]
    uniques = [u for u in dict.fromkeys(map(_hashable, entity.uniques)) if set(u[0]) not in pairs]
    return BriefEntity(
        name=class_name(entity.key),
        attributes=attributes,
        key=flags.get("key", ""),
        natural_key=natural,
        uniques=tuple(u for u in entity.uniques if _hashable(u) in uniques and _first(entity, u)),
        rules=tuple(_distinct([*entity.rules, *implied(entity, attributes)])),
        growth=_growth(draft, entity, attributes),
        soft_delete=bool(flags.get("soft_delete")),
        append_only=bool(flags.get("append_only")),
        versioned=bool(flags.get("versioned")),
        shared=bool(flags.get("shared")),
        public_id=bool(flags.get("public_id")),
        kind_of=class_name(flags["kind_of"]) if flags.get("kind_of") else "",
    )


def _searchable(each: BriefAttribute) -> tuple[BriefAttribute, ...]:
    """What is encrypted cannot be compared: a digest beside it is what is unique."""
    if not (each.encrypted and each.unique):
        return (each,)
    digest = BriefAttribute(
        name=f"{each.name}_digest", type="token", unique=True, required=each.required
    )
    return (replace(each, unique=False), digest)


def _hashable(unique: Any) -> tuple[Any, ...]:
    return (frozenset(unique.of), tuple(unique.where.items()))


def _first(entity: EntityDraft, unique: Any) -> bool:
    return next(u for u in entity.uniques if _hashable(u) == _hashable(unique)) is unique


def _distinct(rules: Iterable[Any]) -> list[Any]:
    found: list[Any] = []
    for rule in rules:
        if rule not in found:
            found.append(rule)
    return found


def _is_reference(
    each: AttributeDraft, entity: EntityDraft, relationships: list[BriefRelationship]
) -> bool:
    """Whether a rule spoke of an attribute that is a reference by another clause."""
    return not each.said and any(
        r.source == class_name(entity.key)
        and each.name in (r.name, "_".join(parts(r.target)) if not r.name else "")
        for r in relationships
    )


def _attribute(
    draft: Draft, entity: EntityDraft, each: AttributeDraft, relationships: list[BriefRelationship]
) -> BriefAttribute:
    said = {key: value for key, value in each.said.items() if key != "hashed"}
    words = parts(each.name)
    if "type" not in said:
        said["type"] = type_of(words, said)
    if said["type"] not in ("string", "text", "slug") or said.get("values"):
        said.pop("ignore_case", None)
    if said["type"] == "password":
        said = {key: said[key] for key in said if key not in ("minimum", "maximum", "length")}
    if said["type"] == "boolean" and not {"required", "default"} & said.keys():
        said["default"] = False
    if " ".join(words) in PERSONAL:
        said.setdefault("personal", True)
    if (
        said["type"] in ("string", "slug", "url", "email", "phone")
        and "maximum" in said
        and "length" not in said
    ):
        said["length"] = int(said.pop("maximum"))
    if said.get("transitions"):
        values = said.get("values", ())
        more = [v for after in said["transitions"].values() for v in after]
        said["values"] = tuple(dict.fromkeys((*values, *said["transitions"], *more)))
    if said.get("unit") and said["type"] in ("duration", "datetime", "time"):
        said["type"] = "integer"
    if said["type"] == "datetime" and words[0] == "last" and "required" not in each.said:
        said["required"] = False  # `last used at`: not yet, at first
    if said["type"] == "money" and "type" not in each.said and _measured(entity, each.name):
        said["type"] = "decimal"
    copied = _copied(draft, entity, each.name, relationships)
    if copied:
        said["copied_from"] = copied
    return BriefAttribute(name=each.name, **said)


def _measured(entity: EntityDraft, name: str) -> bool:
    """Whether an amount is one of something: `ingredients with amount and unit`."""
    return name in ("amount", "amounts") and "unit" in entity.attributes


def guessed(draft: Draft, brief: Brief) -> tuple[str, ...]:
    """Gives the attributes that are strings only because nothing says what they are."""
    found = []
    keyed = {class_name(key): entity.attributes for key, entity in draft.entities.items()}
    for entity in brief.entities:
        drafted = keyed.get(entity.name, {})
        for each in entity.attributes:
            said = drafted[each.name].said if each.name in drafted else {"type": each.type}
            untold = not said.keys() & _TELLING and type_by_name(parts(each.name)) is None
            if untold and each.type == "string":
                found.append(f"{entity.name}.{each.name}")
    return tuple(found)


def unlinked(brief: Brief) -> tuple[str, ...]:
    """Gives the entities of which nothing says what they have to do with the others."""
    linked = {name for r in brief.relationships for name in (r.source, r.target, r.through)}
    linked |= {entity.kind_of for entity in brief.entities}
    owned = {entity.name for entity in brief.entities if brief.tenant and not entity.shared}
    alone = [
        entity.name
        for entity in brief.entities
        if entity.name not in linked | owned and not entity.kind_of
    ]
    return tuple(alone) if len(brief.entities) > 1 else ()


_TELLING = {
    "type",
    "values",
    "length",
    "minimum",
    "maximum",
    "ignore_case",
    "transitions",
    "default",
}
"""What tells that a text is meant."""


def type_of(words: tuple[str, ...], said: dict[str, Any]) -> str:
    """Gives the type of an attribute of which none was said."""
    if said.get("values"):
        return "string"
    if "per" in words[1:]:
        words = words[: words.index("per")]
    guess = type_by_name(words)
    numeric = {"minimum", "maximum", "above", "below"} & said.keys()
    if guess is None and numeric:
        whole = all(float(said[key]).is_integer() for key in numeric)
        return "integer" if whole else "decimal"
    if guess == "string" and {"minimum", "above"} & numeric and "length" not in said:
        return "integer"
    if said.get("computed") and guess is None:
        return "decimal"
    if guess in ("text",) and said.get("length"):
        return "string"
    return guess or "string"


def _copied(
    draft: Draft, entity: EntityDraft, name: str, relationships: list[BriefRelationship]
) -> str:
    """`Product.price` for a frozen value, where what the entity refers to has such a one."""
    explicit = entity.flags.get("copies", {}).get(name)
    targets = [r.target for r in relationships if r.source == class_name(entity.key)]
    if explicit:
        joined = [part for word in explicit for part in parts(word)]
        for target in targets:
            size = len(parts(target))
            if joined[:size] == list(parts(target)):
                attribute = "_".join(joined[size:]) or name
                if attribute in draft.entities["_".join(parts(target))].attributes:
                    return f"{target}.{attribute}"
        names = [explicit[-1], name, name.split("_")[-1]]
    elif name in entity.flags.get("frozen", ()):
        names = [name, name.split("_")[-1]]
    else:
        return ""
    for target in targets:
        held = draft.entities["_".join(parts(target))].attributes
        for wanted in names:
            for each in held:
                if each == wanted or each.endswith("_" + wanted):
                    return f"{target}.{each}"
    return ""


def _growth(
    draft: Draft, entity: EntityDraft, attributes: tuple[BriefAttribute, ...]
) -> BriefGrowth | None:
    if not entity.growth:
        return None
    moments = [each.name for each in attributes if each.type == "datetime" and each.required]
    period = period_of(draft, entity.key)
    if len(moments) > 1 and period and period[0] in moments:
        moments = [period[0]]  # what lasts is dated by when it begins
    return BriefGrowth(**entity.growth, by=moments[0] if len(moments) == 1 else "")


def shown(brief: Brief) -> str:
    """Gives the entities of a brief in one line."""
    return ", ".join(shown_entity(entity.name) for entity in brief.entities)
