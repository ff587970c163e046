"""What came out of the upgrade: errors, rows lost, old code that fails, work half done."""

from __future__ import annotations

from dbwright.core.operation import AddColumn, CreateTable, RenameColumn
from dbwright.core.schema import Column
from dbwright.core.trace import OldCode, RowLoss, Trace
from dbwright.verify.claims_case import Case, Unseen, head, names, one_line


def fails_on_data(case: Case) -> str | Unseen:
    """The upgrade failed with rows, and did not fail, or not on them, without."""
    up, without = case.up, case.rehearsal.without_rows
    edge = case.rehearsal.at_the_edge
    if edge is not None and _is_meant(case, edge):
        return f"{_failing(edge)} failed on values at the limit of their types: {_error(edge)}"
    refused = case.rehearsal.refused_rows
    if refused is not None and _is_meant(case, refused):
        return f"{_failing(refused)} failed on rows that do not meet it: {_error(refused)}"
    if refused is not None and not _has_run(case, refused):
        return Unseen(f"on rows that do not meet it, something before it failed: {_error(refused)}")
    if not up.failed:
        return case.unseen("the upgrade ran over the rows", rows=True)
    if without is not None and without.failed and without.error == up.error:
        return Unseen(f"it fails without rows too: {one_line(up.error)}")
    if not _is_meant(case, up):
        return Unseen(f"the upgrade stopped at something else: {one_line(up.error)}")
    empty = " On empty tables it runs." if without is not None and not without.failed else ""
    return f"{_failing(up)} failed: {_error(up)}.{empty}"


def fails_at_runtime(case: Case) -> str | Unseen:
    """The upgrade failed, whatever the rows."""
    up, without, deploy = case.up, case.rehearsal.without_rows, case.rehearsal.together
    if not up.failed:
        if deploy is None or not deploy.failed or not _is_meant(case, deploy):
            return case.unseen("the upgrade ran")
        behind = "in one transaction with the pending revisions below it"
        return f"{behind}, {_failing(deploy)} failed: {_error(deploy)}"
    if without is not None and not without.failed:
        return Unseen(f"it fails only on rows: {one_line(up.error)}")
    if not _is_meant(case, up):
        return Unseen(f"the upgrade stopped at something else: {one_line(up.error)}")
    return f"{_failing(up)} failed: {_error(up)}"


def refuses_good_row(case: Case) -> str | Unseen:
    """A value that a column's sequence comes to is in the table already."""
    name = f"{case.claim.relation}.{case.claim.column}"
    if name in case.rehearsal.sequences_behind:
        return f"after the upgrade the sequence of {name} comes to a value that a row has already"
    return case.unseen("every value that a sequence comes to is free")


def data_loss(case: Case) -> str | Unseen:
    """Values that stood before the upgrade are gone or changed after it."""
    for loss in case.up.losses:
        if _is_lost(case, loss):
            return loss_words(loss, "after the upgrade")
    return case.unseen("every row and value is still there", rows=True)


def attribute_lost(case: Case) -> str | Unseen:
    """A column has no NOT NULL, default or comment any more that it had before."""
    claim, migration = case.claim, case.migration
    table = migration.before.table(claim.relation or "") if migration.before else None
    found = migration.after.table(claim.relation or "") if migration.after else None
    old = table.column(claim.column or "") if table else None
    if old is None or found is None:
        return Unseen("the table was not seen on both sides of the revision")
    new = found.column(_name_after(case, old.name)) or old
    lost = [words for words, was, still in _attributes(old, new) if was and not still]
    if lost:
        had = f"{claim.relation}.{old.name} had {' and '.join(lost)}"
        return f"before the revision {had}, and not after"
    return case.unseen("the column kept what it had")


def _name_after(case: Case, column: str) -> str:
    for _, operation in case.migration.operations():
        if isinstance(operation, RenameColumn) and operation.column == column:
            return operation.to
    return column


def _attributes(old: Column, new: Column) -> tuple[tuple[str, bool, bool], ...]:
    return (
        ("NOT NULL", not old.nullable, not new.nullable),
        (f"the default {old.default}", old.default is not None, new.default is not None),
        ("AUTO_INCREMENT", old.identity is not None, new.identity is not None),
        ("a comment", old.comment is not None, new.comment is not None),
    )


