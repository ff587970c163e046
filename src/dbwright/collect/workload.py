"""A workload that the user names: a server's logs, recorded statements, a file of SQL."""

from __future__ import annotations

import itertools
import json
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from dbwright import dialects
from dbwright.collect.condensed import MOST, Condensed
from dbwright.collect.log_files import Reading, Source, is_log, sources
from dbwright.collect.sql_script import Script
from dbwright.collect.statements import read_statements
from dbwright.core.errors import CollectError
from dbwright.core.options import Progress
from dbwright.core.plan import Workload, WorkloadStatement
from dbwright.dialects.postgresql import statements
from dbwright.dialects.postgresql.log_entries import READERS, whole
from dbwright.dialects.postgresql.log_statements import ALONE, Execution, executions, with_values

_WAY_OUT = (
    'Write an object a line: {"sql": "select …", "calls": 120, "milliseconds": 35.5}; calls and '
    "milliseconds may be left out."
)
_SETTINGS = (
    "Have the server log them: log_min_duration_statement = 0 (with lc_messages = 'C'), or "
    "auto_explain."
)


_BESIDE = {**dict.fromkeys(READERS, "is no log"), "lines": "is SQL, beside JSON lines"}
"""What is said of a file of SQL where others are what is read."""
_FEW = 1_000
"""Of a file of SQL, or of another database's, so many statements stand as they are."""


def read_workload(
    argument: str,
    dialect: str,
    root: Path,
    progress: Progress = lambda text: None,
    most: int = MOST,
) -> Workload:
    """Gives the statements of a text, a file, a folder of files or a pattern that names some.

    A file is SQL, a log of PostgreSQL (csvlog, jsonlog, text) or JSON, an object a line with
    `calls` and `milliseconds`; which it is, its content tells. Several files of one kind are one
    workload. The same statement with other constants is one more execution of it; of many
    executions a sample is kept. Of many statements `most` are given. Raises CollectError where
    there is no statement.
    """
    files = sources(argument, root)
    if not files:
        return _of_text(argument, dialect, root)
    chosen, others = _chosen(files)
    if not chosen:
        first = others[0] if others else f"there is no file in {argument}"
        raise CollectError(f"there is no log and no workload: {first}", file=argument)
    reading = Reading(chosen, progress)
    if chosen[0].holds == "sql":
        return _of_sql(chosen, dialect, reading, most, others)
    condensed = Condensed(_filled, most, dialect=dialect)
    if dialect != "postgresql":
        return _of_another(chosen, reading, condensed, dialect, argument, others)
    if is_log(chosen[0]):
        _read_logs(chosen, reading, condensed, argument)
    else:
        for file in chosen:
            _read_lines(file, reading, condensed)
    if not condensed.executions:
        raise CollectError("there is no statement", file=argument, way_out=_WAY_OUT)
    found = condensed.workload()
    return Workload(found.statements, (*others, *reading.cut, *found.left_out))


def _of_text(argument: str, dialect: str, root: Path) -> Workload:
    if not set(argument) & set(" \t\n") and not statements.is_planned(argument):
        raise CollectError(
            "there is no such file",
            file=argument,
            way_out='Name a log or a file of SQL, or give the statement itself: "SELECT …"',
        )
    return Workload(read_statements(argument, dialect, root))


def _filled(sql: str, values: str) -> str:
    return with_values(Execution(sql, values))


def _of_sql(
    files: Sequence[Source],
    dialect: str,
    reading: Reading,
    most: int,
    others: Sequence[str],
) -> Workload:
    """Gives the statements of files of SQL as one workload.

    A few stand as they are, so that each that has no plan is told by itself. Of several files one
    that holds no SQL is told and left out.
    """
    condensed = Condensed(_filled, most, dialect=dialect)
    refused: list[CollectError] = []
    stream = _scripts(files, dialect, reading, condensed.told, refused)
    first = tuple(itertools.islice(stream, _FEW + 1))
    if not first:
        raise refused[0]
    if len(first) > _FEW:
        for each in itertools.chain(first, stream):
            condensed.add(each.sql)
        found = condensed.workload()
    else:
        left_out = (f"{count:,} {what}" for what, count in condensed.told.items())
        found = Workload(first, tuple(left_out))
    told = [*others, *(f"{each.file}: it {each.message}" for each in refused), *reading.cut]
    return Workload(found.statements, (*told, *found.left_out))


def _scripts(
    files: Sequence[Source],
    dialect: str,
    reading: Reading,
    told: Counter[str],
    refused: list[CollectError],
) -> Iterator[WorkloadStatement]:
    """Gives the statements of each file; the files whose first ones are no SQL are `refused`."""
    for file in files:
        stream = Script(file.name, dialect, told).statements(reading.of(file))
        try:
            first = tuple(itertools.islice(stream, _FEW))
            _check(file, first, dialect)
        except CollectError as error:
            refused.append(error)
            continue
        yield from first
        yield from stream


def _check(file: Source, first: Sequence[WorkloadStatement], dialect: str) -> None:
    """Raises CollectError for a file whose statements are none, not even one of them."""
    if not first:
        raise CollectError("holds no SQL statement", file=file.name, way_out=_WAY_OUT)
    fault = dialects.get(dialect).statements.fault
    faults = [told for each in first if (told := fault(each.sql))]
    if len(faults) == len(first):
        begins = " ".join(first[0].sql[:200].split())[:60]
        raise CollectError(
            f"is neither SQL ({faults[0]}) nor a log that dbwright reads; it begins with "
            f"`{begins}`",
            file=file.name,
            way_out="A log is PostgreSQL's csvlog, jsonlog or text with `LOG:  …`; "
            f"statements are JSON lines or SQL. {_SETTINGS}",
        )


