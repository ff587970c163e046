"""How a project's source holds its database: its engines, and its sessions in coroutines."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

from dbwright.collect.engine_source import read_holding
from dbwright.collect.models_source import python_files
from dbwright.collect.source_files import SIZE_LIMIT, read_source
from dbwright.core.recording import Recording
from dbwright.core.rule import Rule
from dbwright.core.source import Source
from dbwright.core.target import Target
from dbwright.jobs.flow import Reviewed, review
from dbwright.jobs.workplace import Workplace
from dbwright.verify.queries.watched import Run, WatchedProver

_MOST_FILES = 3_000
_TELLING = (b"create_engine", b"create_async_engine", b"gather(", b"async def")


def review_holding(place: Workplace, rules: Sequence[Rule]) -> Reviewed:
    """Reviews what the source says by itself; a run says more (`queries watch`)."""
    wanted = [rule for rule in rules if rule.job == "queries" and rule.fact is Recording]
    if not wanted:
        return Reviewed()
    place.progress("reading how the code holds its database")
    root = place.project.root
    config = place.project.config
    inis = [config] if config is not None and config.suffix == ".ini" else []
    return judged(read_holding(_sources(root), root, inis), wanted, place.target)


def judged(recording: Recording, rules: Sequence[Rule], target: Target) -> Reviewed:
    """Reviews what was read; nothing of it was run, and its proofs say so."""
    why = "the source says it, nothing was run"
    return review(rules, [recording], target, WatchedProver(Run(0, b"", recording), None, why))


def _sources(root: Path) -> Iterator[Source]:
    for count, file in enumerate(python_files(root)):
        if count >= _MOST_FILES:
            return
        if not _telling(file):
            continue
        source = read_source(file, root)
        if isinstance(source, Source):
            yield source


def _telling(file: Path) -> bool:
    try:
        if file.stat().st_size > SIZE_LIMIT:
            return False
        content = file.read_bytes()
    except OSError:
        return False
    return any(word in content for word in _TELLING)
