"""Small projects, real children and real databases for the tests of the child."""

from __future__ import annotations

import os
import shutil
import sqlite3
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from textwrap import dedent
from typing import Any

import pytest

from dbwright.core.errors import UserCodeError
from dbwright.scratch import worker_process
from dbwright.scratch.bridge import Call, DatabaseHost, Result, Session
from dbwright.scratch.sandbox import Sandbox
from dbwright.scratch.server import ServerChoice, server, stop
from dbwright.scratch.worker import Worker

PYTHON = Path(os.environ.get("DBWRIGHT_TEST_PYTHON", sys.executable))

ENV = """
from alembic import context
from sqlalchemy import engine_from_config, pool
import models
config = context.config
engine = engine_from_config(config.get_section("alembic"), poolclass=pool.NullPool)
with engine.connect() as connection:
    context.configure(connection=connection, target_metadata=models.Base.metadata)
    with context.begin_transaction():
        context.run_migrations()
"""
MODELS = """
from typing import Optional
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column
class Base(DeclarativeBase):
    pass
class User(Base):
    __tablename__ = "users"
    id: Mapped[int] = mapped_column(primary_key=True)
    email: Mapped[Optional[str]]
"""


def write(root: Path, files: dict[str, str]) -> Path:
    """Writes files, text dedented, and gives the folder."""
    for name, text in files.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(dedent(text).lstrip("\n"))
    return root


def revision(identity: str, down: str | None, upgrade: str, downgrade: str = "pass") -> str:
    """Gives the source of a revision."""
    return "\n".join(
        [
            f'"""{identity}"""',
            "import sqlalchemy as sa",
            "from alembic import op",
            f"revision = {identity!r}",
            f"down_revision = {down!r}",
            "def upgrade():",
            *(f"    {line}" for line in dedent(upgrade).strip().splitlines()),
            "def downgrade():",
            *(f"    {line}" for line in dedent(downgrade).strip().splitlines()),
            "",
        ]
    )


def make_project(
    root: Path, *revisions: str, env: str = ENV, models: str = MODELS, url: str = ""
) -> Path:
    """Writes a project with an alembic.ini, env.py, models and revisions."""
    ini = f"""
        [alembic]
        script_location = migrations
        prepend_sys_path = .
        sqlalchemy.url = {url or "driver://user:pass@localhost/dbname"}
    """
    files = {"alembic.ini": ini, "migrations/env.py": env, "models.py": models}
    write(root, files)
    (root / "migrations/versions").mkdir(exist_ok=True)
    for number, text in enumerate(revisions):
        (root / f"migrations/versions/r{number}.py").write_text(text)
    return root


class SqliteDatabase:
    """A scratch database in a file."""

    dialect = "sqlite"

    def __init__(self, path: Path) -> None:
        self.path = path

    def connect(self) -> Any:
        """Opens a connection to it."""
        return sqlite3.connect(self.path)


class RecordingHost(DatabaseHost):
    """A host that keeps every statement with its call, and each revision's end."""

    def __init__(self, database: Any) -> None:
        super().__init__(database, on_finished=lambda *end: self.finished.append(end))
        self.statements: list[tuple[str, Any, Call]] = []
        self.finished: list[tuple[str, str, str | None]] = []

    def connect(self) -> Session:
        """Gives a session that is listened to."""
        session: Any = super().connect()
        return Recorded(session, self.statements)

    def of_revisions(self) -> list[tuple[str, Call]]:
        """Gives the statements that revisions sent."""
        return [(sql, call) for sql, _, call in self.statements if call.revision]


class Recorded:
    """A session that notes what it is asked."""

    def __init__(self, session: Any, statements: list[tuple[str, Any, Call]]) -> None:
        self._session = session
        self._statements = statements

    def execute(self, sql: str, parameters: Any, call: Call) -> Result:
        """Notes and runs a statement."""
        self._statements.append((" ".join(sql.split()), parameters, call))
        result: Result = self._session.execute(sql, parameters, call)
        return result

    def executemany(self, sql: str, parameters: list[Any], call: Call) -> Result:
        """Notes and runs a statement."""
        self._statements.append((" ".join(sql.split()), parameters, call))
        result: Result = self._session.executemany(sql, parameters, call)
        return result

    def __getattr__(self, name: str) -> Any:
        return getattr(self._session, name)


