"""Writes a project of any size: models over modules, revisions from nothing, the last one new."""

from __future__ import annotations

import argparse
from pathlib import Path

ENV = """from alembic import context
from sqlalchemy import engine_from_config, pool

from app.models import Base

engine = engine_from_config(
    context.config.get_section(context.config.config_ini_section), poolclass=pool.NullPool
)
with engine.connect() as connection:
    context.configure(
        connection=connection, target_metadata=Base.metadata, transaction_per_migration=True
    )
    with context.begin_transaction():
        context.run_migrations()
"""
INI = """[alembic]
script_location = %(here)s/migrations
prepend_sys_path = .
sqlalchemy.url = postgresql+psycopg://app@localhost/app
"""
HEAD = """from __future__ import annotations

import datetime
from decimal import Decimal

from sqlalchemy import DateTime, ForeignKey, Index, MetaData, Numeric, String, func
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column, relationship

NAMES = {
    "ix": "ix_%(table_name)s_%(column_0_name)s",
    "uq": "uq_%(table_name)s_%(column_0_name)s",
    "fk": "fk_%(table_name)s_%(column_0_name)s",
    "pk": "pk_%(table_name)s",
}


class Base(DeclarativeBase):
    metadata = MetaData(naming_convention=NAMES)
"""
MODEL = """

class Thing{n}(Base):
    __tablename__ = "thing{n}"

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(String(80))
    amount: Mapped[Decimal] = mapped_column(Numeric(12, 2))
    created_at: Mapped[datetime.datetime] = mapped_column(
        DateTime(timezone=True), server_default=func.now()
    )
{parent}{extra}"""
PARENT = """    parent_id: Mapped[int] = mapped_column(
        ForeignKey("thing{p}.id", ondelete="CASCADE"), index=True
    )
    parent: Mapped[Thing{p}] = relationship()
"""
REVISION = '''"""{message}"""

import sqlalchemy as sa
from alembic import op

revision = "{revision}"
down_revision = {down}
branch_labels = None
depends_on = None


def upgrade():
{up}


def downgrade():
{back}
'''


def write(root: Path, models: int, revisions: int) -> None:
    """Writes `models` classes and `revisions` revisions; the tables come first, then columns."""
    (root / "app").mkdir(parents=True)
    (root / "migrations/versions").mkdir(parents=True)
    (root / "alembic.ini").write_text(INI)
    (root / "migrations/env.py").write_text(ENV)
    (root / "app/__init__.py").write_text("")
    extras: dict[int, list[str]] = {}
    before = None
    for number in range(revisions):
        up, back = _bodies(number, models, revisions, extras)
        name = f"r{number:05d}"
        text = REVISION.format(
            message=f"step {number}",
            revision=name,
            down=f'"{before}"' if before else None,
            up=_indented(up),
            back=_indented(back),
        )
        (root / "migrations/versions" / f"{name}.py").write_text(text)
        before = name
    (root / "app/models.py").write_text(_models(models, extras))
    last = f"r{revisions - 2:05d}"
    (root / "pyproject.toml").write_text(
        f'[project]\nname = "app"\n\n[tool.dbwright]\napplied = "{last}"\n'
    )


def _models(models: int, extras: dict[int, list[str]]) -> str:
    parts = [HEAD]
    for n in range(models):
        extra = "".join(f"    {column}: Mapped[int | None]\n" for column in extras.get(n, ()))
        parent = PARENT.format(p=n // 2) if n else ""
        parts.append(MODEL.format(n=n, parent=parent, extra=extra))
    return "".join(parts)


def _bodies(
    number: int, models: int, revisions: int, extras: dict[int, list[str]]
) -> tuple[str, str]:
    if number == revisions - 1:
        return (
            'op.create_index("ix_thing0_amount", "thing0", ["amount"])',
            'op.drop_index("ix_thing0_amount", "thing0")',
        )
    if number < models:
        return _create(number)
    table = number % models
    column = f"extra{number}"
    extras.setdefault(table, []).append(column)
    return (
        f'op.add_column("thing{table}", sa.Column("{column}", sa.Integer()))',
        f'op.drop_column("thing{table}", "{column}")',
    )


def _create(n: int) -> tuple[str, str]:
    parent = ""
    index = ""
    if n:
        parent = (
            '    sa.Column("parent_id", sa.Integer(), nullable=False),\n'
            f'    sa.ForeignKeyConstraint(["parent_id"], ["thing{n // 2}.id"],\n'
            f'        ondelete="CASCADE", name="fk_thing{n}_parent_id"),\n'
        )
        index = f'\nop.create_index("ix_thing{n}_parent_id", "thing{n}", ["parent_id"])'
    up = (
        f'op.create_table("thing{n}",\n    sa.Column("id", sa.Integer(), nullable=False),\n'
        '    sa.Column("name", sa.String(80), nullable=False),\n'
        '    sa.Column("amount", sa.Numeric(12, 2), nullable=False),\n'
        '    sa.Column("created_at", sa.DateTime(timezone=True), nullable=False,\n'
        f"        server_default=sa.func.now()),\n{parent}"
        f'    sa.PrimaryKeyConstraint("id", name="pk_thing{n}"),\n){index}'
    )
    return up, f'op.drop_table("thing{n}")'


def _indented(text: str) -> str:
    return "\n".join(f"    {line}" for line in text.splitlines())


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("folder", type=Path)
    parser.add_argument("--models", type=int, default=100)
    parser.add_argument("--revisions", type=int, default=100)
    given = parser.parse_args()
    write(given.folder, given.models, given.revisions)
