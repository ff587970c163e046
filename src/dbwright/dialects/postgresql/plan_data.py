"""EXPLAIN's data, as its JSON, YAML and XML have it, into the values of the core.

The names are those of the server's source, `src/backend/commands/explain.c`, versions 13 to 18.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from dbwright.core.errors import PlanError
from dbwright.core.explained import Explained
from dbwright.core.plan_node import Node
from dbwright.core.plan_parts import (
    Blocks,
    Buffers,
    Cache,
    Hash,
    InputOutput,
    Jit,
    Sort,
    Trigger,
    Wal,
    Worker,
    Written,
)
from dbwright.dialects.postgresql.plan_values import (
    Values,
    number,
    outline,
    texts,
    values,
    whole,
)

_TELLS = object()
DEEPEST = 250
"""So many nodes may stand below one another."""


def explained(data: Any) -> Explained:
    """Gives what one EXPLAIN said; raises PlanError for data that is no plan of PostgreSQL."""
    data = values(data)
    known = values(data.pop("Plan"))
    planning = values(data.pop("Planning", None) or {})
    serialization = values(data.pop("Serialization", None) or {})
    text = data.pop("Query Text", None)
    return Explained(
        node(known),
        sql=str(text).strip() if text is not None else None,
        planning_time=number(data.pop("Planning Time", None)),
        execution_time=number(data.pop("Execution Time", None)),
        serialization_time=number(serialization.get("Time")),
        planning_buffers=_buffers(planning),
        memory=whole(planning.get("Memory Used")),
        triggers=tuple(map(_trigger, data.pop("Triggers", None) or ())),
        jit=_jit(data.pop("JIT", None)),
        settings={str(key): str(value) for key, value in _settings(data).items()},
        query_id=whole(data.pop("Query Identifier", None)),
        extra=data | ({"Serialization": serialization} if serialization else {}),
    )


def node(data: Mapping[str, Any], depth: int = 0) -> Node:
    """Gives a node, and all below it, of EXPLAIN's data; see `explained`."""
    left = values(data)
    if not isinstance(left.get("Node Type"), str):
        raise PlanError("a node of the plan has no Node Type")
    if depth > DEEPEST:
        raise PlanError(f"more than {DEEPEST} nodes of the plan stand below one another")
    children = tuple(node(values(each), depth + 1) for each in _listed(left.pop("Plans", None)))
    fields = _plain(left)
    left = {key: value for key, value in left.items() if _SILENT.get(key, _TELLS) != value}
    return Node(
        children=children,
        rows=number(left.pop("Plan Rows", None)) or 0.0,
        cost=number(left.pop("Total Cost", None)) or 0.0,
        startup_cost=number(left.pop("Startup Cost", None)) or 0.0,
        backward=left.pop("Scan Direction", None) == "Backward",
        keys=_keys(left),
        output=texts(left.pop("Output", None)),
        workers=_workers(left),
        sort=_sort(left),
        hash=_hash(left),
        cache=_cache(left),
        written=_written(left),
        buffers=_buffers(left),
        io=_io(left),
        wal=_wal(left),
        extra=left,
        **fields,
    )


def _plain(left: Values) -> Values:
    """The fields that are a text, a number or a truth as they are; they leave the data."""
    found: Values = {"name": str(left.pop("Node Type"))}
    found |= {field: _text(left.pop(key, None)) for key, field in _TEXTS.items()}
    found |= {field: number(left.pop(key, None)) for key, field in _NUMBERS.items()}
    found |= {field: whole(left.pop(key, None)) for key, field in _COUNTS.items()}
    found |= {field: _flag(left.pop(key, None)) for key, field in _FLAGS.items()}
    for field, keys in _ALIKE.items():
        told = [_text(left.pop(key, None)) for key in keys]
        found[field] = next((each for each in told if each is not None), found.get(field))
    if found["loops"] == 0:
        found |= {"time": None, "startup_time": None}
    for field, over in _REMOVED.items():
        if found["loops"] is not None and found[field] is None and found[over]:
            found[field] = 0.0  # which text does not tell
    return found


