"""Values for the parameters of a statement, taken from the statistics of the columns they meet.

A statement that runs with many values has no one plan: it is planned with a typical value, with
the most common one and with a rare one, and, where a value cannot be told, without any.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import psycopg

from dbwright.core.access import Access, Condition
from dbwright.core.identifiers import string_literal
from dbwright.dialects.postgresql import explain, grammar
from dbwright.dialects.postgresql.question import ask, rows_of_all

_PREPARED = "dbwright_typed"
_NUMBERED = re.compile(rb"\$\d+")
_SHARES = {"typical": 0.7, "common": 0.2, "rare": 0.1}
"""How often a value of each kind is taken to be asked for."""
_PAGE = "20"
"""What LIMIT is taken to be."""
_HELD = 1000
"""Of so many columns values are held; a column has a hundred values or more."""

_VALUES = """
    select s.schemaname, s.tablename, s.attname,
           s.most_common_vals::text::text[] as common, s.histogram_bounds::text::text[] as bounds
    from unnest(%(schemas)s::text[], %(tables)s::text[], %(columns)s::text[]) as w (s, t, c)
    join pg_stats s on s.schemaname = w.s and s.tablename = w.t and s.attname = w.c
    order by s.inherited
"""
_Column = tuple[str, str, str]
_Values = Mapping[_Column, Any]


@dataclass(frozen=True, slots=True)
class Instance:
    """A statement with values in it: how it is called, and the share of its runs."""

    sql: str
    kind: str
    share: float


class Values:
    """What the statistics have of the columns that parameters meet, each asked for once."""

    def __init__(self, connection: psycopg.Connection[Any]) -> None:
        self.connection = connection
        self.known: dict[_Column, Any] = {}

    def learn(self, accesses: Iterable[Access]) -> _Values:
        """Asks for those that accesses meet and that are not known yet, and gives all."""
        columns = (_column(*each) for several in _meets(accesses).values() for each in several)
        met = {each for each in columns if each is not None}
        if met - self.known.keys() and len(self.known) > _HELD:
            self.known = {}
        if wanted := sorted(met - self.known.keys()):
            self.known |= dict.fromkeys(wanted)
            self.known |= _known(self.connection, wanted)
        return self.known


def instances(
    connection: psycopg.Connection[Any], sql: str, accesses: Sequence[Access], values: Values
) -> tuple[Instance, ...]:
    """Gives the statement with typical, common and rare values; as it is where it has none.

    Where a parameter has no value that could be told, the statement stays without any.
    """
    where = places(sql)
    if not where:
        return (Instance(sql, "as it is", 1.0),)
    found: dict[str, Instance] = {}
    for kind, given in literals(connection, sql, accesses, values).items():
        share = _SHARES[kind]
        if any(value is None for value in given.values()):
            return (Instance(sql, "without values", 1.0),)
        text = filled(sql, where, given)
        if any(_is_null(value) for value in given.values()) and _reads_nothing(connection, text):
            return (Instance(sql, "without values", 1.0),)
        before = found.get(text)
        found[text] = Instance(text, kind, share + (before.share if before else 0.0))
    return tuple(found.values())


def literals(
    connection: psycopg.Connection[Any], sql: str, accesses: Sequence[Access], values: Values
) -> dict[str, dict[int, str | None]]:
    """Gives for each kind of value a literal for each parameter; None for one that has none."""
    of_type = types(connection, sql)
    meets = _meets(accesses)
    known = values.learn(accesses)
    numbers = set(places(sql).values())
    return {
        kind: {n: _value(known, kind, of_type[n - 1], meets.get(n, [])) for n in sorted(numbers)}
        for kind in _SHARES
    }


def _is_null(value: str | None) -> bool:
    return value is not None and value.startswith("null::")


def _reads_nothing(connection: psycopg.Connection[Any], sql: str) -> bool:
    """Whether a NULL among the values makes the planner see that no row can be found.

    As in `day < $1 + $2`, where no column says what either is like.
    """
    plan = explain.plan(connection, sql)
    return any(each.one_time_filter == "false" for each in plan.walk())


def places(sql: str) -> dict[int, int]:
    """Gives the number of each parameter by its place in the text, in bytes.

    Text outside of the grammar raises its Failure.
    """
    found = {}
    for tree in grammar.parse(sql):
        for each in grammar.all_of(tree, "ParamRef"):
            found[int(each.location)] = int(each.number)
    return found


def types(connection: psycopg.Connection[Any], sql: str) -> list[str]:
    """Gives the type of each parameter, in the order of their numbers."""
    prepare, forget = f"prepare {_PREPARED} as {sql}", f"deallocate {_PREPARED}"
    question = "select parameter_types::text[] from pg_prepared_statements where name ="
    _, ((found,),), _ = rows_of_all(connection, [prepare, f"{question} '{_PREPARED}'", forget])
    return list(found)


def _meets(accesses: Iterable[Access]) -> dict[int, list[tuple[Access, Condition]]]:
    found: dict[int, list[tuple[Access, Condition]]] = {}
    for access in accesses:
        for condition in access.conditions:
            if condition.parameter is not None:
                found.setdefault(condition.parameter, []).append((access, condition))
    return found


def _known(connection: psycopg.Connection[Any], wanted: Sequence[_Column]) -> _Values:
    """Gives the values that the statistics have of columns."""
    schemas, tables, names = (list(each) for each in zip(*wanted, strict=True))
    with connection.transaction():
        # row security hides a table's statistics from the roles that it holds for
        connection.execute("set local role none")
        rows = ask(connection, _VALUES, schemas=schemas, tables=tables, columns=names)
    return {(row.schemaname, row.tablename, row.attname): row for row in rows}


def _column(access: Access, condition: Condition) -> _Column | None:
    if condition.column is None or condition.kind not in ("equal", "in", "range"):
        return None
    return access.schema, access.table, condition.column


def _value(
    known: _Values,
    kind: str,
    type_: str,
    meets: list[tuple[Access, Condition]],
) -> str | None:
    """Gives a literal for one parameter."""
    for access, condition in meets:
        column = _column(access, condition)
        row = known.get(column) if column is not None else None
        if row is None:
            continue
        text = _picked(kind, condition, row.common or [], row.bounds or [])
        if text is None:
            continue
        literal = string_literal(text)
        if condition.kind == "in" and type_.endswith("[]"):
            return f"array[{literal}]::{type_}"
        return f"{literal}::{type_}"
    if meets:
        return None
    # what meets no condition is a number of rows, or is written and no plan depends on it
    return _PAGE if type_ in ("bigint", "integer") else f"null::{type_}"


def _picked(kind: str, condition: Condition, common: list[str], bounds: list[str]) -> str | None:
    """Gives a value: of equality by how often it occurs, of a range by how much it leaves."""
    if condition.kind == "range":
        if not bounds:
            return None
        part = {"typical": 0.95, "common": 0.5, "rare": 0.99}[kind]
        if condition.operator.startswith("<"):
            # the upper end of an interval stands a little above its lower end
            part = min(1.0, part + 0.02)
        return bounds[int(part * (len(bounds) - 1))]
    if kind == "common":
        return common[0] if common else _middle(bounds)
    if kind == "rare":
        return bounds[len(bounds) // 3] if bounds else (common[-1] if common else None)
    return _middle(bounds) if len(bounds) > len(common) else _middle(common) or _middle(bounds)


def _middle(values: list[str]) -> str | None:
    return values[len(values) // 2] if values else None


def filled(sql: str, where: Mapping[int, int], values: Mapping[int, str | None]) -> str:
    """Gives a statement with a literal in each of its places.

    >>> filled("select $1 &$2", {7: 1, 11: 2}, {1: "'a'", 2: None})
    "select 'a' & null"
    """
    text, end, pieces = sql.encode(), 0, []
    for at in sorted(where):
        number = _NUMBERED.match(text, at)
        if number is not None:
            # no literal may touch what would be its prefix: U&'…'
            space = b" " if text[at - 1 : at] == b"&" else b""
            literal = (values[where[at]] or "null").encode()
            pieces += [text[end:at], space, literal]
            end = number.end()
    return b"".join((*pieces, text[end:])).decode()
