"""The revision that changed models need: written and run, or the DDL and why there is none."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from dbwright.core.authoring import Authored, Meant
from dbwright.core.errors import CollectError, DbwrightError, ProjectError
from dbwright.core.schema import Schema
from dbwright.jobs import autogenerate
from dbwright.jobs.autogenerate_trial import Request
from dbwright.jobs.model_statements import statements
from dbwright.jobs.workplace import Workplace

Pairs = tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Revised:
    """The revisions of a change of models, else the statements that it takes and why."""

    authored: Authored | None = None
    statements: tuple[str, ...] = ()
    why: str = ""


def revised(
    place: Workplace, request: Request, before: Schema | None, after: Schema | None
) -> Revised:
    """Gives what the edits of the workplace need; the catalogs are those before and after them.

    FixError where a revision did not hold, UsageError for an answer that cannot be meant.
    """
    place.asked = None  # the models are asked for again, now with the edits
    try:
        return Revised(autogenerate.run(place, request, before))
    except (ProjectError, CollectError) as error:
        meant = Meant.parse(request.given)
        told = statements(before, after, meant) if before and after else ()
        why = " ".join([_why(error), *_by_hand(place, meant)])
        return Revised(statements=told, why=why)


def _by_hand(place: Workplace, meant: Meant) -> Iterator[str]:
    """Yields what Alembic's own autogenerate does not see, where no server is there to run it."""
    if place.target.dialect == "postgresql" or place.project.config is None:
        return
    for name, new in meant.renames.items():
        table, _, column = name.rpartition(".")
        yield (
            "It takes the rename for a drop and an add, which lose the values; write in their "
            f'place: op.alter_column("{table}", "{column}", new_column_name="{new}").'
        )


def _why(error: DbwrightError) -> str:
    return f"{error.message}. {error.way_out}" if error.way_out else error.message
