"""SQL text of PostgreSQL as operations, by the server's own grammar."""

from __future__ import annotations

import functools
import re
from collections.abc import Callable, Iterable, Mapping

from dbwright.core.operation import Operation, Other
from dbwright.dialects.postgresql import alter, create, definitions, grammar, queries

UNPARSED = (Other("unparsed", unknown=True),)
# Placeholders of the drivers and of SQLAlchemy's text(): the grammar only knows $1.
_PLACEHOLDER = re.compile(r"%\(\w+\)s|%s|(?<![:\w]):[A-Za-z_]\w*")


def split(sql: str) -> list[str]:
    """Give each statement of a script, without its semicolon and the comments around it.

    >>> split("select 1; do $$ begin; end $$")
    ['select 1', 'do $$ begin; end $$']
    """
    try:
        return grammar.split(sql)
    except (grammar.Failure, UnicodeError):
        return [sql.strip()] if sql.strip() else []


@functools.lru_cache(maxsize=8192)
def parse(sql: str) -> tuple[Operation, ...]:
    """Give the operations of one or more statements, in order.

    Text outside of the grammar is one operation whose effect is unknown; placeholders of a
    driver (`%s`, `%(name)s`, `:name`) are taken as parameters.
    """
    for text in (sql, _PLACEHOLDER.sub("$1", sql).replace("%%", "%")):
        try:
            trees = grammar.parse(text)
        except (grammar.Failure, UnicodeError):
            continue
        return tuple(operation for tree in trees for operation in _operations(tree))
    return UNPARSED


def fingerprint(sql: str) -> str:
    """Give what statements have in common that differ in constants only; its text for others.

    >>> fingerprint("select 1 from t where a = 1") == fingerprint("SELECT 1 FROM t WHERE a = 2")
    True
    >>> fingerprint("select 1 from orders_2025") == fingerprint("select 1 from orders_2026")
    False
    """
    try:
        # the grammar's own takes tables whose names differ in their digits for one
        tables = {
            (each.schemaname, each.relname)
            for tree in grammar.parse(sql)
            for each in grammar.all_of(tree, "RangeVar")
        }
        return f"{grammar.fingerprint(sql)} {sorted(tables)}"
    except (grammar.Failure, UnicodeError):
        return sql


_PLANNED = {"select_stmt", "insert_stmt", "update_stmt", "delete_stmt", "merge_stmt"}


def is_planned(sql: str) -> bool:
    """Whether the text is one statement that the planner makes a plan for.

    >>> is_planned("select $1"), is_planned("set x = 1"), is_planned("select from where")
    (True, False, False)
    """
    return kind(sql) == PLANNED


PLANNED, OTHER, BROKEN, SEVERAL = "", "other", "broken", "several"


def kind(sql: str) -> str:
    """Give PLANNED for one statement with a plan, else OTHER, BROKEN, or SEVERAL for not one.

    >>> kind("select 1") == PLANNED, kind("begin"), kind("selec"), kind("begin; select 1")
    (True, 'other', 'broken', 'several')
    """
    try:
        trees = grammar.parse(sql)
    except (grammar.Failure, UnicodeError):
        return BROKEN
    if len(trees) != 1:
        return SEVERAL
    return PLANNED if trees[0].WhichOneof("node") in _PLANNED else OTHER


def has_parameters(sql: str) -> bool:
    """Whether a statement stands without some of its values.

    >>> has_parameters("select 1 from t where a = $1"), has_parameters("select '$1'")
    (True, False)
    """
    return any(True for tree in grammar.parse(sql) for _ in grammar.all_of(tree, "ParamRef"))


def fault(sql: str) -> str | None:
    """Give what the grammar says against a text, None where it has nothing to say."""
    try:
        grammar.parse(sql)
    except (grammar.Failure, UnicodeError) as error:
        return str(error).strip().splitlines()[0]
    return None


def makes_extension_or_role(sql: str) -> bool:
    """Whether the text is one CREATE EXTENSION, or one CREATE ROLE that gives no right.

    >>> makes_extension_or_role("create role app"), makes_extension_or_role("create role a login")
    (True, False)
    >>> makes_extension_or_role("create extension citext; drop table t")
    False
    """
    try:
        trees = grammar.parse(sql)
    except (grammar.Failure, UnicodeError):
        return False
    if len(trees) != 1:
        return False
    kind = trees[0].WhichOneof("node")
    plain = kind == "create_role_stmt" and not trees[0].create_role_stmt.options
    return bool(plain) or kind == "create_extension_stmt"


Handler = Callable[[grammar.Node], Iterable[Operation]]


def _operations(tree: grammar.Node) -> Iterable[Operation]:
    kind = tree.WhichOneof("node")
    handler = _HANDLERS.get(kind)
    if handler is None:
        return (definitions.other(kind, getattr(tree, kind)),)
    return handler(getattr(tree, kind))


_HANDLERS: Mapping[str, Handler] = {
    "create_stmt": create.create_table,
    "index_stmt": create.create_index,
    "alter_table_stmt": alter.alter_table,
    **definitions.HANDLERS,
    **queries.HANDLERS,
}
