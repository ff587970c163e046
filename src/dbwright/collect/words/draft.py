"""What has been read so far: entities, attributes, and facts about how they refer to each other."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

from dbwright.collect.words.clause import Clause
from dbwright.collect.words.keywords import listed
from dbwright.collect.words.morphology import class_name, noun_key, parts, singular, snake
from dbwright.collect.words.tokens import Token
from dbwright.collect.words.verbs import PERSONS, ROLE_NOUNS
from dbwright.collect.words.vocabulary import THINGS, Said
from dbwright.core.brief import BriefAccess, BriefRule, BriefUnique

FactKind = Literal["refers", "has many", "has one", "one-to-one", "many-to-many"]
DETERMINERS = listed(
    """
    a an the each every any all its their one some this that these those no our such same
    single another my your his her both whole given certain particular only other
    """
)
_LOUD = {"values", "required", "unique", "minimum", "maximum", "length", "type", "default"}


@dataclass(slots=True)
class AttributeDraft:
    """An attribute as far as it was described."""

    name: str
    said: Said = field(default_factory=dict)

    def say(self, clause: Clause, **said: Any) -> None:
        """Adds what a clause says of it; what contradicts an earlier clause is a problem."""
        if "transitions" in said and set(said.get("values", ())) <= set(
            self.said.get("values", ())
        ):
            said.pop("values", None)
        for key, value in said.items():
            if key in _LOUD and key in self.said and self.said[key] != value:
                earlier = _told(key, self.said[key])
                clause.problem(
                    f"{self.name} was {earlier} before, and is {_told(key, value)} here."
                )
                continue
            if key == "transitions":
                for state, following in value.items():
                    before = self.said.setdefault("transitions", {}).get(state, ())
                    self.said["transitions"][state] = tuple(dict.fromkeys((*before, *following)))
                continue
            self.said[key] = value


def _told(key: str, value: Any) -> str:
    if key in ("required", "unique"):
        opposite = {"required": "optional", "unique": "not unique"}[key]
        return key if value else opposite
    if key == "values":
        return "one of " + ", ".join(value)
    return f"{key} {value}"


@dataclass(slots=True)
class EntityDraft:
    """An entity as far as it was described; `defined` once something is said of it."""

    key: str
    defined: bool = False
    attributes: dict[str, AttributeDraft] = field(default_factory=dict)
    uniques: list[BriefUnique] = field(default_factory=list)
    rules: list[BriefRule] = field(default_factory=list)
    growth: dict[str, int] = field(default_factory=dict)
    flags: Said = field(default_factory=dict)

    def attribute(self, name: str) -> AttributeDraft:
        """The attribute of that name, a new one where there is none."""
        self.defined = True
        return self.attributes.setdefault(name, AttributeDraft(name))


@dataclass(frozen=True, slots=True)
class Fact:
    """What a clause says of two entities, from the first's point of view."""

    kind: FactKind
    source: str
    target: str
    clause: Clause
    name: str = ""
    required: bool | None = None
    through: str = ""
    hint: str = ""
    """The name where several refer to the same target."""


@dataclass(slots=True)
class Names:
    """The names that an earlier look at the same request found."""

    entities: tuple[str, ...] = ()
    attributes: dict[str, tuple[str, ...]] = field(default_factory=dict)
    roles: dict[str, dict[str, str]] = field(default_factory=dict)
    values: dict[str, dict[str, tuple[str, ...]]] = field(default_factory=dict)
    tenant: str = ""