_ALIKE = {
    "source": ("Function Name", "CTE Name", "Table Function Name", "Tuplestore Name", "Relations"),
    "join_condition": ("Hash Cond", "Merge Cond"),
    "index_condition": ("Index Cond", "TID Cond"),
}
_TEXTS = {
    "Relation Name": "relation",
    "Index Name": "index",
    "Schema": "schema",
    "Alias": "alias",
    "Parent Relationship": "parent",
    "Subplan Name": "subplan",
    "Join Type": "join_type",
    "Strategy": "strategy",
    "Partial Mode": "partial_mode",
    "Operation": "operation",
    "Filter": "filter",
    "Recheck Cond": "recheck_condition",
    "Join Filter": "join_filter",
    "One-Time Filter": "one_time_filter",
    "Order By": "order_by",
}
_NUMBERS = {
    "Actual Rows": "actual_rows",
    "Actual Loops": "loops",
    "Actual Startup Time": "startup_time",
    "Actual Total Time": "time",
    "Rows Removed by Filter": "removed",
    "Rows Removed by Join Filter": "removed_by_join",
    "Rows Removed by Index Recheck": "removed_by_recheck",
    "Heap Fetches": "heap_fetches",
}
_REMOVED = {"removed": "filter", "removed_by_join": "join_filter"}
_COUNTS = {
    "Plan Width": "width",
    "Exact Heap Blocks": "exact_blocks",
    "Lossy Heap Blocks": "lossy_blocks",
    "Index Searches": "index_searches",
    "Workers Planned": "workers_planned",
    "Workers Launched": "workers_launched",
}
_FLAGS = {
    "Parallel Aware": "parallel",
    "Disabled": "disabled",
    "Inner Unique": "inner_unique",
}
_SILENT = {"Async Capable": False, "Single Copy": False, "Subplans Removed": 0}
"""What the server's text does not say where it is so."""
_MEASURED = ("Shared ", "Local ", "Temp ", "WAL ", "I/O ")
_SETS = ("Group Keys", "Hash Keys")


def _listed(found: Any) -> list[Any]:
    if found is None:
        return []
    return found if isinstance(found, list) else [found]


def _text(found: Any) -> str | None:
    return found if found is None or isinstance(found, str) else outline(found)


def _flag(found: Any) -> bool:
    return found is True or found == "true"


def _keys(left: Values) -> tuple[str, ...]:
    """The keys of a group, or those of each grouping set."""
    found = texts(left.pop("Group Key", None))
    for each in _listed(left.pop("Grouping Sets", None)):
        for name in _SETS:
            for keys in _listed(values(each).get(name)):
                inside = ", ".join(texts(keys))
                found += (inside if inside and name == "Hash Keys" else inside or "()",)
    return found


def _workers(left: Values) -> tuple[Worker, ...]:
    """The workers' parts; how each sorted or hashed stays as it is in `Workers`."""
    found, others = [], []
    for each in _listed(left.pop("Workers", None)):
        data = values(each)
        name = data.pop("Worker Number", None)
        times = ("Startup Time", "Total Time", "Rows", "Loops")
        known = [number(data.pop(f"Actual {what}", None)) for what in times]
        found.append(Worker(whole(name) or 0, *known))
        kept = {key: value for key, value in data.items() if not key.startswith(_MEASURED)}
        others += [{"Worker Number": name} | kept] if kept else []
    if others:
        left["Workers"] = others
    return tuple(found)


def _sort(left: Values) -> Sort | None:
    keys = texts(left.pop("Sort Key", None))
    if not keys:
        return None
    method = _text(left.pop("Sort Method", None))
    size, kind = whole(left.pop("Sort Space Used", None)), left.pop("Sort Space Type", None)
    groups = 0
    for name in ("Full-sort Groups", "Pre-sorted Groups"):
        group = values(left.get(name) or {})
        groups += whole(group.get("Group Count")) or 0
        method = method or ", ".join(texts(group.get("Sort Methods Used"))) or None
        for where in ("Memory", "Disk"):
            peak = whole(values(group.get(f"Sort Space {where}") or {}).get("Peak Sort Space Used"))
            if peak is not None:
                size, kind = max(size or 0, peak), "Disk" if kind == "Disk" else where
    presorted = texts(left.pop("Presorted Key", None))
    return Sort(keys, presorted, method, size, kind == "Disk", groups or None)


