"""EXPLAIN of MySQL and MariaDB as people copy it: the table, JSON, and MySQL's tree.

https://dev.mysql.com/doc/refman/8.4/en/explain-output.html
https://mariadb.com/kb/en/analyze-format-json/
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from dbwright.core.errors import PlanError
from dbwright.core.explained import Explained
from dbwright.core.plan import Node
from dbwright.dialects.mysql.plan_data import access

_WAY_OUT = "Paste the whole table that EXPLAIN prints, or what EXPLAIN FORMAT=JSON gives."
_COLUMNS = {"id", "select_type", "table", "type", "possible_keys", "key", "rows"}
_VERTICAL = re.compile(r"^\s*(\w+): ?(.*)$")
_STEP = re.compile(
    r"^(?P<indent>[\s|]*)->\s(?P<what>.*?)"
    r"(?:\s+\(cost=(?P<first>[\d.e+]+?)(?:\.\.(?P<cost>[\d.e+]+))? rows=(?P<rows>[\d.e+]+)\))?"
    r"(?:\s+\((?:actual time=(?P<start>[\d.e+]+?)\.\.(?P<time>[\d.e+]+) rows=(?P<got>[\d.e+]+) "
    r"loops=(?P<loops>\d+)|(?P<never>never executed))\))?\s*\|?$"
)
_ON = re.compile(
    r" on (?P<table>`[^`]*`|[\w$.]+)(?: using (?P<index>[\w$]+))?(?: \((?P<cond>.*)\))?"
)
_CONDITION = re.compile(
    r"^(?P<what>Filter|Nested loop [\w ]+|Sort|Limit|Group|Aggregate)\b:? ?(.*)$"
)


def looks_like(text: str) -> bool:
    """Whether the text has the heading of EXPLAIN's table, or a step of MySQL's tree."""
    lines = text.splitlines()
    if any(len(_COLUMNS & set(_cells(line))) >= 5 for line in lines):
        return True
    if {m[1] for line in lines if (m := _VERTICAL.match(line))} >= _COLUMNS:
        return True
    return any(_is_step(line) for line in lines)


def _is_step(line: str) -> bool:
    step = _STEP.match(line)
    return bool(step and (step["cost"] or step["first"]) and " width=" not in line)


def read(text: str) -> Explained:
    """Gives the plan of a text; raises PlanError with the line that cannot be read."""
    lines = list(enumerate(text.splitlines(), 1))
    if any(_is_step(line) for _, line in lines):
        return Explained(_tree(lines), "mysql")
    rows = _table(lines) or _vertical(lines)
    if not rows:
        raise PlanError("there is no row of a plan", line=1, way_out=_WAY_OUT)
    known = set().union(*rows)
    nodes = tuple(_row(each) for each in rows)
    return Explained(Node("EXPLAIN", children=nodes), "mariadb" if "r_rows" in known else "mysql")


def _cells(line: str) -> list[str]:
    sign = "|" if "|" in line else "\t"
    return [cell.strip() for cell in line.strip().strip("|").split(sign)]


def _table(lines: list[tuple[int, str]]) -> list[dict[str, str]]:
    names: list[str] = []
    found = []
    for number, line in lines:
        cells = _cells(line)
        if not names:
            names = cells if len(_COLUMNS & set(cells)) >= 5 else []
        elif len(cells) == len(names):
            found.append(dict(zip(names, cells, strict=True)))
        elif line.strip(" +-=\t") and found and ("|" in line or "\t" in line):
            raise PlanError(
                f"the row has {len(cells)} of {len(names)} columns", line=number, way_out=_WAY_OUT
            )
    return found


def _vertical(lines: list[tuple[int, str]]) -> list[dict[str, str]]:
    found: list[dict[str, str]] = []
    for _, line in lines:
        cell = _VERTICAL.match(line)
        if cell and cell[1] == "id":
            found.append({})
        if cell and found:
            found[-1][cell[1]] = cell[2].strip()
    return found


def _row(cells: Mapping[str, str]) -> Node:
    known = {key: value for key, value in cells.items() if value not in ("NULL", "")}
    extra: dict[str, Any] = {
        key: known[key]
        for key in ("id", "select_type", "possible_keys", "key_len", "ref", "filtered", "Extra",
                    "r_filtered", "partitions")
        if key in known
    }  # fmt: skip
    kind = known.get("type")
    return Node(
        access(kind) if kind else known.get("Extra") or known.get("select_type", "row"),
        known.get("table"),
        known.get("key"),
        rows=_number(known.get("rows")) or 0.0,
        actual_rows=_number(known.get("r_rows")),
        strategy=kind,
        filter="Using where" if "Using where" in known.get("Extra", "") else None,
        extra=extra,
    )


def _number(text: str | None) -> float | None:
    try:
        return float(text) if text is not None else None
    except ValueError:
        return None


def _tree(lines: list[tuple[int, str]]) -> Node:
    steps: list[tuple[int, re.Match[str]]] = []
    for number, line in lines:
        step = _STEP.match(line)
        if step:
            steps.append((len(step["indent"]), step))
        elif steps and line.strip(" |+-") and not line.strip().startswith(("EXPLAIN", "(")):
            raise PlanError(
                f"`{line.strip()[:50]}` is no step of a plan", line=number, way_out=_WAY_OUT
            )
    if len(steps) > 1 and any(indent <= steps[0][0] for indent, _ in steps[1:]):
        steps = [steps[0], *((max(indent, steps[0][0] + 1), step) for indent, step in steps[1:])]
    root, rest = _step(steps, 0, 0)
    if rest < len(steps):
        raise PlanError("the steps have no single first one", way_out=_WAY_OUT)
    return root


def _step(steps: list[tuple[int, re.Match[str]]], at: int, depth: int) -> tuple[Node, int]:
    if depth > 250:
        raise PlanError("more than 250 steps of the plan stand below one another")
    indent, step = steps[at]
    at += 1
    children = []
    while at < len(steps) and steps[at][0] > indent:
        child, at = _step(steps, at, depth + 1)
        children.append(child)
    what = step["what"]
    condition = _CONDITION.match(what)
    on = None if condition else _ON.search(what)
    name = condition[1] if condition else what[: on.start()] if on else what
    return (
        Node(
            name.strip(),
            on["table"].strip("`") if on else None,
            on["index"] if on else None,
            (condition[2] or None) if condition else None,
            on["cond"] if on else None,
            _number(step["rows"]) or 0.0,
            0.0 if step["never"] else _number(step["got"]),
            0.0 if step["never"] else _number(step["loops"]),
            _number(step["cost"] or step["first"]) or 0.0,
            children=tuple(children),
            startup_time=_number(step["start"]),
            time=_number(step["time"]),
        ),
        at,
    )
