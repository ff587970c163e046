"""What becomes of rows when others are deleted, and which are never really deleted."""

from __future__ import annotations

from collections.abc import Sequence

from dbwright.collect.words.clause import Clause
from dbwright.collect.words.draft import Draft, attribute_name, naming, spoken
from dbwright.collect.words.morphology import plural
from dbwright.collect.words.patterns import Grammar
from dbwright.collect.words.resolve import PRONOUNS, split_and, subject
from dbwright.collect.words.scan import split_at
from dbwright.collect.words.tokens import Token

grammar = Grammar()
Found = dict[str, Sequence[Token]]


_IN_IT = (["in", "it"], ["of", "it"], ["on", "it"], ["under", "it"], ["with", "it"], ["in", "them"],
    ["of", "them"], ["for", "it"], ["below", "it"], ["at", "it"])  # fmt: skip
_CHILD_WORDS = {"its", "their", "his", "her", "the", "all", "of", "also", "related", "his/her"}


def _children(clause: Clause, draft: Draft, parent: str, tokens: Sequence[Token]) -> list[str]:
    lows = [t.low for t in tokens]
    tokens = tokens[: lows.index("(")] if "(" in lows else tokens
    words = [t for t in tokens if t.low not in _CHILD_WORDS]
    while [t.low for t in words[-2:]] in _IN_IT:
        words = words[:-2]
    found: list[str] = []
    for part in split_and(words):
        known = draft.find(part)
        if known is None:
            if [t.low for t in part] in (
                ["everything"],
                ["it"],
                ["children"],
                ["them"],
                ["data"],
                ["all"],
            ):
                continue
            known = _member(draft, part, parent)
            if known is None:
                clause.unread(part, "Nothing in the request is called that.")
                continue
        clause.unread(known[1])
        found.append(known[0])
    return found


def _member(
    draft: Draft, part: Sequence[Token], parent: str
) -> tuple[str, tuple[Token, ...]] | None:
    """`memberships` where the request has members of what is deleted; a thing of its own name."""
    key = draft.named(part)
    stem = key.removesuffix("ship")
    for name in (f"{parent}_{key}", f"{parent}_{stem}", stem):
        if draft.is_known(name):
            return name, ()
    return (key, ()) if draft.is_thing(part) or len(part) == 1 else None


def _delete(clause: Clause, draft: Draft, child: str, parent: str, policy: str) -> None:
    if child != parent and not {child, parent} & {""}:
        if child not in draft.roles_of(parent).values():
            draft.need(child, parent, clause)
        if (
            child in draft.roles_of(parent).values()
            and parent not in draft.roles_of(child).values()
        ):
            child, parent = parent, child
    draft.deletes[(child, parent)] = (policy, clause)
    told = {
        "cascade": "go with it",
        "set null": "stay without it",
        "restrict": "keep it from being deleted",
        "keep": "stay",
    }[policy]
    clause.means(f"when a {spoken(parent)} is deleted its {plural(spoken(child))} {told}")


