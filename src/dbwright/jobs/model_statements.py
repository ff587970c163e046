"""The DDL of a change of models, told where no revision is written."""

from __future__ import annotations

import io
from collections.abc import Iterator

from dbwright.core.authoring import Meant
from dbwright.core.compare import structured
from dbwright.core.errors import DbwrightError
from dbwright.core.schema import Schema
from dbwright.recipes import autogenerate as recipe
from dbwright.recipes import autogenerate_questions, table
from dbwright.recipes.autogenerate_change import phases
from dbwright.recipes.autogenerate_renames import renames


def statements(before: Schema, after: Schema, meant: Meant) -> tuple[str, ...]:
    """Gives the statements that take the tables of one catalog to another.

    On PostgreSQL they are those of the revisions that would be written. Where something has to be
    said first, as what the rows of a NOT NULL column get, that statement is left to a comment.
    """
    if after.dialect == "postgresql":
        try:
            return _of_revisions(before, after, meant)
        except DbwrightError:
            pass
    return tuple(_plain(before, after))


def _of_revisions(before: Schema, after: Schema, meant: Meant) -> tuple[str, ...]:
    asked = autogenerate_questions.questions(after, before, meant)
    first = tuple(renames(before, meant))
    draft = recipe.draft(after, before, after, meant)
    changes = (*(item.change for item in first), *draft.changes)
    cut = phases(changes, "", timeout=True)
    notes = tuple(f"-- first: {question.text}" for question in asked)
    return (*notes, *(line for phase in cut for line in _sql(phase.upgrade)))


def _sql(body: str) -> Iterator[str]:
    """The SQL of a revision's body, as Alembic writes it in its offline mode."""
    import sqlalchemy as sa
    from alembic.migration import MigrationContext
    from alembic.operations import Operations
    from sqlalchemy.dialects import postgresql

    buffer = io.StringIO()
    options = {"as_sql": True, "output_buffer": buffer}
    context = MigrationContext.configure(dialect_name="postgresql", opts=options)
    exec(body, {"op": Operations(context), "sa": sa, "postgresql": postgresql})
    for part in buffer.getvalue().split(";\n"):
        if part.strip():
            yield f"{part.strip().rstrip(';')};"


def _plain(before: Schema, after: Schema) -> Iterator[str]:
    for difference in structured(before, after):
        new = after.table(difference.table or difference.name)
        if difference.object == "table" and difference.kind == "added" and new is not None:
            yield from (f"{sql};" for sql in table.created(new))
        elif difference.object == "column" and difference.kind == "added" and new is not None:
            column = new.column(difference.name)
            if column is not None:
                yield f"ALTER TABLE {new.key} ADD COLUMN {table.column(column)};"
        else:
            yield f"-- {difference}"
