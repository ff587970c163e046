"""What stopped a run: a constraint that refused rows, or values that did not fit."""

from __future__ import annotations

from dbwright.core.operation import AlterType, Data
from dbwright.core.trace import Trace
from dbwright.verify import meeting

_DOES_NOT_FIT = ("22001", "22003")


def refused(trace: Trace) -> bool:
    """Whether a constraint refused the rows that were there."""
    error = trace.sql_error
    return error is not None and error.code in meeting.CONSTRAINT_REFUSALS


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
