"""The schema as information_schema has it: every table of the connection's database."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import sqlglot
from pymysql.cursors import DictCursor
from sqlglot import exp

from dbwright.core.schema import (
    Check,
    Column,
    ForeignKey,
    Index,
    IndexKey,
    NamedObject,
    PrimaryKey,
    Schema,
    Table,
    TableKind,
    Trigger,
    Unique,
)
from dbwright.core.table_edits import in_order, ordered
from dbwright.dialects.mysql import server, types
from dbwright.dialects.mysql.quoting import literal, quoted

Row = Mapping[str, Any]
_KINDS: dict[str, TableKind] = {"VIEW": "view", "SYSTEM VIEW": "view"}
_NO_ACTION = ("RESTRICT", "NO ACTION")
_OURS = "alembic_version"

_TABLES = """
    select t.table_name as name, t.table_type as kind, t.table_comment as comment,
           t.table_collation as collation, v.view_definition as definition
    from information_schema.tables t
    left join information_schema.views v
      on v.table_schema = t.table_schema and v.table_name = t.table_name
    where t.table_schema = database() order by t.table_name
"""
_COLUMNS = """
    select table_name as relation, column_name as name, column_type as type,
           is_nullable as nullable, column_default as dflt, extra as extra,
           generation_expression as generated, collation_name as collation,
           column_comment as comment
    from information_schema.columns where table_schema = database()
    order by table_name, ordinal_position
"""
_KEYS = """
    select * from information_schema.statistics where table_schema = database()
    order by table_name, index_name, seq_in_index
"""
_FOREIGN = """
    select k.table_name as relation, k.constraint_name as name, k.column_name as own,
           k.referenced_table_schema as referred_schema, k.referenced_table_name as referred,
           k.referenced_column_name as other, r.delete_rule as on_delete,
           r.update_rule as on_update
    from information_schema.key_column_usage k
    join information_schema.referential_constraints r
      on r.constraint_schema = k.constraint_schema and r.table_name = k.table_name
     and r.constraint_name = k.constraint_name
    where k.table_schema = database() and k.referenced_table_name is not null
    order by k.table_name, k.constraint_name, k.ordinal_position
"""
_CHECKS = """
    select table_name as relation, constraint_name as name, check_clause as clause, level as level
    from information_schema.check_constraints where constraint_schema = database()
    order by table_name, constraint_name
"""
# MySQL's check_constraints know no table, so theirs comes from table_constraints.
_CHECKS_OF_MYSQL = """
    select t.table_name as relation, c.constraint_name as name, c.check_clause as clause,
           'Table' as level
    from information_schema.check_constraints c
    join information_schema.table_constraints t
      on t.constraint_schema = c.constraint_schema and t.constraint_name = c.constraint_name
    where c.constraint_schema = database() and t.constraint_type = 'CHECK'
    order by t.table_name, c.constraint_name
"""
_TRIGGERS = """
    select event_object_table as relation, trigger_name as name,
           concat_ws(' ', action_timing, event_manipulation, action_statement) as definition
    from information_schema.triggers where event_object_schema = database()
    order by event_object_table, action_order, trigger_name
"""
_ROUTINES = """
    select routine_name as name, routine_definition as definition
    from information_schema.routines where routine_schema = database() order by routine_name
