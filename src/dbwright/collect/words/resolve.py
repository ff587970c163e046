"""What a noun phrase means in a request: an entity, an attribute of one, rows in a state."""

from __future__ import annotations

from collections.abc import Sequence

from dbwright.collect.words.clause import Clause
from dbwright.collect.words.draft import DETERMINERS, Draft, attribute_name, naming, spelled
from dbwright.collect.words.morphology import noun_key, plural, singular, verb_of
from dbwright.collect.words.tokens import Token
from dbwright.collect.words.verbs import MODALS
from dbwright.collect.words.vocabulary import NAME_TYPES
from dbwright.core.brief import Where

PRONOUNS = {"it", "they", "each", "this", "these", "which", "who", "that", "those", "them", "one",
    "its",
            "their", "every", "he", "she"}  # fmt: skip
_MOST_WORDS = 4
_NO_SUBJECTS = {"of", "'s", "we", "i", "you", "and", "not", "it", "they", "make", "let", "use",
    "add", "do", "this",
                "please", "keep", "when", "if", "or", "with", "in", "for", "by", "on",
                "there"}  # fmt: skip
_NO_NOUNS = MODALS | {
    "not",
    "never",
    "be",
    "is",
    "are",
    "has",
    "have",
    "must",
    "no",
    "we",
    "when",
    "if",
}


def subject(clause: Clause, draft: Draft, tokens: Sequence[Token], *, new: bool = True) -> str:
    """Gives the key of the entity that a noun phrase names, "" for none.

    Nothing, or a pronoun, is what was spoken of last. Words before a known name are told as
    unused. With `new`, a noun that is not known yet is taken for a new entity.
    """
    words = [token for token in tokens if token.low not in ("of", "the", "optionally")]
    if not words or all(token.low in PRONOUNS or not token.is_name for token in words):
        return clause.subject or draft.last
    found = draft.find(words)
    if found is not None:
        clause.unread(found[1])
        return found[0]
    named = naming(words)
    if (
        not new
        or not named
        or len(named) > _MOST_WORDS
        or any(not token.is_name for token in named)
    ):
        return ""
    if any(token.low in _NO_SUBJECTS for token in named):
        return ""
    return draft.named(named)


def match_name(names: Sequence[str], wanted: str) -> str:
    """Gives the one of the names that is meant, "" where none or several could be.

    >>> match_name(["starts_at", "ends_at"], "start"), match_name(["unit_price"], "price")
    ('starts_at', 'unit_price')
    """
    if wanted in names:
        return wanted
    words = wanted.split("_")
    forms = {
        wanted,
        "_".join([*words[:-1], singular(words[-1])]),
        "_".join([*words[:-1], plural(words[-1])]),
        wanted.removesuffix("_date"),
        wanted.removesuffix("_time"),
        wanted.replace("_", ""),
        "is_" + wanted,
    }
    for form in forms:
        if form in names:
            return form
    stem = verb_of(words[0])
    timed = [
        n
        for n in names
        if n.rpartition("_")[2] in ("at", "on", "date", "time", "day")
        and (n.rpartition("_")[0] in forms or verb_of(n.split("_")[0]) == stem)
    ]
    if len(timed) == 1:
        return timed[0]
    one = "_".join([*words[:-1], singular(words[-1])])
    within = [n for n in names if f"_{wanted}_" in f"_{n}_" or f"_{one}_" in f"_{n}_"]
    return within[0] if len(within) == 1 else ""


def attribute(
    clause: Clause, draft: Draft, tokens: Sequence[Token], *, new: bool = False, context: str = ""
) -> tuple[str, str] | None:
    """Gives the entity and the attribute (or role) that a noun phrase names, None for none.

    `the status of an order`, `an order's status`, `order status`, `its status`, `status`.
    """
    words = [token for token in tokens if token.low not in ("both",)]
    while words and words[0].low in DETERMINERS:
        words = words[1:]
    if not words or len(words) > 8 or any(token.low in _NO_NOUNS for token in words):
        return None
    owned = _owned(draft, words)
    if owned is not None:
        entity, rest = owned
        return _in(draft, entity, rest, new)
    here = context or clause.subject or draft.last
    name = attribute_name(naming(words))
    if here and (found := match_name(_all(draft, here), name)):
        return here, found
    owners = [key for key in draft.keys_of() if match_name(_all(draft, key), name)]
    if len(owners) == 1:
        return owners[0], match_name(_all(draft, owners[0]), name)
    if new and here and not draft.find(words) and _is_name(name):
        return here, name
    return None