def _chosen(files: Sequence[Source]) -> tuple[list[Source], list[str]]:
    """Gives the files of one format, and a sentence for each that is not among them.

    A server may write the same log in several formats: one is read, the one with most files.
    """
    count = Counter(each.holds for each in files if is_log(each))
    others = [f"{each.name}: it {each.why}" for each in files if not each.holds]
    logs = sorted(count, key=lambda holds: (-count[holds], list(READERS).index(holds)))
    lines = any(each.holds == "lines" for each in files)
    wanted = logs[0] if logs else "lines" if lines else "sql"
    if wanted != "sql":
        others += [f"{each.name}: it {_BESIDE[wanted]}" for each in files if each.holds == "sql"]
    for holds in logs[1:]:
        several = f"{count[holds]} files" if count[holds] != 1 else "1 file"
        others.append(f"{several} of {holds}: the same log is read as {wanted}")
    chosen = [each for each in files if each.holds == wanted]
    if logs:
        others += [f"{e.name}: a log stands beside it" for e in files if e.holds == "lines"]
    return chosen, others


def _read_logs(
    files: Sequence[Source], reading: Reading, condensed: Condensed, argument: str
) -> None:
    """Reads a server's log; statements that begin in one file may end in the next."""
    told = condensed.told
    seen: Counter[str] = Counter()

    def entries() -> Iterator[Any]:
        for file in files:
            for entry in READERS[file.holds](reading.of(file), told):
                seen[entry.severity] += 1
                yield entry

    for sql, values, milliseconds in executions(entries(), told):
        condensed.add(sql, values, milliseconds)
    alone = told.pop(ALONE, 0)
    if not condensed.executions:
        was = ", ".join(f"{number:,} {name}" for name, number in seen.most_common(4))
        times = f", {alone:,} times without a statement" if alone else ""
        raise CollectError(
            f"the log ({files[0].holds}) tells of no statement; "
            f"its entries: {was or 'none'}{times}",
            file=argument,
            way_out=_SETTINGS,
        )


def _read_lines(file: Source, reading: Reading, condensed: Condensed) -> None:
    """Reads JSON, an object a line, of statements of PostgreSQL."""
    for sql, calls, milliseconds in _lines(file, reading, condensed.told, "postgresql"):
        condensed.add(sql, "", milliseconds, calls)


def _of_another(
    files: Sequence[Source],
    reading: Reading,
    condensed: Condensed,
    dialect: str,
    argument: str,
    others: Sequence[str],
) -> Workload:
    """Gives the statements of another database; of a few, texts that are the same are one."""
    if is_log(files[0]):
        raise CollectError(
            f"is a log of PostgreSQL, and the database is {dialect}",
            file=argument,
            way_out=_WAY_OUT,
        )
    known: dict[str, WorkloadStatement] = {}
    for file in files:
        for sql, calls, milliseconds in _lines(file, reading, condensed.told, dialect):
            before = known.get(sql, WorkloadStatement(sql, 0.0))
            time = before.milliseconds
            if milliseconds is not None:
                time = (time or 0.0) + milliseconds
            known[sql] = replace(before, calls=before.calls + calls, milliseconds=time)
            if len(known) > _FEW:
                _add(condensed, known)
    if not known and not condensed.executions:
        raise CollectError("there is no statement", file=argument, way_out=_WAY_OUT)
    if condensed.executions:
        _add(condensed, known)
        found = condensed.workload()
        return Workload(found.statements, (*others, *reading.cut, *found.left_out))
    left_out = [f"{count:,} {what}" for what, count in condensed.told.items()]
    return Workload(tuple(known.values()), (*others, *reading.cut, *left_out))


def _add(condensed: Condensed, known: dict[str, WorkloadStatement]) -> None:
    for each in known.values():
        condensed.add(each.sql, "", each.milliseconds, each.calls)
    known.clear()


def _lines(
    file: Source, reading: Reading, told: Counter[str], dialect: str
) -> Iterator[tuple[str, float, float | None]]:
    """Reads JSON, an object a line; a last line that was cut off is told and left out."""
    for number, line in enumerate(whole(reading.of(file), told), start=1):
        if not line.strip():
            continue
        try:
            data = json.loads(line.decode("utf-8", "replace"))
            found = _statement(data)
        except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
            if not line.endswith(b"\n") and isinstance(error, json.JSONDecodeError) and number > 1:
                told["lines that were cut off"] += 1
                return
            raise CollectError(
                f"this is no statement of a workload: {error}",
                file=file.name,
                line=number,
                way_out=_WAY_OUT,
            ) from error
        if data.get("dialect", dialect) != dialect:
            told[f"statements that were recorded on {data['dialect']}"] += 1
        else:
            yield found


def _statement(data: Any) -> tuple[str, float, float | None]:
    sql, calls, milliseconds = data["sql"], data.get("calls", 1), data.get("milliseconds")
    if not isinstance(sql, str) or not isinstance(calls, int | float) or not calls >= 0:
        raise ValueError("sql is a text and calls a number")
    if not isinstance(milliseconds, int | float | None):
        raise ValueError("milliseconds is a number")
    return sql, calls, milliseconds