def rename_as_drop_add(case: Case) -> str | Unseen:
    """A column or table was dropped with its values, and another was added beside it."""
    for loss in case.up.losses:
        if not _is_lost(case, loss):
            continue
        for _, operation in case.migration.operations():
            if isinstance(operation, AddColumn) and operation.table == loss.table and loss.column:
                new = f"{loss.table}.{operation.column.name}"
                return f"{loss_words(loss, 'after the upgrade')}; {new} was added, without them"
            if isinstance(operation, CreateTable) and loss.column is None:
                new = operation.table.key
                return f"{loss_words(loss, 'after the upgrade')}; {new} was made, without them"
    return case.unseen("no value was lost", rows=True)


def breaks_old_code(case: Case) -> str | Unseen:
    """A statement of the deployed code worked before the revision and fails after it."""
    if case.rehearsal.old_code is None:
        return Unseen("no statements of the deployed code are known")
    for broken in case.rehearsal.old_code:
        if _uses(case, broken):
            return old_code_words(broken)
    if case.up.failed:
        return Unseen(f"the upgrade stopped: {one_line(case.up.error)}")
    return Unseen("the deployed code's statements still work", refutes=True)


def non_transactional(case: Case) -> str | Unseen:
    """The upgrade, stopped behind one of its commits, fails when it runs a second time."""
    for run in case.rehearsal.interrupted:
        if run.error is not None:
            error = run.sql_error.message if run.sql_error else one_line(run.error)
            failing = f" at {head(run.failing)}" if run.failing else ""
            return f"stopped at {head(run.stopped)}, the second run failed{failing}: {error}"
    return case.unseen("stopped behind each of its commits, it ran a second time")


def drops_unnamed(case: Case) -> str | Unseen:
    """A view, or a foreign key (the claim's column), is gone that no statement names."""
    relation, name = case.claim.relation or "", case.claim.column
    ran = case.rehearsal.migration
    before = ran.before.table(relation) if ran and ran.before else None
    if ran is None or ran.after is None or before is None:
        return Unseen(f"the schema after it is not known: {one_line(case.up.error)}")
    after = ran.after.table(relation)
    if name is None:
        return case.unseen(f"{relation} is there") if after else f"{relation} is gone with it"
    kept = {key.name for key in after.foreign_keys} if after else set()
    if name in kept:
        return case.unseen(f"{name} of {relation} is there")
    return f"the foreign key {name} of {relation} is gone with it"


def loss_words(loss: RowLoss, when: str) -> str:
    """Gives a loss as a sentence's beginning.

    >>> loss_words(RowLoss("books", "title", 20, 20, "Emma became NULL"), "now")
    '20 of 20 values of books.title are gone or changed now (Emma became NULL)'
    """
    example = f" ({loss.example})" if loss.example else ""
    if loss.column is None:
        return f"{loss.lost} of {loss.of} rows of {loss.table} are gone {when}{example}"
    name = f"{loss.table}.{loss.column}"
    return f"{loss.lost} of {loss.of} values of {name} are gone or changed {when}{example}"


def old_code_words(broken: OldCode) -> str:
    """Gives a broken statement of the old code as a sentence."""
    return (
        f"the deployed {broken.action} of {broken.mapper} worked before and now fails: "
        f"{broken.error.message}"
    )


def _is_lost(case: Case, loss: RowLoss) -> bool:
    return case.is_about(loss.table) and case.claim.column in (None, loss.column)


def _is_meant(case: Case, trace: Trace) -> bool:
    """Whether what failed has to do with the claim's object."""
    failed = trace.statements[-1].statement.sql if trace.statements else ""
    return _is_named(case, f"{failed} {trace.error}")


def _has_run(case: Case, trace: Trace) -> bool:
    """Whether a statement about the claim's object had run before another failed."""
    return any(_is_named(case, item.statement.sql) for item in trace.statements[:-1])


def _is_named(case: Case, text: str) -> bool:
    claim = case.claim
    return all(names(text, name) for name in (claim.relation, claim.column) if name is not None)


def _failing(trace: Trace) -> str:
    failed = [item for item in trace.statements if item.error]
    return head(failed[-1].statement.sql) if failed else "the upgrade"


def _error(trace: Trace) -> str:
    return trace.sql_error.message if trace.sql_error else one_line(trace.error)


def _uses(case: Case, broken: OldCode) -> bool:
    claim = case.claim
    text = f"{broken.sql} {broken.error.message}"
    about = claim.relation is None or names(text, claim.relation)
    return about and (claim.column is None or names(text, claim.column))
