"""The report as GitHub workflow commands: an annotation a finding."""

from __future__ import annotations

from dbwright.core.finding import Recommendation
from dbwright.core.report import Report
from dbwright.render import parts

LEVELS = {"error": "error", "warning": "warning", "info": "notice"}


def render(report: Report, **options: object) -> str:
    """Gives one workflow command a line; the last line is the count."""
    lines = [_annotation(item) for item in report.recommendations]
    lines += [f"::error::{_data(text)}" for text in report.errors]
    lines += [
        f"::notice title=dbwright could not verify::{_data(f'{item.what}: {item.why}')}"
        for item in report.unverified
    ]
    return "\n".join([*lines, parts.totals(report)]) + "\n"


def _annotation(item: Recommendation) -> str:
    properties = {
        "file": item.location.file,
        "line": item.location.line,
        "title": f"{item.rule} ({parts.proof_words(item.proof)})",
    }
    shown = ",".join(f"{key}={_property(str(value))}" for key, value in properties.items() if value)
    fix = item.advice.fix
    text = f"{parts.title(item)}\n{parts.seen(item)}\n\n{fix.title}:\n{fix.code}"
    return f"::{LEVELS[item.severity]} {shown}::{_data(text)}"


def _data(text: str) -> str:
    text = parts.printable(text)
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _data(text).replace(":", "%3A").replace(",", "%2C")
