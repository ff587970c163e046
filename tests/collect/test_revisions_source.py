"""The statements of revisions, read from source."""

from __future__ import annotations

import json
import os
import textwrap
from pathlib import Path

import pytest

from dbwright.collect.project import find_project
from dbwright.collect.revisions import operations_of, read_history
from dbwright.core.codec import to_json
from dbwright.core.operation import (
    AddColumn,
    AlterType,
    CreateEnum,
    CreateIndex,
    CreateTable,
    Data,
    DropColumn,
    Other,
    RenameTable,
    SetNotNull,
    Statement,
)
from dbwright.core.source import Source

PROJECT = Path(__file__).parent.parent / "projects" / "collect_calls"
GOLDEN = PROJECT / "statements.json"


def upgrade_of(body: str, dialect: str = "postgresql", header: str = "") -> list[Statement]:
    imports = "import sqlalchemy as sa\nfrom alembic import op\n" + textwrap.dedent(header)
    text = imports + "\ndef upgrade():\n" + textwrap.indent(textwrap.dedent(body), "    ")
    return list(operations_of(Source("r.py", text), dialect)[0])


def operations(body: str, dialect: str = "postgresql", header: str = "") -> list[object]:
    found = upgrade_of(body, dialect, header)
    return [operation for statement in found for operation in statement.operations]


def without_empty(data: object) -> object:
    if isinstance(data, dict):
        kept = {key: without_empty(value) for key, value in data.items()}
        return {key: value for key, value in kept.items() if value not in (None, [], {}, False)}
    return [without_empty(item) for item in data] if isinstance(data, list) else data


def test_every_call_of_the_project_is_read_as_the_golden_says() -> None:
    project = find_project(PROJECT, find_python=False)
    history = read_history(project)
    read = {
        migration.revision: {
            side: [without_empty(to_json(item)) for item in getattr(migration, side)]
            for side in ("upgrade", "downgrade")
        }
        for migration in history.migrations
    }
    if os.environ.get("REGENERATE"):
        GOLDEN.write_text(json.dumps(read, indent=1) + "\n")
    assert read == json.loads(GOLDEN.read_text())
    assert not history.problems


def test_a_statement_stands_at_the_line_of_its_call() -> None:
    found = upgrade_of("x = 1\nop.drop_table(\n    'orders',\n)\nop.execute('SELECT 1')")
    assert [statement.place.line for statement in found if statement.place] == [6, 9]


def test_statements_inside_an_autocommit_block_are_in_autocommit_and_later_ones_are_not() -> None:
    found = upgrade_of(
        """
        with op.get_context().autocommit_block():
            op.execute("VACUUM orders")
        op.execute("SELECT 1")
        """
    )
    assert [statement.autocommit for statement in found] == [True, False]


def test_a_loop_over_a_literal_list_is_unrolled() -> None:
    found = operations(
        """
        for table, column in [("a", "x"), ("b", "y")]:
            op.drop_column(table, column)
        """
    )
    assert found == [DropColumn("a", "x"), DropColumn("b", "y")]


def test_an_unknown_argument_makes_an_unknown_statement() -> None:
    (found,) = upgrade_of("op.drop_column(find_table(), 'x')")
    assert not found.known
    assert found.call == "drop_column"
    assert found.operations == (Other("drop_column", unknown=True),)


def test_unknown_rest_arguments_make_an_unknown_statement() -> None:
    (found,) = upgrade_of("op.create_table('t', *columns())")
    assert not found.known


def test_the_branch_of_another_database_is_not_walked() -> None:
    body = """
    if op.get_bind().dialect.name == "postgresql":
        op.drop_table("a")
    else:
        op.drop_table("b")
    """
    names = {
        dialect: [item.table for item in operations(body, dialect)]
        for dialect in ("postgresql", "sqlite")
    }
    assert names == {"postgresql": ["a"], "sqlite": ["b"]}


def test_two_branches_that_both_change_the_schema_leave_it_unknown() -> None:
    found = operations(
        """
        if asked():
            op.drop_table("a")
        else:
            op.drop_table("b")
        """
    )
    assert found[-1] == Other("branches", unknown=True)


def test_a_guard_by_the_inspector_is_taken_as_passed() -> None:
    found = operations(
        """
        if "x" not in [c["name"] for c in sa.inspect(op.get_bind()).get_columns("orders")]:
            op.drop_column("orders", "x")
        """
    )
    assert found == [DropColumn("orders", "x")]


