"""Columns moved out of a table into a new one that has a row for each of its rows.

Both tables hold the values while old and new code run, kept the same by triggers. A row whose
columns are all NULL gets no row in the new table.
"""

from __future__ import annotations

import re
from dataclasses import replace

from dbwright import dialects
from dbwright.core.errors import UsageError
from dbwright.core.finding import Alternative
from dbwright.core.operation import CreateTable
from dbwright.core.schema import Column, Index, Schema, Table
from dbwright.recipes import change, code, retired
from dbwright.recipes import table as tables
from dbwright.recipes.change import Change, Example, Request
from dbwright.recipes.pair import Pair
from dbwright.recipes.revision import Notes, Phase

USAGE = "users --column bio --column avatar --to 'user_profiles (user_id)'"
EXAMPLE = Example(
    before="""
    create table images (id bigint primary key);
    create table users (
        id integer primary key, name text not null, bio text, avatar bigint references images
    );
    """,
    rows="""
    insert into images select generate_series(1, 5);
    insert into users select n, 'u' || n, case when n % 3 > 0 then 'bio ' || n end,
        case when n % 3 = 1 then 1 + n % 5 end
    from generate_series(1, 12) n;
    """,
    request=Request("users", ("bio", "avatar"), ("user_profiles (user_id)",)),
    old=(
        "insert into users values (100, 'a', 'old', 1), (101, 'b', null, null)",
        "update users set bio = 'changed' where id = 1",
        "update users set bio = null, avatar = null where id = 2",
        "select id, name, bio, avatar from users",
        "delete from users where id = 4",
    ),
    new=(
        "insert into users (id, name) values (102, 'c')",
        "insert into user_profiles values (102, 'new', 2)",
        "update user_profiles set bio = 'newer' where user_id = 1",
        "delete from user_profiles where user_id = 2",
        "delete from users where id = 4",
    ),
    told=(
        (
            "select id, bio, avatar from users "
            "where bio is not null or avatar is not null order by 1",
            "select user_id, bio, avatar from user_profiles order by 1",
        ),
    ),
)
EXPAND = Notes(
    does="makes the new table, and triggers that keep both tables the same.",
    risk="a lock on the table for a moment; lock_timeout ends the wait, then run it again. Each "
    "write of the columns writes two rows.",
    downtime="none; writes wait for a moment.",
    order="before the new code; the running code goes on.",
    test="write a row the old way and one the new way: both tables have it.",
)
CONTRACT = Notes(
    does="takes the triggers away and puts the moved columns aside as `…_retired`.",
    risk="code that still names the moved columns fails: deploy the new code first.",
    downtime="none; reads and writes wait for a moment.",
    order="after the new code runs everywhere, and nothing reads the moved columns.",
    backup="none needed: the columns keep their values until they are dropped.",
    test="run the new code's tests on a copy; downgrade -1 brings the columns back, filled.",
)


def plan(schema: Schema, request: Request) -> Change:
    """Gives the revisions; UsageError for what the options leave open or cannot mean."""
    table = change.table_of(schema, request.table)
    columns = tuple(change.column_of(table, name) for name in request.columns)
    new = _new_table(schema, table, columns, request)
    pair = Pair(
        table.key, change.key_of(table), new.key, new.columns[0].name, tuple(request.columns)
    )
    _check(schema, table, columns)
    moved = ", ".join(request.columns)
    create = tables.created(new)
    phases = (
        Phase(
            f"Add {new.key} beside {moved} of {table.key}",
            change.executed(*create, *pair.kept_same()),
            change.executed(*pair.let_go(), f"DROP TABLE {code.quoted(new.key)}"),
            EXPAND,
        ),
        pair.fill_child(),
        _contract(table, columns, pair),
        retired.dropped(table, columns),
    )
    gone = ", ".join(f"DROP COLUMN {code.quoted(name)}" for name in request.columns)
    fill = (
        f"INSERT INTO {code.quoted(new.key)} SELECT {code.listed((pair.key, *pair.columns))} "
        f"FROM {code.quoted(table.key)} WHERE NOT ({change.row(pair.columns)} IS NULL)"
    )
    return Change(
        f"{moved} of {table.key} move to {new.key}",
        phases,
        2,
        (*create, fill, f"ALTER TABLE {code.quoted(table.key)} {gone}"),
        f"a class for {new.key} with {moved}, and a one-to-one relationship from that of "
        f"{table.key}",
        (
            Alternative(
                "leave the columns where they are, and load them deferred in the models",
                "no revision at all; rows stay as wide as they are",
            ),
            Alternative(
                "the direct form in a quiet window: create, INSERT … SELECT, drop",
                "one revision; the table cannot be used from the drop to the commit, and the old "
                "code fails from that moment on",
            ),
        ),
    )


