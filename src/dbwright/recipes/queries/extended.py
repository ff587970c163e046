"""Extended statistics as a way out: of columns together, or of expressions."""

from __future__ import annotations

from collections.abc import Sequence

from dbwright.core.finding import Remedy, Risk
from dbwright.core.identifiers import spelled
from dbwright.core.schema import Table
from dbwright.recipes.queries import index_code, remedies

_NAME = 63
"""Bytes that PostgreSQL keeps of a name."""


def statistics(
    table: Table,
    parts: Sequence[str],
    *,
    name: Sequence[str],
    kinds: str,
    title: str,
    tradeoff: str,
) -> Remedy:
    """Gives CREATE STATISTICS of parts of a table, and the ANALYZE that fills them.

    `parts` are columns or expressions in brackets as SQL has them, `name` what the name is made of.
    """
    whole = remedies.table_name(table)
    made = spelled("_".join(["st", table.name, *name]).encode()[:_NAME].decode(errors="ignore"))
    made = f"{spelled(table.schema)}.{made}" if table.schema else made
    kept = f"({kinds}) " if kinds else ""
    steps = [
        f"create statistics {made} {kept}on {', '.join(parts)} from {whole}",
        f"analyze {whole}",
    ]
    return remedies.statements(
        "statistics",
        title,
        steps,
        tradeoff=tradeoff,
        risk=Risk(
            "other statements with these conditions get new plans too, most often better ones",
            "look at the statements that matter after it",
        ),
        undo=f"drop statistics {made}",
        table=table.key,
        code="\n".join(f"op.execute({index_code.quoted(each)})" for each in steps),
    )
