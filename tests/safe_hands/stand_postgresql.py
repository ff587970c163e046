"""A PostgreSQL database with things to lose."""

from __future__ import annotations

import shutil
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import psycopg

from dbwright.scratch.server import Server, ServerChoice, server, stop

from .harness import FOLDER, Attack
from .stands import Folder, RoleSql, libpq, with_database

BASE, NOW = "attack_base", "attack_now"
WATCH = "judge"
ROLE = "attack_reader"
RELATIONS = """
select format('%I.%I', n.nspname, c.relname)
from pg_class c join pg_namespace n on n.oid = c.relnamespace
where c.relkind in ('r', 'S', 'm', 'p') and n.nspname !~ '^pg_(catalog|toast|temp)'
    and n.nspname <> 'information_schema'
order by 1
"""
CATALOG = """
select 'catalog', md5(concat(
    (select string_agg(concat(oid, relname, relacl, reloptions, relowner, relrowsecurity,
        relfilenode, reltuples), ',' order by oid) from pg_class),
    (select string_agg(concat(oid, proname, provolatile, prosrc, proacl, proconfig), ','
        order by oid) from pg_proc where oid > 16000),
    (select string_agg(concat(oid, nspname, nspacl), ',' order by oid) from pg_namespace),
    (select string_agg(concat(oid, typname), ',' order by oid) from pg_type),
    (select count(*) from pg_attribute), (select count(*) from pg_constraint),
    (select count(*) from pg_trigger), (select count(*) from pg_operator),
    (select count(*) from pg_collation), (select count(*) from pg_cast),
    (select count(*) from pg_extension), (select count(*) from pg_event_trigger),
    (select count(*) from pg_description), (select count(*) from pg_publication),
    (select count(*) from pg_policy), (select count(*) from pg_rewrite),
    (select count(*) from pg_statistic), (select count(*) from pg_foreign_server)))
union all select 'large objects', concat(
    (select string_agg(oid::text, ',' order by oid) from pg_largeobject_metadata),
    (select string_agg(md5(data), ',' order by loid, pageno) from pg_largeobject))
union all select 'statistics', concat(
    (select stats_reset from pg_stat_database where datname = current_database()),
    (select stats_reset from pg_stat_bgwriter), (select max(stats_reset) from pg_stat_slru))
union all select 'server settings', concat(pg_conf_load_time(),
    (select string_agg(concat(name, '=', setting), ',' order by name) from pg_file_settings))
union all select 'server roles',
    (select md5(string_agg(concat(rolname, rolsuper, rolpassword, rolcanlogin, rolconnlimit), ','
        order by rolname)) from pg_authid)
    || (select concat(count(*)) from pg_auth_members)
    || (select md5(string_agg(setconfig::text, ',' order by 1)) from pg_db_role_setting)
union all select 'server databases', (select string_agg(datname, ',' order by 1) from pg_database)
union all select 'server slots', concat((select count(*) from pg_replication_slots),
    (select count(*) from pg_replication_origin), (select count(*) from pg_prepared_xacts),
    (select count(*) from pg_tablespace))
union all select 'victim', (select count(*)::text from pg_stat_activity
    where pid = {victim} and state = 'active')
"""
LOCKED = """
select exists (
    select from pg_locks l join pg_stat_activity a using (pid)
    where a.datname = %s and a.application_name <> %s and a.backend_type = 'client backend'
        and l.locktype in ('advisory', 'relation', 'tuple', 'transactionid')
        and l.mode <> 'AccessShareLock')
    or exists (select from pg_ls_dir('pg_snapshots'))
"""


@contextmanager
def private_server(programs: Path | None) -> Iterator[Server]:
    """A server that nobody else uses: of these programs, or the wheel's."""
    folder = Path(tempfile.mkdtemp(prefix="dbwt-"))
    folder.chmod(0o755)
    choice = ServerChoice(cache_dir=folder / "cache", pg_bin=programs)
    try:
        with server(choice) as running:
            yield running
    finally:
        stop(choice)
        shutil.rmtree(folder, ignore_errors=True)