class Lab:
    """One test's project, workers and databases."""

    def __init__(self, root: Path, sandbox: Callable[[], Sandbox]) -> None:
        self.root = root
        self._sandbox = sandbox
        self._ends: list[Callable[[], Any]] = []
        self.database: Any = None

    def requires(self, module: str) -> None:
        """Skips the test where the interpreter under test lacks a module."""
        if subprocess.run([PYTHON, "-c", f"import {module}"], stderr=subprocess.DEVNULL).returncode:
            pytest.skip(f"{PYTHON} has no {module}")

    def write(self, files: dict[str, str]) -> None:
        """Writes files into the project."""
        write(self.root, files)

    def project(self, *revisions: str, **parts: str) -> None:
        """Writes a project with these revisions."""
        make_project(self.root, *revisions, **parts)

    def worker(self, dialect: str = "postgresql", timeout: float = 60, **options: Any) -> Worker:
        """Gives a worker with the interpreter under test, closed when the test ends."""
        made = Worker(PYTHON, self.root, dialect=dialect, timeout=timeout, **options)
        self._ends.append(made.close)
        return made

    def host(self, dialect: str = "postgresql") -> RecordingHost:
        """Gives a host on a new database of that dialect."""
        if dialect == "sqlite":
            self.database = SqliteDatabase(self.root.parent / "scratch.db")
        else:
            manager = self._sandbox().clone(None)
            self.database = manager.__enter__()
            self._ends.append(lambda: manager.__exit__(None, None, None))
        return RecordingHost(self.database)

    def query(self, sql: str) -> list[Any]:
        """Gives the rows of a query on a connection of its own."""
        connection = self.database.connect()
        try:
            return connection.execute(sql).fetchall()  # type: ignore[no-any-return]
        finally:
            connection.close()

    def upgrade(self, dialect: str = "postgresql", to: str = "heads") -> RecordingHost:
        """Upgrades a new database with a new worker and gives the host."""
        host = self.host(dialect)
        self.worker(dialect).call("upgrade", host, **CONFIG, revision=to)
        return host

    def failure(self, command: str = "models", **options: Any) -> UserCodeError:
        """Gives the error that a command ends with."""
        with pytest.raises(UserCodeError) as caught:
            self.worker(**options).call(command, **CONFIG)
        return caught.value

    def models(self, code: str, dialect: str = "postgresql") -> dict[str, Any]:
        """Gives the mapping of a piece of code."""
        source = {"code": dedent(code), "filename": "models.py"}
        mapping: dict[str, Any] = self.worker(dialect).call("models", **source)["mapping"]
        return mapping

    def end(self) -> None:
        """Ends workers and databases."""
        for end in reversed(self._ends):
            end()


CONFIG: dict[str, Any] = {"config": "alembic.ini", "section": None}


@pytest.fixture
def from_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    """Children start as they do for users, not from the tests' nursery."""
    monkeypatch.setattr(worker_process, "subprocess", subprocess)


@pytest.fixture(scope="session")
def sandbox() -> Iterator[Callable[[], Sandbox]]:
    """A sandbox, started when the first test asks for it."""
    folder = Path(tempfile.mkdtemp(prefix="dbwt-"))
    folder.chmod(0o755)
    choice = ServerChoice(cache_dir=folder / "cache")
    opened: list[Any] = []

    def get() -> Sandbox:
        if not opened:
            manager = server(choice)
            opened.extend([manager, Sandbox(manager.__enter__())])
        return opened[1]  # type: ignore[no-any-return]

    yield get
    if opened:
        opened[0].__exit__(None, None, None)
        stop(choice)
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture
def lab(tmp_path: Path, sandbox: Callable[[], Sandbox]) -> Iterator[Lab]:
    """A project folder with workers and databases that end with the test."""
    root = tmp_path / "project"
    root.mkdir()
    made = Lab(root.resolve(), sandbox)
    yield made
    made.end()


@pytest.fixture
def make_revision() -> Callable[..., str]:
    """Gives the source of a revision: identity, parent, upgrade, downgrade."""
    return revision
