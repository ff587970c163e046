"""Models of a database in a project that has models: written as its own are, beside them."""

from __future__ import annotations

import ast
import dataclasses
import textwrap
from collections import Counter
from collections.abc import Set
from dataclasses import dataclass
from functools import cached_property

from dbwright.core import mapping as mappings
from dbwright.core.declared import Declared, Imports, imported, unmarked
from dbwright.core.identifiers import spelled
from dbwright.core.inventory import Inventory
from dbwright.core.schema import Table
from dbwright.recipes import model_insert, model_source
from dbwright.recipes.reverse import around as arounds
from dbwright.recipes.reverse import entities as entities_of
from dbwright.recipes.reverse import identifiers, relations
from dbwright.recipes.reverse.around import Surroundings
from dbwright.recipes.reverse.convention import Convention
from dbwright.recipes.reverse.entities import Entity
from dbwright.recipes.reverse.layout import literal
from dbwright.recipes.reverse.module import Written, blocks_of, spaced, written
from dbwright.recipes.reverse.writer import Key, Writer

_INDEX_NAMES = ("ix_%(column_0_label)s", "ix_%(table_name)s_%(column_0_name)s",
                "ix_%(table_name)s_%(column_0_N_name)s")  # fmt: skip


class IntoWriter(Writer):
    """A writer whose Base, names and imports are a project's; `around` says how those are.

    The inventory holds the tables of the project that new ones refer to, too.
    """

    def __init__(self, inventory: Inventory, kept: Set[Key], around: Surroundings) -> None:
        super().__init__(inventory, kept)
        self.around = around

    @property
    def base(self) -> str:
        """The project's declarative base: `db.Model`."""
        self.own(self.around.root.partition(".")[0])
        return self.around.root

    def bases(self, entity: Entity) -> tuple[str, frozenset[str]]:
        """The project's bases, with its mixins where the table has just what they bring."""
        inherited = arounds.inherited(self.around)
        followed = self.around.mapping.schema.table(self.around.style.mapper.table)
        fits = all(arounds.is_alike(entity.table, followed, column) for column in inherited)
        if not fits or len(self.around.bases) == 1:
            brought = arounds.of_root(self.around, inherited) if not fits else inherited
            alike = {c.column for c in brought if arounds.is_alike(entity.table, followed, c)}
            return self.base, frozenset(alike)
        for name in self.around.bases:
            self.own(name.partition(".")[0])
        return ", ".join(self.around.bases), frozenset(column.column for column in inherited)

    def is_plain(self, declared: Declared, python: str) -> bool:
        """Whether the base makes the very type of an annotation."""
        made = self.around.mapped.get(python)
        if made is None:
            return declared.plain
        code = unmarked(declared.code)
        return made.removeprefix(self.around.style.types) in (code, f"{code}()")

    @property
    def names_indexes_so(self) -> bool:  # type: ignore[override]
        """Whether the project's convention leaves an index the name that SQLAlchemy gives it."""
        return self.around.templates.get("ix", _INDEX_NAMES[0]) in _INDEX_NAMES

    def constraint_name(self, table: Table, name: str) -> str:
        """A CHECK's name as the project's convention completes it."""
        template = self.around.templates.get("ck", "")
        if "%(constraint_name)s" not in template:
            return literal(name)
        before, _, after = (template.replace("%(table_name)s", table.name)
                            .partition("%(constraint_name)s"))  # fmt: skip
        if name.startswith(before) and name.endswith(after) and "%(" not in before + after:
            return literal(name[len(before) : len(name) - len(after)])
        return f"{self.imports.use('sqlalchemy.schema', 'conv')}({literal(name)})"

    @cached_property
    def taken(self) -> set[str]:
        """Every name that the models have of their own, and those of the bases."""
        roots = {name.partition(".")[0] for name in self.around.bases}
        return super().taken | roots | {*self.own_enums}

    @cached_property
    def own_enums(self) -> dict[str, tuple[str, str]]:
        """The project's own enums by the names of their types: class and module."""
        return arounds.enums_of(self.around.mapping)

    @cached_property
    def _all(self) -> tuple[Entity, ...]:
        suffix, plural = arounds.naming(self.around.mapping)
        taken = {mapper.name for mapper in self.around.mapping.mappers} | entities_of.OWN_NAMES
        found = []
        for each in entities_of.entities(self.inventory.schema):
            mapper = self.around.known(each.table.key)
            if mapper is not None:
                found.append(_there(each.table, mapper))
                continue
            if each.is_class:
                name = arounds.class_name(each.table.name, suffix, plural)
                name = identifiers.free(name, taken).replace("_", "")
                taken.add(name)
                each = dataclasses.replace(each, name=name)
            found.append(each)
        return tuple(found)

    @cached_property
    def entities(self) -> tuple[Entity, ...]:
        """The tables that the project does not have, in the order in which they are written."""
        known = {table.key for table in self.around.mapping.schema.tables}
        return tuple(each for each in self._all if each.table.key not in known)

    @cached_property
    def convention(self) -> Convention:
        """The project's naming convention."""
        return Convention({k: v for k, v in self.around.templates.items() if k in ("fk", "pk", "uq")
                           and "constraint_name" not in v})  # fmt: skip

    @cached_property
    def links(self) -> tuple[relations.Link, ...]:
        """The links of new classes, those to classes that are there on one side alone."""
        new = {each.name for each in self.entities}
        found = []
        for link in relations.links(self._all, self.cyclic):
            ends = [link.child.name in new, link.parent.name in new]
            if not any(ends) or (link.pair is None and not ends[0]):
                continue
            alone = not all(ends) and not self.around.sides
            found.append(dataclasses.replace(link, alone=alone))
        return tuple(found)

    @cached_property
    def counts(self) -> Counter[frozenset[str]]:
        """The number of keys between each two classes."""
        return relations.count_keys(self._all)

    def turn_page(self) -> None:
        """Begins a module, whose imports are the project's way."""
        whole = {"sqlalchemy": "sa"} if self.around.style.types == "sa." else {}
        self.imports = Imports(self.taken, whole, self.around.packages)