class Draft:
    """A domain in the making; `known` are the names of the whole request."""

    def __init__(self, known: Names) -> None:
        self.known = known
        self.entities: dict[str, EntityDraft] = {}
        self.facts: list[Fact] = []
        self.accesses: list[BriefAccess] = []
        self.deletes: dict[tuple[str, str], tuple[str, Clause]] = {}
        self.tenant = ""
        self.tenant_clause: Clause | None = None
        self.keys: Literal["integer", "uuid"] = "integer"
        self.currency = ""
        self.domain = ""
        self.absent: dict[str, set[str]] = {}
        self.needed: list[Fact] = []
        """References that rules speak of; they count where no clause says more of the two."""
        self.shared: list[tuple[str, Clause]] = []
        self.last = ""
        """The entity that was spoken of last."""
        self.before = ""
        """The entity that the line before was about."""
        self.here = ""
        """The entity whose definition is read."""
        self.latest: tuple[str, str, str] | None = None
        """What was said last: an entity, its attribute or role, and the target of a role."""
        self.placed: list[tuple[str, str, str]] = []
        """What was placed so far, the same way: `both` and `all` speak of the last of them."""
        self._aliases: dict[str, str] = {}
        self._named: set[str] | None = None

    def link(self, one: str, other: str, clause: Clause) -> str:
        """The entity that stands for a pair of two, which has something of its own."""
        found = [
            fact.through
            for fact in self.facts
            if fact.through and {fact.source, fact.target} == {one, other}
        ]
        key = found[0] if found else f"{one}_{other}"
        self.entity(key).defined = True
        for end in (one, other):
            self.entity(end).defined = True
            self.fact(Fact("refers", key, end, clause))
        self.fact(Fact("many-to-many", one, other, clause, through=key))
        return key

    def entity(self, key: str) -> EntityDraft:
        """The entity of that key, a new one where there is none."""
        return self.entities.setdefault(key, EntityDraft(key))

    def fact(self, fact: Fact) -> None:
        """Adds what was said of two entities."""
        self.entity(fact.source)
        self.entity(fact.target)
        self.facts.append(fact)

    def need(self, source: str, target: str, clause: Clause) -> None:
        """Notes that a rule speaks of a reference."""
        if source != target:
            self.entity(source)
            self.entity(target)
            self.needed.append(Fact("refers", source, target, clause))

    def part_of(self, entity: str, tokens: Sequence[Token]) -> str:
        """The one named role in which an entity refers to what a noun names, "" for none."""
        found = self.find(tokens)
        if found is None or found[1]:
            return ""
        roles = [
            fact.name
            for fact in self.facts
            if fact.source == entity and fact.target == found[0] and fact.name
        ]
        plain = any(f.source == entity and f.target == found[0] and not f.name for f in self.facts)
        return roles[0] if len(set(roles)) == 1 and not plain else ""

    def is_known(self, key: str) -> bool:
        """Whether the request has an entity of that key."""
        return key in self.entities or key in self.known.entities

    def keys_of(self) -> list[str]:
        """The keys of all entities of the request."""
        return [*self.entities, *(key for key in self.known.entities if key not in self.entities)]

    def alias(self, key: str) -> str:
        """The key of the entity that is meant by a key: `item` is the only `order_item`."""
        if self.is_known(key):
            return key
        if key not in self._aliases:
            self._aliases[key] = self._ending(key)
        return self._aliases[key]

    def _ending(self, key: str) -> str:
        found = [each for each in self.keys_of() if each.endswith("_" + key)]
        return found[0] if len(found) == 1 else ""

    def has_attribute(self, name: str) -> bool:
        """Whether something in the request has an attribute of that name."""
        if self._named is None:
            self._named = {n for names in self.known.attributes.values() for n in names}
        return name in self._named

    def find(self, tokens: Sequence[Token]) -> tuple[str, tuple[Token, ...]] | None:
        """The entity that a noun phrase names and the words before its name, None for none."""
        words = naming(tokens)
        for start in range(max(0, len(words) - 4), len(words)):
            key = noun_key([spelled(token) for token in words[start:]])
            found = self.alias(key) if key else ""
            if found:
                return found, tuple(words[:start])
        return None

    def named(self, tokens: Sequence[Token]) -> str:
        """The key that the whole noun phrase would have as an entity."""
        key = noun_key([spelled(token) for token in naming(tokens)])
        return self.alias(key) or key

    def is_thing(self, tokens: Sequence[Token]) -> bool:
        """Whether a noun phrase names an entity, or a kind of thing that is usually one."""
        words = naming(tokens)
        if not words:
            return False
        key = noun_key([spelled(token) for token in words])
        return bool(self.alias(key)) or key in THINGS

    def attributes_of(self, key: str) -> list[str]:
        """The names of an entity's attributes in the whole request."""
        now = list(self.entities[key].attributes) if key in self.entities else []
        return [*now, *(name for name in self.known.attributes.get(key, ()) if name not in now)]

    def roles_of(self, key: str) -> dict[str, str]:
        """The names under which an entity refers to others, and those others."""
        found = dict(self.known.roles.get(key, {}))
        for fact in self.facts:
            if fact.source == key and fact.kind in ("refers", "one-to-one", "has one"):
                found[fact.name or fact.target] = fact.target
            if fact.target == key and fact.kind == "has many" and fact.source not in found.values():
                found[fact.source] = fact.source
        for fact in self.needed:
            if fact.source == key and fact.target not in found.values():
                found[fact.target] = fact.target
        if self.tenant and key != self.tenant:
            found.setdefault(self.tenant, self.tenant)
        return found

    def values_of(self, key: str) -> dict[str, tuple[str, ...]]:
        """The attributes of an entity that are value sets, with their values."""
        found = dict(self.known.values.get(key, {}))
        if key in self.entities:
            for name, attribute in self.entities[key].attributes.items():
                if attribute.said.get("values"):
                    found[name] = attribute.said["values"]
        return found

    def names(self) -> Names:
        """The names for the next look: an entity that is only the end of another's name goes."""
        referring = {fact.source for fact in (*self.facts, *self.needed) if fact.kind == "refers"}
        kept = [
            key
            for key, entity in self.entities.items()
            if entity.defined or key in referring or not (self._is_end(key) or self._is_role(key))
        ]
        return Names(
            entities=tuple(kept),
            attributes={key: tuple(entity.attributes) for key, entity in self.entities.items()},
            roles={key: self.roles_of(key) for key in self.entities},
            values={key: self.values_of(key) for key in self.entities},
            tenant=self.tenant,
        )

    def _is_role(self, key: str) -> bool:
        """Whether nothing is said of it but that somebody plays that part."""
        return key in ROLE_NOUNS and any(
            person in self.entities for person in PERSONS if person != key
        )

    def _is_end(self, key: str) -> bool:
        return len([each for each in self.entities if each.endswith("_" + key)]) == 1


def spelled(token: Token) -> str:
    """How a token is written in a name: OrderItem keeps its parts."""
    if token.kind == "quoted":
        return token.text[1:-1]
    if token.low != token.text.lower() or token.text.isupper():
        return token.low
    return token.text


def naming(tokens: Sequence[Token]) -> list[Token]:
    """The tokens of a noun phrase without what only points at it."""
    words = [token for token in tokens if token.is_name or token.kind == "number"]
    while words and words[0].low in DETERMINERS:
        words = words[1:]
    return words


def attribute_name(tokens: Sequence[Token]) -> str:
    """The name of an attribute for its words."""
    return snake(spelled(token) for token in tokens)


def shown_entity(key: str) -> str:
    """How an entity is named in a meaning."""
    return class_name(key)


def spoken(key: str) -> str:
    """An entity's name in running text: order item."""
    return " ".join(parts(key))


def same_noun(one: str, other: str) -> bool:
    """Whether two words are one noun."""
    return singular(one) == singular(other)
