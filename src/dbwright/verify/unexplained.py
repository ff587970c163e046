"""Dangers that a rehearsal shows and no rule's finding covers: reported as they are."""

from __future__ import annotations

from collections.abc import Iterator

from dbwright.core.claim import Claim, ClaimKind
from dbwright.core.compare import only_validity
from dbwright.core.finding import Finding, Location, Severity
from dbwright.core.operation import Data, Operation
from dbwright.core.place import Place
from dbwright.core.rule import UNEXPLAINED
from dbwright.core.trace import OldCode, Rehearsal, RowLoss, StatementTrace, Trace
from dbwright.recipes import drop
from dbwright.verify.claims_case import head, names, one_line
from dbwright.verify.claims_locks import locked_scans
from dbwright.verify.claims_outcome import loss_words, old_code_words

# unique, foreign key, check and exclusion violations (appendix A of PostgreSQL's manual)
_REFUSED_VALUES = ("23505", "23503", "23514", "23P01")
_NO_SUCH_LABEL = "22P02"
_WORK: tuple[ClaimKind, ...] = (
    "full_scan_locked",
    "table_rewrite",
    "blocks_writes",
    "blocks_reads",
)
_LOSSES: tuple[ClaimKind, ...] = ("data_loss", "rename_as_drop_add")
_FAILURES: tuple[ClaimKind, ...] = ("fails_on_data", "fails_at_runtime", "non_transactional")
_BACK: tuple[ClaimKind, ...] = (
    "downgrade_fails",
    "irreversible_downgrade",
    "lossy_downgrade",
    "leaves_object_behind",
    "schema_differs",
    "attribute_lost",
    "data_loss",
    "rename_as_drop_add",
)

Explained = set[tuple[str, str | None]]


def unexplained(rehearsal: Rehearsal, explained: Explained) -> list[Finding]:
    """Gives a finding for each danger seen that no claim of `explained` is about.

    `explained` are the kinds of claims that findings of this revision make, with their relation;
    a relation of None covers every table.
    """
    if rehearsal.up is None:
        return []
    return [
        *_locked_work(rehearsal, explained),
        *_failures(rehearsal, explained),
        *_losses(rehearsal, explained),
        *_old_code(rehearsal, explained),
        *_downgrades(rehearsal, explained),
    ]


def _covers(explained: Explained, kinds: tuple[ClaimKind, ...], relation: str | None) -> bool:
    return any(
        kind in kinds and (other is None or relation is None or other == relation)
        for kind, other in explained
    )


def _finding(
    rehearsal: Rehearsal,
    message: str,
    claim: Claim,
    place: Place | None,
    severity: Severity = "error",
) -> Finding:
    place = place or (rehearsal.migration.place if rehearsal.migration else None)
    location = Location.at(place, claim.relation, rehearsal.revision)
    return Finding(message, location, (claim,), severity, rule=UNEXPLAINED, job="migrations")


def _locked_work(rehearsal: Rehearsal, explained: Explained) -> Iterator[Finding]:
    """Work on every row of an older table while others wait; once for each table.

    SQLite lets one connection write at a time whatever it does, and batch mode copies by intent.
    """
    assert rehearsal.up is not None
    if rehearsal.dialect == "sqlite":
        return
    seen: set[str] = set()
    for trace in rehearsal.up.statements:
        for relation, kind, words in _work(trace):
            if relation not in rehearsal.rows or relation in seen or _is_new(rehearsal, relation):
                continue
            if _covers(explained, _WORK, relation):
                continue
            seen.add(relation)
            message = f"{head(trace.statement.sql)} {words} while others wait"
            claim = Claim(kind, relation)
            yield _finding(rehearsal, message, claim, trace.statement.place)


def _work(trace: StatementTrace) -> Iterator[tuple[str, ClaimKind, str]]:
    for blocked in trace.blocked:
        if blocked.why:
            yield blocked.relation, "blocks_writes", "does its work on the whole table"
    for relation in trace.rewritten:
        # MySQL also writes a table anew while others go on writing to the old one
        if any(lock.mode == "SHARED_UPGRADABLE" for lock in trace.locks):
            continue
        yield relation, "table_rewrite", "writes the whole table anew"
    for scan in locked_scans(trace):
        yield scan.relation, "full_scan_locked", "reads the whole table"


def _failures(rehearsal: Rehearsal, explained: Explained) -> Iterator[Finding]:
    up, without, edge = rehearsal.up, rehearsal.without_rows, rehearsal.at_the_edge
    if edge is not None and not _covers(explained, ("fails_on_data",), None):
        message = f"on values at the limit of their types the upgrade fails: {_error(edge)}"
        yield _finding(rehearsal, message, Claim("fails_on_data"), _place_of_error(edge), "info")
    refused = rehearsal.refused_rows
    # elsewhere the rules about constraints tell what they ask of the rows
    told = rehearsal.dialect != "sqlite" or _covers(explained, ("fails_on_data",), None)
    if refused is not None and not told:
        message = f"rows that do not meet what the upgrade asks stop it: {_error(refused)}"
        yield _finding(rehearsal, message, Claim("fails_on_data"), _place_of_error(refused), "info")
    if up is None or not up.failed or _covers(explained, _FAILURES, None):
        return
    on_rows = without is not None and not without.failed
    kind: ClaimKind = "fails_on_data" if on_rows else "fails_at_runtime"
    what = "fails on a table that holds rows" if on_rows else "fails"
    message = f"the upgrade {what}: {_error(up)}"
    # generated rows refused by their values, or by what the revision's own code expects of them
    # (JSON in a text column), say little of the user's rows
    by_values = up.sql_error is None or up.sql_error.code[:2] in ("22", "23")
    severity: Severity = "info" if on_rows and by_values else "error"
    if severity == "info":
        message = f"generated rows do not fit what the upgrade asks of them: {_error(up)}"
    yield _finding(rehearsal, message, Claim(kind), _place_of_error(up), severity)


