"""What `alembic upgrade --sql` makes of revisions, and who is told of it."""

from __future__ import annotations

import pytest

from .projects import Project
from .projects import revision as made

RULE = "broken-offline-script"
ENV = """
from alembic import context
from sqlalchemy import engine_from_config, pool
from models import Base

config = context.config


def run_migrations_offline():
    context.configure(
        url=config.get_main_option("sqlalchemy.url"),
        target_metadata=Base.metadata,
        literal_binds=True,
    )
    with context.begin_transaction():
        context.run_migrations()


def run_migrations_online():
    engine = engine_from_config(config.get_section("alembic"), poolclass=pool.NullPool)
    with engine.connect() as connection:
        context.configure(connection=connection, target_metadata=Base.metadata)
        with context.begin_transaction():
            context.run_migrations()


if context.is_offline_mode():
    run_migrations_offline()
else:
    run_migrations_online()
"""
ASKS = """
if op.get_bind().execute(sa.text("select 1 from authors")).fetchone() is None:
    op.execute("insert into authors values (1, 'nobody', 0)")
"""
IN_DOWNGRADE = 'op.get_bind().scalar(sa.text("select count(*) from authors"))'


def asking(project: Project, setting: str, **revisions: str) -> dict[str, str]:
    """Gives the severity of each revision that the rule reports."""
    project.standard(env=ENV)
    project.revisions(**{"b2": made("b2", "a1", ASKS), **revisions})
    project.write({"pyproject.toml": f"[tool.dbwright]\n{setting}\ntrials = 1\n"})
    answer = project.check("--select", RULE)
    found = answer.report["recommendations"]
    return {item["location"]["revision"]: item["severity"] for item in found}


@pytest.mark.database
@pytest.mark.parametrize(
    ("setting", "severities"),
    [("", {"b2": "info"}), ("offline = true", {"b2": "warning"}), ("offline = false", {})],
)
def test_only_who_wants_scripts_is_warned(project: Project, setting: str, severities: dict):
    assert asking(project, setting) == severities


@pytest.mark.database
def test_nobody_is_told_where_older_revisions_ask_as_well(project: Project):
    later = made("c3", "b2", ASKS)
    assert asking(project, 'applied = "b2"', c3=later) == {}
    assert asking(project, 'applied = "b2"', b2=made("b2", "a1"), c3=later) == {"c3": "info"}


@pytest.mark.database
def test_a_downgrade_that_asks_is_told(project: Project):
    assert asking(project, "", b2=made("b2", "a1", "pass", IN_DOWNGRADE)) == {"b2": "info"}
