"""Backfills in batches."""

from collections.abc import Callable
from dataclasses import replace

import pytest

from dbwright.core.errors import FixError
from dbwright.core.migration import Migration
from dbwright.core.operation import Data
from dbwright.recipes import backfill

Written = Callable[..., Migration]
TABLE = "create table orders (id bigint primary key, status text, region text)"
ADD = 'op.add_column("orders", sa.Column("zone", sa.Text()))\n'


@pytest.mark.parametrize(
    ("sql", "whole"),
    [
        ("UPDATE orders SET zone = 'a'", True),
        ("UPDATE orders SET zone = 'a' WHERE zone IS NULL", True),
        ("UPDATE orders SET zone = 'a' WHERE orders.zone IS NULL", True),
        ("UPDATE orders SET zone = 'a' WHERE region IS NULL", True),
        ("UPDATE orders SET zone = 'a' WHERE region IS NULL AND status = 'new'", False),
        ("UPDATE orders SET zone = 'a' WHERE id = 3", False),
    ],
)
def test_an_update_covers_the_table_unless_something_narrows_it(
    written: Written, sql: str, whole: bool
) -> None:
    migration = written(f'{ADD}op.execute("{sql}")', "pass", TABLE)
    _, _, operation = next(migration.each(Data))
    assert backfill.covers_whole_table(migration, operation) is whole


def test_what_an_earlier_revision_has_filled_is_left_alone(written: Written) -> None:
    update = "UPDATE orders SET region = 'eu' WHERE region IS NULL"
    earlier = written(f'op.execute("{update}")', "pass", TABLE).upgrade
    migration = written(f'op.execute("{update}")', "pass", TABLE, earlier=earlier)
    _, _, operation = next(migration.each(Data))
    assert not backfill.covers_whole_table(migration, operation)
    other = replace(operation, columns=("status",))
    assert backfill.covers_whole_table(migration, other)


def test_an_update_of_a_new_table_is_not_a_backfill(written: Written) -> None:
    create = 'op.create_table("fresh", sa.Column("id", sa.Integer()))\n'
    migration = written(f'{create}op.execute("UPDATE fresh SET id = 1")', "pass", TABLE)
    _, _, operation = next(migration.each(Data))
    assert not backfill.covers_whole_table(migration, operation)


def test_an_update_is_taken_apart() -> None:
    parts = backfill.parts_of(
        "update orders set a = 1, b = lower(c) where d > 2 or e is null", "postgresql"
    )
    assert parts == ("a = 1, b = LOWER(c)", "d > 2 OR e IS NULL", "")
    joined = backfill.parts_of(
        "update orders set a = c.a from customers c where c.id = orders.b", "postgresql"
    )
    assert joined == ("a = c.a", "c.id = orders.b", "FROM customers AS c")


@pytest.mark.parametrize(
    "sql",
    [
        "update orders set total = total * 100",
        "update orders o set a = c.b from customers c where c.id = o.customer_id",
        "update orders set a = %(a)s",
        "update orders set a = :a",
        "delete from orders",
        "not sql at all (",
    ],
)
def test_what_cannot_run_twice_or_in_batches_is_refused(sql: str) -> None:
    with pytest.raises(FixError):
        backfill.parts_of(sql, "postgresql")


def test_a_table_without_a_plain_key_gives_code_and_no_edit(written: Written) -> None:
    table = "create table orders (a int, b int, region text, primary key (a, b))"
    migration = written("op.execute(\"UPDATE orders SET region = 'eu'\")", "pass", table)
    assert backfill.in_batches(migration, 0).edits == ()


def test_not_null_behind_the_backfill_becomes_three_more_revisions(written: Written) -> None:
    body = (
        f"{ADD}op.execute(\"UPDATE orders SET zone = 'a'\")\n"
        'op.alter_column("orders", "zone", nullable=False)'
    )
    migration = written(body, 'op.drop_column("orders", "zone")', TABLE)
    edits = backfill.in_batches(migration, 1).edits
    assert len(edits) == 5
    assert "VALIDATE CONSTRAINT" in (edits[3].after or "")
    assert "SET NOT NULL" in (edits[4].after or "")
    assert "alter_column" not in (edits[0].after or "")


def test_colons_of_literals_do_not_become_parameters() -> None:
    code = backfill.loop("orders", "id", "at = ' :noon'::text")
    assert "\\\\:noon" in code
    assert "::text" in code
