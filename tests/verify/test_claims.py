"""Claims held against rehearsals of real revisions: proved, refuted, or honestly neither."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from dbwright.core.claim import Claim, ClaimKind, Proof
from dbwright.core.target import Target
from dbwright.core.trace import Rehearsal, Scan
from dbwright.verify.claims import prove, unexplained
from dbwright.verify.executed import executed
from dbwright.verify.old_code import DeployedCode

Rehearse = Callable[..., Rehearsal]


def _proof(
    found: Rehearsal, kind: ClaimKind, relation: str | None, target: str = "postgresql", **more: Any
) -> Proof:
    assert found.migration
    migration = executed(found.migration, found)
    return prove(Claim(kind, relation, **more), migration, found, Target.parse(target))


def _dangers(found: Rehearsal, *explained: tuple[str, str | None]) -> list[str]:
    return [finding.claims[0].kind for finding in unexplained(found, set(explained))]


INDEX = 'op.create_index("ix", "books", ["title"])'
NO_INDEX = 'op.drop_index("ix", "books")'


def test_plain_build_is_verified_to_make_an_insert_wait(rehearsed: Rehearse) -> None:
    found = rehearsed(INDEX, NO_INDEX)
    proof = _proof(found, "blocks_writes", "books")
    assert proof.level == "verified"
    assert proof.witness.endswith(
        "an INSERT from a second connection waited for ShareLock on books"
    )
    assert "20 generated rows in books" in proof.scope
    assert _proof(found, "full_scan_locked", "books").level == "verified"
    assert _proof(found, "lock_no_timeout", "books").level == "verified"


def test_what_a_plain_build_does_not_do_is_refuted(rehearsed: Rehearse) -> None:
    found = rehearsed(INDEX, NO_INDEX)
    kinds: tuple[ClaimKind, ...] = (
        "blocks_reads",
        "table_rewrite",
        "data_loss",
        "fails_on_data",
        "fails_at_runtime",
        "long_row_locks",
        "downgrade_fails",
        "lossy_downgrade",
        "irreversible_downgrade",
        "leaves_object_behind",
        "non_transactional",
    )
    assert {kind: _proof(found, kind, "books").level for kind in kinds} == dict.fromkeys(
        kinds, "refuted"
    )
    assert _proof(found, "blocks_writes", "authors").level == "refuted"


def test_same_run_is_only_observed_for_another_major_or_through_a_stand_in(
    rehearsed: Rehearse,
) -> None:
    found = rehearsed(INDEX, NO_INDEX)
    other = 13 if found.server_major != 13 else 14
    own = _proof(found, "blocks_writes", "books", f"postgresql-{found.server_major}")
    assert own.level == "verified"
    proof = _proof(found, "blocks_writes", "books", f"postgresql-{other}")
    assert proof.level == "observed"
    assert f"the target is postgresql-{other}" in proof.scope
    through = replace(found, stand_ins=("pgcrypto",))
    assert _proof(through, "blocks_writes", "books").level == "observed"


def test_part_of_a_table_read_is_no_whole_scan(rehearsed: Rehearse) -> None:
    found = rehearsed(INDEX, NO_INDEX)
    assert found.up
    some = replace(found.up.statements[0], scans=(Scan("books", 3, 20, "ShareLock"),))
    found = replace(found, up=replace(found.up, statements=(some,)))
    assert _proof(found, "full_scan_locked", "books").level == "refuted"


def test_concurrent_build_refutes_that_writes_wait(rehearsed: Rehearse) -> None:
    found = rehearsed(
        "with op.get_context().autocommit_block():\n"
        '    op.create_index("ix", "books", ["title"], postgresql_concurrently=True)',
        NO_INDEX,
    )
    assert _proof(found, "blocks_writes", "books").level == "refuted"
    assert _proof(found, "non_transactional", "books").level == "refuted"
    assert _dangers(found) == []


def test_lock_timeout_set_by_the_revision_refutes_that_there_is_none(rehearsed: Rehearse) -> None:
    found = rehearsed(f"op.execute(\"set local lock_timeout = '2s'\")\n{INDEX}", NO_INDEX)
    assert _proof(found, "lock_no_timeout", "books").level == "refuted"


def test_rewrite_is_verified_and_unexplained_without_a_finding(rehearsed: Rehearse) -> None:
    found = rehearsed(
        'op.alter_column("books", "pages", type_=sa.BigInteger)',
        'op.alter_column("books", "pages", type_=sa.Integer)',
    )
    assert _proof(found, "table_rewrite", "books").level == "verified"
    assert _proof(found, "table_rewrite", "authors").level == "refuted"
    assert _dangers(found) == ["table_rewrite"]
    assert _dangers(found, ("table_rewrite", "books")) == []


def test_rewrite_of_a_new_table_is_no_rewrite(rehearsed: Rehearse) -> None:
    found = rehearsed(
        'op.create_table("shelves", sa.Column("id", sa.Integer, primary_key=True))\n'
        'op.alter_column("shelves", "id", type_=sa.BigInteger)',
        'op.drop_table("shelves")',
    )
    assert _proof(found, "table_rewrite", None).level == "refuted"
    assert _dangers(found) == []


def test_wider_text_and_new_tables_hold_no_danger(rehearsed: Rehearse) -> None:
    found = rehearsed(
        'op.alter_column("books", "title", type_=sa.String(80))\n'
        'op.create_table("shelves", sa.Column("id", sa.Integer, primary_key=True))\n'
        'op.create_index("ix_s", "shelves", ["id"])',
        'op.drop_table("shelves")\nop.alter_column("books", "title", type_=sa.String(50))',
    )
    assert _proof(found, "table_rewrite", "books").level == "refuted"
    assert _proof(found, "blocks_writes", "shelves").level == "refuted"
    assert [kind for kind in _dangers(found) if kind != "downgrade_fails"] == []


def test_not_null_over_nulls_fails_on_data_and_the_rest_is_still_judged(
    rehearsed: Rehearse,
) -> None:
    found = rehearsed(f'op.alter_column("authors", "name", nullable=False)\n{INDEX}')
    proof = _proof(found, "fails_on_data", "authors")
    assert proof.level == "verified"
    assert "failed on rows that do not meet it" in proof.witness
    assert _proof(found, "fails_at_runtime", None).level == "refuted"
    assert _proof(found, "data_loss", "authors").level == "refuted"
    assert _proof(found, "blocks_writes", "books").level == "verified"
    assert "full_scan_locked" in _dangers(found)


def test_product_that_overflows_hides_nothing_else(rehearsed: Rehearse) -> None:
    found = rehearsed(
        'op.add_column("books", sa.Column("words", sa.Numeric(6, 0)))\n'
        'op.execute("update books set words = pages * 300")\n' + INDEX,
        f'{NO_INDEX}\nop.drop_column("books", "words")',
    )
    assert found.up
    assert not found.up.failed
    assert _proof(found, "blocks_writes", "books").level == "verified"
    (finding,) = (item for item in unexplained(found, {("blocks_writes", "books")}))
    assert finding.severity == "info"
    assert "on values at the limit of their types" in finding.message
    assert "failed on values at the limit" in _proof(found, "fails_on_data", "books").witness


def test_error_without_rows_is_a_failure_at_runtime(rehearsed: Rehearse) -> None:
    found = rehearsed('op.drop_column("books", "absent")')
    assert _proof(found, "fails_at_runtime", "books").level == "verified"
    assert _proof(found, "fails_on_data", "books").level == "reasoned"
    assert _proof(found, "fails_at_runtime", "authors").level == "reasoned"
    assert _dangers(found) == ["fails_at_runtime"]


def test_concurrent_build_inside_the_transaction_fails_at_runtime(rehearsed: Rehearse) -> None:
    found = rehearsed('op.create_index("ix", "books", ["title"], postgresql_concurrently=True)')
    proof = _proof(found, "fails_at_runtime", "ix")
    assert proof.level == "verified"
    assert "cannot run inside a transaction block" in proof.witness


def test_update_of_all_rows_holds_them(rehearsed: Rehearse) -> None:
    found = rehearsed('op.execute("update books set title = upper(title)")')
    proof = _proof(found, "long_row_locks", "books")
    assert proof.level == "verified"
    assert "20 of the 20 rows of books" in proof.witness
    assert _dangers(found) == []


def test_rows_changed_one_by_one_add_up(rehearsed: Rehearse) -> None:
    found = rehearsed(
        "bind = op.get_bind()\n"
        'for (key,) in bind.execute(sa.text("select id from books")).fetchall():\n'
        '    bind.execute(sa.text("update books set pages = 1 where id = :key"), {"key": key})'
    )
    assert _proof(found, "long_row_locks", "books").level == "verified"


def test_rows_without_a_value_are_held_however_few_they_are(rehearsed: Rehearse) -> None:
    found = rehearsed('op.execute("update books set pages = 1 where pages is null")')
    assert found.up
    (update,) = found.up.statements
    assert update.rows_changed == update.rows_locked
    assert 1 < (update.rows_changed or 0) < 10
    proof = _proof(found, "long_row_locks", "books")
    assert proof.level == "verified"
    assert f"a second connection found {update.rows_locked} locked, and nothing" in proof.witness


def test_a_condition_that_no_row_meets_holds_none(rehearsed: Rehearse) -> None:
    found = rehearsed('op.execute("update books set pages = 1 where id is null")')
    assert _proof(found, "long_row_locks", "books").level == "refuted"


def test_a_refusal_says_nothing_of_what_comes_after_it(rehearsed: Rehearse) -> None:
    found = rehearsed(
        'op.alter_column("authors", "id", server_default="7")\n'
        'op.alter_column("books", "pages", nullable=False)\n'
        'op.create_check_constraint("ck", "books", "author_id > 0")'
    )
    proof = _proof(found, "fails_on_data", "books", column="pages")
    assert proof.level == "verified"
    assert "contains null values" in proof.witness
    later = _proof(found, "fails_on_data", "books", column="author_id")
    assert (later.level, "something before it failed" in later.why) == ("reasoned", True)
    assert _proof(found, "fails_on_data", "authors", column="id").level == "refuted"


def test_rename_written_as_drop_and_add_loses_the_values(rehearsed: Rehearse) -> None:
    found = rehearsed(
        'op.add_column("books", sa.Column("name", sa.String(50)))\n'
        'op.drop_column("books", "title")',
        'op.add_column("books", sa.Column("title", sa.String(50), nullable=False,'
        ' server_default=""))\nop.drop_column("books", "name")',
    )
    proof = _proof(found, "rename_as_drop_add", "books", column="title")
    assert proof.level == "verified"
    assert "books.name was added, without them" in proof.witness
    assert _proof(found, "data_loss", "books", column="pages").level == "refuted"
    assert _proof(found, "lossy_downgrade", "books").level == "verified"
    assert _proof(found, "irreversible_downgrade", "books").level == "verified"
    assert "data_loss" in _dangers(found)
    assert "lossy_downgrade" not in _dangers(found)


def test_downgrade_without_a_body_leaves_its_index_behind(rehearsed: Rehearse) -> None:
    found = rehearsed(INDEX)
    proof = _proof(found, "leaves_object_behind", "books")
    assert proof.level == "verified"
    assert 'relation "ix" already exists' in proof.witness
    assert _proof(found, "irreversible_downgrade", "books").level == "verified"
    assert "irreversible_downgrade" in _dangers(found)


def test_enum_type_left_by_the_downgrade_stops_the_second_upgrade(rehearsed: Rehearse) -> None:
    found = rehearsed(
        'op.create_table("moods", sa.Column("mood", sa.Enum("sad", "glad", name="mood")))',
        'op.drop_table("moods")',
    )
    proof = _proof(found, "leaves_object_behind", "moods")
    assert proof.level == "verified"
    assert 'type "mood" already exists' in proof.witness


def test_downgrade_that_raises_is_irreversible_and_fails(rehearsed: Rehearse) -> None:
    found = rehearsed(INDEX, 'raise NotImplementedError("there is no way back")')
    proof = _proof(found, "irreversible_downgrade", None)
    assert proof.level == "verified"
    assert "there is no way back" in proof.witness
    assert _proof(found, "downgrade_fails", None).level == "verified"


def test_not_null_brought_back_fails_only_over_new_rows(rehearsed: Rehearse) -> None:
    found = rehearsed(
        'op.alter_column("books", "title", nullable=True)',
        'op.alter_column("books", "title", nullable=False)',
    )
    proof = _proof(found, "downgrade_fails", "books")
    assert "over rows written under the new schema; without them it runs" in proof.witness
    assert _proof(found, "irreversible_downgrade", "books").level == "refuted"


def test_index_kept_invalid_by_if_not_exists_is_seen(rehearsed: Rehearse) -> None:
    build = (
        '    op.create_index("ix", "books", ["title"], postgresql_concurrently=True,'
        " if_not_exists=True)"
    )
    found = rehearsed(f"with op.get_context().autocommit_block():\n{build}", NO_INDEX)
    proof = _proof(found, "leaves_object_behind", "books")
    assert proof.level == "verified"
    assert "ix stayed invalid" in proof.witness


def test_index_dropped_first_is_not_kept_invalid(rehearsed: Rehearse) -> None:
    found = rehearsed(
        "with op.get_context().autocommit_block():\n"
        '    op.execute("drop index concurrently if exists ix")\n'
        '    op.create_index("ix", "books", ["title"], postgresql_concurrently=True,'
        " if_not_exists=True)",
        NO_INDEX,
    )
    assert _proof(found, "leaves_object_behind", "books").level == "refuted"


def test_work_beside_a_concurrent_build_can_be_left_half_applied(rehearsed: Rehearse) -> None:
    found = rehearsed(
        'op.add_column("books", sa.Column("isbn", sa.String(13)))\n'
        "with op.get_context().autocommit_block():\n"
        '    op.create_index("ix", "books", ["title"], postgresql_concurrently=True)',
        f'{NO_INDEX}\nop.drop_column("books", "isbn")',
    )
    assert _proof(found, "non_transactional", "books").level == "verified"


OLD = {
    "mapper": "Book",
    "action": "SELECT",
    "sql": "select books.id, books.title from books",
    "parameters": [],
}


def test_renamed_column_breaks_the_deployed_select(rehearsed: Rehearse) -> None:
    up = 'op.alter_column("books", "title", new_column_name="name")'
    down = 'op.alter_column("books", "name", new_column_name="title")'
    found = rehearsed(up, down, old_code=DeployedCode(lambda: [OLD]))
    proof = _proof(found, "breaks_old_code", "books", column="title")
    assert proof.level == "verified"
    assert "the deployed SELECT of Book worked before and now fails" in proof.witness
    assert _proof(found, "breaks_old_code", "authors").level == "refuted"
    assert _dangers(found) == ["breaks_old_code"]
    assert _dangers(found, ("breaks_old_code", "books")) == []
    unknown = _proof(replace(found, old_code=None), "breaks_old_code", "books")
    assert (unknown.level, unknown.why) == (
        "reasoned",
        "no statements of the deployed code are known",
    )


def test_table_that_stayed_empty_decides_nothing(rehearsed: Rehearse) -> None:
    found = rehearsed(
        'op.execute("alter table books add constraint never check (pages > 5)")',
        'op.execute("alter table books drop constraint never")',
        before="alter table books add constraint no check (pages > 9 and pages < 9 and id < 0)",
    )
    proof = _proof(found, "full_scan_locked", "books")
    assert proof.level == "reasoned"
    assert "books stayed empty: no" in proof.why


def test_graph_claims_are_read_in_the_files(rehearsed: Rehearse) -> None:
    found = rehearsed(INDEX, NO_INDEX)
    assert _proof(found, "graph_multiple_heads", None).level == "verified"


@pytest.mark.parametrize("kind", ["blocks_writes", "data_loss"])
def test_revision_that_was_not_run_is_reasoned(rehearsed: Rehearse, kind: ClaimKind) -> None:
    found = replace(rehearsed(INDEX, NO_INDEX), up=None, not_run="env.py hangs")
    proof = _proof(found, kind, "books")
    assert (proof.level, proof.why) == ("reasoned", "env.py hangs")
