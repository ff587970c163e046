"""Small projects, and dbwright run on them in a process of its own."""

from __future__ import annotations

import hashlib
import json
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path
from textwrap import dedent, indent
from typing import Any

import jsonschema

from dbwright.render.report_schema import report_schema

from .zygote import Zygote

URL = "postgresql+psycopg://app:secret@db.example.invalid/app"
INI = f"""
[alembic]
script_location = %(here)s/migrations
prepend_sys_path = .
sqlalchemy.url = {URL}
"""
ENV = """
from alembic import context
from sqlalchemy import engine_from_config, pool
from models import Base

config = context.config
engine = engine_from_config(config.get_section("alembic"), poolclass=pool.NullPool)
with engine.connect() as connection:
    context.configure(connection=connection, target_metadata=Base.metadata)
    with context.begin_transaction():
        context.run_migrations()
"""
MODELS = """
from sqlalchemy import BigInteger, Float, Text
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column


class Base(DeclarativeBase):
    pass


class Author(Base):
    __tablename__ = "authors"
    id: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    name: Mapped[str] = mapped_column(Text)
    price: Mapped[float] = mapped_column(Float)
"""
CREATE = """
op.create_table(
    "authors",
    sa.Column("id", sa.BigInteger(), primary_key=True),
    sa.Column("name", sa.Text(), nullable=False),
    sa.Column("price", sa.Float(), nullable=False),
)
"""
INDEX = 'op.create_index("ix_authors_name", "authors", ["name"])'
FAULT_OF_MODELS = "float-money"
FAULT_OF_REVISION = "blocking-index-build"


def revision(name: str, down: object, upgrade: str = "pass", downgrade: str = "pass") -> str:
    """Gives the source of a revision."""
    return (
        f'"""{name}"""\nimport sqlalchemy as sa\nfrom alembic import op\n\n'
        f"revision = {name!r}\ndown_revision = {down!r}\n\n\n"
        f"def upgrade():\n{indent(dedent(upgrade).strip(), '    ')}\n\n\n"
        f"def downgrade():\n{indent(dedent(downgrade).strip(), '    ')}\n"
    )


def standard() -> dict[str, str]:
    """Gives a project of one model with a fault and two revisions, the second with a fault."""
    drop = 'op.drop_index("ix_authors_name", table_name="authors")'
    return {
        "alembic.ini": INI,
        "migrations/env.py": ENV,
        "models.py": MODELS,
        "migrations/versions/a1.py": revision("a1", None, CREATE, 'op.drop_table("authors")'),
        "migrations/versions/b2.py": revision("b2", "a1", INDEX, drop),
    }


@dataclass(slots=True)
class Answer:
    """What a run of the command gave."""

    status: int
    report: dict[str, Any]
    stdout: str
    stderr: str

    @property
    def rules(self) -> set[str]:
        """The rules that found something."""
        return {item["rule"] for item in self.report["recommendations"]}

    @property
    def summary(self) -> dict[str, Any]:
        """The counts."""
        found: dict[str, Any] = self.report["summary"]
        return found

    def found(self, rule: str) -> dict[str, Any]:
        """Gives the first recommendation of a rule."""
        return next(item for item in self.report["recommendations"] if item["rule"] == rule)

    def missed(self, *words: str) -> dict[str, str]:
        """Gives the one entry of what could not be verified that says all these words."""
        entries: list[dict[str, str]] = self.report["unverified"]
        matching = [e for e in entries if all(word in " ".join(e.values()) for word in words)]
        assert len(matching) == 1, entries
        return matching[0]

    def error(self, *words: str) -> str:
        """Gives the one error, which says all these words; the status is 2."""
        assert self.status == 2
        (text,) = self.report["errors"]
        assert all(word in text for word in words), text
        return str(text)


