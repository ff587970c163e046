"""The parts of a rehearsal in words, shared by every format."""

from __future__ import annotations

from collections.abc import Sequence

from dbwright.core.rehearsed import Estimate, Outcome, RehearsalReport, Span
from dbwright.core.trace import OldCode, Rehearsal, RowLoss, StatementTrace, Trace
from dbwright.render.parts import plural

UNITS = (
    (86_400_000.0, "d"),
    (3_600_000.0, "h"),
    (60_000.0, "min"),
    (1_000.0, "s"),
    (1.0, "ms"),
)


def duration(milliseconds: float) -> str:
    """Gives a time with its unit.

    >>> duration(0.44), duration(12.6), duration(13_573), duration(4_000_000)
    ('0.4 ms', '13 ms', '14 s', '1.1 h')
    """
    size, unit = next((item for item in UNITS if milliseconds >= item[0]), UNITS[-1])
    value = milliseconds / size
    return f"{value:.1f} {unit}" if value < 9.95 else f"{value:,.0f} {unit}"


def size(count: int) -> str:
    """Gives a number of bytes with its unit.

    >>> size(412), size(18_432)
    ('412 B', '18.4 kB')
    """
    for unit, factor in (("GB", 10**9), ("MB", 10**6), ("kB", 10**3)):
        if count >= factor:
            return f"{count / factor:,.1f} {unit}"
    return f"{count} B"


def one_line(sql: str) -> str:
    """Gives a statement on one line."""
    return " ".join(sql.split())


def mode(name: str) -> str:
    """Gives a lock mode as people write it: `AccessExclusiveLock` as ACCESS EXCLUSIVE.

    >>> mode("ShareRowExclusiveLock")
    'SHARE ROW EXCLUSIVE'
    """
    bare = name.removesuffix("Lock")
    return "".join(f" {c}" if c.isupper() else c for c in bare).strip().upper()


def stops(actions: Sequence[str]) -> str:
    """Gives what a second session could not do meanwhile.

    >>> stops(["SELECT", "INSERT"]), stops([])
    ('reads and writes', '')
    """
    found = {"SELECT": "reads", "INSERT": "writes"}
    return " and ".join(found[action] for action in ("SELECT", "INSERT") if action in actions)


def passage(span: Span) -> str:
    """Gives from when to when a lock stood.

    >>> passage(Span("t", "ShareLock", 0, 1, 2, 3, "commit"))
    'from 2 to commit'
    """
    if span.until == "commit":
        return f"from {span.statement} to commit"
    return f"during {span.statement}"


def work(item: StatementTrace) -> list[str]:
    """Gives what a statement did to rows and files, one phrase each."""
    found = [f"writes {name} anew" for name in item.rewritten]
    for scan in item.scans:
        if scan.whole and scan.relation not in item.rewritten:
            under = f" under {mode(scan.lock)}" if scan.lock else ""
            found.append(f"reads all of {scan.relation}{under}")
    if item.rebuilt_indexes:
        found.append(f"builds {', '.join(item.rebuilt_indexes)} anew")
    if item.rows_changed:
        found.append(f"changes {plural(item.rows_changed, 'row')}")
    if item.wal_bytes:
        found.append(f"WAL {size(item.wal_bytes)}")
    return found


def waited(item: StatementTrace) -> list[str]:
    """Gives who had to wait for a statement's locks, table by table."""
    tables: dict[str, list[str]] = {}
    for blocked in item.blocked:
        tables.setdefault(blocked.relation, []).append(blocked.action)
    return [f"{stops(actions)} of {table} waited" for table, actions in tables.items()]


def estimate(item: Estimate) -> str:
    """Gives an estimate with how it is known."""
    how = f"{item.per_second:,.0f} rows/s here between {item.low:,} and {item.high:,} rows"
    if item.no_growth:
        how = f"its whole time at {item.high:,} rows here, by row, as it did not grow"
    return (
        f"at {item.rows:,} rows of {item.relation} about {duration(item.milliseconds)} "
        f"(estimated: {how}, all in memory; what does not fit there takes several times that)"
    )