@grammar.reads(
    "<delete> {parent} also? <delete>|cascades_to|takes_with_it {children*}",
    "when|if|once|whenever {parent} is|gets|are|was <deleted> , {children} "
    "are|is|get|must_be|should_be|will_be also? <deleted> too|as_well|also|with_it|with_them?",
    "when|if|once|whenever {parent} is|gets|are|was <deleted> {children} "
    "are|is|get|must_be|should_be|will_be also? <deleted> too|as_well|also|with_it|with_them?",
    "when|if|once|whenever {parent} asks|ask|wants|want [us] to be forgotten|deleted|erased ,? "
    "{children} are|is|get|must_be|should_be|will_be also? <deleted> too|as_well|also?",
    "when|if|once|whenever {parent} is|gets|are <deleted> ,? {children} go|disappear|vanish "
    "too|as_well|with_it|with_them|away|along?",
    "when|if|once|whenever {parent} goes|disappears ,? {children} go|disappear|vanish "
    "too|as_well|with_it|with_them|away|along?",
    "<delete> {parent} also? <delete> all? {children*}",
    "when|if|once|whenever {parent} is|gets|are|was <deleted> ,? also? <delete> all? {children*}",
    "<delete> {parent} :|,|— {children} are|is|get|gets|must_be|should_be|will_be also? "
    "<deleted> too|as_well|also|with_it|with_them|along?",
    "<delete> {parent} :|,|— {children} go|goes|disappear|vanish "
    "too|as_well|also|with_it|with_them|along|away?",
    "<delete> {children} along|together with the|its|their|a|an? {parent*}",
    "{children} are|is|get|must_be|should_be|will_be <deleted> [together|along|automatically] "
    "with {parent*}",
    "{children} are|is|get|must_be|should_be|will_be <deleted> when|if|once|whenever {parent} "
    "is|are|gets <deleted>",
    "{children} go|disappear|vanish [away] with {parent*}",
    "{children} <not> outlive|survive {parent*}",
    "deletion|removal of {parent} cascades to {children*}",
    "cascade <delete> from? {parent} to {children*}",
    "deletes cascade from {parent} to {children*}",
    "<delete> {parent} -> {children} [is|are|get|gets] <deleted>|go|goes [too|as well|also]",
    "<delete> {parent} -> <delete> {children*}",
    "{parent} [is|gets] <deleted> -> {children} [is|are|get|gets] <deleted>|go|goes|gone "
    "[too|as well|also]",
    "{children} go|goes|disappear|disappears|vanish away? together|along? with {parent*}",
    "{children} is|are|get|gets? <deleted> together|along? with {parent*}",
    "<delete> {parent} also? takes|take {children} [with|along] [it|them]",
)
def goes_too(clause: Clause, draft: Draft, slots: Found) -> bool:
    """`when a post is deleted its comments go too`."""
    return _all(clause, draft, slots, "cascade")


@grammar.reads(
    "<delete> {parent} keeps|keep|leaves|preserves|retains {children*}",
    "<delete> {parent} <not> <delete>|remove|affect|touch {children*}",
    "when|if|once|whenever {parent} is|gets|are <deleted> ,? {children} "
    "stay|remain|survive|are_kept|must_be_kept|must_stay|must_remain|should_be_kept|is_kept|"
    "should_stay|are_preserved|are_retained|should_remain",
    "{children} "
    "are_kept|stay|remain|survive|must_be_kept|must_stay|are_preserved|is_kept|should_be_kept|"
    "should_stay when|if|after|even_if|even_when|once {parent} is|are|gets|was|were <deleted>",
    "{children} survive|outlive [the? deletion of] {parent*}",
    "when|if|once {parent} leaves|leave|quits|quit|resigns|is_gone|are_gone ,? {children} "
    "stay|remain|survive|are_kept|must_be_kept|must_stay|should_stay",
    "<delete> {parent} :|,|— {children} stay|remain|survive|are_kept|are_preserved|stays|remains",
)
def stays(clause: Clause, draft: Draft, slots: Found) -> bool:
    """`deleting a customer keeps their orders`."""
    return _all(clause, draft, slots, "keep")


