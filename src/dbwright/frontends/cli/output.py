"""Where a report goes: the terminal, standard output in a format, files."""

from __future__ import annotations

import os
import shutil
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

import click

from dbwright.core.errors import UsageError
from dbwright.frontends.writing import write_whole

if TYPE_CHECKING:
    from dbwright.core.report import Report

WAY_OUT = "Give -o a path that can be written."


_SELDOM = 10.0
"""Off a terminal, so many seconds pass before a job's progress (`WHAT: …`) is told again."""


class Progress:
    """Says on stderr what is being done, once a job has taken over a second."""

    def __init__(self, quiet: bool = False) -> None:
        self.started = time.monotonic()
        self.live = sys.stderr.isatty() and not quiet
        self.quiet = quiet
        self.shown = ""
        self.told: tuple[str, float] = ("", 0.0)

    def __call__(self, text: str) -> None:
        """Shows what comes next; on a terminal in one line that is rewritten."""
        if self.quiet or time.monotonic() - self.started < 1:
            return
        if self.live:
            width = shutil.get_terminal_size().columns - 1
            sys.stderr.write(f"\r\x1b[K{text[:width]}")
            sys.stderr.flush()
            self.shown = text
        elif self._is_news(text):
            click.echo(text, err=True)

    def _is_news(self, text: str) -> bool:
        what, now = text.partition(": ")[0], time.monotonic()
        if what == self.told[0] and now - self.told[1] < _SELDOM:
            return False
        self.told = (what, now)
        return True

    def end(self) -> None:
        """Clears the line."""
        if self.shown:
            sys.stderr.write("\r\x1b[K")
            sys.stderr.flush()
            self.shown = ""


def quiet_driver() -> None:
    """Keeps to itself what the driver logs about connections that we end: no news for a reader."""
    import logging

    logging.getLogger("psycopg").addHandler(logging.NullHandler())


def emit(report: Report, format: str, outputs: tuple[str, ...], **options: object) -> None:
    """Writes the report to each FORMAT:PATH, then to standard output.

    Options go to the renderer: `full`, `command`, `fixes`.
    """
    from dbwright.render import render

    write_outputs(report, outputs)
    if format == "text":
        options |= terminal_options()
    sys.stdout.write(render(report, _module(format), **options))
    sys.stdout.flush()


def terminal_options() -> dict[str, object]:
    """Gives what the terminal takes: its width, colors or none, ASCII only or not."""
    return {"width": _width(), "color": _wants_color(), "ascii": _wants_ascii()}


def write_outputs(report: Report, outputs: tuple[str, ...]) -> None:
    """Writes the report to each FORMAT:PATH, whole or not at all."""
    from dbwright.render import render

    for output in outputs:
        name, path = split_output(output)
        write_whole(Path(path), render(report, _module(name), full=True), WAY_OUT)


def split_output(output: str) -> tuple[str, str]:
    """Gives the format and the path of `-o FORMAT:PATH`; a bad one raises UsageError."""
    from dbwright.render import formats

    name, colon, path = output.partition(":")
    if not colon or not path or _module(name) not in formats():
        known = ", ".join(sorted(_public(item) for item in formats()))
        raise UsageError(f"-o {output!r} is not FORMAT:PATH", way_out=f"The formats are: {known}")
    return name, path


def format_names() -> list[str]:
    """Gives the formats as the user names them."""
    from dbwright.render import formats

    return sorted(_public(name) for name in formats())


def _module(name: str) -> str:
    return "terminal" if name == "text" else name


def _public(name: str) -> str:
    return "text" if name == "terminal" else name


def _width() -> int:
    return min(100, shutil.get_terminal_size((80, 24)).columns) if sys.stdout.isatty() else 80


def _wants_color() -> bool:
    if os.environ.get("NO_COLOR"):
        return False
    return bool(os.environ.get("FORCE_COLOR")) or sys.stdout.isatty()


def _wants_ascii() -> bool:
    encoding = (sys.stdout.encoding or "ascii").lower().replace("-", "")
    return not encoding.startswith("utf") or os.environ.get("TERM") == "dumb"
