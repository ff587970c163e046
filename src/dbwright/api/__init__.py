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
    describe,
    diagram,
    estimate_on_twin,
    explain_twin,
    export_twin,
    record,
    reverse,
    tune,
    twin_text,
    watch,
    watch_command,
)
from dbwright.api.deployments import (
    fleet_check,
    fleet_drift,
    fleet_station,
    fleet_status,
    fleet_upgrade,
    upgrade,
)
from dbwright.api.reviews import ask, check, rehearse, review_query, revision_test, rule, rules
from dbwright.api.safe_hands import apply_write, doctor, grant_role, plan_write, read

if TYPE_CHECKING:
    from dbwright.core.options import Options, Progress
    from dbwright.core.reading import Limits

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
    """Gives what is imported only when it is first asked for: Limits, Options, Progress."""
    if name in ("Options", "Progress"):
        from dbwright.core import options

        return getattr(options, name)
    if name == "Limits":
        from dbwright.core import reading

        return reading.Limits
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
