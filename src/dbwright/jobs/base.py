"""The schema below the first revision of a chain that does not start from nothing."""

from __future__ import annotations

import contextlib
from typing import Any

from dbwright import dialects
from dbwright.core.errors import UsageError
from dbwright.core.target import Target


def lay_base(database: Any, target: Target, base: str, file: str | None) -> None:
    """Makes the schema below the first revision; what the database refuses is a UsageError."""
    statements = dialects.get(target.dialect).statements.split(base)
    done = 0
    with contextlib.closing(database.connect()) as connection:
        for statement in statements:
            start = max(base.find(statement.strip(), done), done)
            try:
                connection.cursor().execute(statement)
            except Exception as error:  # each driver has its own tree
                raise UsageError(
                    f"[tool.dbwright] base: {str(error).strip().splitlines()[0]}, in: "
                    f"{' '.join(statement.split())[:120]}",
                    file=file,
                    line=base.count("\n", 0, start) + 1,
                    way_out="It is SQL that a role without rights of its own can run, as "
                    "pg_dump --schema-only --no-owner --no-privileges writes it.",
                ) from error
            done = start + len(statement.strip())
        connection.commit()
