"""Nodes, times and numbers of a plan in words."""

from __future__ import annotations

from dbwright.core.plan_node import Node
from dbwright.core.plan_parts import Buffers
from dbwright.core.plan_steps import Step
from dbwright.core.plan_times import Unit
from dbwright.render.twin import size_words

_TURNED = {"Plain": "Aggregate", "Sorted": "GroupAggregate", "Hashed": "HashAggregate"}
_TURNED |= {"Mixed": "MixedAggregate"}


def label(node: Node) -> str:
    """Gives a node as the server's text names it: `Index Scan using i on orders o`."""
    name = _kind(node)
    if node.subplan and node.name == "":
        return node.subplan
    target = node.relation or node.source
    if node.strategy and node.name not in ("Aggregate", "SetOp"):  # MySQL's access type
        using = f" using {node.index}" if node.index else ""
        return f"{name} on {target}{using}" if target else name
    if target and target in node.name:  # SQLite says all in one line
        return node.name
    if node.index and target:
        name += f" using {node.index}"
    elif node.index:
        name += f" on {node.index}"
    if target:
        alias = f" {node.alias}" if node.alias and node.alias != target else ""
        return f"{name} on {target}{alias}"
    return f"{name} on {node.alias}" if node.alias else name


def _kind(node: Node) -> str:
    name = node.name
    if name == "Aggregate":
        name = _TURNED.get(node.strategy or "", name)
    elif name == "SetOp":
        hashed = "Hash" if node.strategy == "Hashed" else ""
        name = f"{hashed}SetOp {node.extra.get('Command', '')}".strip()
    elif name == "ModifyTable" and node.operation:
        name = node.operation
    elif node.join_type and node.join_type != "Inner":
        name = f"{name.removesuffix(' Join')} {node.join_type} Join"
    if node.backward:
        name += " Backward"
    if node.partial_mode in ("Partial", "Finalize"):
        name = f"{node.partial_mode} {name}"
    return f"Parallel {name}" if node.parallel else name


def duration(milliseconds: float) -> str:
    """Gives a time in words: `0.42 ms`, `420 ms`, `4.8 s`, `2 min 5 s`."""
    if milliseconds < 999.5:
        return f"{figure(milliseconds)} ms"
    seconds = milliseconds / 1000
    if seconds < 99.5:
        return f"{seconds:.1f} s" if seconds < 9.95 else f"{seconds:.0f} s"
    return f"{seconds // 60:.0f} min {seconds % 60:.0f} s"


def figure(number: float) -> str:
    """Gives a number with two or three figures, as far as it is small."""
    if number >= 99.5 or number == int(number):
        return f"{number:,.0f}"
    return f"{number:.1f}" if number >= 9.95 else f"{number:.2f}".rstrip("0").rstrip(".")


def amount(number: float, unit: Unit) -> str:
    """Gives a measure with its unit."""
    if unit == "ms":
        return duration(number)
    return f"{number:,.0f} pages" if unit == "pages" else f"{figure(number)}"


def of_total(part: float, total: float, unit: Unit) -> str:
    """Gives a part and its whole in one unit: `4.8 of 5.0 s`."""
    whole = amount(total, unit)
    number, _, name = whole.partition(" ")
    if unit == "ms" and name == "s":
        return f"{part / 1000:.{1 if total < 9950 else 0}f} of {number} s"
    if unit == "ms" and "min" in name:
        return f"{duration(part)} of {whole}"
    if unit == "ms":
        return f"{figure(part)} of {number} ms"
    return f"{part:,.0f} of {whole}" if unit == "pages" else f"{percent(part, total)} of the cost"


def percent(part: float, total: float) -> str:
    """Gives a share in whole per cent; what is above none is not told as none."""
    share = 100 * part / total if total else 0.0
    return "<1 %" if 0 < share < 1 else f"{share:.0f} %"


def counted(number: float) -> str:
    """Gives a number of rows.

    >>> counted(1.0)
    '1 row'
    """
    return f"{figure(round(number))} row{'' if round(number) == 1 else 's'}"


