"""User code reaches no database and no host but the scratch database."""

from __future__ import annotations

import os
import socket
import sqlite3
from pathlib import Path

import pytest

from dbwright.core.errors import FenceError

pytestmark = pytest.mark.usefixtures("from_nothing")

MODEL = """
from sqlalchemy import Column, Integer, create_engine, engine_from_config, text
from sqlalchemy.orm import declarative_base
Base = declarative_base()
class T(Base):
    __tablename__ = "t"
    id = Column(Integer, primary_key=True)
"""


def refused(lab, code: str, **options) -> FenceError:
    lab.write({"models.py": MODEL + code})
    with pytest.raises(FenceError) as caught:
        lab.worker(**options).call("models", spec="models:Base")
    return caught.value


@pytest.fixture
def listener():
    """A listening socket that must never be spoken to."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.settimeout(0)
        yield server
        with pytest.raises(BlockingIOError):
            server.accept()


def test_the_fences_that_hold_are_named(lab):
    fences = lab.worker().call("versions")["fences"]
    assert {"engines", "drivers", "audit hook"} <= set(fences)


def test_a_socket_is_refused_with_file_and_line(lab, listener):
    port = listener.getsockname()[1]
    error = refused(lab, f"\nimport socket\nsocket.create_connection(('127.0.0.1', {port}))\n")
    assert (error.file, error.line) == ("models.py", 9)
    assert f"127.0.0.1:{port}" in error.message


@pytest.mark.parametrize(
    "code",
    [
        "import psycopg; psycopg.connect('postgresql://u:hunter2@h/d')",
        "from psycopg import connect; connect('host=h password=hunter2')",
        "import psycopg; psycopg.Connection.connect('postgresql://u:hunter2@h/d')",
        "import asyncio, asyncpg; asyncio.run(asyncpg.connect('postgresql://u:hunter2@h/d'))",
        "import psycopg2; psycopg2.connect('postgresql://u:hunter2@h/d')",
        "import pymysql; pymysql.connect(host='127.0.0.1', password='hunter2')",
    ],
)
def test_a_driver_is_refused_and_no_password_shown(lab, code):
    lab.requires(code.partition(";")[0].split(" import ")[0].split()[-1].split(",")[-1])
    error = refused(lab, code + "\n")
    assert (error.file, error.line) == ("models.py", 7)
    assert "hunter2" not in str(error)


def test_a_file_of_sqlite_is_refused_and_memory_is_not(lab, tmp_path):
    path = tmp_path / "own.db"
    error = refused(
        lab,
        f"import sqlite3\nsqlite3.connect(':memory:')\nsqlite3.connect({str(path)!r})\n",
    )
    assert error.line == 9
    assert not path.exists()


@pytest.mark.parametrize(
    "engine",
    [
        "create_engine('postgresql+psycopg://h/d', creator=boom)",
        "create_engine('postgresql+nodriver://h/d')",
        "create_engine('driver://user:pass@localhost/dbname')",
        "create_engine(None)",
        "create_engine('postgresql+psycopg2://h/d', executemany_mode='values_plus_batch')",
        "engine_from_config({'sqlalchemy.url': 'postgresql://h/d', 'sqlalchemy.echo': 'false'})",
    ],
)
def test_every_engine_of_the_projects_dialect_speaks_to_the_bridge(lab, engine):
    code = f"def boom(): raise SystemExit\nengine = {engine}\n"
    code += "engine.connect().execute(text('create table seen (a int)')).connection.commit()\n"
    lab.write({"models.py": MODEL + code})
    lab.worker().call("create_all", lab.host(), spec="models:Base")
    assert lab.query("select count(*) from seen") == [(0,)]


def test_an_engine_of_another_database_can_be_made_and_not_used(lab):
    error = refused(
        lab,
        "made = create_engine('mysql+pymysql://root:hunter2@db.example/x', pool_size=3)\n"
        "made.dialect.name\n"
        "made.connect()\n",
    )
    assert error.line == 9
    assert "db.example" in error.message
    assert "hunter2" not in str(error)


@pytest.mark.parametrize(
    "url",
    [
        "sqlite+aiosqlite:///own.db",
        "postgresql+asyncpg://h/d",
        "postgresql+psycopg://h/d",
        "mysql+aiomysql://h/d",
        "mysql+asyncmy://h/d",
    ],
)
def test_an_async_engine_of_any_database_can_be_made(lab, url):
    code = "from sqlalchemy.ext.asyncio import create_async_engine\n"
    code += f"made = create_async_engine({url!r})\n"
    lab.write({"models.py": MODEL + code})
    assert lab.worker().call("models", spec="models:Base")["mapping"]["mappers"]


def test_an_engine_in_memory_is_left_to_itself(lab):
    code = "c = create_engine('sqlite://').connect()\nassert c.scalar(text('select 6*7')) == 42\n"
    lab.write({"models.py": MODEL + code})
    assert lab.worker().call("models", spec="models:Base")["mapping"]["mappers"]


def test_a_sqlite_project_never_touches_its_own_file(lab, tmp_path):
    path = tmp_path / "own.db"
    with sqlite3.connect(path) as own:
        own.execute("create table kept (a)")
    code = f"create_engine('sqlite:///{path}').connect().execute(text('drop table kept'))\n"
    lab.write({"models.py": MODEL + code})
    with pytest.raises(Exception, match="no such table"):
        lab.worker("sqlite").call("create_all", lab.host("sqlite"), spec="models:Base")
    with sqlite3.connect(path) as own:
        assert own.execute("select count(*) from kept").fetchone() == (0,)


def test_variables_name_no_database_of_the_users(lab):
    code = "import os\nprint({k: v for k, v in os.environ.items() if 'hunter2' in v})\n"
    code += "print(os.environ['APP_DB'], 'PGHOST' in os.environ)\n"
    lab.write({"models.py": MODEL + code})
    secret = {"APP_DB": "postgresql+asyncpg://u:hunter2@prod/x", "PGHOST": "prod"}
    result = lab.worker(environment=secret).call("models", spec="models:Base")
    assert result["stdout"].splitlines() == [
        "{}",
        "postgresql+asyncpg://dbwright:dbwright@localhost:5432/dbwright False",
    ]


def test_a_swallowed_refusal_is_still_known(lab):
    code = """import socket
