"""Texts around constants: cases, blanks, prefixes, what a pattern matches and just does not."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from dbwright.scratch.adversarial.known import Known, interleaved
from dbwright.scratch.rows_types import Shape

_MARKS = "%_"
_LONGEST_WORDS = 6


def near(shape: Shape, beside: Sequence[Known]) -> list[str]:
    """Gives texts at which comparisons with these constants turn, the nearest first."""
    found = interleaved(list(_around(known.text)) for known in beside)
    return fitting(found, shape)


def plain(shape: Shape) -> list[str]:
    """Gives a few texts that are always good to have: order, case, blanks, the empty one."""
    return fitting(["a", "b", "A", "", "ab", "é", "10", "9", "B", "a b", "ß"], shape)


def edges(shape: Shape) -> list[str]:
    """Gives texts that patterns, blanks and the folding of case stumble over."""
    return fitting([" ", "%", "_", "\\", "a ", " a", "İ", "ss", "ſ", "É", "'", "NULL"], shape)


def fitting(texts: list[str], shape: Shape) -> list[str]:
    """Gives the texts cut to the length of the type: a cast would cut them, an INSERT refuses."""
    most = shape.length if shape.length and shape.family in ("char", "varchar") else None
    found = [text[:most] for text in texts if "\0" not in text]
    return list(dict.fromkeys(found))


def _around(text: str) -> Iterator[str]:
    pattern = any(mark in text for mark in _MARKS)
    if pattern:
        yield from _matching(text)
    yield text
    if pattern:
        return
    for other in (text.upper(), text.lower(), text.swapcase(), text.title()):
        if other != text:
            yield other
    yield from (f"{text} ", f"{text}x", f"x{text}", f" {text}", text[:-1])
    if "-" not in text:
        yield f"{text[:1]}-{text[1:]}"
    words = _words(text)
    if len(words) > 1:
        yield from words[:_LONGEST_WORDS]
        yield " ".join(words)
    else:
        yield from (f"{text}ning", f"the {text}s")
        # one step behind the last character: where a half-open range over a prefix ends
        yield text[:-1] + chr(ord(text[-1]) + 1) if text else "a"
        yield f"{text}\U0010fffd"
    yield f"0{text}" if text.isdigit() else f"{text}é"


def _matching(pattern: str) -> Iterator[str]:
    """Gives texts that a LIKE pattern matches, and some that one of its marks hides."""
    parts = list(_parts(pattern))
    for many, one in (("", "a"), ("x", "_"), ("ning", "b"), ("zz", "1"), ("\U0010fffd", "é")):
        yield "".join(
            many if part == "%" and mark else one if mark else part for part, mark in parts
        )
    bare = "".join(part for part, mark in parts if not mark)
    yield from (bare.swapcase(), bare.upper() + "X", bare.title(), bare[:1] + "-" + bare[1:])
    yield from (f"x{bare}x", bare[:-1], f"{bare} ", bare[:-1] + bare[-1:].swapcase())
    yield from (f"a{bare}b", f"{bare}{bare}", f"a@b{bare}" if "@" in bare else f"{bare}é")
    yield pattern.replace("%", "").replace("_", "a").replace("\\", "")


def _parts(pattern: str) -> Iterator[tuple[str, bool]]:
    """Gives the characters of a pattern, each with whether it is a mark."""
    escaped = False
    for character in pattern:
        if escaped or character not in "%_\\":
            yield character, False
            escaped = False
        elif character == "\\":
            escaped = True
        else:
            yield character, True


def _words(text: str) -> list[str]:
    return "".join(c if c.isalnum() else " " for c in text).split()
