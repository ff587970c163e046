"""The design job: a brief, words or both become models, which are run before they are shown."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

from dbwright.collect import brief as briefs
from dbwright.collect.words import read
from dbwright.core.abilities import ABILITIES
from dbwright.core.brief import Brief, Reading, Unused
from dbwright.core.design import Designed, Layout
from dbwright.core.errors import UsageError
from dbwright.core.finding import Edit
from dbwright.core.mapping import Mapping
from dbwright.core.options import Options, Progress
from dbwright.core.target import Target
from dbwright.jobs import design_files, design_project, design_revision, design_tests
from dbwright.jobs.design_files import Models
from dbwright.jobs.design_project import page
from dbwright.jobs.design_proof import proved
from dbwright.jobs.models_change import project_mapping
from dbwright.jobs.present import has_models
from dbwright.jobs.workplace import Workplace, workplace
from dbwright.recipes.design import designer, problems, revision, together
from dbwright.recipes.design.parts import Plan

NO_REVISION = (
    'The first revision is left to `dbwright migrations new -m "first tables"`, once the models '
    "are written and env.py knows their Base."
)
EXAMPLE = "For example:  dbwright models design --brief brief.yaml"


@dataclass(frozen=True, slots=True)
class Request:
    """What is to be designed: a brief, words, or both; for which database, into which file.

    A database can have its version (`postgresql-16`).

    Without a database it is the project's, else PostgreSQL; without a file it is models.py, a
    package models for many tables, and in a project with models it stands where those are; a
    `layout` chooses. `diagram` adds a page with the tables in Mermaid beside them.
    """

    brief: Brief | Path | None = None
    words: str = ""
    database: str = ""
    into: str = ""
    diagram: bool = False
    layout: Layout = "by size"
    root: Path = Path()


def run(request: Request, options: Options, progress: Progress) -> Designed:
    """Gives the files of a design that held when they were run; nothing is written.

    Raises UsageError for a request that says nothing, contradicts itself, or leads to a file that
    is there; CollectError for a brief that cannot be designed; FixError where the design did not
    hold; ServerError where no database could be had.
    """
    _check_free(request)
    if has_models(request.root, options):
        with workplace(request.root, options, progress) as place:
            mapping = project_mapping(place)
            if mapping is not None:
                return _in_project(request, place, mapping)
    return _alone(request, Target.parse(request.database or options.target or "postgresql"),
                  options, progress)  # fmt: skip


def _check_free(request: Request) -> None:
    file = request.into
    if file and not file.endswith("/") and (request.root / file).is_file():
        raise UsageError(
            f"{request.into} is there already, and is not changed",
            way_out="Name another file:  -o models_new.py",
        )


def _in_project(request: Request, place: Workplace, mapping: Mapping) -> Designed:
    dialect = place.target.dialect
    if request.database and Target.parse(request.database).dialect != dialect:
        raise UsageError(
            f"the project here is for {dialect}, not for {request.database}",
            way_out="Leave --database out, or design in an empty folder.",
        )
    brief, reading = _understood(replace(request, database=dialect), mapping)
    wanted = design_project.Wanted(brief, reading, request.into, request.diagram, request.layout)
    return design_project.run(place, mapping, wanted)


def _alone(request: Request, target: Target, options: Options, progress: Progress) -> Designed:
    """A design in a folder that has no models yet."""
    _check_free(replace(request, into=request.into or f"{design_files.ALONE}.py"))
    brief, reading = _understood(replace(request, database=target.dialect))
    progress(f"designing {len(brief.entities)} entities")
    plan = designer.designed(brief, target.dialect, nulls_equal=target.has(15))
    made = design_files.models(plan, request.into, request.layout)
    design_files.check_free(request.root, made)
    proof = proved(plan, made.as_module("models"), options, progress)
    first = _revision(request, plan, made)
    files = {**made.files, **first}
    held, unmet = list(proof.proved), list(proof.unverified)
    if first:
        more, missing = design_revision.proved(files, plan.database, options, progress)
        held, unmet = [*held, *more], [*unmet, *missing]
    told: list[str] = [] if first else [NO_REVISION]
    if made.first.endswith(".py"):
        progress("running the tests of the models")
        tests = design_tests.tests(plan, request.root, made.module, made.files)
        files |= tests.files
        held, unmet = [*held, *tests.proved], [*unmet, *tests.unverified]
        told += tests.notes
    if request.diagram:
        drawn, why = page(request.root, made.first, proof.diagram)
        files |= drawn
        told = [*told, *why]
    return Designed(
        brief,
        tuple(Edit(path, None, content) for path, content in files.items()),
        tuple(plan.decisions),
        tuple(held),
        tuple(unmet),
        (*plan.notes, *told),
        reading,
        proof.diagram,
    )


def _revision(request: Request, plan: Plan, made: Models) -> dict[str, str]:
    """The first revision with what Alembic needs, where the folder has no Alembic yet."""
    if not made.first.endswith(".py") or Path(made.first).is_absolute():
        return {}
    files = revision.project(plan, made.module)
    taken = any((request.root / name.partition("/")[0]).exists() for name in files)
    runs = ABILITIES[plan.database].runs_first
    return {} if taken or not runs else files


def _understood(request: Request, mapping: Mapping | None = None) -> tuple[Brief, Reading | None]:
    """The brief that is meant: the file's, what words add to it, or the words' alone.

    It may name the classes of a project, whose mapping is given; it is checked with them then.
    """
    given = request.brief
    known = [mapper.name for mapper in mapping.mappers] if mapping else []
    stated = briefs.read(given, request.database, known) if isinstance(given, Path) else given
    if not request.words.strip():
        if stated is None:
            raise UsageError("there is nothing to design: no words and no brief", way_out=EXAMPLE)
        return (stated if mapping else _checked(stated, request.database)), None
    reading = read(request.words)
    if stated is not None:
        brief, told = together.joined(stated, reading.brief)
        unused = tuple(Unused(text, 1, "the brief says otherwise, and wins") for text in told)
        reading = replace(reading, unused=(*reading.unused, *unused))
    else:
        _no_problems(reading)
        brief = reading.brief
    return (brief if mapping else _checked(brief, request.database)), reading


def _no_problems(reading: Reading) -> None:
    if reading.problems:
        first, *others = reading.problems
        more = [f"line {item.line}: “{item.text}”: {item.why}" for item in others]
        raise UsageError(
            f"line {first.line}: “{first.text}”: {first.why}",
            way_out="\n".join(["Say which is meant, and ask again.", *more]),
        )
    if not reading.brief.entities:
        raise UsageError(
            "these words name nothing that could be stored",
            way_out='For example:  dbwright models design "a User model with a Profile"',
        )


def _checked(brief: Brief, database: str) -> Brief:
    found = problems.of(brief, database)
    if found:
        more = [f"{item.message}. {item.way_out}" for item in found[1:6]]
        raise UsageError(found[0].message, way_out="\n".join([found[0].way_out, *more]) or None)
    return brief
