"""A request cut into its clauses, each with the line that it stands on."""

from __future__ import annotations

import re
from collections.abc import Iterator

VERBS = (
    "add|create|introduce|include|remove|drop|delete|rename|make|mark|change|convert|alter|turn"
    "|index|store|track|record|save|keep|link|connect|set|widen|log"
)
_POLITE = re.compile(
    r"^(?:in\s+[\w./-]+\.py[\s,:]+|(?:please|hi|hello|hey|kindly|ok|okay|now|then|also|next|finally|first|and|but)[\s,]+"
    r"|(?:can|could|would|will)\s+(?:you|we)\s+(?:please\s+)?(?:help\s+(?:me|us)\s+(?:to\s+)?)?"
    r"|(?:i|we)(?:['’]d|\s+would)\s+like\s+(?:you\s+)?to\s+"
    r"|(?:i|we)\s+(?:need|want|have|should|must|are\s+going|plan)\s+(?:you\s+)?(?:to\s+)?"
    rf"(?=(?:also\s+)?(?:{VERBS}|be)\b)|let(?:['’]s|\s+us)\s+|help\s+(?:me|us)\s+(?:to\s+)?"
    r"|(?:there\s+)?(?:should|must)\s+be\s+(?=an?\s+index))",
    re.IGNORECASE,
)
_BULLET = re.compile(r"^\s*(?:[-*•–]|\d+[.)])\s+")
_NEXT = re.compile(
    rf"(?:\s*;\s*|\s*,?\s+(?:and|then|and\s+then|and\s+also)\s+(?=(?:{VERBS})\s)"
    r"|\s*[,:;]\s+(?=(?:please|(?:can|could|would|will)\s+you)\s+(?:please\s+|also\s+)?"
    rf"(?:{VERBS})\s)"
    rf"|\s*[,:;]?\s+\(?\d[.)]\s+(?=(?:{VERBS})\s)|\s*[,:]\s+(?=(?:{VERBS})\s)|[.!?]\s+(?=\S)|\s*,?\s+but\s+)",
    re.IGNORECASE,
)


def clauses(text: str) -> Iterator[tuple[str, int]]:
    """Yields each clause without polite words, and the number of its line.

    >>> list(clauses("Please add a phone to User and rename Order.buyer to customer."))
    [('add a phone to User', 1), ('rename Order.buyer to customer', 1)]
    """
    for number, line in enumerate(text.splitlines(), 1):
        line = _BULLET.sub("", line).strip()
        for part in _parts(line):
            clause = polite(part)
            if clause:
                yield clause, number


def polite(text: str) -> str:
    """Gives a clause without the polite words before and behind it."""
    text = text.strip(" \t.,;:!?")
    while (shorter := _POLITE.sub("", text)) != text:
        text = shorter.strip()
    return re.sub(r"[\s,]+(?:please|thanks|thank\s+you)$", "", text, flags=re.I).strip()


def _parts(line: str) -> Iterator[str]:
    """The parts of a line; what stands in brackets or quotes is not cut."""
    start = at = depth = 0
    while at < len(line):
        depth += {"(": 1, "[": 1, ")": -1, "]": -1}.get(line[at], 0)
        match = _NEXT.match(line, at) if depth <= 0 else None
        if match and match.end() > at and at > start:
            yield line[start:at]
            start = at = match.end()
            continue
        at += 1
    yield line[start:]
