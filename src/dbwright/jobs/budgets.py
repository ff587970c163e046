"""Budgets of statements written for tests, as marks above their functions."""

from __future__ import annotations

from pathlib import Path

from dbwright.core.errors import UsageError
from dbwright.core.finding import Edit
from dbwright.jobs.watch_fixes import source_text
from dbwright.recipes.budget_marks import with_budgets


def edits_of(counts: dict[str, int], root: Path) -> tuple[list[Edit], list[str]]:
    """Gives the edits for the statements that tests, by their node ids, sent; and what is left.

    A test with parameters gets the most that one of them sent.
    """
    by_file: dict[str, dict[tuple[str, ...], int]] = {}
    for name, count in counts.items():
        file, *path = name.partition("[")[0].split("::")
        if path:
            budgets = by_file.setdefault(file, {})
            budgets[tuple(path)] = max(budgets.get(tuple(path), 0), count)
    edits: list[Edit] = []
    left: list[str] = []
    for file, wanted in sorted(by_file.items()):
        before = source_text(root / file)
        if before is None:
            left.append(f"{file} cannot be read")
            continue
        after, without = with_budgets(before, wanted)
        left += [f"no function {'::'.join(path)} in {file}" for path in without]
        if after != before:
            edits.append(Edit(file, before, after))
    return edits, left


def budget_of(value: object) -> int:
    """Gives a budget as a number; raises UsageError for what is none."""
    if isinstance(value, bool) or not isinstance(value, int) or value < 0:
        raise UsageError(
            f"a budget is a number of statements, not {value!r}",
            way_out="Write @pytest.mark.dbwright_budget(statements=10).",
        )
    return value
