"""Backups of what a revision destroys, taken and restored on rows."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest

from dbwright.core.rehearsed import Backup
from dbwright.core.schema import Column, PrimaryKey, Table
from dbwright.core.trace import Rehearsal
from dbwright.recipes.archive import archive
from dbwright.scratch import dump
from dbwright.scratch.sandbox import Sandbox
from dbwright.scratch.worker import Worker
from dbwright.verify.backups import backups

from .conftest import ARGUMENTS, MIGRATION

Rehearse = Callable[..., Rehearsal]
Tried = Callable[..., tuple[Backup, ...]]
LINES = "create table lines (text varchar(30) not null, n integer)"
FORCED = """
create table parts (id bigint generated always as identity primary key,
  code varchar(20) not null unique, twice integer generated always as (length(code) * 2) stored)
"""


@pytest.fixture
def tried(rehearsed: Rehearse, worker: Worker, sandbox: Sandbox) -> Tried:
    """Rehearses a revision and tries the backups of what it destroys."""

    def go(up: str, down: str = "pass", before: str = "", **sizes: int) -> tuple[Backup, ...]:
        found = rehearsed(up, down, before)
        key = f"first of {worker.root} {before}"
        return backups(worker, ARGUMENTS, MIGRATION, sandbox, key, found, sizes)

    return go


pytestmark = pytest.mark.database


def test_dropped_column_comes_back_with_every_value(tried: Tried):
    (found,) = tried(
        'op.drop_column("books", "pages")',
        'op.add_column("books", sa.Column("pages", sa.Integer))',
        books=8_000_000,
    )
    assert found.held is True
    assert "restored: all 20 rows as before" in found.seen
    assert found.keep == "CREATE TABLE books_before_second AS SELECT id, pages FROM books"
    assert "at 8,000,000 rows" in found.size
    assert "pg_dump -Fc -t '\"books_before_second\"'" in found.otherwise
    assert "the dump was tried: it holds" in found.otherwise


def test_a_dump_that_cannot_be_made_is_no_harm_and_said(
    tried: Tried, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(dump, "SECONDS", 0)
    (found,) = tried('op.drop_column("books", "pages")')
    assert found.held is True
    assert "the dump was not proved: pg_dump: " in found.otherwise


@pytest.mark.parametrize(
    ("up", "down", "before", "table"),
    [
        ('op.drop_column("books", "pages")', "raise NotImplementedError", "", "books"),
        ('op.drop_table("books")', "raise NotImplementedError", "", "books"),
        ('op.execute("delete from books where id % 2 = 0")', "pass", "", "books"),
        ("op.execute(\"update books set title = 'x', pages = 0\")", "pass", "", "books"),
        ('op.execute("delete from lines")', "pass", LINES, "lines"),
        ('op.drop_table("parts")', f"op.execute('''{FORCED}''')", FORCED, "parts"),
        ('op.execute("delete from parts")', "pass", FORCED, "parts"),
    ],
    ids=[
        "column without a way back",
        "table without a way back",
        "rows",
        "values overwritten",
        "rows of a table without a key",
        "table with an identity and a computed column",
        "rows with an identity that is always generated",
    ],
)
def test_what_was_lost_comes_back_row_by_row(
    tried: Tried, up: str, down: str, before: str, table: str
):
    (found,) = tried(up, down, before)
    assert (found.table, found.held) == (table, True), found


def test_rows_that_went_with_their_parents_come_back_after_them(tried: Tried):
    before = """
        create table albums (id integer primary key, name text not null);
        create table songs (id integer primary key,
          album_id integer not null references albums on delete cascade)
    """
    first, second = tried('op.execute("delete from albums")', "pass", before)
    assert (first.table, second.table) == ("albums", "songs")
    assert first.held is second.held is True


def test_restore_that_is_refused_says_so(tried: Tried):
    up = 'op.execute("delete from books")\nop.execute("alter table books add check (id < 0)")'
    (found,) = tried(up, "raise NotImplementedError")
    assert found.held is False
    assert "the restore was refused" in found.seen
    assert "violates check constraint" in found.seen
    assert "the dump was not proved" in found.otherwise


def test_revision_that_loses_nothing_needs_none(tried: Tried):
    assert tried('op.create_index("ix", "books", ["title"])', 'op.drop_index("ix", "books")') == ()


def test_names_of_archives_fit_and_are_never_the_tables_own():
    table = Table("x" * 63, (Column("id", "bigint"),), primary_key=PrimaryKey(("id",)))
    found = archive(table, "9f" * 40, rows=True)
    assert len(found.name) == 63
    assert found.name != table.name
    kept = archive(replace(table, name="kept"), "9f", ("note",))
    assert "FROM kept_before_9f other WHERE other.id = kept.id" in kept.restore[0]
