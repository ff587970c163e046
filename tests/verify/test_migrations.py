"""Revisions of a real project rehearsed in the project's own interpreter."""

from __future__ import annotations

from collections.abc import Callable

from dbwright.core.migration import Migration
from dbwright.core.operation import AddColumn, CreateIndex
from dbwright.core.target import Target
from dbwright.core.trace import Rehearsal
from dbwright.verify.executed import executed
from dbwright.verify.old_code import DeployedCode

Rehearse = Callable[..., Rehearsal]
MIGRATION = Migration(
    "second", "migrations/versions/second.py", ("first",), target=Target("postgresql")
)


def test_harmless_revision_goes_up_down_and_up_with_all_rows_kept(rehearsed: Rehearse) -> None:
    found = rehearsed(
        'op.add_column("books", sa.Column("isbn", sa.String(13)))',
        'op.drop_column("books", "isbn")',
    )
    assert found.up
    assert found.down
    assert found.again
    assert [trace.error for trace in found.traces()] == [None, None, None]
    assert found.up.losses == found.down.losses == ()
    assert found.down.difference == found.again.difference == ()
    assert found.rows["books"] == 20


def test_statements_carry_operation_place_and_call(rehearsed: Rehearse) -> None:
    found = rehearsed('op.create_index("ix", "books", ["title"])', 'op.drop_index("ix", "books")')
    migration = executed(MIGRATION, found)
    (statement,) = migration.upgrade
    assert migration.evidence == "executed"
    assert isinstance(statement.operations[0], CreateIndex)
    assert statement.call == "create_index"
    assert statement.place
    assert statement.place.file == "migrations/versions/second.py"
    assert statement.place.line == 10
    assert len(migration.downgrade) == 1


def test_column_with_foreign_key_emits_two_statements_and_scans_under_access_exclusive(
    rehearsed: Rehearse,
) -> None:
    found = rehearsed(
        'op.add_column("books", sa.Column("editor_id", sa.Integer, sa.ForeignKey("authors.id")))',
        'op.drop_column("books", "editor_id")',
    )
    assert found.up
    add, check = found.up.statements
    assert isinstance(add.statement.operations[0], AddColumn)
    assert {scan.relation: scan.lock for scan in check.scans}["books"] == "AccessExclusiveLock"


def test_text_that_is_no_label_is_refused_and_then_watched_on_rows_of_labels(
    rehearsed: Rehearse,
) -> None:
    cast = "ALTER TABLE books ALTER COLUMN title TYPE kind USING title::kind"
    found = rehearsed(
        f"op.execute(\"CREATE TYPE kind AS ENUM ('novel', 'essay')\")\nop.execute('{cast}')",
        'op.execute("ALTER TABLE books ALTER COLUMN title TYPE text; DROP TYPE kind")',
    )
    assert found.refused_rows
    assert found.refused_rows.sql_error
    assert found.refused_rows.sql_error.code == "22P02"
    assert [trace.error for trace in found.traces()] == [None, None, None]
    assert found.rows["books"] == 20


def test_not_null_over_nulls_is_refused_and_then_watched_on_rows_that_meet_it(
    rehearsed: Rehearse,
) -> None:
    found = rehearsed('op.alter_column("authors", "name", nullable=False)')
    refused = found.refused_rows
    assert refused
    assert refused.sql_error
    assert refused.sql_error.code == "23502"
    assert refused.error_place == "migrations/versions/second.py:10"
    assert found.up
    assert not found.up.failed
    assert found.rows["authors"] > 0


def test_error_in_python_fails_with_and_without_rows(rehearsed: Rehearse) -> None:
    found = rehearsed("raise RuntimeError('not today')")
    assert found.up
    assert found.without_rows
    assert "not today" in str(found.up.error)
    assert found.up.sql_error is None
    assert found.without_rows.failed