def test_what_follows_a_return_is_not_walked() -> None:
    assert operations("op.rename_table('a', 'b')\nreturn\nop.drop_table('c')") == [
        RenameTable("a", "b")
    ]


def test_a_function_of_the_same_file_is_followed_with_its_arguments() -> None:
    header = """
    def drop(table, column="old"):
        op.drop_column(table, column)
    """
    assert operations("drop('orders')\ndrop('items', column='sku')", header=header) == [
        DropColumn("orders", "old"),
        DropColumn("items", "sku"),
    ]


def test_a_function_that_calls_itself_ends() -> None:
    header = "def again():\n    op.drop_table('t')\n    again()\n"
    found = upgrade_of("again()", header=header)
    assert found
    assert not found[-1].known


def test_a_project_function_whose_value_nobody_takes_may_do_anything() -> None:
    header = "from shop.migrating import move\nimport logging, time\n"
    assert operations("move('orders')", header=header) == [Other("shop.migrating.move", True)]
    assert operations("print('x')\ntime.sleep(1)\nlogging.info('x')", header=header) == []


def test_a_plain_server_default_is_a_literal_and_text_is_sql() -> None:
    (found,) = operations(
        """
        op.create_table("t",
            sa.Column("a", sa.String(9), server_default="it's"),
            sa.Column("b", sa.Boolean(), server_default=sa.text("false")),
            sa.Column("c", sa.Boolean(), server_default=sa.true()),
            sa.Column("d", sa.DateTime(), server_default=sa.func.now()))
        """
    )
    assert isinstance(found, CreateTable)
    assert [column.default for column in found.table.columns] == [
        "'it''s'",
        "false",
        "true",
        "now()",
    ]


@pytest.mark.parametrize(
    ("dialect", "spelled"),
    [
        ("postgresql", ["character varying(40)", "numeric(10,2)", "bytea", "boolean", "uuid"]),
        ("sqlite", ["varchar(40)", "numeric(10,2)", "blob", "boolean", "char(32)"]),
        ("mysql", ["varchar(40)", "decimal(10,2)", "blob", "tinyint(1)", "char(32)"]),
    ],
)
def test_types_are_spelled_as_the_database_spells_them(dialect: str, spelled: list[str]) -> None:
    kinds = ["sa.String(40)", "sa.Numeric(10, 2)", "sa.LargeBinary", "sa.Boolean()", "sa.Uuid()"]
    body = "".join(f"op.add_column('t', sa.Column('c', {kind}))\n" for kind in kinds)
    found = [item for item in operations(body, dialect) if isinstance(item, AddColumn)]
    assert [item.column.type for item in found] == spelled


def test_a_type_that_is_not_sqlalchemys_is_user_defined() -> None:
    header = "from shop.types import Money\n"
    (found,) = operations("op.add_column('t', sa.Column('c', Money()))", header=header)
    assert isinstance(found, AddColumn)
    assert found.column.type == "user-defined"


def test_an_enum_of_a_new_table_is_created_once_and_first() -> None:
    found = operations(
        """
        kind = sa.Enum("a", "b", name="kind")
        op.create_table("t", sa.Column("x", kind), sa.Column("y", kind))
        """
    )
    assert found[0] == CreateEnum("kind", ("a", "b"))
    assert [type(item) for item in found[1:]] == [CreateTable]


def test_mysql_alters_a_column_at_once_and_postgresql_step_by_step() -> None:
    body = "op.alter_column('t', 'c', type_=sa.Text(), nullable=False)"
    assert [len(item.operations) for item in upgrade_of(body, "mysql")] == [3]
    found = upgrade_of(body)
    assert [item.operations for item in found] == [
        (AlterType("t", "c", "text"),),
        (SetNotNull("t", "c"),),
    ]


def test_a_text_of_comments_alone_is_no_statement() -> None:
    assert upgrade_of("op.execute('-- nothing')\nop.execute('')") == []


def test_sqlite_has_its_own_word_for_now() -> None:
    body = "op.add_column('t', sa.Column('c', sa.DateTime(), server_default=sa.func.now()))"
    (found,) = operations(body, "sqlite")
    assert isinstance(found, AddColumn)
    assert (found.column.type, found.column.default) == ("datetime", "CURRENT_TIMESTAMP")


@pytest.mark.parametrize("dialect", ["sqlite", "mysql", "mariadb"])
def test_sql_of_every_database_is_read_without_a_crash(dialect: str) -> None:
    found = upgrade_of(
        "op.execute('UPDATE t SET a = 1')\nop.create_index('i', 't', [sa.text('lower(a)')])",
        dialect,
    )
    assert len(found) == 2


