"""The bridge: a PEP 249 module whose statements run in the parent, on a scratch database."""

from __future__ import annotations

import datetime
import json
import re
import sqlite3
import sys
import types
from collections.abc import Iterator
from typing import Any, Callable

from . import errors, frames, wire
from .channel import Remote
from .errors import DriverUse, driver_use
from .state import current

JSON_CODES = (114, 3802)  # the OIDs of json and jsonb
DECODES_JSON = ("psycopg", "psycopg_async", "psycopg2", "psycopg2cffi", "pg8000")
# Drivers that send one statement in a text: asyncpg prepares it, the others leave
# CLIENT_MULTI_STATEMENTS off, which mysqlclient alone sets.
ONE_STATEMENT = ("asyncpg", "pymysql", "aiomysql", "asyncmy", "mysqlconnector", "mariadbconnector")
DRIVER_CLASSES = {
    "psycopg2": ("psycopg2.extensions", "connection"),
    "psycopg": ("psycopg", "Connection"),
    "pysqlite": ("sqlite3", "Connection"),
    "pymysql": ("pymysql.connections", "Connection"),
}


class Module(types.ModuleType):
    """The module that a dialect takes for its driver."""

    def __init__(self, dialect: str, driver: str) -> None:
        super().__init__("dbwright_bridge")
        self.apilevel = "2.0"
        self.threadsafety = 1
        self.paramstyle = {"sqlite": "qmark", "postgresql": "pyformat"}.get(dialect, "format")
        self.__version__ = "3.0.0"
        self.version_info = (3, 0, 0)
        self.driver = driver
        self.has_stop = True  # aiosqlite's dialect asks it of its module
        self.Binary = bytes
        self.Date, self.Time = datetime.date, datetime.time
        self.Timestamp = datetime.datetime
        source: Any = sqlite3 if dialect == "sqlite" else errors
        for name in errors.NAMES:
            setattr(self, name, getattr(source, name))
        if dialect == "sqlite":
            for name in ("sqlite_version_info", "sqlite_version", "PARSE_DECLTYPES"):
                setattr(self, name, getattr(sqlite3, name))
            self.PARSE_COLNAMES = sqlite3.PARSE_COLNAMES

    def connect(self, *_: Any, **__: Any) -> Connection:
        """Gives a connection to the scratch database, whatever is asked for."""
        return Connection(self)


