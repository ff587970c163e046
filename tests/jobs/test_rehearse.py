"""`dbwright migrations rehearse` on whole projects, in a process of its own."""

from __future__ import annotations

import json
import os
import shutil
import signal
import sys
import tempfile
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from dbwright.render.rehearsal.schema import rehearsal_schema
from dbwright.scratch.server import Server

from .projects import MODELS, Answer, Project, revision, tree
from .test_interrupted import databases, processes, until

pytestmark = pytest.mark.database
NOTE = 'op.add_column("authors", sa.Column("note", sa.Text()))'
NO_NOTE = 'op.drop_column("authors", "note")'
WITH_NOTE = f"{MODELS}    note: Mapped[str | None] = mapped_column(Text)\n"


def rehearse(project: Project, *arguments: str, **environment: str) -> Answer:
    """Runs the command with `--format json`; standard output is one valid rehearsal."""
    answer = project.run("migrations", "rehearse", "--format", "json", *arguments, **environment)
    answer.report = json.loads(answer.stdout)
    jsonschema.validate(answer.report, rehearsal_schema())
    assert answer.report["summary"]["exit_status"] == answer.status
    return answer


def only(answer: Answer) -> dict[str, Any]:
    """Gives the one revision of a rehearsal."""
    (found,) = answer.report["revisions"]
    return found


def with_c3(project: Project, upgrade: str, downgrade: str = "pass") -> Project:
    return project.standard().revisions(c3=revision("c3", "b2", upgrade, downgrade))


def test_harmless_revision_is_clean_and_shows_its_locks_and_who_waited(project: Project):
    answer = rehearse(with_c3(project, NOTE, NO_NOTE), "c3")
    found = only(answer)
    assert (answer.status, found["verdict"], found["dangers"]) == (0, "clean", [])
    assert [run["direction"] for run in found["runs"]] == ["upgrade", "downgrade", "upgrade"]
    (lock,) = found["locks"]
    assert lock["mode"] == "AccessExclusiveLock"
    assert (lock["relation"], lock["statement"], lock["until"]) == ("authors", 1, "commit")
    assert lock["stops"] == ["SELECT", "INSERT"]
    assert 0 <= lock["begin"] < lock["end"] <= found["runs"][0]["milliseconds"]
    assert found["runs"][0]["statements"][0]["line"] == 10
    assert found["runs"][0]["statements"][0]["wal_bytes"] > 0
    assert found["rows"] == {"authors": 20}


def test_text_fits_80_columns_and_names_statement_lock_and_result(project: Project):
    with_c3(project, NOTE, NO_NOTE)
    answer = project.run("migrations", "rehearse", "c3", "-q")
    lines = answer.stdout.splitlines()
    assert answer.status == 0
    assert max(map(len, lines)) <= 80
    text = " ".join(answer.stdout.split())
    assert "ALTER TABLE authors ADD COLUMN note TEXT :10" in text
    assert "█ ACCESS EXCLUSIVE from 1 to commit" in text
    assert "reads and writes of authors waited" in text
    assert "Downgrade the schema is as before; all rows and values are back" in text
    assert text.endswith("-o html:PATH for all of it")


def test_index_build_under_a_lock_is_a_danger_with_status_1(project: Project):
    found = only(answer := rehearse(project.standard(), "b2"))
    assert answer.status == 1
    assert found["verdict"] == "danger"
    assert "reads the whole table while others wait" in found["dangers"][0]["message"]
    assert found["dangers"][0]["location"]["line"] == 10


def test_lost_column_is_named_with_its_count_both_ways(project: Project):
    up = 'op.drop_column("authors", "name")'
    down = 'op.add_column("authors", sa.Column("name", sa.Text()))'
    found = only(answer := rehearse(with_c3(project, up, down), "c3"))
    assert answer.status == 1
    (loss,) = found["runs"][0]["losses"]
    assert (loss["table"], loss["column"], loss["lost"], loss["of"]) == ("authors", "name", 20, 20)
    assert found["runs"][1]["schema_difference"]


