"""An enumerated type with other labels: some dropped or merged, some new, all columns at once.

PostgreSQL can add and rename a label, but not drop one; the direct form writes every table anew
under a full lock.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from dbwright.core.errors import UsageError
from dbwright.core.finding import Alternative
from dbwright.core.identifiers import string_literal
from dbwright.core.schema import Column, EnumType, Schema, Table, qualified
from dbwright.recipes import change, code, drop, recast
from dbwright.recipes.change import Change, Example, Request
from dbwright.recipes.recast_group import Group, Recast

USAGE = "orders --column status --to 'new, paid, closed = cancelled, closed = lost' --back …"
EXAMPLE = Example(
    before="""
    create type order_status as enum ('new', 'paid', 'cancelled', 'lost');
    create table orders (
        id bigint primary key, status order_status not null default 'new', before order_status
    );
    create table history (id bigint primary key, status order_status default 'lost');
    create index ix_orders_status on orders (status) where status is not null;
    create index ix_history_status on history (status, id desc);
    """,
    rows="""
    insert into orders
    select n, (array['new', 'paid', 'cancelled', 'lost'])[n % 4 + 1]::order_status,
        case when n % 3 = 0 then 'lost'::order_status end
    from generate_series(1, 20) n;
    insert into history select n, case when n % 2 = 0 then 'paid'::order_status end
    from generate_series(1, 20) n;
    """,
    request=Request(
        "history",
        ("status",),
        ("new, paid, shipped, closed = cancelled, closed = lost",),
        ("paid = shipped", "lost = closed"),
    ),
    old=(
        "insert into orders (id) values (100)",
        "insert into orders (id, status, before) values (101, 'cancelled', 'lost')",
        "update history set status = 'new' where id = 2",
        "select * from orders where status = 'paid'",
    ),
    new=("select * from orders where status = 'paid'", "insert into orders (id) values (102)"),
    told=(
        (
            "select id, replace(replace(status::text, 'cancelled', 'closed'), 'lost', 'closed') "
            "from orders order by 1",
            "select id, status::text from orders order by 1",
        ),
    ),
    lossless=False,
)


@dataclass(frozen=True, slots=True)
class Labels:
    """The labels to be, in order, and which label each old and each new one becomes."""

    names: tuple[str, ...]
    forward: dict[str, str]
    backward: dict[str, str]


def plan(schema: Schema, request: Request) -> Change:
    """Gives the revisions; UsageError for what the options leave open or cannot mean."""
    table = change.table_of(schema, request.table)
    if len(request.columns) != 1 or not request.to:
        raise UsageError(
            f"which column of {table.key} gets which labels?",
            way_out=f"dbwright migrations change swap-enum {USAGE}",
        )
    column = change.column_of(table, request.columns[0])
    enum = _enum(schema, table, column)
    labels = _labels(enum, request)
    name = qualified(enum.name, enum.schema)
    new, aside = f"{name}_new", drop.retired(name)
    items = tuple(
        _recast(other, found, enum, labels)
        for other in schema.tables
        for found in other.columns
        if found.type == column.type and other.kind in ("table", "partitioned")
    )
    create = f"CREATE TYPE {code.quoted(new)} AS ENUM ({_listed(labels.names)})"
    group = Group(
        items,
        before=(create,),
        before_back=(f"DROP TYPE {code.quoted(new)}",),
        swapped=(_rename(name, aside), _rename(new, name)),
        back=(_rename(name, new), _rename(aside, name)),
        last=(f"DROP TYPE {code.quoted(aside)}",),
        last_back=(f"CREATE TYPE {code.quoted(aside)} AS ENUM ({_listed(enum.values)})",),
    )
    title = f"Swap {name} for its new labels"
    phases = recast.phases(group, title)
    return Change(
        f"{name} has the labels {', '.join(labels.names)}",
        phases,
        [phase.title for phase in phases].index(title),
        _direct(group, name, aside, labels),
        f"the Enum named {enum.name} has the labels {', '.join(labels.names)}",
        (
            Alternative(
                "leave the old labels in the type, and move the rows off them in batches",
                "no column is made anew; the type goes on to allow what nobody shall write",
            ),
            Alternative(
                "text with a CHECK instead of an enumerated type",
                "labels change by a new check, validated apart; the database sorts them by the "
                "alphabet, and each row holds the word",
            ),
        ),
    )


def _enum(schema: Schema, table: Table, column: Column) -> EnumType:
    for enum in schema.enums:
        if column.type in (enum.name, qualified(enum.name, enum.schema), f'"{enum.name}"'):
            return enum
    raise UsageError(
        f"{table.key}.{column.name} is {column.type}, which is no enumerated type",
        way_out="Name a column of the type whose labels change.",
    )


def _labels(enum: EnumType, request: Request) -> Labels:
    names: list[str] = []
    forward: dict[str, str] = {}
    for part in (part for text in request.to for part in text.split(",")):
        name, _, old = (word.strip() for word in part.partition("="))
        if old and old not in enum.values:
            raise UsageError(
                f"{enum.name} has no label {old}",
                way_out=f"Its labels are {', '.join(enum.values)}.",
            )
        if old:
            forward[old] = name
        if name and name not in names:
            names.append(name)
    for old in enum.values:
        if old not in forward and old not in names:
            raise UsageError(
                f"what becomes of rows that have {old}? The new labels leave it out",
                way_out=f"Say it:  --to '…, {names[-1] if names else 'other'} = {old}'",
            )
        forward.setdefault(old, old)
    return Labels(tuple(names), forward, _backward(enum, names, forward, request))


def _backward(
    enum: EnumType, names: Sequence[str], forward: dict[str, str], request: Request
) -> dict[str, str]:
    found = {new: old for old, new in reversed(forward.items())}
    found |= {name: name for name in names if name in enum.values}
    for text in request.back:
        old, new = change.assignment(text)
        if old not in enum.values or new not in names:
            raise UsageError(
                f"cannot read {text!r} as OLD LABEL = NEW LABEL",
                way_out=f"The old ones are {', '.join(enum.values)}, the new ones "
                f"{', '.join(names)}.",
            )
        found[new] = old
    if missing := [name for name in names if name not in found]:
        raise UsageError(
            f"what does a downgrade make of rows that have {missing[0]}?",
            way_out=f'Say it:  --back "{enum.values[0]} = {missing[0]}"',
        )
    return found


def _recast(table: Table, column: Column, enum: EnumType, labels: Labels) -> Recast:
    name = qualified(enum.name, enum.schema)
    default = None
    if column.default:
        label = column.default.partition("::")[0].strip("'").replace("''", "'")
        if label not in labels.forward:
            raise UsageError(
                f"the default of {table.key}.{column.name} is no plain label: {column.default}",
                way_out="Take it away first, in a revision of its own.",
            )
        default = f"{string_literal(labels.forward[label])}::{code.quoted(name)}"
    return Recast(
        table,
        column,
        code.quoted(f"{name}_new"),
        forward=_case(labels.forward, code.quoted(f"{name}_new")),
        backward=_case(labels.backward, code.quoted(name)),
        default=default,
        aside_type=code.quoted(drop.retired(name)),
    )


def _case(mapping: dict[str, str], to: str) -> Callable[[str], str]:
    moved = {old: new for old, new in mapping.items() if old != new}

    def expression(name: str) -> str:
        if not moved:
            return f"{name}::text::{to}"
        pairs = (map(string_literal, pair) for pair in moved.items())
        whens = " ".join(f"WHEN {old} THEN {new}" for old, new in pairs)
        return f"(CASE {name}::text {whens} ELSE {name}::text END)::{to}"

    return expression


def _direct(group: Group, name: str, aside: str, labels: Labels) -> tuple[str, ...]:
    statements = [_rename(name, aside)]
    statements.append(f"CREATE TYPE {code.quoted(name)} AS ENUM ({_listed(labels.names)})")
    for item in group.items:
        head = f"ALTER TABLE {code.quoted(item.table.key)} ALTER COLUMN {code.quoted(item.name)}"
        value = _case(labels.forward, code.quoted(name))(code.quoted(item.name))
        statements += [f"{head} DROP DEFAULT"] if item.default else []
        statements.append(f"{head} TYPE {code.quoted(name)} USING {value}")
        statements += [f"{head} SET DEFAULT {item.default}"] if item.default else []
    return (*statements, f"DROP TYPE {code.quoted(aside)}")


def _rename(name: str, to: str) -> str:
    return f"ALTER TYPE {code.quoted(name)} RENAME TO {code.quoted(to.rpartition('.')[2])}"


def _listed(labels: Sequence[str]) -> str:
    return ", ".join(map(string_literal, labels))
