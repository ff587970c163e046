"""Revisions rehearsed on SQLite, batch mode above all."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from dbwright.core.claim import Claim
from dbwright.core.migration import Migration
from dbwright.core.target import Target
from dbwright.core.trace import Rehearsal
from dbwright.scratch.bridge import DatabaseHost
from dbwright.scratch.databases import open_sandbox
from dbwright.scratch.server import ServerChoice
from dbwright.scratch.worker import Worker
from dbwright.verify.claims import prove, unexplained
from dbwright.verify.migrations import rehearse

FIRST = """
op.execute("create table authors (id integer primary key, name varchar(40))")
op.execute("create table books (id integer primary key, title varchar(50) not null,"
    " pages int check (pages > 0), author_id int not null references authors on delete cascade)")
"""
MIGRATION = Migration("second", "migrations/versions/second.py", ("first",),
                      target=Target("sqlite"))  # fmt: skip
Rehearse = Callable[..., Rehearsal]


@pytest.fixture
def rehearsed(tmp_path: Path, env: str, write: Callable[..., None]) -> Iterator[Rehearse]:
    """Rehearses a second revision on authors and books in SQLite."""
    (tmp_path / "migrations" / "versions").mkdir(parents=True)
    (tmp_path / "alembic.ini").write_text(
        "[alembic]\nscript_location = migrations\nsqlalchemy.url = sqlite:///shop.db\n"
    )
    (tmp_path / "migrations" / "env.py").write_text(env)
    choice = ServerChoice(cache_dir=tmp_path / "cache")
    arguments = {"config": "alembic.ini", "section": None}
    with (
        open_sandbox("sqlite", choice) as sandbox,
        Worker(Path(sys.executable), tmp_path, dialect="sqlite", timeout=60) as worker,
    ):

        def go(up: str, down: str = "pass") -> Rehearsal:
            write(worker, "first", None, FIRST, "pass")
            with sandbox.clone(None) as database:
                worker.call("upgrade", DatabaseHost(database), revision="first", **arguments)
                sandbox.save(database, "first")
            write(worker, "second", "first", up, down)
            return rehearse(worker, arguments, MIGRATION, sandbox, base="first")

        yield go


def test_batch_mode_makes_the_table_anew_and_loses_what_it_does_not_see(
    rehearsed: Rehearse,
) -> None:
    found = rehearsed(
        'with op.batch_alter_table("books") as batch:\n'
        '    batch.alter_column("title", type_=sa.String(80))',
        'with op.batch_alter_table("books") as batch:\n'
        '    batch.alter_column("title", type_=sa.String(50))',
    )
    assert found.up
    assert found.up.error is None
    assert found.rows == {"authors": 20, "books": 20}
    assert [trace.rewritten for trace in found.up.statements if trace.rewritten] == [("books",)]
    proof = prove(Claim("table_rewrite", "books"), MIGRATION, found, Target("sqlite"))
    assert proof.level == "verified"
    assert found.down
    assert found.up.losses == ()


def test_a_column_that_batch_mode_renames_has_lost_nothing(rehearsed: Rehearse) -> None:
    found = rehearsed(
        'with op.batch_alter_table("books") as batch:\n'
        '    batch.alter_column("title", new_column_name="name", type_=sa.String(80))',
        'with op.batch_alter_table("books") as batch:\n'
        '    batch.alter_column("name", new_column_name="title", type_=sa.String(50))',
    )
    assert found.up
    assert (found.up.error, found.up.losses) == (None, ())
    # `int` became `INTEGER`, and the table was copied: neither is news; the key lost its action
    (danger,) = unexplained(found, set())
    assert "foreign key of books" in danger.message
    assert "on delete cascade" in danger.message


def test_batch_on_a_parent_with_foreign_keys_on_deletes_its_children(rehearsed: Rehearse) -> None:
    found = rehearsed(
        'op.execute("pragma foreign_keys = on")\n'
        'with op.batch_alter_table("authors") as batch:\n'
        '    batch.alter_column("name", type_=sa.String(80))'
    )
    assert found.up
    assert [(loss.table, loss.lost) for loss in found.up.losses] == [("books", 20)]


def test_what_a_batch_takes_along_is_seen_behind_a_refusal_of_rows(
    rehearsed: Rehearse,
) -> None:
    found = rehearsed(
        'op.execute("pragma foreign_keys = on")\n'
        'with op.batch_alter_table("authors") as batch:\n'
        '    batch.alter_column("name", nullable=False)'
    )
    assert found.up
    assert found.refused_rows
    assert [(loss.table, loss.lost) for loss in found.up.losses] == [("books", 20)]
    kinds = {(danger.claims[0].kind, danger.severity) for danger in unexplained(found, set())}
    assert {("fails_on_data", "info"), ("data_loss", "error")} <= kinds


def test_not_null_over_nulls_fails_with_rows_only(rehearsed: Rehearse) -> None:
    found = rehearsed(
        'with op.batch_alter_table("authors") as batch:\n'
        '    batch.alter_column("name", nullable=False)'
    )
    proof = prove(Claim("fails_on_data", "authors"), MIGRATION, found, Target("sqlite"))
    assert proof.level == "verified"
    locks = prove(Claim("blocks_writes", "authors"), MIGRATION, found, Target("sqlite"))
    assert (locks.level, locks.why) == ("reasoned", "locks are watched on PostgreSQL only")
