"""What the databases of one test are drawn from: tables, and pools that the database takes."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, replace

from dbwright.core.query_parts import Constant, QueryParts
from dbwright.core.schema import Column, Schema, Table
from dbwright.scratch import rows_checks, rows_types
from dbwright.scratch.adversarial import moments
from dbwright.scratch.adversarial.draw import Asked
from dbwright.scratch.adversarial.instance import Values
from dbwright.scratch.adversarial.joints import candidates
from dbwright.scratch.adversarial.known import Known
from dbwright.scratch.adversarial.moments import ANCHOR, MOMENTS, moment_of
from dbwright.scratch.adversarial.numbers import INTEGERS
from dbwright.scratch.adversarial.pools import Pool, pool
from dbwright.scratch.adversarial.tables import Facts, columns_of, facts
from dbwright.scratch.rows_order import with_parents
from dbwright.scratch.rows_types import Shape
from dbwright.verify.same_rows.bench import Bench
from dbwright.verify.same_rows.reads import Reads

_MOST_CONSTANTS = 400
_MOST_MOVED = 40
_MOST_CONDITIONS = 8
_FEWEST, _LARGEST, _MOST_ROWS = 3, 15, 120
_MOST_MEETING = 16


@dataclass(frozen=True, slots=True)
class Prepared:
    """The tables that get rows, parents first, each column with the values it may have.

    With them the parameters and their values, and how many rows alike may be asked for.
    """

    tables: list[Facts]
    parameters: list[Asked]
    counts: list[int]


def prepared(
    bench: Bench,
    schema: Schema,
    read: Reads,
    queries: tuple[QueryParts, ...],
    parameters: tuple[str, ...],
) -> Prepared:
    """Gives what to draw from. `parameters` are the types of the queries' parameters."""
    schema = _strict(bench, schema, read)
    wanted = dict.fromkeys(read.tables)
    for key in read.tables:
        wanted |= dict.fromkeys(bench.below(schema, key))
    known = _known(bench, queries)
    named = (each.text for each in known if moments.is_zone(each.text))
    bench.zones = tuple(dict.fromkeys([*named, *bench.zones]))
    shapes = rows_types.shapes(getattr(bench, "connection", None), schema, parameters)
    cut = [table.key for table in schema.tables if table.kind == "partitioned"]
    leaves = {key: bench.leaves(key) for key in cut}
    found = facts(schema, wanted, shapes, known, leaves)
    for each in found:
        _only_taken(bench, each, queries)
        _together(bench, each)
    asked = [_asked(bench, type_, shapes[type_], known, schema) for type_ in parameters]
    return Prepared(found, asked, _counts(known, queries))


def _strict(bench: Bench, schema: Schema, read: Reads) -> Schema:
    """Gives the schema with those columns NOT NULL whose types or checks refuse a NULL."""
    keys = with_parents(schema, read.tables)
    return replace(
        schema,
        tables=tuple(_without_nulls(bench, t) if t.key in keys else t for t in schema.tables),
    )


def _without_nulls(bench: Bench, table: Table) -> Table:
    own: dict[str, list[str]] = {}
    for check in table.checks:
        condition = rows_checks.condition(check.expression, bench.schema.dialect)
        columns = columns_of(table, check, condition)
        if len(columns) == 1:
            own.setdefault(columns[0], []).append(check.expression)

    def takes_null(column: Column) -> bool:
        row: Values = {column.name: None}
        return any(bench.meets([row], {column.name: column.type}, own.get(column.name, [])))

    return replace(
        table,
        columns=tuple(
            replace(c, nullable=c.nullable and (bool(c.computed) or takes_null(c)))
            for c in table.columns
        ),
    )


def _together(bench: Bench, each: Facts) -> None:
    """Finds values that meet the checks of several columns together."""
    types = {column.name: column.type for column in each.columns}
    for joint in each.joints:
        made = candidates(joint, each.pools, each.shapes, each.not_null, each.conditions)
        of = {name: types[name] for name in joint.columns}
        held = bench.meets(made, of, joint.checks)
        joint.met = {joint.key(row): row for row, holds in zip(made, held, strict=True) if holds}


