"""pytest-queryguard 0.4.1: its listeners and detectors, the opt-in rules included."""

from __future__ import annotations

from pathlib import Path

from program import Program

from tools.answer import Answer, run_inside

NAME = "pytest-queryguard"
KINDS = {
    "relationship-load": {"lazy-load", "collection-counted"},
    "column-load": {"deferred-load", "expired-load", "refresh-loop", "inheritance-load"},
    "repeated-statement": {"repeated-select", "get-loop", "count-per-row"},
    "write-loop": {"write-loop", "flush-storm", "commit-per-row"},
    "unused-eager-load": {"unused-eager-load", "collection-counted"},
}


def ask(each: Program, url: str, folder: Path) -> Answer:
    """Its findings on one program."""
    return run_inside(NAME, each, url, folder)