try:
    socket.create_connection(('127.0.0.1', 9))
except OSError:
    pass
"""
    lab.write({"models.py": MODEL + code})
    worker = lab.worker()
    worker.call("models", spec="models:Base")
    assert worker.refused == [{"what": "a host (127.0.0.1:9)", "file": "models.py", "line": 9}]


def test_a_revision_that_connects_elsewhere_is_named(lab, make_revision):
    lab.requires("psycopg")
    text = "import psycopg\npsycopg.connect('host=prod')"
    lab.project(make_revision("a1", None, text))
    with pytest.raises(FenceError) as caught:
        lab.upgrade()
    assert (caught.value.file, caught.value.line) == ("migrations/versions/r0.py", 8)


def test_nothing_is_written_into_the_project(lab, make_revision):
    lab.project(make_revision("a1", None, "pass"))
    before = sorted(lab.root.rglob("*"))
    lab.upgrade()
    lab.worker().call("models", config="alembic.ini", section=None)
    assert sorted(lab.root.rglob("*")) == before


def alive(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().split(")")[1].split()[0] != "Z"
    except (FileNotFoundError, ProcessLookupError):
        return False


def test_a_killed_parent_and_a_closed_worker_leave_no_process(lab):
    code = """
import os, subprocess, sys
daemon = subprocess.Popen([sys.executable, "-c", "import os, time; os.setsid(); time.sleep(600)"])
print(os.getpid(), daemon.pid)
"""
    lab.write({"models.py": MODEL + code})
    worker = lab.worker()
    pids = [int(word) for word in worker.call("models", spec="models:Base")["stdout"].split()]
    pids.append(worker.child().pid)
    assert all(map(alive, pids))
    worker.close()
    assert not any(map(alive, pids))
    assert os.getpid() not in pids
