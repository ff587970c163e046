"""Files of dbwright's own, with a mark at their end that says so."""

from __future__ import annotations

import re
from dataclasses import dataclass

from dbwright.core.errors import UsageError
from dbwright.frontends.agent.blocks import digest
from dbwright.frontends.agent.marks import LEFT, Made

MARK = "<!-- written by dbwright install; "
_MARK = re.compile(re.escape(MARK) + r"text:(\w+)([^\n>]*)-->\n\Z")
_WAY_OUT = "Rename it, or delete it when nothing of yours is in it."


@dataclass(frozen=True, slots=True)
class WholeFile:
    """A text that is a file."""

    body: str

    def installed(self, text: str | None, made: Made, where: str) -> str:
        """Gives the file; one of that name that is somebody else's, or was edited, is refused."""
        if text is not None:
            made = _made(text, where)
        body = self.body.rstrip()
        said = f"text:{digest(body)} {made.with_file().words()}"
        return f"{body}\n\n{MARK}{said} -->\n"

    def removed(self, text: str, where: str) -> tuple[str | None, Made]:
        """Gives nothing in place of the file; one that was edited is refused."""
        return None, _made(text, where)


def _made(text: str, where: str) -> Made:
    found = _MARK.search(text)
    if found is None:
        raise UsageError(f"{where} exists and is not dbwright's; {LEFT}", way_out=_WAY_OUT)
    if found[1] != digest(text[: found.start()].rstrip()):
        raise UsageError(f"{where} was edited after dbwright wrote it; {LEFT}", way_out=_WAY_OUT)
    return Made.read(found[2].split())
