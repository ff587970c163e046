"""What statements that write would do to PostgreSQL, as its grammar and planner say."""

from __future__ import annotations

from typing import Any

import psycopg
from psycopg import errors

from dbwright.core.errors import ReadRefused, UsageError
from dbwright.core.writing import PlannedStatement
from dbwright.dialects.postgresql import grammar, names, reading
from dbwright.dialects.postgresql.question import ask

_PLANNED = {"insert_stmt": "INSERT", "update_stmt": "UPDATE", "delete_stmt": "DELETE"}
_PLANNED |= {"merge_stmt": "MERGE"}
_NAMED = _PLANNED | {"index_stmt": "CREATE INDEX", "create_stmt": "CREATE TABLE"}
_NAMED |= {"create_table_as_stmt": "CREATE TABLE AS", "view_stmt": "CREATE VIEW"}
_NAMED |= {"select_stmt": "SELECT", "truncate_stmt": "TRUNCATE", "rename_stmt": "ALTER … RENAME"}
_REFUSED = {
    "transaction_stmt": "BEGIN, COMMIT and ROLLBACK are dbwright's",
    "variable_set_stmt": "SET changes the session, which ends with the plan",
    "copy_stmt": "COPY needs a client that sends the rows",
    "prepare_stmt": "PREPARE leaves nothing behind",
    "execute_stmt": "EXECUTE runs what is not seen",
    "discard_stmt": "DISCARD leaves nothing behind",
}
_ALONE = ("vacuum_stmt", "createdb_stmt", "dropdb_stmt", "alter_system_stmt", "reindex_stmt")


def planned(connection: psycopg.Connection[Any], sql: str) -> tuple[list[PlannedStatement], bool]:
    """Gives each statement, and whether it has to run outside of a transaction, alone.

    Raises UsageError for what is no write, or cannot be read.
    """
    try:
        texts = grammar.split(sql)
        trees = grammar.parse(sql)
    except (grammar.Failure, UnicodeError) as error:
        raise UsageError(f"the statements cannot be read: {str(error).splitlines()[0]}") from error
    if len(texts) != len(trees):
        raise UsageError("the statements cannot be told apart", way_out="Plan them one by one.")
    found = [_one(connection, *pair) for pair in zip(texts, trees, strict=True)]
    alone = any(_is_alone(tree) for tree in trees)
    return found, alone


def _one(connection: psycopg.Connection[Any], sql: str, tree: grammar.Node) -> PlannedStatement:
    field = tree.WhichOneof("node") or ""
    if field in _REFUSED:
        raise UsageError(f"{_REFUSED[field]}: it cannot be planned")
    kind = _NAMED.get(field) or field.removesuffix("_stmt").replace("_", " ").upper()
    tables = dict.fromkeys(
        names.key_of(each) for each in grammar.all_of(tree, "RangeVar") if each.relname
    )
    if field == "drop_stmt":
        found = (each.list.items for each in tree.drop_stmt.objects if each.HasField("list"))
        tables |= dict.fromkeys(names.key_of_names(items) for items in found)
    if field not in _PLANNED and field != "select_stmt":
        return PlannedStatement(sql, kind, tuple(tables), None, "the planner plans no such thing")
    rows, why = _estimate(connection, sql, tree)
    whole = field in ("update_stmt", "delete_stmt")
    everything = whole and not getattr(tree, field).HasField("where_clause")
    return PlannedStatement(sql, kind, tuple(tables), rows, why, everything)


def _is_alone(tree: grammar.Node) -> bool:
    field = tree.WhichOneof("node")
    if field in ("index_stmt", "drop_stmt"):
        return bool(getattr(tree, field).concurrent)
    return field in _ALONE


def _estimate(
    connection: psycopg.Connection[Any], sql: str, tree: grammar.Node
) -> tuple[int | None, str]:
    """The planner works out what is stable: only what a read may call is given to it."""
    try:
        reading.refuse_calls(connection, tree)
    except ReadRefused as error:
        return None, error.message.removeprefix("the read is refused: ")
    try:
        with connection.transaction(force_rollback=True):
            (row,) = ask(connection, f"explain (format json) {_doubled(sql)}")
    except psycopg.Error as error:
        return None, str(error).strip().splitlines()[0]
    plan = row[0][0]["Plan"]
    if plan["Node Type"] == "ModifyTable":
        return int(sum(part.get("Plan Rows", 0) for part in plan.get("Plans", ())[:1])), ""
    return int(plan.get("Plan Rows", 0)), ""


def _doubled(sql: str) -> str:
    return sql.replace("%", "%%")


def execute(connection: psycopg.Connection[Any], sql: str) -> int | None:
    """Runs one statement, by the extended protocol, and gives the rows that it has written.

    Raises psycopg.Error.
    """
    result = connection.pgconn.exec_params(sql.encode(), None)
    if result.error_message:
        raise errors.error_from_result(result, encoding="utf-8")
    return result.command_tuples


def leave_transaction(connection: psycopg.Connection[Any]) -> None:
    """Has what follows run by itself: VACUUM and CONCURRENTLY take no transaction."""
    connection.rollback()
    connection.autocommit = True
