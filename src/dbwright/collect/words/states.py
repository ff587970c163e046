"""Value sets, and which value may follow which."""

from __future__ import annotations

from collections.abc import Sequence

from dbwright.collect.words.clause import Clause
from dbwright.collect.words.draft import Draft, shown_entity
from dbwright.collect.words.patterns import Grammar
from dbwright.collect.words.resolve import attribute, subject
from dbwright.collect.words.scan import Scan
from dbwright.collect.words.telling import told
from dbwright.collect.words.tokens import Token
from dbwright.collect.words.values import transitions, value_list, value_name

grammar = Grammar()
Found = dict[str, Sequence[Token]]


@grammar.reads(
    "{state} {rows} <may> only|then_only? only? "
    "become|be|be_set_to|change_to|move_to|go_to|turn_into|be_moved_to|be_changed_to|"
    "transition_to {values*}",
    "{state} {rows} <may> become|change_to|move_to|go_to|be_moved_to|transition_to only? {values*}",
)
def may_become(clause: Clause, draft: Draft, slots: Found) -> bool:
    """`a paid order can only become shipped or refunded`."""
    found = draft.find([*slots["state"], *slots["rows"]])
    if found is None or not found[1]:
        return False
    entity, before = found
    source = value_name([t for t in before if t.low not in ("and", "or")])
    if before[0].low == "only" or (
        draft.values_of(entity) and not _has_value(draft, entity, source)
    ):
        return False
    return _transition(clause, draft, entity, [source], slots["values"])


@grammar.reads(
    "from {state} {rows} <may> only? become|go_to|move_to|change_to {values*}",
    "from {state} to {values*}",
    "{rows} <may> also? be {values} from {state*}",
    "<may> also? be {values} from {state*}",
    "{rows} <may> also? become|go_to|move_to|change_to {values} from {state*}",
    "<may> also? become|go_to|move_to|change_to {values} from {state*}",
    "from {state} [it] <may> only? become|go_to|move_to|change_to {values*}",
    "only {state} {rows} <may> be {values*}",
    "{rows} <may> only? be {values} only? when|if|while|once it|they is|are {state}",
)
def from_state(clause: Clause, draft: Draft, slots: Found) -> bool:
    """`only pending orders can be cancelled`, `from draft it can go to sent`."""
    if {"can", "may", "must", "it"} & {t.low for t in slots["state"]}:
        return False
    words = list(slots.get("rows", ()))
    found = draft.find(words) if words else ((clause.subject or draft.last), ())
    if found is None or not found[0]:
        return False
    if any(token.low == "from" for token in slots["values"]):
        return _chain(clause, draft, found[0], [*slots["state"]], [*slots["values"]])
    sources = [
        value_name([token]) for token in slots["state"] if token.low not in ("or", "and", ",")
    ]
    lead = words[0].low if words else ""
    if lead in ("only", "not") or not all(
        _has_value(draft, found[0], source) for source in sources
    ):
        return False
    return _transition(clause, draft, found[0], sources, slots["values"])


@grammar.reads(
    "from every|any|each {stage} but|except|other_than|besides {but} [an|a|the] {rows} <may> also? "
    "go|move|change|be_moved to {values*}",
    "from every|any|each {stage} [an|a|the] {rows} <may> also? go|move|change|be_moved to "
    "{values*}",
)
def from_every(clause: Clause, draft: Draft, slots: Found) -> bool:
    """`from every stage but hired an application can go to rejected`."""
    found = draft.find(slots["rows"])
    targets = value_list(Scan(list(slots["values"])))
    excepted = {value_name([t]) for t in slots.get("but", ()) if t.low not in ("and", "or", ",")}
    if found is None or not targets:
        return False
    name = _state_attribute(draft, found[0], [*excepted])
    known = draft.values_of(found[0]).get(name, ())
    sources = [v for v in known if v not in excepted and v not in targets]
    if not sources:
        return False
    _widen(clause, draft, found[0], name, targets)
    own = draft.entity(found[0]).attribute(name)
    own.say(clause, transitions={source: tuple(targets) for source in sources})
    clause.means(
        f"{shown_entity(found[0])}.{name}: from {', '.join(sources)} also to {', '.join(targets)}"
    )
    return True


@grammar.reads(
    "{rows} moves|move|goes|go|passes|pass|runs through [the|these] "
    "statuses|states|stages|status|steps|phases "
    ":? {values*}",
    "{rows} has|have [the|these] statuses|states|stages :? {values*}",
    "status|state|stage of {rows} is|are|can_be :? {values*}",
)
def through(clause: Clause, draft: Draft, slots: Found) -> bool:
    """`a parcel moves through the statuses created, in transit and delivered`."""
    scan = Scan(list(slots["values"]))
    values = value_list(scan, closing=True)
    entity = subject(clause, draft, slots["rows"])
    if len(values) < 2 or not scan.done or not entity:
        return False
    name = "stage" if "stages" in clause.words else "status"
    draft.entity(entity).attribute(name).say(clause, values=values)
    draft.last = entity
    clause.means(f"{shown_entity(entity)}.{name} is one of {', '.join(values)}")
    return True


