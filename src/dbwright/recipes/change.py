"""Changes of live tables: what is asked for, and the revisions that do it in several deploys."""

from __future__ import annotations

import difflib
import textwrap
from collections.abc import Sequence
from dataclasses import dataclass, replace

from dbwright import dialects
from dbwright.core.errors import UsageError
from dbwright.core.finding import Alternative
from dbwright.core.operation import AddColumn
from dbwright.core.schema import Column, Schema, Table
from dbwright.recipes import backfill, code
from dbwright.recipes.revision import Notes, Phase

FILL_NOTES = Notes(
    does="fills the rows that are there in batches of 5000 by key, each its own transaction.",
    risk="a write of a row waits while its batch runs; ended early, it can be run again.",
    downtime="none; a batch holds its rows for some milliseconds.",
    order="after the revision before it; it may run while the application works.",
    backup="none needed: what is written is new, and the old values stay.",
    test="compare both forms row by row afterwards: no difference.",
)


@dataclass(frozen=True, slots=True)
class Request:
    """What a change is asked to do, in the words of its options.

    `table` is a key (`orders`, `billing.orders`), `columns` are names of its columns, `to` what
    comes (`first_name text = split_part(name, ' ', 1)`), `back` how the old is made of it
    (`name = concat_ws(' ', first_name, last_name)`).
    """

    table: str
    columns: tuple[str, ...] = ()
    to: tuple[str, ...] = ()
    back: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Change:
    """A change cut into revisions.

    `contract` is the number of the first phase that old code does not survive: the new code must
    be deployed before it. `direct` are the statements that do the same in one go, with all that
    they lock; the schema afterwards is the same. `models` tells what becomes of the models.
    """

    title: str
    phases: tuple[Phase, ...]
    contract: int
    direct: tuple[str, ...]
    models: str
    alternatives: tuple[Alternative, ...]


@dataclass(frozen=True, slots=True)
class Example:
    """A change that the build proves: a schema with rows, and the statements of both codes.

    `before` makes the tables, `rows` fills them. `old` must run in every phase before the
    contract, `new` from then on, and from the backfill on. `told` are pairs of queries: what the
    first one gives before is what the second one gives at the end. `lossless` says whether all
    values come back when the old form has been dropped: they do from the phases before; `stays`
    that what was filled in stays on the way down. `known` are words of what the review of the
    revisions rightly says.
    """

    before: str
    rows: str
    request: Request
    old: tuple[str, ...]
    new: tuple[str, ...]
    told: tuple[tuple[str, str], ...]
    lossless: bool = True
    stays: bool = False
    known: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Definition:
    """A column that comes, and the expression over the old row that fills it."""

    column: Column
    expression: str | None = None

    @property
    def name(self) -> str:
        """The column's name."""
        return self.column.name


def table_of(schema: Schema, key: str) -> Table:
    """Gives the table of that key; UsageError with the nearest names where there is none."""
    table = schema.table(key)
    if table is None:
        names = [item.key for item in schema.tables]
        raise UsageError(
            f"the database has no table {key} at the head of the revisions",
            way_out=_nearest(key, names),
        )
    if "view" in table.kind or table.kind == "foreign":
        raise UsageError(
            f"{key} is a {table.kind}, and has no rows of its own to change",
            way_out="Name the table that holds the rows.",
        )
    return table


def column_of(table: Table, name: str) -> Column:
    """Gives the column of that name; UsageError with the nearest names where there is none."""
    column = table.column(name)
    if column is None:
        raise UsageError(
            f"{table.key} has no column {name}",
            way_out=_nearest(name, [item.name for item in table.columns]),
        )
    return column


def key_of(table: Table) -> str:
    """Gives the one column of the table's primary key, by which rows are filled in batches."""
    if table.primary_key is None or len(table.primary_key.columns) != 1:
        what = "no primary key" if table.primary_key is None else "a key of several columns"
        raise UsageError(
            f"{table.key} has {what}, so its rows cannot be filled in batches by key",
            way_out="Change it by hand with a batched UPDATE of your own, in a quiet window; "
            "dbwright check reviews what you write.",
        )
    return table.primary_key.columns[0]