def _counts(known: tuple[Known, ...], queries: tuple[QueryParts, ...]) -> list[int]:
    """Gives the small numbers of the queries: a group may have to be as large.

    With them what an OFFSET needs for a row to be left.
    """
    left_out = {parts.window + 1 for parts in queries if parts.window}
    numbers = (each.number for each in known if each.family in INTEGERS)
    found = {int(n) for n in numbers if n is not None and _FEWEST <= n <= _LARGEST}
    return sorted(found | {count for count in left_out if count <= _MOST_ROWS})


def _asked(
    bench: Bench, type_: str, shape: Shape, known: tuple[Known, ...], schema: Schema
) -> Asked:
    made = pool(shape, known, known, schema.dialect)
    return Asked(shape.family, made.only(bench.takes(made.all(), type_, "x", ())))


def _known(bench: Bench, queries: tuple[QueryParts, ...]) -> tuple[Known, ...]:
    """Gives the values of all constants; a moment and an interval of one comparison meet."""
    constants: list[Constant] = []
    for number, parts in enumerate(queries):
        for each in parts.constants:
            group = each.group if each.group < 0 else each.group + number * 10_000
            constants.append(Constant(each.sql, each.columns, group))
    constants = constants[:_MOST_CONSTANTS]
    found = _valued(bench, constants)
    return tuple(dict.fromkeys([*found, *_valued(bench, _moved(constants, found))]))


def _valued(bench: Bench, constants: list[Constant]) -> list[Known]:
    texts = list(dict.fromkeys(each.sql for each in constants))
    values = dict(zip(texts, bench.values(texts), strict=True))
    return [
        Known(value[0], _family(value[1]), each.columns, each.group)
        for each in constants
        if (value := values[each.sql]) is not None
    ]


def _family(name: str) -> str:
    return "text" if name == "other" else name


def _moved(constants: list[Constant], known: list[Known]) -> list[Constant]:
    """Gives each moment of a comparison moved by each interval of it, both ways.

    Where no moment stands there the difference of two columns is meant.
    """
    found = []
    spans = {k for k in known if k.family == "interval" and k.group >= 0}
    for span in sorted(spans, key=repr):
        own = [k for k in known if k.group == span.group and moment_of(k) is not None]
        for other in own or [replace(span, text=str(ANCHOR), family="timestamp")]:
            kind = other.family if other.family in MOMENTS else "timestamp"
            for sign in "-+":
                sql = f"'{other.text}'::{kind} {sign} '{span.text}'::interval"
                found.append(Constant(sql, other.columns, other.group))
            if not own:
                found.append(Constant(f"'{other.text}'::timestamp", span.columns, span.group))
    return list(dict.fromkeys(found))[:_MOST_MOVED]


def _only_taken(bench: Bench, each: Facts, queries: tuple[QueryParts, ...]) -> None:
    """Takes out of the pools what the column's type or its own checks refuse.

    Of the rest those are noted that the queries' own conditions hold for, so that rows that come
    through several of them are no stroke of luck.
    """
    for column in each.columns:
        made: Pool = each.pools[column.name]
        checks = each.checks.get(column.name, [])
        taken = bench.takes(made.all(), column.type, column.name, checks)
        kept = each.pools[column.name] = made.only(taken)
        names = each.names[column.name]
        conditions = dict.fromkeys(
            (name, sql) for parts in queries for name, sql in parts.conditions if name in names
        )
        met: Counter[str] = Counter()
        for name, sql in list(conditions)[:_MOST_CONDITIONS]:
            held = f"coalesce({sql}, false)"
            met.update(bench.takes(kept.all(), column.type, name, [held]))
        ranked = sorted(met, key=lambda value: (-met[value], value))
        kept.meets = ranked[:_MOST_MEETING]
