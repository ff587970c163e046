"""A MariaDB database with things to lose."""

from __future__ import annotations

import hashlib
import time
from contextlib import suppress
from typing import Any

import pymysql

from .harness import FOLDER, Attack
from .stands import Folder, RoleSql, mysql_parameters, with_database

NOW, VAULT = "attack_now", "attack_vault"
ROLE = "attack_reader"
LOCK_WAIT = (1205, 1099, 1100)
CATALOG = f"""
select 'catalog', md5(concat_ws('|',
    (select group_concat(table_schema, table_name, table_type, create_options, table_comment
        order by 1) from information_schema.tables
        where table_schema in ('{NOW}', '{VAULT}') and table_name <> 'mine_temp'),
    (select group_concat(routine_name, md5(routine_definition) order by 1)
        from information_schema.routines where routine_schema = '{NOW}'),
    (select count(*) from information_schema.columns where table_schema = '{NOW}'),
    (select count(*) from information_schema.statistics where table_schema = '{NOW}'),
    (select group_concat(schema_name order by 1) from information_schema.schemata
        where schema_name like 'attack%' or schema_name like 'evil%'),
    (select count(*) from information_schema.events where event_schema = '{NOW}'),
    (select count(*) from information_schema.triggers where trigger_schema = '{NOW}')))
union all select 'server users', (select md5(group_concat(user, host, priv order by 1, 2))
    from mysql.global_priv where user like 'attack%' or user like 'evil%')
union all select 'server settings', concat_ws('|', @@global.long_query_time,
    @@global.init_connect, @@global.lc_messages, @@global.general_log_file,
    @@global.old_mode, @@global.eq_range_index_dive_limit)
union all select 'server functions', (select count(*) from mysql.func)
union all select 'server plugins', (select count(*) from mysql.plugin)
union all select 'server servers', (select count(*) from mysql.servers)
union all select 'server help', (select count(*) from mysql.table_stats where db_name = '{NOW}')
union all select 'prepared', (select count(*) from information_schema.innodb_trx
    where trx_state = 'PREPARED')
union all select 'victim', (select count(*) from information_schema.processlist
    where id = {{victim}} and command = 'Query')
"""
FOREIGN = f"""
select id from information_schema.processlist
where db = '{NOW}' and id not in ({{ours}}, connection_id())
"""


