"""The properties of a node in EXPLAIN's text, into the names and values that its JSON has."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

Values = dict[str, Any]

_PAIR = re.compile(r"([a-z][a-z ]*)=([\d.]+)")
_BLOCKS = re.compile(r"(shared|local|temp)((?: (?:hit|read|dirtied|written)=\d+)+)")
_SIZED = re.compile(r"([A-Z][A-Za-z -]*?): ([\w.-]+(?: \(originally \d+\))?)")
_SORT = re.compile(r"(?P<method>.+?)  (?P<kind>Memory|Disk|Average Memory): ")
_KILOBYTES = re.compile(r"^(\d+)kB$")
_GROUPS = re.compile(
    r"(?P<count>\d+)  Sort Methods?: (?P<methods>.*?)  (?P<rest>(?:Average|Peak) .*)$"
)
_SPACE = re.compile(r"Average (Memory|Disk): (\d+)kB  Peak (?:Memory|Disk): (\d+)kB")
_ORIGINALLY = re.compile(r"^(\d+) \(originally (\d+)\)$")
_LISTS = {"Output", "Sort Key", "Presorted Key", "Group Key", "Params Evaluated"}
_LISTS |= {"Conflict Arbiter Indexes"}
_NUMBERS = {
    *("Rows Removed by Filter", "Rows Removed by Join Filter", "Rows Removed by Index Recheck"),
    *("Rows Removed by Conflict Filter", "Heap Fetches", "Workers Planned", "Workers Launched"),
    *("Index Searches", "Planned Partitions", "Subplans Removed", "Tuples Inserted"),
    "Conflicting Tuples",
}
_SIZES = {
    "Buckets": "Hash Buckets",
    "Batches": "Hash Batches",
    "Memory Usage": "Peak Memory Usage",
    "Disk Usage": "Disk Usage",
    "Planned Partitions": "Planned Partitions",
    "Hits": "Cache Hits",
    "Misses": "Cache Misses",
    "Evictions": "Cache Evictions",
    "Overflows": "Cache Overflows",
    "Storage": "Storage",
    "Maximum Storage": "Maximum Storage",
}


def add(data: Values, key: str, value: str, kind: str) -> None:
    """Puts one property of a node, or a worker's of it, into data; the unknown as it is written."""
    handler = _HANDLERS.get(key)
    if key == "Sort Key" and kind == "Aggregate":
        _set_keys(key)(data, value)
    elif handler is not None:
        handler(data, value)
    elif key in _LISTS:
        data[key] = list(listed(value))
    elif key in _NUMBERS and value.replace(".", "", 1).isdigit():
        data[key] = float(value)
    elif key in ("Single Copy", "Inner Unique", "Disabled"):
        data[key] = value == "true"
    elif key in _SIZES:
        _sized(data, f"{key}: {value}", kind)
    else:
        data[key] = value


def listed(text: str) -> tuple[str, ...]:
    """Parts a list at its commas, not at those inside of parentheses and quotes.

    >>> listed('coalesce(a, b) DESC, "c, d"')
    ('coalesce(a, b) DESC', '"c, d"')
    """
    found, quote, depth, start = [], "", 0, 0
    for at, letter in enumerate(text):
        if quote:
            quote = "" if letter == quote else quote
        elif letter in "'\"":
            quote = letter
        elif letter in "([":
            depth += 1
        elif letter in ")]":
            depth -= 1
        elif letter == "," and not depth and text[at : at + 2] == ", ":
            found.append(text[start:at])
            start = at + 2
    return (*found, text[start:])


def buffers(data: Values, value: str) -> None:
    """Puts the blocks of a `Buffers:` line into the data."""
    for kind, counts in _BLOCKS.findall(value):
        for what, count in re.findall(r"(\w+)=(\d+)", counts):
            data[f"{kind.title()} {what.title()} Blocks"] = int(count)


def times(data: Values, value: str) -> None:
    """Puts the times of an `I/O Timings:` line into the data; before 15 it has one kind only."""
    for part in value.split(", "):
        kind, blank, rest = part.strip().partition(" ")
        if "=" in kind or not blank:
            kind, rest = "", part
        name = {"shared/local": "", "shared": "Shared ", "local": "Local ", "temp": "Temp "}
        for what, count in _PAIR.findall(rest):
            data[f"{name.get(kind, '')}I/O {what.strip().title()} Time"] = float(count)


