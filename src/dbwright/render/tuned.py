"""Index advice as text and JSON."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator
from typing import Any

from dbwright.core.advice import IndexAdvice, Tuned
from dbwright.core.codec import to_json
from dbwright.core.placed import Placed
from dbwright.render import placed_words, tuned_words
from dbwright.render.parts import plural, printable
from dbwright.render.proved import proof_lines
from dbwright.render.twin import size_words

_STATEMENTS = 5
_INDEXES = 3
_GAINS = 3
_WIDTH = 79


def as_json(found: Tuned, placed: Placed | None = None) -> dict[str, Any]:
    """Gives the advice as JSON, with what became of it in a project."""
    data: dict[str, Any] = {"version": 1, **to_json(found)}
    del data["existing"]
    if placed is not None:
        data["project"] = {
            "indexes": to_json(placed.indexes),
            "drops": to_json(placed.drops),
            "unplaced": to_json(placed.unplaced),
            "files": {edit.path: edit.after for edit in placed.edits},
            "proof": to_json(placed.proofs),
            "why_no_revision": placed.why_no_revision,
            "notes": list(placed.notes),
        }
    return data


def as_text(found: Tuned, placed: Placed | None = None, *, full: bool = True) -> str:
    """Gives the advice: what to make, what to drop, statement by statement.

    On one screen, without `full`, the best three are told in full and the rest in a line each.
    """
    lines = [*_wrap(tuned_words.head(found)), *_wrap(tuned_words.how(found))]
    lines += _wrap(tuned_words.written(found))
    ordered = tuned_words.by_gain(found)
    told = len(ordered) if full else _INDEXES
    for number, each in enumerate(ordered[:told], start=1):
        lines += ["", *_index(found, each, number, placed, full)]
    lines += [""] if len(ordered) > told else []
    for number, each in enumerate(ordered[told:], start=told + 1):
        lines += _wrap(f"{number}. {_title(each)}, {each.name}", "   ")
        lines += _row("Make", f"{each.sql};") if placed is None else []
    lines += [*_drops(found, placed, full), *_statements(found, full)]
    lines += [*(_reach(found) if full else ()), *_rest(found)]
    lines += [] if full else _wrap("--full has every part, --format html the plot as well.")
    return printable("\n".join(lines)) + "\n"


def _title(each: IndexAdvice) -> str:
    return f"{each.table}: saves {tuned_words.saved(each):,.0f} for {size_words(each.bytes)}"


def _index(
    found: Tuned, each: IndexAdvice, number: int, placed: Placed | None, full: bool
) -> Iterator[str]:
    yield f"{number}. {_title(each)}"
    for gain in tuned_words.gains(each)[:_GAINS]:
        sql = tuned_words.one_line(found.statements[gain.statement].sql)
        cost = f"{gain.before:,.0f} -> {gain.after:,.0f}"
        factor = tuned_words.times(gain.before, gain.after)
        yield f"   Gain    {cost}, {factor}"
        yield _cut(f"           {sql}", _WIDTH)
    if len(each.gains) > _GAINS:
        yield f"           and {plural(len(each.gains) - _GAINS, 'statement')} more"
    yield from _row("Make", f"{each.sql};")
    if each.first and placed is None:
        yield from _row("First", f"{tuned_words.first(each)}:")
        for sql in each.first if full else each.first[:1]:
            yield from _row("", f"{sql};")
    yield from _row("Writes", tuned_words.writes(found, each))
    yield from _row("Sure", tuned_words.confidence(found, each))
    if each.replaces:
        yield from _row("Spares", ", ".join(each.replaces))
    for other in each.alternatives[: None if full else 1]:
        yield from _row("Or", tuned_words.alternative(each, other))
    if placed is not None:
        yield from _row("In", placed_words.place(placed.of(each.name)))
    yield from _row("Undo", f"{tuned_words.undo(each)};")


def _drops(found: Tuned, placed: Placed | None, full: bool) -> Iterator[str]:
    if not found.drops:
        return
    yield ""
    yield f"{tuned_words.drops_head(found.drops)}:"
    for each in found.drops:
        yield from _wrap(f"- {each.name} on {each.table}: {each.reason}.")
        yield from _row("Drop", f"{each.sql};")
        if placed is not None:
            yield from _row("In", placed_words.place(placed.of(each.name)))
        if full:
            yield from _row("Undo", f"{each.undo};")
    if found.measured:
        return
    yield from _wrap(
        "Use is counted on each server by itself: look at the replicas before dropping what is "
        "unused."
    )


def _statements(found: Tuned, full: bool) -> Iterator[str]:
    changed = tuned_words.changed(found)
    if not changed:
        return
    gain = sum(each.after < each.before for each in changed)
    yield ""
    word = "steps" if found.measured else "cost"
    timed = any(each.milliseconds is not None for each in found.statements)
    yield f"{gain} of {plural(len(found.statements), 'statement')} gain; {word} of all their calls:"
    yield f"{'before':>13} {'after':>13} {'calls':>9}" + (f" {'time':>8}" if timed else "")
    shown = len(changed) if full else _STATEMENTS
    for each in changed[:shown]:
        time = f" {_time(each.milliseconds):>8}" if timed else ""
        sql = _cut(tuned_words.one_line(each.sql), 40 - len(time))
        yield f"{each.before:>13,.0f} {each.after:>13,.0f} {each.calls:>9,.0f}{time}  {sql}"
    if len(changed) > shown:
        yield f"and {len(changed) - shown} more"


def _time(milliseconds: float | None) -> str:
    if milliseconds is None:
        return "?"
    return f"{milliseconds / 1000:,.1f} s" if milliseconds >= 100 else f"{milliseconds:.1f} ms"


def _reach(found: Tuned) -> Iterator[str]:
    points = tuned_words.reach(found)
    if len(points) < 2:
        return
    yield ""
    yield "What other budgets reach:"
    for bytes_, cost, own in points:
        mark = "  this advice" if own else ""
        yield f"{size_words(bytes_):>13} {cost:>13,.0f}{mark}"


def _rest(found: Tuned) -> Iterator[str]:
    yield ""
    for each in tuned_words.left_out(found):
        yield from _wrap(f"- {each}")
    if found.proof is not None:
        yield from proof_lines(found.proof)
        yield ""
    yield tuned_words.tail(found)


def _row(label: str, text: str) -> list[str]:
    return textwrap.wrap(
        text, _WIDTH, initial_indent=f"   {label:<8}", subsequent_indent=" " * 11,
        break_long_words=False, break_on_hyphens=False,
    )  # fmt: skip


def _wrap(line: str, indent: str = "") -> list[str]:
    indent = "  " if line.startswith("- ") else indent
    return textwrap.wrap(
        line, _WIDTH, subsequent_indent=indent, break_long_words=False, break_on_hyphens=False
    )


def _cut(text: str, room: int) -> str:
    return text if len(text) <= room else f"{text[: room - 2]} …"
