"""What a statement asks of each table, read from a plan that uses no index.

The planner has by then put views, subqueries and row security in, folded constants and moved
conditions down to the tables: what an index could serve stands at the scans and joins.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import psycopg

from dbwright.core.access import Access, Condition, OrderKey
from dbwright.dialects.postgresql import explain, grammar
from dbwright.dialects.postgresql.conditions_read import Reader
from dbwright.dialects.postgresql.names import quoted
from dbwright.dialects.postgresql.question import ask

_OFF = (
    "enable_indexscan",
    "enable_indexonlyscan",
    "enable_bitmapscan",
    "enable_tidscan",
    "enable_nestloop",
    "enable_memoize",
    "enable_hashagg",
    "enable_gathermerge",
)
_PLAINLY = "select set_config('max_parallel_workers_per_gather', '0', {local})" + "".join(
    f", set_config('{name}', 'off', {{local}})" for name in _OFF
)
_AGAIN = "; ".join(f"reset {name}" for name in ("max_parallel_workers_per_gather", *_OFF))
_JOINED = ("Hash Cond", "Merge Cond", "Join Filter")
_FILTERED = ("Filter", "Index Cond", "Recheck Cond", "One-Time Filter", "TID Cond")
_SPARE = ("Sort", "Incremental Sort", "Limit", "LockRows", "Result", "Unique", "Materialize")


Plan = Mapping[str, Any]
"""A plan as EXPLAIN's own JSON."""
Roots = Mapping[tuple[str, str], tuple[str, str]]
"""The partitioned table of each partition, both by schema and name."""


def accesses(connection: psycopg.Connection[Any], sql: str, roots: Roots) -> tuple[Access, ...]:
    """Gives what the statement asks of each table; one alias of a table is one access.

    An OR is one access for each of its arms. Raises psycopg.Error for a statement that the server
    refuses.
    """
    with _without_indexes(connection):
        plan = explain.tree(connection, sql, verbose=True)
    return accesses_of(plan, roots)


def accesses_of(plan: Plan, roots: Roots) -> tuple[Access, ...]:
    """Gives what a statement asks, from its plan without indexes; see `accesses`."""
    found = _Walk()
    found.node(plan, limited=False)
    return tuple(_of_whole(each, roots) for each in found.accesses(plan))


_PARTITIONS = """
    select n.nspname, c.relname, rn.nspname as root_schema, r.relname as root
    from pg_class c
    join pg_namespace n on n.oid = c.relnamespace
    join pg_class r on r.oid = pg_partition_root(c.oid)
    join pg_namespace rn on rn.oid = r.relnamespace
    where c.relispartition and c.relkind in ('r', 'p')
"""


def partition_roots(connection: psycopg.Connection[Any]) -> Roots:
    """Gives the table of each partition, however deep it stands."""
    return {
        (row.nspname, row.relname): (row.root_schema, row.root)
        for row in ask(connection, _PARTITIONS)
    }


def _of_whole(access: Access, roots: Roots) -> Access:
    """What is read of a partition is read of its table, which an index is made on."""
    schema, table = roots.get((access.schema, access.table), (access.schema, access.table))
    return replace(access, schema=schema, table=table)


@contextlib.contextmanager
def _without_indexes(connection: psycopg.Connection[Any]) -> Iterator[None]:
    with connection.transaction(force_rollback=True):
        connection.execute(_PLAINLY.format(local="true").encode())
        yield


def plans_without_indexes(
    connection: psycopg.Connection[Any], several: Sequence[str]
) -> list[Plan | psycopg.Error]:
    """Gives the plan of each statement, or its error; the connection is in `without_indexes`."""
    return list(explain.trees(connection, several, verbose=True))


@contextlib.contextmanager
def without_indexes(connection: psycopg.Connection[Any]) -> Iterator[None]:
    """For the block, the plans of a connection in autocommit use no index."""
    connection.execute(_PLAINLY.format(local="false").encode())
    try:
        yield
    finally:
        if not connection.closed:
            connection.execute(_AGAIN.encode())


@dataclass
class _Scan:
    schema: str
    table: str
    alias: str
    rows: float
    conditions: list[str] = field(default_factory=list)
    order: tuple[OrderKey, ...] = ()
    grouped: bool = False
    limited: bool = False