class Connection:
    """One connection of user code; the parent holds the real one."""

    def __init__(self, module: Module) -> None:
        self._module = module
        self._autocommit = False
        self._isolation_level: str | None = ""
        self.json_loads: Callable[[Any], Any] = json.loads
        self.encoding = "UTF8"
        self.notices: list[str] = []
        self.closed = False
        self._generation = current.generation
        self._number = self._ask("connect") if current.hosted else None

    @property
    def __class__(self) -> type:  # listeners ask isinstance(connection, sqlite3.Connection)
        module, name = DRIVER_CLASSES.get(self._module.driver, ("", ""))
        return getattr(sys.modules.get(module), name, Connection)

    def cursor(self, *_: Any, **__: Any) -> Cursor:
        """Gives a new cursor; named (server-side) ones are read at once."""
        return Cursor(self)

    def execute(self, sql: str, parameters: Any = None, **_: Any) -> Cursor:
        """Runs a statement on a new cursor, as psycopg and sqlite3 do."""
        return self.cursor().execute(sql, parameters)

    def commit(self) -> None:
        """Ends the transaction and keeps its work."""
        self._send("commit")

    def rollback(self) -> None:
        """Ends the transaction and undoes its work."""
        self._send("rollback")

    def close(self) -> None:
        """Ends the connection; a second time does nothing."""
        if not self.closed:
            self._send("close")
            self.closed = True

    terminate = close

    @property
    def autocommit(self) -> bool:
        """Whether each statement is its own transaction."""
        return self._autocommit

    @autocommit.setter
    def autocommit(self, on: bool) -> None:
        self.set_autocommit(on)

    def set_autocommit(self, on: bool) -> None:
        """Switches autocommit."""
        if bool(on) != self._autocommit:
            self._send("set_autocommit", on=bool(on))
            self._autocommit = bool(on)

    @property
    def isolation_level(self) -> str | None:
        """Gives sqlite3's isolation level; None is autocommit."""
        return self._isolation_level

    @isolation_level.setter
    def isolation_level(self, level: str | None) -> None:
        self._isolation_level = level
        self.set_autocommit(level is None)

    def set_isolation_level(self, level: Any) -> None:
        """Takes psycopg2's levels, of which 0 is autocommit."""
        self.set_autocommit(level in (0, None))

    def create_function(self, name: str, narg: int, func: Any, **options: Any) -> None:
        """Registers a function for SQL; it is called here when a statement calls it."""
        if self._number is None or current.channel is None:
            return
        number = len(current.channel.callbacks) + 1
        current.channel.callbacks[number] = func
        self._ask("create_function", session=self._number, name=name, narg=narg, callback=number)

    def create_collation(self, name: str, *_: Any) -> None:
        """Takes a collation, which the scratch database does not get."""

    create_aggregate = create_collation
    enable_load_extension = create_collation

    def set_client_encoding(self, *_: Any) -> None:
        """Takes an encoding; the bridge speaks UTF-8 only."""

    add_notice_handler = set_client_encoding

    def run_async(self, function: Callable[[Any], Any]) -> Any:
        """Drives a coroutine on the driver's connection, of which this stands in."""
        running = function(AsyncFace(self))
        try:
            running.send(None)
        except StopIteration as done:
            return done.value
        raise DriverUse(driver_use(self._module.driver, "connection that awaits"))

    @property
    def driver_connection(self) -> Connection:
        """Gives itself: there is no driver beneath."""
        return self

    def __enter__(self) -> Connection:
        return self

    def __exit__(self, kind: Any, *_: Any) -> None:
        self.commit() if kind is None else self.rollback()

    def __getattr__(self, name: str) -> Any:
        if name in errors.NAMES:
            return getattr(self._module, name)
        raise DriverUse(driver_use(self.__dict__["_module"].driver, f"connection.{name}"))

    def renew(self) -> None:
        """Connects anew when user code has kept the connection from one command to the next."""
        if self._generation == current.generation:
            return
        self._generation = current.generation
        self._number = self._ask("connect") if current.hosted else None
        if self._number is not None and self._autocommit:
            self._ask("set_autocommit", session=self._number, on=True)

    def _send(self, question: str, **fields: Any) -> Any:
        if self.closed:
            raise self._module.InterfaceError("the connection is closed")
        self.renew()
        if self._number is None:
            return None
        return self._ask(question, session=self._number, **fields)

    def _ask(self, question: str, **fields: Any) -> Any:
        assert current.channel is not None
        try:
            return current.channel.ask(question, **fields)
        except Remote as error:
            raise self._error(error.data) from None

    def _error(self, data: dict[str, Any]) -> Exception:
        kind = getattr(self._module, data["class"], self._module.DatabaseError)
        error = kind(data["message"])
        if data.get("number") is not None:
            error = kind(data["number"], data.get("primary") or data["message"])
        error.pgcode = error.sqlstate = data.get("code")
        error.sqlite_errorname = data.get("code")
        error.diag = types.SimpleNamespace(
            sqlstate=data.get("code"),
            message_primary=data.get("primary") or data["message"],
            message_detail=data.get("detail") or None,
            constraint_name=data.get("constraint"),
        )
        return error


