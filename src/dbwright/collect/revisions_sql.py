"""SQL: the text and the constructs that a revision executes."""

from __future__ import annotations

from typing import Any

from dbwright import dialects
from dbwright.collect.revisions_arguments import Unclear
from dbwright.collect.revisions_calls import table_key
from dbwright.collect.revisions_values import Made, Member
from dbwright.core.operation import Data, Operation, Other, Select

_SEQUENCES = {"CreateSequence": "CREATE SEQUENCE", "DropSequence": "DROP SEQUENCE"}
_WRITES = {"insert": "insert", "update": "update", "delete": "delete"}


def sql_of(value: Any) -> tuple[str | None, tuple[Operation, ...] | None]:
    """Gives the text of what is executed, or the operations of a construct; else both None."""
    if isinstance(value, str):
        return value.replace("\\:", ":"), None
    if not isinstance(value, Made):
        return None, None
    chain = _chain(value)
    if value.root.name in ("text", "DDL"):
        first = value.root.arguments[0] if value.root.arguments else None
        # sa.text sends `\\:` as a colon
        return (first.replace("\\:", ":"), None) if isinstance(first, str) else (None, None)
    return None, _construct(value, chain)


def _chain(value: Made) -> list[Made]:
    found = [value]
    while isinstance(found[-1].what, Member) and isinstance(found[-1].what.of, Made):
        found.append(found[-1].what.of)
    return found


def _construct(value: Made, chain: list[Made]) -> tuple[Operation, ...] | None:
    names = [made.name for made in chain]
    if value.name in _SEQUENCES:
        return (Other(_SEQUENCES[value.name]),)
    if "select" in names or value.root.name in ("select", "exists", "union"):
        return (Select(),)
    for made in chain:
        if made.name not in _WRITES:
            continue
        member = isinstance(made.what, Member)
        table = made.what.of if isinstance(made.what, Member) else made.arguments[:1]
        try:
            key = table_key(table if member else table[0] if table else None)
        except Unclear:
            return None
        bounded = "where" in names or made.name == "insert"
        return (Data(_WRITES[made.name], key, bounded, "from_select" in names),)  # type: ignore[arg-type]
    return None


def parse(sql: str, dialect: str | None) -> tuple[Operation, ...]:
    """Gives the operations of SQL text; bound names of `sa.text` count as values."""
    if dialect not in dialects.names():
        return (Other("SQL of an unknown database", unknown=True),)
    found: tuple[Operation, ...] = dialects.get(str(dialect)).statements.parse(sql)
    return found
