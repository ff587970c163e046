"""The whole command on a project of MariaDB, with a throw-away server that is named."""

from __future__ import annotations

import os
import signal
import time
from contextlib import closing
from pathlib import Path

import pytest

from dbwright.scratch.mysql_given import Given

from .projects import Project, revision

pytestmark = pytest.mark.database
INI = """
[alembic]
script_location = %(here)s/migrations
sqlalchemy.url = mariadb+asyncmy://app:secret@db.invalid/shop
"""
CREATE = """
op.create_table(
    "authors", sa.Column("id", sa.Integer(), primary_key=True),
    sa.Column("name", sa.String(40), nullable=False, server_default="nobody"),
)
"""
WIDER = 'op.alter_column("authors", "name", existing_type=sa.String(40), type_=sa.String(90))'
NARROWER = 'op.alter_column("authors", "name", existing_type=sa.String(90), type_=sa.String(40))'


def prepared(project: Project, upgrade: str, downgrade: str = "pass") -> Project:
    project.standard(ini=INI)
    return project.revisions(
        a1=revision("a1", None, CREATE, 'op.drop_table("authors")'),
        b2=revision("b2", "a1", upgrade, downgrade),
    )


def names(url: str, sql: str) -> set[str]:
    with closing(Given(url, "mariadb").connect()) as connection:
        return {name for (name,) in connection.execute(sql).fetchall()}


def test_a_project_is_proved_on_the_server_that_is_named(project: Project, mariadb: str) -> None:
    """The project's own driver is async and not installed: the bridge takes its place."""
    answer = prepared(project, WIDER, NARROWER).check("--sandbox-url", mariadb)
    found = answer.found("attributes-lost-by-alter")
    assert found["proof"]["level"] == "verified"
    assert "MariaDB" in found["proof"]["scope"]
    assert "existing_server_default" in found["fix"]["code"]
    assert found["location"]["line"] == 10


def test_without_a_server_the_source_alone_is_reviewed_and_the_report_says_so(
    project: Project,
) -> None:
    answer = prepared(project, WIDER, NARROWER).check()
    missed = answer.missed("every claim about the database")
    assert "--sandbox-url mariadb+pymysql://" in missed["way_out"]


def test_a_connection_lost_in_the_middle_is_told_with_its_revision(
    project: Project, mariadb: str
) -> None:
    answer = prepared(project, 'op.execute("kill connection_id()")').check("--sandbox-url", mariadb)
    assert "onnection" in answer.missed("1 of 2 revisions")["why"]


def test_ctrl_c_in_a_rehearsal_leaves_no_database(
    project: Project, mariadb: str, tmp_path: Path
) -> None:
    """Other tests hold databases on the same server: this run's are known by its table."""
    mark = tmp_path / "reached"
    table = f"waits_{os.getpid()}"
    wait = f"""
        import time
        from pathlib import Path
        op.execute("create table {table} (id int)")
        Path({str(mark)!r}).touch()
        time.sleep(600)
        """
    process = prepared(project, wait).start("check", "--sandbox-url", mariadb)
    end = time.monotonic() + 60
    while not mark.exists():
        assert time.monotonic() < end
        assert process.poll() is None
    holders = "select table_schema from information_schema.tables where table_name = "
    (database,) = names(mariadb, f"{holders}'{table}'")
    run, found, _ = database.rpartition("_c")
    assert found
    assert run.startswith("dbw_")
    os.kill(process.pid, signal.SIGINT)
    _, stderr = process.communicate(timeout=60)
    assert process.returncode == 130
    assert "Traceback" not in stderr
    assert not {name for name in names(mariadb, "show databases") if name.startswith(run)}
