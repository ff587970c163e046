"""What no models can be designed of is asked back at the clause that said it."""

from __future__ import annotations

import re
from collections.abc import Sequence

from dbwright.collect.words.clause import Clause
from dbwright.core.brief import Brief
from dbwright.recipes.design import problems


def ask_back(brief: Brief, clauses: Sequence[Clause]) -> None:
    """Asks back at its clause what no models can be designed of."""
    if not clauses or any(clause.problems for clause in clauses):
        return
    for found in problems.of(brief, "postgresql"):
        named = {part for part in re.split(r"[^\w]+", found.message) if part}
        speaking = [each for each in clauses if each.meanings]
        best = max(
            speaking or clauses,
            key=lambda each: len(named & set(re.split(r"[^\w]+", " ".join(each.meanings)))),
        )
        best.problem(f"{found.message} {found.way_out}".strip())