def _contract(table: Table, columns: tuple[Column, ...], pair: Pair) -> Phase:
    away, (renamed, required) = retired.aside(table, columns)
    return Phase(
        f"Put {', '.join(pair.columns)} of {table.key} aside",
        change.executed(*pair.let_go(), *away),
        change.executed(
            *renamed,
            pair.from_child(),
            pair.cleared_without_child(),
            *required,
            *pair.kept_same(),
        ),
        CONTRACT,
    )


def _new_table(
    schema: Schema, table: Table, columns: tuple[Column, ...], request: Request
) -> Table:
    found = re.fullmatch(r"\s*([\w.\"]+)\s*\(\s*([\w\"]+)\s*\)\s*", " ".join(request.to))
    if not columns or found is None:
        raise UsageError(
            f"which columns of {table.key} move where? The new table is named with the column "
            "that points back",
            way_out=f"dbwright migrations change split-table {USAGE}",
        )
    key, reference = found[1].replace('"', ""), found[2].replace('"', "")
    if schema.table(key) is not None:
        raise UsageError(
            f"the database has a table {key} already",
            way_out="Choose another name for the new one.",
        )
    own = change.column_of(table, change.key_of(table))
    schema_name, _, name = key.rpartition(".")
    made = parsed(
        f"create table {code.quoted(key)} ({code.quoted(reference)} {own.type} primary key "
        f"references {code.quoted(table.key)} ({code.quoted(own.name)}) on delete cascade)"
    )
    names = {column.name for column in columns}
    keys = tuple(
        replace(item, name=code.name_for(name, *item.columns, "fkey"))
        for item in table.foreign_keys
        if set(item.columns) <= names
    )
    indexes = tuple(_index(name, item) for item in table.indexes if _is_moved(item, names))
    return replace(
        made,
        name=name,
        schema=schema_name or None,
        columns=(*made.columns, *columns),
        foreign_keys=(*made.foreign_keys, *keys),
        indexes=indexes,
    )


def parsed(sql: str) -> Table:
    """Gives the table that a CREATE TABLE makes, with the names that PostgreSQL gives."""
    for operation in dialects.get("postgresql").statements.parse(sql):
        if isinstance(operation, CreateTable):
            return operation.table
    raise UsageError(
        f"cannot read {sql!r}", way_out="Use a plain name for the table and its column."
    )


def _is_moved(item: Index, names: set[str]) -> bool:
    return bool(item.columns) and set(item.columns) <= names


def _index(table: str, item: Index) -> Index:
    columns = [key.column or "" for key in item.keys]
    return replace(item, name=code.name_for("ix", table, *columns))


def _check(schema: Schema, table: Table, columns: tuple[Column, ...]) -> None:
    retired.check_free(schema, table, columns)
    names = {column.name for column in columns}
    for column in columns:
        if column.generates_itself or not column.nullable:
            what = "fills itself" if column.generates_itself else "is NOT NULL"
            raise UsageError(
                f"{table.key}.{column.name} {what}, but rows that new code writes there go without",
                way_out="Take the default or the NOT NULL away first, in a revision of its own.",
            )
    for parts in (table.uniques, table.foreign_keys, table.indexes):
        for part in parts:
            used = {name for name in part.columns if name}
            if used & names and not used <= names:
                raise UsageError(
                    f"{part.name} spans columns that move and columns that stay",
                    way_out="Drop it first, or move all of its columns.",
                )
