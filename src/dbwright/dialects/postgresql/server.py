"""What a PostgreSQL server needs to be made, started, reached and used as a scratch server."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

OLDEST_MAJOR = 13
NEWEST_MAJOR = 18
SUPERUSER = "postgres"
OWNER = "dbwright_owner"
# sockaddr_un holds 108 bytes on Linux and 104 on macOS, the closing zero included.
SOCKET_PATH_BYTES = 103

# A scratch server may lose everything when the machine dies: durability is off, and the
# background work that would disturb a measurement with it. Planner settings stay as shipped.
SETTINGS: Mapping[str, str] = {
    "fsync": "off",
    "full_page_writes": "off",
    "synchronous_commit": "off",
    "autovacuum": "off",
    "wal_level": "replica",
    "max_wal_senders": "0",
    "max_wal_size": "1GB",
    "max_connections": "100",
    "max_locks_per_transaction": "512",
    "shared_buffers": "32MB",
    "huge_pages": "off",
    "jit": "off",
    "shared_preload_libraries": "",
    "logging_collector": "off",
    "log_destination": "stderr",
    # Errors of statements stay out of the log: they would carry a user's literals.
    "log_min_messages": "log",
    "log_min_error_statement": "panic",
    "log_checkpoints": "off",
    "lc_messages": "C",
    "timezone": "UTC",
    "log_timezone": "UTC",
}

# Where the packagers of each system put a server's programs.
MACHINE_FOLDERS = (
    "/usr/lib/postgresql/*/bin",
    "/usr/lib/postgresql*/bin",
    "/usr/libexec/postgresql*",
    "/usr/pgsql-*/bin",
    "/usr/local/pgsql/bin",
    "/usr/local/opt/postgresql*/bin",
    "/opt/homebrew/opt/postgresql*/bin",
    "/Library/PostgreSQL/*/bin",
    "/Applications/Postgres.app/Contents/Versions/*/bin",
    "C:/Program Files/PostgreSQL/*/bin",
)
PROGRAMS = ("postgres", "initdb", "pg_ctl")


def parse_version(text: str) -> str | None:
    """Give the version in what `postgres --version` prints, or None for a foreign program.

    >>> parse_version("postgres (PostgreSQL) 15.20 (Debian 15.20-0+deb12u1)")
    '15.20'
    >>> parse_version("postgres (PostgreSQL) 19beta1")
    '19beta1'
    """
    match = re.search(r"\(PostgreSQL\) (\d+\S*)", text)
    return match.group(1) if match else None


def major_of(version: str) -> int:
    """Give the major version of a version's text.

    >>> major_of("18.6"), major_of("19beta1")
    (18, 19)
    """
    match = re.match(r"\d+", version)
    if match is None:
        raise ValueError(f"not a PostgreSQL version: {version!r}")
    return int(match.group())


def initdb_arguments(
    major: int, data: Path, *, locale: str, password_file: Path | None
) -> list[str]:
    """Give the arguments of initdb for a cluster in UTF-8 whose messages are English.

    From 17 on the locale comes from the server itself, which is the same on every machine.
    """
    arguments = ["-D", str(data), "-U", SUPERUSER, "-E", "UTF8", "--no-sync"]
    arguments += [f"--locale={locale}", "--lc-messages=C"]
    if major >= 14:
        arguments.append("--no-instructions")
    if major >= 17:
        arguments += ["--locale-provider=builtin", "--builtin-locale=C.UTF-8"]
    if password_file is None:
        return [*arguments, "-A", "trust"]
    return [*arguments, "-A", "scram-sha-256", f"--pwfile={password_file}"]


def start_arguments(data: Path, *, socket_dir: str | None, port: int) -> list[str]:
    """Give the arguments of postgres: a private socket where there is one, else loopback."""
    settings = dict(SETTINGS)
    if socket_dir is None:
        settings |= {"listen_addresses": "127.0.0.1", "unix_socket_directories": ""}
    else:
        settings |= {"listen_addresses": "", "unix_socket_directories": f'"{socket_dir}"'}
    arguments = ["-D", str(data), "-p", str(port)]
    for name, value in settings.items():
        arguments += ["-c", f"{name}={value}"]
    return arguments


def connection_parameters(
    *, host: str, port: int, dbname: str, user: str, password: str
) -> dict[str, Any]:
    """Give libpq's parameters, closed against the PG* variables of the user's environment.

    An empty value keeps libpq from reading the variable; PGHOSTADDR above all would lead the
    connection to another server in spite of `host`.
    """
    return {
        "host": host,
        "hostaddr": "",
        "port": str(port),
        "dbname": dbname,
        "user": user,
        "password": password,
        "options": "",
        "sslmode": "disable",
        "gssencmode": "disable",
        "target_session_attrs": "any",
        "client_encoding": "UTF8",
        "connect_timeout": "10",
        "application_name": "dbwright",
    }
