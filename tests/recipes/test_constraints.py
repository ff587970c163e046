"""Constraints, NOT NULL and what is known of them at a point of the revision."""

from collections.abc import Callable
from dataclasses import replace

from dbwright.core.migration import Migration
from dbwright.core.operation import SetNotNull, ValidateConstraint
from dbwright.core.schema import Check, ForeignKey
from dbwright.recipes import check, constraints, not_null, validate

Written = Callable[..., Migration]
TABLES = "create table a (id bigint primary key); create table b (id bigint, a_id bigint)"
WAITING = f"{TABLES}; alter table b add constraint fk foreign key (a_id) references a not valid"
SET = 'op.alter_column("b", "a_id", nullable=False)'


def _checked(migration: Migration) -> bool:
    number, _, found = next(migration.each(SetNotNull))
    return not_null.is_checked(migration, number, found.table, found.column)


def test_a_validated_check_spares_the_scan(written: Written) -> None:
    sql = f"{TABLES}; alter table b add constraint ck check (a_id is not null)"
    assert _checked(written(SET, "pass", sql))
    assert not _checked(written(SET, "pass", f"{sql} not valid"))
    assert not _checked(written(SET, "pass", sql.replace("a_id is", "id is")))


def test_a_check_validated_in_the_same_revision_counts(written: Written) -> None:
    sql = f"{TABLES}; alter table b add constraint ck check (a_id is not null) not valid"
    body = f'op.execute("ALTER TABLE b VALIDATE CONSTRAINT ck")\n{SET}'
    assert _checked(written(body, "pass", sql))


def test_a_check_that_says_more_is_not_the_one() -> None:
    assert check.is_not_null_of(Check("((a IS NOT NULL))"), "a")
    assert not check.is_not_null_of(Check("(a IS NOT NULL) OR (b IS NOT NULL)"), "a")


def _refusals(migration: Migration) -> list[str | None]:
    number, _, found = next(migration.each(SetNotNull))
    claims = constraints.refusal(migration, number, found.table, (found.column,))
    return [claim.column for claim in claims]


def test_rows_that_a_statement_before_repairs_are_not_refused(written: Written) -> None:
    repair = 'op.execute("UPDATE b SET a_id = 1 WHERE a_id IS NULL")\n'
    assert _refusals(written(SET, "pass", TABLES)) == ["a_id"]
    assert _refusals(written(repair + SET, "pass", TABLES)) == []
    assert _refusals(written(repair.replace("a_id", "id") + SET, "pass", TABLES)) == ["a_id"]
    assert _refusals(written(f'op.execute("DELETE FROM b")\n{SET}', "pass", TABLES)) == []
    before = written(repair, "pass", TABLES).upgrade
    assert _refusals(written(SET, "pass", TABLES, earlier=before)) == []


def test_a_constraint_behind_a_statement_asks_something_of_its_table(written: Written) -> None:
    migration = written(f'op.execute("DELETE FROM b WHERE id < 3")\n{SET}', "pass", TABLES)
    assert constraints.added_later(migration, 0, "b")
    assert not constraints.added_later(migration, 0, "a")
    assert not constraints.added_later(migration, 1, "b")


def test_the_query_for_orphans_leaves_rows_without_a_value_out() -> None:
    sql = constraints.orphans("b", ForeignKey(("a_id",), "a", ("id",)))
    assert "child.a_id IS NOT NULL AND NOT EXISTS" in sql.replace('"', "")


def test_the_lock_of_the_revision_below_lasts_where_the_transaction_does(written: Written) -> None:
    adding = "ALTER TABLE b ADD CONSTRAINT fk FOREIGN KEY (a_id) REFERENCES a NOT VALID"
    below = written(f'op.execute("{adding}")', "pass", TABLES).upgrade
    body = 'op.execute("ALTER TABLE b VALIDATE CONSTRAINT fk")'
    found = written(body, "pass", WAITING, shared=below)
    _, statement, operation = next(found.each(ValidateConstraint))
    assert validate.adding(found, statement, operation) == (below[0], "ShareRowExclusiveLock")
    assert validate.adding(replace(found, shared=()), statement, operation) is None
    block = f"with op.get_context().autocommit_block():\n    {body}"
    apart = written(block, "pass", WAITING, shared=below)
    _, statement, operation = next(apart.each(ValidateConstraint))
    assert validate.adding(apart, statement, operation) is None


def test_names_and_actions_stand_in_the_sql() -> None:
    key = ForeignKey(("a_id",), "order", ("id",), "billing", on_delete="CASCADE")
    assert constraints.key_sql("b", key) == (
        "ALTER TABLE b ADD CONSTRAINT b_a_id_fkey FOREIGN KEY (a_id) "
        'REFERENCES billing."order" (id) ON DELETE CASCADE'
    )
