"""Words in: what a request asks for, and the job that answers it."""

from __future__ import annotations

import itertools
import re
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from dbwright.collect.change_spelling import verb
from dbwright.collect.code_reference import references_in
from dbwright.collect.live_words import kind_of
from dbwright.collect.outside import ENGLISH, foreign, outside
from dbwright.collect.restated import is_lookup
from dbwright.collect.revisions_file import is_revision
from dbwright.collect.size_words import read_size, spelled
from dbwright.core.source import Source
from dbwright.jobs.ask_first import how_asked, pasted_in
from dbwright.jobs.ask_names import (
    changes_in,
    is_of_field,
    known,
    looks_elsewhere,
    says_change,
)
from dbwright.jobs.ask_query import find_query, of_query
from dbwright.jobs.understanding import Understanding, unable

REVISION = re.compile(r"\b[0-9a-f]{6,40}\b")
WORD = re.compile(r"[a-z]+")
LOOK = {
    "review", "check", "audit", "look", "inspect", "examine", "verify", "validate", "safe",
    "wrong", "problems", "problem", "issues", "risky", "dangerous", "lint", "analyze", "analyse",
}  # fmt: skip
MODELS = {"model", "models", "mapping", "mappings", "mapper", "mappers", "orm", "relationships"}
MIGRATIONS = {"migration", "migrations", "revision", "revisions", "alembic", "upgrade", "downgrade"}
PROJECT = {"project", "schema", "database", "everything", "codebase", "repo", "repository", "app"}
WRITING = (
    "migrations are written by `dbwright migrations new` and `migrations change`, not by words"
)
REVERSE = "models of a database that is there are written by `dbwright models reverse --db URL`"
LATER = {
    "create": "designing models",
    "design": "designing models",
    "add": "changing models",
    "rename": "changing models",
    "write": WRITING,
    "generate": WRITING,
    "convert": "changing models",
    "reverse": REVERSE,
}
# These ask for work only where the request begins with them: "which revisions drop data?" does not.
FIRST = {
    "drop": WRITING,
    "delete": WRITING,
    "remove": "changing models",
    "split": "changing models",
    "squash": "squashing revisions is not something it does yet",
    "fix": "fixes are applied by `dbwright check --fix`, not by words",
    "tune": "tuning a server is not something it does yet",
    "install": "installing is not something it does",
}
POLITE = {
    "please", "pls", "plz", "hi", "hey", "thanks", "kindly", "just", "so", "ok", "can", "could",
    "you", "i", "want", "to", "help", "me", "now", "would", "need", "we", "like", "let", "us",
    "also", "d", "s", "have", "should",
}  # fmt: skip
SLIPS = {"cna", "cuold", "coud", "plase", "pleas", "plese", "yuo", "wnat", "hlep", "ned", "shoud"}
"""Polite words, misspelt; they are too short for a spelling corrected by one letter."""
CHANGES = {
    "add", "rename", "remove", "drop", "make", "store", "track", "record", "index", "link",
    "connect", "change", "keep", "save", "alter", "allow", "increase", "give",
}  # fmt: skip
EDITS = CHANGES - {"make", "store", "keep", "save", "track", "record", "give"}
"""These say that there is something to be changed."""
DESIGNS = {"create", "design", "model", "build", "define"}
WRITES = {"generate", "write", "scaffold", "draft", "set", "give", "make"}
"""These ask for new models only where models or tables are what is to be written."""
ENTITIES = {"table", "tables", "entity", "entities", "model", "models", "schema"}
SYSTEMS = {
    "system", "database", "app", "application", "platform", "shop", "store", "tracker", "backend",
    "site",
}  # fmt: skip
"""What is designed where there are no models yet."""
PARTS = {"column", "columns", "field", "fields", "index", "relationship", "attribute", "key"}
STATES = {"need", "needs", "should", "must", "belongs", "belong", "has", "have", "gets", "get"}
SETTLED = {"optional", "required", "mandatory", "nullable", "unique"}
"""What `User.email is …` says of a column."""
ASKS = {
    "is", "are", "do", "does", "what", "why", "which", "will", "how", "when", "where", "who",
    "anything", "was", "did", "hello", "tell", "any",
}  # fmt: skip
TALK = {"hello", "tell", "anything", "will", "did"}
SHOWS = {"list", "show", "describe", "explain", "count"}
"""These ask too, where models or their parts are what is to be shown."""
JUDGES = {
    "safe", "ok", "okay", "fine", "good", "bad", "wrong", "right", "correct", "problem", "problems",
    "issues", "risky", "dangerous", "match", "mistakes", "better", "improve", "best", "lock",
    "deploy", "slow", "rename", "add", "install", "tune", "squash", "fix",
}  # fmt: skip
"""Words of questions that a whole review answers, or none: they ask for a judgment, or for work."""
SYSTEM = re.compile(
    r"\b(?:app|application|system|platform|database|db|tracker|backend|site|shop|store|schema|models|"
    r"tables)\s*:\s*\w[\w ]*(?:,|\band\b|\bwith\b)|^\W*(?:\w+\s+){0,2}\w+:\s*\w[\w ]*,",
    re.IGNORECASE,
)
LONG_LOOK = 6
DECLARED = re.compile(r"\bcreate\s+table\b\s+[\w.\"`]+\s*\(", re.IGNORECASE)
FROM_SQL = (
    "tables that are declared in SQL are no words of a design; run the SQL in an empty database, "
    "and `dbwright models reverse --db URL` writes their models"
)
ELSEWHERE = {"rows", "query", "queries", "server", "postgres", "mysql", "deploy"}
"""Words of requests that are not about what models say."""
NOTHING = (
    "nothing in it names models, migrations, a query, or a change of models; it reads English "
    "words and the names of your project"
)
GREETING = re.compile(
    r"(?i)\W*(?:(?:hi|hello|hey|good (?:morning|day|evening)|moin|hallo|thanks|thank you|ok|okay|"
    r"there|help|test|what can you do|who are you)\W*)+"
)
GREETED = "it asks for nothing yet; say what you need of your models, migrations or queries"
NAMELESS = (
    "it does not say which query is slow; paste its SQL behind the words, or name a file, or the "
    "function in your code that sends it"
)
SLOW = {
    "slow", "slower", "slowly", "slows", "fast", "faster", "performance", "seconds", "optimize",
    "optimise", "speed", "timeout", "slowest",
}  # fmt: skip
LOADS = re.compile(
    r"\bn\s*\+\s*1\b|\b(?:too\s+)?many\s+(?:queries|selects|statements|round\s?trips)\b|"
    r"\b(?:one|a)\s+(?:query|select)\s+(?:per|for\s+each)\b|\b\d+\s+(?:queries|selects)\b|"
    r"\blazy[\s-]?load\w*\b|"
    r"\b(?:for|with)\s+(?:every|each)\b.{0,60}\b(?:another|one|an?|extra)\s+(?:select|query)\b",
    re.IGNORECASE,
)


