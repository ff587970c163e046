"""The check job: models, migrations and drift of one project, reviewed and proved."""

from __future__ import annotations

import contextlib
import difflib
import time
from collections.abc import Iterable, Sequence
from dataclasses import replace

from dbwright.collect import origin
from dbwright.collect.env_models import models_of_env
from dbwright.collect.merge_target import merge_target
from dbwright.collect.models_source import callers_beside, code_beside, shadowed_by
from dbwright.collect.revisions import read_history
from dbwright.collect.revisions_range import in_range
from dbwright.core.errors import DbwrightError, HangError, ProjectError, UsageError
from dbwright.core.finding import Recommendation, Unverified
from dbwright.core.migration import History
from dbwright.core.report import Report, Summary
from dbwright.core.rule import UNEXPLAINED, Rule
from dbwright.core.schema import Schema
from dbwright.core.source import Source
from dbwright.core.trace import Rehearsal
from dbwright.jobs import baseline, live_data, new_revisions, trials
from dbwright.jobs.chain import Replayed, read_source
from dbwright.jobs.collected import Collected
from dbwright.jobs.flow import Reviewed, analyze, order, review
from dbwright.jobs.library_models import without_libraries
from dbwright.jobs.models import mapping_of, model_prover, read_mapping
from dbwright.jobs.models_error import tell_models
from dbwright.jobs.waiving import waive
from dbwright.jobs.workplace import Workplace
from dbwright.rules.registry import rule_names, rules_for
from dbwright.scratch.worker import Pending

WHY_NOT_RUN = "the revision was not run"


def run(place: Workplace) -> Report:
    """Gives the report on the project in a folder, or on a single file or folder."""
    _rules(place)  # imported while the project's interpreter starts
    found = collect(place)
    rules = _rules(place)  # a file of revisions that is named settles what is reviewed
    jobs = place.options.jobs
    reviewed = Reviewed()
    if "models" in jobs:
        reviewed.add(_review_models(place, found, rules))
    if "migrations" in jobs and found.history is not None:
        reviewed.add(_review_migrations(place, found, rules))
    if "drift" in jobs:
        reviewed.add(review_drift(place, found, rules))
    if "queries" in jobs:
        from dbwright.jobs.check_loops import review_loops
        from dbwright.jobs.check_queries import review_queries
        from dbwright.jobs.holding import review_holding

        reviewed.add(review_queries(place, found, rules))
        reviewed.add(review_holding(place, rules))
        reviewed.add(review_loops(place, found, rules))
    _note_refusals(place)
    report = _report(place, found, reviewed, rules)
    report = new_revisions.named(trials.run(report, place, found, rules), place)
    milliseconds = (time.monotonic() - place.started) * 1000
    return replace(report, summary=replace(report.summary, milliseconds=milliseconds))


def _rules(place: Workplace) -> tuple[Rule, ...]:
    rules = rules_for(*place.options.jobs)
    return chosen_rules(rules, place.settings.select, place.settings.ignore, rule_names())


def chosen_rules(
    rules: Sequence[Rule],
    select: Iterable[str],
    ignore: Iterable[str],
    known: Iterable[str] | None = None,
) -> tuple[Rule, ...]:
    """Gives the rules that are asked for; an unknown name raises UsageError with the nearest.

    `known` are the names that may be said, those of the rules unless more are.
    """
    names = {*(known or (rule.name for rule in rules)), UNEXPLAINED}
    wanted, unwanted = ({n.replace("_", "-") for n in given} for given in (select, ignore))
    for name in sorted((wanted | unwanted) - names):
        near = difflib.get_close_matches(name, names, n=1, cutoff=0)
        raise UsageError(
            f"there is no rule {name!r}; the nearest is {near[0]!r}",
            way_out="`dbwright rule` lists all of them.",
        )
    return tuple(
        rule for rule in rules if (not wanted or rule.name in wanted) and rule.name not in unwanted
    )


def collect(place: Workplace) -> Collected:
    """Reads the project, and runs its chain where there is a database to run it on."""
    found = read(place)
    if runs(place, found):
        from dbwright.jobs.history import run_chain

        run_chain(place, found)
    tell_models(place, found)
    if found.history is None and found.mapping is None and not place.unverified:
        raise ProjectError("nothing could be read", file=str(place.path))
    return found


def runs(place: Workplace, found: Collected) -> bool:
    """Whether there are revisions, and what is needed to run them."""
    can_run = place.worker is not None and place.sandbox is not None
    return found.history is not None and bool(found.history.migrations) and can_run


def read(place: Workplace) -> Collected:
    """Reads the project's revisions and models; no revision is run."""
    project = place.project
    found = Collected(source=place.source)
    models = place.ask_models()
    if project.version_locations:
        _collect_history(place, found)
    place.ready()
    if models is not None and place.worker is not None:
        place.progress("configuring the models")
        _collect_models(place, found, models)
    return found


