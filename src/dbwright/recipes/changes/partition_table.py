"""A live table partitioned by range: all it holds becomes the first partition, without a copy.

The rows that are there lie before a day to come, which a validated check says; so the table is
attached without being read, and new rows go to partitions of their own from that day on.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta

from dbwright import dialects
from dbwright.core.errors import UsageError
from dbwright.core.finding import Alternative
from dbwright.core.schema import SERIAL_DEFAULT, Column, Index, IndexKey, PrimaryKey, Schema, Table
from dbwright.recipes import change, code, index, validate
from dbwright.recipes import table as tables
from dbwright.recipes.change import Change, Example, Request
from dbwright.recipes.revision import Notes, Phase

USAGE = "events --column created_at --to 'month from 2027-02-01'"
COUNT = 3
"""How many partitions are made for what is to come."""
EXAMPLE = Example(
    before="""
    create table users (id bigint primary key);
    create table events (
        id bigserial primary key, user_id bigint references users on delete cascade,
        created_at timestamptz not null default now(), kind text not null check (kind <> '')
    );
    create index ix_events_user_id on events (user_id, created_at desc);
    create index ix_events_kind on events (kind) where kind <> 'view';
    """,
    rows="""
    insert into users select generate_series(1, 3);
    insert into events (user_id, created_at, kind)
    select n % 3 + 1, timestamptz '2026-01-01 00:00+00' + n * interval '5 days', 'k' || n
    from generate_series(1, 40) n;
    """,
    request=Request("events", ("created_at",), ("month from 2099-01-01",)),
    old=(
        "insert into events (user_id, kind) values (1, 'new') returning id",
        "update events set kind = 'other' where id = 1",
        "select * from events where user_id = 2 order by created_at desc limit 3",
        "delete from events where id = 2",
        "delete from users where id = 3",
    ),
    new=("insert into events (user_id, kind) values (1, 'new') returning id",),
    told=(("select id, user_id, created_at, kind from events order by id",) * 2,),
    # the check of the past is not made again over rows of a later day
    known=("ck_events_created_at_past of events: missing",),
)
CHECK = Notes(
    does="says that every row lies before the day on which the partitions begin; the rows that "
    "are there are not read.",
    risk="a row at or after that day is refused until the table is partitioned: choose a day that "
    "comes after the last of these revisions has run.",
    downtime="none; reads and writes wait for a moment.",
    order="the running code goes on.",
    test="insert a row of that day: it is refused.",
)
SWAP = Notes(
    does="makes the partitioned table under the old name, and the old one its first partition. "
    "Nothing is read or copied; grants are carried over.",
    risk="a lock on the table for a moment; lock_timeout ends the wait, then run it again. The key "
    "is now (key, range column), and nothing keeps the key alone unique.",
    downtime="none; reads and writes wait for a moment.",
    order="the running code goes on. ON CONFLICT on the old key alone fails from here on: deploy "
    "code that names both columns first.",
    backup="none needed: no row moves. The downgrade moves back what the new partitions hold.",
    test="insert a row for each partition; EXPLAIN a query with a range: it reads one.",
)


@dataclass(frozen=True, slots=True)
class Plan:
    """The table, the column of the range, and the first day of each partition to come."""

    table: Table
    column: Column
    key: str
    days: tuple[date, ...]

    @property
    def past(self) -> Table:
        """The first partition: the old table under another name."""
        return replace(self.table, name=f"{self.table.name[:52]}_past")

    @property
    def check(self) -> str:
        """The name of the check that spares the scan."""
        return code.name_for("ck", self.table.name, self.column.name, "past")

    @property
    def condition(self) -> str:
        """What that check says."""
        return f"{code.quoted(self.column.name)} < {self.bound(self.days[0])}"

    def bound(self, day: date) -> str:
        """A bound of a partition, in the column's type."""
        zone = " 00:00:00+00" if "time zone" in self.column.type or "tz" in self.column.type else ""
        return f"'{day.isoformat()}{zone}'"


