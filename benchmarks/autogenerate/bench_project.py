"""A project of one kind: files as `alembic init` makes them, and the commands run in it."""

from __future__ import annotations

import json
import os
import shlex
import subprocess
import sys
from pathlib import Path

import alembic

INI = """[alembic]
script_location = %(here)s/migrations
prepend_sys_path = .
sqlalchemy.url = {url}

[loggers]
keys = root

[handlers]
keys =

[formatters]
keys =

[logger_root]
level = WARNING
handlers =
"""
IMPORT = "from dbwright.alembic_hook import process_revision_directives\n"
HOOKED = "process_revision_directives=process_revision_directives, "
ENV = """{hook_import}from alembic import context
from sqlalchemy import engine_from_config, pool

from models import Base

config = context.config
connectable = engine_from_config(
    config.get_section(config.config_ini_section, {{}}),
    prefix="sqlalchemy.",
    poolclass=pool.NullPool,
)
with connectable.connect() as connection:
    context.configure({hook}connection=connection, target_metadata=Base.metadata)
    with context.begin_transaction():
        context.run_migrations()
"""
FIRST = '''"""What the models before declare."""

from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

STATEMENTS = {statements}


def upgrade() -> None:
    for statement in STATEMENTS:
        op.get_bind().exec_driver_sql(statement)


def downgrade() -> None:
    raise NotImplementedError("the beginning")
'''
DUMP = """
import json, sys
from sqlalchemy import create_mock_engine
from models import Base
found = []
def take(sql, *args, **kwargs):
    found.append(str(sql.compile(dialect=engine.dialect)).strip())
engine = create_mock_engine("postgresql+psycopg://", take)
Base.metadata.create_all(engine, checkfirst=False)
print(json.dumps(found))
"""
CREATE = """
import sys
from sqlalchemy import create_engine, text
from models import Base
engine = create_engine(sys.argv[1])
with engine.begin() as connection:
    for schema in {table.schema for table in Base.metadata.tables.values() if table.schema}:
        connection.execute(text(f"create schema if not exists {schema}"))
    Base.metadata.create_all(connection)
"""


class Project:
    """A folder with models, alembic.ini, env.py and revisions."""

    def __init__(self, folder: Path, models: str, url: str, *, hook: bool) -> None:
        self.folder = folder
        self.versions = folder / "migrations" / "versions"
        self.versions.mkdir(parents=True)
        (folder / "alembic.ini").write_text(INI.format(url=url.replace("%", "%%")))
        parts = {"hook_import": IMPORT, "hook": HOOKED} if hook else {"hook_import": "", "hook": ""}
        (folder / "migrations" / "env.py").write_text(ENV.format(**parts))
        template = Path(alembic.__file__).parent / "templates" / "generic" / "script.py.mako"
        (folder / "migrations" / "script.py.mako").write_text(template.read_text())
        self.set_models(models)
        statements = json.loads(self.python(DUMP).stdout)
        (self.versions / "0001_before.py").write_text(FIRST.format(statements=repr(statements)))

    def set_models(self, text: str) -> None:
        """Writes models.py."""
        (self.folder / "models.py").write_text(text)

    def python(self, code: str, *arguments: str) -> subprocess.CompletedProcess[str]:
        """Runs code in the project; a failure is raised with what it printed."""
        done = self._run("-c", code, *arguments)
        if done.returncode:
            raise RuntimeError(done.stderr)
        return done

    def create_all(self, url: str) -> None:
        """Creates the models' tables in another database."""
        self.python(CREATE, url)

    def alembic(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        """Runs the alembic command."""
        return self._run("-m", "alembic", *arguments)

    def autogenerate(self, options: tuple[str, ...]) -> subprocess.CompletedProcess[str]:
        """Runs `alembic revision --autogenerate`, with what was meant as -x options."""
        given: list[str] = []
        for option in options:
            name, value = shlex.split(option)
            given += ["-x", f"{name.removeprefix('--')}={value}"]
        return self.alembic(*given, "revision", "--autogenerate", "-m", "change")

    def new(self, options: tuple[str, ...]) -> subprocess.CompletedProcess[str]:
        """Runs `dbwright migrations new`."""
        given = [word for option in options for word in shlex.split(option)]
        return self._run("-m", "dbwright", "migrations", "new", "-m", "change", *given)

    def revisions(self) -> list[Path]:
        """Gives the files of revisions beside the first one."""
        return sorted(f for f in self.versions.glob("*.py") if f.name != "0001_before.py")

    def _run(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        paths = [str(self.folder), *filter(None, [os.environ.get("PYTHONPATH")])]
        return subprocess.run(
            [sys.executable, *arguments],
            cwd=self.folder,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
            env={**os.environ, "PYTHONPATH": os.pathsep.join(paths)},
        )