class MariaDB(Folder):
    """A database made anew wherever an attack changed it; another holds a secret."""

    def __init__(
        self, url: str, attacks: list[Attack], role_sql: RoleSql, role: str = ROLE
    ) -> None:
        super().__init__()
        self.server, self.name, self.role, self.role_sql = url, "mariadb", role, role_sql
        self.hash = "*" + hashlib.sha1(self.marker.encode()).hexdigest().upper()
        self.setups = [attack.setup for attack in attacks if attack.setup]
        self.maintenance = self._connected(None)
        self._make()

    def _connected(self, database: str | None) -> Any:
        flags = pymysql.constants.CLIENT.MULTI_STATEMENTS
        parameters = mysql_parameters(self.server) | {"database": database}
        return pymysql.connect(**parameters, autocommit=True, client_flag=flags)

    def url(self, who: str) -> str:
        """Give the URL that the executor gets."""
        return with_database(self.server, NOW, self.role if who == "role" else None)

    def filled(self, sql: str) -> str:
        """Put this stand's places and names into a text."""
        values = {
            "folder": self.folder, "secret_file": self.folder / "secret.txt",
            "marker": self.marker, "database": NOW, "vault": VAULT,
            "victim": getattr(self, "victim_id", 0), "hash": self.hash,
        }  # fmt: skip
        for key, value in values.items():
            sql = sql.replace(f"<<{key}>>", str(value))
        return sql

    def _make(self) -> None:
        send(self.maintenance, f"drop database if exists {NOW}; drop database if exists {VAULT};"
             f"drop user if exists {self.role}@'%', attack_manager@'%', evil_root@'%';"
             "drop server if exists attack_server; drop server if exists evil_server;"
             f"create database {NOW}; create database {VAULT}")  # fmt: skip
        made = self._connected(NOW)
        text = (FOLDER / "attacks" / "mariadb.sql").read_text(encoding="utf-8")
        for part in (text, *self.setups):
            send(made, self.filled(part))
        send(made, self.role_sql(with_database(self.server, NOW)))
        send(made, f"alter user {self.role}@'%' identified by '' account unlock")
        made.close()
        self.eyes = self._connected(NOW)
        send(self.eyes, "set group_concat_max_len = 10000000, lock_wait_timeout = 5")
        self.holder = self._connected(NOW)
        send(self.holder, "lock table blocked write; do get_lock('taken', 1)")
        self._make_victim()
        self.ours = ", ".join(
            str(c.thread_id()) for c in (self.eyes, self.holder, self.maintenance, self.victim)
        )

    def _make_victim(self) -> None:
        self.victim = self._connected(NOW)
        self.victim_id = self.victim.thread_id()
        self.victim._execute_command(3, f"select sleep(3600) /* {self.marker} */")
        while send(self.maintenance, "select command from information_schema.processlist "
                   f"where id = {self.victim_id}") != [("Query",)]:  # fmt: skip
            time.sleep(0.005)

    def fingerprint(self) -> dict[str, str]:
        """Give what must not change, by its kind."""
        tables = send(self.eyes, "select table_name, table_type from information_schema.tables "
                      f"where table_schema = '{NOW}' and table_type in ('BASE TABLE', 'SEQUENCE')"
                      " and table_name <> 'blocked'")  # fmt: skip
        found = {f"rows of {name}": str(send(self.eyes, f"select * from `{name}`"))
                 for name, _ in tables}  # fmt: skip
        catalog = send(self.eyes, CATALOG.replace("{victim}", str(self.victim_id)))
        return found | {name: str(value) for name, value in catalog}

    def ask(self, sql: str) -> str:
        """Give the answer to a query of the judge's."""
        return repr(send(self.eyes, self.filled(sql)))

    def _foreign(self) -> list[int]:
        return [row[0] for row in send(self.maintenance, FOREIGN.format(ours=self.ours))]

    def locked(self) -> bool:
        """Whether a foreign session holds more than a reader's lock."""
        held = send(self.maintenance, "select is_used_lock('mine'), (select count(*) from "
                    "information_schema.innodb_trx join information_schema.processlist "
                    f"on id = trx_mysql_thread_id where trx_rows_locked > 0 and db = '{NOW}' "
                    f"and id not in ({self.ours}))")  # fmt: skip
        if held != [(None, 0)]:
            return True
        try:
            send(self.eyes, "set statement lock_wait_timeout = 0 for "
                 "update account set balance = 0 where id = -1")  # fmt: skip
        except pymysql.MySQLError as error:
            return error.args[0] in LOCK_WAIT
        return False

    def busy(self) -> bool:
        """Whether a foreign session still works, after a moment for a cancel to arrive."""
        query = FOREIGN.format(ours=self.ours) + " and command = 'Query'"
        for _ in range(10):
            if not send(self.maintenance, query):
                return False
            time.sleep(0.03)
        return True

    def kill(self) -> None:
        """End the foreign sessions."""
        for number in self._foreign():
            with suppress(pymysql.Error):
                send(self.maintenance, f"kill {number}")

    def reset(self, changed: set[str]) -> None:
        """Make the database anew, and put the server right where it was changed."""
        for connection in (self.eyes, self.holder, self.victim):
            with suppress(pymysql.Error, OSError):
                send(self.maintenance, f"kill {connection.thread_id()}")
        if "server settings" in changed:
            send(self.maintenance, "set global long_query_time = 10, global init_connect = '',"
                 "global eq_range_index_dive_limit = default")  # fmt: skip
        send(self.maintenance, "drop database if exists evil_database")
        self.kill()
        self._make()

    def close(self) -> None:
        """Leave nothing on the server, and no file."""
        for connection in (self.eyes, self.holder, self.victim):
            with suppress(pymysql.Error, OSError):
                send(self.maintenance, f"kill {connection.thread_id()}")
        send(self.maintenance, f"drop database if exists {NOW}; drop database if exists {VAULT};"
             f"drop user if exists {self.role}@'%', attack_manager@'%';"
             "drop server if exists attack_server")  # fmt: skip
        self.maintenance.close()
        self.remove()


def send(connection: Any, sql: str) -> list[Any]:
    """Send a text of any number of statements and give all their rows."""
    rows: list[Any] = []
    with connection.cursor() as cursor:
        cursor.execute(sql)
        rows += cursor.fetchall() or ()
        while cursor.nextset():
            rows += cursor.fetchall() or ()
    return rows
