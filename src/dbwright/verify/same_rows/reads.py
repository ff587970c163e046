"""What two queries read: base tables through views, functions, and why it cannot be tested."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from dbwright.core.query_parts import QueryParts
from dbwright.core.schema import Schema
from dbwright.verify.same_rows.bench import Unfit

_DEEPEST = 20


@dataclass(slots=True)
class Reads:
    """The base tables, in the order of their first mention, with all that views bring along."""

    tables: dict[str, None] = field(default_factory=dict)
    views: list[QueryParts] = field(default_factory=list)
    materialized: dict[str, None] = field(default_factory=dict)
    functions: dict[str, None] = field(default_factory=dict)
    unknown: dict[str, None] = field(default_factory=dict)


def reads(
    schema: Schema, queries: tuple[QueryParts, ...], parse: Callable[[str], QueryParts]
) -> Reads:
    """Gives what the queries read. Raises Unfit for what rows cannot be made for."""
    found = Reads()
    for parts in queries:
        _follow(schema, parts, parse, found, 0)
    return found


def _follow(
    schema: Schema,
    parts: QueryParts,
    parse: Callable[[str], QueryParts],
    found: Reads,
    depth: int,
) -> None:
    found.functions |= dict.fromkeys(parts.functions)
    for key in parts.relations:
        table = schema.table(key)
        if table is None or depth > _DEEPEST:
            found.unknown[key] = None
            continue
        if table.kind == "foreign":
            raise Unfit(f"{key} is a foreign table, whose rows another server has")
        if table.kind not in ("view", "materialized view"):
            found.tables[key] = None
            continue
        inner = parse((table.definition or "").strip().rstrip(";"))
        if inner.refused:
            raise Unfit(f"the view {key} cannot be read: {inner.refused}")
        found.views.append(inner)
        _follow(schema, inner, parse, found, depth + 1)
        if table.kind == "materialized view":
            found.materialized[key] = None
