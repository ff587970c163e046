"""The one typed door: what every front end and every program calls.

Nothing heavy is imported until a function is called.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from dbwright.api.authoring import (
    apply_edits,
    autogenerate,
    change,
    change_models,
    changes,
    design,
    place_indexes,
)
from dbwright.api.databases import (
    diagram,
    explain_twin,
    export_twin,
    record,
    reverse,
    tune,
    twin_text,
)
from dbwright.api.reviews import ask, check, rehearse, review_query, revision_test, rule, rules

if TYPE_CHECKING:
    from dbwright.core.options import Options, Progress

__all__ = [
    "Options",
    "Progress",
    "apply_edits",
    "ask",
    "autogenerate",
    "change",
    "change_models",
    "changes",
    "check",
    "design",
    "diagram",
    "explain_twin",
    "export_twin",
    "place_indexes",
    "record",
    "rehearse",
    "reverse",
    "review_query",
    "revision_test",
    "rule",
    "rules",
    "tune",
    "twin_text",
]


def __getattr__(name: str) -> Any:
    """Gives Options and Progress, whose module is imported when they are first asked for."""
    if name in ("Options", "Progress"):
        from dbwright.core import options

        return getattr(options, name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
