"""A column filled in the rows that are there, in batches by key.

Each batch is a transaction of its own, so no row is locked for long, and a run that was ended goes
on where it stopped. A second pass fills what the old code wrote meanwhile.
"""

from __future__ import annotations

from dataclasses import replace

from dbwright.core.errors import UsageError
from dbwright.core.finding import Alternative
from dbwright.core.schema import Schema
from dbwright.recipes import backfill, change, code
from dbwright.recipes.change import Change, Example, Request

USAGE = "users --to \"full_name = first_name || ' ' || last_name\""
EXAMPLE = Example(
    before="create table users (id bigint primary key, name text not null, slug text);",
    rows="insert into users (id, name) select n, 'User ' || n from generate_series(1, 9) n",
    request=Request("users", ("slug",), ("slug = replace(lower(name), ' ', '-')",)),
    old=("insert into users (id, name) values (100, 'Old')", "select slug from users"),
    new=("insert into users (id, name, slug) values (101, 'New', 'new')",),
    told=(
        (
            "select id, replace(lower(name), ' ', '-') from users where id < 100 order by id",
            "select id, slug from users where id < 100 order by id",
        ),
    ),
    lossless=False,
    stays=True,
)


def plan(schema: Schema, request: Request) -> Change:
    """Gives the revision; UsageError where it is not said with what the column is filled."""
    table = change.table_of(schema, request.table)
    if len(request.to) != 1:
        raise UsageError(
            f"with what are the rows of {table.key} filled?",
            way_out=f"dbwright migrations change backfill {USAGE}",
        )
    name, expression = change.assignment(request.to[0])
    column = change.column_of(table, name)
    quoted = code.quoted(name)
    open_ = f"{quoted} IS NULL"
    if not column.nullable:
        open_ = f"{quoted} IS DISTINCT FROM ({expression})"
    phase = backfill.phase(table.key, change.batch_key(table), f"{quoted} = {expression}", open_)
    again = replace(phase, title=f"Fill rows of {table.key} written meanwhile")
    return Change(
        f"{table.key}.{name} is filled with {expression}",
        (phase, again),
        1,
        (f"UPDATE {code.quoted(table.key)} SET {quoted} = {expression} WHERE {open_}",),
        f"{name} of {table.key} is filled by the code in each new row",
        (
            Alternative(
                "one UPDATE of all rows",
                "every row stays locked until it commits, and the table grows to twice its size",
            ),
            Alternative(
                "a script beside the application",
                "it can pause at night; it is in no revision, so other databases lack it",
            ),
        ),
    )
