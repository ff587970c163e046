"""A recording (`dbwright.record`) as statements to review: each once, with where it is called."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import sqlglot
from sqlglot.errors import SqlglotError
from sqlglot.tokenizer_core import TokenType

from dbwright.core.errors import CollectError
from dbwright.core.place import Place
from dbwright.core.plan import Workload, WorkloadStatement
from dbwright.dialects.postgresql import grammar, statements

MOST = 100
"""So many statements of a recording are reviewed, those that took the most time."""
_VALUES = (TokenType.STRING, TokenType.NUMBER)


@dataclass(slots=True)
class _Group:
    """The executions of one statement; `slowest` is what one of them took."""

    statement: WorkloadStatement
    slowest: float


def is_recording(argument: str, root: Path) -> bool:
    """Whether an argument names a file whose first line is a recorded statement."""
    if "\n" in argument or len(argument) > 1000 or "\0" in argument:
        return False
    path = Path(root, argument)
    try:
        if not path.is_file():
            return False
        with path.open("rb") as file:
            first = file.readline(2_000_000)
        data = json.loads(first)
    except (OSError, ValueError):
        return False
    return isinstance(data, dict) and isinstance(data.get("sql"), str)


def read_recording(argument: str, dialect: str, root: Path) -> Workload:
    """Gives the statements of a recording, that which took the most time first.

    Executions that differ in values alone are one statement: the text, the values and the place
    are those of the slowest. Raises CollectError where there is none, or a line is none.
    """
    groups: dict[str, _Group] = {}
    other = unplanned = 0
    for data in _lines(Path(root, argument), argument):
        if data.get("dialect", "postgresql") != dialect:
            other += 1
        elif dialect == "postgresql" and not statements.is_planned(data["sql"]):
            unplanned += 1
        else:
            _add(groups, data, dialect)
    if not groups:
        raise CollectError(
            f"there is no statement of {dialect} to review",
            file=argument,
            way_out="Record the program on that database, or name the one that it ran on.",
        )
    found = sorted(
        (group.statement for group in groups.values()),
        key=lambda each: -(each.milliseconds or 0.0),
    )
    told = [f"{other:,} statements were recorded on another database"] if other else []
    told += [f"{unplanned:,} recorded statements have no plan"] if unplanned else []
    if len(found) > MOST:
        told.append(f"{len(found) - MOST:,} statements took less time than the {MOST} reviewed")
    return Workload(tuple(found[:MOST]), tuple(told))


def _add(groups: dict[str, _Group], data: dict[str, Any], dialect: str) -> None:
    took, calls = float(data.get("milliseconds") or 0.0), float(data.get("calls", 1))
    place = Place(str(data["file"]), data.get("line")) if data.get("file") else None
    key = _key(data["sql"], dialect)
    known = groups.get(key)
    if known is None:
        statement = WorkloadStatement(data["sql"], calls, took, place)
        groups[key] = _Group(statement, took)
        return
    whole = known.statement
    if took > known.slowest:
        whole, known.slowest = replace(whole, sql=data["sql"], place=place or whole.place), took
    known.statement = replace(
        whole, calls=whole.calls + calls, milliseconds=(whole.milliseconds or 0.0) + took
    )


def _key(sql: str, dialect: str) -> str:
    """Gives what executions of one statement have in common."""
    try:
        if dialect == "postgresql":
            return grammar.fingerprint(sql)
        tokens = sqlglot.tokenize(sql, dialect="sqlite" if dialect == "sqlite" else "mysql")
    except (grammar.Failure, SqlglotError):
        return sql
    return " ".join("?" if each.token_type in _VALUES else each.text for each in tokens)


def _lines(file: Path, name: str) -> Iterator[dict[str, Any]]:
    with file.open("rb") as stream:
        for number, line in enumerate(stream, start=1):
            if not line.strip():
                continue
            try:
                data = json.loads(line)
                if not isinstance(data["sql"], str):
                    raise ValueError("sql is a text")
            except (ValueError, KeyError, TypeError, RecursionError) as error:
                if not line.endswith(b"\n") and number > 1:
                    return  # the program was ended while it wrote
                raise CollectError(
                    f"this is no recorded statement: {error}",
                    file=name,
                    line=number,
                    way_out="Record anew: dbwright.record, or pytest --dbwright-record FILE.",
                ) from error
            yield data
