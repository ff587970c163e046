"""Loader options for what a program loads object by object: where they go, and how they are said.

A chain begins at the query that the objects came from and ends at what was loaded late; each step
is valid by itself (https://docs.sqlalchemy.org/en/20/orm/queryguide/relationships.html).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from dbwright.core.claim import Trial
from dbwright.core.recording import Group, Line, MappedClass, Recording, Relationship, Scope
from dbwright.core.source import is_test

_MOST = 400
"""So many groups are gone through for one origin."""
_UNLIMITED = -1
_RELOADS = ("column", "expired", "refresh")
Path = tuple[tuple[str, str], ...]
"""The way from a query's class to another one: class and relationship each."""


@dataclass(frozen=True, slots=True)
class Step:
    """One loader of a chain: `selectinload(User.posts)`, `undefer(Post.body)`."""

    loader: str
    owner: str
    attribute: str | None
    arguments: tuple[tuple[str, str | int | tuple[str, ...]], ...] = ()


@dataclass(frozen=True, slots=True)
class Origin:
    """The query that objects came from, and the way from its class to theirs.

    `class_` is what it selects, `aliased` under another name; `loaded` is how many steps of `path`
    are loaded ahead already.
    """

    root: Group
    class_: str
    path: Path
    loaded: int
    aliased: bool = False

    @property
    def line(self) -> Line | None:
        """The line that sends the query."""
        return self.root.place


