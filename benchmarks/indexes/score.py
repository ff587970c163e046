"""Makes the table's figures out of a measured set of indexes; pure."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

NOTICEABLE = 0.05  # milliseconds that a statement must lose to be called slower
SLOWER = 1.10

HEAD = ["advisor", "indexes", "MB", "reads", "geo. mean", "write CPU", "WAL", "slower", "worst"]
HEAD += ["seconds", "what-ifs"]


def weighted(rows: Sequence[dict[str, Any]], with_: str, without: str) -> float:
    """The time with the indexes as a part of the time without, by calls."""
    base = sum(row["calls"] * row[without] for row in rows)
    return sum(row["calls"] * row[with_] for row in rows) / base if base else 1.0


def geometric(reads: Sequence[dict[str, Any]]) -> float:
    """The mean over statements of how the time changed: a short one counts as a long one."""
    ratios = [max(read["cpu"], 0.001) / max(read["base_cpu"], 0.001) for read in reads]
    return math.exp(sum(math.log(ratio) for ratio in ratios) / len(ratios)) if ratios else 1.0


def lost_time(read: dict[str, Any]) -> bool:
    """Whether a read lost more than 10 % and a noticeable time, by its medians and its least."""
    pairs = ((read["base_cpu"], read["cpu"]), (read["base_least"], read["least"]))
    return all(now > SLOWER * base and now - base > NOTICEABLE for base, now in pairs)


def slower(reads: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """The reads that became slower, the worst first."""
    lost = [read for read in reads if lost_time(read)]
    return sorted(lost, key=lambda read: -read["cpu"] / max(read["base_cpu"], 0.001))


def cells(name: str, result: dict[str, Any], advice: dict[str, Any] | None) -> list[str]:
    """One advisor's line: parts of what the workload costs without indexes."""
    built = [index for index in result["indexes"] if not index["problem"]]
    size = sum(index["bytes"] for index in built)
    reads, writes = result["reads"], result["writes"]
    lost = slower(reads)
    worst = "-"
    if lost:
        factor = lost[0]["cpu"] / max(lost[0]["base_cpu"], 0.001)
        worst = f"{lost[0]['statement']}/{lost[0]['label']} {factor:.2f}x"
    return [
        name,
        str(len(built)),
        f"{size / 1e6:.1f}",
        f"{100 * weighted(reads, 'cpu', 'base_cpu'):.1f} %",
        f"{100 * geometric(reads):.1f} %",
        f"{weighted(writes, 'cpu', 'base_cpu'):.2f}x",
        f"{weighted(writes, 'wal', 'base_wal'):.2f}x",
        f"{len(lost)} of {len(reads)}",
        worst,
        f"{advice['seconds']:.1f}" if advice else "-",
        str(advice["calls"]) if advice else "-",
    ]


def table(rows: Sequence[Sequence[str]]) -> str:
    """The rows under the head as aligned text."""
    lines = [HEAD, *rows]
    widths = [max(len(line[i]) for line in lines) for i in range(len(HEAD))]
    drawn = [
        "  ".join(
            cell.ljust(width) if place in (0, 8) else cell.rjust(width)
            for place, (cell, width) in enumerate(zip(line, widths, strict=True))
        ).rstrip()
        for line in lines
    ]
    return "\n".join([drawn[0], "-" * len(drawn[0]), *drawn[1:]])


def details(result: dict[str, Any]) -> str:
    """Each statement's milliseconds without and with the indexes, each set in its turn."""
    lines = [f"  {'statement':24} {'set':10} {'without':>9} {'with':>9}  part"]
    for read in result["reads"]:
        part = 100 * read["cpu"] / max(read["base_cpu"], 0.001)
        times = f"{read['base_cpu']:9.3f} {read['cpu']:9.3f}"
        lines.append(f"  {read['statement']:24} {read['label']:10} {times} {part:5.0f} %")
    for write in result["writes"]:
        part = 100 * write["cpu"] / max(write["base_cpu"], 0.001)
        times = f"{write['base_cpu']:9.3f} {write['cpu']:9.3f}"
        wal = f"WAL {write['base_wal']:.0f} -> {write['wal']:.0f} bytes"
        lines.append(f"  {write['statement']:24} {'write':10} {times} {part:5.0f} %  {wal}")
    return "\n".join(lines)
