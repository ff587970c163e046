"""The project that models of a database go into: what new classes follow of its own."""

from __future__ import annotations

import ast
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

from dbwright.core import mapping as mappings
from dbwright.core.nouns import last_word
from dbwright.core.schema import Table
from dbwright.recipes import model_syntax
from dbwright.recipes.design import surroundings
from dbwright.recipes.model_style import Style
from dbwright.recipes.reverse import identifiers

_SUFFIXES = ("Model", "ORM", "Orm", "Table", "DB", "Db", "Entity", "Record", "Row")


@dataclass(frozen=True)
class Surroundings:
    """A project's models as far as new ones follow them.

    `bases` are what its classes derive from, `root` the name of the declarative one with
    `home`, its module. `templates` name its constraints; `sides` is whether relationships of new
    classes have another side in classes that are there.
    """

    mapping: mappings.Mapping
    style: Style
    bases: tuple[str, ...]
    home: str
    templates: Mapping[str, str]
    sides: bool = False

    @property
    def root(self) -> str:
        """What a class derives from at least."""
        return self.bases[-1]

    @cached_property
    def mapped(self) -> Mapping[str, str]:
        """What the base makes of Python's types."""
        return self.style.annotation_map

    @cached_property
    def module(self) -> str:
        """The module of the class that new ones are written like."""
        return self.style.mapper.qualified.rpartition(".")[0]

    @cached_property
    def packages(self) -> frozenset[str]:
        """The project's own packages."""
        return frozenset(m.qualified.partition(".")[0] for m in self.mapping.mappers)

    def known(self, key: str) -> mappings.Mapper | None:
        """The class of a table, None where none maps it."""
        return next(iter(self.mapping.mappers_of(key)), None)


def surroundings_of(mapping: mappings.Mapping, style: Style, *, sides: bool) -> Surroundings:
    """Gives what new classes follow of a project."""
    habits = surroundings.habits(mapping, style)
    own = style.mapper.qualified.rpartition(".")[0]
    home = surroundings.base_module(style) or own
    return Surroundings(mapping, style, habits.bases, home, templates(mapping), sides)


def templates(mapping: mappings.Mapping) -> dict[str, str]:
    """Gives the naming convention as the project's source spells it out."""
    for source in model_syntax.readable(mapping.sources):
        for node in ast.walk(source.tree):
            if not isinstance(node, ast.Dict):
                continue
            pairs = {
                key.value: value.value
                for key, value in zip(node.keys, node.values, strict=True)
                if isinstance(key, ast.Constant) and isinstance(value, ast.Constant)
            }
            if pairs and set(pairs) <= {"ix", "uq", "ck", "fk", "pk"}:
                return {str(key): str(text) for key, text in pairs.items()}
    return {}


def enums_of(mapping: mappings.Mapping) -> dict[str, tuple[str, str]]:
    """Gives the enums with a type of the database: class and module, by the type's name."""
    modules = {m.place.file: m.qualified.rpartition(".")[0] for m in mapping.mappers if m.place}
    homes = {
        node.name: modules[source.path]
        for source in model_syntax.readable(mapping.sources)
        if source.path in modules
        for node in source.tree.body
        if isinstance(node, ast.ClassDef)
    }
    types = [item.type for mapper in mapping.mappers for item in mapper.attributes]
    return {
        type_.enum_name: (type_.enum_class, homes[type_.enum_class])
        for type_ in types
        if type_.enum_name and type_.enum_class in homes
    }


def inherited(around: Surroundings) -> list[mappings.Attribute]:
    """Gives what the class that is followed has from its bases."""
    node, mapper = around.style.node, around.style.mapper
    if node is None:
        return []
    path, lines = around.style.source.path, range(node.lineno, (node.end_lineno or 0) + 1)
    return [
        item
        for item in mapper.attributes
        if item.place is not None and not (item.place.file == path and item.place.line in lines)
    ]


def of_root(around: Surroundings, inherited: list[mappings.Attribute]) -> list[mappings.Attribute]:
    """Gives those that the declarative base itself brings."""
    root = around.root.rpartition(".")[2]
    for source in model_syntax.readable(around.mapping.sources):
        node = model_syntax.class_named(source, root)
        if node is not None:
            lines = range(node.lineno, (node.end_lineno or 0) + 1)
            return [item for item in inherited if item.place is not None
                    and item.place.file == source.path and item.place.line in lines]  # fmt: skip
    return []


def is_alike(table: Table, followed: Table | None, attribute: mappings.Attribute) -> bool:
    """Whether a table has a column as the bases bring it, and nothing more said of it."""
    column = table.column(attribute.column)
    other = followed.column(attribute.column) if followed else None
    if column is None or other is None:
        return False
    if (column.type, column.nullable, column.default, column.identity, column.comment) != (
        other.type, other.nullable, other.default, other.identity, other.comment
    ):  # fmt: skip
        return False
    keys = {name for key in table.foreign_keys for name in key.columns}
    alone = {name for each in table.unique_sets() if each != _key(table) for name in each}
    indexed = {name for index in table.indexes for name in index.columns}
    if attribute.column in keys | alone | indexed:
        return False
    return (attribute.column in _key(table)) == attribute.primary_key


def _key(table: Table) -> tuple[str, ...]:
    return table.primary_key.columns if table.primary_key else ()


def naming(mapping: mappings.Mapping) -> tuple[str, bool]:
    """Gives what most names of classes end in, "" for nothing, and whether they are plurals."""
    names = [mapper.name for mapper in mapping.mappers]
    ends = Counter(end for name in names for end in _SUFFIXES if name.endswith(end))
    suffix = next((end for end, count in ends.most_common(1) if count * 3 > len(names) * 2), "")
    many = 0
    for mapper in mapping.mappers:
        name = identifiers.snake(mapper.name.removesuffix(suffix))
        many += name == last_word(name, "plural") != last_word(name)
    return suffix, many * 3 > len(names) * 2


def class_name(table: str, suffix: str, plural: bool) -> str:
    """Gives the class of a table as the project would call it."""
    name = identifiers.class_name(table)
    if plural:
        many = last_word(identifiers.snake(table), "plural")
        name = "".join(word[:1].upper() + word[1:] for word in many.split("_"))
    return f"{name}{suffix}" if name.isidentifier() and not name.endswith(suffix or "\0") else name
