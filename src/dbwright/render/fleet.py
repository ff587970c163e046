"""Words of a fleet: how many databases stand where, which do not, and why."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence

from dbwright.core.fleet import FleetDrift, FleetReport, SchemaGroup, TargetRun

_MOST = 10
_ORDER = ("failed", "refused", "ahead", "unreachable", "behind", "running", "waiting", "done")
_SAID = {
    "failed": "failed",
    "refused": "refused",
    "ahead": "ahead of this code",
    "unreachable": "not reached",
    "behind": "behind",
    "running": "begun and not ended",
    "waiting": "not begun",
    "done": "done",
}


def fleet_text(report: FleetReport, verb: str = "upgrade") -> str:
    """Gives how a fleet stands: those that are well as a number, the others by name."""
    lines: list[str] = []
    for state in _ORDER[:-1]:
        lines += _block([run for run in report.targets if run.state == state], state)
    if report.duplicates:
        lines.append(f"{len(report.duplicates)} named more than once, taken once:")
        lines += [f"    {name}" for name in report.duplicates[:_MOST]]
    done = [run for run in report.targets if run.state == "done"]
    if done:
        lines += _revisions(done)
    lines.append(_end(report))
    if report.stopped:
        lines.append(f"Stopped: {report.stopped}.")
    if verb == "upgrade" and report.exit_status:
        lines.append("Mend them, then the same command with --resume: what is done is left alone.")
    return "\n".join(lines)


def _block(runs: Sequence[TargetRun], state: str) -> Iterator[str]:
    if not runs:
        return
    marks = {"failed": "✖", "refused": "✖", "ahead": "✖", "unreachable": "!", "behind": "!"}
    yield f"{marks.get(state, '·')} {len(runs)} {_SAID[state]}:"
    if state == "waiting":
        runs = runs[:3]
    for run in runs[:_MOST]:
        at = f" at {run.revision}" if run.revision else ""
        left = f", {run.pending} to run" if run.pending else ""
        yield f"    {run.target}{at}{left}"
        words = run.error.splitlines()[:1]
        yield from (f"        {line[:300]}" for line in words)
    if len(runs) > _MOST:
        yield f"    … and {len(runs) - _MOST} more (--format json has all)"


def _revisions(done: Sequence[TargetRun]) -> Iterator[str]:
    at = Counter(run.revision or "nothing" for run in done)
    yield f"✓ {len(done)} done: " + ", ".join(f"{n} at {rev}" for rev, n in at.most_common(5))
    kinds = Counter(run.digest for run in done if run.digest)
    if len(kinds) > 1:
        yield (
            f"! they have {len(kinds)} different schemas: `dbwright fleet drift` says which "
            "and in what"
        )
    slow = max(done, key=lambda run: run.seconds)
    if slow.seconds:
        middle = sorted(run.seconds for run in done)[len(done) // 2]
        yield f"  {middle:.2f} s in the middle, {slow.seconds:.2f} s the slowest: {slow.target}"


def _end(report: FleetReport) -> str:
    hosts = len({run.host for run in report.targets})
    over = f", {report.passed_over} of them done before" if report.passed_over else ""
    took = f" in {report.seconds:.1f} s" if report.seconds else ""
    noun = "database" if len(report.targets) == 1 else "databases"
    where = "host" if hosts == 1 else "hosts"
    return f"{len(report.targets)} {noun} on {hosts} {where}{over}{took}."


def drift_text(report: FleetDrift) -> str:
    """Gives which databases differ, and in what."""
    lines: list[str] = []
    for group in report.groups:
        if not group.is_reference:
            lines += _group(group)
    for run in report.unread[:_MOST]:
        lines.append(f"! {run.target} was not read: {run.error}")
    lines += [f"named more than once, taken once: {name}" for name in report.duplicates[:_MOST]]
    alike = next((group for group in report.groups if group.is_reference), None)
    count = len(alike.targets) if alike else 0
    total = sum(len(group.targets) for group in report.groups)
    digest = f" (schema {alike.digest})" if alike else ""
    lines.append(
        f"{count} of {total} databases have the schema of {_meant(report.against)}{digest}."
    )
    return "\n".join(lines)


def _group(group: SchemaGroup) -> Iterator[str]:
    noun = "database differs" if len(group.targets) == 1 else "databases differ"
    yield f"✖ {len(group.targets)} {noun} (schema {group.digest}):"
    yield from (f"    {name}" for name in group.targets[:_MOST])
    if len(group.targets) > _MOST:
        yield f"    … and {len(group.targets) - _MOST} more"
    yield from (f"      {line}" for line in group.differences[: 2 * _MOST])
    if len(group.differences) > 2 * _MOST:
        yield f"      … and {len(group.differences) - 2 * _MOST} more lines"


def _meant(against: str) -> str:
    return f"the {against}" if against in ("majority", "first") else against