def _all(draft: Draft, key: str) -> list[str]:
    return [*draft.attributes_of(key), *draft.roles_of(key)]


def _owned(draft: Draft, words: Sequence[Token]) -> tuple[str, Sequence[Token]] | None:
    lows = [token.low for token in words]
    for sign in ("of", "in", "on", "for"):
        if sign in lows[1:-1]:
            at = lows.index(sign, 1)
            found = _thing(draft, words[at + 1 :])
            if found:
                return found, words[:at]
    if "'s" in lows:
        at = lows.index("'s")
        found = _thing(draft, words[:at])
        return (found, words[at + 1 :]) if found and words[at + 1 :] else None
    for at in range(min(3, len(words) - 1), 0, -1):
        key = draft.alias(noun_key([spelled(token) for token in words[:at]]))
        if key and not draft.alias(noun_key([spelled(token) for token in words])):
            whole = attribute_name(words)
            if whole in draft.attributes_of(key):
                return key, words
            return key, words[at:]
    return None


def _thing(draft: Draft, words: Sequence[Token]) -> str:
    known = draft.find(words)
    if known is not None:
        return "" if known[1] else known[0]
    return draft.named(words) if draft.is_thing(words) else ""


def _in(draft: Draft, entity: str, words: Sequence[Token], new: bool) -> tuple[str, str] | None:
    name = attribute_name(naming(words))
    found = match_name(_all(draft, entity), name)
    if found:
        return entity, found
    one = "_".join([*name.split("_")[:-1], singular(name.split("_")[-1])])
    name = one if one.replace("_", " ") in NAME_TYPES else name
    return (entity, name) if new and _is_name(name) else None


def _is_name(name: str) -> bool:
    words = name.split("_")
    return (
        bool(name)
        and len(words) < 4
        and not set(words) & {"with", "reference", "of", "to", "for", "by", "the", "a"}
    )


_OVER = {
    "open": (
        "closed",
        "completed",
        "finished",
        "accepted",
        "ended",
        "returned",
        "resolved",
        "done",
    ),
    "running": ("ended", "finished", "stopped", "completed"),
    "unfinished": ("ended", "finished", "completed"),
    "ongoing": ("ended", "finished", "completed", "closed"),
    "active": ("ended", "deactivated", "cancelled", "closed", "expired", "revoked"),
    "current": ("ended", "left", "moved_out", "returned"),
    "pending": ("accepted", "answered", "completed", "decided"),
}
"""The moments that end a state: an order is open where closed_at is not set."""


def state(draft: Draft, entity: str, words: Sequence[Token]) -> Where | None:
    """Gives the condition for rows in a state (`active`, `not cancelled`), None for none.

    A word is a value of a value set, the name of a yes or no, or (with not) a moment that is
    not set.
    """
    lows = [token.low for token in words if token.low not in DETERMINERS | {"and", "with"}]
    if not lows:
        return {}
    denied = lows[0] in ("not", "non")
    value = "_".join(lows[denied:])
    for name, values in draft.values_of(entity).items():
        if value in values and not denied:
            return {name: value}
        same = [
            each for each in values if each.replace("-", "_").lower() == value.replace("-", "_")
        ]
        if same and not denied:
            return {name: same[0]}
    names = draft.attributes_of(entity)
    for name in (value, "is_" + value):
        if name in names and NAME_TYPES.get(name.replace("_", " ")) in ("boolean", None):
            return {name: not denied}
    over = next((n for n in names if n.rpartition("_")[0] in _OVER.get(value, ())), "")
    if over and not denied:
        return {over: None}
    opposite = value.removeprefix("un") if value.startswith("un") else value if denied else ""
    if opposite and opposite + "_at" in names:
        return {opposite + "_at": None}
    return None


def split_and(tokens: Sequence[Token], *more: str) -> list[list[Token]]:
    """Gives the parts of a list with commas and `and`."""
    found: list[list[Token]] = [[]]
    for token in tokens:
        if token.low in (",", "and", "or", "plus", "with", *more):
            found.append([])
        else:
            found[-1].append(token)
    return [part for part in found if part]