def test_sqlalchemy_constructs_are_read_as_data() -> None:
    found = operations(
        """
        t = sa.table("t", sa.column("a"))
        op.execute(t.insert().values(a=1))
        op.execute(sa.update(t).values(a=2))
        op.get_bind().execute(sa.delete(t).where(t.c.a == 1))
        """
    )
    assert found == [Data("insert", "t", True), Data("update", "t"), Data("delete", "t", True)]


def test_bound_names_of_text_are_no_obstacle_to_the_grammar() -> None:
    (found,) = operations("op.execute(sa.text('UPDATE t SET a = :a WHERE b::text = :b'))")
    assert isinstance(found, Data)
    assert found.bounded


def test_sql_of_an_unknown_database_has_an_unknown_effect() -> None:
    text = "from alembic import op\ndef upgrade():\n    op.execute('DROP TABLE x')\n"
    ((found,), _) = operations_of(Source("r.py", text), None)
    assert found.sql == "DROP TABLE x"
    assert isinstance(found.operations[0], Other)
    assert found.operations[0].unknown


def test_an_index_that_create_table_implies_is_a_statement_of_its_own() -> None:
    found = operations("op.create_table('t', sa.Column('a', sa.Integer, index=True))")
    assert [type(item) for item in found] == [CreateTable, CreateIndex]
    assert isinstance(found[1], CreateIndex)
    assert found[1].index.name == "ix_t_a"


def test_a_class_of_the_project_gives_its_table_name(tmp_path: Path) -> None:
    (tmp_path / "shop").mkdir()
    (tmp_path / "shop" / "__init__.py").write_text("from shop.models import Order\n")
    (tmp_path / "shop" / "models.py").write_text(
        "raise RuntimeError('never imported')\nclass Order:\n    __tablename__ = 'orders'\n"
    )
    text = (
        "from alembic import op\nfrom shop import Order\n"
        "def upgrade():\n    op.drop_table(Order.__tablename__)\n"
    )
    ((found,), _) = operations_of(Source("r.py", text), "postgresql", tmp_path)
    assert found.known


@pytest.mark.parametrize(
    "body",
    [
        "x = 'a' * 10**9\nop.execute(x)",
        "x = 'a'\nfor i in range(5000):\n    x = x + x\nop.execute(x)",
        "x = 'a'\nfor i in range(5000):\n    x = f'{x}{x}'\nop.execute(x)",
        "x = 'a'\nfor i in range(30):\n    x = '%s%s' % (x, x)\nop.execute(x)",
        "x = 'a'\nfor i in range(30):\n    x = '{}{}'.format(x, x)\nop.execute(x)",
        "x = ['a']\nfor i in range(30):\n    x = x + x\nop.execute(''.join(x))",
        "for a in range(9999):\n    for b in range(9999):\n        x = a",
        "op.execute('%1000000000d' % 1)",
        "op.execute('{:1000000000}'.format(1))",
        "for i in range(10**9):\n    op.drop_table('t')",
        "x = []\nfor i in range(100):\n    x = [x, x]\nop.execute(str(x))",
        "for a in range(9999):\n    for b in range(9999):\n        op.execute('SELECT 1')",
    ],
)
def test_a_revision_that_asks_for_too_much_is_unknown_and_soon_done(body: str) -> None:
    found = upgrade_of(body)
    assert any(not statement.known for statement in found)


def test_an_expression_nested_too_deep_makes_the_function_unknown() -> None:
    found = upgrade_of("x = " + "-" * 600 + "1\nop.drop_table('t')")
    assert [statement.known for statement in found] == [False]


def test_module_code_nested_too_deep_makes_every_function_unknown() -> None:
    found = upgrade_of("op.drop_table('t')", header="x = " + "-" * 600 + "1\n")
    assert [statement.known for statement in found] == [False]


def test_a_loop_of_unknown_length_that_changes_the_schema_leaves_it_unknown() -> None:
    found = operations("for x in rows():\n    op.drop_table('t')\nop.drop_table('u')")
    assert found[1] == Other("loop", unknown=True)


def test_a_loop_that_changes_rows_only_leaves_the_schema_known() -> None:
    found = operations("while True:\n    op.execute('UPDATE t SET a = 1')")
    assert [type(item) for item in found] == [Data]
