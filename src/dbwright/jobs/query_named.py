"""Statements of a place in the project's code that the user names."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from dbwright.collect.code_reference import CodeReference
from dbwright.collect.source_files import relative
from dbwright.core.errors import CollectError, DbwrightError
from dbwright.core.place import Place
from dbwright.core.plan import WorkloadStatement
from dbwright.jobs.query_code import Spelling

WAY_OUT = (
    "Paste the SQL that the log shows, or record it as it runs:\n"
    "  pytest --dbwright-record run.jsonl\n"
    "  dbwright queries review run.jsonl --db URL --run"
)
Miss = Callable[[str, str, str], None]


def in_code(
    spelling: Spelling, references: Sequence[CodeReference], dialect: str, miss: Miss
) -> list[WorkloadStatement]:
    """Gives the statements that stand whole in these places, each with its line.

    None of the project's functions is called for it. Raises CollectError where there is none.
    """
    listed = ", ".join(dict.fromkeys(map(str, references)))
    place = spelling.workplace(dialect)
    if place is None or place.worker is None:
        raise CollectError(
            f"{listed}: the project's code could not be read", way_out=spelling.why or WAY_OUT
        )
    files = list(dict.fromkeys(str(Path(spelling.path, each.file)) for each in references))
    try:
        answer = place.worker.call("expressions", files=files, **place.source)
    except DbwrightError as error:
        raise CollectError(f"{listed}: {error.message}", way_out=error.way_out) from error
    found = [
        WorkloadStatement(each["sql"], place=Place(_shown(each, place), each["line"]))
        for each in answer["statements"]
        if any(_is_meant(each, reference, spelling.path) for reference in references)
    ]
    left_out = sum(answer["left_out"].values())
    if not found:
        raise CollectError(
            f"{listed}: no statement stands whole there: what is put together in steps, or of "
            "values that only a run knows, is not known before it runs",
            way_out=WAY_OUT,
        )
    if left_out and any(not (each.function or each.line) for each in references):
        why = "they are put together in steps or of values that only a run knows"
        miss(f"{left_out} other statements of {listed}", why, WAY_OUT)
    return found


def _shown(each: dict[str, Any], place: Any) -> str:
    return relative(Path(each["file"]), place.project.root)


def _is_meant(each: dict[str, Any], reference: CodeReference, path: Path) -> bool:
    if Path(each["file"]) != Path(path, reference.file):
        return False
    if reference.function:
        return bool(each["function"] == reference.function)
    if reference.line:
        return bool(each["line"] <= reference.line <= each["end"])
    return True
