"""A question about models answered: by what SQLAlchemy configured, else by the rules it means."""

from __future__ import annotations

from dataclasses import replace

from dbwright.collect.change_context import Refused
from dbwright.collect.models_source import callers_beside, code_beside
from dbwright.collect.question_rules import meant
from dbwright.collect.question_words import not_known, read
from dbwright.core.answered import Answered, Fact
from dbwright.core.errors import UsageError
from dbwright.core.finding import Recommendation
from dbwright.core.mapping import Mapping
from dbwright.core.place import Place
from dbwright.core.rule import Rule
from dbwright.jobs.flow import review
from dbwright.jobs.models import model_prover
from dbwright.jobs.models_change import project_mapping
from dbwright.jobs.waiving import waive
from dbwright.jobs.workplace import Workplace
from dbwright.recipes.model_answers import answered
from dbwright.recipes.model_answers_one import a
from dbwright.rules.registry import rules_for

MOST = 3


def run(place: Workplace, request: str) -> Answered:
    """Gives the answer to a question about the project's models.

    UsageError says what is not understood, or nearly meant, and what can be asked; CollectError
    that the models cannot be read.
    """
    mapping = project_mapping(place)
    if mapping is None:
        raise UsageError("there are no mapped classes here to ask about")
    pages = {rule.name: rule for rule in rules_for("models")}
    names = meant(request, {name: rule.page for name, rule in pages.items()})[:MOST]
    rules = [pages[name] for name in names if pages[name].applies.to(place.target)]
    try:
        question = read(request, mapping)
    except Refused as refused:
        if not rules:
            raise _asked_back(request, refused, mapping) from refused
        question = None
    configured = f"SQLAlchemy {mapping.sqlalchemy} configured {len(mapping.mappers)} models"
    if question is not None:
        found = replace(answered(question, mapping), evidence=configured)
        return _with_review(place, found, mapping, rules)
    if not rules:
        raise _not_understood(request, mapping)
    return _by_rules(place, mapping, rules, configured)


def _not_understood(request: str, mapping: Mapping) -> UsageError:
    word = not_known(request, mapping)
    why = f"“{word}” names no model, column or property of models that it knows" if word else (
        "it names models, and not what it asks of them"
    )  # fmt: skip
    return UsageError(f"that cannot be answered: {why}.", way_out=examples(mapping))


def examples(mapping: Mapping) -> str:
    """Gives questions that can be asked, of the project's own models."""
    by_keys = sorted(
        mapping.mappers,
        key=lambda m: (-len([r for r in m.relationships if r.direction == "MANYTOONE"]), m.name),
    )
    referred = sorted(
        mapping.mappers, key=lambda m: (-len([*mapping.schema.referring(m.table)]), m.name)
    )
    one, other = by_keys[0].name, referred[0].name
    asked = [
        f"what does {one} reference?",
        f"what happens when {a(other)} is deleted?",
        f"which columns of {one} may be NULL?",
        "which foreign keys have no index?",
        "which columns hold money as float?",
    ]
    lines = [f'  dbwright ask "{text}"' for text in asked]
    review = 'Or have all of them looked at:  dbwright ask "review my models"'
    return "\n".join(["Of these models it can be asked, for example:", *lines, review])


def _asked_back(request: str, refused: Refused, mapping: Mapping) -> UsageError:
    ways = [
        f'dbwright ask "{request.replace(refused.said, way, 1)}"'
        for way in refused.ways
        if refused.said and refused.said in request
    ]
    return UsageError(
        f"that cannot be answered: {refused}.", way_out="\n".join(ways) or examples(mapping)
    )


def _with_review(
    place: Workplace, found: Answered, mapping: Mapping, rules: list[Rule]
) -> Answered:
    """The answer, and what the review says of the same columns."""
    objects = {fact.object for fact in found.facts}
    if not objects or not rules:
        return found
    kept, _ = _reviewed(place, mapping, rules[:1])
    own = [item for item in kept if item.location.object in objects]
    if not own:
        return found
    counted = f"{len(own)} of them" if len(own) < len(objects) else "them"
    worst = own[0]
    note = f"The review warns of {counted}: {worst.message} ({_known(worst)})."
    return replace(found, notes=(*found.notes, note), more=(*found.more, _mends(rules[0])))


def _by_rules(place: Workplace, mapping: Mapping, rules: list[Rule], configured: str) -> Answered:
    """What the rules find that a question means."""
    kept, waived = _reviewed(place, mapping, rules)
    about = "; ".join(rule.summary.rstrip(".") for rule in rules)
    facts = tuple(
        Fact(
            f"{item.location.object or ''}: {item.message}".lstrip(": "),
            _place(item),
            _known(item),
            item.location.object or "",
        )
        for item in kept
    )
    count = len(mapping.mappers)
    places = "in 1 place" if len(facts) == 1 else f"in {len(facts)} places"
    answer = f"Found {places if facts else 'nowhere'}; all {count} models were looked at."
    notes = (f"{waived} more allowed by a comment with its reason.",) if waived else ()
    more = tuple(_mends(rule) for rule in rules if any(i.rule == rule.name for i in kept))
    return Answered(f"Where is this so: {about[:1].lower()}{about[1:]}", answer, facts, configured,
                    notes, more)  # fmt: skip


def _reviewed(
    place: Workplace, mapping: Mapping, rules: list[Rule]
) -> tuple[list[Recommendation], int]:
    place.progress("looking at the models")
    beside = code_beside(place.project, mapping)
    callers = callers_beside(place.project, mapping, beside)
    mapping = replace(mapping, sources=(*mapping.sources, *beside), callers=callers)
    facts = [mapping, mapping.schema, *mapping.sources]
    with model_prover(
        mapping, place.worker, place.source, place.target, place.sandbox, place.why_no_sandbox
    ) as prove:
        found = review(rules, facts, place.target, prove)
    ran = frozenset(rule.name for rule in rules)
    kept, waived, _ = waive(found.recommendations, mapping.sources, mapping, ran, ran)
    return kept, len(waived)


def _known(item: Recommendation) -> str:
    if item.proof.holds and item.proof.scope:
        return f"{item.proof.level} on {item.proof.scope}"
    return item.proof.level


def _place(item: Recommendation) -> Place | None:
    at = item.location
    return Place(at.file, at.line or 1) if at.file else None


def _mends(rule: Rule) -> str:
    return f"dbwright models review --select {rule.name}"
