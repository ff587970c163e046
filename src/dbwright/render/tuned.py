"""Index advice as text and JSON."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator
from typing import Any

from dbwright.core.advice import IndexAdvice, Tuned
from dbwright.core.codec import to_json
from dbwright.render.parts import printable
from dbwright.render.twin import size_words

_SHOWN = 12
_LEFT_OUT = 15


def as_json(found: Tuned) -> dict[str, Any]:
    """Gives the advice as JSON."""
    data: dict[str, Any] = {"version": 1, **to_json(found)}
    return data


def as_text(found: Tuned) -> str:
    """Gives the advice: what to make, what to drop, statement by statement."""
    lines = [*_head(found), *_indexes(found), *_drops(found), *_statements(found), *_rest(found)]
    return printable("\n".join(lines)) + "\n"


def _head(found: Tuned) -> Iterator[str]:
    name = f"{found.source.database} on {found.source.server}"
    if not found.exact:
        yield from _wrap(f"Approximate: {name}, planned on {found.server}.")
    if not found.indexes:
        count = len(found.statements)
        yield from _wrap(f"No new index is worth making for these {count:,} statements of {name}.")
        return
    size = sum(each.bytes for each in found.indexes)
    yield from _wrap(
        f"{len(found.indexes)} indexes for {name}: the planner's cost of the workload falls from "
        f"{found.before:,.0f} to {found.after:,.0f} ({found.after / found.before:.0%}), for "
        f"{size_words(size)} ({size / max(1, found.table_bytes):.0%} of the tables)."
    )
    yield "Planned on the twin, not run."


def _indexes(found: Tuned) -> Iterator[str]:
    for number, each in enumerate(_by_gain(found), start=1):
        yield ""
        yield f"{number}. {each.table}: {size_words(each.bytes)}, {_gain(each)}"
        yield from _sql(each.sql)
        for gain in sorted(each.gains, key=lambda one: one.after - one.before)[:3]:
            sql = " ".join(found.statements[gain.statement].sql.split())
            yield from _wrap(f"   {gain.before:,.0f} -> {gain.after:,.0f}  {_cut(sql, 50)}")
        if each.writes:
            yield f"   costs {each.writes:,.0f} on writes"
        if each.replaces:
            yield from _wrap(f"   makes needless: {', '.join(each.replaces)}")


def _by_gain(found: Tuned) -> list[IndexAdvice]:
    return sorted(found.indexes, key=lambda each: sum(g.after - g.before for g in each.gains))


def _gain(each: IndexAdvice) -> str:
    saved = sum(gain.before - gain.after for gain in each.gains)
    count = len(each.gains)
    return f"saves {saved:,.0f} in {count} statement{'s' if count != 1 else ''}"


def _drops(found: Tuned) -> Iterator[str]:
    if not found.drops:
        return
    size = sum(each.bytes for each in found.drops)
    yield ""
    yield f"{len(found.drops)} to drop, {size_words(size)}:"
    for each in found.drops:
        yield from _wrap(f"- {each.name} on {each.table}: {each.reason}.")
        yield from _sql(each.sql)
    yield from _wrap(
        "Use is counted on each server by itself: look at the replicas before dropping what is "
        "unused."
    )


def _statements(found: Tuned) -> Iterator[str]:
    changed = [each for each in found.statements if each.after < each.before * 0.99]
    if not changed:
        return
    yield ""
    yield f"{len(changed)} of {len(found.statements)} statements gain; cost before and after:"
    for each in sorted(changed, key=lambda one: one.after - one.before)[:_SHOWN]:
        sql = _cut(" ".join(each.sql.split()), 50)
        yield f"{each.before:>13,.0f} {each.after:>13,.0f}  {sql}"


def _rest(found: Tuned) -> Iterator[str]:
    for each in found.left_out[:_LEFT_OUT]:
        yield from _wrap(f"- without {each}")
    if (more := len(found.left_out) - _LEFT_OUT) > 0:
        yield f"- without {more:,} more: --format json has them all"
    yield ""
    yield f"{found.asked:,} EXPLAINs on the twin in {found.seconds:.1f} s; nothing was written."


def _sql(sql: str) -> list[str]:
    return textwrap.wrap(
        sql + ";", 79, initial_indent="   ", subsequent_indent="     ", break_long_words=False
    )


def _wrap(line: str) -> list[str]:
    indent = " " * (len(line) - len(line.lstrip()) + 2)
    return textwrap.wrap(line, 79, subsequent_indent=indent, break_long_words=False)


def _cut(text: str, room: int) -> str:
    return text if len(text) <= room else f"{text[: room - 2]} …"
