"""The hook in env.py and `dbwright migrations new`: real commands on a real database."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from dbwright.scratch.databases import open_sandbox
from dbwright.scratch.server import ServerChoice

from .conftest import dbwright

ENV = """\
from alembic import context
from sqlalchemy import create_engine, pool

from dbwright.alembic_hook import process_revision_directives
from models import Base

engine = create_engine(context.config.get_main_option("sqlalchemy.url"), poolclass=pool.NullPool)
with engine.connect() as connection:
    context.configure(
        connection=connection,
        target_metadata=Base.metadata,
        process_revision_directives=process_revision_directives,
    )
    with context.begin_transaction():
        context.run_migrations()
"""
MAKO = '''"""${message}"""
from alembic import op
import sqlalchemy as sa
${imports if imports else ""}
revision = ${repr(up_revision)}
down_revision = ${repr(down_revision)}
branch_labels = ${repr(branch_labels)}
depends_on = ${repr(depends_on)}


def upgrade():
    ${upgrades if upgrades else "pass"}


def downgrade():
    ${downgrades if downgrades else "pass"}
'''
BASE = """\
from sqlalchemy import Enum, String
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column


class Base(DeclarativeBase):
    pass


class User(Base):
    __tablename__ = "users"
    id: Mapped[int] = mapped_column(primary_key=True)
"""
NAME = "    name: Mapped[str] = mapped_column(String(80))\n"
FIRST = """\
from alembic import op
import sqlalchemy as sa

revision = "0001"
down_revision = None


def upgrade():
    op.create_table(
        "users",
        sa.Column("id", sa.Integer(), primary_key=True),
        sa.Column("name", sa.String(80), nullable=False),
    )


def downgrade():
    op.drop_table("users")
"""


class Project:
    """A folder with models and revisions, migrated to the first one, with rows."""

    def __init__(self, folder: Path, url: str) -> None:
        self.folder = folder
        self.versions = folder / "migrations" / "versions"
        self.versions.mkdir(parents=True)
        lines = ("[alembic]", "script_location = migrations", "prepend_sys_path = .")
        ini = "\n".join((*lines, "sqlalchemy.url = " + url.replace("%", "%%")))
        (folder / "alembic.ini").write_text(ini)
        (folder / "migrations" / "env.py").write_text(ENV)
        (folder / "migrations" / "script.py.mako").write_text(MAKO)
        (self.versions / "0001_users.py").write_text(FIRST)
        self.models(NAME)
        assert self.alembic("upgrade", "head").returncode == 0

    def models(self, rest: str) -> None:
        """Writes the models with these further columns of users."""
        (self.folder / "models.py").write_text(BASE + rest)

    def alembic(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        """Runs the alembic command."""
        return self.run([sys.executable, "-m", "alembic", *arguments])

    def run(self, command: list[str]) -> subprocess.CompletedProcess[str]:
        """Runs a command in the folder, without a terminal."""
        return subprocess.run(
            command,
            cwd=self.folder,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
        )

    def new(self) -> list[str]:
        """Gives the texts of the revisions that were written, in the order of the chain."""
        texts = [f.read_text() for f in self.versions.glob("*.py") if f.name != "0001_users.py"]
        found, parent = [], "'0001'"
        while text := next((t for t in texts if f"down_revision = {parent}" in t), None):
            found.append(text)
            parent = text.partition("\nrevision = ")[2].partition("\n")[0]
        assert len(found) == len(texts)
        return found


@pytest.fixture
def database() -> Iterator[Any]:
    with open_sandbox("postgresql", ServerChoice()) as box, box.clone(None) as found:
        yield found


@pytest.fixture
def project(tmp_path: Path, database: Any) -> Project:
    made = Project(tmp_path, database.url())
    with database.connect(autocommit=True) as connection:
        connection.execute("insert into users (name) values ('Ada'), ('Grace')")
    return made


@pytest.mark.database
def test_what_the_hook_writes_goes_up_down_and_up_with_rows(
    project: Project, database: Any
) -> None:
    project.models(
        NAME + '    state: Mapped[str] = mapped_column(Enum("on", "off", name="state"),'
        ' server_default="on", index=True)\n'
    )
    done = project.alembic("revision", "--autogenerate", "-m", "state")
    assert done.returncode == 0, done.stderr
    assert "went up, down and up again with 20 rows" in done.stderr
    column, index = project.new()
    assert "CREATE TYPE state AS ENUM ('on', 'off')" in column
    assert "from sqlalchemy.dialects import postgresql" in column
    assert "postgresql_concurrently=True" in index
    for direction, where in (("upgrade", "head"), ("downgrade", "0001"), ("upgrade", "head")):
        moved = project.alembic(direction, where)
        assert moved.returncode == 0, moved.stderr
    with database.connect() as connection:
        rows = connection.execute("select name, state::text from users order by id").fetchall()
    assert rows == [("Ada", "on"), ("Grace", "on")]


@pytest.mark.database
def test_a_rename_is_refused_until_it_is_said(project: Project, database: Any) -> None:
    project.models(NAME.replace("name:", "full_name:"))
    done = project.alembic("revision", "--autogenerate", "-m", "full name")
    assert done.returncode != 0
    assert "-x rename=users.name:full_name" in done.stderr + done.stdout
    assert project.new() == []
    said = ("-x", "rename=users.name:full_name")
    done = project.alembic(*said, "revision", "--autogenerate", "-m", "full name")
    assert done.returncode == 0, done.stderr
    (text,) = project.new()
    assert 'op.alter_column("users", "name", new_column_name="full_name")' in text


@pytest.mark.database
def test_new_writes_without_the_hook_and_leaves_the_database_alone(
    project: Project, database: Any
) -> None:
    project.models("")
    done = project.run(dbwright("migrations", "new", "-m", "no name", "-q"))
    assert done.returncode == 2
    assert "--drop users.name" in done.stderr
    done = project.run(dbwright("migrations", "new", "-q", "--drop", "users.name", "--diff"))
    assert done.returncode == 0, done.stderr
    assert 'op.drop_column("users", "name")' in done.stdout
    assert project.new() == []
    project.models(NAME)
    done = project.run(dbwright("migrations", "new", "-q"))
    assert "nothing to write" in done.stdout
    with database.connect() as connection:
        assert connection.execute("select count(*) from users").fetchone() == (2,)


@pytest.mark.database
def test_a_plan_that_does_not_hold_is_not_written(project: Project) -> None:
    project.models(NAME + "    age: Mapped[int]\n")
    command = dbwright("migrations", "new", "-q", "--fill", "users.age:1 / 0")
    done = project.run(command)
    assert done.returncode == 2
    assert "division by zero" in done.stderr
    assert project.new() == []


def test_the_hook_writes_for_sqlite_what_was_run_there(tmp_path: Path) -> None:
    project = Project(tmp_path, "sqlite:///a.db")
    project.models(NAME + "    age: Mapped[int | None]\n")
    done = project.alembic("revision", "--autogenerate", "-m", "age")
    assert done.returncode == 0, done.stderr
    assert "went up, down and up again" in done.stderr
    assert 'sa.Column("age", sa.Integer(), nullable=True)' in project.new()[0]
