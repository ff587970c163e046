"""dbwright: the database specialist of teams that use SQLAlchemy 2 and Alembic."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from dbwright.api import (
        Limits,
        Options,
        Progress,
        apply_edits,
        apply_write,
        ask,
        autogenerate,
        change,
        change_models,
        changes,
        check,
        describe,
        design,
        diagram,
        doctor,
        estimate_on_twin,
        explain_twin,
        export_twin,
        fleet_check,
        fleet_drift,
        fleet_station,
        fleet_status,
        fleet_upgrade,
        grant_role,
        place_indexes,
        plan_write,
        read,
        record,
        rehearse,
        reverse,
        review_query,
        revision_test,
        rule,
        rules,
        tune,
        twin_text,
        upgrade,
        watch,
        watch_command,
    )

__all__ = [
    "Limits",
    "Options",
    "Progress",
    "apply_edits",
    "apply_write",
    "ask",
    "autogenerate",
    "change",
    "change_models",
    "changes",
    "check",
    "describe",
    "design",
    "diagram",
    "doctor",
    "estimate_on_twin",
    "explain_twin",
    "export_twin",
    "fleet_check",
    "fleet_drift",
    "fleet_station",
    "fleet_status",
    "fleet_upgrade",
    "grant_role",
    "place_indexes",
    "plan_write",
    "read",
    "record",
    "rehearse",
    "reverse",
    "review_query",
    "revision_test",
    "rule",
    "rules",
    "tune",
    "twin_text",
    "upgrade",
    "watch",
    "watch_command",
]


def __getattr__(name: str) -> Any:
    """Re-exports the api; it is imported when something of it is first asked for (PEP 562)."""
    if name in __all__:
        from dbwright import api

        return getattr(api, name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
