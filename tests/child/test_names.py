"""The names of new revisions' files, as the project's own Alembic gives them."""

from __future__ import annotations

import re

from dbwright.scratch.worker import Worker

from .conftest import PYTHON, make_project

NEW = [
    {"revision": "c3", "title": "Add the note, which is long", "beside": None},
    {"revision": "d4", "title": "Fill it", "beside": None},
]


def names(root, tmp_ini: str, **changes):
    """Gives the names for NEW with these lines in alembic.ini."""
    ini = root / "alembic.ini"
    ini.write_text(ini.read_text().rstrip() + f"\n{tmp_ini}\n")
    revisions = [{**item, **changes} for item in NEW]
    with Worker(PYTHON, root, dialect="sqlite", timeout=60) as worker:
        arguments = {"config": "alembic.ini", "section": None, "revisions": revisions}
        return worker.call("file_names", **arguments)


def test_without_a_template_any_name_does(tmp_path, make_revision):
    assert names(make_project(tmp_path, make_revision("a1", None, "pass")), "") is None


def test_a_template_with_a_date_a_folder_and_a_short_slug_is_followed(tmp_path, make_revision):
    project = make_project(tmp_path, make_revision("a1", None, "pass"))
    lines = (
        "file_template = %%(year)d/%%(epoch)s-%%(rev)s_%%(slug)s\n"
        "truncate_slug_length = 12\ntimezone = UTC\nrecursive_version_locations = true"
    )
    first, second = names(project, lines)
    found = re.fullmatch(r"migrations/versions/20\d\d/(\d+)-c3_add_the_.py", first)
    assert found
    assert second.endswith(f"/{int(found[1]) + 1}-d4_fill_it.py")


def test_a_name_that_is_taken_gets_the_id(tmp_path, make_revision):
    project = make_project(tmp_path, make_revision("a1", None, "pass"))
    assert names(project, "file_template = r0") == [
        "migrations/versions/r0_c3.py",
        "migrations/versions/r0_d4.py",
    ]


def test_with_several_folders_a_file_goes_to_that_of_the_one_before_it(tmp_path, make_revision):
    project = make_project(tmp_path, make_revision("a1", None, "pass"))
    (tmp_path / "more").mkdir()
    lines = "version_locations = migrations/versions more\nversion_path_separator = space"
    found = names(project, lines, beside="more/b2.py")
    assert found[0].startswith("more/c3_add_the_note")
    assert names(project, "", beside=None)[1] == "migrations/versions/d4_fill_it.py"
