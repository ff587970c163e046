"""EXPLAIN FORMAT=JSON of MySQL and MariaDB into the values of the core.

MariaDB's ANALYZE counts a table's time by itself (`r_table_time_ms`, `r_other_time_ms`); a node's
time here is that of all below it too, for each of its loops, as elsewhere.
https://mariadb.com/kb/en/analyze-format-json/
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from dbwright.core.errors import PlanError
from dbwright.core.explained import Explained
from dbwright.core.plan import Node

_ACCESS = {
    "ALL": "Table scan",
    "index": "Index scan",
    "range": "Index range scan",
    "ref": "Index lookup",
    "ref_or_null": "Index lookup",
    "eq_ref": "Single-row index lookup",
    "const": "Single-row index lookup",
    "system": "Constant row",
    "fulltext": "Full-text index search",
    "index_merge": "Index merge",
    "unique_subquery": "Single-row index lookup",
    "index_subquery": "Index lookup",
}
_NAMES = {
    "query_block": "Query block",
    "nested_loop": "Nested loop",
    "ordering_operation": "Sort",
    "filesort": "Sort",
    "read_sorted_file": "Read sorted file",
    "grouping_operation": "Group",
    "duplicates_removal": "Remove duplicates",
    "temporary_table": "Temporary table",
    "block-nl-join": "Block nested loop",
    "union_result": "Union",
    "materialized_from_subquery": "Materialize",
    "materialized": "Materialize",
    "expression_cache": "Subquery cache",
    "windowing": "Window",
    "buffer_result": "Buffer result",
}
_DEEPEST = 120


def access(kind: str) -> str:
    """Gives MySQL's own words for an access type.

    >>> access("ALL")
    'Table scan'
    """
    return _ACCESS.get(kind, kind)


def explained(data: Any) -> Explained:
    """Gives what EXPLAIN said; raises PlanError for data that is no plan of these servers."""
    if not isinstance(data, Mapping) or not isinstance(data.get("query_block"), Mapping):
        raise PlanError("there is no query_block in the plan")
    block = data["query_block"]
    maria = any(key.startswith("r_") for key in block) or "cost" in block
    root = _operation("query_block", block, 0)
    total = _number(block, "r_total_time_ms")
    return Explained(root, "mariadb" if maria else "mysql", execution_time=total)


def _operation(key: str, data: Mapping[str, Any], depth: int) -> Node:
    children = tuple(_children(data, depth + 1))
    loops = _number(data, "r_loops")
    below = [(child.time or 0) * (child.loops or 1) for child in children if child.time is not None]
    time = _number(data, "r_total_time_ms")
    if key == "query_block" or time is None or (below and time < sum(below)):
        time = max(time or 0.0, sum(below)) if below or time is not None else None
    return Node(
        _NAMES.get(key, key.replace("_", " ").capitalize()),
        index=_text(data.get("key")),
        rows=_number(data, "rows", "rows_produced_per_join") or 0.0,
        actual_rows=_number(data, "r_output_rows", "r_rows"),
        loops=loops if loops is not None else (1.0 if time is not None else None),
        cost=_cost(data),
        time=time / loops if time is not None and loops else time,
        children=children,
        extra={k: v for k, v in data.items() if isinstance(v, (str, int, float, bool))},
    )


def _children(data: Mapping[str, Any], depth: int) -> Iterator[Node]:
    if depth > _DEEPEST:
        raise PlanError(f"more than {_DEEPEST} operations of the plan stand below one another")
    for key, value in data.items():
        listed = value if isinstance(value, list) else [value]
        objects = [each for each in listed if isinstance(each, Mapping)]
        if key in ("cost_info", "used_columns") or not objects:
            continue
        if key == "table":
            yield from (_table(each, depth) for each in objects)
        elif key == "nested_loop":
            merged = [child for each in objects for child in _children(each, depth + 1)]
            yield _loop(tuple(merged))
        elif isinstance(value, list):
            for each in objects:
                yield from _children(each, depth + 1)
        else:
            yield _operation(key, value, depth)


def _loop(children: tuple[Node, ...]) -> Node:
    times = [child.time * (child.loops or 1) for child in children if child.time is not None]
    return Node(
        "Nested loop",
        loops=1.0 if times else None,
        time=sum(times) if times else None,
        cost=sum(child.cost for child in children),
        children=children,
    )


def _table(data: Mapping[str, Any], depth: int) -> Node:
    kind = str(data.get("access_type", ""))
    loops = _number(data, "r_loops")
    own = [_number(data, name) for name in ("r_table_time_ms", "r_other_time_ms")]
    known = [each for each in own if each is not None]
    time = sum(known) if known else _number(data, "r_total_time_ms")
    rows = _number(data, "rows", "rows_examined_per_scan") or 0.0
    got, kept = _number(data, "r_rows"), _number(data, "r_filtered")
    children = tuple(_children(data, depth + 1))
    below = sum((child.time or 0) * (child.loops or 1) for child in children)
    return Node(
        access(kind) if kind else str(data.get("message", "Table")),
        _text(data.get("table_name")),
        _text(data.get("key")),
        _text(data.get("attached_condition")),
        _text(data.get("index_condition")),
        rows,
        got * kept / 100 if got is not None and kept is not None else got,
        loops,
        _cost(data),
        got * (100 - kept) / 100 if got is not None and kept is not None else None,
        children,
        {k: v for k, v in data.items() if isinstance(v, (str, int, float, bool))},
        time=(time + below) / loops if time is not None and loops else None,
        strategy=kind or None,
    )


def _cost(data: Mapping[str, Any]) -> float:
    info = data.get("cost_info")
    inside = info if isinstance(info, Mapping) else {}
    return _number(data, "cost") or _number(inside, "query_cost", "prefix_cost") or 0.0


def _number(data: Mapping[str, Any], *names: str) -> float | None:
    for name in names:
        value = data.get(name)
        try:
            if value is not None and not isinstance(value, (list, dict)):
                return float(value)
        except ValueError:
            continue
    return None


def _text(value: Any) -> str | None:
    return None if value is None else str(value)
