"""What a statement does, as far as the dialect's parser can say."""

from __future__ import annotations

from dbwright import dialects
from dbwright.core.operation import Operation, Other


def operations_of(sql: str, dialect: str) -> tuple[Operation, ...]:
    """Gives the operations of a statement that runs.

    A parser that fails at it must not stop the user's revision: its effect is then unknown.
    """
    try:
        found: tuple[Operation, ...] = dialects.get(dialect).statements.parse(sql)
    except Exception:
        return (Other("unparsed", unknown=True),)
    return found