def _chain(
    clause: Clause, draft: Draft, entity: str, first: list[Token], rest: list[Token]
) -> bool:
    """`… to picked_up, from there to in_transit, and from in_transit to delivered`."""
    parts: list[list[Token]] = [[]]
    for token in rest:
        if token.low == "from":
            parts.append([])
        else:
            parts[-1].append(token)
    before = [value_name([t]) for t in first if t.low not in ("or", "and", ",")]
    steps = [(before, parts[0])]
    for part in parts[1:]:
        at = next((n for n, t in enumerate(part) if t.low == "to"), 0)
        if not at:
            return False
        steps.append(([value_name([t]) for t in part[:at]], part[at + 1 :]))
    last: list[str] = []
    for sources, after in steps:
        while after and after[-1].low in (",", "and", "or"):
            after = after[:-1]
        if sources == ["there"]:
            sources = last
        if not sources or not _transition(clause, draft, entity, sources, after):
            return False
        last = [value_name([t]) for t in after if t.low not in ("or", "and", ",", "either")]
    return True


def _has_value(draft: Draft, entity: str, value: str) -> bool:
    return any(value in values for values in draft.values_of(entity).values())


def _transition(
    clause: Clause, draft: Draft, entity: str, sources: list[str], rest: Sequence[Token]
) -> bool:
    scan = Scan([token for token in rest if token.low != "either"])
    targets = value_list(scan)
    if not targets or not scan.done:
        return False
    name = _state_attribute(draft, entity, [*sources, *targets])
    _widen(clause, draft, entity, name, [*sources, *targets])
    own = draft.entity(entity).attribute(name)
    own.say(clause, transitions={source: tuple(targets) for source in sources})
    clause.means(
        f"{shown_entity(entity)}.{name}: from {' or '.join(sources)} only to {' or '.join(targets)}"
    )
    return True


def _state_attribute(draft: Draft, entity: str, values: Sequence[str]) -> str:
    for name, known in draft.values_of(entity).items():
        if set(values) & set(known):
            return name
    names = draft.attributes_of(entity)
    return next((name for name in ("status", "state", "stage", "phase") if name in names), "status")


def _widen(clause: Clause, draft: Draft, entity: str, name: str, values: Sequence[str]) -> None:
    """Values that only a rule names are values as well, and that is said."""
    own = draft.entity(entity).attribute(name)
    known = draft.values_of(entity).get(name, ())
    missing = [value for value in values if value not in known]
    if missing:
        own.said["values"] = tuple(dict.fromkeys((*own.said.get("values", known), *values)))
        clause.means(f"{shown_entity(entity)}.{name} can be {', '.join(missing)}")


@grammar.reads(
    "{rows} goes|go|moves|move|changes|change|transitions|passes|progresses|proceed|proceeds "
    "from {steps*}",
    "{rows} <may> go|move|change|transition|pass|progress from {steps*}",
    "{rows} starts|start|begins as? {steps*}",
)
def goes_from(clause: Clause, draft: Draft, slots: Found) -> bool:
    """`an invoice goes from draft to sent to paid`."""
    steps: list[tuple[str, ...]] = []
    for part in _parts(slots["steps"], ("to", "->", "then", "into")):
        scan = Scan(
            [token for token in part if token.low not in (",", "finally")]
            if len(part) < 3
            else part
        )
        scan.take("to", "either", "finally")
        values = value_list(scan)
        if not values or not scan.done:
            return False
        steps.append(values)
    if len(steps) < 2:
        return False
    thing = draft.find(slots["rows"])
    found = None if thing and not thing[1] else attribute(clause, draft, slots["rows"])
    entity = found[0] if found else subject(clause, draft, slots["rows"])
    if not entity:
        return False
    named = [value for step in steps for value in step]
    name = found[1] if found else _state_attribute(draft, entity, named)
    _widen(clause, draft, entity, name, named)
    said = transitions(steps)
    draft.entity(entity).attribute(name).say(clause, transitions=said)
    clause.means(f"{shown_entity(entity)}.{name}: {told({'transitions': said})}")
    return True


def _parts(tokens: Sequence[Token], signs: tuple[str, ...]) -> list[list[Token]]:
    found: list[list[Token]] = [[]]
    for at, token in enumerate(tokens):
        if token.low in signs:
            if found[-1] and found[-1][-1].low in (",", "and"):
                found[-1].pop()
            found.append([])
        elif not (
            token.low in ("and", ",") and at + 1 < len(tokens) and tokens[at + 1].low in signs
        ):
            found[-1].append(token)
    return [part for part in found if part]


@grammar.reads(
    "{state} {rows} is|are final|terminal|the_end",
    "{state} {rows} stay|stays|remain|remains that_way|so|as_they_are|like_that|forever",
    "{state} is|are? a? final|terminal [status|state]",
    "{state} {rows} <not> change|be_changed [anymore|any_more|again|any_further]",
)
def final(clause: Clause, draft: Draft, slots: Found) -> bool:
    """`cancelled orders are final`."""
    words = list(slots.get("rows", ()))
    found = draft.find([*slots["state"], *words]) if words else None
    entity = found[0] if found else clause.subject or draft.last
    before = list(found[1]) if found else list(slots["state"])
    values = [
        value_name([token]) for token in before if token.low not in ("and", "or", ",", "the", "a")
    ]
    if not entity or not values or not all(_has_value(draft, entity, value) for value in values):
        return False
    name = _state_attribute(draft, entity, values)
    draft.entity(entity).attribute(name).say(clause, transitions=dict.fromkeys(values, ()))
    clause.means(f"{shown_entity(entity)}.{name}: nothing follows {' or '.join(values)}")
    return True