def plan(schema: Schema, request: Request) -> Change:
    """Gives the revisions; UsageError for what the options leave open or cannot mean."""
    found = _read(schema, request)
    table = found.table
    phases = (*_checked(found), _key_built(found), _swap(found))
    return Change(
        f"{table.key} is partitioned by {found.column.name}",
        phases,
        len(phases),
        tuple(_direct(found)),
        f"postgresql_partition_by='RANGE ({found.column.name})' in the __table_args__ of the class "
        f"of {table.key}, and {found.column.name} in its primary key",
        (
            Alternative(
                "a new partitioned table beside it, filled in batches and by triggers",
                "the past is partitioned as well; every row is written again, and needs its room "
                "twice meanwhile",
            ),
            Alternative(
                "a BRIN index on the column, and a batched DELETE of what is old",
                "no change of the table; old rows are deleted one by one instead of by a DROP",
            ),
        ),
    )


def _read(schema: Schema, request: Request) -> Plan:
    table = change.table_of(schema, request.table)
    found = re.fullmatch(
        r"\s*(day|week|month|year)\s+from\s+(\d{4}-\d\d-\d\d)\s*", " ".join(request.to)
    )
    if len(request.columns) != 1 or found is None:
        raise UsageError(
            f"by which column is {table.key} partitioned, how wide, and from which day on?",
            way_out=f"dbwright migrations change partition-table {USAGE}",
        )
    column = change.column_of(table, request.columns[0])
    try:
        first = date.fromisoformat(found[2])
    except ValueError as error:
        raise UsageError(f"{found[2]} is no day", way_out="Write it as 2027-02-01.") from error
    days = tuple(_days(found[1], first))
    _check(schema, table, column)
    return Plan(table, column, change.key_of(table), days)


def _days(width: str, first: date) -> Iterator[date]:
    day = first
    for _ in range(COUNT + 1):
        yield day
        if width == "day":
            day += timedelta(days=1)
        elif width == "week":
            day += timedelta(weeks=1)
        elif width == "month":
            day = (day.replace(day=1) + timedelta(days=32)).replace(day=1)
        else:
            day = day.replace(month=1, day=1, year=day.year + 1)


def _check(schema: Schema, table: Table, column: Column) -> None:
    family = dialects.get("postgresql").types.family(column.type)
    if family not in ("timestamp", "timestamptz", "date"):
        raise UsageError(
            f"{table.key}.{column.name} is {column.type}, which has no days",
            way_out="Partition by a date or a timestamp.",
        )
    if why := next(_ties(schema, table, column), None):
        raise UsageError(
            f"{table.key} cannot be partitioned as it stands: {why}",
            way_out="Take that away first, in a revision of its own, or write the change by hand; "
            "dbwright check reviews it.",
        )


def _ties(schema: Schema, table: Table, column: Column) -> Iterator[str]:
    if column.nullable:
        yield f"{column.name} may be NULL, and no partition would take such a row"
    if table.kind != "table":
        yield f"it is a {table.kind} already"
    for other, key in schema.referring(table.key):
        yield f"the foreign key {key.name} of {other.key} needs its key to be unique by itself"
    for unique in table.uniques:
        if column.name not in unique.columns:
            yield f"{unique.name} is unique without {column.name}"
    for found in table.indexes:
        if found.unique and column.name not in found.columns:
            yield f"the index {found.name} is unique without {column.name}"
    for trigger in table.triggers:
        yield f"the trigger {trigger.name} would stay with the past"
    for exclude in table.excludes:
        yield f"the constraint {exclude.name} does not include {column.name}"
    if table.row_security:
        yield "its row security would stay with the past"
    if any(item.identity for item in table.columns):
        yield "an identity column cannot come along: make it a sequence with a default"
    for view in schema.tables:
        if "view" in view.kind and table.key in _read_by(view):
            yield f"the view {view.key} would go on to read the past alone"


def _read_by(view: Table) -> Sequence[str]:
    postgresql = dialects.get("postgresql")
    try:
        trees = postgresql.grammar.parse(view.definition or "")
    except (postgresql.grammar.Failure, UnicodeError):
        return ()
    return [name for tree in trees for name in postgresql.expressions.tables(tree)]