@dataclass(slots=True)
class Project:
    """A folder with a project, and the command run on it; no run may change the folder.

    `trials` is whether fixes are tried: that has tests of its own.
    """

    root: Path
    environment: dict[str, str]
    zygote: Zygote
    skipped: set[str] = field(default_factory=set)
    trials: bool = False

    def write(self, files: dict[str, str | bytes | None]) -> Project:
        """Writes files; None removes one."""
        for name, text in files.items():
            path = self.root / name
            path.parent.mkdir(parents=True, exist_ok=True)
            if text is None:
                path.unlink()
            elif isinstance(text, bytes):
                path.write_bytes(text)
            else:
                path.write_text(dedent(text).lstrip("\n"), encoding="utf-8")
        return self

    def standard(self, **files: str | bytes | None) -> Project:
        """Writes the standard project, then these files; `env` and `models` name theirs."""
        names = {"env": "migrations/env.py", "models": "models.py", "ini": "alembic.ini"}
        self.write(standard())  # type: ignore[arg-type]
        return self.write({names[name]: text for name, text in files.items()})

    def revisions(self, **sources: str | bytes | None) -> Project:
        """Writes files of revisions: name to source."""
        named = {f"migrations/versions/{name}.py": text for name, text in sources.items()}
        return self.write(named)

    def start(self, *arguments: str, **environment: str) -> subprocess.Popen[str]:
        """Starts the command in the project's folder."""
        return subprocess.Popen(
            [sys.executable, "-m", "dbwright.frontends.cli", *arguments],
            cwd=self.root,
            env={**self.environment, **environment},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            start_new_session=True,
        )

    def run(self, *arguments: str, **environment: str) -> Answer:
        """Runs the command; the folder stays byte-identical, and nothing runs on."""
        before = tree(self.root)
        if "PYTHONPATH" in environment or self.environment != self.zygote.environment:
            process = self.start(*arguments, **environment)
            stdout, stderr = process.communicate(timeout=120)
            status = process.returncode
        else:
            status, stdout, stderr = self.changed_by(*arguments, **environment)
        assert "Traceback" not in stderr, stderr
        assert tree(self.root) == before
        return Answer(status, {}, stdout, stderr)

    def changed_by(self, *arguments: str, **environment: str) -> tuple[int, str, str]:
        """Runs the command, which may change the folder, in a fork of what has imported it."""
        said, env = self.root.parent / "said", {**self.environment, **environment}
        status = self.zygote.run([*arguments], self.root, env, said)
        files = [Path(f"{said}.{name}") for name in ("out", "err")]
        stdout, stderr = (file.read_text(encoding="utf-8") for file in files)
        for file in files:
            file.unlink()
        return status, stdout, stderr

    def check(self, *arguments: str, **environment: str) -> Answer:
        """Runs `check --format json`; standard output is one valid report that fits the status."""
        trials = [] if self.trials else ["--no-trials"]
        answer = self.run("check", "--format", "json", *trials, *arguments, **environment)
        answer.report = json.loads(answer.stdout)
        jsonschema.validate(answer.report, report_schema())
        assert answer.report["summary"]["exit_status"] == answer.status
        return answer

    def git(self, *arguments: str) -> str:
        """Runs git in the folder."""
        settings = ["-c", "user.name=t", "-c", "user.email=t@example.invalid"]
        command = ["git", *settings, *arguments]
        done = subprocess.run(command, cwd=self.root, check=True, capture_output=True, text=True)
        return done.stdout.strip()

    def commit(self, text: str = "a commit") -> Project:
        """Commits all files, in a repository that is made first."""
        if not (self.root / ".git").exists():
            self.git("init", "-q", "-b", "main")
        self.git("add", "-A")
        self.git("commit", "-q", "-m", text)
        return self


def tree(root: Path) -> dict[str, str]:
    """Gives each path below the folder with the hash of what stands in it; git's own left out."""
    return {
        str(path.relative_to(root)): _digest(path)
        for path in sorted(root.rglob("*"))
        if ".git" not in path.relative_to(root).parts
    }


def _digest(path: Path) -> str:
    if path.is_symlink() or not path.is_file():
        return f"{path.lstat().st_mode:o}"
    return hashlib.sha256(path.read_bytes()).hexdigest()
