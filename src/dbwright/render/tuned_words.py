"""Index advice in words: what the text, the page and Markdown have in common."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from dbwright.core.advice import (
    DropAdvice,
    Gain,
    IndexAdvice,
    IndexAlternative,
    StatementCost,
    Tuned,
)
from dbwright.core.identifiers import spelled
from dbwright.render import parts
from dbwright.render.twin import size_words

CLEAR = 0.5
"""A cost that falls to less than this is no matter of the planner's constants."""
WORSE = 1.05
_LEFT_OUT = 15


def head(found: Tuned) -> str:
    """Gives the answer in a sentence."""
    name = f"{found.source.database} on {found.source.server}"
    if not found.indexes:
        count = parts.plural(len(found.statements), "statement")
        return f"No new index is worth making for {count} of {name}."
    size = sum(each.bytes for each in found.indexes)
    return (
        f"{parts.plural(len(found.indexes), 'index', 'indexes')} for {name}: {unit(found)} "
        f"of the workload falls from {found.before:,.0f} to {found.after:,.0f} "
        f"({share(found.after, found.before)}), for {size_words(size)} "
        f"({share(size, found.table_bytes)} of the tables)."
    )


def unit(found: Tuned) -> str:
    """Gives what is counted."""
    return "the work (SQLite's steps)" if found.measured else "the planner's cost"


def how(found: Tuned) -> str:
    """Gives how far that was seen."""
    if found.measured:
        return "The indexes were built on a copy, and the statements run there."
    if found.exact:
        return (
            f"Planned on a twin with the statistics and sizes of the source, on {found.server} as "
            f"there; {_run(found)}. A cost is the planner's unit, not a time."
        )
    return (
        f"Approximate: the source is {found.source.server}, the twin {found.server}; "
        f"{_run(found)}. A cost is the planner's unit, not a time."
    )


def written(found: Tuned) -> str:
    """Gives what the advice costs the writes of the workload, and the limit on that."""
    each = found.writes
    if each is None or not (found.indexes or each.free):
        return ""
    words = (
        f"Writes cost {each.times:.2f} x: the planner's cost of rows and entries in indexes rises "
        f"from {each.before:,.0f} to {each.before + each.added:,.0f}"
    )
    limit = f"--max-write-cost {100 * each.most:g}"
    if each.free:
        times = (each.before + each.free) / each.before
        return (
            f"{words}. The limit ({limit}: at most {1 + each.most:.2f} x) leaves out what would "
            f"save {each.saves:,.0f} more, at {times:.2f} x."
        )
    if each.added > each.most * each.before:
        return f"{words}. That is little beside the reads, so no limit was set: {limit} sets one."
    return f"{words}, at most {1 + each.most:.2f} x ({limit})."


def _run(found: Tuned) -> str:
    return "not run" if found.proof is None else "then run, see below"


def by_gain(found: Tuned) -> list[IndexAdvice]:
    """Gives the indexes, the one that saves most first."""
    return sorted(found.indexes, key=saved, reverse=True)


def saved(each: IndexAdvice) -> float:
    """Gives what an index saves the workload."""
    return sum(gain.before - gain.after for gain in each.gains)


def gains(each: IndexAdvice) -> list[Gain]:
    """Gives the statements that an index serves, the one that saves most first."""
    return sorted(each.gains, key=lambda one: one.after - one.before)


def changed(found: Tuned) -> list[StatementCost]:
    """Gives the statements that gain or lose, the greatest gain first."""
    moved = (each for each in found.statements if abs(each.after - each.before) > each.before / 100)
    return sorted(moved, key=lambda one: one.after - one.before)


def times(before: float, after: float) -> str:
    """Gives a change as a factor: `226 times less`."""
    if after <= 0 or before <= 0:
        return ""
    if after > before:
        return f"{after / before:.1f} times as much"
    factor = before / after
    return f"{factor:,.0f} times less" if factor >= 10 else f"{factor:.1f} times less"


