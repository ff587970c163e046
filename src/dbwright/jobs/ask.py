"""Words in: what a request asks for, and the job that answers it."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal

from dbwright import dialects
from dbwright.collect.revisions_file import is_revision
from dbwright.core.operation import Other
from dbwright.core.source import Source

Kind = Literal[
    "project", "models", "migrations", "file", "revision", "query", "change", "design", "unable"
]

STARTS = re.compile(r"\b(select|with|explain)\b", re.IGNORECASE)
REVISION = re.compile(r"\b[0-9a-f]{6,40}\b")
WORD = re.compile(r"[a-z]+")
LOOK = {
    "review", "check", "audit", "look", "inspect", "examine", "verify", "validate", "safe",
    "wrong", "problems", "problem", "issues", "risky", "dangerous", "lint", "analyze", "analyse",
}  # fmt: skip
MODELS = {"model", "models", "mapping", "mappings", "mapper", "mappers", "orm", "relationships"}
MIGRATIONS = {"migration", "migrations", "revision", "revisions", "alembic", "upgrade", "downgrade"}
PROJECT = {"project", "schema", "database", "everything", "codebase", "repo", "repository", "app"}
LATER = {
    "create": "designing models",
    "design": "designing models",
    "add": "changing models",
    "rename": "changing models",
    "write": "writing migrations",
    "generate": "writing migrations",
    "convert": "changing models",
    "reverse": "reverse engineering a database",
}
# These ask for work only where the request begins with them: "which revisions drop data?" does not.
FIRST = {
    "drop": "writing migrations",
    "delete": "writing migrations",
    "remove": "changing models",
    "split": "changing models",
    "squash": "writing migrations",
    "fix": "applying fixes by words (`dbwright check --fix` does)",
    "tune": "tuning a server",
    "install": "installing",
}
POLITE = {
    "please", "can", "could", "you", "i", "want", "to", "help", "me", "now", "would", "need", "we",
    "like", "let", "us", "also", "d", "s", "have", "should",
}  # fmt: skip
CHANGES = {
    "add", "rename", "remove", "drop", "make", "store", "track", "record", "index", "link",
    "connect", "change", "keep", "save",
}  # fmt: skip
DESIGNS = {"create", "design", "model", "build", "define"}
PARTS = {"column", "columns", "field", "fields", "index", "relationship", "attribute", "key"}
STATES = {"need", "needs", "should", "must", "belongs", "belong", "has", "have", "gets", "get"}
ASKS = {
    "is", "are", "do", "does", "what", "why", "which", "will", "how", "when", "where", "who",
    "anything", "was", "did", "hello", "tell",
}  # fmt: skip
ELSEWHERE = {"rows", "query", "queries", "server", "postgres", "mysql", "deploy"}
"""Words of requests that are not about what models say."""
SLOW = {"slow", "slower", "slowly", "fast", "faster", "performance", "seconds", "optimize"}


@dataclass(frozen=True, slots=True)
class Understanding:
    """What a request was taken to mean, in words for the reader, and what it is about."""

    kind: Kind
    words: str
    subject: str = ""


def understand(request: str, root: Path, revisions: Sequence[tuple[str, str]]) -> Understanding:
    """Gives what a request asks for.

    `revisions` are the project's revision ids with their files. A pasted query wins, then a file
    that exists, then a revision, then the words; what no job does yet is `unable`.
    """
    query = find_query(request)
    if query:
        first = " ".join(query.split())[:60]
        return Understanding("query", f"one query ({first}…); say what slows it", query)
    said = WORD.findall(request.lower())
    return _models(said) or _file(request, root) or _revision(request, revisions) or _words(said)


def _models(said: Sequence[str]) -> Understanding | None:
    """A request that changes models or wants new ones, by its first word or by what must be."""
    words = set(said)
    first = next((word for word in said if word not in POLITE), "")
    if words & (MIGRATIONS | ELSEWHERE) or first in ASKS or first in LOOK or not first:
        return None
    if first in DESIGNS and not (words & PARTS and not words & (MODELS | {"table", "tables"})):
        return Understanding("design", "new models; design them and prove the design")
    states = words & STATES and said[0] not in POLITE and not words & (LOOK | SLOW)
    if first in CHANGES | DESIGNS or states:
        return Understanding("change", "a change of the models of this project")
    return None


def find_query(request: str) -> str | None:
    """Gives the query pasted in a request: the longest text that the grammar takes, or None."""
    parse = dialects.get("postgresql").statements.parse
    for match in STARTS.finditer(request):
        text = request[match.start() :].split("```")[0].strip().rstrip(";").strip()
        operations = parse(text)
        unparsed = any(isinstance(o, Other) and o.tag == "unparsed" for o in operations)
        if operations and not unparsed and _has_source(text):
            return text
    return None


def _has_source(text: str) -> bool:
    return bool(re.search(r"\b(from|exists|values)\b", text, re.IGNORECASE))


def _file(request: str, root: Path) -> Understanding | None:
    for word in re.findall(r"[\w./\\-]+\.py\b", request):
        file = root / word
        if not file.is_file():
            continue
        source = Source(word, file.read_text(encoding="utf-8", errors="replace"))
        try:
            what = "revision" if is_revision(source) else "models"
        except SyntaxError:
            what = "models"
        return Understanding("file", f"the {what} in {word}; review them", word)
    return None


def _revision(request: str, revisions: Sequence[tuple[str, str]]) -> Understanding | None:
    for word in [*REVISION.findall(request.lower()), *request.split()]:
        found = [pair for pair in revisions if len(word) >= 4 and pair[0].startswith(word)]
        if len(found) == 1:
            revision, file = found[0]
            return Understanding("revision", f"the revision {revision}; review it", file)
    return None


def _words(said: Sequence[str]) -> Understanding:
    words = set(said)
    first = next((word for word in said if word not in POLITE), "")
    later = FIRST.get(first) or next((LATER[word] for word in said if word in LATER), None)
    found = _review(words)
    if later and (found is None or not words & LOOK or not words & (PROJECT | MODELS | MIGRATIONS)):
        return _unable(_later(later))
    if found is None or (words & SLOW and not words & LOOK):
        slow = words & SLOW
        return _unable("paste the query that is slow" if slow else "it found nothing to review")
    if later:
        return replace(found, words=f"{found.words} ({_later(later)})")
    return found


def _later(what: str) -> str:
    if what in ("changing models", "designing models"):
        return f"{what} is a request of its own, as in `add a phone to User`"
    return f"{what} is not something it does yet"


def _review(words: set[str]) -> Understanding | None:
    if words & MIGRATIONS and not words & MODELS:
        return Understanding("migrations", "the migrations of this project; review them")
    if words & MODELS and not words & MIGRATIONS:
        return Understanding("models", "the models of this project; review them")
    if words & (LOOK | PROJECT | MODELS | MIGRATIONS):
        return Understanding("project", "this project; review its models and migrations")
    return None


def _unable(why: str) -> Understanding:
    return Understanding(
        "unable",
        f"{why}. Today it reviews: this project (`review my project`), one revision (`is 9f2c "
        "safe?`), a file of models (`look at models.py`), or a query pasted into the request; and "
        "it changes models (`add a phone to User`)",
    )
