"""Upgrades stopped behind each of their commits and run again."""

from __future__ import annotations

from collections.abc import Callable

from dbwright.core.trace import Rehearsal

Rehearse = Callable[..., Rehearsal]
COLUMN = 'op.add_column("books", sa.Column("isbn", sa.Text()))'
BUILD = """
with op.get_context().autocommit_block():
    op.execute("CREATE INDEX CONCURRENTLY ix_books_title ON books (title)")
"""
DOWN = """
op.execute("DROP INDEX ix_books_title")
op.drop_column("books", "isbn")
"""


def test_work_committed_before_the_stop_fails_the_second_run(rehearsed: Rehearse) -> None:
    found = rehearsed(f"{COLUMN}\n{BUILD}", DOWN)
    (stop,) = found.interrupted
    assert stop.stopped.startswith("CREATE INDEX CONCURRENTLY")
    assert stop.left == ("column books.isbn: not wanted, found text",)
    assert stop.sql_error
    assert stop.sql_error.code == "42701"
    assert stop.failing
    assert "ADD COLUMN isbn" in stop.failing


def test_each_commit_is_stopped_behind_once(rehearsed: Rehearse) -> None:
    more = "op.execute(\"COMMENT ON TABLE books IS 'all of them'\")"
    found = rehearsed(f"{COLUMN}\n{BUILD}\n{more}", DOWN)
    assert [stop.stopped.split()[0] for stop in found.interrupted] == ["CREATE", "COMMENT"]


def test_a_revision_that_looks_before_it_changes_has_no_error(rehearsed: Rehearse) -> None:
    looks = """
if "isbn" not in {column["name"] for column in sa.inspect(op.get_bind()).get_columns("books")}:
    op.add_column("books", sa.Column("isbn", sa.Text()))
"""
    found = rehearsed(f"{looks}\n{BUILD}", DOWN)
    assert [stop.error for stop in found.interrupted] == [None]


def test_statements_that_may_run_twice_are_not_stopped(rehearsed: Rehearse) -> None:
    twice = """
op.execute("ALTER TABLE books ADD COLUMN IF NOT EXISTS isbn text")
with op.get_context().autocommit_block():
    op.execute("DROP INDEX CONCURRENTLY IF EXISTS ix_books_title")
    op.execute("CREATE INDEX CONCURRENTLY ix_books_title ON books (title)")
"""
    assert rehearsed(twice, DOWN).interrupted == ()


def test_one_transaction_is_not_stopped(rehearsed: Rehearse) -> None:
    assert rehearsed(COLUMN, 'op.drop_column("books", "isbn")').interrupted == ()


def test_a_setting_behind_the_last_commit_is_no_place_to_stop(rehearsed: Rehearse) -> None:
    reset = 'op.execute("RESET lock_timeout")'
    found = rehearsed(f"{BUILD}\n{reset}", 'op.execute("DROP INDEX ix_books_title")')
    assert found.interrupted == ()
