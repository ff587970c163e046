"""A table of one row for each row of another taken into that one.

Both tables hold the values while old and new code run, kept the same by triggers.
"""

from __future__ import annotations

from dataclasses import replace

from dbwright.core.errors import UsageError
from dbwright.core.finding import Alternative
from dbwright.core.schema import Column, ForeignKey, Schema, Table
from dbwright.recipes import change, code, drop, retired
from dbwright.recipes import table as tables
from dbwright.recipes.change import Change, Example, Request
from dbwright.recipes.pair import Pair
from dbwright.recipes.revision import Notes, Phase

USAGE = "user_profiles --to users"
EXAMPLE = Example(
    before="""
    create table users (id bigint primary key, name text not null);
    create table user_profiles (
        user_id bigint primary key references users on delete cascade, bio text, born date
    );
    create index ix_user_profiles_born on user_profiles (born);
    """,
    rows="""
    insert into users select n, 'u' || n from generate_series(1, 12) n;
    insert into user_profiles select n, 'bio ' || n, date '2000-01-01' + n
    from generate_series(1, 12, 2) n;
    """,
    request=Request("user_profiles", to=("users",)),
    old=(
        "insert into users values (100, 'a')",
        "insert into user_profiles values (100, 'old', null)",
        "update user_profiles set bio = 'changed' where user_id = 1",
        "delete from user_profiles where user_id = 3",
        "delete from users where id = 5",
        "select user_id, bio, born from user_profiles",
    ),
    new=(
        "insert into users (id, name, bio) values (101, 'b', 'new')",
        "update users set bio = 'newer' where id = 1",
        "update users set bio = null, born = null where id = 3",
        "select id, name, bio, born from users",
    ),
    told=(
        (
            "select user_id, bio, born from user_profiles order by 1",
            "select id, bio, born from users where bio is not null or born is not null order by 1",
        ),
    ),
)
EXAMPLE_REQUIRED = replace(
    EXAMPLE,
    before="""
    create table users (id bigint primary key, name text not null);
    create table user_profiles (
        id serial primary key, user_id bigint not null unique references users,
        bio text not null, born date check (born > '1900-01-01')
    );
    """,
    rows="""
    insert into users select n, 'u' || n from generate_series(1, 12) n;
    insert into user_profiles (user_id, bio, born) select n, 'bio ' || n, date '2000-01-01' + n
    from generate_series(1, 12, 2) n;
    """,
    old=(
        "insert into user_profiles (user_id, bio) values (2, 'old')",
        "update user_profiles set bio = 'changed' where user_id = 1",
        "delete from user_profiles where user_id = 3",
    ),
    new=(
        "insert into users (id, name, bio) values (101, 'b', 'new')",
        "update users set bio = 'newer' where id = 1",
        "update users set bio = null, born = null where id = 3",
    ),
)
EXPAND = Notes(
    does="adds the columns to the table that stays, and triggers that keep both tables the same.",
    risk="a lock on the table for a moment; lock_timeout ends the wait, then run it again. Each "
    "write of the values writes two rows.",
    downtime="none; reads and writes wait for a moment.",
    order="before the new code; the running code goes on.",
    test="write a row the old way and one the new way: both tables have it.",
)
CONTRACT = Notes(
    does="takes the triggers away and puts the old table aside as `…_retired`.",
    risk="code that still names the old table fails: deploy the new code first.",
    downtime="none; reads and writes wait for a moment.",
    order="after the new code runs everywhere, and nothing reads the old table.",
    backup="none needed: the old table keeps its rows until it is dropped.",
    test="run the new code's tests on a copy; downgrade -1 brings the old table back, filled.",
)


