"""The report as JSON, the contract of every front end; its schema is render/report_schema.py."""

from __future__ import annotations

import json
from typing import Any

from dbwright.core.codec import to_json
from dbwright.core.finding import Edit, Irreversible, Recommendation
from dbwright.core.report import REPORT_VERSION, Report


def render(report: Report, **options: object) -> str:
    """Gives the report as one JSON object in ASCII, ended by a line feed."""
    return json.dumps(document(report), indent=2, default=str) + "\n"


def document(report: Report) -> dict[str, Any]:
    """Gives the report as plain data."""
    return {
        "version": REPORT_VERSION,
        "summary": {
            **to_json(report.summary),
            "errors": report.count("error"),
            "warnings": report.count("warning"),
            "remarks": report.count("info"),
            "exit_status": report.exit_status,
        },
        "errors": list(report.errors),
        "recommendations": [recommendation(item) for item in report.recommendations],
        "waived": to_json(report.waived),
        "unverified": to_json(report.unverified),
    }


def recommendation(item: Recommendation) -> dict[str, Any]:
    """Gives one recommendation as plain data, with all its parts."""
    advice = item.advice
    return {
        "rule": item.rule,
        "job": item.job,
        "severity": item.severity,
        "message": item.message,
        "location": to_json(item.location),
        "effects": [
            {"claim": claim.kind, "relation": claim.relation, "lock": claim.lock}
            for claim in item.claims
        ],
        "reason": advice.reason,
        "evidence": list(item.evidence),
        "proof": to_json(item.proof),
        "proofs": to_json(item.proofs),
        "fix": {
            "title": advice.fix.title,
            "safety": advice.fix.safety,
            "edits": [_edit(edit) for edit in advice.fix.edits],
            "steps": to_json(advice.fix.steps),
            "code": advice.fix.code,
            "trial": to_json(item.trial),
        },
        "alternatives": to_json(advice.alternatives),
        "risk": to_json(advice.risk),
        "undo": _undo(item),
        "tests": advice.tests,
        "backup": advice.backup,
        "fingerprint": item.fingerprint,
    }


def _edit(edit: Edit) -> dict[str, Any]:
    return {"path": edit.path, "after": edit.after}


def _undo(item: Recommendation) -> dict[str, Any]:
    found = item.advice.undo
    if isinstance(found, Irreversible):
        return {"reversible": False, "text": found.why}
    return {"reversible": True, "text": found.text}
