"""What is wrong with a connection to PostgreSQL: what its role may do, how it is reached."""

from __future__ import annotations

import datetime
from collections.abc import Iterator
from typing import Any

import psycopg

from dbwright.core.diagnosis import Complaint, age
from dbwright.dialects.postgresql.question import Row, ask

_ROLE = """
    select current_user::text as name, session_user::text as session, r.rolsuper as super,
           r.rolcreatedb as createdb, r.rolcreaterole as createrole,
           r.rolreplication as replication, r.rolbypassrls as bypassrls,
           exists (select from pg_roles s where s.rolsuper and s.rolname <> current_user
                   and pg_has_role(current_user, s.oid, 'MEMBER')) as becomes_super,
           array(select m.rolname::text from pg_roles m where m.rolname <> current_user
                 and pg_has_role(current_user, m.oid, 'MEMBER') order by 1) as roles,
           pg_is_in_recovery() as standby, pg_backend_pid() as pid,
           has_database_privilege(current_database(), 'CREATE') as creates_schemas,
           has_table_privilege('pg_catalog.pg_authid', 'SELECT') as reads_hashes
    from pg_roles r where r.rolname = current_user
"""
_TABLES = """
    select count(*) filter (where pg_has_role(c.relowner, 'USAGE')) as owned,
           count(*) filter (where has_table_privilege(c.oid, 'INSERT')
               or has_table_privilege(c.oid, 'UPDATE') or has_table_privilege(c.oid, 'DELETE')
               or has_table_privilege(c.oid, 'TRUNCATE')) as written,
           count(*) filter (where not has_table_privilege(c.oid, 'SELECT')) as unread,
           count(*) as all,
           min(c.oid::regclass::text) filter (where has_table_privilege(c.oid, 'UPDATE')) as example
    from pg_class c join pg_namespace n on n.oid = c.relnamespace
    where c.relkind in ('r', 'p') and n.nspname not in ('pg_catalog', 'information_schema')
      and n.nspname not like 'pg\\_%%'
"""
_SCHEMAS = """
    select n.nspname as name, has_schema_privilege(n.oid, 'CREATE') as creates,
           exists (select from aclexplode(coalesce(n.nspacl, acldefault('n', n.nspowner))) a
                   where a.grantee = 0 and a.privilege_type = 'CREATE') as by_all
    from pg_namespace n where n.nspname not like 'pg\\_%%' and n.nspname <> 'information_schema'
    order by 1
"""
_FUNCTIONS = """
    select p.oid::regprocedure::text as words, p.prosecdef as definer, p.proname as name,
           p.oid < 16384 as system
    from pg_proc p join pg_namespace n on n.oid = p.pronamespace
    where has_function_privilege(p.oid, 'EXECUTE') and (
        (p.oid >= 16384 and p.prosecdef
         and p.prorettype not in ('trigger'::regtype, 'event_trigger'::regtype))
        or p.proname in ('dblink', 'dblink_exec', 'dblink_connect', 'dblink_send_query')
        or (p.oid < 16384 and p.proname in ('pg_read_file', 'pg_read_binary_file', 'pg_ls_dir',
                                            'lo_import', 'lo_export')))
    order by 1
"""
_SETTINGS = """
    select name, reset_val as value from pg_settings where name in ('statement_timeout',
        'lock_timeout', 'idle_in_transaction_session_timeout', 'default_transaction_read_only')
"""
_SERVERS = """
    select s.srvname as name, f.fdwname as wrapper from pg_foreign_server s
    join pg_foreign_data_wrapper f on f.oid = s.srvfdw
    where has_server_privilege(s.oid, 'USAGE') order by 1
"""
_DANGEROUS = {
    "pg_execute_server_program": ("error", "runs programs on the server"),
    "pg_write_server_files": ("error", "writes files of the server"),
    "pg_read_server_files": ("error", "reads files of the server"),
    "pg_write_all_data": ("error", "writes every table"),
    "pg_read_all_data": ("error", "reads every table, the password hashes in pg_authid included"),
    "pg_maintain": ("warning", "locks every table"),
    "pg_signal_backend": ("warning", "ends the sessions of others"),
    "pg_create_subscription": ("warning", "connects to other servers"),
    "pg_database_owner": ("warning", "owns the database"),
    "rds_superuser": ("error", "is the superuser of its provider"),
    "cloudsqlsuperuser": ("error", "is the superuser of its provider"),
    "azure_pg_admin": ("error", "is the superuser of its provider"),
    "pg_monitor": ("info", "sees the statements of others, and all settings"),
    "pg_read_all_stats": ("info", "sees the statements of others"),
    "pg_read_all_settings": ("info", "sees all settings, connection strings among them"),
}
_ALMIGHTY = frozenset(
    ("pg_execute_server_program", "pg_write_server_files", "rds_superuser", "cloudsqlsuperuser",
     "azure_pg_admin")
)  # fmt: skip
_GRANT = "Use a role that only reads:  dbwright grant-role --db URL"


