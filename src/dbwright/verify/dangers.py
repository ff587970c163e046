"""Everything dangerous that a rehearsal showed, whether a rule knows it or not."""

from __future__ import annotations

from collections.abc import Iterator

from dbwright.core.claim import Claim
from dbwright.core.finding import Finding, Location, Severity
from dbwright.core.operation import AddColumn
from dbwright.core.place import Place
from dbwright.core.trace import Rehearsal, RowLoss, Trace
from dbwright.verify.claims_case import head, one_line
from dbwright.verify.claims_outcome import loss_words
from dbwright.verify.unexplained import Explained, unexplained, writes


def dangers(rehearsal: Rehearsal, allowed: Explained | None = None) -> tuple[Finding, ...]:
    """Gives a finding for each danger seen: work under locks, losses, failures, broken code.

    What the revision's own statements remove or change is told too: rows as a warning, values as
    a remark. `allowed` are kinds of claims with their relation that the project decided to live
    with.
    """
    if rehearsal.up is None:
        return ()
    known: Explained = set(allowed or ())
    own = [
        *_refusals(rehearsal),
        *_refuses_any_row(rehearsal),
        *_own_losses(rehearsal, rehearsal.up),
        *_sequences(rehearsal),
        *_left_invalid(rehearsal),
    ]
    own = [item for item in own if (item.claims[0].kind, item.claims[0].relation) not in known]
    if any(_refuses_any_row(rehearsal)) or rehearsal.refused_rows is not None:
        known.add(("fails_on_data", None))
    return (*own, *unexplained(rehearsal, known))


def missing(rehearsal: Rehearsal) -> tuple[str, ...]:
    """Gives what the rehearsal could not tell, each with the reason."""
    up = rehearsal.up
    if up is None:
        return (rehearsal.not_run or "it was not run",)
    told = []
    if up.failed and not _is_sure(rehearsal) and not any(_refuses_any_row(rehearsal)):
        told.append(
            "the generated rows do not fit what the upgrade asks of them, so nothing after "
            f"{_statement(up)} was seen: {_error(up)}"
        )
    used = {lock.relation for item in up.statements for lock in item.locks if lock.existed}
    told += [
        f"{item.table} stayed empty, so nothing is known about its rows: {item.why}"
        for item in rehearsal.empty
        if item.table in used
    ]
    return tuple(told)


def _is_sure(rehearsal: Rehearsal) -> bool:
    """Whether a failed upgrade is a fault of the revision, not of the rows that were made."""
    return any(
        item.severity != "info"
        for item in unexplained(rehearsal, set())
        if item.claims[0].kind in ("fails_on_data", "fails_at_runtime")
    )


def _refusals(rehearsal: Rehearsal) -> Iterator[Finding]:
    refused = rehearsal.refused_rows
    if refused is None:
        return
    message = (
        f"{_statement(refused)} fails on rows that do not meet it: {_error(refused)}; "
        "the rest was watched on rows that do"
    )
    yield _finding(rehearsal, Claim("fails_on_data"), message, _place(refused), "warning")


def _refuses_any_row(rehearsal: Rehearsal) -> Iterator[Finding]:
    """A new column without a value for the rows there: whatever they hold, it is refused."""
    up, without = rehearsal.up, rehearsal.without_rows
    if up is None or not up.statements or without is None or without.failed:
        return
    failed = up.statements[-1]
    if failed.error is None or failed.error.code != "23502":
        return
    for operation in failed.statement.operations:
        if isinstance(operation, AddColumn) and not operation.column.nullable:
            message = f"{_statement(up)} fails on a table that holds rows: {_error(up)}"
            claim = Claim("fails_on_data", operation.table)
            yield _finding(rehearsal, claim, message, _place(up), "error")


def _own_losses(rehearsal: Rehearsal, up: Trace) -> Iterator[Finding]:
    for loss in up.losses:
        if not writes(up, loss.table):
            continue
        severity: Severity = "warning" if is_gone(rehearsal, loss) else "info"
        words = loss_words(loss, "after the upgrade")
        claim = Claim("data_loss", loss.table, column=loss.column)
        yield _finding(rehearsal, claim, f"{words}, by a statement of its own", None, severity)


def is_gone(rehearsal: Rehearsal, loss: RowLoss) -> bool:
    """Whether rows, or a column with its values, are gone; else values were changed."""
    if loss.column is None:
        return True
    after = rehearsal.migration.after if rehearsal.migration else None
    table = after.table(loss.table) if after else None
    return table is None or table.column(loss.column) is None


def _sequences(rehearsal: Rehearsal) -> Iterator[Finding]:
    for name in rehearsal.sequences_behind:
        table, _, column = name.rpartition(".")
        message = f"the sequence of {name} comes to a value that a row has already"
        claim = Claim("refuses_good_row", table, column=column)
        yield _finding(rehearsal, claim, message, None, "warning")


def _left_invalid(rehearsal: Rehearsal) -> Iterator[Finding]:
    for name in rehearsal.kept_invalid:
        message = f"index {name}, left invalid by a failed build, stays so when it runs again"
        yield _finding(rehearsal, Claim("schema_differs", name), message, None, "warning")


def _finding(
    rehearsal: Rehearsal, claim: Claim, message: str, place: Place | None, severity: Severity
) -> Finding:
    place = place or (rehearsal.migration.place if rehearsal.migration else None)
    location = Location.at(place, claim.relation, rehearsal.revision)
    return Finding(message, location, (claim,), severity, job="migrations")


def _place(trace: Trace) -> Place | None:
    file, _, line = (trace.error_place or "").rpartition(":")
    return Place(file, int(line)) if file and line.isdigit() else None


def _statement(trace: Trace) -> str:
    failed = [item for item in trace.statements if item.error]
    return head(failed[-1].statement.sql) if failed else "the upgrade's own code"


def _error(trace: Trace) -> str:
    return trace.sql_error.message if trace.sql_error else one_line(trace.error)
