"""What a plan alone shows of a missing index: what a filter compares, and what it dropped."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

from dbwright.core.access import Condition
from dbwright.core.finding import Finding, Remedy, Risk
from dbwright.core.identifiers import spelled
from dbwright.core.plan_steps import Step, steps
from dbwright.core.query import Query
from dbwright.core.schema import qualified
from dbwright.dialects.postgresql.conditions_read import of_one
from dbwright.recipes.queries import estimates, remedies

_TIMES, _MANY, _KEYS = 10.0, 1000.0, 3
"""Ten rows dropped for each that is kept, a thousand in all; keys of an index."""
_EXACT = ("equal", "in", "null", "true", "false")
_RANGES = ("range",)


@dataclass(frozen=True, slots=True)
class Dropped:
    """A scan that read all of a table and dropped most of it."""

    step: Step
    table: str
    conditions: tuple[Condition, ...]

    @property
    def columns(self) -> list[str]:
        """The columns for an index: those of equality first, then one of a range."""
        exact = [c.column for c in self.conditions if c.kind in _EXACT and c.column]
        ranges = [c.column for c in self.conditions if c.kind in _RANGES and c.column]
        return list(dict.fromkeys([*exact, *ranges[:1]]))[:_KEYS]

    @property
    def expressions(self) -> list[str]:
        """What is compared that is no column: a function or a cast of one."""
        compared = [c for c in self.conditions if c.kind in (*_EXACT, *_RANGES) and not c.column]
        return list(dict.fromkeys(each.expression for each in compared))


def dropped(query: Query) -> Iterator[Dropped]:
    """Gives each scan of a whole table that a run of a plan without a database saw drop most."""
    if query.ground != "given" or query.root is None:
        return
    for step in steps(query.root):
        node, kept = step.node, step.found
        if node.name != "Seq Scan" or not node.filter or not node.relation or kept is None:
            continue
        removed = (node.removed or 0.0) * (node.loops or 1.0)
        if removed < max(_MANY, _TIMES * kept):
            continue
        schema = None if node.schema in (None, "public") else node.schema
        conditions = tuple(of_one(node.filter, node.alias or node.relation))
        yield Dropped(step, qualified(node.relation, schema), conditions)


def missing_indexes(query: Query) -> Iterator[Finding]:
    """Gives a finding for each table that the plan reads whole for what an index could find."""
    seen: set[str] = set()
    for each in dropped(query):
        keys = each.columns or each.expressions[:1]
        table = estimates.table_of(query, each.step.node)
        known = table is not None and bool(table.columns)
        if not keys or each.table in seen:
            continue
        if known and table is not None and table.has_index_leading_with((keys[0],)):
            continue
        seen.add(each.table)
        removed = (each.step.node.removed or 0.0) * (each.step.node.loops or 1.0)
        listed = ", ".join(keys)
        yield remedies.finding(
            query,
            "this plan reads the whole table to find few rows",
            f"{each.table}.{listed}",
            [_remedy(query, each, keys)],
            evidence=[
                f"{removed:,.0f} rows were dropped and {each.step.found or 0:,.0f} kept by "
                f"{each.step.node.filter}"
            ],
            table=each.table,
            columns=listed,
        )


def _remedy(query: Query, found: Dropped, keys: list[str]) -> Remedy:
    table = estimates.table_of(query, found.step.node)
    plain = bool(found.columns)
    if table is not None and plain and all(table.column(each) for each in keys):
        return remedies.index(query, table, [remedies.column(each) for each in keys])
    listed = ", ".join(spelled(each) if plain else f"({each})" for each in keys)
    name = ".".join(spelled(part) for part in found.table.split("."))
    words = "_".join([found.table.rpartition(".")[2], *(keys if plain else ["new"])])
    made = f"ix_{words}"[:63]
    schema = f"{name.rpartition('.')[0]}." if "." in name else ""
    remedy = remedies.in_code(
        f"an index on {found.table} ({listed})",
        f"create index concurrently {spelled(made)} on {name} ({listed});",
        tradeoff="each INSERT, and each UPDATE of these columns, keeps one more index",
        risk=Risk(
            "the plan alone does not tell which indexes and types the table has, so that nothing "
            "was tried",
            "look at the table's indexes first, or give the review the schema: --db URL, --twin",
        ),
    )
    return replace(
        remedy,
        undo=f"drop index concurrently {schema}{spelled(made)}",
        tests="EXPLAIN of the query names the index",
        backup="none needed: no row changes",
    )
