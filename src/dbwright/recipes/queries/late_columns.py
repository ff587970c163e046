"""Columns that are loaded object by object: which they are, and the option that loads them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

from dbwright.core.recording import Group, MappedClass, Recording, Scope
from dbwright.recipes.queries.loading import Loading, Origin, Step
from dbwright.recipes.queries.watched import groups_of, unawaited


@dataclass(frozen=True, slots=True)
class LateColumns:
    """A line that loads columns of objects of one query one by one.

    `names` are the columns, that which the line reads first is the first; `class_` is the class
    that has them, and `inherited` says that the query's class has not: they are a subclass's.
    `count` is how many statements load them.
    """

    scope: Scope
    group: Group
    loading: Loading
    origin: Origin | None
    class_: str
    names: tuple[str, ...]
    inherited: bool
    count: int

    @property
    def object(self) -> str:
        """The column that the line reads first: `Document.body`."""
        return f"{self.loading.name(self.class_)}.{self.names[0]}"

    def column_steps(self) -> list[list[Step]]:
        """Gives the chains that load deferred columns with the query."""
        if self.origin is None:
            return []
        before, known = self.loading.steps(self.origin), self.loading.mapped(self.class_)
        columns = [known.columns[name] for name in self.names] if known is not None else []
        groups = {each.group for each in columns if each.deferred}
        if len(self.names) > 1 and len(groups) == 1 and (name := groups.pop()) is not None:
            step = Step("undefer_group", self.class_, None, (("group", name),))
            return [[*before, step]]
        return [[*before, Step("undefer", self.class_, name)] for name in self.names]

    def subclass_steps(self, classes: tuple[str, ...]) -> list[Step]:
        """Gives the chain that loads the columns of subclasses with the query, by one option."""
        if self.origin is None:
            return []
        base = self.loading.end(self.origin)
        step = Step("selectin_polymorphic", base, None, (("classes", classes),))
        return [*self.loading.steps(self.origin), step]


def late_columns(recording: Recording) -> list[LateColumns]:
    """Gives the lines that load columns one by one, for two and more objects of a query.

    A column that objects of several subclasses have is one.
    """
    found: dict[tuple[Any, ...], LateColumns] = {}
    for late in _found(recording):
        place = late.group.place
        assert place is not None
        key = (place.file, place.line, late.class_, late.names[0])
        known = found.get(key)
        found[key] = late if known is None else replace(known, count=known.count + late.count)
    return list(found.values())


def _found(recording: Recording) -> Iterator[LateColumns]:

    def fits(scope: Scope, group: Group) -> bool:
        loading = Loading(recording, scope)
        given = loading.selected_by_tests(group) or unawaited(scope, group)
        return loading.together(group) and not given

    for scope, group in groups_of(recording, "column", fits):
        loading = Loading(recording, scope)
        origin = loading.origin(group)
        base = loading.end(origin) if origin is not None else loading.root(group.owner)
        owner, known = loading.mapped(group.owner), loading.mapped(base)
        names = _names(group, owner)
        if owner is None or known is None or not names:
            continue
        inherited = base != group.owner and names[0] not in known.columns
        class_ = group.owner if inherited else base
        yield LateColumns(scope, group, loading, origin, class_, names, inherited, group.count)


def _names(group: Group, owner: MappedClass | None) -> tuple[str, ...]:
    """Gives the columns that are loaded, those that the line names first, keys left out."""
    if owner is None:
        return ()
    code = group.place.code if group.place is not None else ""
    names = [name for name in group.names if name in owner.columns and name not in owner.keys]

    def first(name: str) -> tuple[int, str]:
        at = code.find(f".{name}")
        return (at if at >= 0 else len(code), name)

    return tuple(sorted(names, key=first))
