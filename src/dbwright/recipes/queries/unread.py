"""Relationships that queries load ahead, and that nothing reads of their objects."""

from __future__ import annotations

from collections.abc import Iterator

from dbwright.core.recording import Group, Recording, Relationship, Scope, Shape
from dbwright.recipes.queries.loading import Step

Path = tuple[tuple[str, str], ...]


def loaded(recording: Recording) -> Iterator[tuple[Scope, Group, Shape, Path]]:
    """Gives what is loaded ahead and not read: by its own SELECT, or by a join."""
    if recording.reads is None:
        return
    for scope in recording.scopes:
        ahead = list(_ahead(recording, scope))
        for group, shape, path in ahead:
            reads = _roots(scope, recording.reads, path)
            others = {each for other in ahead if other[2][-1] == path[-1] for each in _of(other[0])}
            others |= {each for late in _late(scope, path) for each in late.sources}
            own = _of(group)
            if own and not reads & own and reads <= others and group.place is not None:
                yield scope, group, shape, path


def _ahead(recording: Recording, scope: Scope) -> Iterator[tuple[Group, Shape, Path]]:
    for group in scope.groups:
        shape = recording.shape(group)
        if shape is None or not group.rows:
            continue
        if group.how == "eager" and group.path:
            yield group, shape, group.path
        for path in shape.joined:
            if group.how == "eager" and group.path:
                path = (*group.path, *path[_common(group.path, path) :])
            if path != group.path:
                yield group, shape, path


def _common(path: Path, joined: Path) -> int:
    """Gives how many steps of a joined path the way of its SELECT has already."""
    return len(path) if joined[: len(path)] == path else 0


def _of(group: Group) -> set[int]:
    """Gives the shapes of the queries whose objects a load is for."""
    return set(group.sources) if group.how == "eager" else {group.shape}


def _roots(scope: Scope, reads: tuple[tuple[str, str, int], ...], path: Path) -> set[int]:
    """Gives the shapes of queries of whose objects a relationship was read."""
    eager = {each.shape: set(each.sources) for each in scope.groups if each.how == "eager"}
    found: set[int] = set()
    for owner, name, shape in reads:
        if (owner, name) == path[-1]:
            found |= eager.get(shape) or {shape}
    return found


def _late(scope: Scope, path: Path) -> Iterator[Group]:
    for group in scope.groups:
        if group.how == "lazy" and group.names[:1] == path[-1][1:]:
            yield group


def root(scope: Scope, group: Group) -> Group | None:
    """Gives the query that a load belongs to."""
    if group.how != "eager":
        return group
    for each in scope.groups:
        if each.shape in group.sources and each.how in ("direct", "get"):
            return each
    return None


def before(scope: Scope, path: Path) -> list[Step]:
    """Gives the loaders of what stands before the end of a path."""
    selected = [each.path for each in scope.groups if each.how == "eager"]
    return [
        Step("selectinload" if path[: number + 1] in selected else "joinedload", owner, name)
        for number, (owner, name) in enumerate(path[:-1])
    ]


def relationship(recording: Recording, owner: str, name: str) -> Relationship | None:
    """Gives a relationship as it is mapped."""
    mapped = recording.classes.get(owner)
    return mapped.relationships.get(name) if mapped is not None else None
