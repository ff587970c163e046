"""Edits of revision files."""

import pytest

from dbwright.core.errors import FixError
from dbwright.recipes import revision_source
from dbwright.recipes.revision_source import Where

TEXT = '''"""Orders."""

from alembic import op

revision = "abc"
down_revision: str | None = "def"


def upgrade():
    # the list of open orders
    op.create_index(
        "ix_orders_status",
        "orders",
        ["status"],  # never null
    )
    with op.batch_alter_table("users") as batch_op:
        # the owner
        batch_op.drop_column("age")
    a(); b()


def downgrade():
    op.drop_index(op.f("ix_orders_status"), table_name="orders")
'''


def test_a_statement_is_found_by_any_of_its_lines() -> None:
    for line in (11, 13, 15):
        assert revision_source.statement(TEXT, Where(line=line)).startswith("op.create_index(")


def test_a_call_is_found_by_its_method_and_first_argument() -> None:
    where = Where("downgrade", call="drop_index", argument="ix_orders_status")
    assert revision_source.holds(TEXT, where)
    assert not revision_source.holds(TEXT, Where("downgrade", call="drop_index", argument="ix_b"))


def test_two_statements_on_one_line_are_not_edited() -> None:
    with pytest.raises(FixError):
        revision_source.remove(TEXT, Where(line=19))


def test_a_statement_in_a_loop_is_not_edited() -> None:
    text = "def upgrade():\n    for name in names:\n        op.drop_table(name)\n"
    with pytest.raises(FixError):
        revision_source.remove(text, Where(line=3))


def test_a_keyword_is_added_in_the_layout_of_the_call() -> None:
    text = revision_source.add_keyword(
        TEXT, Where(line=11), "create_index", "postgresql_concurrently", "True"
    )
    assert '        ["status"],\n        postgresql_concurrently=True,  # never null\n    )' in text
    assert text.replace("\n        postgresql_concurrently=True,", "") == TEXT


def test_a_wrapped_statement_keeps_its_comments() -> None:
    text = revision_source.wrap(TEXT, Where(line=11), "with block():")
    assert "    # the list of open orders\n    with block():\n        op.create_index(\n" in text
    assert '            ["status"],  # never null\n        )\n' in text


def test_a_block_that_is_left_empty_goes_too() -> None:
    text = revision_source.remove(TEXT, Where(call="drop_column", argument="age"))
    assert "batch" not in text
    assert "    a(); b()\n" in text


def test_a_function_that_is_left_empty_passes() -> None:
    text = revision_source.remove(TEXT, Where("downgrade", call="drop_index"))
    assert text.endswith("def downgrade():\n    pass\n")


def test_a_call_moves_out_of_its_block() -> None:
    where = Where(call="drop_column", argument="age")
    text = revision_source.replace_outside(TEXT, where, "op.execute('x')")
    assert "    )\n    op.execute('x')\n    a(); b()" in text


def test_several_statements_change_in_one_go() -> None:
    where = Where("downgrade", call="drop_index")
    text = revision_source.exchange_all(TEXT, [(Where(line=11), "first()"), (where, "second()")])
    assert "    # the list of open orders\n    first()\n" in text
    assert text.endswith("def downgrade():\n    second()\n")


def test_two_changes_of_one_statement_are_refused() -> None:
    with pytest.raises(FixError):
        revision_source.exchange_all(TEXT, [(Where(line=11), "a()"), (Where(line=12), "b()")])


def test_the_revision_gets_another_id_and_parent() -> None:
    text = revision_source.set_names(TEXT, revision="new", down_revision=None)
    assert 'revision = "new"\ndown_revision: str | None = None\n' in text


def test_a_function_of_words_only_is_empty() -> None:
    text = 'def downgrade():\n    """Nothing."""\n    pass\n'
    assert revision_source.is_empty(text, "downgrade")
    assert not revision_source.is_empty(TEXT, "downgrade")


def test_names_that_an_import_binds_are_not_free() -> None:
    assert revision_source.free_names("import sqlalchemy as sa\nsa.text(str(x))") == {"x"}
