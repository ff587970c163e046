"""Backfills in batches by key: short transactions, and a second run goes on where it stopped."""

from __future__ import annotations

import re
import textwrap
from collections.abc import Callable

import sqlglot
from sqlglot import exp

from dbwright import dialects
from dbwright.core.errors import FixError
from dbwright.core.finding import Alternative, Edit, Fix, Step
from dbwright.core.migration import Migration
from dbwright.core.operation import (
    Data,
    Operation,
    Select,
    SetNotNull,
    Statement,
)
from dbwright.recipes import code, half_applied, not_null, revision, revision_source
from dbwright.recipes.revision import Notes, Phase

BATCH = 5000
FIRST, LAST = "<first>", "<last>"
"""Where a batch begins and ends, in the statement that `batches` takes."""
NOTES = Notes(
    does="writes the rows in batches of 5000 by key, each its own transaction.",
    risk="a write of a row waits while its batch runs; ended early, it can be run again.",
    downtime="none; a batch holds its rows for some milliseconds.",
    order="after the revision before it; it may run while the application works.",
    backup="keep a copy of the table's key and the columns written: they are overwritten.",
    test="count the rows that the condition still finds: 0 afterwards.",
)
NOTHING_TO_UNDO = "pass  # the values written stay; the revisions before take the column away"


def covers_whole_table(migration: Migration, operation: Data) -> bool:
    """Whether an UPDATE may write most rows of a table that is older than the revision.

    Either it has no condition, or one that says nothing of how many rows there are: those without
    a value, all on one side of a value, all that another table has a match for. An earlier
    revision, as new as this one, that wrote the same columns may have left few of those.
    """
    if operation.action != "update" or not migration.stood_before(operation.table):
        return False
    if not operation.bounded:
        return True
    return operation.open_ended and not _written_earlier(migration, operation)


def _written_earlier(migration: Migration, operation: Data) -> bool:
    return any(
        isinstance(found, Data)
        and (found.action, found.table) == ("update", operation.table)
        and set(operation.columns) <= set(found.columns)
        for statement in migration.earlier
        for found in statement.operations
    )


def lock_held(migration: Migration, number: int) -> str | None:
    """The existing table that the same transaction has locked against reads before that."""
    if migration.target.dialect in half_applied.COMMIT_EACH_CHANGE:
        return None
    locks = dialects.get(migration.target.dialect).locks
    operations = list(migration.operations())
    transaction = operations[number][0].transaction
    for statement, operation in operations[:number]:
        effect = locks.effect(operation, migration.before, migration.target)
        table = effect.relation
        same = statement.transaction == transaction and not statement.autocommit
        if same and table and effect.blocks_reads and migration.stood_before(table):
            return str(table)
    return None


def key_of(migration: Migration, table: str) -> str | None:
    """The one column of the table's key, by which batches are cut."""
    found = migration.existing(table)
    if found is None or found.primary_key is None or len(found.primary_key.columns) != 1:
        return None
    return found.primary_key.columns[0]


def loop(
    table: str,
    key: str,
    assignments: str,
    condition: str | None = None,
    source: str = "",
    *,
    quote: Callable[[str], str] = code.quoted,
) -> str:
    """Gives the loop that runs one UPDATE in batches by key; `source` is its FROM."""
    more = f" AND ({condition})" if condition else ""
    own = f"{quote(table)}." if source else ""
    update = (
        f"UPDATE {quote(table)} SET {assignments}{source and ' '}{source}\n"
        f"WHERE {own}{quote(key)} BETWEEN {FIRST} AND {LAST}{more}"
    )
    return batches(table, key, update, quote=quote)


