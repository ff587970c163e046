"""dbwright: the database specialist of teams that use SQLAlchemy 2 and Alembic."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from dbwright.api import (
        Options,
        Progress,
        apply_edits,
        ask,
        autogenerate,
        change,
        change_models,
        changes,
        check,
        design,
        diagram,
        explain_twin,
        export_twin,
        place_indexes,
        record,
        rehearse,
        reverse,
        review_query,
        revision_test,
        rule,
        rules,
        tune,
        twin_text,
    )

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
    """Re-exports the api; it is imported when something of it is first asked for (PEP 562)."""
    if name in __all__:
        from dbwright import api

        return getattr(api, name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
