"""An explanation as plain data."""

from __future__ import annotations

from typing import Any

from dbwright.core.explanation import Explanation
from dbwright.core.place import Place


def as_json(found: Explanation) -> dict[str, Any]:
    """Gives the explanation as plain data, as render/answer_schema.py says."""
    return {
        "version": 1,
        "kind": "explanation",
        "reading": found.reading,
        "answer": found.answer,
        **_place(found.place),
        "do": [{"title": d.title, "code": d.code, "language": d.language} for d in found.do],
        "reasons": [{"text": reason.text, **_place(reason.place)} for reason in found.reasons],
        "alternatives": [{"title": a.title, "tradeoff": a.tradeoff} for a in found.alternatives],
        "risk": found.risk,
        "undo": found.undo,
        "tests": found.tests,
        "backup": found.backup,
        "known": found.known,
        "unverified": [
            {"what": u.what, "why": u.why, "way_out": u.way_out} for u in found.unverified
        ],
        "more": list(found.more),
    }


def _place(place: Place | None) -> dict[str, Any]:
    return {"file": place.file if place else None, "line": place.line if place else None}
