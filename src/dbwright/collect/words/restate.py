"""Sentences said another way: what English says at length, in the short forms that are read.

`for each task we store a title` is `task has a title`, and `damages are recorded per rental with a
note` is `damages belong to a rental` and `damages have a note`. A restatement has the request's
own words where they name something, so what nothing is made of is still told in them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

from dbwright.collect.words.draft import DETERMINERS, Draft
from dbwright.collect.words.headings import is_attribute_noun
from dbwright.collect.words.morphology import FINAL_PARTICIPLE, is_plural, verb_of
from dbwright.collect.words.patterns import Pattern, joined, pattern
from dbwright.collect.words.phrases import said_type
from dbwright.collect.words.resolve import PRONOUNS
from dbwright.collect.words.tokens import Kind, Token
from dbwright.collect.words.verbs import ALL_VERBS

Check = Callable[[Draft, Sequence[Token]], bool]
Restatement = list[list[Token]]

_WE = "we|i|you|they|the_app|the_system|the_database|the_shop|the_company|people|one"
_KEEP = (
    "store|keep|need|record|track|save|have|know|hold|want|stores|keeps|records|tracks|saves|"
    "want_to_store|want_to_keep|want_to_track|need_to_store|need_to_keep|need_to_know|"
    "want_to_know|need_to_track|should_store|should_keep|must_store|must_keep|log|note|collect|"
    "want_to_record|need_to_record|remember|write_down|register"
)
_KEPT = (
    "recorded|logged|kept|stored|tracked|saved|noted|registered|documented|added|captured|"
    "created|written|entered|made|taken|collected"
)


def _thing(draft: Draft, words: Sequence[Token]) -> bool:
    """Whether words name a thing, or could: a plural that is no attribute, a name of a class."""
    plain = [t for t in words if t.low not in DETERMINERS]
    if not plain or len(plain) > 3 or not all(t.is_name for t in plain):
        return False
    if draft.is_thing(plain):
        return True
    known = draft.find(plain)
    if known is not None and known[1]:
        return False
    return not is_attribute_noun(plain) and (
        is_plural(plain[-1].low) or plain[-1].text[:1].isupper()
    )


def _known(draft: Draft, words: Sequence[Token]) -> bool:
    """Whether words name a thing of the request, or stand for the one spoken of."""
    plain = [t for t in words if t.low not in DETERMINERS]
    if not plain:
        return bool(words) and bool(draft.last)
    if all(t.low in PRONOUNS for t in plain):
        return bool(draft.last)
    return draft.is_thing(plain)


def _noun(draft: Draft, words: Sequence[Token]) -> bool:
    """Whether words can be a noun that is not known yet: `a scan`, `assignment`."""
    plain = [t for t in words if t.low not in DETERMINERS]
    return 0 < len(plain) < 4 and all(t.kind == "word" and t.low not in _NO_NOUN for t in plain)


_NO_NOUN = {"and", "or", "of", "to", "by", "with", "in", "on", "at", "for", "is", "are", "not",
    "never", "only", "can", "must", "who", "which", "that", "if", "when", "we", "it"}  # fmt: skip


def _rows(draft: Draft, words: Sequence[Token]) -> bool:
    """Whether words name several of a kind: `rental contracts`."""
    return _noun(draft, words) and is_plural(words[-1].low) and not is_attribute_noun(words)


def _done(draft: Draft, words: Sequence[Token]) -> bool:
    """Whether words are a verb of what comes to pass: `starts`, `was measured`."""
    last = words[-1].low
    return (
        len(words) < 3
        and words[0].low not in DETERMINERS
        and (bool(FINAL_PARTICIPLE.match(last)) or last.endswith("s") or verb_of(last) in ALL_VERBS)
    )


def _type(draft: Draft, words: Sequence[Token]) -> bool:
    """Whether a type starts there: `whole number between 1 and 6`."""
    return said_type(words, 0) is not None


_CHECKS: dict[str, Check] = {
    "thing": _thing,
    "known": _known,
    "noun": _noun,
    "rows": _rows,
    "done": _done,
    "type": _type,
}

_FORMS: tuple[tuple[str, str, dict[str, str]], ...] = (
    # what there is of each
    (
        "there is|are|will_be {things} with|that_have|which_have|who_have|having|that_has|"
        "which_has {list*}",
        "{things} have {list}",
        {"things": "noun"},
    ),
    (
        f"for|of|about|per|with each|every|a|any|all? {{thing}} ,? {_WE} also|only|just? {_KEEP} "
        ":? {list*}",
        "{thing} has {list}",
        {"thing": "thing"},
    ),
    (
        f"{_WE} also|only|just? {_KEEP} {{list}} for|of|about|per each|every|a|an|any|all|the? "
        "{thing}",
        "{thing} has {list}",
        {"thing": "thing", "list": "list"},
    ),
    (
        f"{_WE} also|only|just? {_KEEP} their|its|his|her {{list*}}",
        "it has {list}",
        {},
    ),
    (
        "for|in|within|to|at|on each|every|one|any {thing} ,? there is|are|may_be|can_be|exists|"
        "exist {list*}",
        "{thing} has {list}",
        {"thing": "noun"},
    ),
    (
        "there is|are {list} for|in|per|on|within each|every {thing}",
        "{thing} has {list}",
        {"thing": "thing"},
    ),
    # what is written down of something
    (
        "{row} is|are|get|gets also|always? " + _KEPT + " per|for|on|of|to|in|against|under "
        "each|every|a|an|one|the? {thing} ,? with|together_with|along_with|including {list*}",
        "{row} belong to {thing} ; {row} have {list}",
        {"row": "noun", "thing": "known"},
    ),
    (
        "{row} is|are|get|gets also|always? " + _KEPT + " per|for_each|for_every|for|against "
        "{thing}",
        "{row} belong to {thing}",
        {"row": "noun", "thing": "known"},
    ),
    (
        "{row} of|for|on|in|to a|an|the|each|every {thing} is|are|get|gets also|always? "
        + _KEPT + " with|together_with|along_with {list*}",
        "{row} belong to {thing} ; {row} have {list}",
        {"row": "noun", "thing": "known"},
    ),
    (
        "for|per each|every {thing} ,? a|an|one {row} of|for|on|to a|an|the {other} is|gets "
        + _KEPT,
        "{row} belong to {thing} ; {row} belong to {other}",
        {"row": "noun", "thing": "known", "other": "known"},
    ),
    (
        "for|per each|every {thing} ,? a|an|one|several|many {row} is|are|gets|get " + _KEPT
        + " [with|together_with {list*}]",
        "{row} belong to {thing} ; {row} have {list?}",
        {"row": "noun", "thing": "known"},
    ),
    (
        f"i|we also? {_KEEP} {{row}} on|for|per|of|against|to a|an|the|each|every|one {{thing}} "
        ":|with|, with? {list*}",
        "{row} belong to {thing} ; {row} have {list}",
        {"row": "noun", "thing": "known"},
    ),
    (
        "each|every {row} is|are " + _KEPT + " with|together_with|along_with {list*}",
        "{row} has {list}",
        {"row": "noun"},
    ),
    (
        "{row} is|are|get|gets always? " + _KEPT + " with|together_with|along_with {list*}",
        "{row} have {list}",
        {"row": "known"},
    ),
    (
        "{row} say|says|tell|tells|state|states|show|shows|note|notes {list*}",
        "{row} has {list}",
        {"row": "known"},
    ),
    # what stands between two
    (
        "{rows} between a|an|the? {one} and a|an|the? {other} ,|:? with|having|: {list*}",
        "{rows} belong to {one} ; {rows} belong to {other} ; {rows} have {list}",
        {"rows": "rows", "one": "thing", "other": "thing"},
    ),
    (
        "{rows} between a|an|the? {one} and a|an|the? {other}",
        "{rows} belong to {one} ; {rows} belong to {other}",
        {"rows": "rows", "one": "thing", "other": "thing"},
    ),
    (
        "{rows} is|are numbered per|within|for_each|in_each {owner*}",
        "{rows} have number unique per {owner}",
        {"rows": "noun"},
    ),
    (
        "let|allow|allows|enable {who} to? {rest*}",
        "{who} can {rest}",
        {"who": "thing"},
    ),
    # what goes from one to another, and who does what
    (
        "{rows} go|goes|lead|leads|run|runs|move|moves|point|points|is|are made? from one|a|an "
        "{thing} to another|another_one|a_different_one|the_other|one|a ,|and? "
        "with|having {list*}",
        "{rows} have from {thing} , to {thing} , {list}",
        {"rows": "rows", "thing": "noun"},
    ),
    (
        "{row} says|tells|records|shows|states|stores|notes which {one} "
        "does|do|did|has|makes|takes|gets|made|took|got|uses|used which|what {other} "
        "in|on|at which {time*}",
        "{row} belongs to {one} ; {row} belongs to {other} ; {row} has {time}",
        {"row": "noun", "one": "known", "other": "known"},
    ),
    (
        "{row} says|tells|records|shows|states|stores|notes which {one} "
        "does|do|did|has|makes|takes|gets|made|took|got|uses|used|belongs_to which|what {other*}",
        "{row} belongs to {one} ; {row} belongs to {other}",
        {"row": "noun", "one": "known", "other": "known"},
    ),
    (
        "{name} is|are a list|series|collection|set|sequence of {rows*}",
        "it has many {rows}",
        {"rows": "rows"},
    ),
    (
        "during|in|at|on|for a|an|each|every {one} several|many|multiple|some {other} "
        "can_be|may_be|are|get|can_get {verb}",
        "{one} have many {other} ; {other} have many {one}",
        {"one": "known", "other": "thing"},
    ),
    (
        "the? same? {name} <may> be used|exist|appear|occur|be|be_registered "
        "in|within different|several|multiple|other {owner} but|and|, not|never twice in|within "
        "one|the_same|each [{more*}]",
        "{name} must be unique within {owner}",
        {"owner": "known"},
    ),
    # one after the other; `then` says nothing by itself
    (
        "{rows} is|are {one} first ,|and {two} ,|and {three*}",
        "{rows} goes from {one} to {two} to {three}",
        {"rows": "known"},
    ),
    (
        "{rows} starts|start|begins|begin as|in? {one} ,|and later? "
        "becomes|turns_into|goes_to|moves_to {two} ,|and {three*}",
        "{rows} goes from {one} to {two} to {three}",
        {"rows": "known"},
    ),
    (
        "{rows} is|are first {one} ,|and {two} ,|and {three*}",
        "{rows} goes from {one} to {two} to {three}",
        {"rows": "known"},
    ),
    # when something is done
    (
        "{thing} {verb} at|on a|an|some|the|one? given|certain|specific|later|particular|fixed|"
        "exact|set|agreed? time|point|moment|timestamp|datetime [in time]",
        "{thing} has when it {verb}",
        {"thing": "known", "verb": "done"},
    ),
    (
        "{thing} {verb} on|at a|an|some|the|one? given|certain|specific|later|particular|fixed? "
        "date|day",
        "{thing} has date when it {verb}",
        {"thing": "known", "verb": "done"},
    ),
    (
        "{thing} is|was|are|were|gets|get {verb} at|on a|an|some|the|one? "
        "given|certain|specific|later|particular|fixed? time|point|moment|date|day|timestamp by "
        "one|a|an|exactly_one {who}",
        "{thing} has when it was {verb} ; {thing} is {verb} by one {who}",
        {"thing": "known", "verb": "done"},
    ),
    (
        "{thing} may|can|might be {verb} at|on a|an|some|the|one? "
        "given|certain|specific|later|particular|fixed? time|point|moment|date|day|timestamp",
        "{thing} has optional when it was {verb}",
        {"thing": "known", "verb": "done"},
    ),
    (
        "{row} <may> be put|placed|booked|entered|listed|shown|billed|charged on|in|onto|into|to "
        "a|an|one|at_most_one|exactly_one {thing*}",
        "{row} optionally belongs to {thing}",
        {"row": "known", "thing": "known"},
    ),
    (
        "{row} may_not|might_not have|belong_to|be_assigned_to a|an {thing} yet|at_first|initially",
        "{row} optionally belongs to {thing}",
        {"row": "known", "thing": "known"},
    ),
    (
        "{thing} is a|an? {value*}",
        "{thing} has value : {value}",
        {"thing": "known", "value": "type"},
    ),
    # what people do with things
    (
        "{who} <may>? also? mark|save|add|star|mark {what} as|to|among a|an|their|the|her|his? "
        "favorite|favorites|favourite|favourites|wishlist|watchlist|bookmark|bookmarks",
        "{who} can favorite many {what}",
        {"who": "known", "what": "known"},
    ),
    (
        "{what} is|are made|placed|opened|created|done by one|a|an|exactly_one {who} for|on "
        "one|a|an|exactly_one {other} ,? from a|an|its? {start} to|until|till a|an|its? {end*}",
        "{what} belongs to {who} ; {what} belongs to {other} ; {what} has {start} and {end}",
        {"what": "known", "who": "known", "other": "known"},
    ),
    (
        "{what} is|are made|placed|opened|created|done by one|a|an|exactly_one {who} for|on|in|at "
        "one|a|an|exactly_one {other*}",
        "{what} belongs to {who} ; {what} belongs to {other}",
        {"what": "known", "who": "known", "other": "known"},
    ),
    (
        "{what} is|are|has_been given|awarded|issued|assigned|sent to one|a|an|exactly_one {who} "
        "in|for|on one|a|an {other} by one|a|an {by}",
        "{what} belongs to {who} ; {what} belongs to {other} ; {what} belongs to {by}",
        {"what": "known", "who": "known", "other": "known", "by": "known"},
    ),
    (
        "{what} is|are|has_been given|awarded|issued|assigned|sent to one|a|an|exactly_one {who} "
        "by one|a|an {by}",
        "{what} belongs to {who} ; {what} belongs to {by}",
        {"what": "known", "who": "known", "by": "known"},
    ),
    (
        "{row} is|are the? result|outcome|record of {verb} one|a|an|the {one} on|for|with|in|to "
        "one|a|an|the {other*}",
        "{row} belongs to {one} ; {row} belongs to {other}",
        {"row": "noun", "one": "known", "other": "known"},
    ),
)  # fmt: skip


def _compiled() -> list[tuple[Pattern, list[list[str]], dict[str, str]]]:
    found = []
    for notation, template, checks in _FORMS:
        clauses = [part.split() for part in template.split(";")]
        found.append((pattern(notation), clauses, checks))
    return found


_READY = _compiled()


def restated(draft: Draft, tokens: Sequence[Token]) -> Iterator[Restatement]:
    """Gives the clauses that say the same, one way after the other that fits."""
    words = [token.low for token in tokens]
    text, there = joined(words), frozenset(words)
    for form, clauses, checks in _READY:
        slots = form.match(words, text, there)
        if slots is None:
            continue
        found = {name: [tokens[at] for at in places] for name, places in slots.items()}
        if all(_passes(kind, draft, found[name]) for name, kind in checks.items() if name in found):
            said = [_filled(clause, found, tokens[0]) for clause in clauses]
            yield [clause for clause in said if clause]


def _passes(kind: str, draft: Draft, words: Sequence[Token]) -> bool:
    return kind not in _CHECKS or _CHECKS[kind](draft, words)


def _filled(clause: Sequence[str], found: dict[str, list[Token]], near: Token) -> list[Token]:
    """The words of a clause; nothing where a slot that it needs is not there."""
    said: list[Token] = []
    for word in clause:
        if not word.startswith("{"):
            kind: Kind = "word" if word.isalpha() else "sign"
            said.append(Token(word, word, kind, near.line, near.start, near.start))
            continue
        words = found.get(word[1:-1].removesuffix("?"))
        if words is None:
            return []
        said += words
    return said
