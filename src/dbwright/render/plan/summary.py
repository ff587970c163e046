"""One sentence that says where the time of a plan really goes."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from dbwright.core.explained import Explained
from dbwright.core.plan_node import Node
from dbwright.core.plan_steps import Step
from dbwright.core.plan_times import Part, PlanTimes, plan_times
from dbwright.render.parts import printable
from dbwright.render.plan import words
from dbwright.render.plan.words import figure
from dbwright.render.twin import size_words

_ENOUGH = 0.5
_MOST = 3
_LONG = 2.0
"""Milliseconds that reading a row of few pages, all found in memory, does not take."""
_FEW = 3
_SERVERS = {"postgresql": "PostgreSQL", "sqlite": "SQLite", "mysql": "MySQL", "mariadb": "MariaDB"}


def sentence(found: Explained, times: PlanTimes | None = None) -> str:
    """Gives where the time goes: of a statement that was not run, the planner's cost.

    `times` spares computing them again.
    """
    times = times or plan_times(found)
    if not times.parts:
        return printable(_untold(found, times))
    told = [_share(part, times, first=not n) for n, part in enumerate(_chosen(times))]
    text = _listed(told)
    if times.unit == "cost":
        text = f"Not run, so by the planner's cost: {text}"
    elif times.unit == "pages":
        text = f"No times were measured; {text}"
    return printable(f"{text[0].upper()}{text[1:]}.")


def _chosen(times: PlanTimes) -> list[Part]:
    """The greatest part where it is half, else as many as make it, three at most."""
    found: list[Part] = []
    for part in times.parts:
        if part.kind == "rest" and part.amount < _ENOUGH * times.total:
            continue
        found.append(part)
        if sum(each.amount for each in found) >= _ENOUGH * times.total or len(found) == _MOST:
            break
    return found


def _listed(told: list[str]) -> str:
    if len(told) < 3:
        return " and ".join(told)
    return f"{', '.join(told[:-1])} and {told[-1]}"


def _share(part: Part, times: PlanTimes, first: bool) -> str:
    if times.unit == "pages":
        share = words.of_total(part.amount, times.total, times.unit)
        share = f"{share} are looked at" if first else f"{part.amount:,.0f}"
        return f"{share} for {_what(part, times)}"
    if times.unit == "cost":
        share = words.percent(part.amount, times.total)
        return f"{share} {'go into ' if first else 'into '}{_what(part, times)}"
    if first:
        share = words.of_total(part.amount, times.total, times.unit)
        return f"{share} go into {_what(part, times)}"
    return f"{words.amount(part.amount, times.unit)} into {_what(part, times)}"


def _what(part: Part, times: PlanTimes) -> str:
    if part.trigger is not None:
        trigger = part.trigger
        name = (
            f"checking the foreign key {trigger.constraint}"
            if trigger.constraint
            else f"the trigger {trigger.name}"
        )
        relation = f" on {trigger.relation}" if trigger.relation else ""
        return f"{name}{relation}, {figure(trigger.calls)} calls"
    if not part.steps:
        return {
            "planning": "planning the statement",
            "jit": "just-in-time compilation",
            "serialization": "turning the rows into what is sent",
        }.get(part.kind, "starting and ending the execution, outside of all nodes")
    if len(part.steps) > 1 and _kinds(part, times) == 1:
        return _partitions(part, times)
    return describe(times.steps[part.steps[0]], times)


def _kinds(part: Part, times: PlanTimes) -> int:
    return len({times.steps[number].node.name for number in part.steps})


def _partitions(part: Part, times: PlanTimes) -> str:
    steps = [times.steps[number] for number in part.steps]
    run = [step for step in steps if step.node.loops != 0]
    if len(run) == 1:
        return describe(run[0], times)
    relation = run[0].node.relation if run else steps[0].node.relation
    return (
        f"reading {figure(len(run or steps))} partitions or tables, {relation} the most"
        f"{_kept([step.node for step in run])}"
    )


def describe(step: Step, times: PlanTimes) -> str:
    """Gives what a step does, in the words of who looks for the time."""
    node = step.node
    if "Bitmap" in node.name and node.relation is None and step.parent is not None:
        step = times.steps[step.parent]
        while step.node.relation is None and step.parent is not None:
            step = times.steps[step.parent]
        return describe(step, times) if step.node.relation else node.name
    for names, told in _TOLD:
        if node.name in names:
            return told(step, times)
    return f"{words.label(node)}{_often(step, times)}"


def _often(step: Step, times: PlanTimes) -> str:
    """How often a step ran, and for each of what."""
    loops = (step.node.loops or 1) / step.processes
    if loops < 2:
        return ""
    return f" {figure(round(loops))} times{_each(step, times)}"


def _each(step: Step, times: PlanTimes) -> str:
    """Whose rows a step runs for: those of the outer side of a loop, or of a sub-plan's parent."""
    inner = step
    while inner.parent is not None:
        above = times.steps[inner.parent]
        if inner.node.parent == "SubPlan":
            return f", once for each row of {_rows_of(above.node)}"
        plain = [child for child in above.node.children if child.subplan is None]
        if above.node.name == "Nested Loop" and len(plain) == 2 and inner.node is plain[1]:
            return f", one for each row of {_rows_of(plain[0])}"
        inner = above
    return ""


