"""Index advice carried out in a project, in words."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator

from dbwright.core.placed import Placed, PlacedIndex, UnplacedIndex
from dbwright.render import parts

WIDTH = 79


def place(each: PlacedIndex | UnplacedIndex | None) -> str:
    """Gives where an index stands now, or why it does not."""
    if each is None:
        return ""
    if isinstance(each, UnplacedIndex):
        return f"left to you: {each.why.rstrip('.')}"
    return f"{each.file}, {each.where}"


def revision(each: PlacedIndex | UnplacedIndex) -> str:
    """Gives the file of the revision that builds or drops an index."""
    return each.revision if isinstance(each, PlacedIndex) else ""


def told(placed: Placed) -> Iterator[str]:
    """Yields what could not be placed with the code to paste, the proofs, and the notes."""
    for each in (each for each in placed.unplaced if each.code):
        yield f"To paste for {each.advised} on {each.table}:"
        yield from (f"    {line}" for line in parts.printable(each.code).splitlines())
    for proof in placed.proofs:
        yield from _wrap(f"Proved on {proof.scope}: {proof.witness}.")
    if placed.edits and placed.why_no_revision:
        yield from _wrap(f"No revision: {placed.why_no_revision.rstrip('.')}.")
    for note in placed.notes:
        yield from _wrap(note)
    if not placed.edits and not placed.unplaced:
        yield "The models have nothing to change."


def next_steps(placed: Placed) -> Iterator[str]:
    """Yields what to run once it is written: the builds, and later the drops."""
    revisions = placed.authored.revisions if placed.authored else ()
    drops = {each.revision for each in placed.drops if each.revision}
    builds = [each for each in revisions if each.path not in drops]
    if not revisions:
        return
    if not builds or not drops:
        yield "Next: read them, then alembic upgrade head"
        return
    yield f"Next: read them, then  alembic upgrade {builds[-1].revision}  for the builds,"
    yield from _wrap(
        "and  alembic upgrade head  for the drops once pg_stat_user_indexes counts scans of the "
        "new ones."
    )


def _wrap(line: str) -> list[str]:
    return textwrap.wrap(
        parts.printable(line), WIDTH, subsequent_indent="  ", break_long_words=False,
        break_on_hyphens=False,
    )  # fmt: skip
