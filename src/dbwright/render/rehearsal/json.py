"""A rehearsal as JSON, a contract; its schema is render/rehearsal/schema.py."""

from __future__ import annotations

import json
from typing import Any

from dbwright.core.codec import to_json
from dbwright.core.finding import Finding
from dbwright.core.rehearsed import REHEARSAL_VERSION, Outcome, RehearsalReport
from dbwright.core.trace import OldCode, StatementTrace, Trace


def render(report: RehearsalReport, **options: object) -> str:
    """Gives the report as one JSON object in ASCII, ended by a line feed."""
    return json.dumps(document(report), indent=2, default=str) + "\n"


def document(report: RehearsalReport) -> dict[str, Any]:
    """Gives the report as plain data."""
    summary = report.summary
    return {
        "version": REHEARSAL_VERSION,
        "summary": {
            "project": summary.project,
            "dialect": summary.dialect,
            "server": summary.server,
            "scope": summary.scope,
            "notes": list(summary.notes),
            "milliseconds": summary.milliseconds,
            "dangerous": report.count("danger"),
            "not_verified": report.count("unverified"),
            "clean": report.count("clean"),
            "exit_status": report.exit_status,
        },
        "errors": list(report.errors),
        "revisions": [_outcome(item) for item in report.outcomes],
        "unverified": to_json(report.unverified),
    }


def _outcome(outcome: Outcome) -> dict[str, Any]:
    run = outcome.rehearsal
    return {
        "revision": outcome.revision,
        "message": outcome.message,
        "path": outcome.path,
        "verdict": outcome.verdict,
        "deploy_order": outcome.order,
        "dangers": [_danger(item) for item in outcome.dangers],
        "allowed": list(outcome.allowed),
        "not_seen": list(outcome.why_not),
        "server": run.server if run else None,
        "rows": dict(run.rows) if run else {},
        "empty_tables": to_json(run.empty) if run else [],
        "runs": [_run(trace) for trace in run.traces()] if run else [],
        "locks": to_json(outcome.locks),
        "locks_of_downgrade": to_json(outcome.locks_down),
        "estimates": to_json(outcome.estimates),
        "old_code": _code(run.old_code, run.old_ran) if run else None,
        "new_code": _code(run.new_code, run.new_ran) if run else None,
        "new_code_failing_after": to_json(run.new_broken) if run else [],
        "backups": to_json(outcome.backups),
    }


def _danger(item: Finding) -> dict[str, Any]:
    claim = item.claims[0] if item.claims else None
    return {
        "message": item.message,
        "severity": item.severity,
        "claim": claim.kind if claim else None,
        "relation": claim.relation if claim else None,
        "column": claim.column if claim else None,
        "location": to_json(item.location),
    }


def _run(trace: Trace) -> dict[str, Any]:
    return {
        "direction": trace.direction,
        "milliseconds": trace.milliseconds,
        "error": trace.error,
        "error_place": trace.error_place,
        "on_purpose": trace.on_purpose,
        "statements": [_statement(item) for item in trace.statements],
        "schema_difference": list(trace.difference),
        "losses": to_json(trace.losses),
    }


def _statement(item: StatementTrace) -> dict[str, Any]:
    statement = item.statement
    return {
        "sql": statement.sql,
        "file": statement.place.file if statement.place else None,
        "line": statement.place.line if statement.place else None,
        "transaction": statement.transaction,
        "began": item.began,
        "milliseconds": item.milliseconds,
        "wal_bytes": item.wal_bytes,
        "rows_changed": item.rows_changed,
        "locks": to_json(item.locks),
        "blocked": to_json(item.blocked),
        "scans": to_json(item.scans),
        "rewritten": list(item.rewritten),
        "rebuilt_indexes": list(item.rebuilt_indexes),
        "lock_timeout": item.lock_timeout,
        "error": to_json(item.error),
    }


def _code(broken: tuple[OldCode, ...] | None, ran: int) -> dict[str, Any] | None:
    if broken is None:
        return None
    return {"tried": ran, "failing": to_json(broken)}