Examined = tuple[str, tuple[str, ...], list[Complaint], bool]


def examined(connection: psycopg.Connection[Any]) -> Examined:
    """Gives the role, facts, what is wrong, and whether the role may do anything.

    Raises psycopg.Error where the catalog cannot be asked.
    """
    (role,) = ask(connection, _ROLE)
    almighty = role.super or role.becomes_super or bool(_ALMIGHTY & set(role.roles))
    found = [*_of_role(role), *_of_reach(connection, role), *_of_version(connection)]
    if not role.super:  # may do all of it anyway
        found += [*_of_objects(connection), *_of_functions(connection), *_of_servers(connection)]
    found += _of_schemas(connection, role)
    found += _of_settings(connection)
    facts = (
        f"role {role.name}" + (f", as {role.session}" if role.session != role.name else ""),
        "a standby, which takes no writes" if role.standby else "the primary",
        "with TLS" if connection.pgconn.ssl_in_use else "without TLS",
    )
    return role.name, facts, found, almighty


def _of_role(role: Row) -> Iterator[Complaint]:
    if role.super:
        yield Complaint(
            "superuser",
            "error",
            f"{role.name} is a superuser: it reads and writes everything, files and programs of "
            "the server too, and no grant or row security holds it",
            _GRANT,
        )
    elif role.becomes_super:
        yield Complaint(
            "superuser", "error", f"{role.name} may become a superuser by SET ROLE", _GRANT
        )
    able = {
        "createrole": "make roles, and give them rights",
        "replication": "read the whole cluster as a replica",
        "bypassrls": "read and write past row security",
        "createdb": "make databases",
    }
    for name, what in able.items():
        if getattr(role, name) and not role.super:
            yield Complaint(
                name,
                "warning",
                f"{role.name} may {what} ({name.upper()})",
                f"ALTER ROLE … NO{name.upper()}, or another role.",
            )
    for name in role.roles if not role.super else ():
        if name in _DANGEROUS:
            severity, what = _DANGEROUS[name]
            yield Complaint(
                "dangerous-role",
                severity,  # type: ignore[arg-type]
                f"{role.name} is a member of {name}, which {what}",
                f"REVOKE {name} FROM {role.name}; grant SELECT for each schema instead.",
            )
    if role.reads_hashes and not role.super:
        yield Complaint(
            "reads-password-hashes", "error", f"{role.name} reads pg_authid", _GRANT
        )  # fmt: skip
    if role.creates_schemas and not role.super:
        yield Complaint(
            "creates-schemas", "warning", f"{role.name} may make schemas here",
            "REVOKE CREATE ON DATABASE … FROM it (or PUBLIC).",
        )  # fmt: skip


def _of_reach(connection: psycopg.Connection[Any], role: Row) -> Iterator[Complaint]:
    host = connection.info.host or ""
    local = host.startswith(("/", "@")) or host in ("", "localhost", "127.0.0.1", "::1")
    if not local and not connection.pgconn.ssl_in_use:
        yield Complaint(
            "no-tls",
            "error",
            f"the connection to {host} is not encrypted: passwords and rows can be read on the way",
            "Add ?sslmode=verify-full (and sslrootcert) to the URL; the server needs ssl = on.",
        )
    if connection.info.backend_pid != role.pid:
        yield Complaint(
            "pooler",
            "info",
            "a pooler answers in place of the server: in transaction mode what a session sets or "
            "locks is seen by others",
            "Nothing here depends on the session; for long reads use the server's own port.",
        )