def understand(
    request: str, root: Path, revisions: Sequence[tuple[str, str]], *, new: bool = False
) -> Understanding:
    """Gives what a request asks for.

    `revisions` are the project's revision ids with their files; `new` says that there are no
    models yet. A pasted query wins, then a file that exists, then a revision, then the words;
    what no job does yet is `unable`.
    """
    found = pasted_in(request, root)
    if found is not None:
        return found
    query = find_query(request)
    if query:
        return Understanding("query", f"{of_query(query)}; say what slows it", query)
    if GREETING.fullmatch(request):
        return unable(GREETED)
    if why := outside(request):
        return unable(why)
    if language := foreign(request):
        return unable(f"it seems to be in {language.title()}; {ENGLISH}")
    if new and DECLARED.search(request):
        return unable(FROM_SQL)
    read = _by_words(request, root, revisions, new=new)
    read = _new_models(request, read) if new else _of_the_project(request, root, read)
    size = read_size(request)
    if size is not None and read.kind in ("revision", "file", "migrations"):
        words = f"{read.words}, on {spelled(size.rows)} rows"
        return replace(read, words=words, size=size)
    return read


def _new_models(request: str, read: Understanding) -> Understanding:
    """Where there are no models yet, what tells of things that have others is a design."""
    first = next((w for w in WORD.findall(request.lower()) if w not in POLITE), "")
    told = SYSTEM.search(request) or (read.kind == "change" and first not in CHANGES)
    return DESIGN if told and read.kind in ("change", "project", "unable") else read


def _of_the_project(request: str, root: Path, read: Understanding) -> Understanding:
    """The reading beside the names of the project: a change in everyday words, or none of it."""
    if read.kind not in ("unable", "project", "models", "migrations", "question"):
        return read
    names = known(root)
    if says_change(request, names):
        return CHANGE
    rest = [part for part in changes_in(request, names) if part != request]
    if any(_models(_spelled(WORD.findall(part.lower()))) == CHANGE for part in rest):
        return CHANGE
    if read.kind == "question" and not is_of_field(request, names):
        return unable(NOTHING)
    if read.kind in ("project", "models") and looks_elsewhere(request, names):
        return unable(NOTHING)
    said = WORD.findall(request.lower())
    first = next((word for word in said if word not in POLITE), "")
    told = read.kind == "project" and not set(said) & (PROJECT | MODELS | MIGRATIONS)
    # a word such as "check" far inside of a long sentence asks for no review
    if told and len(said) > LONG_LOOK and first not in LOOK | ASKS:
        return unable(NOTHING)
    return read


