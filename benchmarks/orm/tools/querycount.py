"""pytest-querycount 0.4.0: SELECTs whose text is repeated, by cursor events."""

from __future__ import annotations

from pathlib import Path

from program import Program

from tools.answer import Answer, run_inside

NAME = "pytest-querycount"
REPEATED = {"lazy-load", "collection-counted", "deferred-load", "expired-load", "refresh-loop"}
KINDS = {
    "repeated-select": REPEATED
    | {"inheritance-load", "repeated-select", "get-loop", "count-per-row", "autoflush-storm"}
    | {"cascade-delete-per-row"}
}


def ask(each: Program, url: str, folder: Path) -> Answer:
    """Its findings on one program."""
    return run_inside(NAME, each, url, folder)
