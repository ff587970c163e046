"""Words in: what a request asks for, and the job that answers it."""

from __future__ import annotations

import itertools
import re
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from sqlglot import exp

from dbwright import dialects
from dbwright.collect.change_spelling import verb
from dbwright.collect.code_reference import references_in
from dbwright.collect.live_words import kind_of
from dbwright.collect.outside import ENGLISH, foreign, outside
from dbwright.collect.restated import is_lookup
from dbwright.collect.revisions_file import is_revision
from dbwright.collect.size_words import read_size, spelled
from dbwright.core.operation import Other
from dbwright.core.source import Source
from dbwright.jobs.ask_first import how_asked, pasted_in
from dbwright.jobs.understanding import Understanding, unable
from dbwright.recipes.queries import tree

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
    "anything", "was", "did", "hello", "tell",
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
LONGEST_TAIL = 20_000
BEHIND = re.compile(
    r"[\s,;.]+(?:and|but|which|because|since|so)\s+(?:it|this|that|the|takes?|is|runs?|i|we)\b"
    r"|[\s,;.]+(?:takes?|is\s+slow|runs?\s+for|needs?)\b",
    re.IGNORECASE,
)
TRIES = 40
"""So many beginnings of a statement are tried in one request."""
ELSEWHERE = {"rows", "query", "queries", "server", "postgres", "mysql", "deploy"}
"""Words of requests that are not about what models say."""
NOTHING = (
    "nothing in it names models, migrations, a query, or a change of models; it reads English "
    "words "
    "and the names of your project"
)
NAMELESS = (
    "it does not say which query is slow; paste its SQL behind the words, or name a file, or the "
    "function in your code that sends it"
)
EXAMPLES = """It takes, for example:
  dbwright ask "review my project"
  dbwright ask "is revision 9f2c safe?"
  dbwright ask "what does Order reference?"
  dbwright ask "why is this slow?" slow.sql --db URL --run
  dbwright ask "why is best_sellers slow?" --db URL --run
  dbwright ask "add a phone to User"
  dbwright ask "create a User model with a Profile\""""
SLOW = {
    "slow", "slower", "slowly", "slows", "fast", "faster", "performance", "seconds", "optimize",
    "optimise", "speed", "timeout", "slowest",
}  # fmt: skip
LOADS = re.compile(
    r"\bn\s*\+\s*1\b|\b(?:too\s+)?many\s+(?:queries|selects|statements|round\s?trips)\b|"
    r"\b(?:one|a)\s+(?:query|select)\s+(?:per|for\s+each)\b|\b\d+\s+(?:queries|selects)\b|"
    r"\blazy[\s-]?load\w*\b",
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
        return Understanding("query", f"{_of_query(query)}; say what slows it", query)
    if why := outside(request):
        return unable(why)
    if language := foreign(request):
        return unable(f"it seems to be in {language.title()}; {ENGLISH}")
    read = _by_words(request, root, revisions, new=new)
    size = read_size(request)
    if size is not None and read.kind in ("revision", "file", "migrations"):
        words = f"{read.words}, on {spelled(size.rows)} rows"
        return replace(read, words=words, size=size)
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
    at = next((n for n, word in enumerate(said) if word not in POLITE), None)
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
        return Understanding("change", "a change of the models of this project")
    adds = words & {"add", "create", "put", "build"} and words & {"index", "column", "field"}
    if first in CHANGES | DESIGNS or _says_what_must_be(said) or (adds and not words & LOOK):
        return Understanding("change", "a change of the models of this project")
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


def find_query(request: str) -> str | None:
    """Gives the query pasted in a request: the longest text that the grammar takes, or None."""
    parse = dialects.get("postgresql").statements.parse
    for match in itertools.islice(STARTS.finditer(request), TRIES):
        rest = request[match.start() :].split("```")[0].strip().rstrip(";").strip()
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


def _of_query(query: str) -> str:
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
