"""querysense: findings on the plan, with statements to paste.

It refuses PostgreSQL 18's fractions of rows: they are rounded for it.
"""

from __future__ import annotations

import json
import tempfile
from pathlib import Path
from typing import Any

from tools.answer import Answer, Question, Said, run, statements

NAME = "querysense"
DIALECTS = ("postgresql",)
CAUSES = {
    "BAD_ROW_ESTIMATE": ["stale-statistics", "correlated-columns"],
    "STALE_STATISTICS": ["stale-statistics"],
    "CORRELATED_SUBQUERY": ["correlated-subquery", "self-join-previous-row"],
    "SEQ_SCAN_LARGE_TABLE": ["missing-index"],
    "EXCESSIVE_SEQ_SCANS": ["missing-index"],
    "FOREIGN_KEY_WITHOUT_INDEX": ["foreign-key-without-index", "missing-index"],
    "NESTED_LOOP_LARGE_TABLE": ["missing-index", "stale-statistics"],
    "SPILLING_TO_DISK": ["sort-spill"],
    "TABLE_BLOAT": ["bloat", "visibility-map"],
}
STYLE = {"MISSING_BUFFERS", "PARALLEL_QUERY_NOT_USED"}


def ask(question: Question, home: Path) -> Answer:
    """Its findings, and the statements in their suggestions."""
    plan = json.loads(json.dumps(question.plan))
    rounded(plan[0]["Plan"])
    with tempfile.NamedTemporaryFile("w", suffix=".json") as file:
        json.dump(plan, file)
        file.flush()
        command: list[str | Path] = [home / "bin" / "querysense", "analyze", "--json", file.name]
        told = json.loads(run(command, statuses=(0, 1)))
    answer = Answer()
    for found in told["findings"]:
        if found["rule_id"] in STYLE:
            continue
        suggestion = found["suggestion"] or ""
        answer.words += f"{found['rule_id']}: {found['title']} {suggestion}\n"
        answer.causes += CAUSES.get(found["rule_id"], [])
        answer.advice += statements(suggestion)
        if found["rule_id"] == "CORRELATED_SUBQUERY":
            answer.advice.append(Said("rewrite", suggestion))
    return answer


def rounded(node: dict[str, Any]) -> None:
    """Makes whole numbers of the rows of a plan's nodes."""
    for key in ("Actual Rows", "Plan Rows"):
        if key in node:
            node[key] = round(node[key])
    for child in node.get("Plans", []):
        rounded(child)
