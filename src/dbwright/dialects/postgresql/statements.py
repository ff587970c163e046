"""SQL text of PostgreSQL as operations, by the server's own grammar."""

from __future__ import annotations

import functools
import re
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping

from dbwright.core.operation import Operation, Other
from dbwright.core.statement_kind import BROKEN, OTHER, PLANNED, SEVERAL
from dbwright.dialects.postgresql import alter, create, definitions, grammar, queries
from dbwright.dialects.postgresql.grammar_summary import summary

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


def finished(sql: str) -> list[str] | None:
    """Give each statement of a text that ends where one does; None where one is still open.

    >>> finished("select 1; select ';';"), finished("select 1; select ';")
    (['select 1', "select ';'"], None)
    """
    try:
        return grammar.finished(sql)
    except (grammar.Failure, UnicodeError):
        return None


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
        return f"{grammar.fingerprint(sql)} {sorted(summary(sql).tables)}"
    except (grammar.Failure, UnicodeError):
        return sql


_PLANNED = {"select_stmt", "insert_stmt", "update_stmt", "delete_stmt", "merge_stmt"}
_PLANNED_KINDS = {"SelectStmt", "InsertStmt", "UpdateStmt", "DeleteStmt", "MergeStmt"}


def is_planned(sql: str) -> bool:
    """Whether the text is one statement that the planner makes a plan for.

    >>> is_planned("select $1"), is_planned("set x = 1"), is_planned("select from where")
    (True, False, False)
    """
    return kind(sql) == PLANNED


_CATALOG = ("pg_catalog", "information_schema")


def kind(sql: str) -> str:
    """Give PLANNED for one statement with a plan, else OTHER, BROKEN, or SEVERAL for not one.

    >>> kind("select 1") == PLANNED, kind("begin"), kind("selec"), kind("begin; select 1")
    (True, 'other', 'broken', 'several')
    """
    try:
        if ";" in sql.rstrip("; \n"):
            if len(trees := grammar.parse(sql)) != 1:
                return SEVERAL
            return PLANNED if trees[0].WhichOneof("node") in _PLANNED else OTHER
        kinds = summary(sql).kinds
    except (grammar.Failure, UnicodeError):
        return BROKEN
    if not kinds:
        return SEVERAL
    return PLANNED if kinds[0] in _PLANNED_KINDS else OTHER


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


def names_no_table(sql: str, tables: Collection[str] = ()) -> bool:
    """Whether a statement that has a plan names no table, or only the server's own.

    `tables` are names of the user's, of which one may begin as the server's do.

    >>> [names_no_table(f"select {text}") for text in ("1", "1 from pg_class", "1 from pg.orders")]
    [True, True, False]
    """
    return is_planned(sql) and all(
        schema in _CATALOG or (name.startswith("pg_") and name not in tables)
        for schema, name in summary(sql).tables
    )


def with_casts(sql: str) -> str:
    """Gives a counted statement as the server takes it: its own `interval $1` it refuses.

    pg_stat_statements puts a parameter in the place of a constant, whose type stays before it.

    >>> with_casts("select now() - interval $1"), with_casts("select $1::date")
    ('SELECT now() - $1::interval', 'select $1::date')
    """
    if "$" not in sql:
        return sql
    try:
        trees = grammar.parse(sql)
    except (grammar.Failure, UnicodeError):
        return sql
    if len(trees) != 1:
        return sql
    (tree,) = trees
    casts = (each for each in grammar.all_of(tree, "TypeCast") if each.arg.HasField("param_ref"))
    if any(each.type_name.location < each.arg.param_ref.location for each in casts):
        kind = tree.WhichOneof("node")
        return grammar.text_of_statement(getattr(tree, kind), kind)
    return sql


def temporary(sql: str) -> frozenset[str]:
    """Gives the names of the temporary tables that a text makes.

    >>> sorted(temporary("create temp table a (x int); create temporary table b as select 1"))
    ['a', 'b']
    """
    if "temp" not in sql.casefold():
        return frozenset()
    try:
        trees = grammar.parse(sql)
    except (grammar.Failure, UnicodeError):
        return frozenset()
    made = (
        each
        for tree in trees
        for kind in ("CreateStmt", "IntoClause")
        for node in grammar.all_of(tree, kind)
        for each in [node.relation if kind == "CreateStmt" else node.rel]
    )
    return frozenset(each.relname for each in made if each.relpersistence == "t")


def relations(sql: str) -> Iterator[tuple[str, str]]:
    """Gives the schema and the name of each table that a statement names, not of its WITH."""
    for tree in grammar.parse(sql):
        own = {each.ctename for each in grammar.all_of(tree, "CommonTableExpr")}
        for each in grammar.all_of(tree, "RangeVar"):
            if each.schemaname or each.relname not in own:
                yield each.schemaname, each.relname


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
