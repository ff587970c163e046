"""A workload that the user names: statements with how often they run."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from dbwright.collect.statements import read_statements
from dbwright.core.errors import CollectError
from dbwright.core.place import Place
from dbwright.core.plan import Workload, WorkloadStatement

_WAY_OUT = (
    'Write an object a line: {"sql": "select …", "calls": 120, "milliseconds": 35.5}; calls and '
    "milliseconds may be left out."
)


def read_workload(argument: str, dialect: str, root: Path) -> Workload:
    """Gives the statements of a text, of a file of SQL, or of a file of JSON, an object a line.

    In JSON a statement has its `calls` and `milliseconds`; the same statement with other
    constants is one more execution of it. Raises CollectError where there is no statement.
    """
    path = Path(root, argument) if len(argument) < 1000 and "\n" not in argument else None
    if path is not None and path.suffix in (".json", ".jsonl") and path.is_file():
        return Workload(tuple(_lines(path, argument)))
    return Workload(read_statements(argument, dialect, root))


def _lines(path: Path, name: str) -> Iterator[WorkloadStatement]:
    empty = True
    with open(path, encoding="utf-8", errors="replace") as lines:
        for number, line in enumerate(lines, start=1):
            if line.strip():
                empty = False
                yield _statement(line, name, number)
    if empty:
        raise CollectError("there is no statement", file=name, way_out=_WAY_OUT)


def _statement(line: str, name: str, number: int) -> WorkloadStatement:
    try:
        data: Any = json.loads(line)
        sql, calls = data["sql"], data.get("calls", 1)
        milliseconds = data.get("milliseconds")
        if not isinstance(sql, str) or not isinstance(calls, int | float) or calls < 0:
            raise ValueError("sql is a text and calls a number")
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise CollectError(
            f"this is no statement of a workload: {error}", file=name, line=number, way_out=_WAY_OUT
        ) from error
    return WorkloadStatement(sql, calls, milliseconds, Place(name, number))
