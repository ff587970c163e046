"""The design job: a brief becomes models, which are run before they are shown."""

from __future__ import annotations

from dataclasses import dataclass

from dbwright.core.brief import Brief, Reading
from dbwright.core.design import Designed
from dbwright.core.finding import Edit
from dbwright.core.options import Options, Progress
from dbwright.jobs.design_proof import proved
from dbwright.recipes.design import designer, write


@dataclass(frozen=True, slots=True)
class Request:
    """What is to be designed: a brief, how words were read, for which database, into which file."""

    brief: Brief
    reading: Reading | None = None
    database: str = "postgresql"
    into: str = "models.py"


def run(request: Request, options: Options, progress: Progress) -> Designed:
    """Gives the files of a design that held when they were run; nothing is written.

    Raises FixError where a part did not hold, ServerError where no database could be had.
    """
    progress(f"designing {len(request.brief.entities)} entities")
    plan = designer.designed(request.brief, request.database)
    text = write.module(plan)
    proof = proved(plan, {request.into: text}, options, progress)
    return Designed(
        request.brief,
        (Edit(request.into, None, text),),
        tuple(plan.decisions),
        proof.proved,
        proof.unverified,
        tuple(plan.notes),
        request.reading,
    )
