"""EXPLAIN QUERY PLAN as people copy it: the shell's tree, or its rows.

https://www.sqlite.org/eqp.html
"""

from __future__ import annotations

import re
from collections import defaultdict

from dbwright.core.errors import PlanError
from dbwright.core.explained import Explained
from dbwright.core.plan import Node

_DETAIL = re.compile(
    r"(?:SCAN|SEARCH)(?: TABLE)? (?P<table>(?!CONSTANT ROW)\S+)(?: AS \S+)?"
    r"(?: USING (?:AUTOMATIC )?(?:PARTIAL )?(?:COVERING )?(?:INDEX (?P<index>\S+)|"
    r"INTEGER PRIMARY KEY))?(?: \((?P<condition>.*)\))?"
)
_KNOWN = re.compile(
    r"(?:SCAN|SEARCH|USE TEMP B-TREE|CO-ROUTINE|MATERIALIZE|COMPOUND QUERY|COMPOUND SUBQUERIES|"
    r"LEFT-MOST SUBQUERY|UNION|EXCEPT|INTERSECT|CORRELATED|SCALAR SUBQUERY|LIST SUBQUERY|"
    r"MULTI-INDEX OR|INDEX \d|MERGE|RECURSIVE STEP|SETUP|LEFT$|RIGHT$|RIGHT-JOIN|BLOOM FILTER|"
    r"REUSE|EXECUTE|CREATE BLOOM|LIMIT COUNTER|REMATERIALIZE)\b"
)
_BRANCH = re.compile(r"^(?P<before>(?:[|│ ] {2})*)(?P<branch>\|--|`--|├──|└──)(?P<detail>.*)$")
_ROW = re.compile(
    r"^(?P<open>[(\[])?\s*(?P<id>\d+)\s*[|,\t]\s*(?P<parent>\d+)\s*[|,\t]\s*\d+\s*[|,\t]\s*"
    r"(?P<quote>['\"]?)(?P<detail>.*?)(?P=quote)\s*(?(open)[)\]],?)$"
)
_WAY_OUT = "Paste what the shell prints for EXPLAIN QUERY PLAN, from `QUERY PLAN` on."


def node(detail: str, children: tuple[Node, ...] = ()) -> Node:
    """Gives the node of one line of SQLite's plan.

    >>> node("SEARCH t USING INDEX i (a=?)").index
    'i'
    """
    match = _DETAIL.match(detail)
    if not match:
        return Node(detail, children=children)
    return Node(
        detail,
        match["table"],
        match["index"],
        index_condition=match["condition"],
        children=children,
    )


def looks_like(text: str) -> bool:
    """Whether a line of the text is one of SQLite's plans."""
    for line in text.splitlines():
        branch, row = _BRANCH.match(line.rstrip()), _ROW.match(line.strip())
        found = branch or row
        if found and _KNOWN.match(found["detail"].strip()):
            return True
    return False


def read(text: str) -> Explained:
    """Gives the plan of a text; raises PlanError with the line that cannot be read."""
    lines = [(n, line.rstrip()) for n, line in enumerate(text.splitlines(), 1) if line.strip()]
    lines = [(n, line) for n, line in lines if line.strip().upper() != "QUERY PLAN"]
    begun = next((i for i, (_, line) in enumerate(lines) if _parted(line)), None)
    if begun is None:
        raise PlanError("there is no line of a plan of SQLite", line=1, way_out=_WAY_OUT)
    children: defaultdict[int, list[tuple[int, str]]] = defaultdict(list)
    above: list[tuple[int, int]] = []
    numbers = {0}
    for number, line in lines[begun:]:
        parted = _parted(line)
        if parted is None:
            raise PlanError(
                f"`{line.strip()[:50]}` is no line of a plan of SQLite",
                line=number,
                way_out=_WAY_OUT,
            )
        depth, own, parent, detail = parted
        if own is None:
            while above and above[-1][0] >= depth:
                above.pop()
            own, parent = number, above[-1][1] if above else 0
            above.append((depth, own))
        children[parent if parent in numbers else 0].append((own, detail))
        numbers.add(own)
    return Explained(Node("QUERY PLAN", children=_nodes(0, children, 0)), "sqlite")


def _parted(line: str) -> tuple[int, int | None, int, str] | None:
    """A line's depth or its own and its parent's number, and its detail."""
    if branch := _BRANCH.match(line):
        return len(branch["before"]) // 3, None, 0, branch["detail"].strip()
    row = _ROW.match(line.strip())
    if row and _KNOWN.match(row["detail"].strip()):
        return 0, int(row["id"]), int(row["parent"]), row["detail"].strip()
    return None


def _nodes(parent: int, children: dict[int, list[tuple[int, str]]], depth: int) -> tuple[Node, ...]:
    if depth > 250:
        raise PlanError("more than 250 lines of the plan stand below one another")
    found = children.pop(parent, [])
    return tuple(node(detail, _nodes(own, children, depth + 1)) for own, detail in found)