@grammar.reads(
    "<delete> {parent} leaves|keeps {children} without|but_without {parent2*}",
    "when|if|once|whenever {parent} is|gets|are|leaves_and_is <deleted> ,? {children} "
    "stay|remain|survive|are_kept|is_kept|stays|remains ,? [but] without {parent2*}",
    "when|if|once|whenever {parent} is|gets|are <deleted> ,? {children} "
    "are|is|become|becomes simply? unseated|unassigned|unlinked|free|parentless",
    "<delete> {parent} sets|leaves|clears|nulls|unassigns|unsets|detaches {children*}",
    "when|if|once|whenever {parent} is|gets|are <deleted> ,? {children} lose|loses "
    "their|its|the? {parent2*}",
    "<delete> {parent} -> {children} become|becomes|is|are|stays|set "
    "null|unassigned|unset|cleared|empty|set_to_null|to_null",
    "{parent} [is|gets] <deleted> -> {children} become|becomes|is|are|stays|set "
    "null|unassigned|unset|cleared|empty|set_to_null|to_null",
    "when|if|once|whenever {parent} leaves|quits|goes|is_gone ,? {children} become|becomes|are|is "
    "unassigned|detached|orphaned|unset|null|cleared|free",
    "when|if|once|whenever {parent} is|gets|are <deleted> ,? {children} become|becomes|are|is "
    "unassigned|anonymous|detached|orphaned|unset|null|cleared|set_to_null",
)
def loses(clause: Clause, draft: Draft, slots: Found) -> bool:
    """`when a user is deleted, their tasks become unassigned`."""
    name = attribute_name(naming(slots["children"]))
    holders = {f.source for f in draft.facts if name and name in (f.hint, f.name)}
    parent = draft.find(slots["parent"])
    if len(holders) == 1 and parent is not None:
        _delete(clause, draft, holders.pop(), parent[0], "set null")
        return True
    words = [
        t
        for t in slots["children"]
        if t.low not in ("unassigned", "null", "set", "to", "empty", "anonymous")
    ]
    cut = next((at for at, t in enumerate(words) if t.low in _STAYING), len(words))
    return _all(clause, draft, {**slots, "children": words[:cut]}, "set null")


_STAYING = {"without", "on", "of", "remain", "remains", "stay", "stays", "survive", "survives"}
"""Words behind which nothing more says who they are."""


@grammar.reads(
    "{parent} with {children} <not> be <deleted>",
    "{parent} that|who|which still? has|have {children} <not> be <deleted>",
    "{parent} <not> be <deleted> while|if|when|as_long_as|until|once it|they|he|she|there "
    "has|have|are|is [any|some|still|open] {children*}",
    "{parent} <not> be <deleted> while|if|when|as_long_as {children} "
    "exist|exists|refer_to_it|reference_it|are_left|still_exist|refer_to_them|use_it|need_it|"
    "depend_on_it|point_to_it|belong_to_it",
    "<not> <delete> {parent} with|that_has|that_have|if_it_has {children*}",
    "{parent} <not> be <deleted> with {children*}",
    "{parent} <may> only be <deleted> if|when|once it|they has|have no|without {children*}",
    "<delete> {parent} is|must_be blocked|refused|forbidden|prevented|not_allowed|not_possible|"
    "impossible|rejected if|when|while|as_long_as|once [there are|is|exist] any|still? {children} "
    "exist|exists|refer_to_it|are_left|left?",
    "{parent} <not> be <deleted> if|when|while|as_long_as|once there are|is any|still|open? "
    "{children*}",
    "<delete> {parent} with {children} is forbidden|not_allowed|refused|prevented|blocked|rejected",
    "{children} <not> be <deleted> when|if|because {someone} <delete>|to_remove|to_delete "
    "{parent*}",
    "{parent} <used_by> [a|an|the|any|some] {children} <not> be <deleted>",
    "{parent} is|are protected from|against deletion while|if|when [it|they has|have] {children*}",
)
def kept_by(clause: Clause, draft: Draft, slots: Found) -> bool:
    """`a customer with orders can't be deleted`."""
    if {t.low for t in slots["children"]} & _HISTORY and draft.find(slots["children"]) is None:
        return used_stay(clause, draft, slots)
    parents = split_at(slots["parent"], "or")
    done = [_all(clause, draft, {**slots, "parent": each}, "restrict") for each in parents]
    return any(done)


_HISTORY = {"history", "records", "references", "dependents", "usages", "data", "activity"}
"""What stands for all rows that refer to one."""