def plan(schema: Schema, request: Request) -> Change:
    """Gives the revisions; UsageError for what the options leave open or cannot mean."""
    child = change.table_of(schema, request.table)
    if len(request.to) != 1:
        raise UsageError(
            f"into which table does {child.key} go?",
            way_out=f"dbwright migrations change merge-table {USAGE}",
        )
    parent = change.table_of(schema, request.to[0])
    reference = _reference(child, parent)
    columns = _moved(child, parent, reference)
    _check(schema, child)
    names = tuple(column.name for column in columns)
    pair = Pair(
        parent.key,
        reference.referred_columns[0],
        child.key,
        reference.columns[0],
        names,
        required=any(not column.nullable for column in columns),
    )
    head = f"ALTER TABLE {code.quoted(parent.key)}"
    add = f"{head} " + ", ".join(
        f"ADD COLUMN {code.quoted(column.name)} {column.type}" for column in columns
    )
    gone = f"{head} " + ", ".join(f"DROP COLUMN {code.quoted(name)}" for name in names)
    expand = Phase(
        f"Add {', '.join(names)} to {parent.key} beside {child.key}",
        change.executed(add, *pair.kept_same()),
        change.executed(*pair.let_go(), gone),
        EXPAND,
    )
    return Change(
        f"{child.key} becomes columns of {parent.key}",
        (expand, pair.fill_parent(), _contract(child, pair), _dropped(child)),
        2,
        (add, pair.from_child(), f"DROP TABLE {code.quoted(child.key)}"),
        f"{', '.join(names)} in the class of {parent.key}, and no class for {child.key}",
        (
            Alternative(
                "leave the tables apart, and load the relationship with joinedload",
                "no revision at all; each read joins",
            ),
            Alternative(
                "the direct form in a quiet window: add, one UPDATE, drop",
                "one revision; the rows cannot be written meanwhile, and the old code fails from "
                "that moment on",
            ),
        ),
    )


def _reference(child: Table, parent: Table) -> ForeignKey:
    found = [
        key
        for key in child.foreign_keys
        if key.referred == parent.key
        and len(key.columns) == 1
        and child.has_unique_over(key.columns)
    ]
    if len(found) == 1:
        return found[0]
    what = "several foreign keys" if found else "no foreign key of one unique column"
    raise UsageError(
        f"{child.key} has {what} to {parent.key}, so no row says which one it belongs to",
        way_out="A table is taken in where each row points at one row by a unique column.",
    )


def _moved(child: Table, parent: Table, reference: ForeignKey) -> tuple[Column, ...]:
    stays = {*reference.columns, *(child.primary_key.columns if child.primary_key else ())}
    columns = tuple(column for column in child.columns if column.name not in stays)
    if not columns:
        raise UsageError(
            f"{child.key} has no column besides its keys",
            way_out="Drop it: there is nothing to take over.",
        )
    for column in columns:
        if column.generates_itself:
            raise UsageError(
                f"{child.key}.{column.name} fills itself, which a row of {parent.key} without one "
                "must not",
                way_out="Take the default away first, in a revision of its own.",
            )
        if parent.column(column.name) is not None:
            raise UsageError(
                f"{parent.key} has a column {column.name} too",
                way_out=f"Rename that of {child.key} first: "
                "dbwright migrations change replace-columns",
            )
    return columns


def _check(schema: Schema, child: Table) -> None:
    for other, key in schema.referring(child.key):
        raise UsageError(
            f"the foreign key {key.name} of {other.key} points at {child.key}",
            way_out="Point it at the other table first, in a revision of its own.",
        )
    if child.triggers:
        raise UsageError(
            f"{child.key} has the trigger {child.triggers[0].name}",
            way_out="Move what it does to the other table first, in a revision of its own.",
        )
    if schema.table(drop.retired(child.key)) is not None:
        raise UsageError(f"{drop.retired(child.key)} is there already", way_out="Drop it first.")


def _contract(child: Table, pair: Pair) -> Phase:
    aside = drop.retired(child.name)
    kept = f"{child.schema}.{aside}" if child.schema else aside
    return Phase(
        f"Put {child.key} aside",
        change.executed(
            *pair.let_go(),
            f"ALTER TABLE {code.quoted(child.key)} RENAME TO {code.quoted(aside)}",
        ),
        change.executed(
            f"ALTER TABLE {code.quoted(kept)} RENAME TO {code.quoted(child.name)}",
            *pair.to_child(),
            *pair.kept_same(),
        ),
        CONTRACT,
    )


def _dropped(child: Table) -> Phase:
    aside = replace(child, name=drop.retired(child.name))
    return Phase(
        f"Drop the old {child.key}",
        change.executed(f"DROP TABLE {code.quoted(aside.key)}"),
        change.executed(*tables.created(aside)),
        retired.DROP_NOTES,
    )
