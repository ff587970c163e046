"""What a revision writes into a script (`alembic upgrade --sql`), where it cannot ask anything."""

from __future__ import annotations

import textwrap

from dbwright.core.errors import FixError
from dbwright.core.finding import Edit, Fix
from dbwright.core.migration import Migration
from dbwright.core.operation import Data, Other, Select
from dbwright.core.trace import Direction, Rehearsal, Trace
from dbwright.recipes import code, revision, revision_source

IN_SQL = """# ask in SQL, so that the script asks too
op.execute("INSERT INTO … SELECT … WHERE NOT EXISTS (SELECT … FROM …)")
op.add_column("…", sa.Column(…), if_not_exists=True)"""


def branched(migration: Migration, rehearsal: Rehearsal) -> Fix:
    """The cure: in a script, the statements that the revision sent when it was run.

    The script of one revision is for a database at the one before, so what the revision finds out
    about the schema is known. Where it writes rows, nobody knows what it would find.
    """
    runs: dict[Direction, Trace | None] = {"upgrade": rehearsal.up, "downgrade": rehearsal.down}
    wrong = [script.direction for script in rehearsal.scripts if script.error or script.difference]
    title = "Write the statements that it comes to into the script"
    try:
        bodies = {direction: _body(runs[direction]) for direction in wrong}
    except FixError:
        return Fix("Ask in SQL what the revision asks in Python", IN_SQL, "unsafe")

    def make(text: str) -> tuple[Edit, ...]:
        for direction, body in bodies.items():
            text = revision_source.prepend(text, direction, body)
        return revision.edited(migration, text)

    shown = revision.outline(*((f"in {way}()", body) for way, body in bodies.items()))
    return Fix(title, shown, "unsafe", revision.attempt(migration, make))


def _body(run: Trace | None) -> str:
    if run is None or run.failed:
        raise FixError("it did not run")
    sent = [item.statement for item in run.statements]
    changes = [found for found in sent if not _only_asks(found.operations)]
    if any(found.autocommit for found in changes):
        raise FixError("a statement commits by itself")
    operations = [operation for found in changes for operation in found.operations]
    if any(isinstance(found, Data) or getattr(found, "unknown", False) for found in operations):
        raise FixError("what is written depends on the rows")
    body = [*(code.execute(found.sql) for found in changes), "return"]
    lines = textwrap.indent("\n".join(body), "    ")
    return f"if op.get_context().as_sql:  # --sql: nothing can be asked\n{lines}"


def _only_asks(operations: tuple[object, ...]) -> bool:
    return all(
        isinstance(found, Select) or (isinstance(found, Other) and found.tag in ("SELECT", "SHOW"))
        for found in operations
    )
