"""A rehearsal as one HTML page: everything, with the lock timelines drawn; nothing is loaded."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from markupsafe import Markup

from dbwright.core.rehearsed import Outcome, RehearsalReport, Span
from dbwright.core.trace import StatementTrace, Trace
from dbwright.render import page
from dbwright.render.rehearsal import words
from dbwright.render.rehearsal.drawing import drawing
from dbwright.render.rehearsal.results import results

MARKS = {"danger": "✖", "unverified": "!", "clean": "✓"}


def render(report: RehearsalReport, **options: object) -> str:
    """Gives the page; all text from outside is escaped, and its policy lets nothing be loaded."""
    return page.filled(
        "rehearsal",
        styles=(page.text("rehearsal.css"),),
        report=report,
        words=words,
        marks=MARKS,
        ways=_ways,
        told=_told,
        results=results,
        drawing=_drawing,
    )


def _drawing(spans: Sequence[Span], trace: Trace) -> Markup:
    return Markup(drawing(spans, trace))


def _told(item: StatementTrace) -> str:
    parts = [*words.work(item), *words.waited(item)]
    if item.error is not None:
        parts.append(item.error.message)
    return "; ".join(parts)


def _ways(outcome: Outcome) -> Iterator[tuple[str, Trace, Sequence[Span]]]:
    run = outcome.rehearsal
    assert run is not None
    if run.up is not None:
        yield "Up", run.up, outcome.locks
    if run.down is not None:
        yield "Down", run.down, outcome.locks_down
