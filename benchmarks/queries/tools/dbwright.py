"""dbwright: `queries review SQL --db URL --format json`, by the rules of its report."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

from tools.answer import Answer, Question, Said, kind_of, phrased, run

NAME = "dbwright"
DIALECTS = ("postgresql", "sqlite")
# A rule that is named as a cause stands for it; the others, by what their pages say. A rule that is
# neither counts for nothing.
CAUSES = {
    "null-in-not-in": ["null-semantics"],
    "mismatched-type": ["implicit-cast"],
    "filter-over-outer-join": ["filter-defeats-outer-join"],
    "coalesce-over-outer-join": ["filter-defeats-outer-join"],
    "prefix-like": ["prefix-like-collation"],
    "cte-computed-whole": ["cte-materialized"],
    "multiplied-joins": ["fan-out"],
    "range-on-one-side": ["range-not-derived"],
    "counted-first-rows": ["latest-per-group", "count-of-sorted-subquery"],
    "self-join-for-previous-row": ["self-join-previous-row"],
    "volatile-function-in-filter": ["volatile-function"],
    "delete-reads-referencing-table": ["foreign-key-without-index"],
    "pages-not-all-visible": ["visibility-map"],
    "bloated-table": ["bloat"],
    "sort-on-disk": ["sort-spill"],
    "join-order-as-written": ["join-order"],
}
ADVICE = (
    (r"\bbind|send (it|the value) as|type_coerce|literal_execute", "bind-type"),
    (r"prepare_threshold|plan_cache_mode|custom plan|statement cache", "prepared-statements"),
    (r"load_only|defer|fewer columns|only the columns", "columns"),
    (r"stable\b", "function-volatility"),
    (r"changes? (the )?meaning|other rows|wrong (result|rows|answer)|never true", "meaning"),
    (r"wrong (result|rows|answer)|never true|NULL in", "report-bug"),
    (r"work_mem|join_collapse_limit|random_page_cost", "configuration"),
)


def ask(question: Question, home: Path) -> Answer:
    """The recommendations of a review, each with its fix and its alternatives."""
    command: list[str | Path] = [sys.executable, "-m", "dbwright", "queries", "review"]
    # None of its own databases is needed for a given one; errors are a report as well.
    command += [question.sql, "--db", question.url, "--run", "--format", "json"]
    report = json.loads(run(command, statuses=(0, 1, 3)))
    answer = Answer()
    for told in report["recommendations"]:
        causes = CAUSES.get(told["rule"], [told["rule"]])
        answer.words += f"{told['severity']} {told['rule']}: {told['message']}\n"
        if told["severity"] != "info":
            answer.causes += causes
            answer.advice += advice(told)
    return answer


def advice(told: dict[str, Any]) -> list[Said]:
    """What a recommendation says to do: the other form with what it needs, or its steps, or code.

    A form that is shown as code alone is not said to have the same rows; what its words name comes
    last.
    """
    fix = told.get("fix") or {}
    proof = told.get("proof")
    label = proof.get("level", "") if isinstance(proof, dict) else str(proof)
    same = not label.startswith("reasoned")
    steps = tuple(step["sql"] for step in fix.get("steps", []) if step.get("sql"))
    forms = [edit["after"] for edit in fix.get("edits", []) if edit.get("after")]
    code = fix["code"] if isinstance(fix.get("code"), str) else ""
    if forms:
        kind = "rewrite" if same else "meaning"
        found = [Said(kind, form, form, same, steps) for form in forms]
    else:
        kinds = [kind for kind in map(kind_of, steps or (code,)) if kind]
        kind = {"rewrite": "meaning"}.get(kinds[0], kinds[0]) if kinds else ""
        text = ";\n".join(steps) or code
        shown = code.partition("\n# and an index:")[0] if steps else ""
        form = shown if kind_of(shown) == "rewrite" else ""
        found = [Said(kind, text, text, same, steps, form)] if kind else []
    titles = " ".join(str(other.get("title", "")) for other in told.get("alternatives", []))
    words = f"{told['message']} {told.get('reason', '')} {fix.get('title', '')} {titles}"
    have = {said.kind for said in found}
    return found + [Said(kind, words) for kind in phrased(words, ADVICE) if kind not in have]
