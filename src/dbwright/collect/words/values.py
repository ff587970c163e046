"""Lists of allowed values, the transitions between them, and single values."""

from __future__ import annotations

from dbwright.collect.words.morphology import snake
from dbwright.collect.words.phrases import qualifier
from dbwright.collect.words.scan import Scan
from dbwright.collect.words.tokens import Token
from dbwright.collect.words.vocabulary import Said
from dbwright.core.brief import Scalar

ONE_OF = (
    "is one of", "one of", "must be one of", "can be one of", "either", "can be either",
    "may be either",
    "can be", "may be", "any of", "can only be", "may only be", "must be either", "is either",
    "allowed values are", "allowed values", "possible values are", "possible values", "values are",
    "with values", "values", "with the values", "with value", "may be one of", "which is either",
    "must be", "should be one of", "could be", "takes the values", "with possible values",
    "choices are", "choices", "with choices", "options", "options are", "one out of", "enum of",
    "the values", "has the values", "is any of", "with allowed values", "of either",
)  # fmt: skip
_NO_VALUES = {
    "null", "empty", "missing", "blank", "changed", "deleted", "unique", "required", "optional",
    "set", "more", "one", "many", "unknown_to", "omitted", "removed", "edited", "updated",
    "positive", "negative", "zero", "greater", "less", "at", "between", "before", "after", "none",
    "nullable", "present", "given", "not", "a", "an", "the", "in", "used", "longer", "nothing",
    "up", "as", "by", "sorted", "equal",
}  # fmt: skip
_BETWEEN = {",", "/", "|", "or", "and", "·"}
_STROKES = _BETWEEN - {","}
"""What stands between values of which two are parted by a stroke."""
_NO_STARTS = {"unique", "required", "greater", "less", "between", "positive", "negative", "null",
    "nullable", "a", "an", "the", "longer", "equal", "from"}  # fmt: skip
_END = {
    ")",
    ";",
    "(",
    ":",
    "—",
    "]",
    "[",
    "which",
    "that",
    "with",
    "where",
    "=",
    "per",
    "unless",
    ".",
}
_MOST_WORDS = 4
_VERBS = {"is", "are", "goes", "go", "can", "must", "may", "moves", "from", "starts"}
"""Words that open no value: `role is owner / admin` has no value `is owner`."""


_SOFT = {"used", "none", "missing", "deleted", "removed", "unknown", "edited", "updated", "zero",
    "positive", "negative", "present", "empty", "blank", "given", "changed", "set", "up",
    "required", "optional", "one", "many", "in"}  # fmt: skip
"""Words that are values where a list of values was announced."""


def value_list(scan: Scan, *, closing: bool = False, announced: bool = False) -> tuple[str, ...]:
    """Reads values up to the one behind `or`, or to where the list ends.

    The walk stays where it was, and nothing is given, where no list of values stands there.
    """
    start = scan.at
    found: list[str] = []
    last, strokes = False, False
    none = _NO_VALUES - _SOFT if announced else _NO_VALUES
    while not scan.done:
        before = scan.at
        if scan.low(1) not in _BETWEEN | _END | {"-", ""}:
            scan.take("the", "a", "an")
        value = _value(scan)
        if value is None or value in none or value.split("_")[0] in _NO_STARTS:
            scan.at = before
            break
        found.append(value)
        if last and not _goes_on(scan):
            break
        separated = False
        back = scan.at
        strokes = strokes or scan.low() in ("/", "|")
        while scan.low() in (_STROKES if strokes else _BETWEEN):
            last = last or (scan.low() in ("or", "and") and not closing)
            separated = True
            scan.at += 1
        if not separated:
            break
        if scan.done or _is_new_item(scan):
            scan.at = back
            break
    if not found or any(value in none for value in found):
        scan.at = start
        return ()
    last_one = scan.tokens[scan.at - 1] if scan.at else None
    graded = found[-1][-1:] == "+"
    if last_one and last_one.low in _BETWEEN and not (last_one.text == "+" and graded):
        scan.at -= 1
    return tuple(dict.fromkeys(found))


def _goes_on(scan: Scan) -> bool:
    return scan.low() in ("or", "/", "|")


def _is_new_item(scan: Scan) -> bool:
    return qualifier(scan.tokens, scan.at) is not None or scan.low() in (
        "default",
        "with",
        "defaults",
    )


