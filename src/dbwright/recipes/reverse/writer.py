"""What the parts of one module of models share while its code is made."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Set
from dataclasses import dataclass, field
from functools import cached_property
from types import ModuleType

from dbwright import dialects
from dbwright.core.declared import Declared, Imports
from dbwright.core.inventory import Ddl, Inventory
from dbwright.core.schema import ForeignKey, Table
from dbwright.recipes.reverse import entities as entities_of
from dbwright.recipes.reverse import identifiers, relations
from dbwright.recipes.reverse.convention import Convention
from dbwright.recipes.reverse.convention import convention as convention_of
from dbwright.recipes.reverse.entities import Entity
from dbwright.recipes.reverse.layout import literal

Key = tuple[str, str]


@dataclass
class Writer:
    """An inventory with all that was decided about it; `imports` grows with the code.

    `kept` are constraints and indexes that SQLAlchemy does not make as they are, by the keys of
    their objects: they stay statements. `named` are types that the module declares, `sequences`
    its sequences, each by its spelling in the database; `own_types` are the names of both.
    """

    inventory: Inventory
    kept: Set[Key] = frozenset()
    named: dict[str, Declared] = field(default_factory=dict)
    sequences: dict[str, str] = field(default_factory=dict)
    own_types: list[str] = field(default_factory=list)

    @property
    def dialect(self) -> ModuleType:
        """How the database's types and words are declared."""
        module: ModuleType = dialects.get(self.inventory.schema.dialect).declared
        return module

    @cached_property
    def entities(self) -> tuple[Entity, ...]:
        """All tables but partitions, in the order in which they are written."""
        return entities_of.entities(self.inventory.schema)

    @property
    def base(self) -> str:
        """What classes derive from, as the code says it; noted as a name of the models."""
        return self.own("Base")

    names_indexes_so = True
    """Whether `index=True` gives an index the name that SQLAlchemy itself would."""

    def is_plain(self, declared: Declared, python: str) -> bool:
        """Whether the annotation alone makes the type."""
        return declared.plain

    def constraint_name(self, table: Table, name: str) -> str:
        """Gives the code of a CHECK's name."""
        return literal(name)

    def bases(self, entity: Entity) -> tuple[str, frozenset[str]]:
        """What the class of an entity derives from, and the columns that it has from there."""
        return self.base, frozenset()

    @cached_property
    def by_key(self) -> Mapping[str, Entity]:
        """The entities by the keys of their tables."""
        return {entity.table.key: entity for entity in self.entities}

    @cached_property
    def convention(self) -> Convention:
        """The naming convention that the database follows."""
        return convention_of(self.inventory.schema)

    @cached_property
    def cyclic(self) -> frozenset[Key]:
        """Keys that wait for a table which is written later, by table and name or columns."""
        place = {entity.table.key: at for at, entity in enumerate(self.entities)}
        return frozenset(
            (entity.table.key, key.name or ",".join(key.columns))
            for entity in self.entities
            for key in entity.table.foreign_keys
            if place.get(key.referred, -1) > place[entity.table.key]
        )

    @cached_property
    def links(self) -> tuple[relations.Link, ...]:
        """The links between classes."""
        return relations.links(self.entities, self.cyclic)

    @cached_property
    def counts(self) -> Counter[frozenset[str]]:
        """The number of keys between each two classes."""
        return relations.count_keys(self.entities)

    @cached_property
    def imports(self) -> Imports:
        """The imports, which keep away from every name that the module has of its own."""
        return Imports(self.taken)

    def turn_page(self) -> None:
        """Begins another module of Python, which has imports of its own."""
        self.imports = Imports(self.taken)

    @cached_property
    def taken(self) -> set[str]:
        """Every name that the models have of their own."""
        taken = {entity.name for entity in self.entities} | entities_of.OWN_NAMES
        schema = self.inventory.schema
        named = [each.name for each in schema.enums] + [each.name for each in schema.others]
        for name in named:
            plain = name.rpartition(".")[2].partition("(")[0]
            taken |= {identifiers.class_name(plain), identifiers.snake(plain)}
        for entity in self.entities:
            mapped = entity.is_class or entity.kind == "mapped view"
            taken |= set(entity.attributes.values()) if mapped else set()
        for link in self.links:
            taken |= {link.name, link.back}
        return taken

    def own(self, name: str) -> str:
        """Gives a name of the models themselves, and notes that it is used."""
        return self.imports.use("", name)

    def sa(self, name: str) -> str:
        """Gives a name of SQLAlchemy, imported."""
        return self.imports.use("sqlalchemy", name)

    def text(self, sql: str) -> str:
        """Gives `text(…)`, in which a colon is no parameter."""
        return f"{self.sa('text')}({literal(self.escaped(sql))})"

    @staticmethod
    def escaped(sql: str) -> str:
        """Gives SQL for `text()`: a colon before a word would be a parameter."""
        from dbwright.recipes import code

        return code.escaped_binds(sql)

    def is_kept(self, kind: str, table: Table, name: str | None) -> bool:
        """Whether a constraint or index stays a statement."""
        return Ddl(kind, name or "", "", table.key).key in self.kept

    def is_cyclic(self, table: Table, key: ForeignKey) -> bool:
        """Whether a key is added when both its tables are there."""
        return (table.key, key.name or ",".join(key.columns)) in self.cyclic
