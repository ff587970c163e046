"""Sequences set behind rows that were inserted with ids of their own (PostgreSQL)."""

from __future__ import annotations

from dbwright.core.finding import Edit, Fix, Step
from dbwright.core.migration import Migration
from dbwright.core.operation import CreateTable, Data
from dbwright.core.schema import Table
from dbwright.recipes import code, revision, revision_source


def filled_column(migration: Migration, table: str) -> str | None:
    """The column that a sequence or an identity fills, also in a table that is made here."""
    made = [item.table for _, _, item in migration.each(CreateTable) if item.table.key == table]
    found: Table | None = made[0] if made else migration.existing(table)
    for column in found.columns if found else ():
        if column.identity or "nextval" in (column.default or ""):
            return column.name
    return None


def is_set(migration: Migration, number: int, table: str, column: str) -> bool:
    """Whether a later statement sets the sequence."""
    later = [statement.sql.lower() for statement, _ in list(migration.operations())[number + 1 :]]
    bare = table.rpartition(".")[2].lower()
    return any(
        bare in sql and ("setval" in sql or "restart" in sql or "set default" in sql)
        for sql in later
    )


def set_sql(table: str, column: str) -> str:
    """Gives the SELECT that sets the sequence behind the highest id."""
    return (
        f"SELECT setval(pg_get_serial_sequence('{_text(table)}', '{_text(column, False)}'), "
        f"(SELECT max({code.quoted(column)}) FROM {code.quoted(table)}))"
    )


def collides_sql(table: str, column: str) -> str:
    """Gives the SELECT that is true when the next id of the sequence is taken."""
    return (
        f"select exists (select 1 from {code.quoted(table)} where {code.quoted(column)} = "
        f"nextval(pg_get_serial_sequence('{_text(table)}', '{_text(column, False)}')))"
    )


def set_behind(migration: Migration, number: int, column: str) -> Fix:
    """The cure of a sequence that is left behind: setval right after the rows."""
    statement, operation = migration.nth(number, Data)
    sql = set_sql(operation.table, column)

    def make(text: str) -> tuple[Edit, ...]:
        line = statement.place.line if statement.place else None
        where = revision_source.Where(line=line)
        return revision.edited(
            migration, revision_source.insert_after(text, where, code.execute(sql))
        )

    return Fix(
        "Set the sequence behind the rows",
        code.execute(sql),
        "safe",
        revision.attempt(migration, make),
        (Step(sql, "now"),),
    )


def _text(name: str, quoted: bool = True) -> str:
    # pg_get_serial_sequence reads the table as an identifier, and the column as it is.
    return (code.quoted(name) if quoted else name).replace("'", "''")
