"""The first line of a node in EXPLAIN's text, into the names that its JSON has."""

from __future__ import annotations

import re
from typing import Any

Values = dict[str, Any]

_TAIL = re.compile(
    r"\s*(?:\(cost=(?P<startup>[\d.]+?)\.\.(?P<total>[\d.]+) rows=(?P<rows>[\d.]+) "
    r"width=(?P<width>\d+)\))?"
    r"\s*(?:\((?:actual (?:time=(?P<first>[\d.]+?)\.\.(?P<last>[\d.]+) )?rows=(?P<got>[\d.]+) "
    r"loops=(?P<loops>\d+)|(?P<never>never executed))\))?\s*$"
)
_ACTUAL = re.compile(
    r"(?:actual )?(?:time=(?P<first>[\d.]+?)\.\.(?P<last>[\d.]+) )?rows=(?P<got>[\d.]+) "
    r"loops=(?P<loops>\d+)$"
)
_JOIN = re.compile(
    r"(?:(?P<kind>Hash|Merge)(?: (?P<type>Left|Right|Full|Semi|Anti|Right Semi|Right Anti))? Join"
    r"|Nested Loop(?: (?P<loop>Left|Right|Full|Semi|Anti|Right Semi|Right Anti) Join)?)$"
)
_AGGREGATES = {
    "Aggregate": "Plain",
    "GroupAggregate": "Sorted",
    "HashAggregate": "Hashed",
    "MixedAggregate": "Mixed",
}
_SET = re.compile(r"(?P<hashed>Hash)?SetOp (?P<command>(?:Except|Intersect)(?: All)?)$")
_WRITES = {"Insert", "Update", "Delete", "Merge"}
_OTHERS = {
    *("Result", "ProjectSet", "Append", "Merge Append", "Recursive Union", "BitmapAnd"),
    *("BitmapOr", "Seq Scan", "Sample Scan", "Gather", "Gather Merge", "Index Scan"),
    *("Index Only Scan", "Bitmap Index Scan", "Bitmap Heap Scan", "Tid Scan", "Tid Range Scan"),
    *("Subquery Scan", "Function Scan", "Table Function Scan", "Values Scan", "CTE Scan"),
    *("Named Tuplestore Scan", "WorkTable Scan", "Foreign Scan", "Custom Scan", "Materialize"),
    *("Memoize", "Sort", "Incremental Sort", "Group", "WindowAgg", "Unique", "LockRows", "Limit"),
    *("Hash", "Result Cache"),
}
_CUSTOM = re.compile(r"Custom Scan \((?P<provider>[^)]*)\)$")
_IDENTIFIER = re.compile(r'"((?:[^"]|"")*)"|([^\s."]+)')
_READ_AS = {
    "Function Scan": "Function Name",
    "Table Function Scan": "Table Function Name",
    "CTE Scan": "CTE Name",
    "WorkTable Scan": "CTE Name",
    "Named Tuplestore Scan": "Tuplestore Name",
}
_ONLY_ALIAS = {"Values Scan", "Subquery Scan"}


def node_data(text: str) -> Values | None:
    """Gives what a node's first line says, None for a line that is none.

    >>> node_data("Parallel Seq Scan on orders o")["Alias"]
    'o'
    """
    tail = _TAIL.search(text)
    if tail is None:  # pragma: no cover: it matches the empty end
        return None
    label, target = _parted(text[: tail.start()].strip())
    found = _named(label)
    if found is None and tail["total"] is not None and label[:1].isupper():
        found = {"Node Type": label}  # of an extension, or of a version that is not known yet
    if found is None:
        return None
    if target and found["Node Type"] == "Bitmap Index Scan":
        found["Index Name"] = _last(_names(target))
    elif target:
        found.update(_target(found["Node Type"], target))
    if tail["total"] is not None:
        found |= {"Startup Cost": float(tail["startup"]), "Total Cost": float(tail["total"])}
        found |= {"Plan Rows": float(tail["rows"]), "Plan Width": int(tail["width"])}
    return found | actual(tail)


