"""The models that are designed for a request, given as a brief or as words."""

from __future__ import annotations

from dataclasses import dataclass, field

import yaml
from request_file import Request

from dbwright import api
from dbwright.collect import brief as collect_brief
from dbwright.collect import words
from dbwright.core.brief import Brief
from dbwright.core.design import Designed
from dbwright.core.errors import DbwrightError, UsageError
from dbwright.jobs import design_files
from dbwright.recipes.design import designer, problems


@dataclass(frozen=True, slots=True)
class Answer:
    """Python files by path, the clauses that the reader of words did not use or asks about, and
    what it guessed: texts of which nothing says what they are, entities that nothing links."""

    files: dict[str, str] = field(default_factory=dict)
    told: tuple[str, ...] = ()
    guessed: tuple[str, ...] = ()
    broken: str = ""


def answer(request: Request, way: str) -> Answer:
    """Gives what the design job makes of a request.

    Words that it refuses are told in the refusal; a refused brief passes as its error.
    """
    if way == "brief":
        text = yaml.safe_dump(request.brief, sort_keys=False, allow_unicode=True)
        brief = collect_brief.parse(text, f"{request.name}.yaml")
        return Answer(_files(api.design(brief=brief)))
    try:
        found = api.design(request.text)
    except DbwrightError as error:
        return Answer({}, (error.message, *(error.way_out or "").splitlines()), (), str(error))
    reading = found.reading
    told = [*reading.unused, *reading.problems] if reading else []
    guessed = (*reading.guessed, *reading.unlinked) if reading else ()
    return Answer(_files(found), tuple(clause.text for clause in told), guessed)


def unproved(request: Request, way: str) -> Answer:
    """Gives the models as they are written, before the design job runs them; much faster."""
    try:
        if way == "brief":
            text = yaml.safe_dump(request.brief, sort_keys=False, allow_unicode=True)
            return Answer(_written(collect_brief.parse(text, f"{request.name}.yaml")))
        reading = words.read(request.text)
        told = tuple(f"{item.text}: {item.why}" for item in (*reading.unused, *reading.problems))
        if reading.problems or not reading.brief.entities:
            return Answer({}, told, (), "; ".join(told) or "nothing was read")
        return Answer(_written(reading.brief), told, (*reading.guessed, *reading.unlinked))
    except DbwrightError as error:
        return Answer({}, (error.message, *(error.way_out or "").splitlines()), (), str(error))


def _written(brief: Brief) -> dict[str, str]:
    found = problems.of(brief, "postgresql")
    if found:
        raise UsageError(found[0].message, way_out=found[0].way_out)
    plan = designer.designed(brief, "postgresql")
    return design_files.models(plan, "", "by size").files


def _files(found: Designed) -> dict[str, str]:
    return {
        edit.path: edit.after
        for edit in found.edits
        if edit.after is not None and edit.path.endswith(".py") and not _is_beside(edit.path)
    }


def _is_beside(path: str) -> bool:
    """Whether a file is no model: Alembic's, or a test."""
    return path.partition("/")[0] in ("migrations", "tests")