class AsyncFace:
    """What listeners ask of an async driver's own connection while it is set up."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    async def set_type_codec(self, *_: Any, **__: Any) -> None:
        """Takes a codec; the bridge has its own."""

    set_builtin_type_codec = set_type_codec
    create_function = set_type_codec

    async def execute(self, sql: str, *parameters: Any) -> Any:
        """Runs a statement."""
        cursor = self._connection.cursor()
        cursor.execute(numbered(sql) if parameters else sql, _by_number(parameters))
        return cursor

    async def fetch(self, sql: str, *parameters: Any) -> list[Any]:
        """Gives the rows of a query."""
        return (await self.execute(sql, *parameters)).fetchall()

    async def fetchval(self, sql: str, *parameters: Any) -> Any:
        """Gives the first value of a query."""
        rows = await self.fetch(sql, *parameters)
        return rows[0][0] if rows else None

    def __getattr__(self, name: str) -> Any:
        driver = self.__dict__["_connection"]._module.driver
        raise DriverUse(driver_use(driver, f"connection.{name}"))


def numbered(sql: str) -> str:
    """Gives the statement with `$1` as `%(p1)s`, for a driver that numbers its parameters."""
    parts = re.split(r"('(?:[^']|'')*')", sql.replace("%", "%%"))
    return "".join(
        part if part.startswith("'") else re.sub(r"\$(\d+)", r"%(p\1)s", part) for part in parts
    )


def _by_number(parameters: Any) -> dict[str, Any] | None:
    return {f"p{index}": value for index, value in enumerate(parameters, 1)} or None


class Cursor:
    """A cursor of the bridge; all rows of a result come at once."""

    arraysize = 1

    def __init__(self, connection: Connection) -> None:
        self.connection = connection
        self.description: tuple[Any, ...] | None = None
        self.rowcount = -1
        self.lastrowid: int | None = None
        self._rows: list[Any] = []
        self._at = 0

    def execute(self, sql: str, parameters: Any = None, **_: Any) -> Cursor:
        """Runs a statement."""
        self._load(self._send("execute", sql, parameters))
        return self

    def executemany(self, sql: str, parameters: Any, **_: Any) -> Cursor:
        """Runs a statement once per set of parameters."""
        self._load(self._send("executemany", sql, list(parameters)))
        return self

    def _send(self, question: str, sql: Any, parameters: Any) -> Any:
        module = self.connection._module
        place, operation = frames.statement_origin()
        call = {
            "revision": current.revision,
            "direction": current.direction,
            "place": place,
            "operation": operation,
            "prepared": module.driver in ONE_STATEMENT,
        }
        try:
            packed = wire.pack(parameters)
        except wire.Unsendable as error:
            raise module.ProgrammingError(str(error)) from None
        text = sql.decode() if isinstance(sql, bytes) else str(sql)
        fields = {"sql": text, "parameters": packed, "call": call}
        self.connection.renew()
        if self.connection._number is None:
            self.connection._send(question)
            return dry(text)
        return self.connection._send(question, **fields)

    def _load(self, answer: dict[str, Any]) -> None:
        columns = answer["columns"]
        self.rowcount = answer["rowcount"]
        self.lastrowid = answer.get("lastrowid")
        self._at = 0
        self.description = None
        if columns is not None:
            self.description = tuple(
                (name, code, None, None, None, None, None) for name, code in columns
            )
        self._rows = [tuple(wire.unpack(row)) for row in answer["rows"]]
        self._read_json(columns or [])

    def _read_json(self, columns: list[Any]) -> None:
        if self.connection._module.driver not in DECODES_JSON:
            return
        places = [index for index, column in enumerate(columns) if column[1] in JSON_CODES]
        for number in range(len(self._rows) if places else 0):
            row = list(self._rows[number])
            for index in places:
                if row[index] is not None:
                    row[index] = self.connection.json_loads(row[index])
            self._rows[number] = tuple(row)

    def fetchone(self) -> Any:
        """Gives the next row, or None."""
        if self._at >= len(self._rows):
            return None
        self._at += 1
        return self._rows[self._at - 1]

    def fetchmany(self, size: int | None = None) -> list[Any]:
        """Gives the next rows, at most that many."""
        found = self._rows[self._at : self._at + (size or self.arraysize)]
        self._at += len(found)
        return found

    def fetchall(self) -> list[Any]:
        """Gives the rows that are left."""
        found = self._rows[self._at :]
        self._at = len(self._rows)
        return found

    def __iter__(self) -> Iterator[Any]:
        return iter(self.fetchall())

    def setinputsizes(self, *_: Any, **__: Any) -> None:
        """Takes sizes, which the bridge does not need."""

    setoutputsize = setinputsizes

    def nextset(self) -> None:
        """Gives None: there is one result."""

    def close(self) -> None:
        """Forgets the rows."""
        self._rows = []

    def __enter__(self) -> Cursor:
        return self

    def __exit__(self, *_: Any) -> None:
        self.close()

    def __getattr__(self, name: str) -> Any:
        driver = self.__dict__["connection"]._module.driver
        raise DriverUse(driver_use(driver, f"cursor.{name}"))


_READS = re.compile(
    r"\s*(select|with|show|values|pragma|table|explain)\b|.*\breturning\b", re.I | re.S
)
_ONE = re.compile(r"\s*select\s+1\s*;?\s*$", re.I)


def dry(sql: str) -> dict[str, Any]:
    """Gives the answer where no database stands behind the bridge: no rows."""
    reads = bool(_READS.match(sql))
    rows = [[1]] if _ONE.match(sql) else []
    return {"columns": [["?column?", 25]] if reads else None, "rows": rows, "rowcount": len(rows)}