def _value(scan: Scan) -> str | None:
    words: list[Token] = []
    if score := _score(scan):
        return score
    if scan.low() in _VERBS and scan.low(1) not in _BETWEEN | _END:
        return None
    while (
        not scan.done
        and len(words) < _MOST_WORDS
        and (scan.now.is_name or scan.now.kind == "number")
        and scan.low() not in _BETWEEN
        and scan.low() not in _END
        and not (
            words and (qualifier(scan.tokens, scan.at) or scan.low() in ("default", "defaults"))
        )
    ):
        words.append(scan.now)
        scan.at += 1
        if words[-1].kind == "quoted":
            break
    return value_name(words) if words else None


def _graded(scan: Scan) -> str:
    """Reads `0-` or `AB+`, written without a space: a value that ends in a sign."""
    value, *signs = scan.tokens[scan.at : scan.at + 3]
    if not signs or signs[0].text not in ("+", "-") or value.kind == "sign":
        return ""
    ends = len(signs) < 2 or signs[1].low in (",", "/", "|", ")", "or")
    if signs[0].start != value.end or not ends:
        return ""
    scan.at += 2
    return value.text + signs[0].text


def _score(scan: Scan) -> str:
    """Reads `1-0` or `1/2`, written without a space, or `*`: a value that is no number."""
    if scan.low() == "*" and scan.now.kind == "sign":
        scan.at += 1
        return "*"
    if graded := _graded(scan):
        return graded
    three = scan.tokens[scan.at : scan.at + 3]
    if (
        len(three) == 3
        and three[0].kind == three[2].kind == "number"
        and three[1].low in ("-", "/")
        and three[0].end == three[1].start
        and three[1].end == three[2].start
    ):
        scan.at += 3
        return "".join(token.text for token in three)
    return ""


def value_name(words: list[Token]) -> str:
    """Gives a value for its words: `past due` is past_due, `USD` stays."""
    if len(words) == 1 and words[0].kind == "quoted":
        return words[0].text[1:-1]
    if all(word.text.isupper() for word in words):
        return "_".join(word.text for word in words)
    return snake(word.low for word in words)


def states(scan: Scan) -> Said | None:
    """Reads `new/paid/shipped`, `sale | return`, or transitions `draft -> sent -> paid | void`."""
    start = scan.at
    steps: list[tuple[str, ...]] = []
    arrows = False
    current: list[str] = []
    while not scan.done:
        value = _value(scan)
        if value is None:
            break
        current.append(value)
        if scan.low() in ("/", "|") or (arrows and scan.low() == "or"):
            scan.at += 1
        elif scan.low() == "->":
            steps.append(tuple(current))
            current, arrows = [], True
            scan.at += 1
        else:
            break
    if current:
        steps.append(tuple(current))
    if not steps or (len(steps) == 1 and len(steps[0]) < 2) or _unlikely(steps):
        scan.at = start
        return None
    values = tuple(dict.fromkeys(value for step in steps for value in step))
    return {"values": values, "transitions": transitions(steps)} if arrows else {"values": values}


def _unlikely(steps: list[tuple[str, ...]]) -> bool:
    values = {value for step in steps for value in step}
    return (
        bool(values & (_NO_VALUES - (_SOFT if len(values) > 2 else set())))
        or all(value.isdigit() for value in values)
        or values
        in (
            {"yes", "no"},
            {"true", "false"},
            {"and", "or"},
        )
    )


def transitions(steps: list[tuple[str, ...]]) -> dict[str, tuple[str, ...]]:
    """Gives what may follow each value where each step may follow the one before it."""
    found: dict[str, tuple[str, ...]] = {}
    for step, following in zip(steps, [*steps[1:], ()], strict=True):
        for value in step:
            found[value] = tuple(dict.fromkeys((*found.get(value, ()), *following)))
    return found


def number_or_scalar(scan: Scan) -> Scalar | None:
    """Reads a number, a quoted text, true or false."""
    if scan.done:
        return None
    token = scan.now
    if token.low in ("true", "false", "yes", "no"):
        scan.at += 1
        return token.low in ("true", "yes")
    if token.kind == "quoted":
        scan.at += 1
        return token.text[1:-1]
    value = scan.number()
    return None if value is None else int(value) if value == int(value) else value


def default_value(scan: Scan) -> Scalar | None:
    """Reads what a default is: a number, true, now, or a word."""
    scan.take("the", "a", "an")
    found = number_or_scalar(scan)
    if found is not None:
        return found
    if scan.done or not scan.now.is_name:
        return None
    if scan.take("now", "current time", "current timestamp", "current_timestamp"):
        if scan.low() == "(" and scan.low(1) == ")":
            scan.at += 2
        return "now"
    if scan.take("today", "current date"):
        return "today"
    return _value(scan)
