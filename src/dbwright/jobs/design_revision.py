"""The proof of a design's first revision: the whole check of a project that has it alone."""

from __future__ import annotations

import tempfile
from dataclasses import replace
from pathlib import Path

from dbwright.core.design import Proved
from dbwright.core.errors import FixError
from dbwright.core.finding import Unverified
from dbwright.core.options import Options, Progress
from dbwright.jobs import check
from dbwright.jobs.workplace import workplace
from dbwright.verify.design import written


def proved(
    files: dict[str, str], database: str, options: Options, progress: Progress
) -> tuple[list[Proved], list[Unverified]]:
    """Runs the revision up, down and up, and compares its catalog with the models'.

    Raises FixError where our own check of the project finds an error in it.
    """
    progress("running the first revision up, down and up")
    with tempfile.TemporaryDirectory(prefix="dbwright-") as folder:
        written(Path(folder), files)
        chosen = replace(options, all=True, target=options.target or database, trials=False)
        with workplace(Path(folder), chosen, lambda text: None) as place:
            place.ask_models()
            report = check.run(place)
            server = place.server or database
    said = [f"{item.location.object}: {item.message} ({item.rule})"
            for item in report.recommendations
            if item.severity == "error" and item.job != "models"]  # fmt: skip
    if said:
        raise FixError(
            f"the first revision did not hold, so nothing is shown: {said[0]}",
            way_out="This is a defect of dbwright; please report it with the brief.",
        )
    unmet = list(report.unverified)
    unmet += [
        Unverified("our own check", f"{item.location.object}: {item.message} ({item.rule})")
        for item in report.recommendations
        if item.severity == "warning" and item.job != "models"  # those are told already
    ]
    what = "revision up, down and up, its catalog the one that the models make"
    return [Proved(what, 1, server)] if not unmet else [], unmet