"""


@dataclass(slots=True)
class _Read:
    """All rows of the catalog, by table."""

    database: str
    family: str
    columns: dict[str, list[Row]] = field(default_factory=dict)
    keys: dict[str, list[Row]] = field(default_factory=dict)
    foreign: dict[str, list[Row]] = field(default_factory=dict)
    checks: dict[str, list[Row]] = field(default_factory=dict)
    triggers: dict[str, list[Row]] = field(default_factory=dict)


def read_schema(connection: Any, dialect: str = "mysql") -> Schema:
    """Give the schema of the connection's database; nothing is written or committed.

    `dialect` is the one that the schema is read for: a server of MariaDB may stand in for MySQL.
    """
    # ANSI_QUOTES would have the server spell its expressions another way
    with server.modes(connection, ""):
        return _schema(connection, dialect)


def schema_names(connection: Any) -> tuple[str, ...]:
    """Give nothing: a schema is another database, which is none of ours."""
    return ()


def passed_policies(connection: Any) -> dict[str, str]:
    """Give nothing: there is no row security."""
    return {}


def version_tables(connection: Any) -> tuple[str, ...]:
    """Give the names of Alembic's own tables; of one that the user may not see nothing is known."""
    cursor = connection.cursor()
    cursor.execute(
        """
        select table_name from information_schema.columns
        where table_schema = database() and table_name like 'alembic\\_version%'
          and column_name = 'version_num'
        """
    )
    return tuple(str(next(iter(tuple(row)))) for row in cursor.fetchall())


def _schema(connection: Any, dialect: str) -> Schema:
    family = server.version(connection).dialect
    found = _Read(str(_ask(connection, "select database() as name")[0]["name"]), family)
    found.columns = _by_table(_ask(connection, _COLUMNS))
    found.keys = _by_table(_lowered(row) for row in _ask(connection, _KEYS))
    found.foreign = _by_table(_ask(connection, _FOREIGN))
    checks = _CHECKS if family == "mariadb" else _CHECKS_OF_MYSQL
    found.checks = _by_table(_ask(connection, checks))
    found.triggers = _by_table(_ask(connection, _TRIGGERS))
    tables, sequences = [], []
    for row in _ask(connection, _TABLES):
        if row["kind"] == "SEQUENCE":
            sequences.append(NamedObject(row["name"], "sequence"))
        elif not row["name"].startswith(_OURS):
            tables.append(_table(row, found))
    routines = [
        NamedObject(
            row["name"], "function", without_database(row["definition"] or "", found.database)
        )
        for row in _ask(connection, _ROUTINES)
    ]
    return Schema(dialect, tuple(tables), others=(*sequences, *routines))


def _ask(connection: Any, sql: str) -> list[Row]:
    with connection.cursor(DictCursor) as cursor:
        cursor.execute(sql)
        rows: list[Row] = list(cursor.fetchall())
        return rows


def _lowered(row: Row) -> Row:
    """Give a row with names in one case: MySQL 8 and MariaDB differ in that of `select *`."""
    lower = {name.lower(): value for name, value in row.items()}
    return {**lower, "relation": lower["table_name"]}


def _by_table(rows: Any) -> dict[str, list[Row]]:
    found: defaultdict[str, list[Row]] = defaultdict(list)
    for row in rows:
        found[row["relation"]].append(row)
    return found


def _table(row: Row, read: _Read) -> Table:
    name = row["name"]
    columns = tuple(_column(each, row, read) for each in read.columns.get(name, ()))
    kind = _KINDS.get(row["kind"], "table")
    if kind == "view":
        return Table(
            name,
            columns,
            kind=kind,
            definition=without_database(row["definition"] or "", read.database),
        )
    foreign = tuple(_foreign_keys(read.foreign.get(name, []), read.database))
    primary, uniques, indexes = _keys(read.keys.get(name, []))
    checks = tuple(_checks(read.checks.get(name, [])))
    triggers = tuple(Trigger(t["name"], t["definition"]) for t in read.triggers.get(name, ()))
    found = Table(
        name,
        columns,
        kind=kind,
        primary_key=primary,
        foreign_keys=in_order(foreign),
        uniques=in_order(uniques),
        checks=in_order(checks),
        indexes=in_order(indexes),
        triggers=triggers,
        comment=row["comment"] or None,
        info={"collation": row["collation"]} if row["collation"] else {},
    )
    return ordered(found)


