"""The sandbox of SQLite."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from dbwright.core.errors import SandboxError
from dbwright.scratch.kept import KEPT
from dbwright.scratch.sqlite import Database, Sandbox, open_sqlite


@pytest.fixture
def sandbox(tmp_path: Path) -> Sandbox:
    return Sandbox(tmp_path)


def build(database: Database) -> None:
    with database.connect() as connection:
        connection.execute("create table t (a)")
        connection.execute("insert into t values (1)")


def rows(database: Database) -> int:
    connection = database.connect()
    try:
        return int(connection.execute("select count(*) from t").fetchone()[0])
    finally:
        connection.close()


def test_a_template_is_built_once(sandbox: Sandbox) -> None:
    built: list[str] = []

    def counted(database: Database) -> None:
        built.append(database.name)
        build(database)

    assert sandbox.has("key") is None
    assert sandbox.template("key", counted) == sandbox.template("key", counted)
    assert len(built) == 1
    assert sandbox.has("key")


def test_what_is_done_to_a_clone_stays_in_it(sandbox: Sandbox) -> None:
    template = sandbox.template("key", build)
    with sandbox.clone(template) as one, sandbox.clone(template) as other:
        with one.connect() as connection:
            connection.execute("delete from t")
        assert (rows(one), rows(other)) == (0, 1)


def test_a_clone_is_gone_when_it_is_left(sandbox: Sandbox) -> None:
    with sandbox.clone(None) as database:
        build(database)
        assert database.path.exists()
    assert not database.path.exists()
    assert list(sandbox.folder.iterdir()) == []


def test_a_build_that_fails_leaves_nothing(sandbox: Sandbox) -> None:
    def broken(database: Database) -> None:
        build(database)
        raise ValueError("no")

    with pytest.raises(ValueError, match="no"):
        sandbox.template("key", broken)
    assert list(sandbox.folder.iterdir()) == []


def test_saving_takes_a_write_ahead_log_along(sandbox: Sandbox) -> None:
    with sandbox.clone(None) as database:
        connection = database.connect(autocommit=True)
        connection.execute("pragma journal_mode = wal")
        connection.execute("create table t (a)")
        connection.execute("insert into t values (1)")
        saved = sandbox.save(database, "wal")
        connection.close()
    with sandbox.clone(saved) as copy:
        assert rows(copy) == 1


def test_the_oldest_template_goes_and_its_clone_is_refused(
    sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("dbwright.scratch.kept.SURE_SECONDS", 0.0)
    first = sandbox.template("0", build)
    for number in range(1, KEPT + 1):
        sandbox.template(str(number), build)
    assert sandbox.has("0") is None
    assert sandbox.has(str(KEPT))
    with pytest.raises(SandboxError, match="it is gone"), sandbox.clone(first):
        pass


def test_a_template_that_others_overtake_can_still_be_cloned(sandbox: Sandbox) -> None:
    first = sandbox.template("0", build)
    for number in range(1, KEPT + 2):
        sandbox.template(str(number), build)
    with sandbox.clone(first) as copy:
        assert rows(copy) == 1


def test_templates_are_found_again_in_the_cache(tmp_path: Path) -> None:
    with open_sqlite(tmp_path) as first:
        first.template("key", build)
    with open_sqlite(tmp_path) as second:
        assert second.has("key")


def test_clones_of_killed_processes_are_swept(tmp_path: Path) -> None:
    with open_sqlite(tmp_path) as found:
        old, young = found.folder / "c-old", found.folder / "c-young"
        old.mkdir()
        young.mkdir()
        os.utime(old, (0, 0))
    with open_sqlite(tmp_path):
        assert not old.exists()
        assert young.exists()


def test_a_cache_that_cannot_be_written_is_done_without(tmp_path: Path) -> None:
    blocked = tmp_path / "file"
    blocked.write_text("no folder")
    with open_sqlite(blocked) as found:
        found.template("key", build)
    assert not found.folder.exists()
