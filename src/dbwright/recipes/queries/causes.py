"""Why the index is missing that the planner would take: the word for it that helps."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Literal

from sqlglot import exp

from dbwright.core.candidate import Candidate
from dbwright.core.plan import Node
from dbwright.core.query import Query
from dbwright.core.schema import Table
from dbwright.recipes.queries import bloat, indexes, or_arms, plans
from dbwright.recipes.queries.comparisons import has_index
from dbwright.recipes.queries.reading import Block, Reading

Cause = Literal[
    "missing", "column order", "or", "limit", "queue", "prefix", "json", "pattern", "other"
]
_PLAIN: tuple[Cause, ...] = ("missing", "column order")
_TRIED, _CARRIED = 2, 3
_COSTLY = 500.0
"""The planner's cost from which on rows that an index gives and a filter drops are worth a word:
so much as reading 500 pages."""

_CHEAP = 100.0
"""The planner's cost of a whole statement that skips through an index below which that will do."""


def of(query: Query, reading: Reading, table: Table, candidate: Candidate) -> Cause:
    """Gives why a candidate is not there; "other" for what is no fault of the indexes."""
    first = candidate.keys[0]
    name = first.expression.strip('"')
    if not all(key.is_column for key in candidate.keys):
        return "json" if "->>" in candidate.definition else "other"
    if any(key.opclass == "gin_trgm_ops" for key in candidate.keys):
        return "pattern"
    if candidate.method in ("gin", "gist"):
        column = table.column(name)
        return "json" if column is not None and column.type == "jsonb" else "missing"
    if candidate.method != "btree":
        return "other"
    if any(key.opclass for key in candidate.keys):
        return "prefix" if has_index(table, name) else "missing"
    return _of_plain(query, reading, table, candidate, name)


def _of_plain(
    query: Query, reading: Reading, table: Table, candidate: Candidate, name: str
) -> Cause:
    blocks = list(blocks_of(reading, table))
    if any(skips_locked(block) for block in blocks):
        return "queue"
    if any(name in or_arms.unindexed_columns(reading, block, table) for block in blocks):
        return "or"
    if plans.walks_far(query, table) and any(block.limited for block in blocks):
        return "limit"
    if (index := behind_another(table, candidate)) is not None:
        return "other" if _skips_cheaply(query, table, index) else "column order"
    if indexes.existing_with_first_key(table, candidate) is None:
        return "missing" if plans.reads_whole(query, table) else "other"
    costly = any(node.cost >= _COSTLY for node in plans.reads(query, table))
    return "missing" if costly and len(candidate.keys) > 1 else "other"


def _skips_cheaply(query: Query, table: Table, index: str) -> bool:
    """Whether PostgreSQL searches an index by a later column, and the whole statement costs little.

    From 18 on it skips from value to value of the columns in front.
    """
    if query.root is None or query.target.dialect != "postgresql" or query.root.cost >= _CHEAP:
        return False
    reads = list(plans.reads(query, table))
    return bool(reads) and all(_is_searched(node, index) for node in reads)


def _is_searched(node: Node, index: str) -> bool:
    scans = node.children if node.name == "Bitmap Heap Scan" else (node,)
    return not node.filter and all(each.index == index and each.index_condition for each in scans)


def _is_bloat(query: Query, table: Table) -> bool:
    """Whether a table's few rows are far apart: read together they need no index."""
    needed = bloat.needed(query, table)
    return needed is not None and needed < bloat.PAGES


def blocks_of(reading: Reading, table: Table) -> Iterator[Block]:
    """Gives the blocks that read a table."""
    for block in reading.blocks:
        if any(each.table is table for each in block.sources.values()):
            yield block


def skips_locked(block: Block) -> bool:
    """Whether a block takes its rows with FOR UPDATE SKIP LOCKED, as one of several workers."""
    locks = block.node.args.get("locks") or ()
    return any(isinstance(each, exp.Lock) and each.args.get("wait") is False for each in locks)


def behind_another(table: Table, candidate: Candidate) -> str | None:
    """Gives the index that has a candidate's first column behind another one, if none leads so."""
    name = candidate.keys[0].expression.strip('"')
    if has_index(table, name):
        return None
    if table.primary_key and name in table.primary_key.columns:
        return table.primary_key.name or "the primary key"
    for unique in table.uniques:
        if name in unique.columns:
            return unique.name or "a UNIQUE"
    for index in table.indexes:
        if index.valid and name in index.columns[1:]:
            return index.name
    return None


def candidates(
    query: Query, reading: Reading, *wanted: Cause
) -> Iterator[tuple[Table, list[Candidate]]]:
    """Gives by table the candidates to try, where the best one is missing for one of the causes.

    At most two, without columns that they only carry; the one with fewer keys stands first, and
    is passed where the other gains far more. Where most of the rows are read, one that carries
    what is read of them stands behind: else each row is a visit to the table.
    """
    for table, every in indexes.by_table(query):
        if _is_bloat(query, table):
            continue
        told = [(of(query, reading, table, each), each) for each in every]
        lead = next((cause for cause, _ in told if cause != "other"), None)
        if lead not in wanted:
            continue
        alike = {lead, *(_PLAIN if lead in _PLAIN else ())}
        fitting = [each for cause, each in told if cause in alike]
        plain = dict.fromkeys(replace(each, include=()) for each in fitting)
        carrying = [each for each in fitting if 0 < len(each.include) <= _CARRIED]
        most = plans.reads_most(query, table)
        chosen = sorted(list(plain)[:_TRIED], key=lambda each: len(each.keys))
        yield table, [*chosen, *(carrying[:1] if most else ())]