def _column(row: Row, table: Row, read: _Read) -> Column:
    extra = (row["extra"] or "").lower()
    kind = types.canonical(row["type"])
    own = [check for check in read.checks.get(row["relation"], ()) if _is_json(check, row["name"])]
    if own and kind == "longtext":
        kind = "json"
    collation = row["collation"] if row["collation"] != table["collation"] else None
    return Column(
        row["name"],
        kind,
        row["nullable"] == "YES",
        _default(row, extra, read.family),
        identity="by default" if "auto_increment" in extra else None,
        computed=row["generated"] or None,
        stored="virtual" not in extra,
        collation=None if kind == "json" else collation,
        comment=row["comment"] or None,
    )


def _is_json(check: Row, column: str) -> bool:
    """Whether a check is the one by which MariaDB marks a column as JSON."""
    return bool(check["name"] == column) and check["clause"] == f"json_valid({quoted(column)})"


def _default(row: Row, extra: str, family: str) -> str | None:
    """Give the default as an expression; MySQL tells a literal without its quotes."""
    text = row["dflt"]
    if text is None or (family == "mariadb" and text == "NULL"):
        return None
    if family == "mysql" and "default_generated" not in extra and not _is_number(text):
        text = text if text.startswith("b'") else literal(text)
    on_update = re.search(r"on update \S+", extra)
    return f"{text} {on_update[0]}" if on_update else str(text)


def _is_number(text: str) -> bool:
    return re.fullmatch(r"-?\d+(\.\d+)?(e[+-]?\d+)?", text, re.IGNORECASE) is not None


def _foreign_keys(rows: list[Row], database: str) -> Iterator[ForeignKey]:
    for name in dict.fromkeys(row["name"] for row in rows):
        parts = [row for row in rows if row["name"] == name]
        first = parts[0]
        schema = first["referred_schema"]
        yield ForeignKey(
            tuple(part["own"] for part in parts),
            first["referred"],
            tuple(part["other"] for part in parts),
            None if schema == database else schema,
            name,
            _action(first["on_delete"]),
            _action(first["on_update"]),
        )


def _action(text: str) -> str | None:
    return None if text in _NO_ACTION else text


def _keys(rows: list[Row]) -> tuple[PrimaryKey | None, tuple[Unique, ...], tuple[Index, ...]]:
    """Give the keys of a table; a unique one over whole columns is its UNIQUE constraint."""
    primary, uniques, indexes = None, [], []
    for name in dict.fromkeys(row["index_name"] for row in rows):
        parts = [row for row in rows if row["index_name"] == name]
        columns = tuple(part["column_name"] for part in parts)
        unique = not int(parts[0]["non_unique"])
        whole = all(part["sub_part"] is None and part["column_name"] for part in parts)
        if name == "PRIMARY":
            primary = PrimaryKey(columns, name)
        elif unique and whole:
            uniques.append(Unique(columns, name))
        else:
            keys = tuple(_key(part) for part in parts)
            method = str(parts[0]["index_type"]).lower()
            indexes.append(Index(name, keys, unique, method=method))
    return primary, tuple(uniques), tuple(indexes)


def _key(row: Row) -> IndexKey:
    descending = row["collation"] == "D"
    if not row["column_name"]:
        return IndexKey(None, row.get("expression"), descending)
    fulltext = str(row["index_type"]).lower() in ("fulltext", "spatial")
    length = None if fulltext else row["sub_part"]
    return IndexKey(row["column_name"], None, descending, opclass=f"({length})" if length else None)


def _checks(rows: list[Row]) -> Iterator[Check]:
    for row in rows:
        if _is_json(row, row["name"]):
            continue
        yield Check(row["clause"], row["name"], columns=_named(row["clause"]))


def _named(clause: str) -> tuple[str, ...]:
    try:
        tree = sqlglot.parse_one(clause, read="mysql")
    except sqlglot.errors.SqlglotError:
        return ()
    return tuple(dict.fromkeys(column.name for column in tree.find_all(exp.Column)))


def without_database(text: str, database: str) -> str:
    """Give a definition without the name of its database: each scratch one has another."""
    return text.replace(f"{quoted(database)}.", "")
