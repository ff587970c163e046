"""The query that is pasted in a request, and what it reads."""

from __future__ import annotations

import itertools
import re

from sqlglot import exp

from dbwright import dialects
from dbwright.core.operation import Other
from dbwright.recipes.queries import tree

STARTS = re.compile(r"\b(select|with|explain)\b", re.IGNORECASE)
LONGEST_TAIL = 20_000
BEHIND = re.compile(
    r"[\s,;.]+(?:and|but|which|because|since|so)\s+(?:it|this|that|the|takes?|is|runs?|i|we)\b"
    r"|[\s,;.]+(?:takes?|is\s+slow|runs?\s+for|needs?)\b",
    re.IGNORECASE,
)
TRIES = 40
"""So many beginnings of a statement are tried in one request."""


def find_query(request: str) -> str | None:
    """Gives the query pasted in a request: the longest text that the grammar takes, or None."""
    parse = dialects.get("postgresql").statements.parse
    for match in itertools.islice(STARTS.finditer(request), TRIES):
        rest = request[match.start() :].split("```")[0]
        if request[: match.start()].count("`") % 2:  # it stands between two marks of code
            rest = rest.partition("`")[0]
        rest = rest.strip().rstrip(";").strip()
        for text in (rest, *_without_words(rest)):
            operations = parse(text)
            unparsed = any(isinstance(o, Other) and o.tag == "unparsed" for o in operations)
            if operations and not unparsed and _has_source(text):
                return text
    return None


def _without_words(text: str) -> list[str]:
    """A statement without the words behind it, which say more of it: `… and it takes 5 s`."""
    head = text[:LONGEST_TAIL]
    ends = [m.start() for m in re.finditer(r"[.?!;]\s+(?=[A-Z])|[?!;]\s*$", head)][-5:][::-1]
    found = BEHIND.search(head)
    ends += [found.start()] if found else []
    return [text[:end].strip().rstrip(";").strip() for end in ends]


def of_query(query: str) -> str:
    """Gives what a statement is and the tables that it reads: one SELECT on orders and users."""
    parsed = tree.parse(query, "postgresql")
    if parsed is None:
        return f"one query ({' '.join(query.split())[:40]}…)"
    own = {cte.alias for cte in parsed.find_all(exp.CTE)}
    names = dict.fromkeys(t.name for t in parsed.find_all(exp.Table) if t.name not in own)
    listed = list(names)
    more = f" and {len(listed) - 4} more" if len(listed) > 4 else ""
    word = {"union": "SELECT", "explain": "query"}.get(parsed.key, parsed.key.upper())
    return f"one {word} on {', '.join(listed[:4])}{more}" if listed else f"one {word}"


def _has_source(text: str) -> bool:
    return bool(re.search(r"\b(from|exists|values)\b", text, re.IGNORECASE))
