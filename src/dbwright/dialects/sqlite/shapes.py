"""The shape of a statement: its words without constants, told without a parser."""

from __future__ import annotations

from dbwright.dialects.sqlite.reader import tokens

_CONSTANTS = ("string", "number")


def shape(sql: str) -> str:
    """Gives what statements share that differ in constants, comments, cases and white space.

    >>> shape("select 1 from t2 where a = 'x'") == shape("SELECT 5  from t2 where a = 3")
    True
    >>> shape("select 1 from [t 2]") == shape("select 1 from [t 3]")
    False
    """
    return " ".join(
        "?" if each.kind in _CONSTANTS else each.word or each.text for each in tokens(sql)
    )