def batches(
    table: str, key: str, statement: str, *, quote: Callable[[str], str] = code.quoted
) -> str:
    """Gives the loop that runs a statement over the rows of a table, in batches by key.

    The statement stands for the rows whose key lies between `FIRST` and `LAST`; `quote` writes a
    name as the database wants it.
    """
    name, column = quote(table), quote(key)
    sql = _escaped(statement).replace(FIRST, ":first").replace(LAST, ":last")
    body = textwrap.indent(sql, " " * 24).lstrip()
    return textwrap.dedent(
        f'''\
        with op.get_context().autocommit_block():
            connection = op.get_bind()
            first = connection.scalar(
                sa.text("""SELECT {column} FROM {name} ORDER BY {column} LIMIT 1""")
            )
            while first is not None:
                last = connection.scalar(
                    sa.text(
                        """
                        SELECT max_key.{column} FROM (
                            SELECT {column} FROM {name} WHERE {column} >= :first
                            ORDER BY {column} LIMIT {BATCH}
                        ) AS max_key ORDER BY {column} DESC LIMIT 1
                        """
                    ),
                    {{"first": first}},
                )
                connection.execute(
                    sa.text(
                        """
                        {body}
                        """
                    ),
                    {{"first": first, "last": last}},
                )
                first = connection.scalar(
                    sa.text(
                        """
                        SELECT {column} FROM {name} WHERE {column} > :last
                        ORDER BY {column} LIMIT 1
                        """
                    ),
                    {{"last": last}},
                )'''
    )


def phase(
    table: str,
    key: str,
    assignments: str,
    condition: str | None = None,
    source: str = "",
    *,
    quote: Callable[[str], str] = code.quoted,
) -> Phase:
    """The revision that writes the rows of a table in batches."""
    return Phase(
        f"Backfill {table} in batches",
        loop(table, key, assignments, condition, source, quote=quote),
        NOTHING_TO_UNDO,
        NOTES,
    )


def in_batches(migration: Migration, number: int) -> Fix:
    """The cure of an UPDATE of a whole table: batches, in a revision of their own."""
    statement, operation = migration.nth(number, Data)
    table = operation.table
    key = key_of(migration, table)
    try:
        parts = parts_of(statement.sql, migration.target.dialect)
    except FixError:
        parts = ("… = …", None, "")
    batches = phase(table, key or "id", *parts)

    def make(text: str) -> tuple[Edit, ...]:
        parts_of(statement.sql, migration.target.dialect)
        if key is None:
            raise FixError("the table has no key of one column")
        return _edits(migration, number, batches, text)

    return Fix(
        "Write the rows in batches by key, outside the transaction",
        batches.upgrade,
        "unsafe",
        revision.attempt(migration, make),
        (Step(f"{statement.sql.strip()} -- in batches by key", "backfill", autocommit=True),),
    )


def by_tool(migration: Migration, number: int) -> Alternative:
    """The other way to write the rows of an UPDATE: dbwright's own backfill in the revision."""
    statement, operation = migration.nth(number, Data)
    try:
        assignments, condition, source = parts_of(statement.sql, migration.target.dialect)
    except FixError:
        assignments, condition, source = "", None, ""
    given = [repr(operation.table), f"set={assignments!r}"]
    given += [f"where={condition!r}"] if condition else []
    name = "_".join((operation.table.replace(".", "_"), *operation.columns))[:60]
    what = f"in_revision(op, Backfill({name!r}, {', '.join(given)}))"
    return Alternative(
        what if assignments and not source else "in_revision(op, Backfill(…)) of dbwright.backfill",
        "batches of half a second that wait for replicas and locks, go on behind a kill and show "
        "how far they are; dbwright has to be installed where the revisions run",
    )


def set_based(migration: Migration, statement: Statement, operation: Data) -> Fix:
    """The cure of one statement per row: one UPDATE in SQL, in batches by key.

    Only a person knows the value that the loop computes. The edit takes the whole loop out of
    the transaction, so that no row stays locked; it is made where the revision changes no schema.
    """
    table = operation.table
    columns = ", ".join(f"{code.quoted(column)} = …" for column in operation.columns)
    key = key_of(migration, table) or "id"
    return Fix(
        "Compute the value in SQL, in batches by key",
        f"# instead of {' '.join(statement.sql.split())} for each row\n"
        f"{loop(table, key, columns or '… = …')}",
        "unsafe",
        revision.attempt(migration, lambda text: _without_transaction(migration, text)),
    )


