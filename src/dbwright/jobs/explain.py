"""An error that was pasted, explained beside the project's models and revisions."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from dbwright.collect.revisions import rehearsal_order
from dbwright.core.errors import CollectError, DbwrightError, UsageError
from dbwright.core.explanation import Explanation
from dbwright.core.failure import Failure, Known
from dbwright.core.finding import Unverified
from dbwright.core.options import Options, Progress
from dbwright.recipes.failures import explained

SHOWN = 80


def run(failure: Failure, path: Path, options: Options, progress: Progress) -> Explanation:
    """Gives what lies behind an error; UsageError for one that no family of errors knows."""
    missing: list[Unverified] = []
    known = _known(path, options, progress, missing)
    found = explained(failure, known)
    if found is None:
        said = failure.message.splitlines()[0][:SHOWN] if failure.message else ""
        raise UsageError(
            f"that error is none that it explains: {failure.kind}: {said}",
            way_out="Paste the statement that fails, or ask for a review:  "
            'dbwright ask "review my project"',
        )
    return replace(found, unverified=(*found.unverified, *missing))


def undeclared(question: str, path: Path, options: Options, progress: Progress) -> Explanation:
    """Gives why autogenerate takes something away."""
    from dbwright.recipes.undeclared import explain

    missing: list[Unverified] = []
    known = _known(path, options, progress, missing)
    found = explain(question, known)
    return replace(found, unverified=(*found.unverified, *missing))


def _known(path: Path, options: Options, progress: Progress, missing: list[Unverified]) -> Known:
    """What can be read of the project; nothing is run but the import of its models."""
    from dbwright.collect.revisions import read_history
    from dbwright.jobs.models import mapping_of
    from dbwright.jobs.workplace import workplace

    try:
        with workplace(path, replace(options, sandbox=False), progress) as place:
            asked = place.ask_models()
            history = read_history(place.project, exclude=place.settings.exclude)
            place.ready()
            mapping = None
            if asked is not None and place.worker is not None:
                try:
                    mapping, _ = mapping_of(asked.result(), place.source, place.project.root)
                except DbwrightError as error:
                    missing.append(Unverified("your models", error.message, error.way_out or ""))
            return Known(mapping, history, tuple(rehearsal_order(history)))
    except CollectError as error:
        missing.append(Unverified("your project", error.message, error.way_out or ""))
        return Known()
