"""All of a database of MySQL or MariaDB in its own words, by SHOW CREATE where there is one."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from pymysql.cursors import DictCursor

from dbwright.core.inventory import Ddl, Inventory
from dbwright.core.schema import Table
from dbwright.dialects.mysql import catalog, server
from dbwright.dialects.mysql.catalog import without_database
from dbwright.dialects.mysql.quoting import quoted

_VIEWS = """
    select table_name as name, view_definition as definition, check_option as checked,
           security_type as security
    from information_schema.views where table_schema = database() order by table_name
"""
_TRIGGERS = """
    select trigger_name as name, event_object_table as relation, action_timing as timing,
           event_manipulation as event, action_statement as body
    from information_schema.triggers where event_object_schema = database()
    order by event_object_table, action_order, trigger_name
"""
_ROUTINES = """
    select r.specific_name as name, r.routine_type as kind, r.dtd_identifier as gives,
           r.is_deterministic as sure, r.sql_data_access as access,
           r.routine_definition as body, r.security_type as security,
           (select group_concat(concat_ws(' ', if(r.routine_type = 'PROCEDURE', p.parameter_mode,
                                                  null), p.parameter_name, p.dtd_identifier)
                                order by p.ordinal_position separator ', ')
            from information_schema.parameters p
            where p.specific_schema = r.routine_schema and p.specific_name = r.specific_name
              and p.ordinal_position > 0) as parameters
    from information_schema.routines r where r.routine_schema = database() order by 1
"""
_OPTION = re.compile(r"(ENGINE|DEFAULT CHARSET|COLLATE|ROW_FORMAT|KEY_BLOCK_SIZE)=(\S+)")
_NAMES = {"DEFAULT CHARSET": "default_charset"}
_COUNTER = re.compile(r" AUTO_INCREMENT=\d+")
_NAMED = re.compile(r"(?:UNIQUE |FULLTEXT |SPATIAL )?(?:KEY |CONSTRAINT )?`((?:[^`]|``)*)`")


def read(connection: Any, dialect: str = "mysql") -> Inventory:
    """Gives what the connection's database holds; nothing is written or committed."""
    with server.modes(connection, ""):
        schema = catalog.read_schema(connection, dialect)
        name = str(_ask(connection, "select database() as name")[0]["name"])
        objects: list[Ddl] = []
        details: dict[tuple[str, str], dict[str, Any]] = {}
        unread = [*_routines(connection, name, objects), *_views(connection, name, objects)]
        for each in schema.others:
            if each.kind == "sequence":
                objects.append(_sequence(connection, each.name, name))
        for table in schema.tables:
            if table.kind == "table":
                objects += _lines(connection, table, name, details)
        for row in _ask(connection, _TRIGGERS):
            objects.append(_trigger(row, name))
        return Inventory(schema, tuple(objects), details, tuple(unread))


def _ask(connection: Any, sql: str) -> list[dict[str, Any]]:
    with connection.cursor(DictCursor) as cursor:
        cursor.execute(sql)
        rows: list[dict[str, Any]] = list(cursor.fetchall())
        return rows


def _lines(
    connection: Any, table: Table, database: str, details: dict[tuple[str, str], dict[str, Any]]
) -> Iterator[Ddl]:
    """Gives each line of a table's own text, which its mappers declare; they are only compared."""
    row = _ask(connection, f"show create table {quoted(table.name)}")[0]
    _, *lines, last = without_database(row["Create Table"], database).splitlines()
    last = _COUNTER.sub("", last)
    details[table.key, ""] = {
        _NAMES.get(name, name.lower()): value for name, value in _OPTION.findall(last)
    }
    yield Ddl("table options", "", "", table.key, moment="part", value=last.removeprefix(") "))
    for line in lines:
        text = line.strip().removesuffix(",")
        match = _NAMED.match(text)
        kind = "column" if text.startswith("`") else "key"
        yield Ddl(kind, match[1] if match else "PRIMARY", "", table.key, moment="part", value=text)


def _trigger(row: dict[str, Any], database: str) -> Ddl:
    body = without_database(row["body"], database)
    table = row["relation"]
    sql = (
        f"CREATE TRIGGER {quoted(row['name'])} {row['timing']} {row['event']} "
        f"ON {quoted(table)} FOR EACH ROW {body}"
    )
    return Ddl("trigger", row["name"], sql, table)


def _views(connection: Any, database: str, objects: list[Ddl]) -> Iterator[str]:
    for row in _ask(connection, _VIEWS):
        if not row["definition"]:
            yield f"view {row['name']}: the user may not see its definition (SHOW VIEW)"
            continue
        body = without_database(row["definition"], database)
        checked = f" WITH {row['checked']} CHECK OPTION" if row["checked"] != "NONE" else ""
        sql = (
            f"CREATE OR REPLACE SQL SECURITY {row['security']} VIEW {quoted(row['name'])} AS "
            f"{body}{checked}"
        )
        objects.append(
            Ddl("view", row["name"], sql, None, f"DROP VIEW IF EXISTS {quoted(row['name'])}")
        )


def _sequence(connection: Any, name: str, database: str) -> Ddl:
    text = _ask(connection, f"show create sequence {quoted(name)}")[0]["Create Table"]
    sql = without_database(text, database).replace("CREATE SEQUENCE ", _AGAIN, 1)
    return Ddl("sequence", name, sql, None, f"DROP SEQUENCE IF EXISTS {quoted(name)}", "before")


_AGAIN = "CREATE SEQUENCE IF NOT EXISTS "


def _routines(connection: Any, database: str, objects: list[Ddl]) -> Iterator[str]:
    for row in _ask(connection, _ROUTINES):
        kind = row["kind"]
        if row["body"] is None:
            yield f"{kind.lower()} {row['name']}: the user may not see its body"
            continue
        gives = f" RETURNS {row['gives']}" if kind == "FUNCTION" else ""
        sure = " DETERMINISTIC" if row["sure"] == "YES" else ""
        name = quoted(row["name"])
        sql = (
            f"CREATE {kind} IF NOT EXISTS {name}({row['parameters'] or ''}){gives}{sure} "
            f"{row['access']} SQL SECURITY {row['security']} "
            f"{without_database(row['body'], database)}"
        )
        drop = f"DROP {kind} IF EXISTS {name}"
        objects.append(Ddl("function", row["name"], sql, None, drop, "before"))


def prepare(scratch: Any, inventory: Inventory) -> tuple[str, ...]:
    """Gives what the scratch database lacks: nothing that is known beforehand."""
    return ()