class Loading:
    """Finds origins and writes chains for one scope of a recording."""

    def __init__(self, recording: Recording, scope: Scope) -> None:
        self.recording, self.scope = recording, scope

    def origin(self, group: Group) -> Origin | None:
        """Gives the query that the objects of a late load came from, None where it was not seen."""
        found = self._origin(group, set())
        if found is not None and group.how == "lazy" and group.shape in group.sources:
            return replace(found, path=(*found.path, *group.path[-1:]))  # from what it gave itself
        return found

    def selected_by_tests(self, group: Group) -> bool:
        """Whether the query of the objects that the program reads is a test's: there is none."""
        found = self.origin(group)
        line, place = found.line if found is not None else None, group.place
        if line is None or place is None or is_test(place.file):
            return False
        return is_test(line.file)

    def is_loaded(self, group: Group) -> bool:
        """Whether the query of the objects loads all the way itself: what it gave has expired."""
        found = self.origin(group)
        if found is None or not found.path:
            return False
        shape = self.recording.shape(found.root)
        return (shape is not None and found.path in shape.joined) or any(
            each.how == "eager" and each.path == found.path and found.root.shape in each.sources
            for each in self.scope.groups
        )

    def together(self, group: Group) -> bool:
        """Whether two and more of its objects came from one query.

        What loads columns of an object is the last that it came from, and stands for its query.
        """
        waiting, seen = [group], {id(group)}
        while waiting:
            each = waiting.pop()
            if each.batch >= 2:
                return True
            numbers = each.sources if each.parents >= 2 else ()
            for source in (s for number in numbers for s in self._of(number, each)):
                if source.how in _RELOADS and id(source) not in seen:
                    seen.add(id(source))
                    waiting.append(source)
        return False

    def _origin(self, group: Group, seen: set[int]) -> Origin | None:
        """Goes from a group to what its objects came from; what was `seen` leads nowhere else."""
        seen.add(id(group))
        if len(seen) > _MOST:
            return None
        own = group.path[-1:] if group.how == "lazy" else ()
        for number in group.sources:
            for source in self._of(number, group):
                if source.how in ("lazy", *_RELOADS):
                    before = None if id(source) in seen else self._origin(source, seen)
                    if before is not None:
                        ahead = self._joined_within(source, self.end(before), own)
                        return replace(before, path=(*before.path, *ahead, *own))
                elif source.how == "eager":
                    root = self._root_of(source)
                    if root is not None:
                        path = source.path if group.how != "lazy" else group.path
                        return self._at(root, path, len(source.path), group.owner)
                elif source.how in ("direct", "get") and self._selects(source):
                    path = group.path if group.how == "lazy" else ()
                    return self._at(source, path, max(0, len(path) - 1), group.owner)
        return None

    def _at(self, root: Group, path: Path, loaded: int, owner: str) -> Origin | None:
        """Gives the origin at a query; what it joins ahead is before the path."""
        shape = self.recording.shape(root)
        if shape is None:
            return None
        owner = path[0][0] if path else owner
        for class_ in shape.classes or shape.gives:
            if self.is_a(owner, class_):
                return Origin(root, class_, path, loaded, shape.aliased)
        for before in (*shape.joined, *((step,) for step in shape.joins)):
            related = self._relationship(*before[-1])
            if related is not None and self.is_a(owner, related.target):
                first = next((c for c in shape.classes if self.is_a(before[0][0], c)), None)
                if first is not None:
                    ahead = loaded + len(before)
                    return Origin(root, first, (*before, *path), ahead, shape.aliased)
        return None

    def _joined_within(self, source: Group, end: str, own: Path) -> Path:
        """Gives what a late load joins ahead itself, on the way to the objects of the next one."""
        shape = self.recording.shape(source)
        if not own or shape is None or self.is_a(own[0][0], end):
            return ()
        for path in (*shape.joined, *((step,) for step in shape.joins)):
            related = self._relationship(*path[-1])
            if related is not None and self.is_a(own[0][0], related.target):
                return path
        return ()

    def _of(self, shape: int, group: Group) -> list[Group]:
        """Gives the groups of a shape; a load of what the group's owner is first."""
        found = self.scope.of_shapes.get(shape, [])
        return sorted(found, key=lambda each: not self._loads(each, group.owner))

    def _loads(self, group: Group, owner: str) -> bool:
        for step_owner, name in group.path[-1:]:
            related = self._relationship(step_owner, name)
            return related is not None and self.is_a(owner, related.target)
        return True

    def _root_of(self, eager: Group) -> Group | None:
        for number in eager.sources:
            for each in self.scope.of_shapes.get(number, ()):
                if each.how in ("direct", "get"):
                    return each
        return None

    def _selects(self, group: Group) -> bool:
        shape = self.recording.shape(group)
        return shape is not None and bool(shape.classes or shape.gives)

    def _relationship(self, owner: str, name: str) -> Relationship | None:
        class_ = self.recording.classes.get(owner)
        return class_.relationships.get(name) if class_ is not None else None

    def is_a(self, class_: str, other: str) -> bool:
        """Whether a class is another one, or inherits from it."""
        at: str | None = class_
        while at is not None:
            if at == other:
                return True
            known = self.recording.classes.get(at)
            at = known.inherits if known is not None else None
        return False

    def tables(self, class_: str) -> set[str]:
        """Gives the tables that a class is in, those of the classes above it too."""
        found: set[str] = set()
        known = self.recording.classes.get(class_)
        while known is not None:
            found.add(known.table)
            known = self.recording.classes.get(known.inherits or "")
        return found

    def root(self, class_: str) -> str:
        """Gives the class that a class inherits from, the first of all."""
        known = self.recording.classes.get(class_)
        while known is not None and known.inherits is not None:
            class_, known = known.inherits, self.recording.classes.get(known.inherits)
        return class_

    def end(self, origin: Origin) -> str:
        """Gives the class at the end of an origin's path."""
        if not origin.path:
            return origin.class_
        related = self._relationship(*origin.path[-1])
        return related.target if related is not None else origin.class_

    def steps(self, origin: Origin) -> list[Step]:
        """Gives the loaders along an origin's path: the best for each relationship."""
        shape = self.recording.shape(origin.root)
        joined = set(shape.joins) if shape is not None else set()
        found: list[Step] = []
        at = origin.class_
        for number, (owner, name) in enumerate(origin.path):
            related = self._relationship(owner, name)
            if related is None:
                return []
            if not (self.is_a(owner, at) or self.is_a(at, owner)):
                return []  # something between the two was not seen
            inside = owner != at and self.is_a(owner, at)
            if inside and (number or not origin.aliased):  # with_polymorphic has a name for it
                found.append(Step("options", at, None, (("classes", (owner,)),)))
            at = related.target
            if number < origin.loaded:
                path = origin.path[: number + 1]
                ahead = shape is not None and any(
                    each[: number + 1] == path for each in shape.joined
                )
                loader = "joinedload" if ahead else self._loader_of(path, joined)
            elif (owner, name) in joined and not related.many:
                loader = "contains_eager"
            else:
                loader = self.best(origin, related)
            arguments: tuple[tuple[str, str | int | tuple[str, ...]], ...] = ()
            if related.itself and self._again(origin, number):
                loader, arguments = "selectinload", (("recursion_depth", _UNLIMITED),)
            step = Step(loader, owner, name, arguments)
            if step not in found:
                found.append(step)
        return found

    def best(self, origin: Origin | None, related: Relationship) -> str:
        """Gives the loader of a relationship that nothing loads ahead yet."""
        shape = self.recording.shape(origin.root) if origin is not None else None
        # the outer join of an optional one cannot be locked, and nothing be joined to a given text
        apart = shape is not None and bool(shape.locks or shape.gives)
        return "selectinload" if related.many or apart else "joinedload"

    def _again(self, origin: Origin, number: int) -> bool:
        """Whether a relationship of a class to itself is followed more than once."""
        return origin.path.count(origin.path[number]) > 1

    def _loader_of(self, path: Path, joined: set[tuple[str, str]]) -> str:
        """Gives the loader that loads a path already: SELECTs of its own, or the query's join."""
        if path[-1] in joined:
            return "contains_eager"
        for group in self.scope.groups:
            if group.how == "eager" and group.path[: len(path)] == path:
                shape = self.recording.shape(group)
                within = shape is not None and "FROM (SELECT " in " ".join(shape.sql.split())
                # another loader than the query's own would be refused
                return "subqueryload" if within and group.path == path else "selectinload"
        return "joinedload"

    def code(self, steps: Sequence[Step]) -> str:
        """Gives a chain as code; what is of a subclass stands beside its columns."""
        for number, step in enumerate(steps):
            if step.loader == "options":
                known = [Step("selectin_polymorphic", step.owner, None, step.arguments)]
                inner = f"{self.code(known)}, {self.code(steps[number + 1 :])}"
                return f"{self.code(steps[:number])}.options({inner})" if number else inner
        return ".".join(self._said(step, not number) for number, step in enumerate(steps))

    def _said(self, step: Step, first: bool) -> str:
        name = self.name(step.owner)
        given = [name if step.attribute is None else f"{name}.{step.attribute}"]
        for key, value in step.arguments:
            if key == "group":
                given = [f'"{value}"']
            elif key == "classes":
                assert isinstance(value, tuple)
                given = given if first else []
                given.append(f"[{', '.join(map(self.name, value))}]")
            else:
                given.append(f"{key}={value}")
        return f"{step.loader}({', '.join(given)})"

    def name(self, class_: str) -> str:
        """Gives a class's name as code says it."""
        known = self.recording.classes.get(class_)
        return known.name if known is not None else class_.rpartition(".")[2]

    def mapped(self, class_: str) -> MappedClass | None:
        """Gives what is known of a class."""
        return self.recording.classes.get(class_)


def trial(origin: Origin, chains: Iterable[Sequence[Step]]) -> Trial | None:
    """Gives what a run is to try: the chains on the origin's query; None where it has no line."""
    line = origin.line
    if line is None:
        return None
    options = tuple(
        tuple((s.loader, s.owner, s.attribute, s.arguments) for s in chain) for chain in chains
    )
    return Trial(line.file, line.line, origin.class_, options)


def on_root(origin: Origin, code: str) -> str:
    """Gives the fix as it is written at the query's line."""
    line = origin.line
    shown = f"# {line.file}:{line.line}: {line.code}\n" if line is not None else ""
    if origin.aliased:
        shown += f"# instead of {origin.class_.rpartition('.')[2]} name the alias that it selects\n"
    return f"{shown}options=[{code}]" if origin.root.how == "get" else f"{shown}.options({code})"
