"""Questions of how something is done well, and the rules whose pages answer them."""

from __future__ import annotations

import re

_HOW = re.compile(
    r"^\W*(?:(?:please|hi|hey|hello|so|can|could|you|tell|explain|show|me|to|us)\W+)*"
    r"(?:how\s+(?:do|does|can|could|should|would|to|might)\b(?:\s+(?:i|we|you|one|someone|it))?(?:\s+best)?"
    r"|(?:what(?:'s|s| is| would be)?|whats|is there)\s+(?:an?\s+|the\s+)?(?:safe|safest|right|"
    r"best|good|correct|proper|recommended)\s+(?:way|practices?|approach|order)\s+(?:to|for|of)"
    r"|(?:the\s+)?(?:safest|best|recommended|right)\s+(?:way|practices?|approach)\s+(?:to|for|of)"
    r"|(?:is|would)\s+it\s+(?:be\s+)?(?:safe|ok|okay|fine|risky|dangerous)\s+(?:to|if\s+(?:i|we))"
    r"|why\s+(?:does|do|did|is|has|would)\b(?:\s+(?:alembic|autogenerate|it))*)\s*",
    re.IGNORECASE,
)
_WITHOUT = re.compile(
    r"\s*\b(?:without|with\s+no|with\s+zero)\s+[\w\s-]{3,60}$|\s*\bsafely\b|\s*\bin\s+alembic\b|\s*\bwhile\b.{0,80}$",
    re.IGNORECASE,
)
_TOPICS: tuple[tuple[str, tuple[str, ...]], ...] = (
    (r"autogenerate.*\b(?:drop|remov|delet)\w*.*\bind(?:ex|ices)|\bdrop\w*\s+my\s+index",
        ("undeclared-in-models",)),
    (r"\b(?:heads?|branches)\b.*\b(?:merge|several|two|multiple)|\b(?:merge|multiple|two|"
        r"several)\b.*\bheads?\b", ("multiple-heads",)),
    (r"\bdrop\w*\b.*\bindex|\bremov\w*\b.*\bindex", ("blocking-index-drop",)),
    (r"\bunique\b", ("unique-built-under-lock",)),
    (r"\bindex(?:es)?\b|\bindices\b", ("blocking-index-build",)),
    (r"\bforeign\s+keys?\b|\breferences?\b", ("foreign-key-validated-at-once",)),
    (r"\bcheck\s+constraints?\b|\bcheck\b", ("check-validated-at-once",)),
    (r"\badd\w*\b.*\b(?:not\s*null|required|mandatory)\b.*\bcolumn|"
        r"\badd\w*\b.*\bcolumn\b.*\b(?:not\s*null|required|mandatory)",
    ("not-null-without-default", "not-null-scanned-under-lock")),
    (r"\bnot\s*null\b|\bnon-?null|\brequired\b|\bmandatory\b", ("not-null-scanned-under-lock",
        "not-null-over-nulls")),
    (r"\brenam\w*", ("rename-in-use",)),
    (r"\b(?:drop|remov|delet)\w*\b.*\btables?\b", ("dropped-table",)),
    (r"\b(?:drop|remov|delet)\w*\b.*(?:\b(?:column|field)|\w\.\w)", ("dropped-column",)),
    (r"\b(?:type|convert|widen|varchar|bigint)\b", ("type-change-rewrite",)),
    (r"\benum\b", ("enum-value-used-in-same-transaction",)),
    (r"\bback-?fill\w*|\bupdate\b.*\b(?:all|every|million|rows)|\bfill\b",
        ("whole-table-backfill",)),
    (r"\block[_\s-]?timeout", ("missing-lock-timeout",)),
    (r"\badd\w*\b.*\b(?:column|field)", ("volatile-default-rewrite", "not-null-without-default")),
    (r"\bdowngrade", ("failing-downgrade", "empty-downgrade")),
    (r"\bpartition\w*", ("partition-scanned-under-lock",)),
)  # fmt: skip


def clause(text: str) -> str | None:
    """Gives what a question of how asks to be done, None for other requests.

    >>> clause("how do I rename users.name to full_name without downtime?")
    'rename users.name to full_name'
    >>> clause("review my models") is None
    True
    """
    found = _HOW.match(text)
    if found is None:
        return None
    return _WITHOUT.sub("", text[found.end() :].strip().rstrip("?!. ").split("\n")[0]).strip()


def topics(text: str) -> tuple[str, ...]:
    """Gives the rules that know how a change of a live table is done, the nearest first.

    >>> topics("create an index without blocking writes")
    ('blocking-index-build',)
    """
    low = text.lower()[:2000]
    return next((names for pattern, names in _TOPICS if re.search(pattern, low)), ())
