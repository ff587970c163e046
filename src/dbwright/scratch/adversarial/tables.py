"""What a row of each table must be like, read once from the schema."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from dbwright.core.schema import Check, Column, ForeignKey, Schema, Table
from dbwright.scratch import rows_checks
from dbwright.scratch.adversarial.aims import aims
from dbwright.scratch.adversarial.instance import Values
from dbwright.scratch.adversarial.joints import Joint, joints
from dbwright.scratch.adversarial.known import Known, interleaved
from dbwright.scratch.adversarial.numbers import INTEGERS
from dbwright.scratch.adversarial.pools import Pool, pool
from dbwright.scratch.rows_checks import Condition
from dbwright.scratch.rows_make import domain_conditions
from dbwright.scratch.rows_order import groups, may_be_null, with_parents
from dbwright.scratch.rows_types import Shape

FILLED = ("table", "partitioned")


@dataclass(slots=True)
class Facts:
    """A table with the pools of its columns, its keys, and its foreign keys by when they link.

    `joints` are columns that checks tie together, `models` rows that are known to stand. `names`
    are those by which a query may speak of a column's values: its own, and those of foreign keys
    that lead to it.
    """

    table: Table
    columns: tuple[Column, ...]
    shapes: dict[str, Shape]
    pools: dict[str, Pool] = field(default_factory=dict)
    not_null: set[str] = field(default_factory=set)
    unique: tuple[tuple[str, ...], ...] = ()
    links: tuple[ForeignKey, ...] = ()
    later: tuple[ForeignKey, ...] = ()
    pairs: tuple[tuple[str, str, str], ...] = ()
    checks: dict[str, list[str]] = field(default_factory=dict)
    conditions: list[Condition] = field(default_factory=list)
    joints: list[Joint] = field(default_factory=list)
    models: list[Values] = field(default_factory=list)
    names: dict[str, tuple[str, ...]] = field(default_factory=dict)
    own: bool = False

    @property
    def linked(self) -> set[str]:
        """The columns of foreign keys."""
        return {name for link in (*self.links, *self.later) for name in link.columns}


def facts(
    schema: Schema,
    wanted: Iterable[str],
    shapes: Mapping[str, Shape],
    known: tuple[Known, ...],
    leaves: Mapping[str, list[str]],
) -> list[Facts]:
    """Gives the tables of these keys and those that they refer to, parents first.

    `leaves` has the conditions of each partitioned table's partitions.
    """
    keys = with_parents(schema, wanted)
    tables = [table for table in schema.tables if table.key in keys and table.kind in FILLED]
    found: list[Facts] = []
    names = _names(tables)
    for group in groups(schema, tables):
        for table in group.tables:
            done = {facts.table.key for facts in found} | {table.key}
            found.append(_facts(schema, table, shapes, done, names))
    for each in found:
        parts = [rows_checks.condition(c, schema.dialect) for c in leaves.get(each.table.key, [])]
        _fill_pools(each, known, parts, schema.dialect)
    return found


def _names(tables: Sequence[Table]) -> dict[tuple[str, str], tuple[str, ...]]:
    """Gives the names of each column with those of the foreign keys that lead to it at last."""
    found = {(t.key, column.name): {column.name} for t in tables for column in t.columns}
    grown = True
    while grown:
        grown = False
        for table in tables:
            for link in table.foreign_keys:
                for own, other in zip(link.columns, link.referred_columns, strict=True):
                    more = found.get((table.key, own), set())
                    names = found.get((link.referred, other), more)
                    grown = grown or not more <= names
                    names |= more
    return {place: tuple(sorted(names)) for place, names in found.items()}


def _facts(
    schema: Schema,
    table: Table,
    shapes: Mapping[str, Shape],
    done: set[str],
    names: Mapping[tuple[str, str], tuple[str, ...]],
) -> Facts:
    columns = tuple(column for column in table.columns if not column.computed)
    linked = [fk for fk in table.foreign_keys if schema.table(fk.referred) is not None]
    found = Facts(
        table,
        columns,
        {column.name: shapes[column.type] for column in columns},
        not_null={column.name for column in columns if not column.nullable},
        unique=tuple(dict.fromkeys(table.unique_sets())),
        links=tuple(sorted((fk for fk in linked if fk.referred in done), key=_width)),
        later=tuple(fk for fk in linked if fk.referred not in done),
    )
    found.own = any(fk.referred == table.key for fk in found.links)
    if table.primary_key:
        found.not_null |= set(table.primary_key.columns)
    found.not_null |= {name for name, shape in found.shapes.items() if shape.not_null}
    _read_checks(found, schema.dialect)
    found.names = {column.name: names[table.key, column.name] for column in columns}
    return found


def _width(foreign_key: ForeignKey) -> int:
    return -len(foreign_key.columns)


def mandatory(table: Table, foreign_key: ForeignKey) -> bool:
    """Whether a row cannot stand without the parent."""
    return not may_be_null(table, foreign_key)


def _read_checks(found: Facts, dialect: str) -> None:
    """Sorts the checks into those of one column, and those that tie several together."""
    several: list[tuple[str, tuple[str, ...], Condition]] = []
    for check in found.table.checks:
        condition = rows_checks.condition(check.expression, dialect, check.name)
        named = columns_of(found.table, check, condition)
        found.conditions.append(condition)
        if len(named) == 1:
            found.checks.setdefault(named[0], []).append(check.expression)
        elif named:
            several.append((check.expression, named, condition))
            if len(condition.branches) == 1:
                found.pairs += condition.branches[0].pairs
    found.conditions += domain_conditions(found.shapes, dialect)
    found.joints = [each for each in joints(several) if set(each.columns) <= set(found.shapes)]
    for joint in found.joints:
        joint.loose = frozenset(name for name in joint.columns if _is_key(found, name))


def columns_of(table: Table, check: Check, condition: Condition) -> tuple[str, ...]:
    """Gives the columns of the table that a check names."""
    named = check.columns or tuple(sorted(condition.columns))
    return tuple(name for name in dict.fromkeys(named) if table.column(name) is not None)


def _is_key(found: Facts, name: str) -> bool:
    """Whether a column's value is not chosen for what it is: it links, or numbers the rows."""
    single = (name,) in found.unique and found.shapes[name].family in INTEGERS
    return single or name in found.linked


def _fill_pools(
    found: Facts, known: tuple[Known, ...], parts: list[Condition], dialect: str
) -> None:
    conditions = [*found.conditions, *parts]
    for column in found.columns:
        shape = found.shapes[column.name]
        beside = [each for each in known if set(found.names[column.name]) & set(each.columns)]
        own = [
            Known(str(literal), "integer" if isinstance(literal, int) else "text")
            for condition in conditions
            if column.name in condition.columns
            for literal in condition.literals
        ]
        made = pool(shape, [*beside, *own], known, dialect)
        if own and shape.family in ("text", "varchar", "char"):
            made.plain = list(dict.fromkeys([*(each.text for each in own), *made.plain]))
        made.plain = interleaved([aims(column.name, shape, found.conditions), made.plain])
        found.pools[column.name] = made
