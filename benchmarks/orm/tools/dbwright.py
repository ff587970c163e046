"""dbwright: its watcher around the work, and the rules on what that saw."""

from __future__ import annotations

from pathlib import Path

from program import KINDS as ALL
from program import Program

from tools.answer import Answer, run_inside

NAME = "dbwright"
NEAR = {"write-loop": "flush-storm", "flush-storm": "write-loop"}
"""An INSERT a row is both: one flush for each row, and the same write in a loop."""
KINDS = {kind: {kind, NEAR.get(kind, kind)} for kind in ALL}
KINDS |= {
    "missing-pre-ping": {"no-pre-ping"},
    "missing-timeout": {"no-timeout"},
    "missing-tls": {"no-tls"},
}


def ask(each: Program, url: str, folder: Path) -> Answer:
    """Its findings on one program."""
    return run_inside(NAME, each, url, folder)
