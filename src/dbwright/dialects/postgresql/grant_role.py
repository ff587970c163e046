"""The SQL of a role of PostgreSQL that only reads: SELECT for each schema, and nothing else."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import psycopg

from dbwright.core.granted import RoleWanted, Surroundings
from dbwright.dialects.postgresql.names import quoted
from dbwright.dialects.postgresql.question import ask

DEFAULT_SCHEMAS = ("public",)
_SETTINGS = (
    ("default_transaction_read_only", "on"),
    ("statement_timeout", "30s"),
    ("lock_timeout", "3s"),
    ("idle_in_transaction_session_timeout", "60s"),
)
_SCHEMAS = """
    select n.nspname as name, exists (
        select from aclexplode(coalesce(n.nspacl, acldefault('n', n.nspowner))) a
        where a.grantee = 0 and a.privilege_type = 'CREATE') as creatable
    from pg_namespace n
    where n.nspname not like 'pg\\_%%' and n.nspname <> 'information_schema' order by 1
"""
_OWNERS = """
    select distinct n.nspname as schema, pg_get_userbyid(c.relowner)::text as owner
    from pg_class c join pg_namespace n on n.oid = c.relnamespace
    where c.relkind in ('r', 'p', 'v', 'm', 'f') and n.nspname not like 'pg\\_%%'
      and n.nspname <> 'information_schema' order by 1, 2
"""
# What anybody may call that acts with the rights of its owner, or opens other connections.
_FUNCTIONS = """
    select n.nspname as schema, p.proname as name, p.prokind::text as kind,
           pg_get_function_identity_arguments(p.oid) as arguments
    from pg_proc p join pg_namespace n on n.oid = p.pronamespace
    where p.oid >= 16384 and n.nspname not like 'pg\\_%%'
      and (p.prosecdef or p.proname in ('dblink', 'dblink_connect', 'dblink_exec', 'dblink_open',
                                            'dblink_send_query'))
      and p.prorettype not in ('trigger'::regtype, 'event_trigger'::regtype)
      and exists (select from aclexplode(coalesce(p.proacl, acldefault('f', p.proowner))) a
                  where a.grantee = 0 and a.privilege_type = 'EXECUTE')
    order by 1, 2, 4
"""


def surroundings(connection: psycopg.Connection[Any]) -> Surroundings:
    """Gives the schemas, their owners, and what PUBLIC may do; psycopg.Error where it may not."""
    schemas = ask(connection, _SCHEMAS)
    functions = tuple(
        f"{'PROCEDURE' if row.kind == 'p' else 'FUNCTION'} "
        f"{quoted(row.schema)}.{quoted(row.name)}({row.arguments})"
        for row in ask(connection, _FUNCTIONS)
    )
    return Surroundings(
        connection.info.dbname,
        tuple(row.name for row in schemas),
        tuple((row.schema, row.owner) for row in ask(connection, _OWNERS)),
        functions,
        tuple(row.name for row in schemas if row.creatable),
        (connection.info.server_version // 10000,),
        "PostgreSQL",
    )


def statements(wanted: RoleWanted, around: Surroundings) -> Iterator[str]:
    """Gives the lines of the SQL."""
    role, database = quoted(wanted.name), quoted(around.database)
    yield f"-- A role that reads {', '.join(wanted.schemas)} of {around.database}, and no more."
    yield "-- Run it as a superuser, or as the owner who may make roles:"
    yield "--   psql -v ON_ERROR_STOP=1 --single-transaction -f FILE DATABASE"
    yield f"CREATE ROLE {role} LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOREPLICATION"
    yield f"    NOBYPASSRLS NOINHERIT CONNECTION LIMIT 10{_password(wanted)};"
    if not wanted.password:
        yield f"-- Its password, which stands in no file and no log:  \\password {role}"
    for name, value in _SETTINGS:
        yield f"ALTER ROLE {role} SET {name} = '{value}';"
    yield f"-- As a superuser:  ALTER ROLE {role} SET temp_file_limit = '1GB';"
    yield f"GRANT CONNECT ON DATABASE {database} TO {role};"
    for schema in wanted.schemas:
        yield from _schema(schema, role, around)
    yield ""
    yield from _public(wanted, role, database, around)
    yield f"-- To undo:  DROP OWNED BY {role}; DROP ROLE {role};"


def _password(wanted: RoleWanted) -> str:
    if not wanted.password:
        return ""
    return "\n    PASSWORD '" + wanted.password.replace("'", "''") + "'"


def _schema(schema: str, role: str, around: Surroundings) -> Iterator[str]:
    name = quoted(schema)
    yield ""
    yield f"GRANT USAGE ON SCHEMA {name} TO {role};"
    yield f"GRANT SELECT ON ALL TABLES IN SCHEMA {name} TO {role};"
    owners = [owner for where, owner in around.owners if where == schema]
    for owner in owners:
        yield f"ALTER DEFAULT PRIVILEGES FOR ROLE {quoted(owner)} IN SCHEMA {name}"
        yield f"    GRANT SELECT ON TABLES TO {role};"
    if not owners:
        yield f"ALTER DEFAULT PRIVILEGES IN SCHEMA {name} GRANT SELECT ON TABLES TO {role};"
        yield "-- The line above is for tables that whoever runs it makes; others need FOR ROLE."


def _public(wanted: RoleWanted, role: str, database: str, around: Surroundings) -> Iterator[str]:
    """What the role has through PUBLIC: no REVOKE from the role itself takes that away."""
    lines = [f"REVOKE EXECUTE ON {function} FROM PUBLIC;" for function in around.functions]
    lines += [f"REVOKE CREATE ON SCHEMA {quoted(each)} FROM PUBLIC;" for each in around.creatable]
    lines.append(f"REVOKE TEMPORARY ON DATABASE {database} FROM PUBLIC;")
    if wanted.revoke_public:
        yield "-- Every role has these through PUBLIC. Roles that need one get it back by name:"
        yield "--   GRANT EXECUTE ON FUNCTION … TO the_application;"
        yield from lines
        return
    yield f"-- What follows every role has through PUBLIC, {role} too, and a REVOKE from it alone"
    yield "-- does not take it away. Before you run these, GRANT each to the roles that need it"
    yield "-- (--revoke-public prints them as statements):"
    yield from (f"-- {line}" for line in lines)
