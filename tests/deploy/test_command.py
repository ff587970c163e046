"""`dbwright migrations upgrade` and `dbwright fleet` as they are typed."""

from __future__ import annotations

import json
import sqlite3
from pathlib import Path

from click.testing import CliRunner, Result

from dbwright.core.errors import UsageError
from dbwright.frontends.cli import cli

from .project import COLUMN, TABLE, write


def typed(*words: str) -> Result:
    return CliRunner().invoke(cli, list(words))


def test_it_shows_what_is_pending_and_writes_nothing_unasked(tmp_path: Path) -> None:
    write(tmp_path, TABLE, COLUMN)
    path = tmp_path / "shop.db"
    sqlite3.connect(path).execute("vacuum").connection.close()
    words = ("migrations", "upgrade", "--db", f"sqlite:///{path}", "--path", str(tmp_path))
    asked = typed(*words)
    assert isinstance(asked.exception, UsageError)
    assert "nobody could be asked" in str(asked.exception)
    assert "ALTER TABLE orders ADD COLUMN note" in asked.stdout
    done = typed(*words, "--yes", "--format", "json", "-q")
    assert (done.exit_code, json.loads(done.stdout)["after"]) == (0, ["r2"])
    again = typed(*words, "--yes", "-q")
    assert again.stdout == f"sqlite:///{path} stands at r2: nothing to do.\n"

    fleet = ("--inventory", str(tmp_path / "fleet.txt"), "--path", str(tmp_path), "-q")
    (tmp_path / "fleet.txt").write_text(f"sqlite:///{path}\nsqlite:///{tmp_path}/none.db\n")
    checked = typed("fleet", "check", *fleet)
    assert checked.exit_code == 3
    assert f"! 1 not reached:\n    sqlite:///{tmp_path}/none.db" in checked.stdout
    assert "✓ 1 done: 1 at r2" in checked.stdout
    assert typed("fleet", "drift", *fleet).exit_code == 3


def test_a_database_that_is_not_reached_is_told_in_json(tmp_path: Path) -> None:
    write(tmp_path, TABLE)
    missing = f"sqlite:///{tmp_path}/none.db"
    found = typed("migrations", "upgrade", "--db", missing, "--path", str(tmp_path),
                  "--yes", "--format", "json", "-q")  # fmt: skip
    assert found.exit_code == 3
    report = json.loads(found.stdout)
    assert (report["state"], report["target"]) == ("unreachable", missing)
    assert not (tmp_path / "none.db").exists()
