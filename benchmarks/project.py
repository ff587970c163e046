"""Writes a project of any size, like those that teams have: a git repository on a work branch.

Tables over ten modules with keys, enums, checks, JSON and relationships; half of the revisions
make tables, the others change them as years of work do (columns, indexes, constraints, types,
names, rows, now and then two branches and their merge). The models are what the chain leaves.
All is on `main` but the last revision and its change of the models.

    python benchmarks/project.py FOLDER --models 100 --revisions 300
"""

from __future__ import annotations

import argparse
import subprocess
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

AREAS = ("account", "billing", "catalog", "contact", "delivery")
AREAS += ("event", "ledger", "media", "review", "stock")
NOUNS = ("item", "entry", "line", "note", "plan", "rate", "request", "session", "tag", "ticket")

ENV = """from logging.config import fileConfig

from alembic import context
from sqlalchemy import engine_from_config, pool

from app import models
from app.models.base import Base

config = context.config
if config.config_file_name is not None:
    fileConfig(config.config_file_name)


def run_migrations_offline():
    context.configure(
        url=config.get_main_option("sqlalchemy.url"),
        target_metadata=Base.metadata,
        literal_binds=True,
        transaction_per_migration=True,
    )
    with context.begin_transaction():
        context.run_migrations()


def run_migrations_online():
    connectable = engine_from_config(
        config.get_section(config.config_ini_section, {}),
        prefix="sqlalchemy.",
        poolclass=pool.NullPool,
    )
    with connectable.connect() as connection:
        context.configure(
            connection=connection, target_metadata=Base.metadata, transaction_per_migration=True
        )
        with context.begin_transaction():
            context.run_migrations()


if context.is_offline_mode():
    run_migrations_offline()
else:
    run_migrations_online()
"""
INI = """[alembic]
script_location = %(here)s/migrations
prepend_sys_path = .
sqlalchemy.url = postgresql+psycopg://app@localhost/app

[loggers]
keys = root

[handlers]
keys = console

[formatters]
keys = generic

[logger_root]
level = WARNING
handlers = console

[handler_console]
class = StreamHandler
args = (sys.stderr,)
formatter = generic

[formatter_generic]
format = %(levelname)s %(message)s
"""
BASE = """from sqlalchemy import MetaData
from sqlalchemy.orm import DeclarativeBase

NAMES = {
    "ix": "ix_%(table_name)s_%(column_0_name)s",
    "uq": "uq_%(table_name)s_%(column_0_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_name)s",
    "pk": "pk_%(table_name)s",
}


class Base(DeclarativeBase):
    metadata = MetaData(naming_convention=NAMES)
"""
MODULE = """from __future__ import annotations

import datetime
from decimal import Decimal

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.models.base import Base
"""
REVISION = '''"""{message}

Revision ID: {revision}
Revises: {revises}
Create Date: 2024-01-01 12:00:00.000000

"""
import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

# revision identifiers, used by Alembic.
revision = "{revision}"
down_revision = {down}
branch_labels = None
depends_on = None


def upgrade() -> None:
{up}


def downgrade() -> None:
{back}
'''


@dataclass
class Column:
    """A column of a table: what its model and its revision say."""

    python: str
    type: str
    null: bool = False
    default: str = ""
    refers: str = ""
    on_delete: str = ""

    def model(self, name: str) -> str:
        """Gives the line of the model."""
        python = f"{self.python} | None" if self.null else self.python
        words = [self.type]
        if self.refers:
            words.append(f'sa.ForeignKey("{self.refers}.id", ondelete="{self.on_delete}")')
        if self.default:
            words.append(f"server_default={self.default}")
        if name == "id":
            words.append("primary_key=True")
        return f"    {name}: Mapped[{python}] = mapped_column({', '.join(words)})\n"

    def revision(self, name: str) -> str:
        """Gives the argument of create_table and add_column."""
        default = f", server_default={self.default}" if self.default else ""
        return f'sa.Column("{name}", {self.type}{default}, nullable={self.null})'