def _hash(left: Values) -> Hash | None:
    found = Hash(
        whole(left.pop("Hash Buckets", None)),
        whole(left.pop("Original Hash Buckets", None)),
        _first(whole(left.pop("Hash Batches", None)), whole(left.pop("HashAgg Batches", None))),
        whole(left.pop("Original Hash Batches", None)),
        whole(left.pop("Planned Partitions", None)) or None,
        None if "Cache Key" in left else whole(left.pop("Peak Memory Usage", None)),
        whole(left.pop("Disk Usage", None)) or None,
    )
    return found if found != Hash() else None


def _first(one: int | None, other: int | None) -> int | None:
    return other if one is None else one


def _cache(left: Values) -> Cache | None:
    if "Cache Key" not in left:
        return None
    return Cache(
        _text(left.pop("Cache Key")),
        _text(left.pop("Cache Mode", None)),
        whole(left.pop("Cache Hits", None)),
        whole(left.pop("Cache Misses", None)),
        whole(left.pop("Cache Evictions", None)),
        whole(left.pop("Cache Overflows", None)),
        whole(left.pop("Peak Memory Usage", None)),
    )


def _written(left: Values) -> Written | None:
    found = Written(
        number(left.pop("Tuples Inserted", None)),
        number(left.pop("Tuples Updated", None)),
        number(left.pop("Tuples Deleted", None)),
        number(left.pop("Tuples Skipped", None)),
        number(left.pop("Conflicting Tuples", None)),
    )
    return found if found != Written() else None


def _buffers(left: Values) -> Buffers | None:
    kinds: dict[str, Blocks] = {}
    known = False
    for kind in ("Shared", "Local", "Temp"):
        counts = [
            whole(left.pop(f"{kind} {what} Blocks", None))
            for what in ("Hit", "Read", "Dirtied", "Written")
        ]
        known |= any(count is not None for count in counts)
        kinds[kind.lower()] = Blocks(*(count or 0 for count in counts))
    return Buffers(**kinds) if known else None


def _io(left: Values) -> InputOutput | None:
    times: dict[str, float] = {}
    for kind, names in (("shared", ("Shared I/O", "I/O")), ("local", ("Local I/O",)),
                        ("temp", ("Temp I/O",))):  # fmt: skip
        for what in ("Read", "Write"):
            for name in names:
                time = number(left.pop(f"{name} {what} Time", None))
                if time is not None:
                    times[f"{kind}_{what.lower()}"] = time
    return InputOutput(**times) if times else None


def _wal(left: Values) -> Wal | None:
    names = ("Records", "FPI", "Bytes", "Buffers Full")
    counts = [whole(left.pop(f"WAL {name}", None)) for name in names]
    if all(count is None for count in counts):
        return None
    return Wal(*(count or 0 for count in counts))


def _trigger(found: Any) -> Trigger:
    data = values(found)
    return Trigger(
        _text(data.get("Trigger Name")),
        _text(data.get("Relation")),
        _text(data.get("Constraint Name")),
        number(data.get("Time")),
        whole(data.get("Calls")) or 0,
    )


def _jit(found: Any) -> Jit | None:
    if not found:
        return None
    data = values(found)
    options, timing = values(data.get("Options") or {}), values(data.get("Timing") or {})
    generation = timing.get("Generation")
    if isinstance(generation, Mapping):  # since version 17
        generation = generation.get("Total")
    names = ("Inlining", "Optimization", "Emission", "Total")
    return Jit(
        whole(data.get("Functions")) or 0,
        _flag(options.get("Inlining")),
        _flag(options.get("Optimization")),
        number(generation) or 0.0,
        *(number(timing.get(name)) or 0.0 for name in names),
    )


def _settings(data: Values) -> Values:
    return values(data.pop("Settings", None) or {})
