"""The other sides of new relationships, in classes that a project has: offered, or put there."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence

from dbwright.core.mapping import Mapper
from dbwright.recipes.model_edits_relationships import Side
from dbwright.recipes.reverse.around import Surroundings
from dbwright.recipes.reverse.entities import Entity
from dbwright.recipes.reverse.relations import Link, relations

_SPECIAL = ("back_populates", "foreign_keys", "secondary")


def sides(
    links: Sequence[Link], around: Surroundings, module: str
) -> Iterator[tuple[Mapper, Side]]:
    """Gives each class that is there with its side; `module` is that of the new classes."""
    for link in links:
        one, other, name, back = _ends(link, around)
        there = around.known(one.table.key)
        assert there is not None
        made = next(each for each in relations(one, [link], around_counts(links))
                    if each.name == name)  # fmt: skip
        words = dict(made.arguments)
        target = Mapper(other.name, f"{module}.{other.name}", other.table.key)
        rest = tuple(f"{key}={value}" for key, value in words.items() if key not in _SPECIAL)
        key = words.get("foreign_keys", "").strip('"')
        secondary = link.pair.table.key if link.pair else ""
        side = Side(name, target, made.many, made.optional, back, rest, key, secondary)
        yield there, side


def around_counts(links: Sequence[Link]) -> Counter[frozenset[str]]:
    """Counts the keys between each two classes that the links lead through."""
    return Counter(frozenset((link.child.table.key, link.parent.table.key))
                   for link in links if link.pair is None)  # fmt: skip


def _ends(link: Link, around: Surroundings) -> tuple[Entity, Entity, str, str]:
    """The class that is there, the new one, and the names of both sides, the former's first."""
    if around.known(link.parent.table.key) is not None:
        return link.parent, link.child, link.back, link.name
    return link.child, link.parent, link.name, link.back


def offered(links: Sequence[Link], around: Surroundings) -> Iterator[str]:
    """Gives a sentence for each side that a class could have."""
    for link in links:
        one, other, name, back = _ends(link, around)
        mapper = around.known(one.table.key)
        at = f" ({mapper.place})" if mapper and mapper.place else ""
        yield f"{one.name}.{name}{at}, the other side of {other.name}.{back}"
