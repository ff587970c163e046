"""The answer of a guarded read as a table of text: every value is data and shown as such."""

from __future__ import annotations

import json
from typing import Any

from dbwright.core.codec import to_json
from dbwright.core.reading import Answer
from dbwright.render.parts import printable

_WIDEST = 60


def as_json(answer: Answer) -> dict[str, Any]:
    """Gives the answer as plain JSON data."""
    found: dict[str, Any] = to_json(answer)
    return found


def table(answer: Answer) -> str:
    """Gives the answer as a table, and below it what of it is missing."""
    heads = [printable(column.name) for column in answer.columns]
    rows = [[_cell(value) for value in row] for row in answer.rows]
    widths = [max(map(len, column)) for column in zip(heads, *rows, strict=True)]
    lines = []
    if heads:
        lines = [_line(heads, widths), "  ".join("-" * width for width in widths)]
        lines += [_line(row, widths) for row in rows]
    noun = "row" if len(rows) == 1 else "rows"
    more = " shown" if answer.truncated else ""
    lines.append(f"({len(rows):,} {noun}{more}, {answer.seconds:.2f} s)")
    lines += [f"Not all of it: {printable(cut.why)}." for cut in answer.cut]
    if answer.redacted:
        lines.append(f"Replaced by ***: {', '.join(answer.redacted)}.")
    return "\n".join(lines) + "\n"


def _line(cells: list[str], widths: list[int]) -> str:
    return "  ".join(cell.ljust(width) for cell, width in zip(cells, widths, strict=True)).rstrip()


def _cell(value: Any) -> str:
    if value is None:
        return ""
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    shown = printable(text.replace("\n", "\\n"))
    return shown if len(shown) <= _WIDEST else shown[: _WIDEST - 1] + "…"