def _checked(found: Plan) -> tuple[Phase, Phase]:
    """The check and its validation; a downgrade past rows of later days goes on without it."""
    head = f"ALTER TABLE {code.quoted(found.table.key)}"
    name = code.quoted(found.check)
    add = f"{head} ADD CONSTRAINT {name} CHECK ({found.condition})"
    is_there = (
        f"EXISTS (SELECT FROM pg_constraint WHERE conname = '{found.check}'\n"
        f"        AND conrelid = '{code.quoted(found.table.key)}'::regclass)"
    )
    valid = validate.phase(found.table.key, found.check, add)
    anew = _guarded(is_there, f"{head} DROP CONSTRAINT {name}", f"{add} NOT VALID")
    return (
        Phase(
            f"Check that {found.table.key} lies before {found.days[0]}",
            change.executed(f"{add} NOT VALID"),
            change.executed(f"{head} DROP CONSTRAINT IF EXISTS {name}"),
            CHECK,
        ),
        replace(valid, downgrade=change.executed(anew)),
    )


def _guarded(condition: str, *statements: str) -> str:
    """Gives a block that runs the statements where the condition holds."""
    body = "\n".join(f"        {statement};" for statement in statements)
    return f"DO $$\nBEGIN\n    IF {condition} THEN\n{body}\n    END IF;\nEND $$"


def _key_built(found: Plan) -> Phase:
    built = _key_index(found)
    schema = f"{found.table.schema}." if found.table.schema else ""
    return Phase(
        f"Build {built.name} on {found.table.key}",
        code.autocommit(index.create_call(found.table.key, built)),
        code.autocommit(index.drop_call(f"{schema}{built.name}", found.table.key)),
        index.BUILD_NOTES,
    )


def _key_index(found: Plan) -> Index:
    columns = dict.fromkeys((found.key, found.column.name))
    name = code.name_for(found.past.name, "pkey")
    return Index(name, tuple(IndexKey(column) for column in columns), unique=True)


def _swap(found: Plan) -> Phase:
    table, past = found.table, found.past
    key = table.primary_key.name if table.primary_key else ""
    built = _key_index(found)
    parent = _parent(found)
    head = f"ALTER TABLE {code.quoted(table.key)}"
    moved = [
        f"ALTER INDEX {_own(table, item.name)} RENAME TO {code.quoted(_past_name(item.name))}"
        for item in table.indexes
    ]
    up = [
        f"{head} DROP CONSTRAINT {code.quoted(key or '')}",
        f"{head} ADD CONSTRAINT {code.quoted(built.name)} PRIMARY KEY USING INDEX "
        f"{code.quoted(built.name)}",
        *moved,
        f"{head} RENAME TO {code.quoted(past.name)}",
        *parent,
        tables.grants(past, table),
        *_partitions(found),
        f"{head} ATTACH PARTITION {code.quoted(past.key)} "
        f"FOR VALUES FROM (MINVALUE) TO ({found.bound(found.days[0])})",
        *_sequences(found, table),
        f"ALTER TABLE {code.quoted(past.key)} DROP CONSTRAINT {code.quoted(found.check)}",
    ]
    return Phase(
        f"Partition {table.key} by {found.column.name}",
        change.executed(*up),
        _back(found),
        SWAP,
    )


