"""A schema under change: tables by key, with what is needed to change one without the others."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

from dbwright.core import table_edits as edits
from dbwright.core.identifiers import spelled
from dbwright.core.naming import NAMINGS, key_name
from dbwright.core.schema import (
    Check,
    EnumType,
    Exclude,
    ForeignKey,
    Index,
    PrimaryKey,
    Schema,
    Table,
    Unique,
    qualified,
)


class Draft:
    """The tables and enums of a schema while operations change them.

    `tables` is read by all and written by `put`, `remove` and `rekey` only, which keep beside it
    the names in use, the table of each index and the tables that refer to a table.
    """

    def __init__(self, schema: Schema) -> None:
        self._schema = schema
        self._naming = NAMINGS[schema.dialect]
        self.tables: dict[str, Table] = {}
        self.enums = {qualified(enum.name, enum.schema): enum for enum in schema.enums}
        self._relations: defaultdict[str, Counter[str]] = defaultdict(Counter)
        self._constraints: Counter[str] = Counter()
        self._referring: defaultdict[str, Counter[str]] = defaultdict(Counter)
        self._readers: defaultdict[str, set[str]] = defaultdict(set)
        for table in schema.tables:
            self.put(table)

    def frozen(self) -> Schema:
        """Give the schema as it stands, in the order of keys."""
        enums: list[EnumType] = [self.enums[key] for key in sorted(self.enums)]
        tables = [self.tables[key] for key in sorted(self.tables)]
        found = replace(self._schema, tables=tuple(tables), enums=tuple(enums))
        # the fold gives a schema per revision, and rules look tables up in each
        vars(found)["_by_key"] = dict(self.tables)
        return found

    def put(self, table: Table) -> None:
        """Take a table in, in the place of the one with its key."""
        old = self.tables.get(table.key)
        if old:
            self._forget(old)
        self.tables[table.key] = table
        for name in _relation_names(table):
            self._relations[qualified(name, table.schema)][table.key] += 1
        self._constraints.update(qualified(name, table.schema) for name in _constraints(table))
        for foreign_key in table.foreign_keys:
            self._referring[foreign_key.referred][table.key] += 1
        for read in reads(table):
            self._readers[read].add(table.key)

    def remove(self, key: str) -> None:
        """Take a table out; those that refer to it are left alone."""
        table = self.tables.pop(key, None)
        if table:
            self._forget(table)

    def _forget(self, table: Table) -> None:
        for name in _relation_names(table):
            self._relations[qualified(name, table.schema)][table.key] -= 1
        self._constraints.subtract(qualified(name, table.schema) for name in _constraints(table))
        for foreign_key in table.foreign_keys:
            self._referring[foreign_key.referred][table.key] -= 1
        for read in reads(table):
            self._readers[read].discard(table.key)

    def rekey(self, old: str, table: Table) -> None:
        """Give a table another key; foreign keys and partitions follow."""
        referring, partitions = self.referring(old), self.partitions_of(old)
        self.remove(old)
        self.put(table)
        for key in referring:
            self._point(table.key if key == old else key, old, table)
        for name in ("", *(f".{column.name}" for column in table.columns)):
            self.reread(old + name, table.key + name)
        for key in partitions:
            part = self.tables[key]
            self.put(replace(part, info={**part.info, "partition_of": table.key}))

    def _point(self, key: str, old: str, target: Table) -> None:
        table = self.tables[key]
        moved = tuple(
            replace(each, referred_table=target.name, referred_schema=target.schema)
            if each.referred == old
            else each
            for each in table.foreign_keys
        )
        self.put(replace(table, foreign_keys=moved))

    def referring(self, key: str) -> list[str]:
        """Give the keys of the tables whose foreign keys point at a table."""
        return [found for found, count in self._referring[key].items() if count > 0]

    def remove_views(self, read: str) -> None:
        """Take out the views that read a table or a column (`orders.total`), and theirs."""
        for key in list(self._readers[read]):
            self.remove(key)
            self.remove_views(key)

    def reread(self, old: str, new: str) -> None:
        """Let the views that read a table or a column read it under its new name."""
        for key in list(self._readers[old]):
            view = self.tables[key]
            names = tuple(new if name == old else name for name in reads(view))
            self.put(replace(view, info={**view.info, "reads": names}))

    def partitions_of(self, key: str) -> list[str]:
        """Give the keys of a table's partitions."""
        table = self.tables.get(key)
        if table is None or "PARTITION BY" not in (table.partition or ""):
            return []
        return [each.key for each in self.tables.values() if each.info.get("partition_of") == key]

    def with_index(self, index: str, table: str | None = None) -> tuple[Table | None, str]:
        """Give the table that has an index, and the index's name without its schema."""
        owners = self._owners(index)
        name = index if owners else index.rpartition(".")[2]
        found = self.tables.get(table or min(owners, default=""))
        if found and found.schema and index.startswith(f"{found.schema}."):
            name = index.removeprefix(f"{found.schema}.")
        return found, name

    def _owners(self, name: str) -> list[str]:
        """The tables that have a name, or an index of it: one, unless the statements cannot run."""
        counts = self._relations.get(name)
        return [key for key, count in counts.items() if count > 0] if counts else []

    def rename_index(self, index: str, to: str) -> None:
        """Give an index, and the constraint that it backs, another name."""
        table, name = self.with_index(index)
        if table:
            self.put(edits.with_constraint_renamed(table, name, to))

    def add_index(self, key: str, index: Index, *, only: bool = False) -> None:
        """Give a table an index, named as the server would, and its partitions one each.

        With `only` they get none; each is to be built and attached by a statement of its own.
        """
        table = self.tables.get(key)
        if table is None:
            return
        if not index.name:
            words = (key.column or key_name(key.expression or "") for key in index.keys)
            columns = (*words, *index.include)
            name = self._naming.index(table.name, columns, self._taken(table, relation=True))
            index = replace(index, name=name or "")
        elif self._taken(table, relation=True, constraint=False)(index.name):
            return
        self.put(replace(table, indexes=edits.in_order((*table.indexes, index))))
        for partition in () if only else self.partitions_of(key):
            self._add_like(partition, index)

    def clone_indexes(self, parent: Table, key: str) -> None:
        """Give a new partition the indexes, keys and foreign keys of its parent."""
        for index in parent.indexes:
            self._add_like(key, index)
        parts = [parent.primary_key, *parent.uniques]
        for part in parts:
            if part and not self.tables[key].has_unique_over(part.columns):
                self.add_constraint(key, replace(part, name=None))
        for foreign_key in parent.foreign_keys:
            if foreign_key.columns not in [one.columns for one in self.tables[key].foreign_keys]:
                self.add_constraint(key, foreign_key)

    def _add_like(self, key: str, index: Index) -> None:
        own = self.tables[key].indexes
        if not any((each.keys, each.predicate) == (index.keys, index.predicate) for each in own):
            self.add_index(key, replace(index, name=""))

    def add_constraint(self, key: str, part: Any) -> None:
        """Give a table a constraint, named as the server would, and its partitions one each."""
        table = self.tables.get(key)
        if table is None:
            return
        relation = isinstance(part, (PrimaryKey, Unique, Exclude))
        if not part.name:
            part = replace(
                part, name=self._chosen(table, part, self._taken(table, relation=relation))
            )
        if isinstance(part, ForeignKey) and not part.referred_columns:
            part = replace(part, referred_columns=self._key_columns(part.referred))
        if isinstance(part, PrimaryKey) and not self._naming.keys_hold_null:
            table = _not_null(table, part.columns)
        self.put(_with(table, part))
        for partition in self.partitions_of(key):
            self.add_constraint(partition, replace(part, name=None) if relation else part)

    def _key_columns(self, key: str) -> tuple[str, ...]:
        table = self.tables.get(key)
        return table.primary_key.columns if table and table.primary_key else ()

    def _chosen(self, table: Table, part: Any, taken: Any) -> str | None:
        naming = self._naming
        match part:
            case PrimaryKey():
                return naming.primary_key(table.name, part.columns, taken)
            case Unique():
                return naming.unique(table.name, (*part.columns, *part.include), taken)
            case ForeignKey():
                return naming.foreign_key(table.name, part.columns, taken)
            case Check():
                return naming.check(table.name, part.columns, taken)
        return naming.exclude(table.name, part.columns, taken) or ""

    def _taken(
        self, table: Table, *, relation: bool, constraint: bool = True
    ) -> Callable[[str], bool]:
        """Give the test for names in use: of indexes and tables, of constraints, or of both."""
        if self._naming.indexes_by_table:
            own = {*_relation_names(table), *_constraints(table)}
            return lambda name: name in own

        def taken(name: str) -> bool:
            whole = qualified(name, table.schema)
            used = constraint and self._constraints[whole] > 0
            return used or (relation and bool(self._owners(whole)))

        return taken

    def columns_of_type(self, name: str) -> Iterator[tuple[str, str]]:
        """Give each column of a type, arrays of it too, with its table's key."""
        spellings = {name, _spelled(name)}
        for table in list(self.tables.values()):
            for column in table.columns:
                if column.type.removesuffix("[]") in spellings:
                    yield table.key, column.name

    def retype(self, old: str, new: str) -> None:
        """Spell a type's new name in every column of that type."""
        for key, name in self.columns_of_type(old):
            table = self.tables[key]
            column = table.column(name)
            array = "[]" if column and column.type.endswith("[]") else ""
            self.put(edits.change_column(table, name, type=_spelled(new) + array))


