"""Loader options as edits of the files that send the queries."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path

from dbwright.collect.file_form import form_of, text_of
from dbwright.core.claim import RunProbe, Trial
from dbwright.core.finding import Edit, Recommendation
from dbwright.recipes.queries.loader_edit import with_options


def edits_of(
    items: Iterable[Recommendation], hoped: frozenset[str], root: Path
) -> tuple[list[Edit], list[str]]:
    """Gives the edits of what a second run proved, and a line for what is left out.

    `hoped` are the fingerprints of those that had an option to try.
    """
    by_file: dict[str, list[tuple[Recommendation, Trial]]] = {}
    left: list[str] = []
    for item in items:
        found = list(_trials(item))
        if not found and item.fingerprint in hoped:
            left.append(f"not written, no run proved it: {_place(item)}")
        for trial in found:
            by_file.setdefault(trial.file, []).append((item, trial))
    edits: list[Edit] = []
    for file, several in sorted(by_file.items()):
        before = source_text(root / file)
        after, without = (
            ("", [each for _, each in several])
            if before is None
            else with_options(before, [each for _, each in several])
        )
        left += [
            f"not written, its query could not be told at {file}:{trial.line}: {_place(item)}"
            for item, trial in several
            if trial in without
        ]
        if before is not None and after != before:
            edits.append(Edit(file, before, after))
    return edits, left


def _trials(item: Recommendation) -> Iterator[Trial]:
    for claim, proof in zip(item.claims, item.proofs, strict=False):
        if isinstance(claim.probe, RunProbe) and proof.holds:
            yield from claim.probe.trials


def has_option(item: Recommendation) -> bool:
    """Whether a finding has a loader option that a run can try."""
    return any(isinstance(c.probe, RunProbe) and c.probe.trials for c in item.claims)


def _place(item: Recommendation) -> str:
    return f"{item.location.object or item.rule}, {item.location.file}:{item.location.line}"


def source_text(path: Path) -> str | None:
    """Gives the text of a source file, None where it cannot be read."""
    try:
        content = path.read_bytes()
        return text_of(content, form_of(content))
    except (OSError, ValueError, SyntaxError, LookupError):
        return None
