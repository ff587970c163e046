"""Makes the database that a case is asked on, and opens a session on it."""

from __future__ import annotations

import contextlib
import hashlib
import shutil
import sqlite3
from collections.abc import Iterator
from pathlib import Path

import psycopg
from casefile import Case
from measure import Measured, PostgreSQL, SQLite
from server import HERE, Server


class TooSlow(Exception):
    """The case's own query did not end in time, as may be on a busy machine."""


SCHEMAS = ("public", "ops")


class Places:
    """The databases of a run: shared ones by name, and a copy for a case that changes its own."""

    def __init__(self, server: Server, folder: Path) -> None:
        self.server, self.folder = server, folder
        self._of, self._measured = "", dict[tuple[tuple[str, ...], str], Measured]()

    def shared(self, case: Case) -> bool:
        """Whether the case is asked on a database as it was built."""
        return bool(case.database) and not case.state and not case.schema

    def name(self, case: Case, suffix: str = "") -> str:
        """A database of the case's own, with its state."""
        seal = hashlib.sha256(repr((case.name, case.state, case.schema)).encode()).hexdigest()[:6]
        return f"case_{case.name.replace('-', '_')[:40]}_{seal}{suffix}"

    def made(
        self, case: Case, *, witness: bool = False, own: bool = False, judged: bool = False
    ) -> str:
        """The database that a case is asked on: a name on the server, or a path of SQLite's.

        `judged` is a second one, beside that which a tool is asked on.
        """
        maker = self._postgresql if case.dialect == "postgresql" else self._sqlite
        if not own and not witness and self.shared(case):
            return maker(case)
        suffix = ("_witness" if witness else "") + ("_judged" if judged else "")
        return maker(case, self.name(case, suffix), witness)

    def compared(self, case: Case, steps: tuple[str, ...], sql: str) -> tuple[Measured, Measured]:
        """The case's query, and another after the steps; a shared database stays as it is.

        What several tools propose is measured once.
        """
        if self._of != repr(case):
            self._of, self._measured = repr(case), {}
        known = self._measured
        if (steps, sql) in known:
            return known[(), case.sql], known[steps, sql]
        own = any("vacuum" in step.lower() for step in steps)
        own = own or (case.dialect == "sqlite" and bool(steps))
        place = self.made(case, own=own, judged=True)
        try:
            with self.session(case, place) as session:
                if not own and isinstance(session, PostgreSQL):  # SET LOCAL needs one too
                    with session.connection.transaction(force_rollback=True):
                        self._pair(session, case.sql, steps, sql)
                else:
                    self._pair(session, case.sql, steps, sql)
                return known[(), case.sql], known[steps, sql]
        finally:
            self.done(case, place)

    def _pair(
        self, session: PostgreSQL | SQLite, sql: str, steps: tuple[str, ...], other: str
    ) -> None:
        """Measures, applies the steps, measures; TooSlow where the query itself does not end."""
        if ((), sql) not in self._measured:
            try:
                self._measured[(), sql] = session.measured(sql)
            except psycopg.errors.QueryCanceled as problem:
                raise TooSlow from problem
        session.apply(steps)
        self._measured[steps, other] = session.measured(other)

    def _postgresql(self, case: Case, name: str = "", witness: bool = False) -> str:
        template = self.server.built(case.database) if case.database else "template0"
        if not name:
            return template
        self.server.copied(template, name)
        with self.server.connect(name) as connection:
            session = PostgreSQL(connection, case)
            session.apply((case.schema,) if case.schema else ())
            if case.schema:
                session.apply(("vacuum (analyze)",))
            for statement in case.state:
                # A session reports what it wrote a second later, ANALYZE what it counted at once.
                session.apply((statement, "select pg_stat_force_next_flush()"))
            session.apply(case.witness if witness else ())
        return name

    def _sqlite(self, case: Case, name: str = "", witness: bool = False) -> str:
        file = self.built_file(case.database) if case.database else None
        if not name:
            return str(file)
        made = self.folder / f"{name}.db"
        made.unlink(missing_ok=True)
        if file:
            shutil.copyfile(file, made)
        session = SQLite(made, case)
        session.apply((case.schema, *case.state, *(case.witness if witness else ())))
        session.connection.close()
        return str(made)

    def built_file(self, name: str) -> Path:
        """SQLite's file of a database in `databases/`, its rows copied from PostgreSQL's."""
        text = (HERE / "databases" / f"{name}.sqlite.sql").read_text(encoding="utf-8")
        source = self.server.built(name)
        seal = hashlib.sha256((text + source).encode()).hexdigest()[:8]
        file = self.folder / f"{name}_{seal}.db"
        if not file.exists():
            new = file.with_suffix(".new")
            new.unlink(missing_ok=True)
            filled(new, text, self.server, source)
            new.rename(file)
        return file

    @contextlib.contextmanager
    def session(self, case: Case, place: str) -> Iterator[PostgreSQL | SQLite]:
        """A session on a database that `made` gave."""
        if case.dialect == "sqlite":
            lite = SQLite(Path(place), case)
            yield lite
            lite.connection.close()
            return
        with self.server.connect(place) as connection:
            yield PostgreSQL(connection, case)

    def done(self, case: Case, place: str) -> None:
        """Takes a case's own database away."""
        if not Path(place).name.startswith("case_"):
            return
        if case.dialect == "sqlite":
            Path(place).unlink(missing_ok=True)
        else:
            self.server.drop(place)


def filled(file: Path, text: str, server: Server, source: str) -> None:
    """Makes the tables of a text in a new file, and copies the rows of those of the same name."""
    lite = sqlite3.connect(file)
    lite.executescript(text)
    query = "select name from sqlite_schema where type = 'table' and name not like 'sqlite_%'"
    with server.connect(source) as connection:
        connection.execute(f"set search_path = {', '.join(SCHEMAS)}".encode())
        for (table,) in lite.execute(query).fetchall():
            columns = [row[1] for row in lite.execute(f'pragma table_info("{table}")')]
            kinds = dict(
                connection.execute(
                    """select column_name::text, data_type from information_schema.columns
                       where table_name = %s and table_schema = any(%s)""",
                    [table, list(SCHEMAS)],
                ).fetchall()
            )
            picked = ", ".join(taken(column, kinds[column]) for column in columns)
            marks = ", ".join("?" * len(columns))
            rows = connection.execute(f'select {picked} from "{table}"'.encode())
            lite.executemany(f'insert into "{table}" values ({marks})', rows)
    lite.execute("analyze")
    lite.commit()
    lite.execute("vacuum")
    lite.close()


def taken(column: str, kind: str) -> str:
    """A column as SQLite keeps it: times as text in UTC, booleans as 0 and 1."""
    if kind.startswith("timestamp"):
        return f"""to_char("{column}", 'YYYY-MM-DD HH24:MI:SS')"""
    casts = {"boolean": "int", "USER-DEFINED": "text", "date": "text"}
    return f'"{column}"::{casts[kind]}' if kind in casts else f'"{column}"'
