"""The report as one HTML page: findings with all their parts beside the diagram of the tables."""

from __future__ import annotations

import textwrap
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass

from dbwright.core.finding import SEVERITIES, Recommendation
from dbwright.core.report import Looked, Report
from dbwright.core.schema import Schema
from dbwright.render import page, parts, plan, plan_picture
from dbwright.render.diagram import svg
from dbwright.render.diagram.contents import diagram_of
from dbwright.render.diagram.values import Diagram

MOST_PLANS = 100
"""So many plans are drawn, those of the statements that take most."""
MARKS = {"error": "✖", "warning": "!", "info": "i"}
HEADINGS = {"error": "Errors", "warning": "Warnings", "info": "Remarks"}
WORDS = {"error": "errors", "warning": "warnings", "info": "remarks"}


@dataclass(frozen=True, slots=True)
class Entry:
    """A recommendation with its number on the page and that of its table in the diagram."""

    number: int
    item: Recommendation
    table: int | None

    @property
    def code(self) -> str:
        """The fix's code without the margin that it has in its rule."""
        return textwrap.dedent(self.item.advice.fix.code).strip("\n")


@dataclass(frozen=True, slots=True)
class Drawn:
    """A statement with where its time goes, in words and as a picture."""

    sql: str
    words: str
    picture: str


def render(report: Report, **options: object) -> str:
    """Gives the page. It loads nothing, its policy lets no other script or style work in it."""
    from markupsafe import Markup

    diagram = _diagram(report.schema)
    numbers = {box.key: number for number, box in enumerate(diagram.boxes)}
    entries = [
        Entry(number, item, _table(item, numbers))
        for number, item in enumerate(report.recommendations)
    ]
    drawing = svg.render(diagram, styled=False) if diagram.boxes else ""
    levels = Counter(item.severity for item in report.recommendations)
    return page.filled(
        "report",
        styles=(page.text("report.css"), svg.style(), plan_picture.style()),
        script=page.text("report.js"),
        report=report,
        parts=parts,
        totals=parts.outcome(report),
        head=_head(report),
        drawing=Markup(drawing),
        entries=entries,
        plans=[
            Drawn(each.sql, plan.sentence(each.explained), Markup(_drawn(each)))
            for each in report.heaviest(MOST_PLANS)
            if each.explained is not None
        ],
        severities=[(level, levels[level]) for level in SEVERITIES if levels[level]],
        rules=_counted(item.rule for item in report.recommendations),
        files=_counted(item.location.file or "" for item in report.recommendations),
        marks=MARKS,
        headings=HEADINGS,
        words=WORDS,
    )


def _drawn(looked: Looked) -> str:
    if looked.explained is None:
        return ""
    return plan_picture.svg(looked.explained, looked.after, styled=False)


def _diagram(schema: Schema | None) -> Diagram:
    return diagram_of(schema) if schema is not None else Diagram()


def _counted(names: Iterable[str]) -> list[tuple[str, int]]:
    return sorted((name, count) for name, count in Counter(names).items() if name)


def _table(item: Recommendation, numbers: dict[str, int]) -> int | None:
    """The table that a finding is about: its object is one or a part of one, else its claims'."""
    name = item.location.object or ""
    while name:
        if name in numbers:
            return numbers[name]
        name = name.rpartition(".")[0]
    claimed = [claim.relation for claim in item.claims if claim.relation in numbers]
    return numbers[claimed[0]] if claimed and claimed[0] else None


def _head(report: Report) -> list[str]:
    summary = report.summary
    return [text for text in (parts.read_words(report), *summary.notes) if text]
