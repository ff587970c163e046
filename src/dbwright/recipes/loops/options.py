"""Loader options: what a statement loads with its objects, and the chain that a load lacks."""

from __future__ import annotations

from typing import Literal

from dbwright.core.application import Step
from dbwright.core.mapping import Mapper, Mapping, Relationship
from dbwright.recipes.loops.values import Chain, Path, Statement

Loaded = Literal["eager", "late", "unsure"]
EAGER = {"joinedload", "selectinload", "subqueryload", "immediateload", "contains_eager"}
LOADERS = EAGER | {
    "lazyload", "defaultload", "noload", "raiseload", "defer", "undefer", "load_only",
    "undefer_group",
}  # fmt: skip
_MAPPED_EAGER = {"joined", "selectin", "subquery", "immediate", "False", "False_"}
_MAPPED_LATE = {"select", "True", "raise_on_sql"}
ALL = "*"


def relationship(mapping: Mapping, class_: str, name: str) -> Relationship | None:
    """Gives a relationship of a class, or one that it inherits."""
    for mapper in lineage(mapping, class_):
        found = mapper.relationship(name)
        if found is not None:
            return found
    return None


def lineage(mapping: Mapping, class_: str | None) -> list[Mapper]:
    """Gives a class's mapper and those that it inherits from."""
    found: list[Mapper] = []
    while class_ is not None and len(found) < 12:
        mapper = mapping.mapper(class_)
        if mapper is None:
            break
        found.append(mapper)
        class_ = mapper.inherits
    return found


def how_loaded(mapping: Mapping, statement: Statement, path: Path) -> Loaded:
    """Whether a statement loads what the last step of a path names."""
    if statement.opaque:
        return "unsure"
    owner, name = path[-1]
    related = relationship(mapping, owner, name)
    if related is None:
        return "unsure"
    said = _said(statement.chains, path)
    if said is not None:
        return "eager" if said in EAGER else "late" if said == "lazyload" else "unsure"
    if related.lazy in _MAPPED_EAGER:
        return "eager"
    return "late" if related.lazy in ("select", "True") else "unsure"


def column_loaded(mapping: Mapping, statement: Statement, path: Path, name: str) -> Loaded:
    """Whether a statement loads a column of the objects at the end of a path."""
    if statement.opaque:
        return "unsure"
    class_ = path[-1][0]
    attribute = next(
        (found for m in lineage(mapping, class_) for found in m.attributes if found.name == name),
        None,
    )
    if attribute is None:
        return "unsure"
    last = [each[len(path) - 1] for each in _below(statement.chains, path[:-1])]
    if any(loader == "undefer_group" for loader, _, _ in last):
        return "unsure"
    if any(loader == "undefer" and what in (name, ALL) for loader, _, what in last):
        return "eager"
    if any(loader == "defer" and what == name for loader, _, what in last):
        return "late"
    only = {what for loader, _, what in last if loader == "load_only"}
    if only:
        return "eager" if name in only or attribute.primary_key else "late"
    return "late" if attribute.deferred else "eager"


def _below(chains: tuple[Chain, ...], path: Path) -> list[Chain]:
    """The chains that say something of what is one step below a path."""
    return [
        chain
        for chain in chains
        if len(chain) > len(path) and all(chain[at][2] == path[at][1] for at in range(len(path)))
    ]


def _said(chains: tuple[Chain, ...], path: Path) -> str | None:
    """The loader that options give to the last step of a path."""
    found = None
    for chain in _below(chains, path[:-1]):
        loader, _, name = chain[len(path) - 1]
        if name == path[-1][1] and loader != "defaultload":
            return loader
        if name == ALL and loader in EAGER | {"lazyload", "raiseload", "noload"}:
            found = loader
    whole = [c[0] for c in chains if len(c) == 1 and c[0][2] == ALL and c[0][0] in LOADERS]
    if found is None and whole and whole[0][0] not in ("undefer", "defer"):
        found = whole[0][0]
    return found


def chain_of(mapping: Mapping, statement: Statement, path: Path) -> tuple[tuple[Step, ...], int]:
    """Gives the chain of loaders for a path, and how many of its steps are there already."""
    steps: list[Step] = []
    there = 0
    for number, (owner, name) in enumerate(path, 1):
        related = relationship(mapping, owner, name)
        if related is None:
            return (), 0
        said = _said(statement.chains, path[:number])
        if said in EAGER:
            loader, there = str(said), number
        elif how_loaded(mapping, statement, path[:number]) == "eager":
            loader = "defaultload"
            there = number
        elif _is_joined(mapping, statement, number, related):
            loader = "contains_eager"
        else:
            loader = "selectinload" if related.uselist else "joinedload"
        steps.append((loader, owner, name))
    return tuple(steps), there


def _is_joined(mapping: Mapping, statement: Statement, number: int, related: Relationship) -> bool:
    """Whether the statement joins the one object that a relationship of its class points at."""
    joined = f"{related.name}" in statement.joins
    return number == 1 and joined and not related.uselist


def is_way_back(mapping: Mapping, path: Path) -> bool:
    """Whether the last step leads back to where the one before it came from."""
    if len(path) < 2:
        return False
    before = relationship(mapping, *path[-2])
    back = relationship(mapping, *path[-1])
    if before is None or back is None or back.uselist:
        return False
    pairs = {(there, here) for here, there in before.pairs}
    return before.back_populates == back.name or pairs == set(back.pairs)