def _all(clause: Clause, draft: Draft, slots: Found, policy: str) -> bool:
    words = [t for t in slots["parent"] if t.low not in ("of",)]
    if (role := _role(draft, words)) and policy in ("set null", "cascade", "restrict"):
        child, target, name = role
        known = draft.find([t for t in slots["children"] if t.low not in _CHILD_WORDS])
        if known is not None and known[0] == child:
            draft.deletes[(child, f"{target}.{name}")] = (policy, clause)
            told = {"set null": "stays without it", "cascade": "goes with it"}
            clause.means(
                f"when the {spoken(name)} of a {spoken(child)} is deleted, the row "
                f"{told.get(policy, 'keeps it from being deleted')}"
            )
            return True
    parent = subject(clause, draft, words)
    if not parent:
        return False
    plain = [
        t
        for t in slots["children"]
        if t.low not in ("any", "some", "still", "existing", "at", "least", "one")
    ]
    if all(t.low in PRONOUNS for t in plain):
        return False
    lows = [t.low for t in plain]
    cut = next((n for n in range(1, len(lows)) if lows[n : n + 2] == ["but", "not"]), len(lows))
    for child in _children(clause, draft, parent, plain[cut + 2 :]):
        _delete(clause, draft, child, parent, "keep")
    children = _children(clause, draft, parent, plain[:cut])
    if not children and {"everything", "data"} & set(lows):
        children = [k for k in draft.keys_of() if parent in draft.roles_of(k).values()]
    for child in children:
        _delete(clause, draft, child, _nearer(draft, child, parent, children), policy)
    draft.last = parent
    return bool(children)


def _role(draft: Draft, words: Sequence[Token]) -> tuple[str, str, str] | None:
    """`if the assignee is deleted`: the only reference that has that name, and no entity has."""
    name = attribute_name(naming(words))
    if not name or name in draft.known.entities:
        return None
    found = [
        (key, roles[name], name)
        for key in draft.keys_of()
        if name in (roles := draft.roles_of(key)) and roles[name] != name
    ]
    return found[0] if len(found) == 1 else None


def _nearer(draft: Draft, child: str, parent: str, children: Sequence[str]) -> str:
    """`its applications and their interviews`: what hangs on another that goes, goes with that."""
    held = set(draft.roles_of(child).values())
    if parent in held:
        return parent
    return next((other for other in children if other in held and other != child), parent)


@grammar.reads(
    "{parent} that|which|who was|were|is|are|has_been|have_been "
    "ordered|used|referred_to|referenced|sold|booked|"
    "assigned|taken|invoiced|paid|shipped|in_use|still_in_use|still_used|taught|lent|on_loan|"
    "rented|played|scheduled|linked|attached|borrowed|planned|given|enrolled|published "
    "[somewhere|anywhere|already|once] <not> be <deleted>",
    "{parent} <not> be <deleted> if|once|when|while it|they is|are|was|were|has_been|have_been "
    "ordered|used|referenced|sold|booked|in_use",
    "used|ordered|referenced {parent} <not> be <deleted>",
)
def used_stay(clause: Clause, draft: Draft, slots: Found) -> bool:
    """`products that were ordered must not be deleted`: what refers to one keeps it."""
    parent = subject(clause, draft, slots["parent"], new=False)
    if not parent:
        return False
    held = [key for key in draft.keys_of() if parent in draft.roles_of(key).values()]
    for child in held:
        _delete(clause, draft, child, parent, "restrict")
    return bool(held)


@grammar.reads(
    "they|it|these|those? go|goes|disappear|disappears away? [too|along] with the|its|their? "
    "{parent*}",
    "is|are? <deleted> along|together? with the|its|their? {parent*}",
    "{children} is|are <deleted> along|together with the|its|their? {parent*}",
)
def goes_with(clause: Clause, draft: Draft, slots: Found) -> bool:
    """`go away with the claim`: of what is spoken of."""
    words = list(slots.get("children", ()))
    of = next((at for at, t in enumerate(words) if t.low == "of" and at), len(words))
    child = subject(clause, draft, words[:of], new=False)
    parent = draft.find(slots["parent"])
    if not child or parent is None or parent[1] or parent[0] == child:
        return False
    _delete(clause, draft, child, parent[0], "cascade")
    draft.last = child
    return True
