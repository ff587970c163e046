"""nplusone 1.0.0: SQLAlchemy's internals, patched when it is imported."""

from __future__ import annotations

from pathlib import Path

from program import Program

from tools.answer import Answer, run_inside

NAME = "nplusone"
KINDS = {
    "n_plus_one": {"lazy-load", "collection-counted"},
    "unused_eager_load": {"unused-eager-load", "collection-counted"},
}


def ask(each: Program, url: str, folder: Path) -> Answer:
    """Its findings on one program."""
    return run_inside(NAME, each, url, folder)
