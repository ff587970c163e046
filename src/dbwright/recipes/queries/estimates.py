"""What the planner expected of each table that a plan reads, beside what came and what is known."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from dbwright.core.access import Condition
from dbwright.core.plan import Node
from dbwright.core.plan_steps import Step, steps
from dbwright.core.query import Query
from dbwright.core.schema import Table, qualified
from dbwright.core.statistics import RelationSize, TableActivity
from dbwright.dialects.postgresql.conditions_read import of_one

WRONG = 100.0
"""So many times too many or too few: beyond what a planner is expected to know."""
_SHARE, _ROWS = 0.1, 50
"""Changes after which the server itself analyzes a table again, by its defaults.
https://www.postgresql.org/docs/current/runtime-config-autovacuum.html"""
GROWN = 1.05
"""A file that is so much longer has grown."""
_PAGES = 10
"""A table of fewer pages is read whole in no time, whatever is expected of it."""


@dataclass(frozen=True, slots=True)
class Scan:
    """A step of a plan that reads a table."""

    step: Step
    table: Table

    @property
    def node(self) -> Node:
        """The step's node."""
        return self.step.node

    @property
    def alias(self) -> str:
        """What the statement calls the table."""
        return self.node.alias or self.table.name

    def conditions(self) -> list[Condition]:
        """Gives what the step asks of the table's rows, as far as it is a column beside a value."""
        bitmaps = [each for each in self.node.walk() if not each.relation]
        texts = [self.node.filter, *(each.index_condition for each in (self.node, *bitmaps))]
        found = [each for text in texts if text for each in of_one(text, self.alias)]
        return list(dict.fromkeys(found))

    @property
    def expected(self) -> float:
        """The rows expected of one loop, by all processes together."""
        return max(self.step.expected / max(self.node.loops or 1.0, 1.0), 1.0)


def scans(query: Query) -> Iterator[Scan]:
    """Gives each step that reads a table of the schema."""
    for step in steps(query.root) if query.root is not None else ():
        table = table_of(query, step.node)
        if table is not None and step.node.name != "ModifyTable":
            yield Scan(step, table)


def table_of(query: Query, node: Node) -> Table | None:
    """Gives the table that a node reads or writes."""
    if node.relation is None:
        return None
    schema = None if node.schema in (None, "public", "main") else node.schema
    return query.schema.table(qualified(node.relation, schema))


def is_wrong(step: Step) -> bool:
    """Whether a run gave a hundred times more or fewer rows than were expected."""
    factor = step.factor
    return factor is not None and (factor >= WRONG or factor <= 1 / WRONG)


def activity_of(query: Query, table: Table) -> TableActivity | None:
    """Gives what was done to a table since the server counts."""
    for each in query.statistics.tables:
        schema = None if each.schema == "public" else each.schema
        if qualified(each.name, schema) == table.key:
            return each
    return None


def is_analyzed(query: Query, table: Table) -> bool | None:
    """Whether the planner knows values of a table's columns; None where that was not asked."""
    if query.size_of(table.key) is None:
        return None
    return any(query.column_statistics(table.key, each.name) for each in table.columns)


def changed(query: Query, table: Table) -> float | None:
    """Gives the rows written since the last ANALYZE, as a part of those that were known then."""
    size, activity = query.size_of(table.key), activity_of(query, table)
    if size is None or activity is None:
        return None
    return activity.changed / max(size.rows, 1.0)


def is_fresh(query: Query, table: Table) -> bool:
    """Whether the statistics of a table are as new as the server keeps them by its defaults."""
    share, activity = changed(query, table), activity_of(query, table)
    if share is None or activity is None or not is_analyzed(query, table):
        return False
    late = _only_grew(activity) and not has_grown(query.size_of(table.key))
    return activity.changed <= _ROWS or share <= _SHARE or late


def _only_grew(activity: TableActivity) -> bool:
    """Whether no row was ever updated or deleted, so that each new one made the file longer.

    Where it is as long as at the last ANALYZE, rows that are counted since were written before it:
    a session reports what it wrote a second later. (pgstat_report_stat)
    """
    return activity.inserted > 0 and not (activity.updated or activity.deleted)


def has_grown(size: RelationSize | None) -> bool:
    """Whether a table's file is longer than it was at the last VACUUM or ANALYZE."""
    return size is not None and size.pages > GROWN * max(size.known_pages, 1)


def is_small(size: RelationSize | None) -> bool:
    """Whether a table has so few pages that it is read in no time."""
    return size is not None and size.pages < _PAGES


def told(query: Query, scan: Scan) -> str:
    """Gives what was expected of a step and what came, in words."""
    found = f", {scan.node.actual_rows:,.0f} came" if scan.node.actual_rows is not None else ""
    return f"{scan.node.name} on {scan.table.key}: {scan.expected:,.0f} rows expected{found}"