def loss(found: RowLoss) -> str:
    """Gives what was lost of a table or column, with an example."""
    example = f" ({found.example})" if found.example else ""
    if found.column is None:
        return f"{found.lost} of {found.of} rows of {found.table}{example}"
    return f"{found.lost} of {found.of} values of {found.table}.{found.column}{example}"


def down(run: Rehearsal) -> str:
    """Gives how the downgrade went."""
    trace = run.down
    if trace is None:
        return ""
    if trace.failed:
        says = "refuses, as written" if trace.on_purpose else "fails"
        text = f"{says}: {_error(trace)}"
        if run.down_old_rows is not None and not run.down_old_rows.failed:
            text += "; without the rows that were written after the upgrade it runs"
        return text
    parts = ["the schema is as before" if not trace.difference else "the schema differs"]
    parts += list(trace.difference[:3])
    lost = trace.losses
    parts.append(f"lost: {'; '.join(map(loss, lost))}" if lost else "all rows and values are back")
    if run.down_at_the_edge is not None:
        parts.append("values too wide for the old type stop it")
    return "; ".join(parts)


def again(run: Rehearsal) -> str:
    """Gives what the second upgrade showed; nothing where it went as the first."""
    trace = run.again
    if trace is None:
        return ""
    if trace.failed:
        return f"fails after the downgrade: {_error(trace)}"
    return f"the schema differs: {'; '.join(trace.difference[:3])}" if trace.difference else ""


def code(broken: tuple[OldCode, ...] | None, ran: int, when: str) -> str:
    """Gives how many statements of a code fail, and the first of them."""
    if broken is None:
        return ""
    if not broken:
        return f"{plural(ran, 'statement')} tried, none fails {when}"
    first = broken[0]
    name = first.mapper.rpartition(".")[2]
    number = f"{len(broken)} of " if len(broken) < ran else ""
    return (
        f"{number}{plural(ran, 'statement')} fail {when}: {first.action} of {name}, "
        f"{first.error.message}"
    )


def rows(run: Rehearsal) -> str:
    """Gives how many rows the tables held, and which had none."""
    counts = sorted(run.rows.values())
    if not counts:
        return "no table stood before"
    least, most = counts[0], counts[-1]
    each = f"{least}" if least == most else f"{least} to {most}"
    return f"{each} in {plural(len(counts), 'table')} before the upgrade"


def place(item: StatementTrace, path: str) -> str:
    """Gives the line of a statement, with the file where it is another one than the revision's."""
    found = item.statement.place
    if found is None or found.line is None:
        return ""
    return f":{found.line}" if found.file == path else f"{found.file}:{found.line}"


def runs(run: Rehearsal) -> str:
    """Gives the time of each way."""
    parts = []
    for name, trace in (("up", run.up), ("down", run.down), ("up again", run.again)):
        if trace is not None:
            parts.append(f"{name} {'failed' if trace.failed else duration(trace.milliseconds)}")
    return ", ".join(parts)


def end(report: RehearsalReport) -> str:
    """Gives the last line: how many revisions went how."""
    parts = []
    for verdict, words in (
        ("danger", "with a danger or a loss"),
        ("unverified", "not wholly verified"),
        ("clean", "clean"),
    ):
        count = report.count(verdict)
        if count:
            parts.append(f"{plural(count, 'revision')} {words}")
    return ", ".join(parts) or "no revision is to be rehearsed"


def head(report: RehearsalReport) -> str:
    """Gives the first sentence: what was run, where, and why just that."""
    summary = report.summary
    ran = sum(1 for item in report.outcomes if item.rehearsal is not None)
    where = f" on {summary.server}" if summary.server else ""
    text = f"Rehearsed {ran} of {plural(len(report.outcomes), 'revision')}{where}: up, down and up "
    return f"{text}with rows. Taken: {summary.scope}." if summary.scope else f"{text}with rows."


def title(outcome: Outcome) -> str:
    """Gives the revision and what it is called."""
    message = outcome.message.strip().splitlines()[:1]
    return f"{outcome.revision} {message[0]}" if message else outcome.revision


def _error(trace: Trace) -> str:
    if trace.sql_error is not None:
        return trace.sql_error.message
    return ((trace.error or "it failed").strip().splitlines() or ["it failed"])[0]