def _collect_history(place: Workplace, found: Collected) -> None:
    place.progress("reading the revisions")
    project = place.project
    history = read_history(project, exclude=place.settings.exclude)
    for problem in history.problems:
        place.miss(str(problem), "it could not be read", problem.way_out)
    scope = origin.changeable(
        project,
        history,
        place.settings,
        all=place.options.all or project.kind in ("revision file", "revisions folder"),
        since=place.options.since,
        live=place.live,
    )
    scope = _named(place, history, scope)
    if place.options.range is not None:
        chosen = in_range(history, place.options.range, scope.revisions)
        scope = replace(scope, revisions=chosen, sentence=f"the range {place.options.range}")
    found.scope = scope
    if "migrations" in place.options.jobs:
        target = merge_target(project, history, scope, place.settings.exclude)
        history = replace(history, target=target)
    found.history = read_source(history, found.scope.revisions, None, place.target.dialect)


def _named(place: Workplace, history: History, scope: origin.Scope) -> origin.Scope:
    """A revision that the user names is reported whatever its age."""
    named = place.project.named or (place.path if place.path.is_file() else None)
    if named is None or not named.is_file():
        return scope
    inside = [
        m.revision for m in history.migrations if (place.project.root / m.path).samefile(named)
    ]
    if not inside:
        return scope
    place.options = replace(place.options, jobs=("migrations",))
    return replace(scope, revisions=frozenset(inside), sentence=f"the revision in {named.name}")


def _collect_models(place: Workplace, found: Collected, models: Pending) -> None:
    """Takes the models that the child was asked for while the revisions were read."""
    project = place.project
    try:
        answer = models.result()
        found.mapping, found.environment = mapping_of(answer, found.source, project.root)
    except DbwrightError as error:
        found.models_error = error
        _models_without_env(place, found, error)
    mapping = found.mapping
    if mapping is None:
        return
    places = [mapper.place.file for mapper in mapping.mappers if mapper.place]
    copy = shadowed_by(project, places)
    if copy is not None:
        place.notes.append(
            f"The models were imported from {copy}, not from this folder: set prepend_sys_path = . "
            "in alembic.ini, or install the project with pip install -e ."
        )
    beside = code_beside(project, mapping)
    callers = callers_beside(project, mapping, beside)
    sources = (*mapping.sources, *beside)
    mapping = replace(mapping, rows=place.rows, sources=sources, callers=callers)
    found.mapping = live_data.told(place, mapping)


def _models_without_env(place: Workplace, found: Collected, error: DbwrightError) -> None:
    """Reads the models that the source of an env.py names which cannot be run."""
    project = place.project
    if "config" not in found.source or project.env_path is None or place.worker is None:
        return
    if isinstance(error, HangError) and (project.root / (error.file or "")) != project.env_path:
        return
    named = models_of_env(project.env_path, project.root)
    if named is None:
        return
    source = {"spec": named[0], "imports": list(named[1])}
    with contextlib.suppress(DbwrightError):
        found.mapping, _ = read_mapping(place.worker, source, project.root)
        found.source = source


def _review_models(place: Workplace, found: Collected, rules: Sequence[Rule]) -> Reviewed:
    if found.mapping is None:
        return Reviewed()
    place.progress("reviewing the models")
    mapping = found.mapping
    wanted = [rule for rule in rules if rule.job == "models"]
    facts = [mapping, mapping.schema, *mapping.sources]
    prover = model_prover(
        mapping,
        place.worker,
        found.source,
        place.target,
        place.sandbox,
        place.why_no_sandbox,
        found.replayed.head_key if found.replayed else None,
    )
    with prover as prove:
        if prove.database is None and place.sandbox is not None:
            place.miss("claims about the models' rows", prove.why_no_database)
        reviewed = review(wanted, facts, place.target, prove)
    reviewed.recommendations = without_libraries(mapping, reviewed.recommendations)
    return reviewed


def _review_migrations(place: Workplace, found: Collected, rules: Sequence[Rule]) -> Reviewed:
    from dbwright.jobs import unexplained
    from dbwright.jobs.proofs import migration_prover

    place.progress("reviewing the migrations")
    assert found.history is not None
    wanted = [rule for rule in rules if rule.job == "migrations"]
    replayed = found.replayed or Replayed(found.history)
    history = replayed.history
    changeable = [m for m in history.migrations if m.changeable]
    facts: list[object] = [history, *changeable]
    wanted_runs = {m.revision for m in changeable}
    facts += [run for name, run in replayed.rehearsals.items() if name in wanted_runs]
    why = place.why_no_sandbox or WHY_NOT_RUN
    prove = migration_prover(replayed, place.target, why)
    reviewed = review(wanted, facts, place.target, prove)
    if not place.settings.select and UNEXPLAINED not in place.settings.ignore:
        rehearsals = [fact for fact in facts if isinstance(fact, Rehearsal)]
        known = reviewed.recommendations
        known += unexplained.recommend(rehearsals, known, place.target)
    return reviewed


