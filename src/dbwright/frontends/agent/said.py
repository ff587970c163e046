"""What a text of a model says that can be checked: figures, names, code, claims of proof."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

_NUMBER = re.compile(r"(?<![\w.])[+-]?(?:\d[\d,_ \u00a0]*\d|\d)(?:\.\d+)?(?:[eE][+-]?\d+)?")
_NAME = re.compile(r"[^\W\d]\w*(?:[./-][^\W\d]\w*)*(?:\.\w+)?(?:\(\))?")
_ABBREVIATED = {"e.g", "i.e", "a.k.a", "n.b", "and/or"}
_CAMEL = re.compile(r"[A-Z][a-z0-9]+[A-Z]\w*|[a-z]+[A-Z]\w*")
_VERB = re.compile(
    r"\b(?i:select|insert|update|delete|merge|truncate|create|alter|drop|grant|revoke|reindex"
    r"|vacuum)\b|\b(?:ANALYZE|CLUSTER|EXPLAIN|WITH|SET|RESET|COPY|LOCK|COMMENT|REFRESH|CALL|DO"
    r"|BEGIN|COMMIT|ROLLBACK|NOTIFY|LISTEN|LOAD)\b"
)
"""How statements begin; what is a word of English as well counts in capitals."""
_COUNTED = {
    "zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten",
    "eleven", "twelve", "thirteen", "fourteen", "fifteen", "sixteen", "seventeen", "eighteen",
    "nineteen", "twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety",
    "hundred", "hundreds", "thousand", "thousands", "million", "millions", "billion", "billions",
    "dozen", "dozens", "half", "halves", "third", "quarter", "twice", "double", "doubles",
    "triple", "triples", "tenfold", "hundredfold", "percent",
}  # fmt: skip
_DIGITS = {
    "zero": "0", "one": "1", "two": "2", "three": "3", "four": "4", "five": "5", "six": "6",
    "seven": "7", "eight": "8", "nine": "9", "ten": "10", "eleven": "11", "twelve": "12",
}  # fmt: skip
_UNITS = {"one", "percent"}
"""Words that say no figure of their own: "one of them", "41 percent"."""
_VERIFIED = {
    "verified", "verify", "verifies", "proved", "proven", "proves", "proof", "prove", "guaranteed",
    "guarantees", "guarantee", "certified", "confirmed", "confirms",
}  # fmt: skip
_OBSERVED = {
    "observed", "measured", "tested", "tried", "seen", "benchmarked", "ran", "rehearsed",
    "executed", "measurement", "measurements",
}  # fmt: skip
_CLAIMING = _VERIFIED | _OBSERVED | {"is", "was", "it", "this", "that", "has", "been", "and", "on"}
_TURNING = {
    "no", "not", "none", "nothing", "never", "neither", "nor", "without", "cannot", "nobody",
    "always", "every", "all", "any", "only", "impossible", "unnecessary", "needless", "safe",
    "safely", "unsafe", "harmless", "fine", "ok", "okay", "well", "clean", "correct", "secure",
    "instant", "instantly", "free", "t",
}  # fmt: skip
"""Words that turn a sentence round, make it hold of all, or give the all-clear; "t" is of don't."""


@dataclass(frozen=True, slots=True)
class Said:
    """The parts of one statement. `level` is the proof that it lays claim to, "" for none.

    `turning` are the words in it that turn a meaning round; `sentences` those that claim a proof,
    as their words without the claim.
    """

    numbers: tuple[str, ...] = ()
    names: tuple[str, ...] = ()
    code: tuple[str, ...] = ()
    level: str = ""
    words: frozenset[str] = field(default=frozenset())
    turning: tuple[str, ...] = ()
    sentences: tuple[str, ...] = ()


