"""Models changed by words: read, edited, tried in a fresh process, with the safe migration.

Nothing is handed over that was not run: the edited models configure without a warning, their
tables are made, each new constraint refuses a bad row, and the revisions went up, down and up.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from dbwright.collect import restated
from dbwright.collect.change_words import read
from dbwright.collect.usages import usages
from dbwright.core.authoring import Authored
from dbwright.core.brief import BriefAttribute
from dbwright.core.claim import Proof
from dbwright.core.errors import CollectError, DbwrightError, FixError
from dbwright.core.finding import Recommendation
from dbwright.core.mapping import Mapping
from dbwright.core.model_change import AddColumn, ChangeRequest, Edited, ModelsChanged
from dbwright.core.schema import Schema
from dbwright.jobs.autogenerate_trial import Request
from dbwright.jobs.drift import created
from dbwright.jobs.flow import analyze, review
from dbwright.jobs.model_revision import revised
from dbwright.jobs.models import mapping_of, model_prover, read_mapping
from dbwright.jobs.workplace import Workplace, new_worker
from dbwright.recipes.model_edits import edited
from dbwright.rules.registry import all_rules
from dbwright.verify.model_constraints import Tried, try_constraints

LONGEST_TITLE = 60


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is asked for: the words, the way chosen, the answers to the migration's questions."""

    words: str
    choose: str = ""
    given: tuple[tuple[str, str], ...] = ()


def run(place: Workplace, wanted: Wanted) -> ModelsChanged:
    """Gives the edits, the revisions and their proofs; what has to be said first is in it instead.

    CollectError where the models cannot be read, FixError where the change cannot be written or
    did not hold, UsageError for a way that nothing offers.
    """
    mapping = _mapping(place)
    said = restated.change(wanted.words, mapping)
    request = replace(read(said.text, mapping), text=wanted.words)
    if request.problems:
        return ModelsChanged(request)
    change = edited(request, mapping, wanted.choose)
    if not change.edits:
        raise FixError("the models are as the request wants them already")
    place.progress("trying the edited models")
    before = _catalog(place, mapping)
    texts: dict[str, str | None] = {edit.path: edit.after for edit in change.edits}
    with new_worker(place) as worker:
        inner = replace(place, worker=worker, asked=None, starting=None, edited=texts,
                        notes=[], unverified=[])  # fmt: skip
        proofs, notes, after = _tried(inner, mapping, request, change, before)
        found = ModelsChanged(request, change.edits, change.decisions, tuple(proofs))
        changed = _with_revision(inner, wanted, change, found, (before, after))
        if said.fill and changed.questions:  # what the rows get was in the words
            given = (*wanted.given, *_filled(changed, said.fill))
            wanted = replace(wanted, given=given)
            changed = _with_revision(inner, wanted, change, found, (before, after))
        found = changed
        notes += inner.notes
    notes += usages(place.project.root, request, mapping, {edit.path for edit in change.edits})
    return replace(found, notes=tuple(dict.fromkeys(notes)))


def _filled(found: ModelsChanged, value: str) -> tuple[tuple[str, str], ...]:
    """The answers to questions of what rows without a value get."""
    return tuple(
        (choice.option, choice.value.replace(choice.needs, value) if choice.needs else choice.value)
        for question in found.questions
        for choice in question.choices
        if choice.option == "fill"
    )


def project_mapping(place: Workplace) -> Mapping | None:
    """Gives the models of the project, which configure; None where it has no classes yet.

    CollectError where they cannot be read, with file and line where SQLAlchemy names them.
    """
    asked = place.ask_models()
    place.ready()
    if place.worker is None or asked is None:
        why = "; ".join(item.why for item in place.unverified) or "nothing names the models"
        raise CollectError(
            f"the models cannot be read: {why}",
            way_out="Name them: --models package.module:Base",
        )
    place.progress("configuring the models")
    mapping, _ = mapping_of(asked.result(), place.source, place.project.root)
    if not mapping.mappers:
        return None
    errors = [problem for problem in mapping.problems if problem.severity == "error"]
    if errors:
        at = errors[0].place
        raise CollectError(
            f"the models do not configure: {errors[0].message}",
            file=at.file if at else None,
            line=at.line if at else None,
            way_out="Mend that first: dbwright models review",
        )
    return replace(mapping, rows=place.rows)


def _mapping(place: Workplace) -> Mapping:
    mapping = project_mapping(place)
    if mapping is None:
        raise CollectError(
            "there are no mapped classes here to change",
            way_out="Name them with --models package.module:Base, or design new ones: "
            "dbwright models design",
        )
    return mapping


def _catalog(place: Workplace, mapping: Mapping) -> Schema | None:
    """The catalog that the models make as they are; None without a scratch database."""
    if place.sandbox is None or place.worker is None:
        return None
    try:
        return created(place.worker, place.sandbox, mapping, place.source)
    except DbwrightError as error:
        place.miss("the tables of the models", error.message, error.way_out or "")
        return None


