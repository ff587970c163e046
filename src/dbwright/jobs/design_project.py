"""A design into a project: beside its models and as they are written, proved as a whole."""

from __future__ import annotations

import contextlib
import itertools
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from dbwright import dialects
from dbwright.collect.models_source import python_files
from dbwright.collect.source_files import read_source
from dbwright.core.brief import Brief, Reading
from dbwright.core.design import Designed, Layout, Proved
from dbwright.core.errors import DbwrightError, FixError, UsageError, UserCodeError
from dbwright.core.finding import Edit, Unverified
from dbwright.core.mapping import Mapping
from dbwright.core.schema import Schema
from dbwright.core.source import Source
from dbwright.jobs import design_project_tests
from dbwright.jobs.autogenerate_trial import Request
from dbwright.jobs.design_proof import reviewed
from dbwright.jobs.diagram import drawn
from dbwright.jobs.drift import created
from dbwright.jobs.model_revision import revised
from dbwright.jobs.models import arm, read_mapping, server_words
from dbwright.jobs.workplace import Workplace, new_worker
from dbwright.recipes.design import (
    designer,
    places,
    problems,
    registration,
    surroundings,
    write_project,
)
from dbwright.recipes.design.parts import Plan
from dbwright.recipes.design.registration import Registrar
from dbwright.recipes.model_style import Style
from dbwright.scratch.bridge import DatabaseHost
from dbwright.verify import design
from dbwright.verify.design import Findings
from dbwright.verify.models import ModelProver

MOST_FILES = 2000
DEFECT = "This is a defect of dbwright; please report it with the brief."


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is designed: the brief, how its words were read, and the file to write, "" for any.

    `diagram` asks for a page with the tables in Mermaid.
    """

    brief: Brief
    reading: Reading | None = None
    into: str = ""
    diagram: bool = False
    layout: Layout = "by size"


def run(place: Workplace, mapping: Mapping, wanted: Wanted) -> Designed:
    """Gives the edits of the project that hold the design; nothing is written.

    UsageError where a name is taken, with its file and line; FixError where it did not hold.
    """
    style = surroundings.neighbour(mapping)
    mapping = with_base(place, mapping, surroundings.base_module(style))
    style = replace(style, mapping=mapping)
    brief, existing, notes = surroundings.met(wanted.brief, mapping)
    found = problems.of(brief, place.target.dialect)
    if found:
        raise UsageError(found[0].message, way_out=found[0].way_out or None)
    brief = surroundings.without_known(brief, existing)
    habits = surroundings.habits(mapping, style)
    place.progress(f"designing {len(brief.entities) - len(existing)} entities")
    equal = place.target.has(15)
    plan = designer.designed(brief, place.target.dialect, habits, existing, nulls_equal=equal)
    if not plan.tables:
        raise UsageError(
            f"all of this is there already: {', '.join(existing)}",
            way_out='What is there is changed by:  dbwright models change "…"',
        )
    registrar = registrar_of(place, mapping, style)
    where = places.places(plan, mapping, style, registrar is not None, wanted.into, wanted.layout)
    _check_free(place.project.root, where)
    texts = write_project.edits(plan, mapping, style, where, registrar)
    before = _before(place, mapping)
    with new_worker(place) as worker:
        inner = replace(place, worker=worker, asked=None, starting=None, edited=dict(texts),
                        notes=[], unverified=[])  # fmt: skip
        held, after, whole = _tried(inner, plan, mapping)
        files, proved, more = _revision(inner, plan, (before, after))
    setting = design_project_tests.Setting(place, plan, whole, style, where, registrar)
    tests = design_project_tests.tests(setting, texts)
    first = {new.path: texts[new.path] for new in where}  # what was asked for is read first
    written = {**first, **texts, **files, **tests.files}
    if wanted.diagram:
        drawn_page, told = page(place.project.root, where[0].path, held.diagram)
        written |= drawn_page
        more = [*more, *told]
    return Designed(
        brief,
        tuple(_edit(place, path, text) for path, text in written.items()),
        tuple(plan.decisions),
        (*held.proved(), *proved, *tests.proved),
        (*held.unmet, *tests.unverified),
        (*notes, *plan.notes, *_about_style(style), *more, *tests.notes),
        wanted.reading,
        held.diagram,
    )


def _check_free(root: Path, where: Sequence[places.Place]) -> None:
    for new in where:
        if not new.behind and (root / new.path).exists():
            raise UsageError(
                f"{new.path} is there already, and is not changed",
                way_out="Name another file:  -o FILE",
            )


def with_base(place: Workplace, mapping: Mapping, module: str) -> Mapping:
    """Gives the mapping with the file of the base, which has no mapper and says what types mean."""
    path = module.replace(".", "/")
    top = place.project.root
    for name in (f"{path}.py", f"{path}/__init__.py", f"src/{path}.py", f"src/{path}/__init__.py"):
        if module and (top / name).is_file() and mapping.source(name) is None:
            source = Source(name, (top / name).read_text(encoding="utf-8"))
            return replace(mapping, sources=(*mapping.sources, source))
    return mapping


def registrar_of(place: Workplace, mapping: Mapping, style: Style) -> Registrar | None:
    """Gives the file that imports the modules of the models, None where one file has them all."""
    own = style.mapper.qualified.rpartition(".")[0]
    path = style.source.path
    if path.endswith("/__init__.py"):
        return None
    start = path.removesuffix(f"{own.replace('.', '/')}.py")
    modules = {mapper.qualified.rpartition(".")[0] for mapper in mapping.mappers}
    mine = {mapper.place.file for mapper in mapping.mappers if mapper.place}
    last = own.rpartition(".")[2]
    return registration.chosen(_readers(place, start, mine, last), own.rpartition(".")[0], modules)


def _readers(place: Workplace, start: str, mine: set[str], last: str) -> Iterator[Registrar]:
    """The project's files that may import a module, those of models apart."""
    root = place.project.root
    for file in itertools.islice(python_files(root), MOST_FILES):
        path = file.relative_to(root).as_posix()
        source = read_source(file, root) if path not in mine else None
        if isinstance(source, Source) and last in source.text:
            dotted = path.removeprefix(start).removesuffix(".py").replace("/", ".")
            package = dotted.removesuffix(".__init__") if dotted.endswith("__init__") else (
                dotted.rpartition(".")[0])  # fmt: skip
            yield Registrar(path, package, source.text)