def share(part: float, whole: float) -> str:
    """Gives a share in per cent."""
    value = 100 * part / whole if whole else 0
    if 0 < value < 0.1:
        return "under 0.1 %"
    return f"{value:.1f} %" if 0 < value < 1 else f"{value:.0f} %"


def one_line(sql: str) -> str:
    """Gives a statement on one line."""
    return " ".join(sql.split())


def writes(found: Tuned, each: IndexAdvice) -> str:
    """Gives what an index costs the writes of the workload."""
    if each.writes < 0.5:
        return "nothing seen: no statement of the workload writes what it holds"
    return f"cost {each.writes:,.0f} more, {share(each.writes, saved(each))} of what it saves"


def confidence(found: Tuned, each: IndexAdvice) -> str:
    """Gives how sure an index is of its gain, and why."""
    if not found.exact and not found.measured:
        return f"low: the twin runs on {found.server}, which plans otherwise than the source"
    best = min((gain.after / gain.before for gain in each.gains if gain.before), default=1.0)
    least = max((gain.after / gain.before for gain in each.gains if gain.before), default=1.0)
    worse = [found.statements[gain.statement].worst for gain in each.gains]
    if any(ratio > WORSE for ratio in worse):
        return (
            f"medium: with some values a statement that it serves costs {max(worse):.1f} times as "
            "much as before"
        )
    if best > CLEAR:
        return (
            f"medium: a run still costs {share(best, 1)} of what it did; where rows are in memory "
            "the planner may take that for more than it is, so measure it"
        )
    words = "at most " if len(each.gains) > 1 else ""
    return f"high: a run costs {words}{share(least, 1)} of what it did, and none costs more"


def alternative(each: IndexAdvice, other: IndexAlternative) -> str:
    """Gives an index that could stand in another's place, with its price."""
    whole = saved(each)
    part = "as much" if abs(other.saves - whole) < 0.005 * whole else share(other.saves, whole)
    words = f"{other.what}: {size_words(other.bytes)}, saves {other.saves:,.0f} ({part})"
    if abs(other.writes - each.writes) >= max(0.5, 0.05 * each.writes):
        words += f", writes cost {other.writes:,.0f}"
    return f"{words}; {other.tradeoff}"


def first(each: IndexAdvice) -> str:
    """Gives what comes before the index of a partitioned table."""
    count = parts.plural(len(each.first), "partition")
    return (
        f"build it on its {count}, CONCURRENTLY; this then takes those over. By itself it stops "
        "the writes to each while it is built"
    )


def undo(each: IndexAdvice) -> str:
    """Gives the statement that takes an index away again."""
    schema = each.table.rpartition(".")[0]
    online = " CONCURRENTLY" if "CONCURRENTLY" in each.sql else ""
    prefix = f"{spelled(schema)}." if schema else ""
    return f"DROP INDEX{online} {prefix}{spelled(each.name)}"


def reach(found: Tuned) -> list[tuple[int, float, bool]]:
    """Gives what each budget reaches, by bytes; and which of them is the advice itself."""
    size = sum(each.bytes for each in found.indexes)
    own = (size, found.after)
    others = {(0, found.before), *found.frontier} - {own}
    points = [(bytes_, cost, False) for bytes_, cost in others]
    return sorted([*points, (*own, True)] if found.indexes else points)


def drops_head(drops: Sequence[DropAdvice]) -> str:
    """Gives what is to drop, in a line."""
    return f"{len(drops):,} to drop, {size_words(sum(each.bytes for each in drops))}"


def left_out(found: Tuned) -> Iterator[str]:
    """Yields what had no part in it."""
    yield from (f"without {each}" for each in found.left_out[:_LEFT_OUT])
    if (more := len(found.left_out) - _LEFT_OUT) > 0:
        yield f"without {more:,} more: --format json has them all"
    yield from found.notes


def tail(found: Tuned) -> str:
    """Gives what was done to know it."""
    where = "a copy" if found.measured else "the twin"
    return f"{found.asked:,} EXPLAINs on {where} in {found.seconds:.1f} s."
