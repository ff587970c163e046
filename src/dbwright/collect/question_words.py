"""A question about models in words, read against the project's mappers.

A verb that it knows (`what does Order reference?`) or a set with properties (`which columns of
Order may be NULL?`): every word has to mean something, else the question is not understood.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

from dbwright.collect.change_context import Context, Refused
from dbwright.collect.change_grammar import compiled
from dbwright.collect.question_sets import said_of_sets, unknown
from dbwright.core.answered import Condition, Kind, Question
from dbwright.core.mapping import Mapping

_M = r"(?:an? |the |our |my |each |every )?(?P<m>[\w.]+(?: \w+)?)(?: model| table| class)?"
_B = r"(?:an? |the |our |my )?(?P<b>[\w.]+(?: \w+)?)(?: model| table| class)?"
_WHAT = r"(?:what|which)(?: other| else)?(?: models| tables| classes| columns| fields)?"
_TO = (
    r"(?:referenc\w*|refers? to|points? (?:to|at)|depends? on|links? to|(?:is|are) linked to|"
    r"belongs? to|relates? to|(?:is|are) related to|(?:is|are) connected to)"
)
_GONE = r"(?:is|are|gets?) (?:deleted|removed|dropped)"
VERBS: Sequence[tuple[str, Kind]] = (
    (rf"how (?:is|are) {_M} (?:and|to) {_B} (?:related|connected|linked)", "between"),
    (rf"how (?:is|are) {_M} (?:related|connected|linked) to {_B}", "between"),
    (rf"(?:is|are|do|does) {_M} {_TO} {_B}", "between"),
    (rf"(?:is|are) {_M} (?:related|connected|linked) to {_B}", "between"),
    (rf"(?:is|are) there an? (?:relationship|foreign key|link) (?:between|from) {_M} "
     rf"(?:and|to) {_B}", "between"),
    (rf"(?:what|which|who)\w*(?: models| tables)? (?:do|does) {_M} (?:{_TO}|have (?:foreign keys|"
     r"relationships) to)", "references"),
    (rf"{_WHAT} (?:is|are) {_M} (?:related|connected|linked) to", "references"),
    (rf"(?:what|which) (?:are |is )?(?:the )?(?:foreign keys?|references|relationships?) (?:of|on|"
     rf"in|does|do) {_M}(?: have| has)?", "references"),
    (rf"(?:list|show)(?: me)? (?:the )?(?:foreign keys|references|relationships) (?:of|on|in) {_M}",
     "references"),
    (rf"(?:who|what|which)(?: other| else)?(?: models| tables| classes)? (?:uses?|{_TO}) {_M}",
     "referrers"),
    (rf"(?:where|by what|by which models) is {_M} (?:used|referenced)", "referrers"),
    (rf"is {_M} (?:used|referenced)(?: anywhere| by anything)?", "referrers"),
    (rf"what happens (?:when|if) (?:i delete |we delete )?{_M}(?: {_GONE})?", "deletion"),
    (rf"(?:what|which)(?: rows| tables| models)? (?:else )?(?:{_GONE}|goes|go) (?:together "
     rf"|along )?with {_M}", "deletion"),
    (rf"can (?:i|we|you) delete {_M}", "deletion"),
    (rf"where is {_M} (?:defined|declared|written|kept)", "declaration"),
    (rf"(?:in )?(?:which|what) file (?:is|declares|defines|has) {_M}(?: in)?", "declaration"),
    (rf"(?:what|which)(?: columns| fields| attributes) (?:do|does) {_M} have", "description"),
    (rf"(?:what|which) (?:columns|fields|attributes) (?:are )?(?:there )?(?:in|on|of) {_M}",
     "description"),
    (rf"(?:list|show|give)(?: me)?(?: all)?(?: the)? (?:columns|fields|attributes) (?:of|in|on) "
     rf"{_M}", "description"),
    (rf"(?:describe|show(?: me)?|explain|what(?: is)? (?:in|on)|what is|tell me about|what (?:does|"
     rf"do)) {_M}(?: look like| have| contain| hold| store)?", "description"),
)  # fmt: skip
_LEAD = re.compile(
    r"^(?:please|hi|hello|hey|ok|so|and|now|can you|could you|tell me|do you know"
    r"|i want to know)[\s,]+",
    re.IGNORECASE,
)
_IS = re.compile(
    r"^(?:is|are|can|may|does|do|must)\s+(?:the\s+)?(?P<col>[\w.]+(?:\s+(?:of|on|in)\s+(?:the\s+)?"
    r"\w+|\s+\w+)??)\s+(?P<rest>(?:be|have|has|an?|not|un|required|nullable|unique|indexed|optional"
    r"|mandatory|null|allow|hold|accept)\b.*|unindexed)$",
    re.IGNORECASE,
)
_TYPE_OF = re.compile(
    r"^what(?:'s|\s+is)?\s+(?:the\s+)?(?:(?:data\s+)?type\s+(?:of|is|has|does)\s+)(?:the\s+)?"
    r"(?P<col>[\w.]+(?:\s+(?:of|on|in)\s+(?:the\s+)?\w+)?)(?:\s+have)?$",
    re.IGNORECASE,
)


def read(text: str, mapping: Mapping) -> Question | None:
    """Gives what a question asks of the models of a mapping; None where it is not understood.

    Refused says which model or column is nearly meant, with the words that ask it.
    """
    said = _bare(text)
    context = Context(mapping)
    return _verb(said, context) or _of_column(said, context) or said_of_sets(said, context)


def not_known(text: str, mapping: Mapping) -> str:
    """Gives the first word of a question that means nothing of the models, "" where all do."""
    return unknown(_bare(text), Context(mapping))


def _bare(text: str) -> str:
    """The question without polite words, quotes and its mark."""
    text = re.sub(r"[`'\"’]s\b", "", text)
    text = re.sub(r"[`\"?!]", " ", text).strip(" .,;:")
    while (shorter := _LEAD.sub("", text)) != text:
        text = shorter
    return re.sub(r"[\s,]+(?:please|thanks)$", "", " ".join(text.split()), flags=re.I)


def _verb(said: str, context: Context) -> Question | None:
    near: Refused | None = None
    for form, kind in VERBS:
        match = compiled(form).fullmatch(said)
        if match is None:
            continue
        names = [match["m"], *([match["b"]] if "b" in match.groupdict() else [])]
        if all(context.names.is_model(name) for name in names):
            models = tuple(context.model(name).qualified for name in names)
            asks = "whether" if re.match(r"(?:is|are|do|does|can)\b", said, re.I) else "which"
            return Question(kind, models, asks=asks)  # type: ignore[arg-type]
        wrong = next(name for name in names if not context.names.is_model(name))
        if near is None and context.is_near(wrong):
            near = _asked(context, wrong)
    if near is not None and said_of_sets(said, context) is None:
        raise near
    return None


def _asked(context: Context, name: str) -> Refused:
    try:
        context.model(name)
    except Refused as refused:
        return refused
    raise AssertionError(name)


def _of_column(said: str, context: Context) -> Question | None:
    """`is User.email unique?`, `what type is Order.total?`"""
    typed = _TYPE_OF.match(said) or re.match(r"^what type (?:is|has) (?P<col>[\w.]+)$", said, re.I)
    match = typed or _IS.match(said)
    if match is None:
        return None
    try:
        mapper, attribute = context.column(match["col"])
    except Refused as refused:
        if "." in match["col"] or refused.ways:
            raise
        return None
    found = Question("column", (mapper.qualified,), (), attribute.name)
    if typed:
        return found
    rest = re.sub(r"^(?:be|have|has|allow|hold|accept)\s+", "", match["rest"], flags=re.I)
    asked = said_of_sets(f"which columns are {rest}", context)
    if asked is None or not asked.conditions or asked.models:
        return None
    return replace(found, conditions=asked.conditions, asks="whether")


__all__ = ["Condition", "Refused", "not_known", "read"]