def test_rows_that_a_revision_deletes_are_a_loss_and_values_it_changes_a_remark(project: Project):
    deleted = only(answer := rehearse(with_c3(project, 'op.execute("delete from authors")'), "c3"))
    assert answer.status == 1
    assert "20 of 20 rows of authors are gone" in deleted["dangers"][0]["message"]
    changed = only(
        answer := rehearse(with_c3(project, 'op.execute("update authors set price = 7")'), "c3")
    )
    assert (answer.status, changed["dangers"][0]["severity"]) == (0, "info")


def test_range_takes_both_ends_and_a_wrong_one_says_what_can_be_written(project: Project):
    with_c3(project, NOTE, NO_NOTE)
    names = [r["revision"] for r in rehearse(project, "b2:c3").report["revisions"]]
    assert names == ["b2", "c3"]
    answer = rehearse(project, "nope")
    (error,) = answer.report["errors"]
    assert answer.status == 2
    assert "nope" in error
    assert "REV:REV (both ends taken)" in error


def test_file_of_a_revision_is_that_revision(project: Project):
    with_c3(project, NOTE, NO_NOTE)
    found = only(rehearse(project, "migrations/versions/c3.py"))
    assert found["revision"] == "c3"


def test_by_default_only_what_can_be_changed_is_rehearsed(project: Project):
    project.standard().commit()
    project.revisions(c3=revision("c3", "b2", NOTE, NO_NOTE))
    assert only(rehearse(project))["revision"] == "c3"


def test_new_code_that_needs_the_revision_says_deploy_it_first(project: Project):
    project.standard().commit()
    project.revisions(c3=revision("c3", "b2", NOTE, NO_NOTE)).write({"models.py": WITH_NOTE})
    found = only(answer := rehearse(project))
    assert answer.status == 0
    assert found["old_code"]["failing"] == []
    assert found["old_code"]["tried"] > 0
    failing = found["new_code"]["failing"]
    assert {item["action"] for item in failing} >= {"SELECT", "INSERT"}
    assert "note" in failing[0]["error"]["message"]
    assert found["deploy_order"].startswith("the revision first, then the code")


def test_old_code_that_fails_after_the_revision_is_a_danger_and_says_the_order(project: Project):
    with_c3(project, NOTE, NO_NOTE).write({"models.py": WITH_NOTE}).commit()
    project.revisions(d4=revision("d4", "c3", NO_NOTE, NOTE)).write({"models.py": MODELS})
    found = only(answer := rehearse(project))
    assert answer.status == 1
    assert "note" in found["old_code"]["failing"][0]["error"]["message"]
    assert found["new_code"]["failing"] == []
    assert found["deploy_order"].startswith("the code first, then the revision")


def test_new_code_that_leaves_a_mandatory_column_out_needs_the_revision(project: Project):
    project.standard().commit()
    up = 'op.drop_column("authors", "price")'
    down = 'op.add_column("authors", sa.Column("price", sa.Float()))'
    models = MODELS.replace("    price: Mapped[float] = mapped_column(Float)\n", "")
    project.revisions(c3=revision("c3", "b2", up, down)).write({"models.py": models})
    found = only(rehearse(project))
    (failing,) = found["new_code"]["failing"]
    assert failing["action"] == "INSERT"
    assert "not-null" in failing["error"]["message"]
    assert found["deploy_order"].startswith("neither order works")


def test_rename_leaves_no_order_without_downtime(project: Project):
    project.standard().commit()
    up = 'op.alter_column("authors", "name", new_column_name="title")'
    down = 'op.alter_column("authors", "title", new_column_name="name")'
    models = MODELS.replace("name: Mapped", "title: Mapped")
    project.revisions(c3=revision("c3", "b2", up, down)).write({"models.py": models})
    assert only(rehearse(project))["deploy_order"].startswith("neither order works")


