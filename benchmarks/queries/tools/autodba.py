"""autodba-mcp: its rules, indexes and rewritten SQL."""

from __future__ import annotations

from pathlib import Path

from tools.answer import Answer, Question, Said, in_environment

NAME = "autodba-mcp"
DIALECTS = ("postgresql",)
CAUSES = {
    "NON_SARGABLE_FUNCTION": ["function-on-column", "enum-cast", "implicit-cast"],
    "NON_SARGABLE_ARITHMETIC": ["arithmetic-on-column"],
    "LEADING_WILDCARD_LIKE": ["leading-wildcard"],
    "SELECT_STAR": ["wide-rows"],
    "CORRELATED_SUBQUERY": ["correlated-subquery", "self-join-previous-row"],
    "NOT_IN_SUBQUERY": ["not-in-subquery", "null-semantics"],
    "OR_ACROSS_COLUMNS": ["or-across-columns", "or-across-tables", "or-in-join"],
    "IMPLICIT_CONVERSION": ["implicit-cast", "enum-cast"],
    "ORDER_BY_RAND": ["order-by-random"],
    "DISTINCT_OVERUSE": ["redundant-distinct", "distinct-of-few"],
    "DEEP_OFFSET": ["deep-offset"],
    "PLAN_TABLE_SCAN": ["missing-index"],
    "PLAN_SORT_SPILL": ["sort-spill"],
    "PLAN_IMPLICIT_CONVERSION": ["implicit-cast"],
}
ADVICE = {"SELECT_STAR": "columns", "DEEP_OFFSET": "meaning", "IMPLICIT_CONVERSION": "bind-type"}


def ask(question: Question, home: Path) -> Answer:
    """Its diagnostics on text and plan, with each remedy."""
    told = in_environment(home, "ask_autodba.py", question)
    answer = Answer(words="\n".join(f"{d['rule_id']}: {d['message']}" for d in told["diagnostics"]))
    for found in told["diagnostics"]:
        answer.causes += CAUSES.get(found["rule_id"], [])
        if found["rule_id"] in ADVICE:
            answer.advice.append(Said(ADVICE[found["rule_id"]], found["suggestion"]))
    for index in told["indexes"]:
        about = f"{index['table']} {', '.join(index['key_columns'])}"
        answer.advice.append(Said("index", about, index["ddl"]))
    if told["fixed"]:
        answer.advice.append(Said("rewrite", ", ".join(told["fixed"]), told["sql"]))
    return answer
