"""The best choice of indexes, by integer programming; needs the extra `tune`.

One variable says of each candidate whether it is made, one of each plan of a statement whether it
is the one that runs. https://highs.dev
"""

from __future__ import annotations

import importlib
from typing import Any

from dbwright.recipes.tune.choice import Names, Question

SECONDS = 4.0
"""How long the solver may look for something better than it has."""


def best(question: Question, start: Names = frozenset()) -> Names | None:
    """Gives the candidates that cost least within the budget, None where there is no solver.

    `start` is a good choice to begin from.
    """
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
    scale = max(1e-9, question.total(frozenset()))
    for name in names:
        model.addVar(0.0, 1.0)
        model.changeColIntegrality(place[name], highspy.HighsVarType.kInteger)
        model.changeColCost(place[name], question.keeping.get(name, 0.0) / scale)
    for each in question.statements:
        columns = []
        for used, cost in each.plans.items():
            if not used <= place.keys():
                continue
            column = model.getNumCol()
            model.addVar(0.0, 1.0)
            model.changeColCost(column, each.weight * cost / scale)
            columns.append(column)
            for name in used:
                model.addRow(-highspy.kHighsInf, 0.0, 2, [column, place[name]], [1.0, -1.0])
        model.addRow(1.0, 1.0, len(columns), columns, [1.0] * len(columns))
    everything = list(range(len(names)))
    sizes = [question.bytes[name] / 8192 for name in names]
    model.addRow(-highspy.kHighsInf, question.budget / 8192, len(names), everything, sizes)
    model.addRow(-highspy.kHighsInf, question.most, len(names), everything, [1.0] * len(names))
    for one, other in question.conflicts:
        if one in place and other in place:
            model.addRow(-highspy.kHighsInf, 1.0, 2, [place[one], place[other]], [1.0, 1.0])
    _begin(highspy, model, len(names), [place[name] for name in start])
    model.run()
    values = model.getSolution().col_value
    chosen = frozenset(name for name in names if values and values[place[name]] > 0.5)
    return chosen if question.fits(chosen) else None


def _begin(highspy: Any, model: Any, names: int, chosen: list[int]) -> None:
    """Gives the solver the candidates of a choice; the plans follow from them."""
    if not chosen:
        return
    values = [0.0] * names
    for place in chosen:
        values[place] = 1.0
    model.setSolution(names, list(range(names)), values)