def _there(table: Table, mapper: mappings.Mapper) -> Entity:
    attributes = {item.column: item.name for item in mapper.attributes}
    names = {column.name: attributes.get(column.name, column.name) for column in table.columns}
    taken = frozenset(item.name for item in mapper.relationships)
    return Entity(table, "class", mapper.name, names, taken)


@dataclass(frozen=True, slots=True)
class Made:
    """New classes as a project's file: `text` is the whole of it; `links` lead to classes there."""

    written: Written
    text: str
    classes: tuple[str, ...]
    tables: tuple[str, ...]
    links: tuple[relations.Link, ...]


def made(
    inventory: Inventory, around: Surroundings, kept: Set[Key], before: str | None = None
) -> Made:
    """Gives a module of the tables that a project lacks, or its file with them behind `before`."""
    writer = IntoWriter(inventory, kept, around)
    writer.kept = {*kept, *writer.dialect.undeclarable(inventory)}
    writer.turn_page()
    _name_enums(writer)
    helpers, declared = blocks_of(writer)
    blocks = [*helpers, *declared]
    text = _module(writer, blocks) if before is None else _behind(writer, blocks, before)
    classes = tuple(each.name for each in writer.entities if each.is_class)
    tables = tuple(each.name for each in writer.entities if not each.is_class)
    links = tuple(link for link in writer.links if _leads_out(link, classes))
    return Made(written({"": text}, writer), text, classes, tables, links)


