"""Small projects for upgrades, written where a test wants them."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path

from dbwright.deploy.hand import Hand
from dbwright.deploy.run import Code, Order, Settings

ENV = """
from alembic import context
from sqlalchemy import create_engine, pool

def run(connection):
    context.configure(connection=connection)
    with context.begin_transaction():
        context.run_migrations()

if context.is_offline_mode():
    context.configure(url=context.config.get_main_option("sqlalchemy.url"), literal_binds=True)
    with context.begin_transaction():
        context.run_migrations()
else:
    engine = create_engine("postgresql://nobody@nowhere.invalid/other", poolclass=pool.NullPool)
    with engine.connect() as connection:
        run(connection)
"""
ASYNC_ENV = """
import asyncio
from alembic import context
from sqlalchemy.ext.asyncio import create_async_engine

def run(connection):
    context.configure(connection=connection)
    with context.begin_transaction():
        context.run_migrations()

async def main():
    engine = create_async_engine("postgresql+asyncpg://nobody@nowhere.invalid/other")
    async with engine.connect() as connection:
        await connection.run_sync(run)

asyncio.run(main())
"""
TABLE = 'op.create_table("orders", sa.Column("id", sa.Integer, primary_key=True))'
COLUMN = 'op.add_column("orders", sa.Column("note", sa.String(40)))'
INDEX = 'op.create_index("ix_orders_note", "orders", ["note"])'


def write(root: Path, *bodies: str, env: str = ENV, heads: Sequence[str] = ()) -> Path:
    """Writes a project with a revision for each body: r1, r2, …; `heads` are further ones."""
    versions = root / "migrations" / "versions"
    versions.mkdir(parents=True, exist_ok=True)
    (root / "alembic.ini").write_text("[alembic]\nscript_location = %(here)s/migrations\n")
    (root / "migrations" / "env.py").write_text(env)
    for number, body in enumerate((*bodies, *heads), 1):
        before = min(number - 1, len(bodies) - 1 if number > len(bodies) else number)
        lines = "\n".join(f"    {line}" for line in body.splitlines())
        (versions / f"r{number}.py").write_text(
            f'"""step {number}"""\nimport sqlalchemy as sa\nfrom alembic import op\n'
            f'revision = "r{number}"\ndown_revision = {f"r{before}" if before else None!r}\n'
            f"def upgrade():\n{lines}\n"
        )
    return root


def code(root: Path) -> Code:
    """The project's code, with the interpreter that runs the tests."""
    return Code(Path(sys.executable), root, str(root / "alembic.ini"))


def order(hand: Hand, root: Path, revision: str = "head", **settings: object) -> Order:
    """An order that is quick to try again."""
    given = {"lock_seconds": 0.3, "retries": 3, "pause_seconds": 0.1, "wait_seconds": 10.0}
    return Order(hand, code(root), revision, Settings(**{**given, **settings}))  # type: ignore[arg-type]
