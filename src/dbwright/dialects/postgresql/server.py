"""What a PostgreSQL server needs to be made, started, reached and used as a scratch server."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg
from psycopg import sql

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

    From 17 on the locale comes from the server itself, which is the same on every machine. Pages
    carry no checksums, which 18 would give them: a twin's are written by hand.
    """
    arguments = ["-D", str(data), "-U", SUPERUSER, "-E", "UTF8", "--no-sync"]
    arguments += [f"--locale={locale}", "--lc-messages=C"]
    if major >= 14:
        arguments.append("--no-instructions")
    if major >= 17:
        arguments += ["--locale-provider=builtin", "--builtin-locale=C.UTF-8"]
    if major >= 18:
        arguments.append("--no-data-checksums")
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


@dataclass(frozen=True, slots=True)
class Extensions:
    """How each wanted extension is there: really, through a stand-in of ours, or not."""

    real: tuple[str, ...]
    stand_ins: tuple[str, ...]
    missing: tuple[str, ...]


# Only what gives the same answers as the original is here. The time-based uuid_generate_v1, the
# SHA-1 of uuid_generate_v5, and pgcrypto's crypt and encryption are not: calling them fails.
STAND_INS: Mapping[str, Mapping[str, str]] = {
    "uuid-ossp": {
        "uuid_nil()": """returns uuid language sql immutable parallel safe as
            $$ select '00000000-0000-0000-0000-000000000000'::uuid $$""",
        "uuid_ns_dns()": """returns uuid language sql immutable parallel safe as
            $$ select '6ba7b810-9dad-11d1-80b4-00c04fd430c8'::uuid $$""",
        "uuid_ns_url()": """returns uuid language sql immutable parallel safe as
            $$ select '6ba7b811-9dad-11d1-80b4-00c04fd430c8'::uuid $$""",
        "uuid_ns_oid()": """returns uuid language sql immutable parallel safe as
            $$ select '6ba7b812-9dad-11d1-80b4-00c04fd430c8'::uuid $$""",
        "uuid_ns_x500()": """returns uuid language sql immutable parallel safe as
            $$ select '6ba7b814-9dad-11d1-80b4-00c04fd430c8'::uuid $$""",
        "uuid_generate_v4()": """returns uuid language sql volatile parallel safe as
            $$ select pg_catalog.gen_random_uuid() $$""",
        "uuid_generate_v3(namespace uuid, name text)": """returns uuid
            language sql immutable strict parallel safe as $$
            select encode(set_byte(set_byte(hash, 6, (get_byte(hash, 6) & 15) | 48),
                                   8, (get_byte(hash, 8) & 63) | 128), 'hex')::uuid
            from (select decode(md5(uuid_send(namespace) || convert_to(name, 'UTF8')), 'hex'))
              as hashed (hash) $$""",
    },
    "pgcrypto": {
        "gen_random_uuid()": """returns uuid language sql volatile parallel safe as
            $$ select pg_catalog.gen_random_uuid() $$""",
        "gen_random_bytes(integer)": """returns bytea language plpgsql volatile strict
            parallel safe as $$ begin
              if $1 not between 1 and 1024 then
                raise 'Length not in range' using errcode = 'external_routine_invocation_exception';
              end if;
              return (select substring(string_agg(sha256(uuid_send(pg_catalog.gen_random_uuid())
                                       || uuid_send(pg_catalog.gen_random_uuid())), ''), 1, $1)
                      from generate_series(1, ($1 + 31) / 32));
            end $$""",
        "digest(bytea, text)": """returns bytea language plpgsql immutable strict
            parallel safe as $$ begin
              case lower($2)
                when 'md5' then return decode(md5($1), 'hex');
                when 'sha224' then return sha224($1);
                when 'sha256' then return sha256($1);
                when 'sha384' then return sha384($1);
                when 'sha512' then return sha512($1);
                else raise 'dbwright''s stand-in for pgcrypto has no algorithm "%"', $2
                  using errcode = 'feature_not_supported';
              end case;
            end $$""",
        "digest(text, text)": """returns bytea language sql immutable strict
            parallel safe as $$ select @schema@.digest(convert_to($1, 'UTF8'), $2) $$""",
    },
}
_STAND_IN_VERSION = "dbwright-stand-in"


def install_stand_ins(connection: psycopg.Connection, names: Iterable[str]) -> Extensions:
    """Make extensions exist in a database, and say how each does.

    The connection is a superuser's. What the server has is installed as it is; for some others
    there is a stand-in, which `create extension if not exists` and `drop extension` take for the
    real one. All belong to the database's owner. A plain `create extension` of an owner works by
    itself for those that the server has and trusts.
    """
    wanted = tuple(dict.fromkeys(names))
    found: dict[str, list[str]] = {"real": [], "stand_in": [], "missing": []}
    for name in wanted:
        found[_installed(connection, name)].append(name)
    return Extensions(tuple(found["real"]), tuple(found["stand_in"]), tuple(found["missing"]))


def _installed(connection: psycopg.Connection, name: str) -> str:
    """Install one extension, and say whether it is real, a stand_in or missing."""
    query = "select extversion from pg_extension where extname = %s"
    known = connection.execute(query, [name]).fetchone()
    if known is not None:
        return "stand_in" if known[0] == _STAND_IN_VERSION else "real"
    query = "select 1 from pg_available_extensions where name = %s"
    available = connection.execute(query, [name]).fetchone() is not None
    if not available and name not in STAND_INS:
        return "missing"
    try:
        with connection.transaction():
            if not available:
                _stand_in(connection, name)
                return "stand_in"
            make = sql.SQL("create extension {} schema public cascade")
            connection.execute(make.format(sql.Identifier(name)))
            _give_to_owner(connection)
            return "real"
    except psycopg.Error:
        return _retried(connection, name) if available else "missing"


def _retried(connection: psycopg.Connection, name: str) -> str:
    """Install an extension that insists on a schema of its own, as some do."""
    try:
        with connection.transaction():
            make = sql.SQL("create extension {} cascade")
            connection.execute(make.format(sql.Identifier(name)))
            _give_to_owner(connection)
    except psycopg.Error:
        return "missing"
    return "real"


def _give_to_owner(connection: psycopg.Connection) -> None:
    """Let the database's owner drop what we installed; there is no statement for that."""
    connection.execute("""
        update pg_extension set extowner = datdba
        from pg_database
        where datname = current_database() and extname <> 'plpgsql'
    """)


def _stand_in(connection: psycopg.Connection, name: str) -> None:
    """Enter an extension without files into the catalog, and give it its functions."""
    connection.execute(
        """
        insert into pg_extension
          (oid, extname, extowner, extnamespace, extrelocatable, extversion)
        select pg_nextoid('pg_extension', 'oid', 'pg_extension_oid_index'), %s, datdba,
               'public'::regnamespace, false, %s
        from pg_database where datname = current_database()
        """,
        [name, _STAND_IN_VERSION],
    )
    for signature, body in STAND_INS[name].items():
        text = f"create function public.{signature} {body}".replace("@schema@", "public")
        connection.execute(text.encode())
        types = re.sub(r"\b\w+ (?=uuid|text)", "", signature)
        add = sql.SQL("alter extension {} add function public.{}")
        connection.execute(add.format(sql.Identifier(name), sql.SQL(types)))
