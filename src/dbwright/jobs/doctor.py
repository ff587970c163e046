"""What is wrong with a connection, and whether an agent may use it."""

from __future__ import annotations

from pathlib import Path

from dbwright import dialects
from dbwright.collect.database import opened
from dbwright.collect.settings import read_settings
from dbwright.core.diagnosis import Diagnosis, sorted_by_weight


def run(db: str, *, for_agent: bool, allow_superuser: bool | None, path: Path) -> Diagnosis:
    """Gives the diagnosis; CollectError where nothing answers, UsageError for a URL that is none.

    A role that may do anything is refused to an agent unless the settings of the project at
    `path`, or `allow_superuser`, say that a human has accepted it.
    """
    allowed = allow_superuser
    if allowed is None and for_agent:
        allowed = bool(read_settings(path).allow_superuser)
    with opened(db) as database:
        examine = dialects.get(database.dialect).doctor.examined
        role, facts, complaints, almighty = database.ask(examine)
    refused = ""
    if for_agent and almighty and not allowed:
        refused = f"{role} may do anything on {database.shown}: an agent does not get it"
    return Diagnosis(
        f"{database.words}, {database.shown}",
        role,
        facts,
        sorted_by_weight(complaints),
        almighty,
        refused,
    )
