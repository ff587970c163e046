"""Reports in small answers: each finding in a line, one in full, a rule's page."""

from __future__ import annotations

import difflib
from typing import Any

from dbwright.core.errors import UsageError
from dbwright.frontends.mcp_server.desk import Desk, clean
from dbwright.frontends.mcp_server.pages import Document

SHORT = 240
NOTES = 20


def review_document(desk: Desk, report: Document) -> Document:
    """Keeps a report, and gives its first page: a line for each finding."""
    summary = report["summary"]
    names = ("models", "tables", "revisions", "revisions_run", "revisions_new", "older_remarks")
    counts = {name: summary[name] for name in ("errors", "warnings", "remarks", *names)}
    document = {
        "report": desk.keep(report),
        "server": summary["server"],
        "counts": counts,
        "exit_status": summary["exit_status"],
        "findings": [_line(n, item) for n, item in enumerate(report["recommendations"], 1)],
        "waived": len(report["waived"]),
        "unverified": report["unverified"][:NOTES],
        "notes": summary["notes"],
        "errors": report["errors"],
    }
    left = len(report["unverified"]) - NOTES
    if left > 0:
        document["left_out"] = [f"unverified: {left} more"]
    return desk.pages.first(document, "findings", ("report",))


def _line(number: int, item: dict[str, Any]) -> Document:
    seen = next((p["witness"] for p in (item["proof"], *item["proofs"]) if p["witness"]), "")
    return {
        "number": number,
        "severity": item["severity"],
        "rule": item["rule"],
        "message": _short(item["message"]),
        "place": {name: value for name, value in item["location"].items() if value is not None},
        "proof": item["proof"]["level"],
        "seen": _short(seen or item["proof"]["why"]),
        "do": _short(item["fix"]["title"]),
    }


def _short(text: str) -> str:
    return text if len(text) <= SHORT else f"{text[:SHORT]}…"


def finding_document(desk: Desk, report: str, number: int) -> Document:
    """Gives a recommendation of a kept report with all its parts."""
    found = desk.report(report)["recommendations"]
    if not 1 <= number <= len(found):
        raise UsageError(
            f"the report has no finding {number}",
            way_out=f"It has {len(found)}, numbered from 1." if found else "It has none.",
        )
    item = found[number - 1]
    fix = {name: value for name, value in item["fix"].items() if name != "diff"}
    document = {**item, "number": number, "fix": fix, "diff": item["fix"]["diff"]}
    return desk.pages.first(document, "diff", ("number", "rule"))


def rule_document(desk: Desk, name: str) -> Document:
    """Gives a rule's page, or all rules in a line each."""
    from dbwright.api import rules

    if not name:
        return desk.pages.first({"rules": rule_lines()}, "rules")
    return desk.pages.first({"name": name, "page": rule_text(name, [r.name for r in rules()])},
                            "page", ("name",))  # fmt: skip


def rule_lines() -> list[dict[str, str]]:
    """Gives each rule with its job and its sentence."""
    from dbwright.api import rules

    return [{"name": r.name, "job": r.job, "summary": clean(r.summary)} for r in rules()]


def rule_text(name: str, names: list[str]) -> str:
    """Gives a rule's page in Markdown; UsageError names the nearest where there is none."""
    from dbwright.api import rule
    from dbwright.frontends.pages import rule_page

    found = rule(name)
    if found is None:
        near = difflib.get_close_matches(name, names, n=1, cutoff=0)
        raise UsageError(f"there is no rule {name!r}", way_out=f"The nearest is {near[0]!r}.")
    return str(clean(rule_page(found)))