def _tried(
    place: Workplace,
    old: Mapping,
    request: ChangeRequest,
    change: Edited,
    before: Schema | None,
) -> tuple[list[Proof], list[str], Schema | None]:
    """The proofs, what else there is to say, and the catalog of the edited models."""
    assert place.worker is not None
    try:
        mapping, _ = read_mapping(place.worker, place.source, place.project.root)
    except DbwrightError as error:
        raise FixError(
            f"the edited models cannot be imported, so nothing was written: {error.message}",
            way_out="The request is one that dbwright writes wrongly here; make it by hand.",
        ) from error
    known = {problem.message for problem in old.problems}
    new = [problem for problem in mapping.problems if problem.message not in known]
    if new:
        raise FixError(
            f"SQLAlchemy says of the edited models, so nothing was written: {new[0].message}"
        )
    proofs = [_configured(mapping)]
    with model_prover(mapping, place.worker, place.source, place.target, place.sandbox) as prove:
        notes = _reviewed(place, old, mapping, change, prove)
        if prove.database is None or before is None or prove.schema is None:
            notes.append(f"Not run on a database: {prove.why_no_database}.")
            return proofs, notes, None
        tried = try_constraints(
            prove.database, before, prove.schema, change.tables, _attributes(request, mapping)
        )
        proofs += _constraints(tried, prove.server)
        notes += [f"Not tried: {item.what}, for {item.why_not}." for item in tried if item.why_not]
        after = prove.schema
    return proofs, notes, after


def _configured(mapping: Mapping) -> Proof:
    count = len(mapping.mappers)
    return Proof(
        "observed",
        "the edited models configure",
        scope=f"SQLAlchemy {mapping.sqlalchemy}",
        witness=f"a fresh process imported the edited models: {count} classes are mapped without "
        "a warning",
    )


def _constraints(tried: list[Tried], server: str) -> list[Proof]:
    wrong = [item for item in tried if not item.refused and not item.why_not]
    if wrong:
        raise FixError(
            f"the database takes {wrong[0].what}, so the constraint does not hold; nothing was "
            "written"
        )
    refused = [item.what for item in tried if item.refused]
    if not refused:
        return [Proof("verified", "the tables are made", scope=server, witness="create_all ran, "
                      "and every table took rows")]  # fmt: skip
    witness = f"with rows in the tables it refused {'; '.join(refused)}"
    return [Proof("verified", "the constraints hold", scope=server, witness=witness)]


def _attributes(request: ChangeRequest, mapping: Mapping) -> dict[tuple[str, str], BriefAttribute]:
    """What was said of each new column, by table and name."""
    columns = [step for step in request.steps if isinstance(step, AddColumn)]
    for step in request.steps:
        columns += list(getattr(step, "columns", ())) + list(getattr(step, "known", ()))
    by_name = {mapper.name: mapper.table for mapper in mapping.mappers}
    found = {}
    for step in columns:
        mapper = mapping.mapper(step.model)
        table = mapper.table if mapper else by_name.get(step.model, "")
        found[table, step.attribute.name] = step.attribute
    return found


def _reviewed(
    place: Workplace, old: Mapping, new: Mapping, change: Edited, prove: object
) -> list[str]:
    """What the review says of the changed tables that it did not say before."""
    rules = [rule for rule in all_rules() if rule.job == "models"]
    facts = [old, old.schema, *old.sources]
    before = {
        _key(found[2].rule, found[2].location.object)
        for found in analyze(rules, facts, place.target)
        if isinstance(found, tuple)
    }
    now = [new, new.schema, *new.sources]
    told = review(rules, now, place.target, prove).recommendations  # type: ignore[arg-type]
    fresh = [
        item
        for item in told
        if _key(item.rule, item.location.object) not in before and _about(item, change)
    ]
    return [
        f"models review says of it: {item.location.object}: {item.message} ({item.rule})."
        for item in fresh
    ]


def _key(rule: str, where: str | None) -> tuple[str, str | None]:
    return rule, where


def _about(item: Recommendation, change: Edited) -> bool:
    table = (item.location.object or "").partition(".")[0]
    names = {name.rpartition(".")[2] for name in change.tables}
    return table in names or any(table.lower() in (n, n.rstrip("s")) for n in names)


def _with_revision(
    place: Workplace,
    wanted: Wanted,
    change: Edited,
    found: ModelsChanged,
    catalogs: tuple[Schema | None, Schema | None],
) -> ModelsChanged:
    """The change with its revisions, or with the DDL and why there are none."""
    before, after = catalogs
    request = Request(_title(found.request), (*change.meant, *wanted.given))
    revision = revised(place, request, before, after)
    authored = revision.authored
    if authored is None:
        return replace(found, statements=revision.statements, why_no_revision=revision.why)
    if authored.questions:
        return replace(found, authored=authored, questions=authored.questions)
    edits = (*found.edits, *authored.edits)
    proofs = (*found.proofs, *((authored.proof,) if authored.proof else ()))
    if not authored.revisions:
        return replace(found, why_no_revision="the tables stay as they are", authored=authored)
    return replace(found, edits=edits, authored=authored, proofs=proofs)


def _title(request: ChangeRequest) -> str:
    """The revision's message: the clauses that were understood."""
    text = "; ".join(item.text for item in request.understood)
    if len(text) > LONGEST_TITLE:
        text = text[:LONGEST_TITLE].rpartition(" ")[0]
    return text[:1].upper() + text[1:]


__all__ = ["Authored", "Wanted", "run"]
