"""What the downgrade brought back, and what stood in the way of the second upgrade."""

from __future__ import annotations

from dbwright.core.trace import Trace
from dbwright.verify.claims_case import Case, Unseen, names, one_line
from dbwright.verify.claims_outcome import loss_words

_NOT_RUN = "the downgrade was not run, because the upgrade failed"


def downgrade_fails(case: Case) -> str | Unseen:
    """The downgrade raised an error."""
    down = case.rehearsal.down
    if down is None:
        return Unseen(_NOT_RUN)
    if not down.failed:
        return Unseen("the downgrade ran", refutes=True)
    old = case.rehearsal.down_old_rows
    only_new = old is not None and not old.failed
    rows = " over rows written under the new schema; without them it runs" if only_new else ""
    return f"the downgrade failed{rows}: {_error(down)}"


def lossy_downgrade(case: Case) -> str | Unseen:
    """Values of before the upgrade are not there after the downgrade."""
    down = _ran(case)
    if down is None:
        return _did_not_run(case)
    for loss in down.losses:
        if case.is_about(loss.table) and case.claim.column in (None, loss.column):
            return loss_words(loss, "after upgrade and downgrade")
    return case.unseen("every row and value came back", rows=True)


def irreversible_downgrade(case: Case) -> str | Unseen:
    """The downgrade leaves another schema than there was, or refuses to run."""
    down = case.rehearsal.down
    if down is None:
        return Unseen(_NOT_RUN)
    if down.failed and down.sql_error is None:
        return f"the downgrade refuses: {one_line(down.error)}"
    down = _ran(case)
    if down is None:
        return _did_not_run(case)
    if not down.difference:
        return Unseen("the downgrade brought the schema back", refutes=True)
    return f"after the downgrade: {_few(down.difference)}"


def leaves_object_behind(case: Case) -> str | Unseen:
    """Something that the revision made stands after its downgrade, or stayed broken."""
    for index in case.rehearsal.kept_invalid:
        return (
            f"with {index} left invalid by a failed build, the upgrade's statements ran without "
            f"an error and {index} stayed invalid"
        )
    down, again = _ran(case), case.rehearsal.again
    if down is None:
        return _did_not_run(case)
    left = [text for text in down.difference if "not wanted" in text]
    relation = case.claim.relation
    meant = [text for text in left if relation is None or names(text, relation)]
    if meant or left:
        after = ""
        if again is not None and again.failed:
            after = f"; the second upgrade then failed: {_error(again)}"
        return f"after the downgrade: {_few(tuple(meant or left))}{after}"
    if again is not None and again.failed:
        return f"the second upgrade failed: {_error(again)}"
    return Unseen("the downgrade left nothing behind", refutes=True)


def schema_differs(case: Case) -> str | Unseen:
    """A second upgrade, or the downgrade, ends in another schema than the first time."""
    for trace in (case.rehearsal.again, case.rehearsal.down):
        if trace is not None and trace.difference:
            return _few(trace.difference)
    return Unseen("the schemas are the same", refutes=case.rehearsal.down is not None)


def _ran(case: Case) -> Trace | None:
    """Gives the downgrade that ran to its end, be it the one without new rows."""
    for down in (case.rehearsal.down, case.rehearsal.down_old_rows):
        if down is not None and not down.failed:
            return down
    return None


def _did_not_run(case: Case) -> Unseen:
    down = case.rehearsal.down
    if down is None:
        return Unseen(_NOT_RUN)
    return Unseen(f"the downgrade failed: {_error(down)}")


def _error(trace: Trace) -> str:
    return trace.sql_error.message if trace.sql_error else one_line(trace.error)


def _few(sentences: tuple[str, ...]) -> str:
    more = f"; and {len(sentences) - 3} more" if len(sentences) > 3 else ""
    return "; ".join(sentences[:3]) + more
