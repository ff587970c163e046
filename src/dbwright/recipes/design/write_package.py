"""A design as a package: a module for each group of tables that belong together.

At run time imports lead one way: from a group to `base`, and from `__init__` to all. Classes of
other groups are named in annotations only, and imported for type checkers.
"""

from __future__ import annotations

import keyword
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from dbwright.core.groups import NO_CENTER, Group, groups_of
from dbwright.recipes.design import layout, write, write_table
from dbwright.recipes.design.parts import Association, Plan, Table

_FEW = 3
"""So many tables are one module in any case."""
_BASE = ("AppendOnly", "Base", "BigInt", "Timestamped")


@dataclass(frozen=True, slots=True)
class Part:
    """The tables of one module, in the order in which they stand there, and what joins them."""

    name: str
    about: str
    tables: tuple[Table, ...]
    pairs: tuple[Association, ...] = ()

    def defines(self) -> Iterator[str]:
        """Gives the names that others may import."""
        for table in self.tables:
            yield from (choice.name for choice in table.choices)
            yield table.cls
        yield from (pair.name for pair in self.pairs)


@dataclass(frozen=True, slots=True)
class _Box:
    key: str
    schema: str | None = None


@dataclass(frozen=True, slots=True)
class _Edge:
    child: str
    parent: str


def package(plan: Plan) -> dict[str, str]:
    """Gives the files of a package that holds all models, by their names in it, its own first."""
    aliases = write.taken(plan)
    found = parts(plan)
    bodies = {part.name: _body(plan, part, aliases) for part in found}
    home = {name: part.name for part in found for name in part.defines()}
    files = {"__init__.py": _init(plan, found), "base.py": _base(plan, bodies, aliases)}
    for part in found:
        files[f"{part.name}.py"] = _module(part, bodies[part.name], home, aliases)
    return files


def parts(plan: Plan) -> list[Part]:
    """Gives the modules: tables in groups, a class beside the one that it derives from."""
    tables = write.in_order(plan)
    root = {table.name: _root(plan, table).name for table in tables}
    boxes = [_Box(name) for name in dict.fromkeys(root.values())]
    groups = groups_of(boxes, [_Edge(root[a], root[b]) for a, b in _edges(plan)], _FEW)
    taken = {"base", *(pair.name for pair in plan.associations)}
    found: list[Part] = []
    for group in groups:
        own = tuple(table for table in tables if root[table.name] in group.keys)
        names = {table.name for table in own}
        pairs = tuple(pair for pair in plan.associations if first_end(plan, pair) in names)
        name = _free(_name(group), taken)
        taken.add(name)
        found.append(Part(name, _about(plan, group), own, pairs))
    return found


def _root(plan: Plan, table: Table) -> Table:
    while table.entity.kind_of:
        table = plan.table(table.entity.kind_of)
    return table


def _edges(plan: Plan) -> Iterator[tuple[str, str]]:
    """The tables that refer to each other, those that pairs join included."""
    own = {table.name for table in plan}
    for table in plan:
        there = [c.references.rpartition(".")[0] for c in table.columns if c.references]
        there += [key.table for key in table.keys]
        yield from ((table.name, name) for name in dict.fromkeys(there) if name in own)
    for pair in plan.associations:
        first, *others = dict.fromkeys(_ends(pair))
        yield from ((first, name) for name in others if {first, name} <= own)


def _ends(pair: Association) -> list[str]:
    single = [c.references.rpartition(".")[0] for c in pair.columns if c.references]
    return single + [key.table for key in pair.keys]


def first_end(plan: Plan, pair: Association) -> str:
    """Gives the table whose module a pair stands in: the first new one of the two."""
    own = {table.name for table in plan}
    return next(name for name in _ends(pair) if name in own)


def _name(group: Group) -> str:
    if group.center == NO_CENTER:
        return "others"
    return group.center or "tables"


def _free(name: str, taken: set[str]) -> str:
    plain, number = name, 1
    while name in taken or keyword.iskeyword(name):
        number += 1
        name = f"{plain}_{number}"
    return name


def _about(plan: Plan, group: Group) -> str:
    if group.center == NO_CENTER:
        return "What refers to nothing, or only to other modules"
    if not group.center or len(group.keys) == 1:
        return write.about(plan)
    return f"Models around {group.center.replace('_', ' ')}"


def _body(plan: Plan, part: Part, aliases: dict[str, str]) -> str:
    lines: list[str] = []
    for table in part.tables:
        lines += write.table_lines(plan, table, aliases)
    for pair in part.pairs:
        lines += ["", "", *write_table.association_lines(plan, pair, "Base", aliases)]
    lines += write.partitions(plan, {table.name for table in part.tables})
    return "\n".join(lines).strip("\n")


def _base(plan: Plan, bodies: Mapping[str, str], aliases: dict[str, str]) -> str:
    lines = [*write.base_lines(plan, "\n".join(bodies.values()), aliases), *write.extensions(plan)]
    return write.file("What all models stand on", "\n".join(lines), aliases)


def _module(part: Part, body: str, home: Mapping[str, str], aliases: dict[str, str]) -> str:
    used = layout.used_names(body)
    own = [*layout.from_lines(".base", used.intersection(_BASE))]
    there: dict[str, set[str]] = {}
    for name in used:
        if home.get(name, part.name) != part.name:
            there.setdefault(f".{home[name]}", set()).add(name)
    checked = [line for name in sorted(there) for line in layout.from_lines(name, there[name], 4)]
    return write.file(part.about, body, aliases, own, checked)


def _init(plan: Plan, found: list[Part]) -> str:
    """The file that imports all, so that whoever imports the package has every table."""
    lines = [*layout.docstring(write.about(plan), ""), ""]
    homes = {".base": {"Base"}} | {f".{part.name}": set(part.defines()) for part in found}
    for name in sorted(homes):
        lines += layout.from_lines(name, homes[name])
    listed = layout.in_order(name for names in homes.values() for name in names)
    lines += ["", "__all__ = [", *(f'    "{name}",' for name in listed), "]"]
    return "\n".join(lines) + "\n"
