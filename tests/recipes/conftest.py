"""Migrations read from source, as the recipes get them where nothing could be run."""

import textwrap
from collections.abc import Callable
from dataclasses import replace

import pytest

from dbwright.collect.revisions import history_of
from dbwright.core.migration import Migration
from dbwright.core.source import Source
from dbwright.core.target import Target
from dbwright.jobs.migrations import read_source

FILE = '''"""{name}."""

import sqlalchemy as sa
from alembic import op

revision = "{name}"
down_revision = {down!r}
branch_labels = None
depends_on = None


def upgrade() -> None:
{upgrade}


def downgrade() -> None:
{downgrade}
'''
Written = Callable[..., Migration]


def _file(name: str, down: str | None, upgrade: str, downgrade: str) -> Source:
    bodies = [
        textwrap.indent(textwrap.dedent(body).strip("\n"), "    ") for body in (upgrade, downgrade)
    ]
    text = FILE.format(name=name, down=down, upgrade=bodies[0], downgrade=bodies[1])
    return Source(f"versions/{name}.py", text)


@pytest.fixture
def written() -> Written:
    """Gives the migration of a file: the bodies of its functions, on top of a schema in SQL."""

    def make(upgrade: str, downgrade: str = "pass", before: str = "", **more: object) -> Migration:
        first = _file("first", None, f'op.execute("""{before}""")', "pass")
        second = _file("second", "first", upgrade, downgrade)
        target = Target("postgresql", (15,))
        history = read_source(
            history_of([first, second], target), frozenset({"second"}), None, "postgresql"
        )
        found = next(item for item in history.migrations if item.revision == "second")
        return replace(found, **more)

    return make
