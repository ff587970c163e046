"""Edits of model source: what the user wrote stays as it was, letter by letter."""

from __future__ import annotations

import textwrap

import pytest

from dbwright.recipes import model_parts, model_source, model_splice

COLUMN = model_source.COLUMN_CALLS


def text(code: str) -> str:
    return textwrap.dedent(code).lstrip("\n")


MODEL = text(
    '''
    """Models."""

    from sqlalchemy import ForeignKey, String
    from sqlalchemy.orm import Mapped, mapped_column


    class Order(Base):
        """An order."""

        __tablename__ = "orders"

        id: Mapped[int] = mapped_column(primary_key=True)
        note: Mapped[str | None]
        code: Mapped[str] = mapped_column(String(8), unique=True)  # printed on the label
        user_id: Mapped[int] = mapped_column(
            ForeignKey("users.id"),
            index=True,
        )
    '''
)


def line_of(words: str, source: str = MODEL) -> int:
    return next(n for n, line in enumerate(source.splitlines(), 1) if words in line)


def changed(after: str | None, before: str = MODEL) -> list[str]:
    assert after is not None
    old = before.splitlines()
    return [line for line in after.splitlines() if line not in old]


def test_a_keyword_goes_last_and_the_comment_stays():
    after = model_source.set_keyword(MODEL, line_of("code:"), COLUMN, "index", "True")
    assert changed(after) == [
        "    code: Mapped[str] = mapped_column(String(8), unique=True, index=True)"
        "  # printed on the label"
    ]


def test_a_keyword_is_replaced_where_it_stands():
    after = model_source.set_keyword(MODEL, line_of("code:"), COLUMN, "unique", "False")
    assert "String(8), unique=False)" in (after or "")


def test_a_keyword_is_taken_away_with_its_comma():
    after = model_source.set_keyword(MODEL, line_of("code:"), COLUMN, "unique", None)
    assert "mapped_column(String(8))" in (after or "")


def test_a_keyword_gets_a_line_of_its_own_where_the_others_have_one():
    after = model_source.set_keyword(MODEL, line_of("user_id:"), COLUMN, "nullable", "False")
    assert changed(after) == ["        nullable=False,"]


def test_a_call_inside_the_column_is_found_below_its_first_line():
    after = model_source.set_keyword(
        MODEL, line_of("user_id:"), ("ForeignKey",), "ondelete", '"CASCADE"'
    )
    assert changed(after) == ['        ForeignKey("users.id", ondelete="CASCADE"),']


def test_a_bare_annotation_gets_a_call():
    after = model_source.set_keyword(MODEL, line_of("note:"), COLUMN, "index", "True")
    assert changed(after) == ["    note: Mapped[str | None] = mapped_column(index=True)"]


def test_columns_of_a_table_call_are_told_apart_by_their_lines():
    source = text(
        """
        links = Table(
            "links",
            metadata,
            Column("a_id", ForeignKey("a.id"), nullable=False),
            Column("b_id", ForeignKey("b.id"), nullable=False),
        )
        """
    )
    after = model_source.set_keyword(source, 5, COLUMN, "primary_key", "True")
    assert changed(after, source) == [
        '    Column("b_id", ForeignKey("b.id"), nullable=False, primary_key=True),'
    ]


def test_an_alias_with_an_underscore_counts_as_the_call():
    source = "class A(B):\n    x = _Column(Integer)\n"
    after = model_source.set_keyword(source, 2, COLUMN, "index", "True")
    assert after == "class A(B):\n    x = _Column(Integer, index=True)\n"


def test_a_line_without_such_a_call_gives_nothing():
    assert model_source.set_keyword(MODEL, line_of("An order"), COLUMN, "index", "True") is None


def test_an_annotation_is_replaced_and_the_value_stays():
    after = model_source.replace_annotation(MODEL, line_of("code:"), "Mapped[str | None]")
    assert "code: Mapped[str | None] = mapped_column(String(8), unique=True)" in (after or "")


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ('    __tablename__ = "a"\n', '    __tablename__ = "a"\n    __table_args__ = (I("x"),)\n'),
        ('    __table_args__ = (U("a"),)\n', '    __table_args__ = (U("a"), I("x"),)\n'),
        (
            '    __table_args__ = (U("a"), {"schema": "s"})\n',
            '    __table_args__ = (U("a"), I("x"), {"schema": "s"})\n',
        ),
        ('    __table_args__ = {"s": 1}\n', '    __table_args__ = (I("x"), {"s": 1})\n'),
        (
            '    __table_args__ = (\n        U("a"),\n    )\n',
            '    __table_args__ = (\n        U("a"),\n        I("x"),\n    )\n',
        ),
    ],
)
def test_a_table_argument_joins_the_others_in_their_form(before: str, after: str):
    head, tail = "class A(B):\n", "    x = 1\n"
    made = model_source.add_table_argument(head + before + tail, "A", 'I("x")')
    assert made == head + after + tail


def test_table_arguments_that_are_no_tuple_are_left_alone():
    source = "class A(B):\n    __table_args__ = arguments()\n"
    assert model_source.add_table_argument(source, "A", 'I("x")') is None


