"""The baseline: findings accepted on one day, keyed by rule and fingerprint."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

from dbwright.core.errors import UsageError
from dbwright.core.finding import Edit, Recommendation, Waived
from dbwright.core.report import Report

DEFAULT = "dbwright-baseline.json"
VERSION = 1


def read(root: Path, path: str | None) -> dict[str, dict[str, str]]:
    """Gives fingerprint to entry of the baseline file; empty when there is none by default."""
    file = root / (path or DEFAULT)
    if path is None and not file.exists():
        return {}
    try:
        data = json.loads(file.read_text(encoding="utf-8"))
        if data["version"] != VERSION:
            raise ValueError(f"version {data['version']}, expected {VERSION}")
        return {entry["fingerprint"]: entry for entry in data["findings"]}
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise UsageError(
            f"cannot read the baseline: {error}",
            file=str(path or DEFAULT),
            way_out="Write a new one: dbwright check --write-baseline",
        ) from error


def split(
    items: Sequence[Recommendation], baseline: dict[str, dict[str, str]]
) -> tuple[list[Recommendation], list[Waived], list[str]]:
    """Gives the new recommendations, those accepted, and the words of stale entries."""
    kept = [item for item in items if item.fingerprint not in baseline]
    accepted = [
        Waived(item.rule, item.message, item.location, "in the baseline", "baseline")
        for item in items
        if item.fingerprint in baseline
    ]
    present = {item.fingerprint for item in items}
    stale = [
        f"{entry.get('rule')}: {entry.get('object') or entry.get('message')}"
        for key, entry in baseline.items()
        if key not in present
    ]
    return kept, accepted, stale


def _still_found(root: Path, path: str, report: Report) -> list[dict[str, str]]:
    if not (root / path).exists():
        return []
    found = {
        (item.rule, item.location.object or "", item.message)
        for item in report.waived
        if item.by == "baseline"
    }
    entries = read(root, path).values()
    return [e for e in entries if (e["rule"], e["object"], e["message"]) in found]


def accepting(root: Path, path: str, report: Report) -> tuple[Edit, int]:
    """Gives the baseline file that accepts what a report found, and how many entries it has.

    They are sorted, so that diffs are small. What an earlier baseline accepted stays in it as long
    as it is found.
    """
    entries = _still_found(root, path, report)
    entries += [
        {
            "rule": item.rule,
            "fingerprint": item.fingerprint,
            "object": item.location.object or "",
            "message": item.message,
        }
        for item in report.recommendations
    ]
    entries.sort(key=lambda entry: (entry["rule"], entry["object"], entry["fingerprint"]))
    text = json.dumps({"version": VERSION, "findings": entries}, indent=2) + "\n"
    there = root / path
    return Edit(path, there.read_text(encoding="utf-8") if there.exists() else None, text), len(
        entries
    )