@dataclass
class Table:
    """A table as the chain has left it so far; `free` are columns that nothing else names."""

    number: int
    columns: dict[str, Column] = field(default_factory=dict)
    arguments: dict[str, str] = field(default_factory=dict)
    parent: Table | None = None
    children: list[Table] = field(default_factory=list)
    free: list[str] = field(default_factory=list)

    @property
    def area(self) -> str:
        """The module that it is in."""
        return AREAS[self.number % len(AREAS)]

    @property
    def name(self) -> str:
        """Its name, different for each number."""
        series, noun = divmod(self.number // len(AREAS), len(NOUNS))
        return f"{self.area}_{NOUNS[noun]}" + (f"_{series + 1}" if series else "")

    @property
    def title(self) -> str:
        """The name of its class."""
        return self.name.title().replace("_", "")

    def model(self) -> str:
        """Gives the class."""
        text = f'\n\nclass {self.title}(Base):\n    __tablename__ = "{self.name}"\n'
        if self.arguments:
            lines = "".join(f"        {line},\n" for line in self.arguments.values())
            text += f"    __table_args__ = (\n{lines}    )\n"
        text += "\n" + "".join(column.model(name) for name, column in self.columns.items())
        if self.parent:
            text += (
                f"\n    parent: Mapped[{self.parent.title}] = relationship(\n"
                f'        back_populates="{self.name}_list",\n'
                f'        foreign_keys="{self.title}.parent_id",\n'
                "    )\n"
            )
        for child in self.children:
            text += (
                f"    {child.name}_list: Mapped[list[{child.title}]] = relationship(\n"
                f'        back_populates="parent", foreign_keys="{child.title}.parent_id",\n'
                "        passive_deletes=True,\n    )\n"
            )
        return text


Bodies = tuple[str, str]
NUMBER = Column("int", "sa.Integer()", null=True)


def create(tables: list[Table]) -> Bodies:
    """Makes the next table; each refers to an earlier one, every third to the first too."""
    table = Table(len(tables))
    number, name = table.number, table.name
    table.columns["id"] = Column("int", "sa.BigInteger()")
    table.columns["name"] = Column("str", "sa.String(length=80)")
    table.columns["amount"] = Column("Decimal", "sa.Numeric(precision=12, scale=2)")
    table.columns["created_at"] = Column(
        "datetime.datetime", "sa.DateTime(timezone=True)", default="sa.func.now()"
    )
    parts = [f'sa.PrimaryKeyConstraint("id", name=op.f("pk_{name}"))']
    after, back = "", f'op.drop_table("{name}")'
    if number % 7 == 0:
        kind = f'sa.Enum("new", "open", "done", name="{name}_status")'
        table.columns["status"] = Column("str", kind)
        back += f'\nop.execute("drop type {name}_status")'
    if number % 5 == 0:
        table.columns["payload"] = Column("dict[str, object]", "postgresql.JSONB()", null=True)
    if number % 4 == 0:
        table.arguments["ck"] = 'sa.CheckConstraint("amount >= 0", name="amount_positive")'
        parts.append(f'sa.CheckConstraint("amount >= 0", name=op.f("ck_{name}_amount_positive"))')
    if number % 9 == 0:
        table.columns["email"] = Column("str", "sa.String(length=40)")
        table.arguments["uq"] = 'sa.UniqueConstraint("email")'
        parts.append(f'sa.UniqueConstraint("email", name=op.f("uq_{name}_email"))')
    keys = [("parent_id", number // 2, "CASCADE")] if number else []
    if number and number % 3 == 0:
        keys.append(("owner_id", 0, "SET NULL"))
    for column, target, on_delete in keys:
        key = Column("int", "sa.BigInteger()", on_delete == "SET NULL")
        key.refers, key.on_delete = tables[target].name, on_delete
        table.columns[column] = key
        parts.append(
            f'sa.ForeignKeyConstraint(["{column}"], ["{key.refers}.id"], '
            f'name=op.f("fk_{name}_{column}"), ondelete="{on_delete}")'
        )
        after += f'\nop.create_index(op.f("ix_{name}_{column}"), "{name}", ["{column}"])'
        table.arguments[column] = f'sa.Index("ix_{name}_{column}", "{column}")'
    if number:
        table.parent = tables[number // 2]
        table.parent.children.append(table)
    tables.append(table)
    parts = [*(c.revision(n) for n, c in table.columns.items()), *parts]
    return f'op.create_table(\n    "{name}",\n    ' + ",\n    ".join(parts) + ",\n)" + after, back


def add(table: Table, new: str, column: Column = NUMBER) -> Bodies:
    """Adds a column."""
    table.columns[new] = column
    table.free.append(new)
    line = f'op.add_column("{table.name}", {column.revision(new)})'
    return line, f'op.drop_column("{table.name}", "{new}")'


def add_filled(table: Table, new: str) -> Bodies:
    """Adds a column that is NOT NULL with a default."""
    return add(table, new, Column("int", "sa.Integer()", default='sa.text("0")'))


def add_timestamp(table: Table, new: str) -> Bodies:
    """Adds a time."""
    return add(table, new, Column("datetime.datetime", "sa.DateTime(timezone=True)", null=True))


def add_key(table: Table, new: str) -> Bodies:
    """Adds a column with a foreign key to the table itself, and its index without a lock."""
    up, back = add(table, new, Column("int", "sa.BigInteger()", True, "", table.name, "SET NULL"))
    table.free.remove(new)
    table.arguments[new] = f'sa.Index("ix_{table.name}_{new}", "{new}")'
    up += (
        f'\nop.create_foreign_key(op.f("fk_{table.name}_{new}"), "{table.name}", '
        f'"{table.name}", ["{new}"], ["id"], ondelete="SET NULL")\n'
        "with op.get_context().autocommit_block():\n"
        f'    op.create_index("ix_{table.name}_{new}", "{table.name}", ["{new}"], '
        "postgresql_concurrently=True)"
    )
    return up, back


def index(table: Table, new: str) -> Bodies:
    """Indexes the oldest free column."""
    column = table.free.pop(0)
    name = f"ix_{table.name}_{column}"
    table.arguments[column] = f'sa.Index("{name}", "{column}")'
    up = f'op.create_index(op.f("{name}"), "{table.name}", ["{column}"], unique=False)'
    return up, f'op.drop_index(op.f("{name}"), table_name="{table.name}")'


def check(table: Table, new: str) -> Bodies:
    """Adds a CHECK over the oldest free column."""
    column = table.free.pop(0)
    name = f"ck_{table.name}_{new}"
    text = f"{column} is not null or amount is not null"
    table.arguments[column] = f'sa.CheckConstraint("{text}", name="{new}")'
    up = f'op.create_check_constraint(op.f("{name}"), "{table.name}", "{text}")'
    return up, f'op.drop_constraint(op.f("{name}"), "{table.name}", type_="check")'


def unique(table: Table, new: str) -> Bodies:
    """Adds a UNIQUE that holds the oldest free column."""
    column = table.free.pop(0)
    name = f"uq_{table.name}_{new}"
    table.arguments[column] = f'sa.UniqueConstraint("{column}", "id", name="{name}")'
    up = f'op.create_unique_constraint(op.f("{name}"), "{table.name}", ["{column}", "id"])'
    return up, f'op.drop_constraint(op.f("{name}"), "{table.name}", type_="unique")'


def fill(table: Table, new: str) -> Bodies:
    """Writes rows by SQL."""
    return f"op.execute(\"update {table.name} set name = 'none' where name = ''\")", "pass"


def fill_by_core(table: Table, new: str) -> Bodies:
    """Writes rows by SQLAlchemy."""
    up = (
        f'rows = sa.table("{table.name}", sa.column("amount", sa.Numeric()))\n'
        "op.get_bind().execute(sa.update(rows).where(rows.c.amount < 0).values(amount=0))"
    )
    return up, "pass"


def widen(table: Table, new: str) -> Bodies:
    """Widens the name."""
    column = table.columns["name"]
    old = column.type
    column.type = f"sa.String(length={int(old[17:-1]) + 10})"
    line = 'op.alter_column("{}", "name", existing_type={}, type_={}, existing_nullable=False)'
    return line.format(table.name, old, column.type), line.format(table.name, column.type, old)


def rename(table: Table, new: str) -> Bodies:
    """Renames the oldest free column."""
    old = table.free.pop(0)
    table.columns[new] = table.columns.pop(old)
    table.free.append(new)
    line = 'op.alter_column("{}", "{}", new_column_name="{}")'
    return line.format(table.name, old, new), line.format(table.name, new, old)


def drop(table: Table, new: str) -> Bodies:
    """Drops the oldest free column."""
    old = table.free.pop(0)
    back = f'op.add_column("{table.name}", {table.columns.pop(old).revision(old)})'
    return f'op.drop_column("{table.name}", "{old}")', back


CHANGES: list[tuple[Callable[[Table, str], Bodies], bool]] = [
    (add, False),
    (index, True),
    (add_filled, False),
    (fill, False),
    (rename, True),
    (add_key, False),
    (add_timestamp, False),
    (check, True),
    (widen, False),
    (add, False),
    (unique, True),
    (fill_by_core, False),
    (drop, True),
]


class Chain:
    """Writes revision after revision, and the models that they leave."""

    def __init__(self, root: Path, models: int, revisions: int) -> None:
        self.root, self.models, self.revisions = root, models, revisions
        self.tables: list[Table] = []
        self.changes = 0

    def write(self, number: int) -> None:
        """Writes one revision."""
        parents = self._parents(number)
        up, back = ("pass", "pass") if len(parents) > 1 else self._bodies(number)
        down = tuple(map(_id, parents)) if len(parents) > 1 else _id(*parents) if parents else None
        text = REVISION.format(
            message=f"step {number}",
            revision=_id(number),
            revises=", ".join(map(_id, parents)),
            down=repr(down).replace("'", '"'),
            up=_indented(up),
            back=_indented(back),
        )
        path = self.root / f"migrations/versions/{_id(number)}_step_{number}.py"
        path.write_text(text)

    def _parents(self, number: int) -> list[int]:
        """Every forty revisions two stand on the same one, and a third merges them."""
        place = number % 40 if number < self.revisions - 3 else 0
        if place == 12 and number - 12 < self.revisions - 15:
            return [number - 2, number - 1]
        return [number - 2] if place == 11 else [number - 1] if number else []

    def _bodies(self, number: int) -> Bodies:
        if number == self.revisions - 1:
            return _last(self.tables[0])
        left = self.models - len(self.tables)
        turns = max(1, (self.revisions - number) // 2)
        if left and (number % 2 == 0 or left > turns):
            made = [create(self.tables) for _ in range(-(-left // turns))]
            return "\n".join(up for up, _ in made), "\n".join(back for _, back in reversed(made))
        change, needs = CHANGES[self.changes % len(CHANGES)]
        # neighbors change the same table, so that what one adds another one finds
        table = self.tables[self.changes // len(CHANGES) * 7 % len(self.tables)]
        self.changes += 1
        if needs and not table.free:
            change = add
        return change(table, f"extra{number}")

    def write_models(self) -> None:
        """Writes the models as the chain has left them."""
        folder = self.root / "app/models"
        areas: dict[str, list[str]] = {}
        for table in self.tables:
            areas.setdefault(table.area, []).append(table.model())
        for area, classes in areas.items():
            (folder / f"{area}.py").write_text(MODULE + "".join(classes))
        (folder / "base.py").write_text(BASE)
        names = ", ".join(["base", *sorted(areas)])
        (folder / "__init__.py").write_text(f"from app.models import {names}\n")


def write(root: Path, models: int, revisions: int) -> None:
    """Writes the project; the folder is made, and is a git repository on the branch `work`."""
    (root / "app/models").mkdir(parents=True)
    (root / "migrations/versions").mkdir(parents=True)
    (root / "alembic.ini").write_text(INI)
    (root / "migrations/env.py").write_text(ENV)
    (root / "app/__init__.py").write_text("")
    (root / ".gitignore").write_text("__pycache__/\n")
    (root / "pyproject.toml").write_text('[project]\nname = "app"\nversion = "1"\n')
    chain = Chain(root, models, revisions)
    for number in range(revisions - 1):
        chain.write(number)
    chain.write_models()
    _git(root, "init", "--quiet", "--initial-branch=main")
    _commit(root, "All that is deployed")
    _git(root, "checkout", "--quiet", "-b", "work")
    chain.write(revisions - 1)
    chain.write_models()
    _commit(root, "The change under review")


def _last(table: Table) -> Bodies:
    up, back = add_timestamp(table, "settled_at")
    table.free.insert(0, "amount")
    more, less = index(table, "")
    return f"{up}\n{more}", f"{less}\n{back}"


def _id(number: int) -> str:
    return f"{(number + 1) * 2654435761 % 2**32:08x}{number:04d}"


def _commit(root: Path, message: str) -> None:
    _git(root, "add", ".")
    who = ("-c", "user.name=bench", "-c", "user.email=bench@example.org")
    _git(root, *who, "commit", "--quiet", "--no-verify", "--no-gpg-sign", "-m", message)


def _git(root: Path, *arguments: str) -> None:
    subprocess.run(["git", "-C", str(root), *arguments], check=True)


def _indented(text: str) -> str:
    return "\n".join(f"    {line}" for line in text.splitlines())


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("folder", type=Path)
    parser.add_argument("--models", type=int, default=100)
    parser.add_argument("--revisions", type=int, default=100)
    given = parser.parse_args()
    write(given.folder, given.models, given.revisions)
