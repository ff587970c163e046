"""The nodes of a plan's text put together: by their columns, else by what each node needs."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from dbwright.core.errors import PlanError

Values = dict[str, Any]
_TWO = {"Nested Loop", "Hash Join", "Merge Join", "Recursive Union"}
_ONE = {
    *("Aggregate", "Sort", "Incremental Sort", "Hash", "Limit", "Gather", "Gather Merge"),
    *("Materialize", "Memoize", "Unique", "WindowAgg", "LockRows", "ProjectSet", "Group"),
    *("Subquery Scan", "Bitmap Heap Scan", "Result Cache"),
}
_NONE = {
    *("Seq Scan", "Sample Scan", "Index Scan", "Index Only Scan", "Bitmap Index Scan"),
    *("Tid Scan", "Tid Range Scan", "Function Scan", "Table Function Scan", "Values Scan"),
    *("CTE Scan", "Named Tuplestore Scan", "WorkTable Scan"),
}
_MEMBERS = {"Append", "Merge Append", "BitmapAnd", "BitmapOr"}
_LOST = "Paste it where its indentation stays, or EXPLAIN (FORMAT JSON), which needs none."
_CUT = "Paste the whole output of EXPLAIN."


@dataclass
class Found:
    """A node as it was read; `begins` is the column of its label, where a label names it."""

    data: Values
    line: int
    column: int
    begins: int
    labeled: bool = False
    children: list[Found] = field(default_factory=list)

    @property
    def kind(self) -> str:
        """The node's type."""
        return str(self.data["Node Type"])

    @property
    def plain(self) -> list[Found]:
        """The children that are no sub-plans."""
        return [child for child in self.children if not child.labeled]


def built(nodes: list[Found]) -> Values:
    """Gives the data of the root with all below it; raises PlanError where no tree is right."""
    root = _by_columns(nodes)
    flat = len(nodes) > 2 and len({each.column for each in nodes[1:]}) == 1
    lacks = flat and any(len(each.plain) < _least(each) for each in nodes)
    if root is None or lacks or any(_excess(each) for each in nodes):
        root = _by_needs(nodes)
    for each in nodes:
        if len(each.plain) < _least(each):
            has = f"{len(each.plain)} of its {_least(each)} inputs" if each.plain else "no input"
            raise PlanError(
                f"the plan is cut off: its {each.kind} has {has}", line=each.line, way_out=_CUT
            )
    return _data(root)


def _by_columns(nodes: list[Found]) -> Found | None:
    above: list[Found] = []
    for number, each in enumerate(nodes):
        while above and above[-1].column >= each.begins:
            above.pop()
        if number and not above:
            return None
        if above:
            above[-1].children.append(each)
        above.append(each)
    return nodes[0]


def _least(found: Found) -> int:
    if found.kind == "Bitmap Heap Scan" and found.data.get("Actual Loops") == 0:
        return 0
    return 2 if found.kind in _TWO else int(found.kind in _ONE or found.kind == "ModifyTable")


def _excess(found: Found) -> bool:
    most = {**dict.fromkeys(_TWO, 2), **dict.fromkeys(_ONE | {"Result"}, 1)}
    most |= dict.fromkeys(_NONE, 0) | {"SetOp": 2}
    return len(found.plain) > most.get(found.kind, len(found.plain))


def _by_needs(nodes: list[Found]) -> Found:
    """Puts the nodes together where each has a known number of children."""
    for each in nodes:
        each.children = []
    waiting: list[tuple[Found, int]] = []
    for number, each in enumerate(nodes):
        needs = _certain(each)
        if number:
            while waiting and not waiting[-1][1]:
                waiting.pop()
            if not waiting or each.labeled or needs is None:
                raise PlanError(
                    "the indentation is lost, and without it the tree could be another",
                    line=each.line,
                    way_out=_LOST,
                )
            parent, left = waiting.pop()
            parent.children.append(each)
            waiting.append((parent, left - 1))
        waiting.append((each, needs or 0))
    return nodes[0]


def _certain(found: Found) -> int | None:
    if found.kind == "ModifyTable":
        return 1
    return _least(found) if found.kind in _TWO | _ONE | _NONE else None


def _data(root: Found) -> Values:
    """The tree as data; sub-plans are where the server has them."""
    for each in _all(root):
        plain = 0
        plans = []
        for child in each.children:
            child.data["Parent Relationship"] = _relationship(each, child, plain)
            plain += not child.labeled
            plans.append(child.data)
        if plans:
            each.data["Plans"] = plans
    return root.data


def _all(root: Found) -> list[Found]:
    found, waiting = [], [root]
    while waiting:
        each = waiting.pop()
        found.append(each)
        waiting.extend(each.children)
    return found


def _relationship(parent: Found, child: Found, before: int) -> str:
    if child.labeled:
        name = str(child.data["Subplan Name"])
        return "SubPlan" if name.startswith("SubPlan") else "InitPlan"
    if parent.kind in _MEMBERS or (parent.kind == "ModifyTable" and len(parent.plain) > 1):
        return "Member"
    if parent.kind == "Subquery Scan":
        return "Subquery"
    return "Inner" if before else "Outer"
