"""Words of an upgrade: what it would do, and what it did, held and left."""

from __future__ import annotations

from collections.abc import Iterator

from dbwright.core.upgraded import (
    Attempt,
    LockRun,
    Outlook,
    RevisionRun,
    StatementRun,
    UpgradeReport,
)

_MOST_SQL = 60
_MOST_LOCKS = 6
_BOOKKEEPING = "alembic_version"


def outlook_text(found: Outlook) -> str:
    """Gives what an upgrade would run, with its SQL."""
    at = ", ".join(found.heads) or "nothing"
    lines = [f"{found.target} stands at {at}. To run:"]
    lines += [f"  {each.revision}  {each.message}".rstrip() for each in found.pending]
    sql = [line for statement in found.sql for line in statement.splitlines() if line.strip()]
    if sql:
        lines.append("")
        lines += [f"    {line}" for line in sql[:_MOST_SQL]]
        if len(sql) > _MOST_SQL:
            lines.append(f"    … and {len(sql) - _MOST_SQL} more lines (alembic upgrade --sql)")
    if found.sql_missing:
        lines.append(f"  Its SQL cannot be shown: {found.sql_missing}")
    return "\n".join(lines)


def upgrade_text(report: UpgradeReport) -> str:
    """Gives how an upgrade went, revision by revision."""
    lines = [line for each in report.revisions for line in _revision(each)]
    if report.waited_for:
        lines.append(f"It waited {report.waited:.1f} s for another upgrade: {report.waited_for}.")
    lines += [f"Note: {note}." for note in report.notes]
    lines.append(_end(report))
    if report.way_out:
        lines.append(report.way_out)
    return "\n".join(lines)


def _end(report: UpgradeReport) -> str:
    at = ", ".join(report.after) or "nothing"
    count = sum(each.state == "done" for each in report.revisions)
    if report.state == "nothing to do":
        return f"{report.target} stands at {at}: nothing to do."
    if report.state == "done":
        noun = "revision" if count == 1 else "revisions"
        return f"{report.target} stands at {at}: {count} {noun} in {report.seconds:.1f} s."
    if report.state == "failed":
        return f"{report.target} stands at {at}: {report.error}"
    return f"{report.target}: {report.error}"


_MARKS = {"done": "✓", "failed": "✖", "half applied": "✖", "not run": "·"}


def _revision(run: RevisionRun) -> Iterator[str]:
    head = f"{_MARKS[run.state]} {run.revision} {run.message}".rstrip()
    if run.state == "not run":
        yield f"{head}: not run"
        return
    noun = "statement" if run.count == 1 else "statements"
    state = "" if run.state == "done" else f"{run.state}, "
    yield f"{head}: {state}{run.seconds:.2f} s, {run.count} {noun}"
    for attempt in run.attempts:
        yield from _attempt(attempt)
    for name in run.dropped:
        yield f"    dropped the invalid index {name}, which an earlier attempt had left"
    longest = max((each.seconds for each in run.statements), default=0.0)
    for each in run.statements:
        is_slow = each.seconds >= 1.0 and each.seconds == longest
        if run.state != "done" or is_slow or each.state == "passed over":
            yield _statement(each)
    yield from _locks(run.locks)


def _attempt(attempt: Attempt) -> Iterator[str]:
    yield f"    tried again after {attempt.seconds:.2f} s: {attempt.error}"
    for blocker in attempt.blockers:
        yield f"      in its way: {blocker}"


def _statement(run: StatementRun) -> str:
    words = " ".join(run.sql.split())
    shown = words if len(words) <= 90 else f"{words[:90]} …"
    error = f"  ({run.error})" if run.error else ""
    return f"    {run.number}. {run.state}, {run.seconds:.2f} s: {shown}{error}"


def _locks(locks: tuple[LockRun, ...]) -> Iterator[str]:
    told = [lock for lock in locks if lock.relation != _BOOKKEEPING or lock.waited]
    for lock in told[:_MOST_LOCKS]:
        waited = f", waited for {lock.waited:.2f} s" if lock.waited else ""
        held = f" held at most {lock.seconds:.2f} s" if lock.seconds else " not given"
        yield f"    {lock.mode} on {lock.relation}{held}{waited}"
    if len(told) > _MOST_LOCKS:
        yield f"    … and {len(told) - _MOST_LOCKS} more locks, none of them longer"