def _of_version(connection: psycopg.Connection[Any]) -> Iterator[Complaint]:
    major = connection.info.server_version // 10000
    today = datetime.date.today().isoformat()
    if (old := age("PostgreSQL", (major,), today)) is not None:
        yield old


def _of_objects(connection: psycopg.Connection[Any]) -> Iterator[Complaint]:
    (tables,) = ask(connection, _TABLES)
    if tables.owned:
        yield Complaint(
            "owns-tables",
            "error",
            f"the role owns {tables.owned} of {tables.all} tables: it may drop them, and row "
            "security does not hold it",
            _GRANT,
        )
    if tables.written:
        example = f", {tables.example} for one" if tables.example else ""
        yield Complaint(
            "writes-tables",
            "error",
            f"the role may write {tables.written} of {tables.all} tables{example}",
            _GRANT,
        )
    if tables.unread and tables.unread == tables.all:
        yield Complaint(
            "reads-nothing",
            "warning",
            f"the role may read none of {tables.all} tables",
            "Grant it SELECT:  dbwright grant-role --db URL",
        )


def _of_functions(connection: psycopg.Connection[Any]) -> Iterator[Complaint]:
    rows = ask(connection, _FUNCTIONS)
    definers = [row.words for row in rows if row.definer and not row.system]
    links = [row.words for row in rows if row.name.startswith("dblink")]
    files = [row.words for row in rows if row.system]
    if definers:
        yield Complaint(
            "runs-definers",
            "warning",
            f"the role may call {len(definers)} functions that act with their owner's rights "
            f"(SECURITY DEFINER), {definers[0]} for one",
            "REVOKE EXECUTE ON FUNCTION … FROM PUBLIC:  dbwright grant-role --db URL lists them.",
        )
    if links:
        yield Complaint(
            "runs-dblink",
            "error",
            f"the role may call {links[0]}, which opens other connections and writes there",
            "REVOKE EXECUTE ON FUNCTION … FROM PUBLIC:  dbwright grant-role --db URL lists them.",
        )
    if files:
        yield Complaint(
            "reads-files",
            "error",
            f"the role may call {files[0]}, which reaches files of the server",
            "REVOKE EXECUTE on it from the role.",
        )


def _of_servers(connection: psycopg.Connection[Any]) -> Iterator[Complaint]:
    for row in ask(connection, _SERVERS):
        files = row.wrapper == "file_fdw"
        what = "files and programs of the server" if files else "another server"
        yield Complaint(
            "foreign-server",
            "error" if files else "warning",
            f"the role may use {row.name} ({row.wrapper}), which reaches {what}",
            "REVOKE USAGE ON FOREIGN SERVER … FROM it.",
        )


def _of_schemas(connection: psycopg.Connection[Any], role: Row) -> Iterator[Complaint]:
    rows = ask(connection, _SCHEMAS)
    for row in rows:
        if row.by_all:
            yield Complaint(
                "public-creates",
                "warning",
                f"every role may make objects in the schema {row.name}: a function there can "
                "stand in for one of the server's",
                f"REVOKE CREATE ON SCHEMA {row.name} FROM PUBLIC.",
            )
    creates = [row.name for row in rows if row.creates and not row.by_all]
    if creates and not role.super:
        places = ", ".join(creates)
        yield Complaint(
            "creates-objects", "warning", f"the role may make objects in {places}", _GRANT
        )


def _of_settings(connection: psycopg.Connection[Any]) -> Iterator[Complaint]:
    values = {row.name: row.value for row in ask(connection, _SETTINGS)}
    for name, severity in (
        ("statement_timeout", "warning"),
        ("idle_in_transaction_session_timeout", "warning"),
        ("lock_timeout", "info"),
    ):
        if values.get(name) == "0":
            yield Complaint(
                "no-timeout",
                severity,  # type: ignore[arg-type]
                f"{name} is not set for the role: a forgotten statement runs on",
                f"ALTER ROLE … SET {name} = '30s'. dbwright sets its own for what it asks.",
            )
    if values.get("default_transaction_read_only") == "off":
        yield Complaint(
            "not-read-only",
            "info",
            "transactions of the role are not read-only by default",
            "ALTER ROLE … SET default_transaction_read_only = on.",
        )
