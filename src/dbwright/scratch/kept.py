"""Which templates are kept: the newest ones, and what another process may be about to copy."""

from __future__ import annotations

from collections.abc import Mapping

KEPT = 16
"""So many are kept, however long ago they were used."""
SURE_SECONDS = 900.0
"""Whoever asked for a template or copied it has it for so long, whatever others use meanwhile."""
MOST = 64
"""More are never kept: each takes 8 MB and more of a PostgreSQL server's disk."""


def to_drop(used: Mapping[str, float], now: float) -> list[str]:
    """Gives the templates to drop, of all with the time of their last use, in seconds."""
    newest = sorted(used, key=lambda name: used[name], reverse=True)
    return [
        name
        for place, name in enumerate(newest)
        if place >= MOST or (place >= KEPT and now - used[name] > SURE_SECONDS)
    ]


def gone(template: str) -> tuple[str, str]:
    """Gives the words and the way out for a template that was dropped before it was copied."""
    return (
        f"cannot clone the template {template}: it is gone, {KEPT} others were used since, and it "
        f"was not for {SURE_SECONDS / 60:.0f} minutes",
        "Ask for the template again before cloning it.",
    )