def _back(found: Plan) -> str:
    table, past = found.table, found.past
    head, old = f"ALTER TABLE {code.quoted(table.key)}", code.quoted(past.key)
    built, key = _key_index(found), table.primary_key
    columns = code.listed(tuple(c.name for c in table.columns if not c.computed))
    named = code.quoted((key.name if key else None) or "")
    down = [
        f"{head} DETACH PARTITION {old}",
        *_sequences(found, past),
        f"INSERT INTO {old} ({columns}) SELECT {columns} FROM {code.quoted(table.key)}",
        f"DROP TABLE {code.quoted(table.key)}",
        f"ALTER TABLE {old} RENAME TO {code.quoted(table.name)}",
        *(
            f"ALTER INDEX {_own(table, _past_name(i.name))} RENAME TO {code.quoted(i.name)}"
            for i in table.indexes
        ),
        f"{head} DROP CONSTRAINT {code.quoted(built.name)}",
        f"{head} ADD CONSTRAINT {named} PRIMARY KEY ({code.quoted(found.key)})",
        _guarded(
            f"NOT EXISTS (SELECT FROM {code.quoted(table.key)} WHERE NOT ({found.condition}))",
            f"{head} ADD CONSTRAINT {code.quoted(found.check)} CHECK ({found.condition})",
        ),
    ]
    return code.lines(change.executed(*down), code.autocommit(index.create_call(table.key, built)))


def _parent(found: Plan) -> list[str]:
    """The partitioned table, with the constraints and indexes that the past has too."""
    table = found.table
    columns = tuple(dict.fromkeys((found.key, found.column.name)))
    own = replace(
        table,
        columns=tuple(_without_serial(column) for column in table.columns),
        primary_key=PrimaryKey(columns, table.primary_key.name if table.primary_key else None),
    )
    create, *indexes = tables.created(own)
    return [f"{create} PARTITION BY RANGE ({code.quoted(found.column.name)})", *indexes]


def _without_serial(column: Column) -> Column:
    return replace(column, default=None) if column.default == SERIAL_DEFAULT else column


def _partitions(found: Plan) -> Iterator[str]:
    table = found.table
    for first, next_one in zip(found.days, found.days[1:], strict=False):
        name = f"{table.name[:50]}_{first:%Y_%m_%d}"
        key = f"{table.schema}.{name}" if table.schema else name
        yield (
            f"CREATE TABLE {code.quoted(key)} PARTITION OF {code.quoted(table.key)} "
            f"FOR VALUES FROM ({found.bound(first)}) TO ({found.bound(next_one)})"
        )


def _sequences(found: Plan, owner: Table) -> Iterator[str]:
    """The sequence of a serial column belongs to the table that has the name now."""
    other = found.table if owner.key == found.past.key else found.past
    for column in found.table.columns:
        if column.default == SERIAL_DEFAULT:
            yield (
                "DO $$\nDECLARE\n    own text := pg_get_serial_sequence("
                f"'{code.quoted(other.key)}', '{column.name}');\nBEGIN\n"
                f"    EXECUTE format('ALTER SEQUENCE %s OWNED BY {code.quoted(owner.key)}."
                f"{code.quoted(column.name)}', own);\n"
                f"    EXECUTE format('ALTER TABLE {code.quoted(owner.key)} ALTER COLUMN "
                f"{code.quoted(column.name)} SET DEFAULT nextval(%L)', own);\nEND $$"
            )


def _direct(found: Plan) -> Iterator[str]:
    table, past = found.table, found.past
    key = table.primary_key.name if table.primary_key else ""
    yield f"ALTER TABLE {code.quoted(table.key)} RENAME TO {code.quoted(past.name)}"
    old = code.quoted(past.key)
    columns = code.listed((found.key, found.column.name))
    yield f"ALTER TABLE {old} DROP CONSTRAINT {code.quoted(key or '')}"
    yield f"ALTER TABLE {old} ADD CONSTRAINT {_key_index(found).name} PRIMARY KEY ({columns})"
    for item in table.indexes:
        yield f"ALTER INDEX {_own(table, item.name)} RENAME TO {code.quoted(_past_name(item.name))}"
    yield from _parent(found)
    yield from _partitions(found)
    yield (
        f"ALTER TABLE {code.quoted(table.key)} ATTACH PARTITION {old} "
        f"FOR VALUES FROM (MINVALUE) TO ({found.bound(found.days[0])})"
    )
    yield from _sequences(found, table)


def _own(table: Table, name: str) -> str:
    return code.quoted(f"{table.schema}.{name}" if table.schema else name)


def _past_name(name: str) -> str:
    return f"{name[:58]}_past"
