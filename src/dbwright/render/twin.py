"""A twin's export and its plans as text and JSON."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator
from typing import Any

from dbwright.core.codec import to_json
from dbwright.core.twin import Twin, TwinPlans
from dbwright.render.parts import printable


def exported(twin: Twin, output: str, size: int) -> str:
    """Gives what a twin holds, what it lacks, and who may see it."""
    known = twin.statistics
    tables = sum(each.kind in "rpm" for each in known.relations)
    indexes = sum(each.kind == "i" for each in known.relations)
    pages = sum(each.bytes for each in known.relations)
    lines = [
        f"{output} written, {size_words(size)}: the twin of {twin.source.database} on "
        f"{twin.source.server}, {size_words(pages)} there.",
        f"It holds {tables:,} tables, {indexes:,} indexes, statistics of "
        f"{len(known.columns):,} columns, {len(twin.workload.statements):,} statements. "
        "No row of a table.",
    ]
    lines += [_values(twin), *_left_out(twin.left_out)]
    lines.append(f'Next:  dbwright twin explain {output} "select …"')
    return printable("\n".join(wrapped for line in lines for wrapped in _wrap(line))) + "\n"


def _values(twin: Twin) -> str:
    if twin.redacted:
        return (
            "The statistics hold no value of a row: an estimate for a given value is the average, "
            "one for a range a guess, so many plans are others than there."
        )
    return (
        "The statistics hold values of rows (the most common, and bounds of histograms). Keep "
        "the file as you keep a dump, or export with --redact."
    )


def _left_out(sentences: tuple[str, ...]) -> Iterator[str]:
    for each in sentences:
        yield f"- without {each}"


def explained(found: TwinPlans, *, raw: bool = False) -> str:
    """Gives the plans with how far they are those of the source.

    Each is a tree with what of its cost each node causes; `raw` gives it in the server's words.
    """
    if found.exact:
        head = f"Plans and costs of {found.source.database} on {found.source.server}, by its twin."
    else:
        head = (
            f"Approximate: {found.source.database} is on {found.source.server}, its twin on "
            f"{found.server}."
        )
    lines = [*_wrap(head)]
    for each in found.missed:
        lines += _wrap(f"- without {each}")
    for plan in found.plans:
        lines += ["", *_sql(plan.sql)]
        if plan.explained is None or raw:
            lines += ["", *(plan.plan or f"No plan: {plan.error}").splitlines()]
        else:
            from dbwright.render.plan import tree  # which takes its units from here

            lines += ["", *tree(plan.explained, 79)]
    return printable("\n".join(lines)) + "\n"


def _sql(sql: str) -> list[str]:
    return [f"    {line}" for line in sql.strip().splitlines()]


def as_json(found: TwinPlans) -> dict[str, Any]:
    """Gives the plans as JSON."""
    data: dict[str, Any] = {"version": 1, **to_json(found)}
    return data


def _wrap(line: str) -> list[str]:
    after = "  " if line.startswith("- ") else ""
    return textwrap.wrap(line, 79, subsequent_indent=after, break_long_words=False)


def size_words(number: float) -> str:
    """Gives a number of bytes in words."""
    for unit in ("bytes", "kB", "MB", "GB"):
        if number < 1024:
            return f"{number:,.0f} {unit}"
        number /= 1024
    return f"{number:,.1f} TB"
