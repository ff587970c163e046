"""Server programs: where they come from, and in which order."""

from __future__ import annotations

from pathlib import Path

import pytest

from dbwright.core.errors import ServerError
from dbwright.scratch import binaries
from dbwright.scratch.binaries import Binaries, copied, find, from_wheel


@pytest.fixture
def bare(monkeypatch: pytest.MonkeyPatch) -> None:
    """A machine that has no server of its own."""
    monkeypatch.setattr(binaries, "MACHINE_FOLDERS", ())
    monkeypatch.setenv("PATH", "/nonexistent")


def installation(folder: Path, version: str) -> Path:
    """Make a folder whose programs say that they are of a version."""
    folder.mkdir(parents=True)
    for name in ("postgres", "initdb", "pg_ctl"):
        (folder / name).write_text(f"#!/bin/sh\necho '{name} (PostgreSQL) {version}'\n")
        (folder / name).chmod(0o755)
    return folder


@pytest.fixture
def machine(bare: None, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """A machine with servers of the versions 11, 14 and 16."""
    for major, version in ((11, "11.22"), (14, "14.9"), (16, "16.2 (Debian 16.2-1)")):
        installation(tmp_path / "lib" / str(major) / "bin", version)
    monkeypatch.setattr(binaries, "MACHINE_FOLDERS", (f"{tmp_path}/lib/*/bin",))
    return tmp_path / "lib"


@pytest.mark.parametrize(("target", "major"), [(14, 14), (16, 16), (18, 18), (None, 18), (13, 18)])
def test_the_target_s_major_comes_first_and_the_newest_next(
    machine: Path, target: int | None, major: int
) -> None:
    assert find(None, target).major == major


def test_the_machine_s_own_server_comes_before_the_wheel_of_its_version(machine: Path) -> None:
    own = installation(machine / "18" / "bin", "18.1")
    assert find(None, None).provider == str(own)


def test_versions_that_dbwright_does_not_know_are_left_alone(machine: Path) -> None:
    installation(machine / "19" / "bin", "19beta1")
    assert {each.major for each in binaries.on_machine()} == {14, 16}


def test_programs_on_the_path_are_found(
    bare: None, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    folder = installation(tmp_path / "server" / "bin", "15.4")
    links = tmp_path / "links"
    links.mkdir()
    (links / "postgres").symlink_to(folder / "postgres")
    monkeypatch.setenv("PATH", str(links))
    assert [each.folder for each in binaries.on_machine()] == [folder]


def test_a_program_that_does_not_run_is_no_server(machine: Path) -> None:
    (machine / "16" / "bin" / "postgres").write_text("not a program")
    assert {each.major for each in binaries.on_machine()} == {14}


def test_without_any_server_the_error_names_every_way_out(
    bare: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(binaries, "from_wheel", lambda: None)
    with pytest.raises(ServerError) as caught:
        find(None, None)
    text = str(caught.value)
    assert all(way in text for way in ("dbwright[postgres]", "--pg-bin", "--sandbox-url", "musl"))


def test_pg_bin_wins_and_its_parent_will_do(machine: Path) -> None:
    assert find(machine / "14" / "bin", 16).major == 14
    assert find(machine / "14", 16).major == 14


def test_a_pg_bin_without_a_server_is_a_clear_error(tmp_path: Path) -> None:
    with pytest.raises(ServerError, match=r"cannot use --pg-bin .* no working postgres and initdb"):
        find(tmp_path, None)


def test_a_pg_bin_of_an_old_version_is_a_clear_error(machine: Path) -> None:
    with pytest.raises(ServerError, match=r"PostgreSQL 11.22, and dbwright works with 13 to 18"):
        find(machine / "11" / "bin", None)


def test_the_wheel_s_programs_run_from_a_copy_that_others_can_read(tmp_path: Path) -> None:
    wheel = from_wheel()
    assert wheel is not None
    first = copied(wheel, tmp_path)
    assert tmp_path in first.folder.parents
    assert not first.must_copy
    assert first.folder.joinpath("postgres").stat().st_mode & 0o555 == 0o555
    again = copied(wheel, tmp_path)
    assert again == first
    assert binaries._examined(first.folder) is not None


def test_an_installation_of_one_s_own_is_copied_without_its_surroundings(tmp_path: Path) -> None:
    folder = installation(tmp_path / "home" / "bin", "15.4")
    (tmp_path / "home" / "private").mkdir()
    (tmp_path / "home" / "lib").mkdir(mode=0o700)
    found = find(folder, None)
    copy = copied(found, tmp_path)
    assert isinstance(copy, Binaries)
    assert sorted(path.name for path in copy.folder.parent.iterdir()) == ["bin", "lib"]
    assert copy.folder.parent.joinpath("lib").stat().st_mode & 0o777 == 0o755


def test_a_copy_that_fails_leaves_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(_: Path) -> None:
        raise OSError(28, "No space left on device")

    wheel = from_wheel()
    assert wheel is not None
    monkeypatch.setattr(binaries, "_open_for_reading", fail)
    with pytest.raises(OSError, match="No space left"):
        copied(wheel, tmp_path)
    assert list(tmp_path.iterdir()) == []