def said(text: str) -> Said:
    """Gives the parts of a text in Markdown.

    >>> said("`orders` is read whole: 8,200 rows, verified").numbers
    ('8200',)
    """
    prose, code = _apart(text)
    short = [each for each in code if _NAME.fullmatch(each)]
    long = [each for each in code if each not in short and not plain_number(each)]
    words = frozenset(re.findall(r"[^\W\d_]+", prose.casefold()))
    numbers = [*numbers_of(prose), *(n for each in code for n in numbers_of(each))]
    numbers += sorted(words & _COUNTED - _UNITS)
    level = "verified" if words & _VERIFIED else "observed" if words & _OBSERVED else ""
    names = [*short, *_names(prose)]
    return Said(
        tuple(dict.fromkeys(numbers)),
        tuple(dict.fromkeys(name.removesuffix("()") for name in names)),
        tuple(dict.fromkeys([*long, *sql_in(prose)])),
        level,
        words,
        tuple(sorted(words & _TURNING)),
        tuple(_claims(prose)),
    )


def _claims(prose: str) -> Iterator[str]:
    """Yields the words of each sentence that lays claim to a proof, the claim left out."""
    for sentence in re.split(r"[.!?\n]+(?:\s|$)", prose):
        words = re.findall(r"\w+", sentence.casefold())
        if set(words) & (_VERIFIED | _OBSERVED):
            yield " ".join(word for word in words if word not in _CLAIMING)


def _apart(text: str) -> tuple[str, list[str]]:
    """The prose of Markdown, and its pieces of code."""
    from markdown_it import MarkdownIt

    prose: list[str] = []
    code: list[str] = []
    for block in MarkdownIt("commonmark").parse(text):
        if block.type in ("fence", "code_block"):
            code.append(block.content.strip())
        for token in block.children or ():
            if token.type == "code_inline":
                code.append(token.content.strip())
            elif token.type in ("text", "html_inline"):
                prose.append(token.content)
            elif token.type in ("softbreak", "hardbreak"):
                prose.append("\n")
            for value in token.attrs.values():
                prose.append(f" {value} ")
        prose.append(f"\n{block.content}" if block.type == "html_block" else "\n")
    return "".join(prose), [each for each in code if each]


def plain_number(text: str) -> bool:
    """Whether a text is a figure and no more."""
    return _NUMBER.fullmatch(text) is not None


def numbers_of(text: str) -> Iterator[str]:
    """Yields the figures of a text in one spelling: 8,200 and 8200.0 are 8200."""
    for match in _NUMBER.finditer(text):
        yield spelled(match[0])


def spelled(number: str) -> str:
    """Gives a figure in its one spelling."""
    plain = re.sub(r"[,_ \u00a0+]", "", number)
    try:
        value = float(plain)
    except ValueError:
        return plain
    return str(int(value)) if value.is_integer() and abs(value) < 1e15 else repr(value)


def figures_in(texts: Sequence[str]) -> set[str]:
    """Gives the figures that texts hold, in digits and in words."""
    found = {number for text in texts for number in numbers_of(text)}
    found |= {number.lstrip("-") for number in found}
    for text in texts:
        found |= {word for word in re.findall(r"[a-z]+", text.casefold()) if word in _COUNTED}
        # digits within names (ix_orders_2024), and the major version of a server
        found |= set(re.findall(r"(?<=[A-Za-z_])\d+(?![\w.])", text))
        found |= set(re.findall(r"(?:PostgreSQL|MariaDB|MySQL|SQLite|SQLAlchemy) (\d+)", text))
    return found | {word for word, digits in _DIGITS.items() if digits in found}


def _names(prose: str) -> Iterator[str]:
    """Words that are no words of English: with underscores, dots, slashes, humps, or calls."""
    for match in _NAME.finditer(prose):
        word = match[0]
        inner = word.rstrip(".")
        if inner in _ABBREVIATED:
            continue
        called = prose[match.end() : match.end() + 1] == "("
        if called or any(sign in inner for sign in "_/.(") or _CAMEL.fullmatch(inner):
            yield inner


def sql_in(prose: str) -> Iterator[str]:
    """Yields what of a text is a statement of SQL, though nothing marks it as code."""
    from dbwright.dialects.postgresql import statements

    end = 0
    for match in _VERB.finditer(prose):
        if match.start() < end:
            continue
        rest = re.split(r"[;\n]|\. |: ", prose[match.start() :], maxsplit=1)[0]
        words = rest.split()
        for count in range(min(len(words), 60), 1, -1):
            text = " ".join(words[:count]).rstrip(".,!?")
            if statements.fault(text) is None:
                yield text
                end = match.start() + len(text)
                break
