"""The words of a request in note form: where nouns end, where parts start, what is a rule."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from dbwright.collect.words.asking import MODELS
from dbwright.collect.words.draft import DETERMINERS, spelled
from dbwright.collect.words.headings import NO_NAMES, is_attribute_noun
from dbwright.collect.words.morphology import FINAL_PARTICIPLE, is_plural, noun_key
from dbwright.collect.words.phrases import PREPOSITIONS
from dbwright.collect.words.tokens import Kind, Token
from dbwright.collect.words.verbs import FINITE, HAVE, MODALS, NOUNS_TOO
from dbwright.collect.words.vocabulary import FILLERS

CUTS = {",", ";", "and", "plus", "->"}
OF = {"of", "per", "for", "in", "on", "at", "by", "from", "to", "between", "about", "against"}
CHAIN = {"of", "per", "for", "in", "on", "by", "at", "against", "about"}
ONE = {"a", "an", "each", "every", "one", "the"}
MOMENTS = {"time": "time", "date": "date", "day": "date", "moment": "time", "slot": "time"}
NO_HEADS = (
    NO_NAMES | (FINITE - NOUNS_TOO) | MODALS | DETERMINERS | FILLERS | (PREPOSITIONS - {"like"})
    | {"yes", "between", "several", "many", "lots", "some", "more", "less", "optional", "unique",
       "it", "they", "you", "than", "least", "most", "there", "what", "how", "where", "who", "all",
       "none", "hours", "minutes", "days", "weeks", "months", "years", "rows", "records", "two",
       "three", "values", "million", "thousand", "never", "always", "every", "each", "default"}
)  # fmt: skip
MOST_WORDS = 3
TITLE = 6
AT = {"at", "on", "by", "to", "from"}
LEADING = {"need", "want", "we", "i", "please", "pls", "some", "add", "create", "make", "also",
    "would", "like", "just", "have", "give", "me", "us", "store", "track", "keep",
    "to"}  # fmt: skip
ONLY = {"just", "one", "only", "single", "simple", "small", "a", "the", "called", "named"}
FOR = {"for", "of", "and"}
NO_TITLES = (FINITE - NOUNS_TOO) | (PREPOSITIONS - FOR) | {"with", "we", "i", "multi-tenant"}


def done_in(listed: Sequence[Token]) -> tuple[list[Sequence[Token]], list[Token]]:
    """Items of a list that say by whom or where something was done, and the other items."""
    found: list[Sequence[Token]] = []
    kept: list[Token] = []
    for item in items(listed):
        lead = item[1:] if item and item[0].low == "," else item
        if lead and (is_rule(lead) or _is_done(lead)):
            found.append(lead)
        else:
            kept += item
    return found, kept[1:] if kept and kept[0].low == "," else kept


ASIDE = {"(", ")", "lots", "plenty", "of", "them", "many"}
KEEPING = {"keep", "kept", "throw", "drop", "delete", "purge", "remove", "clear", "discard"}
UNITS = {"month", "day", "week", "year", "hour", "minute", "days", "weeks", "months", "years"}


def is_rule(item: Sequence[Token]) -> bool:
    """Whether an item says how many rows come, or how long they stay."""
    words = {token.low for token in item}
    counted = any(t.kind == "number" for t in item) and words & {"a", "per", "each", "every", "/"}
    return bool(words & UNITS) and bool(counted or item[0].low in KEEPING)


def _is_done(lead: Sequence[Token]) -> bool:
    return (
        len(lead) > 2
        and bool(FINAL_PARTICIPLE.match(lead[0].low))
        and (lead[1].low == "by" or (lead[1].low in OF and lead[2].low in ONE))
        and lead[2].is_name
        and lead[2].low != "default"
    )


def items(tokens: Sequence[Token]) -> list[list[Token]]:
    """The items of a list, each with the comma before it."""
    found: list[list[Token]] = [[]]
    depth = 0
    for token in tokens:
        depth += {"(": 1, ")": -1}.get(token.low, 0) if token.kind == "sign" else 0
        if token.low == "," and not depth:
            found.append([])
        found[-1].append(token)
    return found


def owned(tokens: Sequence[Token]) -> Iterator[str]:
    """Things by how they are spoken of: `its own notes and tags`, `answers, of which one is`."""
    for at, token in enumerate(tokens):
        if token.low == "own" and at and tokens[at - 1].low in ("its", "their", "his", "her"):
            while at + 1 < len(tokens) and tokens[at].low in ("own", "and", ","):
                end = noun_end(tokens, at + 1, plural=True)
                if end == at + 1:
                    break
                yield noun_key([spelled(t) for t in tokens[at + 1 : end]])
                at = end
        which = [t.low for t in tokens[at : at + 2]] == ["of", "which"]
        if which and at > 1:
            last = at - 1 - (tokens[at - 1].low == ",")
            if is_plural(tokens[last].low) and tokens[last].is_name:
                yield noun_key([spelled(tokens[last])])


def singles(tokens: Sequence[Token]) -> set[str]:
    """The nouns of which one is spoken of: `of a hive`, `per pet`, `each donation of`."""
    found: set[str] = set()
    for at, token in enumerate(tokens[:-1]):
        if token.low not in {"a", "an", "each", "every", "one", "per", "another", "same"}:
            continue
        at += 1 + (tokens[at + 1].low in DETERMINERS)
        end = noun_end(tokens, at, plural=False)
        words = tokens[at:end]
        if words and not is_plural(words[-1].low) and not is_attribute_noun(words):
            found.add(noun_key([spelled(t) for t in words]))
    return found


def heads(tokens: Sequence[Token]) -> Iterator[int]:
    """Where a part may start: at the front, and behind a joint outside of parentheses."""
    depth, joint = 0, True
    for at, token in enumerate(tokens):
        if token.kind == "sign" and token.low in "()":
            depth += 1 if token.low == "(" else -1
        if joint and token.low not in CUTS | FILLERS:
            yield at
        joint = not depth and (token.low in CUTS or (joint and token.low in FILLERS))


def noun_end(tokens: Sequence[Token], at: int, *, plural: bool) -> int:
    """Where the noun ends that starts there; `plural` where it must be several of a kind."""
    start = at
    while at < len(tokens) and at - start < MOST_WORDS:
        token = tokens[at]
        if not token.is_name or token.low in NO_HEADS or token.low in HAVE - NOUNS_TOO:
            break
        if at > start and not plural and is_verb(token, tokens[at + 1 : at + 2]):
            break
        at += 1
        if plural and is_plural(token.low) and not (at - start < 2 and is_compound(tokens, at)):
            return at
    return start if plural else at


def is_verb(token: Token, behind: Sequence[Token]) -> bool:
    """Whether words say so there."""
    following = behind[0].low if behind else ""
    return token.low.endswith("s") and (following in DETERMINERS or following in PREPOSITIONS)


def is_compound(tokens: Sequence[Token], at: int) -> bool:
    """`goods receipts`: a plural that only says of which kind the next one is."""
    behind = tokens[at : at + 2]
    return len(behind) == 2 and is_plural(behind[0].low) and behind[1].low in ("(", "with", ":")


def is_colon(tokens: Sequence[Token], at: int) -> bool:
    """Whether a colon or a dash with spaces stands there."""
    token = tokens[at]
    if token.low in (":", "—"):
        return True
    return token.low == "-" and 0 < at < len(tokens) - 1 and token.start > tokens[at - 1].end


def asks(tokens: Sequence[Token]) -> bool:
    """Whether models are asked for there: `create tables for`."""
    words = {token.low for token in tokens}
    return bool(words & (MODELS | {"we", "i", "create", "design", "build", "need", "want", "make"}))


def names(tokens: Sequence[Token]) -> bool:
    """Whether anything is named there."""
    return any(t.is_name and t.low not in FILLERS | CUTS for t in tokens)


def points(tokens: Sequence[Token], at: int) -> bool:
    """Whether one of a kind is spoken of there: `on a field`, no `opens at`."""
    return at < len(tokens) and (tokens[at].low in DETERMINERS or is_plural(tokens[at].low))


def trimmed(tokens: Sequence[Token]) -> Sequence[Token]:
    """The tokens without joints at their end."""
    end = len(tokens)
    while end > 1 and tokens[end - 1].low in CUTS:
        end -= 1
    return tokens[:end]


def word(low: str, near: Token) -> Token:
    """A word that stands for what is said near it."""
    return _near(low, "word", near)


def mark(low: str, near: Token) -> Token:
    """A sign that stands for what is said near it."""
    return _near(low, "sign", near)


def _near(low: str, kind: Kind, near: Token) -> Token:
    return Token(low, low, kind, near.line, near.start, near.end)
