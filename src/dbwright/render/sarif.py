"""The report as SARIF 2.1.0 (OASIS), for code scanning."""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import quote

from dbwright.core.finding import Recommendation
from dbwright.core.report import Report
from dbwright.render import parts

LEVELS = {"error": "error", "warning": "warning", "info": "note"}


def render(report: Report, **options: object) -> str:
    """Gives one SARIF log with one run."""
    return json.dumps(document(report), indent=2) + "\n"


def document(report: Report) -> dict[str, Any]:
    """Gives the SARIF log as plain data."""
    names = sorted({item.rule for item in report.recommendations})
    first = {item.rule: item for item in reversed(report.recommendations)}
    return {
        "$schema": "https://json.schemastore.org/sarif-2.1.0.json",
        "version": "2.1.0",
        "runs": [
            {
                "tool": {"driver": _driver(names, first)},
                "columnKind": "unicodeCodePoints",
                "results": [_result(item, names) for item in report.recommendations],
                "invocations": [_invocation(report)],
            }
        ],
    }


def _driver(names: list[str], first: dict[str, Recommendation]) -> dict[str, Any]:
    return {
        "name": "dbwright",
        "rules": [
            {
                "id": name,
                "shortDescription": {"text": name.replace("-", " ")},
                "fullDescription": {"text": parts.printable(first[name].advice.reason)},
                "defaultConfiguration": {"level": LEVELS[first[name].severity]},
            }
            for name in names
        ],
    }


def _result(item: Recommendation, names: list[str]) -> dict[str, Any]:
    text = f"{parts.title(item)}. {parts.seen(item)} {item.advice.fix.title}."
    result: dict[str, Any] = {
        "ruleId": item.rule,
        "ruleIndex": names.index(item.rule),
        "level": LEVELS[item.severity],
        "message": {"text": parts.printable(text)},
        "partialFingerprints": {"dbwright/v1": item.fingerprint},
        "properties": {"job": item.job, "proof": item.proof.level},
    }
    if item.location.file:
        result["locations"] = [_location(item)]
    return result


def _location(item: Recommendation) -> dict[str, Any]:
    path = (item.location.file or "").replace("\\", "/")
    uri = quote(path.encode("utf-8", "surrogatepass"))
    physical: dict[str, Any] = {"artifactLocation": {"uri": uri}}
    if item.location.line:
        physical["region"] = {"startLine": item.location.line}
    location: dict[str, Any] = {"physicalLocation": physical}
    if item.location.object:
        location["logicalLocations"] = [
            {"fullyQualifiedName": parts.printable(item.location.object)}
        ]
    return location


def _invocation(report: Report) -> dict[str, Any]:
    notes = [
        {"level": "warning", "message": {"text": parts.printable(f"{item.what}: {item.why}")}}
        for item in report.unverified
    ]
    notes += [{"level": "error", "message": {"text": parts.printable(t)}} for t in report.errors]
    return {"executionSuccessful": not report.errors, "toolExecutionNotifications": notes}