def _by_words(
    request: str, root: Path, revisions: Sequence[tuple[str, str]], *, new: bool
) -> Understanding:
    said = _spelled(WORD.findall(request.lower()))
    how = how_asked(request)
    if how is not None:
        return how
    if said and set(said) & SLOW and not set(said) & (PARTS | ENTITIES) and said[0] == "make":
        return unable(NAMELESS)
    if LOADS.search(request):
        words = "the loops in your code, and what each turn of them loads"
        return Understanding("loads", words, request)
    if set(said) & (SLOW | {"query", "queries"}) and (code := references_in(request, root)):
        listed = ", ".join(map(str, code))
        words = f"the queries in {listed}; say what slows them"
        return Understanding("query", words, "\n".join(map(str, code)))
    if not new and (kind := kind_of(request)):
        return Understanding("live", "a change of a live table, in several deploys", kind)
    found = _from_database(said) or (_first(said) if new else None) or _models(said)
    found = found or (None if new else _asked(said))
    return found or _file(request, root) or _revision(request, revisions) or _words(said)


def _spelled(said: list[str]) -> list[str]:
    """The words with the command among them spelled right."""
    at = next((n for n, w in enumerate(said) if w not in POLITE and w not in SLIPS), None)
    known = POLITE | ASKS | LOOK | DESIGNS | WRITES | SHOWS | FIRST.keys()
    if at is None or said[at] in known:
        return said
    return [*said[:at], verb(said[at]), *said[at + 1 :]]


def _from_database(said: Sequence[str]) -> Understanding | None:
    """Models of a database that is there: told, for its URL has no place in words."""
    words = set(said)
    first = next((word for word in said if word not in POLITE), "")
    if first in WRITES | DESIGNS | {"reverse"} and "from" in words and words & {"database", "db"}:
        return unable(REVERSE)
    return None


def _models(said: Sequence[str]) -> Understanding | None:
    """A request that changes models or wants new ones, by its first word or by what must be."""
    words = set(said)
    first = next((word for word in said if word not in POLITE), "")
    if _is_other(words, first):
        return None
    whole = not (words & PARTS and not words & ENTITIES)
    if whole and (first in DESIGNS or (first in WRITES - {"make"} and words & ENTITIES)):
        return DESIGN
    if is_lookup(" ".join(said)):
        return CHANGE
    adds = words & {"add", "create", "put", "build"} and words & {"index", "column", "field"}
    if first in CHANGES | DESIGNS or _says_what_must_be(said) or (adds and not words & LOOK):
        return CHANGE
    return None


def _asked(said: Sequence[str]) -> Understanding | None:
    """A question about what models are, which is answered, not reviewed."""
    words = set(said)
    can = said[:1] == ["can"] and (said[1:2] != ["you"]) and words & {"be", "delete", "have"}
    first = "what" if can else next((word for word in said if word not in POLITE), "")
    if (
        words & (MIGRATIONS | JUDGES | SLOW | ELSEWHERE - {"rows"})
        or first not in ASKS - TALK | SHOWS
    ):
        return None
    return Understanding("question", "a question about the models of this project")


CHANGE = Understanding("change", "a change of the models of this project")
DESIGN = Understanding("design", "new models; design them and prove the design")


def _is_other(words: set[str], first: str) -> bool:
    """Whether a request asks, looks, or is about something else than what models say."""
    return bool(words & (MIGRATIONS | ELSEWHERE)) or first in ASKS | LOOK or not first


def _says_what_must_be(said: Sequence[str]) -> bool:
    """Whether things other than those who speak have, need or must be something."""
    words = set(said)
    if words & (LOOK | SLOW):
        return False
    if said[0] not in POLITE:
        return bool(words & STATES) or ("is" in words and bool(words & SETTLED))
    speakers = {"i", "we", "you"}
    pairs = itertools.pairwise(said)
    return not words & MODELS and any(b in STATES and a not in speakers for a, b in pairs)


def _first(said: Sequence[str]) -> Understanding | None:
    """A request where there are no models yet: what is named is designed."""
    words = set(said)
    first = next((word for word in said if word not in POLITE), "")
    if _is_other(words, first) or first in FIRST or first in EDITS or words & (LOOK | SLOW):
        return None
    named = words & ENTITIES or (first in WRITES | DESIGNS and words & SYSTEMS)
    return DESIGN if named else None


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
        return unable(_later(later))
    if found is None or (words & SLOW and not words & LOOK):
        slow = words & SLOW
        return unable(NAMELESS if slow else NOTHING)
    if later:
        return replace(found, words=f"{found.words} ({_later(later)})")
    return found


def _later(what: str) -> str:
    if what in ("changing models", "designing models"):
        return f"{what} is a request of its own, as in `add a phone to User`"
    return what


def _review(words: set[str]) -> Understanding | None:
    if words & MIGRATIONS and not words & MODELS:
        return Understanding("migrations", "the migrations of this project; review them")
    if words & MODELS and not words & MIGRATIONS:
        return Understanding("models", "the models of this project; review them")
    if words & (LOOK | PROJECT | MODELS | MIGRATIONS):
        return Understanding("project", "this project; review its models and migrations")
    return None


def names_something(words: str, root: Path) -> bool:
    """Whether words name a table or column with a dot, or one of several words as code has it."""
    return bool(re.search(r"\b[A-Za-z_]\w*\.[A-Za-z_]\w*\b|\b[a-z]+_[a-z_]+\b", words))