def test_a_name_joins_an_import_in_its_order():
    after = model_source.add_import(MODEL, "sqlalchemy", "Index")
    assert changed(after) == ["from sqlalchemy import ForeignKey, Index, String"]


def test_a_name_joins_a_broken_import_on_a_line_of_its_own():
    source = "from sqlalchemy import (\n    Column,\n    Table,\n)\n"
    after = model_source.add_import(source, "sqlalchemy", "Index")
    assert after == "from sqlalchemy import (\n    Column,\n    Index,\n    Table,\n)\n"


def test_an_import_that_stands_there_is_not_written_again():
    assert model_source.add_import(MODEL, "sqlalchemy", "String") == MODEL
    assert model_source.add_import("from sqlalchemy import *\n", "sqlalchemy", "Index") == (
        "from sqlalchemy import *\n"
    )


def test_a_module_of_the_standard_library_goes_in_front_of_the_others():
    after = model_source.add_import(MODEL, "hashlib")
    assert after.startswith('"""Models."""\n\nimport hashlib\n\nfrom sqlalchemy import')


def test_an_import_goes_behind_the_future():
    after = model_source.add_import("from __future__ import annotations\n\nx = 1\n", "decimal", "D")
    assert after.index("__future__") < after.index("from decimal import D")


def test_a_statement_is_removed_whole():
    after = model_source.remove_statement(MODEL, line_of("user_id:") + 1)
    assert after is not None
    assert "user_id" not in after
    assert after.endswith("# printed on the label\n")


def test_a_named_argument_of_the_table_goes_and_the_others_stay():
    head = 'class A(B):\n    __table_args__ = (\n        U("a", name="uq"),\n'
    after = model_parts.remove_table_argument(
        f'{head}        Index("ix", "a"),\n    )\n', "A", "ix"
    )
    assert after == f"{head}    )\n"


def test_the_last_argument_takes_the_tuple_along():
    source = 'class A(B):\n    __table_args__ = (Index("ix", "a"),)\n    x = 1\n'
    assert model_parts.remove_table_argument(source, "A", "ix") == "class A(B):\n    x = 1\n"


def test_a_type_is_replaced_or_put_in():
    call = "class A(B):\n    p = Column('p', Float(53), nullable=False)\n"
    assert model_parts.set_type(call, 2, ("Float",), "Numeric(12, 2)") == (
        "class A(B):\n    p = Column('p', Numeric(12, 2), nullable=False)\n"
    )
    other = "from sqlalchemy import Float as _Float\n" + call.replace("Float(53)", "_Float")
    assert model_parts.set_type(other, 3, ("Float",), "Numeric(12, 2)") == (
        "from sqlalchemy import Float as _Float\n"
        "class A(B):\n    p = Column('p', Numeric(12, 2), nullable=False)\n"
    )
    bare = "class A(B):\n    p: Mapped[float]\n"
    assert model_parts.set_type(bare, 2, ("Float",), "Numeric(12, 2)") == (
        "class A(B):\n    p: Mapped[float] = mapped_column(Numeric(12, 2))\n"
    )


@pytest.mark.parametrize(
    ("before", "keyword", "value", "after"),
    [
        (
            "Field(default=None)",
            "server_default",
            "text('0')",
            "Field(default=None, sa_column_kwargs={\"server_default\": text('0')})",
        ),
        ("Field()", "index", "True", "Field(index=True)"),
        (
            'Relationship(sa_relationship_kwargs={"lazy": "raise"})',
            "cascade",
            '"all"',
            'Relationship(sa_relationship_kwargs={"lazy": "raise", "cascade": "all"})',
        ),
        (
            'Relationship(sa_relationship_kwargs={"cascade": "all"})',
            "cascade",
            None,
            "Relationship()",
        ),
        (
            "Relationship(sa_relationship_kwargs=KWARGS)",
            "cascade",
            '"all"',
            'Relationship(sa_relationship_kwargs=KWARGS, cascade="all")',
        ),
    ],
)
def test_a_keyword_of_sqlalchemy_goes_through_sqlmodel(before, keyword, value, after):
    text = f"class A(B):\n    p: int = {before}\n"
    calls = ("Field", "Relationship")
    changed = model_source.set_keyword(text, 2, calls, keyword, value)
    assert changed == f"class A(B):\n    p: int = {after}\n"


def test_a_block_ends_before_the_next_statement_at_the_margin():
    source = 'a = 1\n\nclass A:\n    x = """\nleft\n"""\n    y = 2\n\nb = 3\n'
    assert model_splice.block(source, 4) == (3, 8)
    assert model_splice.block(source, 7)[0] <= 3
    assert model_splice.block(source, 9) == (9, 9)


def test_a_text_at_the_margin_inside_a_string_does_not_mislead():
    source = 'class A:\n    q = """\nselect 1\n"""\n    y = f(2)\n'
    after = model_source.set_keyword(source, 5, ("f",), "k", "3")
    assert after == 'class A:\n    q = """\nselect 1\n"""\n    y = f(2, k=3)\n'


def test_source_that_does_not_parse_gives_nothing():
    assert model_source.set_keyword("class A(:\n    x = f(1)\n", 2, ("f",), "k", "3") is None