def test_sizes_give_an_estimate_that_says_how_it_is_known(project: Project):
    project.standard().write({"sizes.json": '{"version": 1, "tables": {"authors": 30000000}}'})
    found = only(rehearse(project, "b2", "--sizes", "sizes.json"))
    (estimate,) = found["estimates"]
    assert (estimate["relation"], estimate["rows"]) == ("authors", 30_000_000)
    assert estimate["low"] * 2 == estimate["high"]
    assert estimate["milliseconds"] > 100
    assert found["locks"][0]["estimated"] == pytest.approx(estimate["milliseconds"])
    text = " ".join(
        project.run("migrations", "rehearse", "b2", "-q", "--sizes", "sizes.json").stdout.split()
    )
    assert "at 30,000,000 rows of authors" in text
    assert "writes would wait about" in text
    assert "here" in text


def test_page_stands_alone_and_draws_the_locks(project: Project, tmp_path: Path):
    with_c3(project, NOTE, NO_NOTE)
    page = tmp_path / "page.html"
    project.run("migrations", "rehearse", "c3", "-q", "-o", f"html:{page}")
    text = page.read_text(encoding="utf-8")
    assert "<svg" in text
    assert "ACCESS EXCLUSIVE from 1 to commit" in text
    assert "http" not in text.replace("http-equiv", "").replace("http://www.w3.org/2000/svg", "")


def test_not_null_over_nulls_stops_and_the_rest_is_still_watched(project: Project):
    with_c3(project, NOTE, NO_NOTE)
    project.revisions(d4=revision("d4", "c3", 'op.alter_column("authors", "note", nullable=False)'))
    found = only(answer := rehearse(project, "d4"))
    assert answer.status == 1
    assert "fails on rows that do not meet it" in found["dangers"][0]["message"]
    assert len(found["runs"]) == 3


def test_new_column_that_must_have_a_value_fails_on_any_row(project: Project):
    up = 'op.add_column("authors", sa.Column("code", sa.Text(), nullable=False))'
    found = only(
        answer := rehearse(with_c3(project, up, 'op.drop_column("authors", "code")'), "c3")
    )
    assert answer.status == 1
    assert "fails on a table that holds rows" in found["dangers"][0]["message"]
    assert found["not_seen"] == []


def test_sqlite_is_rehearsed_as_well(project: Project):
    url = "sqlite:///shop.db"
    project.standard(ini=f"[alembic]\nscript_location = %(here)s/migrations\n"
                     f"prepend_sys_path = .\nsqlalchemy.url = {url}\n")  # fmt: skip
    project.revisions(c3=revision("c3", "b2", NOTE, NO_NOTE))
    found = only(answer := rehearse(project, "c3"))
    assert (answer.status, found["verdict"]) == (0, "clean")
    assert "SQLite lets one connection write" in project.run("migrations", "rehearse", "c3").stdout


# bad input


BAD = {
    "loops": ("while True: pass", ["no answer within 3 s", "c3.py:10"]),
    "prompts": ('input("sure? ")', ["waits for input on the terminal"]),
    "drops the connection": ("import os\nos._exit(3)", ["exit status 3"]),
    "ends its own backend": (
        'op.execute("select pg_terminate_backend(pg_backend_pid())")',
        ["terminat"],
    ),
    "needs an extension": ('op.execute("create extension postgis")', ["postgis"]),
    "needs a role": ('op.execute("grant select on authors to reporting")', ["reporting"]),
    "uses the network": (
        'import urllib.request\nurllib.request.urlopen("http://10.0.0.9/")',
        ["10.0.0.9"],
    ),
    "reads tables of the application": (
        'op.get_bind().execute(sa.text("select * from tenants"))',
        ["tenants"],
    ),
}


@pytest.mark.parametrize("way", BAD)
def test_revision_that_cannot_be_run_is_one_clear_word_and_nothing_stays(
    project: Project, scratch: tuple[Path, Server], way: str
):
    body, words = BAD[way]
    with_c3(project, body)
    answer = rehearse(project, "b2:c3", "--timeout", "3" if way == "loops" else "60")
    first, second = answer.report["revisions"]
    assert first["runs"], "the revision before it was rehearsed"
    told = " ".join([*second["not_seen"], *(item["message"] for item in second["dangers"])])
    assert all(word in told for word in words), told
    assert answer.status == 1
    assert databases(scratch[1]) == {"postgres"}
    assert processes(project.root) == set()


