"""A table moved to another schema; a view keeps its old name for the running code.

The view is a plain one, through which PostgreSQL lets every INSERT, SELECT, UPDATE and DELETE pass.
"""

from __future__ import annotations

from dbwright.core.errors import UsageError
from dbwright.core.finding import Alternative
from dbwright.core.schema import Schema, Table
from dbwright.recipes import change, code
from dbwright.recipes.change import Change, Example, Request
from dbwright.recipes.revision import Notes, Phase

USAGE = "orders --to sales"
EXAMPLE = Example(
    before="""
    create table customers (id bigint primary key);
    create table orders (
        id bigserial primary key, customer_id bigint not null references customers,
        total numeric not null default 0
    );
    create table order_lines (order_id bigint references orders on delete cascade, n int);
    create index ix_orders_customer_id on orders (customer_id);
    """,
    rows="""
    insert into customers select generate_series(1, 5);
    insert into orders (customer_id, total) select n % 5 + 1, n from generate_series(1, 20) n;
    insert into order_lines select n, n from generate_series(1, 20) n;
    """,
    request=Request("orders", to=("sales",)),
    old=(
        "insert into orders (customer_id) values (1) returning id, total",
        "insert into orders (id, customer_id) values (1, 2) on conflict (id) do nothing",
        "update orders set total = total + 1 where id = 1",
        "select o.id from orders o join customers c on c.id = o.customer_id for update of o",
        "delete from orders where id = 2",
        "insert into order_lines values (3, 3)",
    ),
    new=(
        "insert into sales.orders (customer_id) values (1) returning id",
        "select total from sales.orders",
    ),
    told=(("select * from orders order by id", "select * from sales.orders order by id"),),
)
MOVE = Notes(
    does="moves the table and leaves a view under its old name, through which it is written too.",
    risk="a lock on the table for a moment; lock_timeout ends the wait, then run it again. "
    "TRUNCATE and COPY to the old name fail: a view takes neither.",
    downtime="none; reads and writes wait for a moment.",
    order="before the new code; the running code goes on through the view.",
    test="run the old code's tests and the new one's on a copy.",
)
CONTRACT = Notes(
    does="drops the view that stood under the old name.",
    risk="code that still uses the old name fails: deploy the new code first.",
    downtime="none.",
    order="after the new code runs everywhere.",
    backup="none needed: a view has no rows.",
    test="run the new code's tests on a copy; downgrade -1 brings the view back.",
)


def plan(schema: Schema, request: Request) -> Change:
    """Gives the revisions; UsageError for what the options leave open or cannot mean."""
    table = change.table_of(schema, request.table)
    to = _target(schema, table, request)
    moved = f"{to}.{table.name}"
    columns = tuple(column.name for column in table.columns)
    view = (
        f"CREATE VIEW {code.quoted(table.key)} AS "
        f"SELECT {code.listed(columns)} FROM {code.quoted(moved)}"
    )
    make = f"CREATE SCHEMA IF NOT EXISTS {code.quoted(to)}"
    move = f"ALTER TABLE {code.quoted(table.key)} SET SCHEMA {code.quoted(to)}"
    home = table.schema or "public"
    back = f"ALTER TABLE {code.quoted(moved)} SET SCHEMA {code.quoted(home)}"
    gone = f"DROP VIEW {code.quoted(table.key)}"
    first = Phase(
        f"Move {table.key} to {to}, a view in its place",
        change.executed(make, move, view),
        change.executed(gone, back),
        MOVE,
    )
    last = Phase(
        f"Drop the view {table.key}", change.executed(gone), change.executed(view), CONTRACT
    )
    return Change(
        f"{table.key} moves to {to}",
        (first, last),
        1,
        (make, move),
        f'{{"schema": {code.literal(to)}}} in the __table_args__ of the class of {table.key}, and '
        "in the foreign keys that name it",
        (
            Alternative(
                "put the schema into the search_path of the application's role",
                "one revision and no change of the models; names that two schemas have then "
                "depend on the order",
            ),
        ),
    )


def _target(schema: Schema, table: Table, request: Request) -> str:
    if len(request.to) != 1 or request.columns:
        raise UsageError(
            f"to which schema does {table.key} move?",
            way_out=f"dbwright migrations change move-table {USAGE}",
        )
    to = request.to[0]
    moved = f"{to}.{table.name}"
    if to == (table.schema or "public") or schema.table(moved) is not None:
        raise UsageError(
            f"{moved} is there already", way_out="Choose another schema, or drop that table."
        )
    return to
