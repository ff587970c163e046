"""The files of new revisions that a fix writes."""

from __future__ import annotations

import re

import pytest

from .projects import Project, revision

RULE = "backfill-mixed-with-ddl"
BACKFILL = """
op.add_column("authors", sa.Column("nick", sa.Text()))
op.execute("update authors set nick = 'x'")
"""


@pytest.mark.database
def test_a_fix_names_its_new_files_as_alembic_is_told_to(project: Project) -> None:
    down = 'op.drop_column("authors", "nick")'
    project.trials = True
    project.standard().revisions(b2=revision("b2", "a1", BACKFILL, down))
    ini = (project.root / "alembic.ini").read_text()
    project.write({"alembic.ini": f"{ini}file_template = %%(epoch)s_%%(rev)s\n"})
    found = project.check("--select", RULE).found(RULE)
    paths = [edit["path"] for edit in found["fix"]["edits"]]
    assert paths[0] == "migrations/versions/b2.py"
    assert re.fullmatch(r"migrations/versions/\d+_\w{12}\.py", paths[1])
    assert found["fix"]["trial"]["level"] in ("verified", "observed")