def test_server_that_has_no_room_is_no_fault_of_the_revision(project: Project):
    full = (
        "op.execute(\"do $$ begin raise exception 'could not extend file: No space left on device'"
        " using errcode = '53100'; end $$\")"
    )
    answer = rehearse(with_c3(project, full), "b2:c3")
    first, second = answer.report["revisions"]
    assert first["runs"]
    assert (second["verdict"], second["dangers"]) == ("unverified", [])
    assert "the scratch server has no room" in second["not_seen"][0]


@pytest.mark.skipif(sys.platform != "linux", reason="looks for processes in /proc")
def test_server_that_dies_in_the_middle_keeps_what_was_done(project: Project, tmp_path: Path):
    mark, go = tmp_path / "reached", tmp_path / "go"
    wait = (
        "import time\nfrom pathlib import Path\n"
        f"op.execute('create table waits (id int)')\nPath({str(mark)!r}).touch()\n"
        f"while not Path({str(go)!r}).exists(): time.sleep(0.05)\n"
        "op.execute('create table more (id int)')"
    )
    with_c3(project, wait)
    cache = Path(tempfile.mkdtemp(prefix="dbwt-"))
    cache.chmod(0o755)
    try:
        process = project.start(
            "migrations", "rehearse", "b2:c3", "-q", "--format", "json", XDG_CACHE_HOME=str(cache)
        )
        until(lambda: mark.exists() or process.poll() is not None, "the revision was not reached")
        (file,) = cache.rglob("postmaster.pid")
        os.kill(int(file.read_text().split()[0]), signal.SIGKILL)
        go.touch()
        stdout, stderr = process.communicate(timeout=60)
    finally:
        shutil.rmtree(cache, ignore_errors=True)
    assert "Traceback" not in stderr
    report = json.loads(stdout)
    jsonschema.validate(report, rehearsal_schema())
    first, second = report["revisions"]
    assert first["runs"]
    assert "ended in the middle" in second["not_seen"][0]
    assert "a server is started anew" in report["unverified"][0]["way_out"]
    assert processes(project.root) == set()


def test_table_without_a_key_has_its_lost_rows_counted(project: Project):
    create = 'op.create_table("lines", sa.Column("text", sa.Text()))'
    project.standard().revisions(c3=revision("c3", "b2", create, 'op.drop_table("lines")'))
    delete = 'op.execute("delete from lines where text is not null")'
    found = only(rehearse(project.revisions(d4=revision("d4", "c3", delete)), "d4"))
    (loss,) = [item for item in found["runs"][0]["losses"] if item["column"] is None]
    assert loss["table"] == "lines"
    assert 0 < loss["lost"] < loss["of"]


def test_interrupt_leaves_nothing_and_says_so(
    project: Project, tmp_path: Path, scratch: tuple[Path, Server]
):
    mark = tmp_path / "reached"
    wait = (
        "import time\nfrom pathlib import Path\n"
        f"op.execute('create table waits (id int)')\nPath({str(mark)!r}).touch()\ntime.sleep(600)"
    )
    with_c3(project, wait)
    files = tree(project.root)
    process = project.start("migrations", "rehearse", "c3", "-q")
    until(lambda: mark.exists() or process.poll() is not None, "the revision was not reached")
    os.kill(process.pid, signal.SIGINT)
    _, stderr = process.communicate(timeout=30)
    assert process.returncode == 130
    assert "Traceback" not in stderr
    assert stderr.strip().splitlines()[-1] == "dbwright: stopped; nothing was changed."
    assert processes(project.root) == set()
    assert databases(scratch[1]) == {"postgres"}
    assert tree(project.root) == files


def test_project_without_revisions_or_sandbox_is_a_usage_error(project: Project):
    project.write({"models.py": MODELS})
    assert rehearse(project).status == 2
    project.standard()
    answer = rehearse(project, "--pg-bin", "no/such/folder")
    assert answer.status == 2
    assert "scratch database" in answer.report["errors"][0]


def test_option_that_cannot_be_meant_is_a_rehearsal_too(project: Project):
    answer = rehearse(project.standard(), "--nope")
    assert (answer.status, len(answer.report["errors"])) == (2, 1)