def batch_key(table: Table) -> str:
    """Gives the column by which rows are filled in batches: the first of the primary key.

    Of a key of several columns a batch holds all rows of the values it begins and ends with.
    """
    return table.primary_key.columns[0] if table.primary_key else key_of(table)


def definition(text: str) -> Definition:
    """Gives the column in `NAME TYPE [NOT NULL] = EXPRESSION`, as ADD COLUMN takes it."""
    left, _, expression = text.partition(" = ")
    statement = f"alter table t add column {left.strip()}"
    operations = dialects.get("postgresql").statements.parse(statement)
    added = [found for found in operations if isinstance(found, AddColumn)]
    if len(added) != 1 or len(operations) != 1:
        raise _unreadable(text)
    return Definition(added[0].column, expression.strip() or None)


def _unreadable(text: str) -> UsageError:
    return UsageError(
        f"cannot read {text!r} as a column",
        way_out="Write it as ADD COLUMN takes it, then how it is filled: "
        "'first_name text = split_part(name, '' '', 1)'".replace("''", "'"),
    )


def assignment(text: str) -> tuple[str, str]:
    """Gives the name and the expression of `NAME = EXPRESSION`."""
    name, _, expression = text.partition("=")
    if not name.strip() or not expression.strip():
        raise UsageError(
            f"cannot read {text!r} as NAME = EXPRESSION",
            way_out="Write which column it is, and how it is made: "
            "\"name = concat_ws(' ', first_name, last_name)\"",
        )
    return name.strip().strip('"'), expression.strip()


def filled(table: Table, assignments: str, condition: str) -> Phase:
    """The revision that fills new columns of the rows that are there, in batches."""
    phase = backfill.phase(table.key, batch_key(table), assignments, condition)
    return replace(phase, notes=FILL_NOTES)


def row(names: Sequence[str], prefix: str = "") -> str:
    """Gives a row of columns, which compares as one value: `ROW(NEW.a, NEW.b)`."""
    return f"ROW({', '.join(prefix + code.quoted(name) for name in names)})"


def into(names: Sequence[str], expressions: Sequence[str], table: Table) -> str:
    """Gives the PL/pgSQL that computes columns of NEW by expressions over its other columns.

    The row stands in a FROM clause under the table's own name, so that the expressions need no
    prefix.
    """
    targets = ", ".join(f"NEW.{code.quoted(name)}" for name in names)
    alias = code.quoted(table.name)
    values = ",\n    ".join(expressions)
    return f"SELECT\n    {values}\nINTO {targets}\nFROM (SELECT NEW.*) AS {alias};"


def function(name: str, body: str) -> str:
    """Gives a CREATE FUNCTION of a trigger; a name in its SQL always means a column."""
    return (
        f"CREATE FUNCTION {code.quoted(name)}() RETURNS trigger LANGUAGE plpgsql AS $$\n"
        f"#variable_conflict use_column\nBEGIN\n{textwrap.indent(body, '    ')}\n"
        "    RETURN NEW;\nEND $$"
    )


def attached(name: str, table: str, when: str) -> str:
    """Gives the CREATE TRIGGER of such a function: `when` is the likes of BEFORE INSERT."""
    return (
        f"CREATE TRIGGER {code.quoted(name)} {when} ON {code.quoted(table)} "
        f"FOR EACH ROW EXECUTE FUNCTION {code.quoted(name)}()"
    )


def detached(name: str, table: str) -> tuple[str, str]:
    """Gives the statements that take a trigger and its function away."""
    return (
        f"DROP TRIGGER {code.quoted(name)} ON {code.quoted(table)}",
        f"DROP FUNCTION {code.quoted(name)}()",
    )


def executed(*statements: str) -> str:
    """Gives the statements one below the other, each an `op.execute`, with a lock_timeout."""
    return code.lines(code.LOCK_TIMEOUT, *map(code.execute, statements))


def _nearest(name: str, names: Sequence[str]) -> str:
    near = difflib.get_close_matches(name, names, 3, 0.5)
    if near:
        return f"Near it: {', '.join(near)}."
    return f"It has {', '.join(names[:12])}{' …' if len(names) > 12 else ''}."
