"""Why rows stopped a run: a constraint, or values that did not fit."""

from __future__ import annotations

import ast
import contextlib
from pathlib import Path

from dbwright.core.errors import SandboxError, UserCodeError
from dbwright.core.operation import AlterType, Data, SetNotNull
from dbwright.core.source import Source
from dbwright.core.trace import SqlError, Trace
from dbwright.dialects.sqlite.errors import sqlstate
from dbwright.verify.meeting import CONSTRAINT_REFUSALS

_DOES_NOT_FIT = ("22001", "22003")
_NO_SUCH_LABEL = "22P02"


def refused(trace: Trace) -> bool:
    """Whether a constraint refused the rows that were there, or a type that has no such label."""
    error = trace.sql_error
    if error is None:
        return False
    if error.code in CONSTRAINT_REFUSALS or sqlstate(error.code) in CONSTRAINT_REFUSALS:
        return True
    failed = trace.statements[-1].statement.operations if trace.statements else ()
    if error.code == _NO_SUCH_LABEL:
        return any(isinstance(each, AlterType) for each in failed)
    # A NULL may be what did not fit: MariaDB's MODIFY calls that truncated data.
    return error.code == "22001" and any(isinstance(each, SetNotNull) for each in failed)


def overflowed(trace: Trace) -> bool:
    """Whether rows were written that did not fit their columns, by a statement of data alone."""
    failed = trace.statements[-1].statement if trace.statements else None
    code = trace.sql_error.code if trace.sql_error else ""
    if failed is None or code not in _DOES_NOT_FIT:
        return False
    return bool(failed.operations) and all(isinstance(op, Data) for op in failed.operations)


def too_wide(trace: Trace) -> bool:
    """Whether values did not fit the narrower type that a column, or its copy, goes back to."""
    failed = trace.statements[-1].statement if trace.statements else None
    code = trace.sql_error.code if trace.sql_error else ""
    if failed is None or code not in _DOES_NOT_FIT:
        return False
    return any(isinstance(operation, AlterType | Data) for operation in failed.operations)


def check_room(error: SqlError | None) -> None:
    """Raises SandboxError where the server had no room (class 53): no fault of the revision."""
    if error is not None and error.code[:2] == "53":
        raise SandboxError(
            f"the scratch server has no room: {error.message}",
            way_out="Free some space there, or move the cache: XDG_CACHE_HOME=FOLDER",
        )


def on_purpose(error: UserCodeError | None, source: Source | None, root: Path) -> bool:
    """Whether a `raise` of the project's own stopped the run: no library did."""
    if error is None or error.file is None or error.line is None:
        return False
    if source is None or source.path != error.file:
        with contextlib.suppress(OSError, UnicodeDecodeError):
            source = Source(error.file, (root / error.file).read_text(encoding="utf-8"))
    try:
        nodes = ast.walk(source.tree) if source else ()
        raises = [node for node in nodes if isinstance(node, ast.Raise)]
    except (SyntaxError, ValueError):
        return False
    return any(node.lineno <= error.line <= (node.end_lineno or 0) for node in raises)
