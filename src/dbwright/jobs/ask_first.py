"""What is read of a request before its words: what is pasted in it, and questions of how."""

from __future__ import annotations

import re
from pathlib import Path

from dbwright.collect.failure_text import other_error
from dbwright.collect.how_words import clause, topics
from dbwright.collect.live_words import kind_of
from dbwright.collect.outside import FIELD
from dbwright.collect.pasted import find_pasted
from dbwright.collect.size_words import read_size, spelled
from dbwright.jobs.understanding import Understanding, unable
from dbwright.recipes.undeclared import ASKED

JUDGED = re.compile(
    r"\?|\b(?:lock|locks|safe|ok|okay|fine|risky|dangerous|review|check|block|blocks|wrong|right|"
    r"good|problem|production|prod|million|downtime|look|takes|slow|seconds|forever)\b",
    re.IGNORECASE,
)


def pasted_in(request: str, root: Path) -> Understanding | None:
    """What is pasted besides a query: an error, a plan, a revision, statements to be judged."""
    pasted = find_pasted(request, root)
    if pasted is None:
        kind = other_error(request)
        why = f"the traceback ends in {kind}, which no database or its libraries raised"
        return unable(f"{why}; {FIELD}") if kind else None
    size = read_size(pasted.words)
    if pasted.kind == "failure":
        assert pasted.failure is not None
        at = pasted.failure.own
        where = f", met at {at.place}" if at else ""
        return Understanding("failure", f"{pasted.failure.kind}{where}; say why", pasted=pasted)
    if pasted.kind == "plan":
        return Understanding("plan", "a plan that was pasted; say what it shows", pasted.text)
    if pasted.kind == "ddl" and not JUDGED.search(f"{pasted.words} {_comments(pasted.text)}"):
        return None
    what = "a revision" if pasted.kind == "revision" else "statements"
    words = f"{what} that {'was' if pasted.kind == 'revision' else 'were'} pasted; review"
    more = f", on {spelled(size.rows)} rows" if size else ""
    tail = f"{' it' if pasted.kind == 'revision' else ' them'} behind the newest revision{more}"
    size = size or read_size(_comments(pasted.text))
    return Understanding("pasted", words + tail, pasted.text, pasted, size)


def _comments(sql: str) -> str:
    return " ".join(re.findall(r"--(.*)", sql))


def how_asked(request: str) -> Understanding | None:
    """A question of how, or why: a change of a named table, or the rule that knows."""
    wanted = clause(request)
    if wanted is None:
        return None
    if ASKED.search(request):
        return Understanding("dropped", "why autogenerate takes something away", request)
    if not wanted or re.match(r"\W*(?:why|what happens)", request, re.IGNORECASE):
        return None
    kind = kind_of(request)
    if kind or topics(wanted):
        return Understanding("how", f"how to {wanted}", wanted)
    return None
