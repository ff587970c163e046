"""Words beside a brief: what they add to it, and where they say otherwise."""

from __future__ import annotations

from dataclasses import fields, replace
from typing import Any

from dbwright.core.brief import Brief, BriefAttribute, BriefEntity, BriefRelationship
from dbwright.recipes.design import names


def joined(brief: Brief, words: Brief) -> tuple[Brief, list[str]]:
    """Gives the brief with what the words add, and where the words contradict it: it wins."""
    told: list[str] = []
    entities = list(brief.entities)
    own = {names.snake(entity.name): number for number, entity in enumerate(entities)}
    called = {names.snake(entity.name): entity.name for entity in entities}
    for added in words.entities:
        number = own.get(names.snake(added.name))
        if number is None:
            entities.append(added)
        else:
            entities[number] = _entity(entities[number], added, told)
    relationships = list(brief.relationships)
    for found in words.relationships:
        item = replace(
            found,
            source=called.get(names.snake(found.source), found.source),
            target=called.get(names.snake(found.target), found.target),
        )
        same = next((old for old in relationships if _is_same(old, item)), None)
        if same is None:
            relationships.append(item)
        elif same.kind != item.kind:
            told.append(f"{item.source} to {item.target} is {item.kind}")
    accesses = (*brief.accesses, *(item for item in words.accesses if item not in brief.accesses))
    for name in ("tenant", "currency", "domain"):
        mine, theirs = getattr(brief, name), getattr(words, name)
        if mine and theirs and mine != theirs:
            told.append(f"the {name} is {theirs}")
    made = replace(
        brief,
        entities=tuple(entities),
        relationships=tuple(relationships),
        accesses=accesses,
        tenant=brief.tenant or words.tenant,
        currency=brief.currency or words.currency,
        domain=brief.domain or words.domain,
    )
    return made, told


def _is_same(one: BriefRelationship, other: BriefRelationship) -> bool:
    if (one.source, one.target, one.name) == (other.source, other.target, other.name):
        return True
    turned = (one.source, one.target) == (other.target, other.source)
    return turned and not (one.name or other.name)


def _entity(entity: BriefEntity, added: BriefEntity, told: list[str]) -> BriefEntity:
    attributes = list(entity.attributes)
    for attribute in added.attributes:
        own = next(
            (old for old in attributes if names.snake(old.name) == names.snake(attribute.name)), None
        )
        if own is None:
            attributes.append(attribute)
        else:
            told += _contradictions(entity.name, own, attribute)
    return replace(
        entity,
        attributes=tuple(attributes),
        uniques=(*entity.uniques, *(u for u in added.uniques if u not in entity.uniques)),
        rules=(*entity.rules, *(r for r in added.rules if r not in entity.rules)),
        soft_delete=entity.soft_delete or added.soft_delete,
        append_only=entity.append_only or added.append_only,
        versioned=entity.versioned or added.versioned,
        public_id=entity.public_id or added.public_id,
        growth=entity.growth or added.growth,
    )


def _contradictions(entity: str, own: BriefAttribute, other: BriefAttribute) -> list[str]:
    """What the words say of an attribute, on purpose, that the brief says otherwise."""
    plain: Any = BriefAttribute(other.name)
    return [
        f"{entity}.{own.name}: {item.name} is {getattr(other, item.name)}"
        for item in fields(BriefAttribute)
        if item.name not in ("name", "doc")
        and getattr(other, item.name) != getattr(plain, item.name)
        and getattr(other, item.name) != getattr(own, item.name)
    ]