def _rows_of(node: Node) -> str:
    """Whose rows a node gives: a table's, those of partitions, of a join."""
    while node.name in ("Hash", "Sort", "Materialize", "Memoize", "Gather", "Limit"):
        if not node.children:
            break
        node = node.children[0]
    if node.name in ("Append", "Merge Append"):
        names = list(dict.fromkeys(_names(node)))
        return f"{len(names)} partitions ({names[0]} …)" if len(names) > 1 else names[0]
    names = list(dict.fromkeys(_names(node)))
    if not names:
        return "what is above"
    if len(names) > 2:
        return f"{names[0]}, {names[1]} … joined"
    return names[0] if len(names) == 1 else f"{' and '.join(names)} joined"


def _names(node: Node) -> Iterator[str]:
    name = node.relation or node.source or (node.alias if "Scan" in node.name else None)
    if name:
        yield name
    for child in node.children:
        if child.subplan is None:
            yield from _names(child)


def _kept(nodes: list[Node]) -> str:
    """What was read and thrown away, where it is most of it."""
    gone = sum(words.removed(node) for node in nodes)
    kept = sum((node.actual_rows or 0) * (node.loops or 1) for node in nodes)
    if gone < 1 or gone < kept:
        return ""
    return f", to keep {figure(round(kept))} of {figure(round(kept + gone))} rows"


def _slow(step: Step, times: PlanTimes) -> str:
    """A word on rows that take longer than to read them can: what is computed of each does."""
    node = step.node
    seen = max((node.actual_rows or 0) * (node.loops or 1) + words.removed(node), 1.0)
    each = times.own[step.number] / seen
    if times.unit != "ms" or each < _LONG or times.pages[step.number] > _FEW * seen:
        return ""
    if node.buffers is None or node.buffers.shared.read or node.buffers.local.read:
        return ""
    return f"; at {words.duration(each)} a row that is what is computed of each, no reading"


def _scan(step: Step, times: PlanTimes) -> str:
    node = step.node
    if step.early and not _often(step, times):
        kept = _kept([node]) or (f", {_count(node)}" if node.loops else "")
        return f"reading {node.relation} until there are enough rows{kept}"
    often = _often(step, times)
    return f"reading all of {node.relation}{often}{_kept([node])}{_slow(step, times)}"


def _index(step: Step, times: PlanTimes) -> str:
    node = step.node
    loops = round((node.loops or 1) / step.processes)
    if loops < 2:
        whole = "all of " if not node.index_condition and not node.order_by else ""
        whole = "" if step.early else whole
        kept = f"{_kept([node])}{_slow(step, times)}"
        return f"reading {whole}{node.relation} by {node.index}{kept}"
    only = "index-only scans" if "Only" in node.name else "index scans"
    each = _each(step, times)
    kept = f"{_kept([node])}{_slow(step, times)}"
    return f"reading {node.relation} by {figure(loops)} {only} ({node.index}){each}{kept}"


def _bitmap(step: Step, times: PlanTimes) -> str:
    node = step.node
    names = [each.index for each in node.walk() if each.index]
    by = f" by the bitmap of {', '.join(dict.fromkeys(map(str, names)))}" if names else ""
    return f"reading {node.relation}{by}{_often(step, times)}{_kept([node])}"


def _sort(step: Step, times: PlanTimes) -> str:
    node = step.node
    child = node.children[0] if node.children else node
    sort = node.sort
    disk = ""
    if sort and sort.on_disk:
        disk = f" on disk ({size_words((sort.kilobytes or 0) * 1024)})"
    return f"sorting {_count(child)}{disk}{_often(step, times)}"


def _count(node: Node) -> str:
    ran = node.actual_rows is not None
    return words.counted((node.actual_rows or 0) * (node.loops or 1) if ran else node.rows)


def _aggregate(step: Step, times: PlanTimes) -> str:
    node = step.node
    child = node.children[0] if node.children else node
    if node.keys:
        disk = node.hash.disk_kilobytes if node.hash else None
        spilled = f" on disk ({size_words(disk * 1024)})" if disk else ""
        return f"grouping {_count(child)} into {_count(node)}{spilled}{_often(step, times)}"
    return f"aggregating {_count(child)}{_often(step, times)}"


