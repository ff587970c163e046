"""A backfill inside of a revision of Alembic, its batches committed beside it.

    from dbwright.backfill import Backfill, in_revision

    def upgrade():
        in_revision(op, Backfill("orders_total", "orders", set="…", where="total_cents IS NULL"))

In a revision of its own: what stands before it in the same one is committed with the first batch.
"""

from __future__ import annotations

import contextlib
import shlex
from typing import TYPE_CHECKING, Any

from sqlalchemy import Connection, Engine, TextClause, text

from dbwright.backfill import leases, state, tables
from dbwright.backfill.definition import Backfill, Batch, Settings
from dbwright.backfill.keys import KeyValues, values_of
from dbwright.backfill.run import start, status
from dbwright.backfill.servers import prepare, reading
from dbwright.backfill.state import Status
from dbwright.backfill.statements import Statements
from dbwright.backfill.work import Worker, loaded, work
from dbwright.core.errors import BackfillError, UsageError

if TYPE_CHECKING:
    from alembic.operations import Operations

OPTION = "dbwright_backfill"
"""The execution option of a backfill's own connections: `migrations upgrade` knows them by it."""
_REHEARSED = 5_000


def in_revision(
    op: Operations | Any, backfill: Backfill, settings: Settings | None = None
) -> Status | None:
    """Runs a backfill to its end in the `upgrade()` of a revision; gives how it ended.

    It works on a connection of its own, of the same engine, with no transaction of the revision
    open. A revision that was cut off goes on behind the last batch when it is run again. When it
    has ended, its state is taken out in the transaction that notes the revision. Raises UsageError
    in offline mode, and in an env.py that keeps a transaction; BackfillError where it did not end.
    Where dbwright rehearses a revision, the batches are plain, and it gives None.
    """
    context = op.get_context()
    if context.as_sql:
        raise UsageError(
            f"the backfill {backfill.name} asks the database how far it is, so no script can "
            "stand for it",
            way_out=f"End the script before this revision and run it online, or run this, and "
            f"stamp the revision:  {command_of(backfill)}",
        )
    bind: Connection = op.get_bind()
    if getattr(bind.dialect, "dbwright_rehearses", False):
        with context.autocommit_block():
            _rehearsed(op.get_bind(), backfill)
        return None
    engine = bind.engine.execution_options(**{OPTION: backfill.name})
    _refuse_other_place(bind, engine, backfill)
    with contextlib.ExitStack() as stack:
        try:
            stack.enter_context(context.autocommit_block())
        except AssertionError as error:
            raise UsageError(
                f"env.py holds a transaction of its own, in which the backfill {backfill.name} "
                "cannot commit its batches",
                way_out="Let alembic begin it: `with context.begin_transaction():`, and no "
                "`connection.begin()` around it.",
            ) from error
        ended = _through(engine, backfill, settings or Settings())
    state.erase(op.get_bind(), backfill.name)
    return ended


def command_of(backfill: Backfill) -> str:
    """Gives the command that runs it, for a shell."""
    parts = ["dbwright", "migrations", "backfill", backfill.name, "--db", "URL"]
    parts += ["--table", backfill.table]
    named = {
        "--set": backfill.set,
        "--call": backfill.call,
        "--where": backfill.where,
        "--key": ",".join(backfill.key),
    }
    parts += [part for name, value in named.items() if value for part in (name, value)]
    parts += ["--delete"] if backfill.delete else []
    return shlex.join(parts)


def _through(engine: Engine, backfill: Backfill, settings: Settings) -> Status:
    """Starts it, or goes on with it, in this thread: an async driver knows no other."""
    found, is_new = start(engine, backfill, settings)
    if found.state == "done" and not is_new and _is_left(engine, backfill):
        # of an upgrade before, whose rows have come anew
        with engine.connect() as plain:
            state.forget(prepare(plain, 2.0, 30.0), backfill.name)
        found, _ = start(engine, backfill, settings)
    if found.state == "running":
        work(engine, backfill.name, Worker(replicas=settings.replicas))
        found = status(engine, backfill.name)
    if found.state == "done":
        return found
    words = f": {found.message}" if found.message else ""
    raise BackfillError(
        f"the backfill {backfill.name} is {found.state}{words}",
        way_out="What is written stays. Run the upgrade again: it goes on from there."
        if found.state != "cancelled"
        else f"Run the upgrade again behind:  dbwright migrations backfill {backfill.name} "
        "--forget --db URL",
    )


def _is_left(engine: Engine, backfill: Backfill) -> bool:
    with engine.connect() as plain:
        connection = prepare(plain, 2.0, 0.0)  # all of the table is read
        with reading(connection):
            table = tables.find(connection, backfill)
        return bool(leases.undone(connection, Statements(backfill, table), 1))


def _refuse_other_place(bind: Connection, engine: Engine, backfill: Backfill) -> None:
    """Raises UsageError where a fresh connection stands in another schema, or as another role."""
    if bind.dialect.name != "postgresql":
        return
    sql = text("SELECT current_schema(), current_user")
    here = tuple(bind.execute(sql).one())
    with engine.connect() as fresh:
        there = tuple(fresh.execute(sql).one())
    if here != there:
        raise UsageError(
            f"env.py has moved its session to the schema {here[0]} as {here[1]}, and a connection "
            f"of the backfill {backfill.name} would be in {there[0]} as {there[1]}",
            way_out="Set both for the whole engine, with an event `connect` or in the URL's "
            "options.",
        )


def _rehearsed(connection: Connection, backfill: Backfill) -> None:
    """Writes the rows in plain batches with two ends, on the connection of the revision."""
    statements = Statements(backfill, tables.find(connection, backfill))
    key, call = statements.key, loaded(backfill.call) if backfill.call else None
    after: KeyValues | None = None
    while True:
        given, behind = key.parameters("after", after), after is not None
        first = _found(connection, statements.end(after=behind, up_to=False), given, 0)
        if first is None:
            return
        last = _found(connection, statements.end(after=behind, up_to=False), given, _REHEARSED - 1)
        last = last or _found(connection, statements.last(after=behind), given)
        assert last is not None
        given = {**key.parameters("first", first), **key.parameters("last", last)}
        where = statements.within("first", "last")
        if call is None:
            connection.execute(statements.write(where), given)
        else:
            call(connection, Batch(statements.table.quoted, where, given, after, last))
        after = last


def _found(
    connection: Connection, sql: TextClause, given: dict[str, Any], *skip: int
) -> KeyValues | None:
    more = {"skip": skip[0]} if skip else {}
    return values_of(connection.execute(sql, {**given, **more}).one_or_none())
