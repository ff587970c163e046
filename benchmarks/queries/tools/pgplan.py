"""pgplan: findings on the plan, in sentences."""

from __future__ import annotations

import json
import re
import tempfile
from pathlib import Path

from tools.answer import Answer, Question, Said, phrased, run

NAME = "pgplan"
DIALECTS = ("postgresql",)
CAUSES = (
    (r"consider (an |a )?index|more selective index|index on", "missing-index"),
    (r"lower\(|upper\(|function|expression index", "function-on-column"),
    (r"run ANALYZE|estimate", "stale-statistics"),
    (r"estimate", "correlated-columns"),
    (r"sort.*(disk|spill)|spill.*sort|before sorting", "sort-spill"),
    (r"heap fetch|visibility", "visibility-map"),
    (r"subplan|sub-?quer", "correlated-subquery"),
    (r"trigram|leading wildcard|LIKE '%", "leading-wildcard"),
    (r"offset", "deep-offset"),
    (r"CTE", "cte-materialized"),
    (r"type mismatch|implicit|cast", "implicit-cast"),
    (r"foreign key|trigger", "foreign-key-without-index"),
    (r"bloat|dead (rows|tuples)", "bloat"),
    (r"prun", "unpruned-partitions"),
)
ADVICE = (
    (r"consider (an |a )?index|index on|selective index", "index"),
    (r"run ANALYZE", "analyze"),
    (r"CREATE STATISTICS|extended statistics", "extended-statistics"),
    (r"VACUUM", "vacuum"),
    (r"work_mem|max_parallel|jit", "configuration"),
    (r"rewrit|restructure|replace with|use EXISTS|keyset|JOIN instead", "rewrite"),
    (r"select fewer|only the columns", "columns"),
)


def ask(question: Question, home: Path) -> Answer:
    """Its findings on the plan that PostgreSQL gave."""
    with tempfile.NamedTemporaryFile("w", suffix=".json") as file:
        json.dump(question.plan, file)
        file.flush()
        told = json.loads(run([home / "bin" / "pgplan", "analyze", "-f", "json", file.name]))
    answer = Answer()
    for found in told["Findings"] or []:
        words = " ".join(str(value) for value in found.values() if isinstance(value, str))
        answer.words += words + "\n"
        answer.causes += phrased(words, CAUSES)
        suggestion = str(found.get("Suggestion", words))
        answer.advice += [Said(kind, words) for kind in phrased(suggestion, ADVICE)]
    answer.words = re.sub(r"\n+", "\n", answer.words)
    return answer
