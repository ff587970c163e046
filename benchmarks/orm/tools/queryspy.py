"""queryspy 0.6.0: listeners of `do_orm_execute` and of cursors, a window around a block."""

from __future__ import annotations

from pathlib import Path

from program import Program

from tools.answer import Answer, run_inside

NAME = "queryspy"
KINDS = {
    "lazy_load": {"lazy-load", "collection-counted"},
    "column_load": {"deferred-load", "expired-load", "refresh-loop", "inheritance-load"},
    "repeated_statement": {"repeated-select", "get-loop", "count-per-row", "write-loop"},
}


def ask(each: Program, url: str, folder: Path) -> Answer:
    """Its findings on one program."""
    return run_inside(NAME, each, url, folder)
