"""A server's data is gone when it is removed."""

from __future__ import annotations

from pathlib import Path

from dbwright.scratch.removal import remove


def test_a_folder_goes_with_all_that_is_in_it(tmp_path: Path) -> None:
    kept = tmp_path / "kept"
    kept.write_text("stays")
    folder = tmp_path / "data"
    for number in range(50):
        file = folder / f"base/{number % 3}/{number}"
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(b"x")
    (folder / "base" / "link").symlink_to(kept)
    remove(folder)
    remove(tmp_path / "never")
    assert [*tmp_path.iterdir()] == [kept]
    assert kept.read_text() == "stays"
