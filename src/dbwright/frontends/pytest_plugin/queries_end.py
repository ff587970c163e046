"""The end of a run of tests that were watched: what was found, and what is asked to be written."""

from __future__ import annotations

import shutil
from collections import Counter
from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest

from dbwright.core.errors import DbwrightError
from dbwright.frontends import undoing
from dbwright.jobs import budgets, fix, watch_fixes
from dbwright.jobs.watch_gathered import Entry
from dbwright.jobs.watch_kinds import SURE
from dbwright.render.watched_tests import told, told_once

if TYPE_CHECKING:
    from dbwright.core.finding import Edit
    from dbwright.frontends.pytest_plugin.queries import Queries


def end(run: Queries) -> Iterator[str]:
    """Gives the lines at the end of a run, and writes what is asked for."""
    entries = run.gathered.sorted()
    found = [(each.item, each.tests, each.more) for each in entries]
    yield ""
    yield _heading(run, entries, len(told_once(found)))
    yield from told(found, min(100, shutil.get_terminal_size((80, 24)).columns))
    yield from _notes(run)
    for part in (_fixes, _budgets, _baseline, _reports):
        try:
            yield from part(run)
        except DbwrightError as error:
            yield f"dbwright: {error}"


def _heading(run: Queries, entries: list[Entry], count: int) -> str:
    tests, statements = len(run.gathered.tests), sum(run.gathered.tests.values())
    what = "no finding" if not entries else f"{count:,} findings"
    what = "1 finding" if count == 1 else what
    showing = len({test for each in entries for test in each.tests})
    shown = f", shown by {showing:,} of them" if entries else ""
    return f"dbwright: {what} in {statements:,} statements of {tests:,} tests{shown}"


def _notes(run: Queries) -> Iterator[str]:
    gathered = run.gathered
    if gathered.waived:
        yield f"{len(gathered.waived):,} allowed by a comment or the baseline"
    for each in gathered.unverified.values():
        yield f"{each.what}: {each.why}. {each.way_out}".rstrip()
    if gathered.aside:
        counts = Counter(rule for rule, _ in gathered.aside).most_common()
        names = ", ".join(f"{rule}{f' ({n:,})' if n > 1 else ''}" for rule, n in counts)
        which = "kinds that tests show less surely" if run.tests.kinds == SURE else "other kinds"
        yield f"{len(gathered.aside):,} of {which}: {names}"
        yield "--dbwright-queries-kinds=all tells them"
    if gathered.left_out:
        own = "" if run.config.getini("dbwright_queries_ignore") else ", the tests' own"
        yield f"{len(gathered.left_out):,} left out by their files{own} (dbwright_queries_ignore)"
    for fault in run.faults[:3]:
        yield f"could not be judged: {fault}"
    if len(run.faults) > 3:
        yield f"could not be judged: {len(run.faults) - 3:,} more tests"
    stale = gathered.stale() if _whole(run.config) and not run.faults else []
    if stale:
        names = ", ".join(stale[:3]) + (f" (+{len(stale) - 3})" if len(stale) > 3 else "")
        yield f"{len(stale)} entries of the baseline are no longer found: {names}"
        yield "Write it anew: pytest --dbwright-write-baseline"


def _whole(config: pytest.Config) -> bool:
    """Whether all tests were asked for: only then what was not found is not there."""
    chosen = (config.getoption(name, None) for name in ("keyword", "markexpr", "lf", "deselect"))
    return config.args_source is not pytest.Config.ArgsSource.ARGS and not any(chosen)


def _fixes(run: Queries) -> Iterator[str]:
    mode = run.config.option.dbwright_fix
    if mode:
        items = [each.item for each in run.gathered.sorted()]
        edits, left = watch_fixes.edits_of(
            items, frozenset(run.gathered.hoped), run.config.rootpath
        )
        yield from _shown(run, edits, mode, "--dbwright-fix=write writes it")
        yield from left


def _budgets(run: Queries) -> Iterator[str]:
    mode = run.config.option.dbwright_write_budgets
    if mode:
        gathered = run.gathered
        counts = {name: gathered.tests[name] for name in gathered.passed if name in gathered.tests}
        edits, left = budgets.edits_of(counts, run.config.rootpath)
        yield from _shown(run, edits, mode, "--dbwright-write-budgets=write writes it")
        yield from left


def _shown(run: Queries, edits: list[Edit], mode: str, way: str) -> Iterator[str]:
    if not edits:
        yield "nothing to write"
    elif mode == "write":
        kept = undoing.write(run.config.rootpath, edits, "pytest --dbwright-fix=write")
        undo = f"; undo: {undoing.words(run.config.rootpath)}" if kept else ""
        yield f"wrote {', '.join(edit.path for edit in edits)}{undo}"
    else:
        yield from fix.diff(edits).splitlines()
        yield way


def _baseline(run: Queries) -> Iterator[str]:
    if run.config.option.dbwright_write_baseline:
        edit, count = run.gathered.accepting(run.baseline)
        undoing.write_named(run.gathered.root, edit, "pytest --dbwright-write-baseline")
        yield f"wrote {edit.path}: {count:,} accepted"


def _reports(run: Queries) -> Iterator[str]:
    outputs = run.config.option.dbwright_report
    if outputs:
        from dbwright.frontends.cli.output import write_outputs

        write_outputs(run.gathered.report(), tuple(outputs))
        yield f"wrote {', '.join(each.partition(':')[2] for each in outputs)}"