def test_dropped_column_is_a_loss_and_does_not_come_back(rehearsed: Rehearse) -> None:
    found = rehearsed(
        'op.drop_column("books", "title")',
        'op.add_column("books", sa.Column("title", sa.String(50), server_default="",'
        " nullable=False))",
    )
    assert found.up
    assert found.down
    (loss,) = found.up.losses
    assert (loss.table, loss.column, loss.lost) == ("books", "title", 20)
    assert [(loss.table, loss.column) for loss in found.down.losses] == [("books", "title")]
    assert any("books.title" in text for text in found.down.difference)


def test_rename_loses_nothing(rehearsed: Rehearse) -> None:
    found = rehearsed(
        'op.alter_column("books", "title", new_column_name="name")\n'
        'op.rename_table("authors", "writers")',
        'op.rename_table("writers", "authors")\n'
        'op.alter_column("books", "name", new_column_name="title")',
    )
    assert found.up
    assert found.down
    assert found.up.losses == found.down.losses == ()


def test_wider_number_loses_nothing_and_a_narrower_text_does(rehearsed: Rehearse) -> None:
    found = rehearsed(
        'op.alter_column("books", "pages", type_=sa.BigInteger)\n'
        'op.execute("alter table books alter title type varchar(3) using left(title, 3)")',
        'op.alter_column("books", "title", type_=sa.String(50))\n'
        'op.alter_column("books", "pages", type_=sa.Integer)',
    )
    assert found.up
    assert {loss.column for loss in found.up.losses} == {"title"}


def test_empty_downgrade_leaves_the_schema_of_the_upgrade(rehearsed: Rehearse) -> None:
    found = rehearsed('op.create_index("ix", "books", ["title"])')
    assert found.down
    assert found.again
    assert any("ix" in text for text in found.down.difference)
    assert "already exists" in str(found.again.error)


def test_downgrade_that_brings_not_null_back_fails_on_rows_of_the_new_schema(
    rehearsed: Rehearse,
) -> None:
    found = rehearsed(
        'op.alter_column("books", "title", nullable=True)',
        'op.alter_column("books", "title", nullable=False)',
    )
    assert found.down
    assert found.down.sql_error
    assert found.down_old_rows
    assert found.down.sql_error.code == "23502"
    assert not found.down_old_rows.failed
    assert found.again
    assert not found.again.failed


def test_plain_build_behind_a_concurrent_one_half_applies(rehearsed: Rehearse) -> None:
    found = rehearsed(
        'op.add_column("books", sa.Column("isbn", sa.String(13)))\n'
        "with op.get_context().autocommit_block():\n"
        '    op.create_index("ix", "books", ["title"], postgresql_concurrently=True)\n'
        'op.execute("select 1 / 0")'
    )
    assert found.up
    assert [trace.statement.autocommit for trace in found.up.statements][:2] == [False, True]
    assert any("isbn" in text for text in found.up.difference)


def test_old_insert_that_lacks_a_new_mandatory_column_is_broken(rehearsed: Rehearse) -> None:
    insert = {
        "mapper": "Author",
        "action": "INSERT",
        "sql": "insert into authors (id, name, email) values (%(id)s, %(name)s, %(email)s)",
        "parameters": [
            {"name": name, "table": "authors", "column": name, "type": "text"}
            for name in ("id", "name", "email")
        ],
    }
    select = {"mapper": "Author", "action": "SELECT", "sql": "select id, name from authors"}
    found = rehearsed(
        'op.add_column("authors", sa.Column("born", sa.Date, nullable=False,'
        " server_default='2000-01-01'))\n"
        'op.alter_column("authors", "born", server_default=None)',
        'op.drop_column("authors", "born")',
        old_code=DeployedCode(lambda: [insert, select]),
    )
    assert found.old_code is not None
    (broken,) = found.old_code
    assert (broken.mapper, broken.action, broken.error.code) == ("Author", "INSERT", "23502")