def _without_transaction(migration: Migration, text: str) -> tuple[Edit, ...]:
    if not all(isinstance(found, Data | Select) for _, found in migration.operations()):
        raise FixError("the revision changes the schema too")
    header = "with op.get_context().autocommit_block():"
    return revision.edited(migration, revision_source.wrap_body(text, "upgrade", header))


def before_change(
    migration: Migration,
    statement: Statement,
    names: tuple[str, str, str | None],
    loop: str,
    title: str,
    why: str | None,
) -> Fix:
    """The cure of a change that rows can refuse: a loop mends them first, in the same revision.

    `names` are the table, the column and the key that the batches go by; `why` is what keeps the
    loop from being more than a sketch, None for nothing.
    """
    table, column, key = names

    def make(text: str) -> tuple[Edit, ...]:
        if why is not None or key is None:
            raise FixError(why or "the table has no key of one column")
        if any('"' in code.quoted(each) for each in (table, column, key)):
            raise FixError("the names have to be quoted")
        where = revision.place_of(migration, statement, ("alter_column", column), kept=True)
        own = revision_source.statement(text, where)
        return revision.edited(migration, revision_source.replace(text, where, f"{loop}\n{own}"))

    return Fix(
        title,
        code.lines(loop, "# then the change as it stands"),
        "unsafe",
        revision.attempt(migration, make),
    )


def parts_of(sql: str, dialect: str) -> tuple[str, str | None, str]:
    """Gives assignments, condition and FROM of an UPDATE that may run more than once.

    FixError where its table has another name in it, where it has parameters, or computes a column
    from itself: then a second run would give other values.
    """
    grammar = "mysql" if dialect in half_applied.COMMIT_EACH_CHANGE else "postgres"
    try:
        tree = sqlglot.parse_one(sql, read=grammar)
    except sqlglot.errors.SqlglotError as error:
        raise FixError("the UPDATE cannot be read") from error
    if not isinstance(tree, exp.Update):
        raise FixError("the statement is no UPDATE")
    extra = {name for name, value in tree.args.items() if value}
    if extra - {"this", "expressions", "where", "from_"} or tree.this.alias:
        raise FixError("the UPDATE has parts of its own")
    if list(tree.find_all(exp.Placeholder, exp.Parameter)) or re.search(r"%\(|%s", sql):
        raise FixError("the UPDATE has parameters")
    for assignment in tree.expressions:
        written = assignment.this.name
        if any(
            _is_own(found, written, tree) for found in assignment.expression.find_all(exp.Column)
        ):
            raise FixError(f"{written} is computed from itself")
    where, source = tree.args.get("where"), tree.args.get("from_")
    return (
        ", ".join(item.sql(dialect=grammar) for item in tree.expressions),
        where.this.sql(dialect=grammar) if where else None,
        source.sql(dialect=grammar) if source else "",
    )


def _is_own(found: exp.Column, written: str, tree: exp.Update) -> bool:
    """Whether a column that is read is the one that is written."""
    return found.name == written and found.table in ("", tree.this.name)


def _edits(migration: Migration, number: int, batches: Phase, text: str) -> tuple[Edit, ...]:
    statement, operation = migration.nth(number, Data)
    later = list(migration.operations())[number + 1 :]
    after = [
        (sent, found) for sent, found in later if getattr(found, "table", None) == operation.table
    ]
    where = revision.place_of(migration, statement)
    if not after:
        return revision.own_revision(migration, where, batches, None)
    column = _only_set_not_null(operation, [found for _, found in after])
    removals = [(where, "")]
    for sent, _ in after:
        removals.append((revision.place_of(migration, sent, ("alter_column", column)), ""))
    rest = revision_source.exchange_all(text, removals)
    made_required = not_null.phases(operation.table, column)
    return revision.chain(migration, rest, (batches, *made_required))


def _only_set_not_null(operation: Data, after: list[Operation]) -> str:
    columns = [found.column for found in after if isinstance(found, SetNotNull)]
    if len(columns) != len(after) or set(columns) - set(operation.columns) or len(columns) != 1:
        raise FixError("what follows the UPDATE depends on it")
    return columns[0]


def _escaped(sql: str) -> str:
    return sql.replace("\\", "\\\\").replace(":", "\\\\:").replace("\\\\:\\\\:", "::")
