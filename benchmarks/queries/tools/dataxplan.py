"""dataxplan: findings on the plan, with the catalog's tables and indexes as its context."""

from __future__ import annotations

from pathlib import Path

from tools.answer import Answer, Question, Said, in_environment

NAME = "dataxplan"
DIALECTS = ("postgresql",)
CAUSES = {
    "estimate_off": ["stale-statistics", "correlated-columns"],
    "seq_scan_hot": ["missing-index"],
    "filter_discard": ["missing-index", "function-on-column"],
    "disk_spill": ["sort-spill"],
    "nested_loop_blowup": ["stale-statistics", "correlated-columns"],
    "index_only_heap_fetches": ["visibility-map"],
}
ADVICE = {
    "estimate_off": ["analyze", "extended-statistics"],
    "seq_scan_hot": ["index"],
    "filter_discard": ["index"],
    "disk_spill": ["configuration"],
    "lossy_bitmap": ["configuration"],
    "index_only_heap_fetches": ["vacuum"],
    "jit_overhead": ["configuration"],
}


def ask(question: Question, home: Path) -> Answer:
    """Its findings; advice for an index names the table and no column."""
    told = in_environment(home, "ask_dataxplan.py", question)
    answer = Answer()
    for found in told["findings"]:
        if found["id"] == "clean":
            continue
        about = f"{found['node'] or ''} {found['detail']} {found['suggestion']}"
        answer.words += f"{found['id']}: {about}\n"
        answer.causes += CAUSES.get(found["id"], [])
        answer.advice += [Said(kind, about) for kind in ADVICE.get(found["id"], [])]
    return answer