def _name_enums(writer: IntoWriter) -> None:
    """Has columns of a type that the project has an enum for use that one."""
    schema = writer.inventory.schema
    left = []
    for kind in schema.enums:
        own = writer.own_enums.get(kind.name)
        if own is None:
            left.append(kind)
            continue
        words = [imported(own[1], own[0]), f"name={literal(kind.name)}"]
        words += [f"schema={literal(kind.schema)}"] if kind.schema else []
        words += ["values_callable=lambda kind: [each.value for each in kind]"] if (
            _by_values(writer.around.mapping, kind.name)) else []  # fmt: skip
        spelling = f"{spelled(kind.schema)}.{spelled(kind.name)}" if kind.schema else (
            spelled(kind.name))  # fmt: skip
        code = f"{imported('sqlalchemy', 'Enum')}({', '.join(words)})"
        writer.named[spelling] = Declared(code, imported(own[1], own[0]))
    writer.inventory = dataclasses.replace(
        writer.inventory, schema=dataclasses.replace(schema, enums=tuple(left))
    )


def _by_values(mapping: mappings.Mapping, name: str) -> bool:
    """Whether an enum's type keeps the values of its members, and not their names."""
    types = (item.type for mapper in mapping.mappers for item in mapper.attributes)
    found = next(type_ for type_ in types if type_.enum_name == name)
    return set(found.enum_values) != {member for member, _ in found.enum_members}


def _leads_out(link: relations.Link, classes: tuple[str, ...]) -> bool:
    return not {link.child.name, link.parent.name} <= set(classes)


def _homes(writer: IntoWriter) -> tuple[dict[str, str], dict[str, str]]:
    """The modules of the bases' names, and those of the project's classes that are mentioned."""
    around, own = writer.around, writer.around.module
    imported = {
        alias.asname or alias.name: "." * node.level + (node.module or "")
        for node in around.style.source.tree.body
        if isinstance(node, ast.ImportFrom)
        for alias in node.names
    }
    roots = {name.partition(".")[0] for name in around.bases}
    bases = {name: imported.get(name, own) for name in roots & writer.imports.own}
    root = around.root.partition(".")[0]
    if root in bases and root not in imported:
        bases[root] = around.home
    new = {each.name for each in writer.entities}
    others = {mapper.name: mapper.qualified.rpartition(".")[0] for mapper in
              around.mapping.mappers if mapper.name in writer.imports.mentioned - new}  # fmt: skip
    return bases, others


def _module(writer: IntoWriter, blocks: list[str]) -> str:
    bases, others = _homes(writer)
    for name, home in sorted(bases.items()):
        writer.imports.bring(home, name)
    checked = ""
    if others:
        named = Imports(set(), packages=writer.around.packages)
        for name, home in sorted(others.items()):
            named.bring(model_insert.relative(writer.around.style, home), name)
        checking = writer.imports.use("typing", "TYPE_CHECKING")
        checked = f"if {checking}:\n" + textwrap.indent(named.lines(84), "    ")
    future = "from __future__ import annotations" if writer.around.style.future else ""
    names = [each.table.name for each in writer.entities]
    told = ", ".join(names[:4]) + (" and others" if len(names) > 4 else "")
    doc = f'"""Models: {told}."""'.replace("\\", "\\\\")
    head = [part for part in (doc, future, writer.imports.lines(), checked) if part]
    return spaced(head, blocks)


def _behind(writer: IntoWriter, blocks: list[str], before: str) -> str:
    """The file of the classes that are there, with the new ones behind them."""
    around = writer.around
    bases, others = _homes(writer)
    text = f"{before.rstrip()}\n\n\n{spaced([], blocks)}"
    names, modules = writer.imports.needed()
    for module, short in modules.items():
        if module == short:
            text = model_source.add_import(text, module)
    needed = [*names, *((home, name) for name, home in bases.items() if home != around.module)]
    text = model_insert.imports(text, needed, around.packages)
    for name, home in sorted(others.items()):
        if home != around.module:
            text = model_insert.for_types(text, around.style, home, name)
    return text
