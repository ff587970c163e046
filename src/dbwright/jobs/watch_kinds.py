"""Which kinds of findings tests tell: what a test shows as surely as the program at work does."""

from __future__ import annotations

from collections.abc import Iterable

from dbwright.core.errors import UsageError
from dbwright.core.recording import Recording
from dbwright.rules.registry import rules_for

SURE = frozenset(
    {
        *("lazy-load", "inheritance-load", "deferred-load", "cartesian-load"),
        *("collection-counted", "missing-greenlet", "missing-rollback", "shared-session"),
    }
)
"""What is loaded object by object is so for any number of rows, and an error is an error.

How often a loop turns, what a commit is for, and how long a transaction stands open are a test's
own as often as the program's: of such findings in the suites of strangers few were worth acting
on (docs/field-notes.md)."""


def kinds_of(given: Iterable[str]) -> frozenset[str]:
    """Gives the rules that `sure`, `all` and names of rules mean; raises UsageError for others."""
    every = {rule.name for rule in rules_for("queries") if rule.fact is Recording}
    found: set[str] = set()
    for name in given:
        if name not in {"sure", "all", *every}:
            raise UsageError(
                f"dbwright_queries_kinds: there is no {name!r}",
                way_out=f"Give sure, all, or some of {', '.join(sorted(every))}.",
            )
        found |= {"sure": SURE, "all": every}.get(name, {name})
    return frozenset(found)