def _join(step: Step, times: PlanTimes) -> str:
    node = step.node
    how = {"Hash Join": "by hash", "Merge Join": "by merging"}.get(node.name, "by nested loops")
    gone = words.removed(node)
    tried = ""
    if gone >= 1 and node.join_filter:
        kept = (node.actual_rows or 0) * (node.loops or 1)
        tried = f", to keep {figure(round(kept))} of {figure(round(kept + gone))} pairs"
    sides = [_rows_of(child) for child in node.children if child.subplan is None]
    return f"joining {' with '.join(sides)} {how}{tried}{_often(step, times)}"


def _hash(step: Step, times: PlanTimes) -> str:
    node = step.node
    batches = node.hash.batches if node.hash else None
    many = f" in {figure(batches)} batches, on disk" if batches and batches > 1 else ""
    return f"building the hash table of {_count(node)} of {_rows_of(node)}{many}"


def _write(step: Step, times: PlanTimes) -> str:
    node = step.node
    done = {"Insert": "inserting into", "Update": "updating", "Delete": "deleting from"}
    source = next((child for child in node.children if child.subplan is None), node)
    return f"{done.get(node.operation or '', 'writing')} {node.relation}, {_count(source)}"


def _gather(step: Step, times: PlanTimes) -> str:
    workers = step.node.workers_launched or step.node.workers_planned or 0
    return (
        f"starting {workers} worker{'' if workers == 1 else 's'}, waiting for them and taking "
        f"their {_count(step.node)}"
    )


def _materialize(step: Step, times: PlanTimes) -> str:
    child = step.node.children[0] if step.node.children else step.node
    return f"going through the {_count(child)} that were kept{_often(step, times)}"


def _read(step: Step, times: PlanTimes) -> str:
    node = step.node
    kind = {"CTE Scan": "the CTE ", "Function Scan": "the function "}.get(node.name, "")
    name = node.source or node.alias or node.name
    return f"reading {kind}{name}{_often(step, times)}{_kept([node])}"


def _window(step: Step, times: PlanTimes) -> str:
    child = step.node.children[0] if step.node.children else step.node
    return f"computing window functions over {_count(child)}{_often(step, times)}"


def _unique(step: Step, times: PlanTimes) -> str:
    child = step.node.children[0] if step.node.children else step.node
    return f"removing duplicates from {_count(child)}{_often(step, times)}"


def _result(step: Step, times: PlanTimes) -> str:
    name = f" of {step.node.subplan}" if step.node.subplan else ""
    often = _often(step, times)
    return f"computing the values{name}{often}" if often else f"computing {_count(step.node)}"


_TOLD: tuple[tuple[tuple[str, ...], Callable[[Step, PlanTimes], str]], ...] = (
    (("Seq Scan", "Table scan", "Sample Scan", "Foreign Scan"), _scan),
    (("Index Scan", "Index Only Scan"), _index),
    (("Bitmap Heap Scan",), _bitmap),
    (("Sort", "Incremental Sort"), _sort),
    (("Aggregate", "Group"), _aggregate),
    (("Nested Loop", "Hash Join", "Merge Join"), _join),
    (("Hash",), _hash),
    (("ModifyTable",), _write),
    (("Gather", "Gather Merge"), _gather),
    (("Materialize",), _materialize),
    (("CTE Scan", "Function Scan", "Subquery Scan", "Values Scan", "WorkTable Scan"), _read),
    (("WindowAgg",), _window),
    (("Unique",), _unique),
    (("Result", "ProjectSet"), _result),
)


def _untold(found: Explained, times: PlanTimes) -> str:
    """What can be said of a plan that has neither times nor costs."""
    server = _SERVERS.get(found.dialect, found.dialect)
    if found.execution_time is not None and times.total:
        return f"It took {words.duration(times.total)}; no node's time was measured."
    whole = [step.node.relation for step in times.steps if _reads_all(step.node)]
    done = [f"all of {', '.join(dict.fromkeys(map(str, whole)))} is read"] if whole else []
    if any("TEMP B-TREE" in step.node.name for step in times.steps):
        done.append("a temporary B-tree is built to sort or to find duplicates")
    told = f"{server} told neither times nor costs"
    return f"{told}: {_listed(done)}." if done else f"{told}."


def _reads_all(node: Node) -> bool:
    if node.relation is None:
        return False
    scanned = node.name.startswith("SCAN") and node.index is None
    return scanned or node.name in ("Seq Scan", "Table scan")