def _spelled(key: str) -> str:
    return ".".join(map(spelled, key.split(".")))


def reads(table: Table) -> tuple[str, ...]:
    """Give what a view reads, as far as it is known: keys of tables, and columns behind them."""
    found = table.info.get("reads", ())
    return tuple(map(str, found)) if isinstance(found, (tuple, list)) else ()


def _relation_names(table: Table) -> Iterator[str]:
    yield table.name
    yield from (index.name for index in table.indexes)
    parts = (table.primary_key, *table.uniques, *table.excludes)
    yield from (part.name for part in parts if part and part.name)


def _constraints(table: Table) -> Iterator[str]:
    parts = (
        table.primary_key,
        *table.uniques,
        *table.excludes,
        *table.foreign_keys,
        *table.checks,
    )
    yield from (part.name for part in parts if part and part.name)


def _not_null(table: Table, names: tuple[str, ...]) -> Table:
    columns = (
        replace(each, nullable=False) if each.name in names else each for each in table.columns
    )
    return replace(table, columns=tuple(columns))


def _with(table: Table, part: Any) -> Table:
    match part:
        case PrimaryKey():
            return replace(table, primary_key=part)
        case Unique():
            return replace(table, uniques=edits.in_order((*table.uniques, part)))
        case ForeignKey():
            return replace(table, foreign_keys=edits.in_order((*table.foreign_keys, part)))
        case Check():
            return replace(table, checks=edits.in_order((*table.checks, part)))
    return replace(table, excludes=edits.in_order((*table.excludes, part)))