def _wal(data: Values, value: str) -> None:
    names = {"records": "Records", "fpi": "FPI", "bytes": "Bytes", "buffers full": "Buffers Full"}
    data |= {f"WAL {name}": 0 for name in ("Records", "FPI", "Bytes")}
    for what, count in _PAIR.findall(value):
        data[f"WAL {names.get(what.strip(), what.strip().title())}"] = int(float(count))


def _heap(data: Values, value: str) -> None:
    data |= {"Exact Heap Blocks": 0, "Lossy Heap Blocks": 0}
    for what, count in _PAIR.findall(value):
        data[f"{what.strip().title()} Heap Blocks"] = int(float(count))


def _tuples(data: Values, value: str) -> None:
    names = ("inserted", "updated", "deleted", "skipped")
    data |= {f"Tuples {name.title()}": 0 for name in names}
    for what, count in _PAIR.findall(value):
        data[f"Tuples {what.strip().title()}"] = float(count)


def _sort_method(data: Values, value: str) -> None:
    found = _SORT.match(value)
    if not found:
        data["Sort Method"] = value
        return
    data["Sort Method"], data["Sort Space Type"] = found["method"], found["kind"]
    data["Sort Space Used"] = _kilobytes(value[found.end() :])


def _sort_groups(name: str) -> Callable[[Values, str], None]:
    def put(data: Values, value: str) -> None:
        found = _GROUPS.match(value)
        if not found:
            data[name] = {}
            return
        group: Values = {
            "Group Count": int(found["count"]),
            "Sort Methods Used": found["methods"].split(", "),
        }
        for kind, average, peak in _SPACE.findall(found["rest"]):
            group[f"Sort Space {kind}"] = {
                "Average Sort Space Used": int(average),
                "Peak Sort Space Used": int(peak),
            }
        data[name] = group

    return put


def _sized(data: Values, value: str, kind: str) -> None:
    """A line of several: `Buckets: 1024  Batches: 1 (originally 4)  Memory Usage: 9kB`."""
    for key, found in _SIZED.findall(value):
        name = _SIZES.get(key, key)
        if name == "Hash Batches" and kind == "Aggregate":
            name = "HashAgg Batches"
        if original := _ORIGINALLY.match(found):
            data[name], data[f"Original {name}"] = int(original[1]), int(original[2])
        else:
            data[name] = _kilobytes(found)
            if name in ("Hash Buckets", "Hash Batches"):
                data[f"Original {name}"] = data[name]


def _kilobytes(text: str) -> Any:
    found = _KILOBYTES.match(text.strip())
    if found:
        return int(found[1])
    return int(text) if text.strip().isdigit() else text


_SAMPLING = re.compile(r"(?P<method>.+?) \((?P<parameters>.*?)\)(?: REPEATABLE \((?P<seed>.*)\))?$")


def _sampling(data: Values, value: str) -> None:
    found = _SAMPLING.match(value)
    if not found:
        data["Sampling"] = value
        return
    data["Sampling Method"] = found["method"]
    data["Sampling Parameters"] = list(listed(found["parameters"]))
    if found["seed"] is not None:
        data["Repeatable Seed"] = found["seed"]


def _set_keys(name: str) -> Callable[[Values, str], None]:
    """The keys of one grouping set; a plain group has one list of them only."""

    def put(data: Values, value: str) -> None:
        keys = [] if value == "()" else list(listed(value))
        if name == "Group Key" and "Group Key" not in data and "Grouping Sets" not in data:
            data["Group Key"] = keys or [value]
            return
        sets = data.setdefault("Grouping Sets", [])
        if "Group Key" in data:
            first = data.pop("Group Key")
            sets.append({"Group Keys": [[] if first == ["()"] else first]})
        key = {"Hash Key": "Hash Keys", "Group Key": "Group Keys"}.get(name)
        sets.append({key: [keys]} if key else {name: keys})

    return put


_HANDLERS: dict[str, Callable[[Values, str], None]] = {
    "Buffers": buffers,
    "I/O Timings": times,
    "WAL": _wal,
    "Heap Blocks": _heap,
    "Tuples": _tuples,
    "Sort Method": _sort_method,
    "Full-sort Groups": _sort_groups("Full-sort Groups"),
    "Full-sort Group": _sort_groups("Full-sort Groups"),
    "Pre-sorted Groups": _sort_groups("Pre-sorted Groups"),
    "Pre-sorted Group": _sort_groups("Pre-sorted Groups"),
    "Sampling": _sampling,
    "Group Key": _set_keys("Group Key"),
    "Hash Key": _set_keys("Hash Key"),
}