def review_drift(place: Workplace, found: Collected, rules: Sequence[Rule]) -> Reviewed:
    """Compares the models with the migrated database, where both are known."""
    from dbwright.jobs.drift import drift_prover, read_drift

    replayed, mapping = found.replayed, found.mapping
    if replayed is None or mapping is None or replayed.head is None:
        return Reviewed()
    if {m.revision for m in replayed.history.migrations} - set(replayed.ran):
        place.miss("drift between models and migrations", "not every revision was run")
        return Reviewed()
    place.progress("comparing the models with the migrated database")
    try:
        drift = read_drift(place, mapping, found.source, replayed)
    except DbwrightError as error:
        place.miss("drift between models and migrations", error.message, error.way_out or "")
        return Reviewed()
    found.drift = drift
    wanted = [rule for rule in rules if rule.job == "drift"]
    reviewed = review(wanted, [drift], place.target, drift_prover(drift))
    if place.live is not None:
        reviewed.add(_review_live(place, found, drift.models, wanted))
    return reviewed


def _review_live(
    place: Workplace, found: Collected, models: Schema, rules: Sequence[Rule]
) -> Reviewed:
    """Compares the live database with what its revisions made of it, and with the models."""
    from dbwright.jobs.live import live_prover, read_live_drift

    place.progress("comparing the live database with its revisions")
    drift = read_live_drift(place, found, models)
    if drift is None:
        return Reviewed()
    return review(rules, [drift], place.target, live_prover(drift, place.server or ""))


def _older_remarks(found: Collected, rules: Sequence[Rule], place: Workplace) -> int:
    """What the sources of revisions that can no longer be changed would give."""
    if found.history is None or "migrations" not in place.options.jobs:
        return 0
    wanted = [rule for rule in rules if rule.job == "migrations"]
    older = [m for m in found.history.migrations if not m.changeable]
    facts = analyze(wanted, older, place.target)
    return sum(1 for item in facts if isinstance(item, tuple))


def _note_refusals(place: Workplace) -> None:
    """Names each connection that user code tried and was refused, though it lived on."""
    told = " ".join(item.why for item in place.unverified)
    for record in place.worker.ever_refused if place.worker else ():
        if record["what"] not in told:
            where = f"{record['file']}:{record['line']} " if record.get("file") else "your code "
            place.notes.append(f"{where}was refused a connection to {record['what']}.")


def _report(
    place: Workplace, found: Collected, reviewed: Reviewed, rules: Sequence[Rule]
) -> Report:
    items = _in_named_file(place, sorted(reviewed.recommendations, key=order))
    sources = _sources(found)
    ran = frozenset(rule.name for rule in rules if rule.job in place.options.jobs)
    known = rule_names() | {UNEXPLAINED}
    items, waived, complaints = waive(items, sources, found.mapping, ran, known)
    accepted = baseline.read(place.project.root, place.settings.baseline)
    items, in_baseline, stale = baseline.split(items, accepted)
    unverified = [*place.unverified, *reviewed.unverified, *complaints, *_stale(stale)]
    return Report(
        recommendations=tuple(items),
        waived=(*waived, *in_baseline),
        unverified=tuple(unverified),
        errors=_nothing_read(place, found),
        summary=_summary(place, found, rules),
        schema=_schema(found),
    )


def _schema(found: Collected) -> Schema | None:
    """What the models declare; where there are none, what the migrations made."""
    if found.mapping is not None:
        return found.mapping.schema
    return found.replayed.head if found.replayed else None


def _in_named_file(place: Workplace, items: list[Recommendation]) -> list[Recommendation]:
    """Of a file of models that the user names, only what stands in it."""
    named = place.project.named
    if named is None or not named.is_file() or "models" not in place.options.jobs:
        return items
    root = place.project.root
    return [i for i in items if i.location.file and (root / i.location.file).samefile(named)]


def _nothing_read(place: Workplace, found: Collected) -> tuple[str, ...]:
    if found.mapping is not None or (found.history and found.history.migrations):
        return ()
    return tuple(f"{item.what}: {item.why}\n{item.way_out}".strip() for item in place.unverified)


def _stale(entries: Sequence[str]) -> list[Unverified]:
    if not entries:
        return []
    text = ", ".join(entries[:3]) + (f" (+{len(entries) - 3})" if len(entries) > 3 else "")
    return [
        Unverified(
            f"{len(entries)} entries of the baseline",
            f"they are no longer found: {text}",
            "Write it anew: dbwright check --write-baseline",
        )
    ]


def _sources(found: Collected) -> list[Source]:
    sources = list(found.mapping.sources) if found.mapping else []
    if found.history:
        sources += [m.source for m in found.history.migrations if m.source and m.changeable]
    return list({source.path: source for source in sources}.values())


def _summary(place: Workplace, found: Collected, rules: Sequence[Rule]) -> Summary:
    history, mapping = found.history, found.mapping
    scope = f"Reported: {found.scope.sentence}." if found.scope and history else ""
    return Summary(
        project=place.project.root.name,
        dialect=str(place.target),
        server=place.server,
        models=len(mapping.mappers) if mapping else 0,
        tables=len(mapping.schema.tables) if mapping else 0,
        revisions=len(history.migrations) if history else 0,
        revisions_run=len(found.replayed.ran) if found.replayed else 0,
        revisions_new=sum(1 for m in history.migrations if m.changeable) if history else 0,
        older_remarks=_older_remarks(found, rules, place),
        scope=scope,
        notes=tuple(place.notes),
    )
