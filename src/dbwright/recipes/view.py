"""Views that stand in the way of a change, dropped and made again around it (PostgreSQL)."""

from __future__ import annotations

import re

from dbwright.core.errors import FixError
from dbwright.core.finding import Edit, Fix, Step
from dbwright.core.migration import Migration
from dbwright.core.operation import AlterType, DropColumn, DropTable, DropView
from dbwright.core.schema import Table
from dbwright.recipes import code, drop, revision, revision_source


def using(migration: Migration, number: int, table: str, column: str) -> tuple[Table, ...]:
    """The views that name the column of the table and still stand at that operation."""
    if migration.before is None or not migration.stood_before(table):
        return ()
    dropped = {
        found.name if isinstance(found, DropView) else found.table
        for at, _, found in migration.each(DropView, DropTable)
        if at < number
    }
    return tuple(
        found
        for found in migration.before.tables
        if found.kind in ("view", "materialized view")
        and found.key not in dropped
        and _names(found.definition or "", table, column)
    )


def made_anew(migration: Migration, number: int, views: list[str]) -> Fix:
    """The cure: the views go before the change and come back behind it."""
    statement, operation = migration.nth(number, DropColumn, AlterType)
    if isinstance(operation, DropColumn):
        return drop.retire_column(migration, number)
    found = [migration.before.table(key) for key in views] if migration.before else []
    tables = [table for table in found if table is not None]
    drops = [drop_sql(table) for table in reversed(tables)]
    creates = [f"{create_sql(table)}" for table in tables]

    def make(text: str) -> tuple[Edit, ...]:
        if any(table.indexes for table in tables):
            raise FixError("the view has indexes, which must be made again too")
        where = revision.place_of(migration, statement, ("alter_column", operation.column))
        own = revision_source.statement(text, where)
        around = [*map(code.execute, drops), own, *map(code.execute, creates)]
        changed = [(where, "\n".join(around))]
        inverse = revision.inverse_of(
            migration,
            lambda item: isinstance(item, AlterType) and item.column == operation.column,
            ("alter_column", operation.column),
        )
        if inverse:
            back = revision_source.statement(text, inverse)
            whole = [*map(code.execute, drops), back, *map(code.execute, creates)]
            changed.append((inverse, "\n".join(whole)))
        return revision.edited(migration, revision_source.exchange_all(text, changed))

    return Fix(
        "Drop the view, make the change, make the view again",
        code.lines(
            *map(code.execute, drops),
            "# the change as it stands",
            *map(code.execute, creates),
        ),
        "unsafe",
        revision.attempt(migration, make),
        tuple(Step(sql) for sql in drops),
    )


def _names(definition: str, table: str, column: str) -> bool:
    words = set(re.findall(r"[\w$]+", definition))
    return table.rpartition(".")[2] in words and column in words


def _kind(table: Table) -> str:
    return "MATERIALIZED VIEW" if table.kind == "materialized view" else "VIEW"


def drop_sql(table: Table) -> str:
    """Gives the DROP of a view."""
    return f"DROP {_kind(table)} {code.quoted(table.key)}"


def create_sql(table: Table) -> str:
    """Gives the CREATE of a view as the catalog has it."""
    body = (table.definition or "").strip().rstrip(";")
    return f"CREATE {_kind(table)} {code.quoted(table.key)} AS\n{body}"
