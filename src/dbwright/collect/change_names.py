"""Names in a request, found among the project's mappers: class, table, singular, plural, near."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable
from dataclasses import dataclass

from dbwright.core.mapping import Attribute, Mapper, Mapping
from dbwright.recipes.model_names import camel, plural, singular, snake

_ARTICLES = re.compile(
    r"^(?:the|a|an|each|every|all|our|my|your|their|its|his|her|existing|any|one|new|of)\s+",
    re.IGNORECASE,
)
_KIND = re.compile(r"\s+(?:models?|tables?|class|classes|entity|entities|rows?|records?)$", re.I)


__all__ = ["Miss", "Names", "bare", "camel", "listed", "normal", "plural", "singular", "snake"]


@dataclass(frozen=True, slots=True)
class Miss:
    """A name that is nobody's, or several ones': `near` are those that may be meant."""

    said: str
    near: tuple[str, ...] = ()
    several: bool = False


def bare(text: str) -> str:
    """Gives a name without articles in front and the word model or table behind.

    >>> bare("the Order table"), bare("each login")
    ('Order', 'login')
    """
    text = text.strip(" \t`'\",.;:")
    while (shorter := _ARTICLES.sub("", text)) != text:
        text = shorter
    return _KIND.sub("", text).strip(" `'\"")


def normal(text: str) -> str:
    """Gives what two spellings of one name have in common: `line items`, `LineItem`.

    >>> normal("Line items") == normal("line_item") == normal("LineItem")
    True
    """
    return singular(re.sub(r"[^\w]|_", "", text).casefold())


class Names:
    """The models of a project under every name that a request may give them."""

    def __init__(self, mapping: Mapping) -> None:
        self.mapping = mapping
        self.by_name: dict[str, list[Mapper]] = {}
        for mapper in mapping.mappers:
            table = mapper.table.rpartition(".")[2]
            own = [mapper.qualified, mapper.name]
            # a child class of the same table is meant by its own name alone
            own += [] if mapper.inheritance == "single" else [table]
            for name in dict.fromkeys(normal(item) for item in own):
                self.by_name.setdefault(name, []).append(mapper)

    def model(self, said: str) -> Mapper | Miss:
        """Gives the mapper that a name stands for, or why it stands for none."""
        name = bare(said)
        exact = [m for m in self.mapping.mappers if name in (m.name, m.qualified)]
        found = exact or self.by_name.get(normal(name), [])
        if len(found) == 1:
            return found[0]
        if found:
            return Miss(name, tuple(mapper.qualified for mapper in found), several=True)
        near = difflib.get_close_matches(normal(name), self.by_name, n=2, cutoff=0.75)
        return Miss(name, tuple(self.by_name[key][0].name for key in near))

    def is_model(self, said: str) -> bool:
        """Whether a name stands for at least one model."""
        found = self.model(said)
        return isinstance(found, Mapper) or found.several

    def attribute(self, mapper: Mapper, said: str) -> Attribute | Miss:
        """Gives the mapped column that a name stands for, or why it stands for none."""
        name = normal(bare(said))
        own = {normal(item.name): item for item in mapper.attributes}
        own |= {normal(item.column): item for item in mapper.attributes if item.column}
        if name in own:
            return own[name]
        near = difflib.get_close_matches(name, own, n=2, cutoff=0.7)
        return Miss(bare(said), tuple(own[key].name for key in near))

    def key_or_relationship(self, mapper: Mapper, said: str) -> str | Miss:
        """Gives the attribute of a name, for a relationship that of its foreign key."""
        name = normal(bare(said))
        for found in mapper.relationships:
            if normal(found.name) == name and found.direction == "MANYTOONE" and found.pairs:
                own = mapper.attribute_of(found.pairs[0][0])
                if own is not None:
                    return own.name
        attribute = self.attribute(mapper, said)
        return attribute if isinstance(attribute, Miss) else attribute.name

    def owners(self, said: str) -> list[Mapper]:
        """Gives the models that have a column of that name."""
        wanted = normal(bare(said))
        return [
            mapper
            for mapper in self.mapping.mappers
            if any(
                wanted in (normal(item.name), normal(item.column)) and not item.inherited
                for item in mapper.attributes
            )
        ]


def listed(names: Iterable[str], last: str = "or") -> str:
    """Gives names as a sentence lists them.

    >>> listed(["a", "b", "c"])
    'a, b or c'
    """
    items = list(names)
    return f"{', '.join(items[:-1])} {last} {items[-1]}" if len(items) > 1 else "".join(items)
