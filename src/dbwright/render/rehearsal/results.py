"""What came of a revision's runs, as named sentences."""

from __future__ import annotations

from collections.abc import Iterator

from dbwright.core.rehearsed import Backup, Outcome
from dbwright.render.rehearsal import words

NO_OLD_CODE = "not tried: no deployed code is known that is older than this revision"


def results(outcome: Outcome) -> Iterator[tuple[str, str]]:
    """Gives the name and the text of each result; an empty text says that there is none."""
    run = outcome.rehearsal
    if run is None or run.up is None:
        return
    if not run.up.failed:
        lost = "; ".join(map(words.loss, run.up.losses))
        yield "Lost", lost or "nothing: every row and value is there after the upgrade"
        yield "Downgrade", words.down(run)
        yield "Again", words.again(run)
        old = words.code(run.old_code, run.old_ran, "after the revision")
        yield "Old code", old or NO_OLD_CODE
        yield "New code", words.code(run.new_code, run.new_ran, "before the revision")
        yield "", words.code(run.new_broken or None, len(run.new_broken), "after it")
        yield "Deploy", outcome.order
    yield "Allowed", "; ".join(outcome.allowed)
    for item in outcome.backups:
        yield from _backup(item)


def _backup(item: Backup) -> Iterator[tuple[str, str]]:
    yield "Backup", f"{item.what}{f' ({item.size})' if item.size else ''}: {item.keep}"
    yield "Restore", item.restore
    yield "Or", item.otherwise
    yield "Tried", item.seen
