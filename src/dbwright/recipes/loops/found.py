"""What was found to be repeated, each once; in doubt nothing is."""

from __future__ import annotations

import ast
from dataclasses import replace

from dbwright.core.application import Counted, Repeat, RepeatKind, Root
from dbwright.core.mapping import Mapping
from dbwright.core.place import Place
from dbwright.recipes.loops.options import chain_of, how_loaded, is_way_back, relationship
from dbwright.recipes.loops.values import Element, Loop, Path, Statement


class Found:
    """The repeats, by the line and what they are about."""

    def __init__(self, mapping: Mapping) -> None:
        self.mapping = mapping
        self._repeats: dict[tuple[str, int | None, str, str], Repeat] = {}
        self._counted: dict[tuple[str, int | None, str], Counted] = {}
        self._loaded: dict[tuple[Place, Path], tuple[str, int | None, str, str]] = {}

    @property
    def repeats(self) -> tuple[Repeat, ...]:
        """All of them, by place."""
        found = self._repeats.values()
        return tuple(sorted(found, key=lambda each: (each.place.file, each.place.line or 0)))

    @property
    def counted(self) -> tuple[Counted, ...]:
        """The rows that are taken to be counted, by place."""
        found = self._counted.values()
        return tuple(sorted(found, key=lambda each: (each.place.file, each.place.line or 0)))

    def count(self, counted: Counted) -> None:
        """Takes rows that are counted."""
        key = (counted.place.file, counted.place.line, counted.code)
        self._counted.setdefault(key, counted)

    def load(
        self, element: Element, name: str, at: Place, loop: Loop, selected: dict[str, Root | None],
        counted: bool = False, through: str = "",
    ) -> None:  # fmt: skip
        """Takes a relationship that is read of each object, where its statement loads it late."""
        statement = element.statement
        path = (*element.path, (element.class_, name))
        if statement.few or statement.root is None or self._is_there(statement, path, selected):
            return
        chain, there = chain_of(self.mapping, statement, path)
        if not chain:
            return
        kind: RepeatKind = "counted" if counted else "lazy"
        self._add(element, name, at, loop, kind, chain, there, path, through)

    def column(self, element: Element, name: str, at: Place, loop: Loop, through: str = "") -> None:
        """Takes a column that is deferred and read of each object."""
        statement = element.statement
        if statement.few or statement.root is None:
            return
        chain, there = chain_of(self.mapping, statement, element.path) if element.path else ((), 0)
        if any(how_loaded(self.mapping, statement, element.path[:n]) == "late"
               for n in range(1, len(element.path) + 1)):  # fmt: skip
            return
        chain = (*chain, ("undefer", element.class_, name))
        path = (*element.path, (element.class_, name))
        self._add(element, name, at, loop, "deferred", chain, there, path, through)

    def asked(
        self, kind: RepeatKind, about: str, at: Place, loop: Loop, statement: Statement | None
    ) -> None:
        """Takes a statement that is sent in each turn of a loop."""
        keys = tuple(f"{o.rpartition('.')[2]}.{n}" for o, n, loops in statement.keys if loops) if (
            statement
        ) else ()  # fmt: skip
        owner = (statement.entity or (statement.keys[0][0] if statement.keys else "")) if (
            statement
        ) else ""  # fmt: skip
        if kind == "count" and keys:
            about = keys[0]
        key = (at.file, at.line, kind, about)
        self._repeats.setdefault(
            key,
            Repeat(kind, at, about, Place(loop.path, loop.line), owner, keys=keys),
        )

    def _add(
        self, element: Element, name: str, at: Place, loop: Loop, kind: RepeatKind,
        chain: tuple[tuple[str, str, str], ...], there: int, path: Path, through: str,
    ) -> None:  # fmt: skip
        root = element.statement.root
        assert root is not None
        object_ = f"{element.class_.rpartition('.')[2]}.{name}"
        key = (at.file, at.line, "load", object_)
        seen = self._loaded.setdefault((root.place, path), key)
        if seen != key:  # loaded by the first look; one that only counted is more than that now
            first = self._repeats.get(seen)
            if first is not None and first.kind == "counted" and kind == "lazy":
                self._repeats[seen] = replace(first, kind="lazy")
            return
        if key in self._repeats:
            return
        self._repeats[key] = Repeat(
            kind, at, object_, Place(loop.path, loop.line), element.class_, name, root, chain,
            there, through=through,
        )  # fmt: skip

    def _is_there(self, statement: Statement, path: Path, selected: dict[str, Root | None]) -> bool:
        """Whether the objects at the end of a path are loaded already, or it may be so."""
        if how_loaded(self.mapping, statement, path) != "late" or is_way_back(self.mapping, path):
            return True
        related = relationship(self.mapping, *path[-1])
        if related is None or related.direction != "MANYTOONE":
            return related is None
        if selected.get(related.target, statement.root) != statement.root:
            return True
        return len(path) == 1 and self._is_one(statement, path[0][0], related.name)

    def _is_one(self, statement: Statement, class_: str, name: str) -> bool:
        """Whether a statement's condition makes it the same object for all."""
        related = relationship(self.mapping, class_, name)
        mapper = self.mapping.mapper(class_)
        if related is None or mapper is None:
            return True
        local = {mapper.attribute_of(here) for here, _ in related.pairs}
        names = {attribute.name for attribute in local if attribute is not None}
        names |= {here for here, _ in related.pairs} | {name}
        return any(
            (owner in ("", class_) and key in names) or owner == related.target
            for owner, key, _ in statement.keys
        )


def place_of(path: str, node: ast.AST) -> Place:
    """Gives the place of a node."""
    return Place(path, getattr(node, "lineno", None))