def _losses(rehearsal: Rehearsal, explained: Explained) -> Iterator[Finding]:
    assert rehearsal.up is not None
    for loss in rehearsal.up.losses:
        own = writes(rehearsal.up, loss.table)
        # what an earlier deploy has put aside waits to be dropped
        aside = drop.is_retired(loss.column or loss.table)
        if own or aside or _covers(explained, _LOSSES, loss.table):
            continue
        if _is_new(rehearsal, loss.table):
            continue
        claim = Claim("data_loss", loss.table, column=loss.column)
        message = loss_words(loss, "after the upgrade")
        yield _finding(rehearsal, message, claim, _place_of(rehearsal.up, loss.table))


def _is_new(rehearsal: Rehearsal, table: str) -> bool:
    """Whether a revision as new as this one made the table, so that it is empty and unused."""
    migration = rehearsal.migration
    return migration is not None and table in migration.new_tables


def writes(trace: Trace, table: str) -> bool:
    """Whether a statement of the revision itself says that it changes the table's rows."""
    return any(
        isinstance(operation, Data) and operation.table == table for operation in _operations(trace)
    )


def _operations(trace: Trace) -> Iterator[Operation]:
    for item in trace.statements:
        yield from item.statement.operations


def _old_code(rehearsal: Rehearsal, explained: Explained) -> Iterator[Finding]:
    covered = [relation for kind, relation in explained if kind == "breaks_old_code"]
    for broken in rehearsal.old_code or ():
        text = f"{broken.sql} {broken.error.message}"
        if _is_by_values(broken, rehearsal) or any(x is None or names(text, x) for x in covered):
            continue
        covered.append(None)  # one finding says it for all
        yield _finding(rehearsal, old_code_words(broken), Claim("breaks_old_code"), None)


def _is_by_values(broken: OldCode, rehearsal: Rehearsal) -> bool:
    """Whether a constraint refused the values, which is its work: the code may never write such.

    So does a new enumerated type; a label that was one before is no generated value.
    """
    if broken.error.code in _REFUSED_VALUES:
        return True
    before = rehearsal.migration.before if rehearsal.migration else None
    labels = {label for enum in (before.enums if before else ()) for label in enum.values}
    was_one = any(broken.error.message.endswith(f'"{label}"') for label in labels)
    return broken.error.code == _NO_SUCH_LABEL and " enum " in broken.error.message and not was_one


def _downgrades(rehearsal: Rehearsal, explained: Explained) -> Iterator[Finding]:
    down = rehearsal.down
    if down is None:
        return
    if down.failed:
        # a downgrade that says by itself that there is no way back is an answer
        if not down.on_purpose and not _covers(explained, _BACK, None):
            message = f"the downgrade fails: {_error(down)}"
            claim = Claim("downgrade_fails")
            yield _finding(rehearsal, message, claim, _place_of_error(down), "warning")
        return
    left = [text for text in down.difference if not only_validity(text)]
    if left and not _covers(explained, _BACK, None):
        message = f"the downgrade leaves another schema: {left[0]}"
        claim = Claim("irreversible_downgrade")
        yield _finding(rehearsal, message, claim, None, "warning")
    for loss in down.losses:
        if _covers(explained, _BACK, loss.table) or _known(rehearsal, loss):
            continue
        message = loss_words(loss, "after upgrade and downgrade")
        claim = Claim("lossy_downgrade", loss.table, column=loss.column)
        yield _finding(rehearsal, message, claim, None, "warning")


def _known(rehearsal: Rehearsal, loss: RowLoss) -> bool:
    """Whether the upgrade lost it already, or the downgrade's own statements change the table."""
    assert rehearsal.up is not None
    assert rehearsal.down is not None
    lost = {(found.table, found.column) for found in rehearsal.up.losses}
    if (loss.table, loss.column) in lost or (loss.table, None) in lost:
        return True
    return writes(rehearsal.down, loss.table) or writes(rehearsal.up, loss.table)


def _place_of(trace: Trace, table: str) -> Place | None:
    for item in trace.statements:
        if any(
            getattr(operation, "table", None) == table for operation in item.statement.operations
        ):
            return item.statement.place
    return None


def _place_of_error(trace: Trace) -> Place | None:
    file, _, line = (trace.error_place or "").rpartition(":")
    return Place(file, int(line)) if file and line.isdigit() else None


def _error(trace: Trace) -> str:
    return trace.sql_error.message if trace.sql_error else one_line(trace.error)