def expected(step: Step, costed: bool) -> str:
    """Gives the rows that were expected and that came, in all loops, and how far it was off."""
    found = step.found
    if found is None:
        return counted(step.node.rows) if costed else ""
    if not costed:
        return counted(found)
    told = f"rows {figure(round(step.expected))} → {figure(round(found))}"
    off = off_words(step)
    return f"{told} ({off})" if off else told


def off_words(step: Step, least: float = 3.0) -> str:
    """Gives how many times more or fewer rows came than were expected; "" where few."""
    factor = step.factor
    if factor is None or 1 / least < factor < least:
        return ""
    return (
        f"{figure(round(factor, 1))}× more" if factor > 1 else f"{figure(round(1 / factor))}× fewer"
    )


def removed(node: Node) -> float:
    """Gives the rows that were read and thrown away, in all loops."""
    each = (node.removed or 0) + (node.removed_by_join or 0) + (node.removed_by_recheck or 0)
    return each * (node.loops or 1)


def facts(step: Step, costed: bool) -> list[str]:
    """Gives what is worth a word of a step beside its time, shortest first."""
    node = step.node
    if node.never_executed:
        return ["never executed"]
    found = [expected(step, costed)]
    if (node.loops or 1) > 1:
        found.append(_times(step))
    if removed(node) >= 1:
        found.append(f"{figure(round(removed(node)))} removed")
    found += [_pages(node.buffers)] if node.buffers else []
    found += _sorted(node) + _hashed(node) + _others(node)
    return [each for each in found if each]


def _times(step: Step) -> str:
    if step.processes > 1 and (step.node.loops or 0) <= step.processes:
        return f"{step.processes:.0f} processes"
    return f"{figure(step.node.loops or 0)} loops"


def _pages(buffers: Buffers) -> str:
    read = buffers.shared.read + buffers.local.read
    told = f"{buffers.pages:,} pages" if buffers.pages else ""
    told += f" ({read:,} read)" if read else ""
    temp = max(buffers.temp.read, buffers.temp.written)
    spilled = f"{size_words(temp * 8192)} on disk" if temp else ""
    return ", ".join(each for each in (told, spilled) if each)


def _sorted(node: Node) -> list[str]:
    sort = node.sort
    if sort is None or sort.method is None:
        return []
    space = size_words((sort.kilobytes or 0) * 1024)
    return [f"{sort.method}, {space} on disk" if sort.on_disk else f"{sort.method}, {space}"]


def _hashed(node: Node) -> list[str]:
    found = node.hash
    if found is None or (found.batches or 1) <= 1:
        return []
    disk = f", {size_words(found.disk_kilobytes * 1024)} on disk" if found.disk_kilobytes else ""
    return [f"{found.batches:,} batches{disk}"]


def _others(node: Node) -> list[str]:
    found = []
    if node.heap_fetches:
        found.append(f"{figure(node.heap_fetches)} heap fetches")
    if node.lossy_blocks:
        found.append(f"{node.lossy_blocks:,} lossy blocks")
    if node.workers_planned and (node.workers_launched or 0) < node.workers_planned:
        if node.workers_launched is not None:
            found.append(f"{node.workers_launched} of {node.workers_planned} workers")
        else:
            found.append(f"{node.workers_planned} workers")
    if node.disabled:
        found.append("disabled")
    return found


def conditions(node: Node) -> list[tuple[str, str]]:
    """Gives the conditions and keys of a node with their names."""
    sort = ", ".join(node.sort.keys) if node.sort else ""
    found = [
        ("Index", node.index_condition),
        ("Recheck", node.recheck_condition if not node.index_condition else None),
        ("Filter", node.filter),
        ("Join", node.join_condition),
        ("Join filter", node.join_filter),
        ("Once", node.one_time_filter),
        ("Sort", sort),
        ("Keys", ", ".join(node.keys)),
    ]
    return [(name, text) for name, text in found if text]
