"""Names of new revisions: their ids, and what their files import."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from dbwright.recipes import revision, revision_source
from dbwright.recipes.revision import Phase

POSTGRESQL = "from sqlalchemy.dialects import postgresql"


def ids_of(
    cut: Sequence[Phase], parent: str | None, first: str | None, known: Collection[str]
) -> list[str]:
    """Gives an id for each revision, the first one's as it was asked for."""
    found: list[str] = []
    for phase in cut:
        name = first if first and not found else None
        number = 0
        while name is None or (name in known and name != first) or name in found:
            name = revision.new_id(parent or "", phase.title, str(number or ""))
            number += 1
        found.append(name)
        parent = name
    return found


def imports_of(bodies: str) -> tuple[str, ...]:
    """Gives the imports that code needs besides `op` and `sa`."""
    return (POSTGRESQL,) if "postgresql" in revision_source.free_names(bodies) else ()