def page(root: Path, models: str, diagram: str) -> tuple[dict[str, str], list[str]]:
    """Gives a page of Markdown beside a file of models, with their tables drawn.

    None, and a note, where such a page is there: somebody may have written it.
    """
    path = f"{models.removesuffix('/__init__.py').removesuffix('.py')}.md"
    if (root / path).exists():
        return {}, [f"{path} is there already, so no page was written; the tables are drawn by: "
                    "dbwright models diagram"]  # fmt: skip
    title = path.rpartition("/")[2].removesuffix(".md").replace("_", " ").capitalize()
    return {path: f"# {title}\n\n```mermaid\n{diagram.strip()}\n```\n"}, []


def _about_style(style: Style) -> list[str]:
    if style.kind == "typed":
        return []
    return ["The classes here use Column(); the new ones are typed (Mapped), which the same base "
            "takes."]  # fmt: skip


def _edit(place: Workplace, path: str, text: str) -> Edit:
    file = place.project.root / path
    before = file.read_bytes().decode() if file.is_file() else None
    return Edit(path, before, text)


def _before(place: Workplace, mapping: Mapping) -> Schema | None:
    if place.sandbox is None or place.worker is None:
        return None
    try:
        return created(place.worker, place.sandbox, mapping, place.source)
    except DbwrightError as error:
        place.miss("the tables of the models", error.message, error.way_out or "")
        return None


