"""Attributes that are asked for as a question: `is published`, `has projector yes/no`."""

from __future__ import annotations

import re
from collections.abc import Sequence

from dbwright.collect.words.morphology import FINAL_PARTICIPLE
from dbwright.collect.words.phrases import qualifier
from dbwright.collect.words.tokens import Token
from dbwright.collect.words.vocabulary import NAME_TYPES

_OPENS = {"is", "has", "was", "can", "allows", "accepts", "needs", "requires", "wants"}
_NO_NAMES = {
    "a", "an", "the", "and", "or", "not", "by", "to", "in", "of", "for", "on", "at", "with", "yes",
    "no", "one", "either", "many", "as", "only", "default", "which", "that", "from", "per", "its",
    "their", "be", "been", "bool", "boolean", "true", "false", "flag", "several", "some", "never",
    "always", "at_least", "between", "unique", "optional", "required", "if", "when", "than",
}  # fmt: skip
_LONGEST = 3


def asked(tokens: Sequence[Token], at: int) -> int:
    """How many words there are the name of something that is so or not, 0 for none."""
    if at >= len(tokens) or tokens[at].low not in _OPENS:
        return 0
    end = at + 1
    while (
        end < len(tokens)
        and tokens[end].kind == "word"
        and end - at <= _LONGEST
        and tokens[end].low not in _NO_NAMES
    ):
        end += 1
    if end == at + 1 or (at + 1 < len(tokens) and qualifier(tokens, at + 1)):
        return 0
    rest = [token.low for token in tokens[end : end + 5]]
    if _is_answer(rest):
        return end - at
    alone = tokens[at].low == "is" and end == at + 2 and (not rest or rest[0] in (",", ")", ";"))
    state = tokens[end - 1].low
    known = NAME_TYPES.get(state) == "boolean" or bool(FINAL_PARTICIPLE.match(state))
    return end - at if alone and known else 0


_NOUNS = {"year", "month", "place", "city", "country", "reason", "price", "currency", "street",
    "date", "day", "time"}  # fmt: skip
_WHEN = {"where", "when", "why", "that", "which"}


def done_then(tokens: Sequence[Token], at: int) -> int:
    """`year it was made`, `place where it was found`: where the participle stands, 0 for none."""
    at += at < len(tokens) and tokens[at].low == "the"
    if at >= len(tokens) or tokens[at].low not in _NOUNS:
        return 0
    end = at + 1
    while end < len(tokens) and tokens[end].low in _WHEN | {"in", "for"}:
        end += 1
    lows = [token.low for token in tokens[end : end + 3]]
    if len(lows) < 3 or lows[0] not in ("it", "they", "he", "she"):
        return 0
    if lows[1] not in ("was", "were", "is", "are", "got"):
        return 0
    return end + 2 if _DONE.search(lows[2]) else 0


_DONE = re.compile(r"[a-z]+(?:ed|en|wn|nt|ught|ade|old|aid|rn|und|ilt)$")


def _is_answer(rest: Sequence[str]) -> bool:
    """Whether what follows says that only yes and no are possible."""
    words = [low for low in rest if low not in ("(", ":", ",", "=", "by", "is", "[")]
    if words[:3] in (["yes", "/", "no"], ["y", "/", "n"], ["yes", "or", "no"],
                     ["true", "/", "false"], ["true", "or", "false"]):  # fmt: skip
        return True
    if words[:1] in (["bool"], ["boolean"], ["flag"]):
        return True
    answers = {"yes", "no", "true", "false"}
    if words[:1] == ["default"] or words[:1] == ["defaults"]:
        return bool(set(words[1:3]) & answers)
    return words[:2] in ([answer, "default"] for answer in answers)
