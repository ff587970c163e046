"""Reads a database: its objects as text, per column the number of values and a sum of hashes."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Connection, inspect, text
from sqlalchemy.engine.reflection import ObjectKind

OBJECTS = {
    "column": """
        select c.relname || '.' || a.attname,
               format_type(a.atttypid, a.atttypmod) || ' ' || a.attnotnull::text || ' '
               || a.attidentity::text || a.attgenerated::text || ' '
               || a.attcollation::regcollation::text
               || ' ' || coalesce(pg_get_expr(d.adbin, d.adrelid), '')
        from pg_attribute a join pg_class c on c.oid = a.attrelid
        left join pg_attrdef d on d.adrelid = a.attrelid and d.adnum = a.attnum
        where c.relkind in ('r', 'p', 'm') and a.attnum > 0 and not a.attisdropped
          and c.relnamespace = 'public'::regnamespace""",
    "table": """
        select relname, relkind::text || ' ' || relispartition::text from pg_class
        where relkind in ('r', 'p', 'm') and relnamespace = 'public'::regnamespace""",
    "index": """
        select i.indexrelid::regclass::text,
               pg_get_indexdef(i.indexrelid) || ' ' || i.indisvalid::text
        from pg_index i join pg_class c on c.oid = i.indexrelid
        where c.relnamespace = 'public'::regnamespace""",
    "constraint": """
        select conrelid::regclass::text || '.' || conname,
               pg_get_constraintdef(oid) || ' ' || convalidated::text
        from pg_constraint where connamespace = 'public'::regnamespace and conrelid <> 0""",
    "enum": """
        select t.typname, string_agg(e.enumlabel, ', ' order by e.enumsortorder)
        from pg_type t join pg_enum e on e.enumtypid = t.oid group by 1""",
    "view": """
        select viewname, definition from pg_views where schemaname = 'public'""",
    "trigger": """
        select tgrelid::regclass::text || '.' || tgname, pg_get_triggerdef(oid)
        from pg_trigger where not tgisinternal""",
    "schema": """
        select nspname, '' from pg_namespace where nspname !~ '^(pg_|information_schema$)'""",
}


def objects(connection: Connection) -> dict[str, str]:
    """Every object that the application made, by kind and name."""
    if connection.dialect.name == "postgresql":
        found = {}
        for kind, query in OBJECTS.items():
            for name, definition in connection.exec_driver_sql(query):
                found[f"{kind} {name}"] = definition
    elif connection.dialect.name == "sqlite":
        found = _sqlite(connection)
    else:
        found = _mariadb(connection)
    return {name: text for name, text in found.items() if "alembic_version" not in name}


def _sqlite(connection: Connection) -> dict[str, str]:
    found, look = {}, inspect(connection)
    for table in look.get_table_names():
        found[f"table {table}"] = ""
        for column in look.get_columns(table):
            shown = (str(column["type"]), column["nullable"], column["default"])
            found[f"column {table}.{column['name']}"] = repr(shown)
        for check in look.get_check_constraints(table):
            found[f"check {table}: {check['sqltext']}"] = ""
        for key in look.get_foreign_keys(table):
            found[f"foreign key {table}: {key['constrained_columns']}"] = repr(key["options"])
        for unique in look.get_unique_constraints(table):
            found[f"unique {table}: {unique['column_names']}"] = ""
    query = "select type || ' ' || name, sql from sqlite_master where type in ('trigger', 'index')"
    query += " and sql is not null"
    found.update((name, sql) for name, sql in connection.execute(text(query)))
    return found


def _mariadb(connection: Connection) -> dict[str, str]:
    found = {}
    for table in inspect(connection).get_table_names():
        shown = connection.execute(text(f"show create table `{table}`")).one()[1]
        for line in shown.splitlines()[1:-1]:
            first = line.strip().rstrip(",").split(" ", 2)
            kind = "column" if first[0].startswith("`") else "part"
            found[f"{kind} {table}.{' '.join(first[:2])}"] = line.strip().rstrip(",")
        found[f"table {table}"] = shown.splitlines()[-1].split(" AUTO_INCREMENT")[0]
    return found


HASH = {
    "postgresql": "coalesce(sum(hashtextextended({c}::text, 0)::numeric), 0)::text",
    "mysql": "cast(coalesce(sum(crc32({c})), 0) as char)",
    "mariadb": "cast(coalesce(sum(crc32({c})), 0) as char)",
}


def rows(connection: Connection) -> dict[str, dict[str, Any]]:
    """Per table the number of rows, and per column the values that are there and their sum."""
    found: dict[str, dict[str, Any]] = {}
    look, quote = inspect(connection), connection.dialect.identifier_preparer.quote
    kind = ObjectKind.TABLE | ObjectKind.MATERIALIZED_VIEW
    if connection.dialect.name != "postgresql":
        kind = ObjectKind.TABLE
    for schema in _schemas(connection):
        for (_, table), columns in look.get_multi_columns(schema=schema, kind=kind).items():
            if table == "alembic_version":
                continue
            names = {column["name"]: quote(column["name"]) for column in columns}
            prefix = f"{schema}." if schema else ""
            found[prefix + table] = _table(connection, prefix + quote(table), names)
    return found


def _schemas(connection: Connection) -> list[str | None]:
    """The schemas to read; None is the one that names without a schema mean."""
    if connection.dialect.name != "postgresql":
        return [None]
    names = inspect(connection).get_schema_names()
    return [None, *(n for n in names if n not in ("public", "information_schema"))]


def _table(connection: Connection, table: str, columns: dict[str, str]) -> dict[str, Any]:
    pattern = HASH.get(connection.dialect.name)
    if pattern is None:
        return _summed_here(connection, table, columns)
    parts = [f"count({c}), {pattern.format(c=c)}" for c in columns.values()]
    query = f"select {', '.join(['count(*)', *parts])} from {table}"
    values = list(connection.exec_driver_sql(query).one())
    pairs = zip(values[1::2], values[2::2], strict=True)
    kept = {name: [number, total] for name, (number, total) in zip(columns, pairs, strict=True)}
    return {"rows": values[0], "columns": kept}


def _summed_here(connection: Connection, table: str, columns: dict[str, str]) -> dict[str, Any]:
    import zlib

    listed = connection.execute(text(f"select {', '.join(columns.values())} from {table}")).all()
    kept = {}
    for place, name in enumerate(columns):
        there = [str(row[place]) for row in listed if row[place] is not None]
        kept[name] = [len(there), str(sum(zlib.crc32(value.encode()) for value in there))]
    return {"rows": len(listed), "columns": kept}
