"""The best choice of indexes, by integer programming; needs the extra `tune`.

One variable says of each candidate whether it is made, one of each plan of a statement whether it
is the one that runs. https://highs.dev
"""

from __future__ import annotations

import importlib
import math
from collections.abc import Iterable
from typing import Any

from dbwright.recipes.tune.question import LEAST_WRITES, Names, Question

SECONDS = 4.0
"""How long the solver may look for something better than it has."""
_PLANS = 60_000
"""Of more plans it would not find anything within that time."""
_PAGE = 8192.0


class _Rows:
    """Rows of a linear program: the least and the most that a sum of columns may be."""

    def __init__(self) -> None:
        self.lower: list[float] = []
        self.upper: list[float] = []
        self.starts: list[int] = [0]
        self.columns: list[int] = []
        self.values: list[float] = []

    def add(self, lower: float, upper: float, terms: Iterable[tuple[int, float]]) -> None:
        """Adds a row."""
        self.lower.append(lower)
        self.upper.append(upper)
        for column, value in terms:
            self.columns.append(column)
            self.values.append(value)
        self.starts.append(len(self.columns))


def best(question: Question, start: Names = frozenset()) -> Names | None:
    """Gives the candidates that cost least within the limits, None where there is no solver.

    `start` is a good choice to begin from.
    """
    if sum(len(each.plans) for each in question.statements) > _PLANS:
        return None
    try:
        highspy: Any = importlib.import_module("highspy")
    except ModuleNotFoundError:
        return None
    names = sorted(question.bytes)
    place = {name: number for number, name in enumerate(names)}
    model = highspy.Highs()
    model.setOptionValue("output_flag", False)
    model.setOptionValue("time_limit", SECONDS)
    model.setOptionValue("mip_rel_gap", 1e-3)
    model.passModel(_program(highspy, question, place))
    _begin(model, len(names), [place[name] for name in start])
    model.run()
    values = model.getSolution().col_value
    chosen = frozenset(name for name in names if values and values[place[name]] > 0.5)
    return chosen if question.fits(chosen) else None


def _program(highspy: Any, question: Question, place: dict[str, int]) -> Any:
    """Gives the integer program; costs are parts of what the workload costs now."""
    scale = max(1e-9, question.total(frozenset()))
    names = sorted(place, key=lambda name: place[name])
    costs = [question.keeping.get(name, 0.0) / scale for name in names]
    rows = _limits(question, place, names)
    for each in question.statements:
        columns = []
        for used, cost in each.plans.items():
            if used <= place.keys():
                columns.append(len(costs))
                costs.append(each.weight * cost / scale)
                for name in used:
                    rows.add(-math.inf, 0.0, [(columns[-1], 1.0), (place[name], -1.0)])
        rows.add(1.0, 1.0, [(column, 1.0) for column in columns])
    program = highspy.HighsLp()
    program.num_col_, program.num_row_ = len(costs), len(rows.lower)
    program.col_cost_ = costs
    program.col_lower_, program.col_upper_ = [0.0] * len(costs), [1.0] * len(costs)
    program.row_lower_, program.row_upper_ = rows.lower, rows.upper
    program.a_matrix_.format_ = highspy.MatrixFormat.kRowwise
    program.a_matrix_.start_ = rows.starts
    program.a_matrix_.index_ = rows.columns
    program.a_matrix_.value_ = rows.values
    whole, part = highspy.HighsVarType.kInteger, highspy.HighsVarType.kContinuous
    program.integrality_ = [whole] * len(names) + [part] * (len(costs) - len(names))
    return program


def _limits(question: Question, place: dict[str, int], names: list[str]) -> _Rows:
    """Gives the rows of the limits; one that nothing could pass is none."""
    rows = _Rows()
    sizes = [(place[name], question.bytes[name] / _PAGE) for name in names]
    rows.add(-math.inf, question.budget / _PAGE, sizes)
    rows.add(-math.inf, question.most, [(place[name], 1.0) for name in names])
    kept = [(place[name], question.keeping.get(name, 0.0)) for name in names]
    if question.kept(names) > question.writes:
        limit = max(LEAST_WRITES, question.writes)
        rows.add(-math.inf, question.writes / limit, [(at, each / limit) for at, each in kept])
    for one, other in sorted(map(sorted, question.conflicts)):
        if one in place and other in place:
            rows.add(-math.inf, 1.0, [(place[one], 1.0), (place[other], 1.0)])
    return rows


def _begin(model: Any, names: int, chosen: list[int]) -> None:
    """Gives the solver the candidates of a choice; the plans follow from them."""
    if not chosen:
        return
    values = [0.0] * names
    for place in chosen:
        values[place] = 1.0
    model.setSolution(names, list(range(names)), values)
