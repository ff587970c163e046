"""Revisions cut into phases."""

from collections.abc import Callable
from dataclasses import replace

import pytest

from dbwright.core.errors import FixError
from dbwright.core.migration import Migration
from dbwright.core.source import Source
from dbwright.recipes import index, revision
from dbwright.recipes.revision import Phase

Written = Callable[..., Migration]
TABLE = "create table orders (id bigint primary key, status text)"
BUILD = 'op.create_index("ix_orders_status", "orders", ["status"])'
DROP = 'op.drop_index("ix_orders_status", table_name="orders")'
TWO = f'op.execute("SELECT 1")\n{BUILD}'


def test_a_lone_statement_is_changed_in_its_own_file(written: Written) -> None:
    fix = index.concurrent_build(written(BUILD, DROP, TABLE), 0)
    (edit,) = fix.edits
    assert edit.path == "versions/second.py"
    assert edit.after is not None
    assert edit.after.count("postgresql_concurrently=True") == 2


def test_a_head_keeps_its_file_and_the_phase_follows(written: Written) -> None:
    own, new = index.concurrent_build(written(TWO, DROP, TABLE), 1).edits
    assert own.path == "versions/second.py"
    assert own.after is not None
    assert "create_index" not in own.after
    assert "drop_index" not in own.after
    assert new.after is not None
    assert 'down_revision = "second"' in new.after


def test_a_revision_that_others_stand_on_keeps_its_id_for_the_last_phase(written: Written) -> None:
    new, own = index.concurrent_build(written(TWO, DROP, TABLE, followers=("third",)), 1).edits
    assert own.path == "versions/second.py"
    assert own.after is not None
    assert 'revision = "second"' in own.after
    assert "create_index" in own.after
    assert new.after is not None
    assert "down_revision = 'first'" in new.after
    name = revision.new_id("second", "first part")
    assert f'down_revision = "{name}"' in own.after
    assert f'revision = "{name}"' in new.after


def test_the_same_fix_gives_the_same_ids(written: Written) -> None:
    once = index.concurrent_build(written(TWO, DROP, TABLE), 1)
    assert once == index.concurrent_build(written(TWO, DROP, TABLE), 1)


def test_undo_takes_the_edits_back_last_first(written: Written) -> None:
    fix = index.concurrent_build(written(TWO, DROP, TABLE), 1)
    undo = revision.undo(fix, "downgrade")
    assert [edit.path for edit in undo.edits] == [edit.path for edit in reversed(fix.edits)]
    assert undo.edits[0].after is None
    assert undo.edits[1].after == fix.edits[0].before


def test_a_revision_that_is_deployed_is_not_edited(written: Written) -> None:
    migration = written(BUILD, DROP, TABLE, changeable=False)
    assert index.concurrent_build(migration, 0).edits == ()


def test_a_statement_of_a_loop_gives_code_and_no_edit(written: Written) -> None:
    loop = f'for table in ("orders",):\n    {BUILD}'
    fix = index.concurrent_build(written(loop, DROP, TABLE), 0)
    assert fix.edits == ()
    assert "postgresql_concurrently=True" in fix.code


def test_an_imported_name_comes_along_into_the_new_file(written: Written) -> None:
    migration = written(TWO, DROP, TABLE)
    assert migration.source is not None
    text = migration.source.text.replace("import op", "import op\nfrom shop import SQL")
    known = replace(migration, source=Source(migration.path, text))
    phase = Phase("Ask", "op.execute(SQL)", "", index.DROP_NOTES)
    new = revision.chain(known, text + "\n", (phase,))[1].after
    assert new is not None
    assert "from shop import SQL\n" in new
    with pytest.raises(FixError):
        revision.chain(migration, text + "\n", (phase,))