class _Walk:
    """Goes down a plan and gathers, by alias, the conditions and the orders."""

    def __init__(self) -> None:
        self.scans: dict[str, _Scan] = {}
        self.texts: list[str] = []
        self.read: list[str] = []
        self.orders: dict[str, tuple[tuple[OrderKey, ...], bool, bool]] = {}
        self.ends: list[tuple[str, bool]] = []

    def node(self, plan: Mapping[str, Any], *, limited: bool) -> None:
        """Takes in a node and all below it; `limited` says that only its first rows are wanted."""
        kind = plan["Node Type"]
        if "Relation Name" in plan and "Alias" in plan and kind != "ModifyTable":
            self._scan(plan)
        for name in (*_JOINED, *_FILTERED):
            if name in plan:
                self.texts.append(plan[name])
        limited = kind == "Limit" or (limited and kind in _SPARE)
        for name, grouped in (("Sort Key", False), ("Group Key", True)):
            if name in plan:
                self._order(plan[name], plan, limited, grouped)
        if kind == "Aggregate" and plan.get("Strategy") == "Plain":
            self._ends(plan)
        for child in plan.get("Plans", ()):
            self.node(child, limited=limited)

    def _ends(self, plan: Mapping[str, Any]) -> None:
        """A least or greatest value is the first row of an index."""
        for text in plan.get("Output", ()):
            for word in ("min(", "max("):
                if text.startswith(word) and text.endswith(")"):
                    self.ends.append((text[len(word) : -1], word == "max("))

    def _scan(self, plan: Mapping[str, Any]) -> None:
        alias = plan["Alias"]
        rows = float(plan.get("Plan Rows", 0))
        self.scans[alias] = _Scan(plan.get("Schema", "public"), plan["Relation Name"], alias, rows)

    def _order(
        self, keys: Sequence[str], plan: Mapping[str, Any], limited: bool, grouped: bool
    ) -> None:
        self.read += keys
        found = list(_keys(keys))
        if _aggregates(plan) and not grouped:
            # what is computed above the tables stands in no index
            found = [each if each[1].is_column else (None, each[1]) for each in found]
        aliases = {alias for alias, _ in found}
        if len(aliases) == 1 and None not in aliases:
            (alias,) = aliases
            self.orders.setdefault(alias or "", (tuple(key for _, key in found), grouped, limited))

    def accesses(self, root: Mapping[str, Any]) -> Iterator[Access]:
        """Gives an access for each scan, and one for each arm of an OR."""
        reader = Reader()
        by_alias: dict[str, list[Condition]] = {}
        arms: dict[str, list[tuple[Condition, ...]]] = {}
        for text in self.texts:
            reader.read(text, by_alias, arms)
        needed = _columns([*root.get("Output", ()), *self.texts, *self.read])
        orders = dict(self.orders)
        if len(self.scans) == 1:
            # with one table EXPLAIN leaves its alias out
            (only,) = self.scans
            needed[only] = needed.get(only, set()) | needed.get("", set())
            for text, greatest in self.ends:
                _, key = next(_keys([f"{only}.{text}"]))
                orders.setdefault(
                    only, ((replace(key, descending=greatest, nulls_first=greatest),), False, True)
                )
        writes = root["Node Type"] == "ModifyTable"
        for alias, scan in self.scans.items():
            conditions = tuple(dict.fromkeys(by_alias.get(alias, ())))
            order, grouped, limited = orders.get(alias, ((), False, False))
            columns = None if writes else frozenset(needed.get(alias, set()))
            access = Access(
                scan.schema, scan.table, alias, conditions, order, grouped, limited, columns,
                scan.rows,
            )  # fmt: skip
            yield access
            for arm in arms.get(alias, ()):
                yield Access(
                    scan.schema, scan.table, alias, (*conditions, *arm), (), needed=columns
                )


def _aggregates(plan: Mapping[str, Any]) -> bool:
    """Whether rows are grouped between the node and the tables."""
    below = plan.get("Plans", ())
    return any(
        each["Node Type"] in ("Aggregate", "WindowAgg") or _aggregates(each) for each in below
    )


def _keys(keys: Iterable[str]) -> Iterator[tuple[str | None, OrderKey]]:
    for text in keys:
        try:
            (tree,) = grammar.parse(f"select 1 order by {text}")
        except (grammar.Failure, UnicodeError, ValueError):
            yield None, OrderKey(text)
            continue
        by = tree.select_stmt.sort_clause[0].sort_by
        alias, expression = Reader().column_side(by.node)
        descending = by.sortby_dir == grammar.nodes.SORTBY_DESC
        first = descending
        if by.sortby_nulls != grammar.nodes.SORTBY_NULLS_DEFAULT:
            first = by.sortby_nulls == grammar.nodes.SORTBY_NULLS_FIRST
        plain = expression is not None and by.node.WhichOneof("node") == "column_ref"
        yield alias, OrderKey(expression or text, descending, first, plain)


def _columns(texts: Iterable[str]) -> dict[str, set[str]]:
    """Gives the columns that the texts name, by alias; those without one stand under ""."""
    found: dict[str, set[str]] = {}
    for text in dict.fromkeys(texts):
        try:
            trees = grammar.parse(f"select {text}".removesuffix(" DESC"))
        except (grammar.Failure, UnicodeError):
            continue
        for tree in trees:
            for reference in grammar.all_of(tree, "ColumnRef"):
                names = [each.string.sval for each in reference.fields]
                alias, column = names if len(names) == 2 else ("", names[-1])
                found.setdefault(alias, set()).add(quoted(column))
    return found
