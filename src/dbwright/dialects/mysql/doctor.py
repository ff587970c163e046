"""What is wrong with a connection to MySQL or MariaDB: its account's rights, how it is reached."""

from __future__ import annotations

import contextlib
import datetime
from collections.abc import Iterator
from typing import Any

import pymysql

from dbwright.core.diagnosis import Complaint, age
from dbwright.dialects.mysql.server import version

_PRIVILEGES = """
    select 'global', privilege_type, is_grantable from information_schema.user_privileges
    where grantee in %(grantees)s
    union all
    select table_schema, privilege_type, is_grantable from information_schema.schema_privileges
    where grantee in %(grantees)s
    union all
    select concat(table_schema, '.', table_name), privilege_type, is_grantable
    from information_schema.table_privileges where grantee in %(grantees)s
"""
_ROLES = "select role_name from information_schema.enabled_roles where role_name is not null"
_ALMIGHTY = frozenset(("SUPER", "FILE", "CREATE USER", "SHUTDOWN"))
_GLOBAL = {
    "SUPER": ("error", "stops sessions and changes the server"),
    "FILE": ("error", "reads and writes files of the server"),
    "CREATE USER": ("error", "makes accounts, and changes passwords"),
    "SHUTDOWN": ("error", "stops the server"),
    "RELOAD": ("warning", "flushes caches and locks all tables"),
    "PROCESS": ("info", "sees the statements of others"),
    "REPLICATION SLAVE": ("warning", "reads the whole server as a replica"),
    "BINLOG MONITOR": ("info", "sees the state of the binary log"),
}
_WRITES = frozenset(
    ("INSERT", "UPDATE", "DELETE", "DROP", "ALTER", "CREATE", "TRIGGER", "EVENT", "INDEX",
     "CREATE ROUTINE", "ALTER ROUTINE", "CREATE VIEW", "DELETE HISTORY")
)  # fmt: skip
_GRANT = "Use an account that only reads:  dbwright grant-role --db URL"


def examined(connection: Any) -> tuple[str, tuple[str, ...], list[Complaint], bool]:
    """Gives the account, facts, what is wrong, and whether the account may do anything.

    Raises pymysql.err.Error where the server cannot be asked.
    """
    ((account,),) = connection.execute("select current_user()").fetchall()
    rows = _privileges(connection, str(account))
    everywhere = {name for where, name, _ in rows if where == "global"}
    almighty = bool(everywhere & _ALMIGHTY)
    found = [*_of_account(str(account), rows), *_of_reach(connection), *_of_limits(connection)]
    ((read_only,),) = connection.execute("select @@global.read_only").fetchall()
    facts = (
        f"account {account}",
        "a read-only server"
        if str(read_only) not in ("0", "OFF")
        else "a server that takes writes",
        "with TLS" if _cipher(connection) else "without TLS",
    )
    return str(account), facts, found, almighty


def _privileges(connection: Any, account: str) -> list[tuple[str, str, str]]:
    user, _, host = account.rpartition("@")
    grantees = [f"'{user}'@'{host}'"]
    with contextlib.suppress(pymysql.err.Error):  # servers without roles
        for (name,) in connection.execute(_ROLES).fetchall():
            grantees += [f"'{name}'@''", f"'{name}'@'%'", str(name)]
    rows = connection.execute(_PRIVILEGES, {"grantees": tuple(grantees)}).fetchall()
    return [(str(where), str(name).upper(), str(grantable)) for where, name, grantable in rows]


def _of_account(account: str, rows: list[tuple[str, str, str]]) -> Iterator[Complaint]:
    everywhere = {name for where, name, _ in rows if where == "global"}
    for name in sorted(everywhere & _GLOBAL.keys()):
        severity, what = _GLOBAL[name]
        yield Complaint(
            name.lower().replace(" ", "-"), severity,  # type: ignore[arg-type]
            f"{account} has {name}, which {what}",
            f"REVOKE {name} ON *.* FROM it, or {_GRANT[0].lower()}{_GRANT[1:]}",
        )  # fmt: skip
    if "SELECT" in everywhere:
        yield Complaint(
            "reads-password-hashes",
            "error",
            f"{account} may SELECT from every database, the password hashes in mysql included",
            "GRANT SELECT ON `database`.* for each database, and REVOKE SELECT ON *.*.",
        )
    places = sorted({where for where, name, _ in rows if name in _WRITES})
    if places:
        place = "everywhere" if "global" in places else f"in {places[0]}"
        yield Complaint("writes-tables", "error", f"{account} may write {place}", _GRANT)
    if any(grantable == "YES" for _, _, grantable in rows):
        yield Complaint(
            "grants-on", "error", f"{account} may give its rights to others (GRANT OPTION)", _GRANT
        )
    if any(name == "EXECUTE" for _, name, _ in rows):
        yield Complaint(
            "runs-routines",
            "warning",
            f"{account} may call stored functions, which act with their owner's rights",
            "REVOKE EXECUTE from it.",
        )


def _cipher(connection: Any) -> str:
    rows = connection.execute("show session status like 'Ssl_cipher'").fetchall()
    return str(rows[0][1]) if rows else ""


def _of_reach(connection: Any) -> Iterator[Complaint]:
    host = connection.host
    local = connection.unix_socket or host in ("localhost", "127.0.0.1", "::1")
    if not local and not _cipher(connection):
        yield Complaint(
            "no-tls",
            "error",
            f"the connection to {host} is not encrypted: passwords and rows can be read on the way",
            "Have the account need it: ALTER USER … REQUIRE SSL.",
        )
    found = version(connection)
    today = datetime.date.today().isoformat()
    if (old := age(found.family, found.numbers[:2], today)) is not None:
        yield old


def _of_limits(connection: Any) -> Iterator[Complaint]:
    maria = version(connection).family == "MariaDB"
    name = "max_statement_time" if maria else "max_execution_time"
    ((value,),) = connection.execute(f"select @@global.{name}").fetchall()
    if not float(value):
        way_out = (
            "ALTER USER … WITH MAX_STATEMENT_TIME 30" if maria else f"SET GLOBAL {name} = 30000"
        )
        yield Complaint(
            "no-timeout",
            "warning",
            f"{name} is 0: a forgotten statement runs on",
            f"{way_out}. dbwright sets its own for what it asks.",
        )
    ((infile,),) = connection.execute("select @@global.local_infile").fetchall()
    if str(infile) in ("1", "ON"):
        yield Complaint(
            "local-infile", "info", "the server may ask a client for its files (local_infile)",
            "SET GLOBAL local_infile = OFF. dbwright sends none.",
        )  # fmt: skip
