"""What the upgrade's statements locked, read and wrote anew on tables that stood before."""

from __future__ import annotations

from collections.abc import Iterator

from dbwright.core.operation import Data, Select, Statement
from dbwright.core.trace import Lock, Scan, StatementTrace
from dbwright.dialects.postgresql.locks import blocks_reads as mode_blocks_reads
from dbwright.dialects.postgresql.locks import blocks_writes as mode_blocks_writes
from dbwright.verify.claims_case import Case, Unseen, head

_UNWATCHED = "locks are watched on PostgreSQL only"


def blocks_writes(case: Case) -> str | Unseen:
    """An INSERT of a second connection waited for the claim's table."""
    return _waited(case, "INSERT", "an INSERT", "no INSERT had to wait")


def blocks_reads(case: Case) -> str | Unseen:
    """A SELECT of a second connection waited for the claim's table."""
    return _waited(case, "SELECT", "a SELECT", "no SELECT had to wait")


def full_scan_locked(case: Case) -> str | Unseen:
    """A statement read every row of a table while its lock kept others waiting."""
    if case.rehearsal.dialect != "postgresql":
        return Unseen(_UNWATCHED)
    for trace in _with_those_below(case, rows=True):
        for scan in locked_scans(trace):
            if case.is_about(scan.relation) and case.stood_before(scan.relation):
                sql = head(trace.statement.sql)
                return f"{sql} read all {scan.rows} rows of {scan.relation} under {scan.lock}"
    return case.unseen("no statement read the whole table under a lock that blocks", rows=True)


def lock_held_over_work(case: Case) -> str | Unseen:
    """A lock that reads wait for was taken, and a table read whole in the same transaction."""
    if case.rehearsal.dialect != "postgresql":
        return Unseen(_UNWATCHED)
    held: dict[int, tuple[StatementTrace, Lock]] = {}
    for trace in case.statements(rows=True):
        transaction = trace.statement.transaction
        if transaction is None:
            continue
        for scan in trace.scans if transaction in held else ():
            if scan.whole and case.stood_before(scan.relation):
                first, lock = held[transaction]
                return (
                    f"{head(first.statement.sql)} took {lock.mode} on {lock.relation}; then "
                    f"{head(trace.statement.sql)} read all {scan.rows} rows of {scan.relation}"
                )
        for lock in trace.locks:
            if lock.existed and case.is_about(lock.relation) and mode_blocks_reads(lock.mode):
                held.setdefault(transaction, (trace, lock))
    return case.unseen("nothing was read whole behind the lock", rows=True)


def table_rewrite(case: Case) -> str | Unseen:
    """A statement put every row of a table in a new file."""
    for trace in case.statements():
        for relation in trace.rewritten:
            if case.is_about(relation) and case.stood_before(relation):
                indexes = len(trace.rebuilt_indexes)
                also = f" and built {indexes} of its indexes anew" if indexes else ""
                return f"{head(trace.statement.sql)} put {relation} in a new file{also}"
    for trace in case.rehearsal.elsewhere:
        if any(case.is_about(key) and case.stood_before(key) for key in trace.rewritten):
            sql = head(trace.statement.sql)
            return f"in a session of another time zone than UTC, {sql} writes the table anew"
    return case.unseen("no table was written anew")


def long_row_locks(case: Case) -> str | Unseen:
    """The statements of one transaction changed half of a table's rows or more.

    Where the condition says nothing of how many rows meet it, several are enough: how many of the
    generated ones do is chance.
    """
    changed: dict[tuple[str, int | None], int] = {}
    for trace in case.statements(rows=True):
        for operation in trace.statement.operations:
            if not isinstance(operation, Data) or operation.action not in ("update", "delete"):
                continue
            key = (operation.table, trace.statement.transaction)
            changed[key] = changed.get(key, 0) + (trace.rows_changed or 0)
            total = case.rehearsal.rows.get(operation.table, 0)
            if not case.is_about(operation.table) or not total:
                continue
            by_chance = operation.open_ended and not operation.from_select and changed[key] > 1
            if by_chance or changed[key] * 2 >= total:
                return _locked_words(operation, min(changed[key], total), total, trace)
    return case.unseen("no transaction changed most of its rows", rows=True)


def _locked_words(operation: Data, count: int, total: int, trace: StatementTrace) -> str:
    seen = f"; a second connection found {trace.rows_locked} locked" if trace.rows_locked else ""
    bound = "" if count * 2 >= total else ", and nothing bounds how many they are"
    return (
        f"one transaction changed {count} of the {total} rows of {operation.table} and kept "
        f"them locked to its end{seen}{bound}"
    )


def lock_no_timeout(case: Case) -> str | Unseen:
    """A lock that others wait for was taken while lock_timeout was 0."""
    if case.rehearsal.dialect != "postgresql":
        return Unseen(_UNWATCHED)
    for trace in case.statements():
        for lock in blocking_locks(trace):
            if case.is_about(lock.relation) and trace.lock_timeout == "0":
                sql = head(trace.statement.sql)
                return f"{sql} took {lock.mode} on {lock.relation} while lock_timeout was 0"
    return case.unseen("no lock that blocks was taken without a lock_timeout")


def locked_scans(trace: StatementTrace) -> Iterator[Scan]:
    """Gives the whole scans under a lock that blocks reads or writes.

    A statement that looks for single rows reads a table of 20 whole, one of millions by its
    index: it is left out.
    """
    if _looks_for_rows(trace.statement):
        return
    for scan in trace.scans:
        if scan.whole and scan.lock and mode_blocks_writes(scan.lock):
            yield scan


def blocking_locks(trace: StatementTrace) -> Iterator[Lock]:
    """Gives the locks on older tables that reads or writes wait for."""
    for lock in trace.locks:
        if lock.existed and (mode_blocks_writes(lock.mode) or mode_blocks_reads(lock.mode)):
            yield lock


def _looks_for_rows(statement: Statement) -> bool:
    operations = statement.operations
    return bool(operations) and all(
        isinstance(item, Select) or (isinstance(item, Data) and item.bounded) for item in operations
    )


def _with_those_below(case: Case, *, rows: bool = False) -> Iterator[StatementTrace]:
    """Gives the upgrade's statements as they ran alone, and as a deploy of all runs them."""
    yield from case.statements(rows=rows)
    if case.rehearsal.together is not None:
        yield from case.rehearsal.together.statements


def _waited(case: Case, action: str, words: str, otherwise: str) -> str | Unseen:
    if case.rehearsal.dialect == "sqlite":
        return Unseen(_UNWATCHED)
    for trace in _with_those_below(case):
        for blocked in trace.blocked:
            if blocked.action == action and case.is_about(blocked.relation):
                sql = head(trace.statement.sql)
                if blocked.why:
                    return f"{sql} was refused while others write: {blocked.why}"
                return (
                    f"{head(trace.statement.sql)}: {words} from a second connection waited for "
                    f"{blocked.lock} on {blocked.relation}"
                )
    relation = case.claim.relation
    if relation is not None and not case.stood_before(relation):
        return Unseen(f"{relation} is not older than the revision", refutes=True)
    return case.unseen(otherwise)