def _tried(place: Workplace, plan: Plan, old: Mapping) -> tuple[Findings, Schema | None, Mapping]:
    """What the design showed among the project's own models, the catalog that all make, and how
    all of them are mapped."""
    assert place.worker is not None
    place.progress(f"proving the design on {place.target}")
    mapping = _configured(place, plan, old)
    if place.sandbox is None:
        found = Findings("no database")
        found.unmet.append(Unverified("all that a database says", place.why_no_sandbox))
        found.diagram = _drawn(plan, mapping)
        return found, None, mapping
    prover = ModelProver(mapping, place.worker, place.source, place.target)
    dialect = dialects.get(place.target.dialect)
    with place.sandbox.clone(None) as scratch:
        dialect.prepare.prepare(scratch, mapping.schema)
        try:
            place.worker.call("create_all", host=DatabaseHost(scratch), **place.source)
        except UserCodeError as error:
            raise FixError(f"the designed tables were refused: {error.message}") from error
        with contextlib.closing(scratch.connect()) as connection:
            schema = dialect.catalog.read_schema(connection)
            connection.rollback()
        design.fill(scratch, schema, plan)
        arm(prover, design.Enforcing(scratch))
        found = Findings(server_words(scratch)[0], diagram=_drawn(plan, mapping))
        found.held["tables created"] = len(plan.tables) + len(plan.associations)
        design.constraints(prover, plan, place.target.dialect, found)
        design.classes(prover, plan, found, rows=True)
        new = {table.name for table in plan} | {pair.name for pair in plan.associations}
        reviewed(prover, mapping, found, new)
    if found.broken:
        raise FixError(
            f"the design did not hold on {found.scope}, so it is not shown: {found.broken[0]}",
            way_out="\n".join([DEFECT, *found.broken[1:6]]),
        )
    return found, schema, mapping


def _drawn(plan: Plan, mapping: Mapping) -> str:
    """The new tables, and those of the project that they refer to."""
    tables = [table.name for table in (*plan, *plan.existing.values())]
    tables += [pair.name for pair in plan.associations]
    return drawn(mapping.schema, "mermaid", mapping, tables)


def _configured(place: Workplace, plan: Plan, old: Mapping) -> Mapping:
    """The project's models with the new ones, which must configure without a further word."""
    assert place.worker is not None
    try:
        mapping, _ = read_mapping(place.worker, place.source, place.project.root)
    except DbwrightError as error:
        raise FixError(
            f"the models with the new ones cannot be imported: {error.message}", way_out=DEFECT
        ) from error
    known = {problem.message for problem in old.problems}
    new = [problem for problem in mapping.problems if problem.message not in known]
    if new:
        raise FixError(f"the designed models do not configure: {new[0].message}", way_out=DEFECT)
    there = {mapper.name for mapper in mapping.mappers}
    lost = [table.cls for table in plan if table.cls not in there]
    if lost:
        raise FixError(
            f"nothing in the project imports the file that {lost[0]} would stand in, so Alembic "
            "would not see it",
            way_out="Leave -o out: the classes then go where the others are.",
        )
    return mapping


def _revision(
    place: Workplace, plan: Plan, catalogs: tuple[Schema | None, Schema | None]
) -> tuple[dict[str, str], list[Proved], list[str]]:
    """The revision that makes the new tables, its proof, and what there is to know of it."""
    listed = [table.name for table in plan]
    message = f"add {', '.join(listed[:3])}{' and others' if len(listed) > 3 else ''}"
    found = revised(place, Request(message), *catalogs)
    authored = found.authored
    if authored is None:
        return {}, [], [f"No revision: {found.why}"]
    if authored.questions:
        first = authored.questions[0]
        return {}, [], [
            f"No revision, for models and revisions differ apart from this: {first.text} "
            "Then: dbwright migrations new"
        ]  # fmt: skip
    files = {edit.path: edit.after or "" for edit in authored.edits}
    proof = authored.proof
    what = "revision up, down and up, its catalog the one that the models make"
    held = [Proved(what, len(authored.revisions), proof.scope)] if proof else []
    return files, held, list(dict.fromkeys((*place.notes, *authored.notes)))
