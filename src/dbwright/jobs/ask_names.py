"""What the names of a project's models say of a request: a change of them, or none of its field."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path

from dbwright.collect.change_clauses import clauses
from dbwright.collect.change_names import normal
from dbwright.collect.everyday import Known, expanded, rewritten
from dbwright.collect.named_models import declared_models

FIELD = frozenset(map(normal, (
    "alembic", "attribute", "backfill", "cascade", "class", "codebase", "column", "constraint",
    "database", "db", "default", "downgrade", "enum", "field", "foreign", "index", "indexes",
    "indices", "join", "key", "lock", "mapper", "mapping", "migration", "model", "null", "nullable",
    "orm", "pk", "plan", "postgres", "postgresql", "primary", "project", "query", "queries",
    "reference", "relation", "relationship", "revision", "row", "schema", "sequence", "sql",
    "sqlalchemy", "table", "timestamp", "transaction", "trigger", "type", "unique", "upgrade",
    "view",
)))  # fmt: skip
"""Words of which a request of this field has one, or a name of the project."""
_OBJECT = re.compile(
    r"\b(?:review|check|audit|inspect|examine|verify|validate|analy[sz]e|"
    r"look (?:at|over|into|through)|go (?:over|through)|improve|proofread)\s+"
    r"(?:(?:please|also|just)\s+)*(?:my|our|this|that|these|those|the|his|her|their|an?)\s+"
    r"(?P<of>[a-z][a-z -]{1,60})",
    re.IGNORECASE,
)
_LEFT_OPEN = frozenset(map(normal, (
    "change", "branch", "pr", "pull", "request", "commit", "diff", "code", "work", "stuff",
    "everything", "all", "design", "thing", "whole", "repo", "repository", "setup", "application",
    "app", "backend", "layer", "draft", "idea", "approach", "solution", "attached", "below",
    "above", "following",
)))  # fmt: skip
"""What may stand for the project's models and migrations."""


def known(root: Path) -> Known:
    """Gives the names of the models that the project's source declares."""
    return Known.of(declared_models(root))


def examples(root: Path, revisions: Sequence[tuple[str, str]]) -> list[str]:
    """Gives requests that can be asked of a project, with its own names."""
    declared = declared_models(root)
    if not declared:
        return [
            "create a User model with authentication fields and a Profile",
            "a blog: posts have a title, many comments and tags",
            "review my project",
        ]
    by_size = sorted(declared, key=lambda name: -len(declared[name][1]))
    model = "User" if "User" in declared else by_size[0]
    name = next((n for n in ("phone", "nickname", "note") if n not in declared[model][1]), "label")
    newest = [f"is {revisions[-1][0][:12]} safe?"] if revisions else []
    return [
        "review my project",
        *newest,
        f"add a {name} to {model}",
        f"what does {by_size[0]} reference?",
        "which foreign keys have no index?",
        "why is this slow? SELECT …",
    ]


def says_change(request: str, names: Known) -> bool:
    """Whether a clause of a request is everyday wording for a change of a model."""
    if not names.models:
        return False
    return any(rewritten(clause, names) for clause, _ in clauses(expanded(request)))


def is_of_field(request: str, names: Known) -> bool:
    """Whether a request has a word of the field, or a name of a project whose names are known."""
    words = {normal(word) for word in re.findall(r"[A-Za-z]\w*", request)}
    if words & FIELD or not names.models:
        return True
    parts = {normal(part) for word in words for part in word.split("_")}
    return bool((words | parts) & names.words)


def looks_elsewhere(request: str, names: Known) -> bool:
    """Whether what is to be reviewed is something that is no part of a project: `my CV`."""
    found = _OBJECT.search(request)
    if found is None:
        return False
    said = re.split(r"\b(?:and|for|with|in|on|before|because|if|that|which)\b", found["of"])[0]
    words = {normal(word) for word in re.findall(r"[a-z]+", said.lower())}
    return bool(words) and not words & (FIELD | _LEFT_OPEN) and not is_of_field(said, names)


def changes_in(request: str, names: Known) -> list[str]:
    """Gives the clauses of a request that name a model or a column of the project."""
    return [
        clause for clause, _ in clauses(expanded(request))
        if {normal(word) for word in re.findall(r"[A-Za-z]\w*", clause)} & names.words
    ]  # fmt: skip