class PostgreSQL(Folder):
    """A database made anew from its template wherever an attack changed it."""

    def __init__(
        self, url: str, name: str, attacks: list[Attack], role_sql: RoleSql, role: str = ROLE
    ) -> None:
        super().__init__()
        self.server, self.name, self.role = url, name, role
        self.maintenance = self._connected("postgres")
        self._prepare(attacks, role_sql)
        self._set()
        self._make()

    def _connected(self, database: str) -> psycopg.Connection:
        parameters = libpq(with_database(self.server, database)) | {"application_name": WATCH}
        return psycopg.connect(**parameters, autocommit=True)

    def url(self, who: str) -> str:
        """Give the URL that the executor gets."""
        return with_database(self.server, NOW, self.role if who == "role" else None)

    def filled(self, sql: str) -> str:
        """Put this stand's places and names into a text."""
        given: dict[str, Any] = libpq(self.server)
        values = {
            "folder": self.folder, "secret_file": self.folder / "secret.txt",
            "marker": self.marker, "host": given["host"], "port": given["port"],
            "reversed": self.marker[::-1], "dashed": "-".join(self.marker),
            "user": given["user"], "database": NOW, "victim": getattr(self, "victim_pid", 0),
            "conninfo": f"host={given['host']} port={given['port']} user={given['user']} "
                        f"dbname={NOW}",
        }  # fmt: skip
        for key, value in values.items():
            sql = sql.replace(f"<<{key}>>", str(value))
        return sql

    def _prepare(self, attacks: list[Attack], role_sql: RoleSql) -> None:
        for database in (NOW, BASE):
            self.maintenance.execute(f"drop database if exists {database} with (force)")
        for role in (self.role, "attack_manager"):
            self.maintenance.execute(f"drop role if exists {role}")
        self.maintenance.execute(f"create database {BASE}")
        base = self._connected(BASE)
        text = (FOLDER / "attacks" / "postgresql.sql").read_text(encoding="utf-8")
        base.execute(self.filled(text))
        for attack in attacks:
            if attack.setup and (not attack.servers or self.name in attack.servers):
                base.execute(self.filled(attack.setup))
        base.execute(role_sql(with_database(self.server, BASE)))
        base.close()

    def _set(self) -> None:
        """Settings as before, one with a password in it."""
        self.maintenance.execute("alter system reset all")
        self.maintenance.execute(f"alter system set primary_conninfo = 'password={self.marker}'")
        self.maintenance.execute("select pg_reload_conf()")
        while self.marker not in str(self.maintenance.execute("show primary_conninfo").fetchone()):
            time.sleep(0.01)

    def _make(self) -> None:
        self.maintenance.execute(f"create database {NOW} template {BASE}")
        settings = f"alter database {NOW} set vault.token = '{self.marker}'"
        self.maintenance.execute(settings)
        self.eyes = self._connected(NOW)
        self.holder = self._connected(NOW)
        self.holder.execute("select pg_advisory_lock(4242)")
        self.holder.execute("begin")
        self.holder.execute("lock table blocked")
        self.eyes.execute(
            f"create subscription secret_feed connection 'password={self.marker}' publication p "
            "with (connect = false, enabled = false, create_slot = false, slot_name = none)"
        )
        self._make_victim()

    def _make_victim(self) -> None:
        self.victim = self._connected(NOW)
        self.victim_pid = self.victim.info.backend_pid
        self.victim.pgconn.send_query(f"select pg_sleep(3600) /* {self.marker} */".encode())
        while "1" not in self.ask(f"select count(*) from pg_stat_activity where state = 'active' "
                                  f"and pid = {self.victim_pid}"):  # fmt: skip
            time.sleep(0.005)

    def fingerprint(self) -> dict[str, str]:
        """Give what must not change, by its kind."""
        relations = [row[0] for row in self.eyes.execute(RELATIONS)]
        parts = [
            f"select 'rows of {name}', md5(coalesce(string_agg(t::text, '|' order by t::text), ''))"
            f" from (select * from {name}) t"
            for name in relations
            if name != "public.blocked"
        ]
        query = " union all ".join([*parts, CATALOG.format(victim=self.victim_pid)])
        return {name: str(value) for name, value in self.eyes.execute(query.encode())}

    def ask(self, sql: str) -> str:
        """Give the answer to a query of the judge's."""
        return repr(self.eyes.execute(self.filled(sql).encode()).fetchall())

    def locked(self) -> bool:
        """Whether a foreign session holds or awaits more than a reader's lock."""
        row = self.maintenance.execute(LOCKED, (NOW, WATCH)).fetchone()
        return bool(row and row[0])

    def _foreign(self, condition: str) -> str:
        return (
            f"from pg_stat_activity where datname = '{NOW}' and application_name <> '{WATCH}' "
            f"and backend_type <> 'parallel worker' and {condition}"
        )

    def busy(self) -> bool:
        """Whether a foreign session still works, after a moment for a cancel to arrive."""
        query = f"select count(*) {self._foreign(chr(39) + 'active' + chr(39) + ' = state')}"
        for _ in range(10):
            if self.maintenance.execute(query).fetchone() == (0,):
                return False
            time.sleep(0.03)
        return True

    def kill(self) -> None:
        """End the foreign sessions."""
        self.maintenance.execute(f"select pg_terminate_backend(pid) {self._foreign('true')}")
        ends = time.monotonic() + 30  # some calls look at no signal
        count = f"select count(*) {self._foreign('true')}"
        while self.maintenance.execute(count).fetchone() != (0,) and time.monotonic() < ends:
            time.sleep(0.02)

    def reset(self, changed: set[str]) -> None:
        """Make the database anew, and put the server right where it was changed."""
        if changed == {"victim"}:
            self.victim.close()
            self._make_victim()
            return
        if changed & {"statistics", "server settings"} == changed:
            self._set()
            return
        self.eyes.execute("drop subscription if exists secret_feed")
        for connection in (self.eyes, self.holder, self.victim):
            with suppress(psycopg.Error):
                connection.close()
        self.maintenance.execute("select pg_drop_replication_slot(slot_name) "
                                 "from pg_replication_slots")  # fmt: skip
        self.maintenance.execute("select pg_replication_origin_drop(roname) "
                                 "from pg_replication_origin")  # fmt: skip
        self.maintenance.execute(f"drop database {NOW} with (force)")
        self._set()
        for (name,) in self.maintenance.execute(
            "select rolname from pg_roles where rolname like 'evil%'"
        ).fetchall():
            self.maintenance.execute(f"drop role {name}")
        self._make()

    def close(self) -> None:
        """Leave nothing on the server, and no file."""
        self.maintenance.execute("alter system reset all")
        self.eyes.execute("drop subscription if exists secret_feed")
        for connection in (self.eyes, self.holder, self.victim):
            with suppress(psycopg.Error):
                connection.close()
        for database in (NOW, BASE):
            self.maintenance.execute(f"drop database if exists {database} with (force)")
        for role in (self.role, "attack_manager"):
            self.maintenance.execute(f"drop role if exists {role}")
        self.maintenance.close()
        self.remove()