def actual(found: re.Match[str]) -> Values:
    """Gives the measured times, rows and loops that a match holds."""
    groups = found.groupdict()
    if groups.get("never"):
        return {"Actual Rows": 0.0, "Actual Loops": 0}
    if groups["got"] is None:
        return {}
    data: Values = {"Actual Rows": float(groups["got"]), "Actual Loops": int(groups["loops"])}
    if groups["first"] is not None:
        data["Actual Startup Time"] = float(groups["first"])
        data["Actual Total Time"] = float(groups["last"])
    return data


def worker_actual(text: str) -> Values | None:
    """Gives what a worker's line says of its rows and times, None for another line."""
    found = _ACTUAL.match(text)
    return actual(found) if found else None


def target_data(text: str) -> Values:
    """Gives the table of a line that only names one: `Update on orders_1 o`."""
    _, _, target = text.partition(" on ")
    return _target("ModifyTable", target)


def _parted(text: str) -> tuple[str, str]:
    """Parts `Index Scan using i on t` into its label and what it names."""
    for word in (" using ", " on "):
        label, found, target = text.partition(word)
        if found and '"' not in label and "'" not in label:
            return label.strip(), (f"{word.strip()} {target}" if word == " using " else target)
    return text, ""


def _named(label: str) -> Values | None:
    found: Values = {}
    for word, key, value in (
        ("Async ", "Async Capable", True),
        ("Parallel ", "Parallel Aware", True),
        ("Partial ", "Partial Mode", "Partial"),
        ("Finalize ", "Partial Mode", "Finalize"),
    ):
        if label.startswith(word):
            label, found[key] = label[len(word) :], value
    if label.endswith(" Backward"):
        label, found["Scan Direction"] = label.removesuffix(" Backward"), "Backward"
    if join := _JOIN.match(label):
        kind = f"{join['kind']} Join" if join["kind"] else "Nested Loop"
        return {"Node Type": kind, "Join Type": join["type"] or join["loop"] or "Inner"} | found
    if label in _AGGREGATES:
        mode = {"Partial Mode": found.get("Partial Mode", "Simple")}
        return {"Node Type": "Aggregate", "Strategy": _AGGREGATES[label]} | found | mode
    if sets := _SET.match(label):
        strategy = "Hashed" if sets["hashed"] else "Sorted"
        return {"Node Type": "SetOp", "Strategy": strategy, "Command": sets["command"]} | found
    if label in _WRITES:
        return {"Node Type": "ModifyTable", "Operation": label} | found
    if label.removeprefix("Foreign ") in _WRITES:
        return {"Node Type": "Foreign Scan", "Operation": label.removeprefix("Foreign ")} | found
    if custom := _CUSTOM.match(label):
        return {"Node Type": "Custom Scan", "Custom Plan Provider": custom["provider"]} | found
    return {"Node Type": label} | found if label in _OTHERS else None


def _target(kind: str, target: str) -> Values:
    found: Values = {}
    if target.startswith("using "):
        index, end = _name(target, 6)
        found["Index Name"] = _last([index])
        if not target.startswith(" on ", end):
            return found
        target = target[end + 4 :]
    names = _names(target)
    if not names:
        return found
    if kind in _ONLY_ALIAS:
        return found | {"Alias": names[0][-1]}
    path = names[0]
    key = _READ_AS.get(kind, "Relation Name")
    found[key] = path[-1]
    if len(path) > 1:
        found["Schema"] = path[0]
    return found | {"Alias": names[1][-1] if len(names) > 1 else path[-1]}


def _last(names: list[list[str]]) -> str | None:
    return names[0][-1] if names and names[0] else None


def _names(text: str) -> list[list[str]]:
    """The names of a text, each with what stands before its dot: `"My Shop"."T" t`."""
    found, at = [], 0
    while at < len(text):
        name, end = _name(text, at)
        if not name:
            break
        found.append(name)
        at = end + (len(text[end:]) - len(text[end:].lstrip()))
        if at == end:
            break
    return found


def _name(text: str, at: int) -> tuple[list[str], int]:
    parts: list[str] = []
    while match := _IDENTIFIER.match(text, at):
        quoted, plain = match.groups()
        parts.append(quoted.replace('""', '"') if quoted is not None else plain)
        at = match.end()
        if not text.startswith(".", at):
            break
        at += 1
    return parts, at
