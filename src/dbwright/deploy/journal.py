"""The journal: which statements of a revision stand although the revision is not done.

It is written only for statements that no transaction undoes: in a table of the database, or in a
file beside one of SQLite, whose writers would have to wait for each other.
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Literal, Protocol

from sqlalchemy import Connection, inspect, text

from dbwright.deploy.target import Target

TABLE = "dbwright_upgrade"
State = Literal["running", "done"]


@dataclass(frozen=True, slots=True)
class Entry:
    """A statement of a revision: it stands, or was cut off while it ran.

    `mark` is what the database counted its schema's changes with before it ran, where it does.
    """

    revision: str
    number: int
    sql: str
    digest: str
    state: State
    gives: bool = False
    mark: str = ""


class Journal(Protocol):
    """Where entries are kept."""

    def entries(self) -> list[Entry]:
        """Gives all entries, by revision and number."""
        ...

    def put(self, entry: Entry) -> None:
        """Writes an entry in the place of the one with its number."""
        ...

    def drop(self, revision: str, number: int | None = None) -> None:
        """Takes out an entry, or those of a revision."""
        ...


def journal_of(target: Target, connection: Connection) -> Journal:
    """Gives the journal of a database; nothing is made before there is something to write."""
    if target.family == "sqlite":
        return _FileJournal(Path(f"{target.parts.database}.dbwright-upgrade"))
    return _TableJournal(connection)


class _TableJournal:
    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._is_there: bool | None = None

    def entries(self) -> list[Entry]:
        self._is_there = inspect(self._connection).has_table(TABLE)
        if not self._is_there:
            return []
        columns = "revision, number, sql_text, digest, state, gives, mark"
        sql = f"select {columns} from {TABLE} order by 1, 2"
        rows = self._connection.execute(text(sql)).all()
        return [Entry(r[0], r[1], r[2], r[3], r[4], bool(r[5]), r[6]) for r in rows]

    def put(self, entry: Entry) -> None:
        if not self._is_there:
            long = "text" if self._connection.dialect.name == "postgresql" else "longtext"
            self._connection.exec_driver_sql(
                f"create table if not exists {TABLE} (revision varchar(190) not null,"
                f" number integer not null, sql_text {long} not null,"
                " digest varchar(32) not null, state varchar(12) not null,"
                " gives integer not null, mark varchar(40) not null,"
                " primary key (revision, number))"
            )
            self._is_there = True
        self.drop(entry.revision, entry.number)
        self._connection.execute(
            text(
                f"insert into {TABLE} values"
                " (:revision, :number, :sql, :digest, :state, :gives, :mark)"
            ),
            {**asdict(entry), "gives": int(entry.gives)},
        )

    def drop(self, revision: str, number: int | None = None) -> None:
        if self._is_there:
            where = "" if number is None else " and number = :number"
            self._connection.execute(
                text(f"delete from {TABLE} where revision = :revision{where}"),
                {"revision": revision, **({} if number is None else {"number": number})},
            )
            if number is None and not self._left():
                # it is of no use to anybody from here on, and no table of the models
                self._connection.exec_driver_sql(f"drop table {TABLE}")
                self._is_there = False

    def _left(self) -> bool:
        return bool(self._connection.execute(text(f"select count(*) from {TABLE}")).scalar())


class _FileJournal:
    def __init__(self, path: Path) -> None:
        self._path = path
        self._known: dict[tuple[str, int], Entry] = {}

    def entries(self) -> list[Entry]:
        self._known = {}
        if self._path.exists():
            for line in self._path.read_text(encoding="utf-8").splitlines():
                entry = Entry(**json.loads(line))
                self._known[entry.revision, entry.number] = entry
        return [self._known[key] for key in sorted(self._known)]

    def put(self, entry: Entry) -> None:
        self._known[entry.revision, entry.number] = entry
        self._write()

    def drop(self, revision: str, number: int | None = None) -> None:
        before = len(self._known)
        for key in [*self._known]:
            if key[0] == revision and number in (None, key[1]):
                del self._known[key]
        if len(self._known) != before:
            self._write()

    def _write(self) -> None:
        if not self._known:
            self._path.unlink(missing_ok=True)
            return
        whole = self._path.with_name(f"{self._path.name}.new")
        lines = [json.dumps(asdict(self._known[key])) for key in sorted(self._known)]
        whole.write_text("\n".join(lines) + "\n", encoding="utf-8")
        whole.replace(self._path)
