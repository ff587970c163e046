"""An index as the server itself tells it: what two ways to make one are compared by."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from dbwright.dialects.postgresql import quoting


@dataclass(frozen=True, slots=True)
class Made:
    """An index that was made: its definition, and whether it is valid."""

    definition: str
    valid: bool


def made(connection: Any, table: str, name: str) -> Made | None:
    """Gives an index of a table by its name, None where there is none."""
    row = connection.execute(
        """
        select pg_get_indexdef(i.indexrelid), i.indisvalid
        from pg_index i
        join pg_class c on c.oid = i.indexrelid
        where c.relname = %s and i.indrelid = %s::text::regclass
        """,
        (name, quoting.quoted_key(table)),
    ).fetchone()
    return Made(*row) if row else None


def same_as(connection: Any, table: str, name: str) -> str | None:
    """Gives the name of another index of the table that is the same but for its name."""
    row = connection.execute(
        """
        with known as (
          select c.relname as name,
            (c.relam, i.indisunique, i.indnkeyatts, i.indkey::text, i.indclass::text,
             i.indoption::text, i.indcollation::text,
             pg_get_expr(i.indexprs, i.indrelid), pg_get_expr(i.indpred, i.indrelid))::text as shape
          from pg_index i
          join pg_class c on c.oid = i.indexrelid
          where i.indrelid = %s::text::regclass
        )
        select other.name from known own join known other using (shape)
        where own.name = %s and other.name <> own.name
        order by 1
        """,
        (quoting.quoted_key(table), name),
    ).fetchone()
    return str(row[0]) if row else None


def shapes(connection: Any) -> dict[tuple[str, str], str]:
    """Gives what each index is but for its name, by its table (with its schema) and its name."""
    rows = connection.execute(
        "select schemaname, tablename, indexname, indexdef from pg_indexes"
    ).fetchall()
    return {
        (f"{schema}.{table}", name): shape_of(definition)
        for schema, table, name, definition in rows
    }


def shape_of(definition: str) -> str:
    """Gives a definition of the catalog without the name: its table, method, keys and condition.

    >>> shape_of("CREATE UNIQUE INDEX a ON public.orders USING btree (id)")
    'public.orders USING btree (id)'
    """
    return definition.partition(" ON ")[2].removeprefix("ONLY ")
