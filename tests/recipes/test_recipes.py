"""Renames, drops, timeouts, indexes, types and the graph."""

import ast
from collections.abc import Callable

import sqlalchemy
from sqlalchemy.dialects import postgresql

from dbwright.core.migration import Environment, History, Migration
from dbwright.core.operation import CreateIndex, DropColumn
from dbwright.core.place import Place
from dbwright.core.schema import Index, IndexKey
from dbwright.core.source import Source
from dbwright.recipes import (
    batch,
    change_type,
    code,
    drop,
    enum,
    graph,
    index,
    inverse,
    rename,
    sequence,
    standalone,
    timeout,
)

Written = Callable[..., Migration]
TABLE = "create table orders (id bigint primary key, mail text, total numeric(10, 2) not null)"
ADD = 'op.add_column("orders", sa.Column("email", sa.Text()))\n'
DROP = 'op.drop_column("orders", "mail")'


def test_drop_and_add_of_one_type_is_a_rename(written: Written) -> None:
    assert [pair[0] for pair in rename.pairs(written(ADD + DROP, "pass", TABLE))] == [1]


def test_copied_values_or_another_type_are_no_rename(written: Written) -> None:
    copied = f'{ADD}op.execute("UPDATE orders SET email = mail")\n{DROP}'
    assert list(rename.pairs(written(copied, "pass", TABLE))) == []
    other = ADD.replace("Text", "Integer") + DROP
    assert list(rename.pairs(written(other, "pass", TABLE))) == []


def test_what_is_copied_first_is_kept(written: Written) -> None:
    copy = 'op.execute("CREATE TABLE keep AS SELECT id, mail FROM orders")\n'
    migration = written(copy + DROP, "pass", TABLE)
    number, _, found = next(migration.each(DropColumn))
    assert drop.is_kept(migration, number, found.table, found.column)
    other = written(copy.replace("mail", "total") + DROP, "pass", TABLE)
    assert not drop.is_kept(other, number, found.table, found.column)


def test_sql_is_safe_inside_op_execute() -> None:
    written = ast.literal_eval(code.execute("SELECT ' :noon', a::text").removeprefix("op.execute"))
    sent = sqlalchemy.text(written).compile(dialect=postgresql.dialect())
    assert str(sent) == "SELECT ' :noon', a::text"
    long = code.execute(f"SELECT {', '.join(['column'] * 20)}")
    assert max(map(len, long.splitlines())) <= code.WIDTH


def test_a_timeout_of_the_revision_or_the_environment_counts(written: Written) -> None:
    body = f"op.execute(\"SET LOCAL lock_timeout = '5s'\")\n{DROP}"
    assert timeout.is_set(written(body, "pass", TABLE), 1)
    assert not timeout.is_set(written(body.replace("5s", "0"), "pass", TABLE), 1)
    assert not timeout.is_set(written(DROP, "pass", TABLE), 0)
    given = Environment(lock_timeout="3s")
    assert timeout.is_set(written(DROP, "pass", TABLE, environment=given), 0)


def test_a_lock_is_held_over_what_follows_in_the_transaction(written: Written) -> None:
    body = f'{ADD}op.create_index("ix", "orders", ["mail"])'
    assert timeout.work_under(written(body, "pass", TABLE), 0) == "orders is read whole"
    assert timeout.work_under(written(ADD, "pass", TABLE), 0) is None


def test_every_part_of_an_index_stands_in_the_call_and_the_sql() -> None:
    keys = (IndexKey("a", descending=True), IndexKey(expression="lower(b)"))
    built = Index("ix", keys, unique=True, method="btree", predicate="a > 0", include=("c",))
    assert index.create_sql("s.t", built) == (
        "CREATE UNIQUE INDEX CONCURRENTLY ix ON s.t (a DESC, (lower(b))) INCLUDE (c) WHERE a > 0"
    )
    call = index.create_call("s.t", built)
    for part in ('sa.text("a DESC")', "unique=True", 'schema="s"', 'postgresql_include=["c"]'):
        assert part in call


def test_a_column_with_an_index_is_not_swapped_by_an_edit(written: Written) -> None:
    body = 'op.alter_column("orders", "total", type_=sa.Numeric(12, 4))'
    back = 'op.alter_column("orders", "total", type_=sa.Numeric(10, 2))'
    assert len(change_type.shadow_column(written(body, back, TABLE), 0).edits) == 6
    tied = f"{TABLE}; create index ix on orders (total)"
    assert change_type.shadow_column(written(body, back, tied), 0).edits == ()


def test_the_downgrade_takes_changes_back_last_first(written: Written) -> None:
    body = f'{ADD}op.create_index("ix_email", "orders", ["email"])'
    lines = inverse.body(written(body, "pass", TABLE)).splitlines()
    assert lines == [
        'op.drop_index("ix_email", table_name="orders")',
        'op.drop_column("orders", "email")',
    ]


def test_what_cannot_be_taken_back_says_why(written: Written) -> None:
    fix = inverse.write(written(DROP, "pass", TABLE))
    assert fix.edits == ()
    assert fix.code.startswith("raise NotImplementedError")


def test_types_are_read_from_the_file() -> None:
    source = Source("a.py", 'x = sa.Enum("new", "paid", name="state")\ny = Enum(Color, name="c")')
    assert enum.declared(source) == {"state": ("new", "paid")}


def test_models_and_libraries_are_told_apart() -> None:
    text = "from shop.models import Order\nfrom sqlalchemy.orm import Session\nimport shop.data\n"
    assert [found[1] for found in standalone.model_imports(Source("a.py", text))] == ["shop.models"]


def test_names_of_tables_are_a_harmless_import() -> None:
    source = Source("a.py", "from shop.models import Order\nname = Order.__tablename__\n")
    assert standalone.is_harmless(source, ("Order",))
    used = Source("a.py", f"{source.text}session.query(Order)\n")
    assert not standalone.is_harmless(used, ("Order",))


def test_calls_behind_a_test_of_the_dialect_are_left_alone() -> None:
    call = '    op.drop_constraint("ck", "orders")\n'
    plain = Source("a.py", f"def upgrade():\n{call}")
    assert [found[1:] for found in batch.unsupported_calls(plain)] == [
        ("drop_constraint", "orders")
    ]
    guarded = Source("a.py", f"def upgrade():\n    if lite():\n        return\n{call}")
    assert list(batch.unsupported_calls(guarded)) == []


def test_a_sequence_is_found_in_a_table_made_here(written: Written) -> None:
    create = (
        'roles = op.create_table("roles", sa.Column("id", sa.Integer(), primary_key=True))\n'
        'op.bulk_insert(roles, [{"id": 1}])'
    )
    assert sequence.filled_column(written(create), "roles") == "id"


def test_heads_are_joined_by_a_file_beside_them() -> None:
    history = History(heads=("b", "a"), places={"a": Place("versions/a.py")})
    (edit,) = graph.merge(history).edits
    assert edit.path.startswith("versions/")
    assert 'down_revision = ("a", "b")' in (edit.after or "")


def test_an_index_of_this_revision_is_known(written: Written) -> None:
    migration = written('op.create_index("ix", "orders", ["mail"])', "pass", TABLE)
    assert index.is_created(migration, "ix")
    assert [found.index.name for _, _, found in migration.each(CreateIndex)] == ["ix"]
