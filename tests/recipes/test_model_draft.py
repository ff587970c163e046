"""Drafts: several edits of several files, all or none, and the code that is shown of them."""

from __future__ import annotations

from dbwright.core.mapping import Mapper, Mapping
from dbwright.core.place import Place
from dbwright.core.schema import Schema, Table
from dbwright.core.source import Source
from dbwright.recipes.model_draft import Draft

A = """from sqlalchemy.orm import mapped_column


class A(Base):
    __tablename__ = "a"
    x = mapped_column(
        Integer,
    )
    y = mapped_column(Integer)
"""
B = "class B(Base):\n    z = mapped_column(Integer)\n"


def mapping() -> Mapping:
    tables = (Table("a", place=Place("a.py", 4)),)
    mappers = (Mapper("A", "m.A", "a", place=Place("a.py", 4)),)
    sources = (Source("a.py", A), Source("b.py", B))
    return Mapping(Schema("postgresql", tables), mappers, sources)


def test_an_upper_edit_that_adds_a_line_does_not_move_a_lower_one():
    draft = Draft(mapping()).keyword(Place("a.py", 6), "index", "True")
    draft = draft.keyword(Place("a.py", 9), "unique", "True")
    (edit,) = draft.edits()
    assert edit.after is not None
    assert "        index=True,\n    )\n    y = mapped_column(Integer, unique=True)" in edit.after


def test_edits_of_two_files_belong_to_one_fix():
    draft = Draft(mapping()).keyword(Place("a.py", 9), "index", "True")
    draft = draft.keyword(Place("b.py", 2), "index", "True")
    assert [edit.path for edit in draft.edits()] == ["a.py", "b.py"]


def test_one_edit_that_cannot_be_made_spoils_the_others():
    draft = Draft(mapping()).keyword(Place("a.py", 9), "index", "True")
    fix = draft.keyword(Place("b.py", 1), "index", "True").fix("t", otherwise="code to paste")
    assert fix.edits == ()
    assert fix.code == "code to paste"


def test_a_file_that_was_not_read_spoils_the_draft():
    assert Draft(mapping()).keyword(Place("c.py", 1), "index", "True").edits() == ()
    assert Draft(mapping()).keyword(None, "index", "True").edits() == ()


def test_the_code_shown_is_what_changed_without_imports():
    fix = (
        Draft(mapping())
        .table_argument("a", 'Index("ix", "x")', "Index")
        .keyword(Place("a.py", 9), "unique", "True")
        .fix("t", otherwise="", migration="op.x()")
    )
    assert fix.code == (
        '__table_args__ = (Index("ix", "x"),)\n'
        "y = mapped_column(Integer, unique=True)\n"
        "# and in a revision of its own:\n"
        "op.x()"
    )
    assert fix.edits[0].after is not None
    assert "from sqlalchemy import Index" in fix.edits[0].after


def test_a_long_argument_stands_on_several_lines():
    name = "ix_a_very_long_name_of_an_index"
    element = f'Index("{name}", "first", "second", unique=True, where=text("x > 0 and y"))'
    (edit,) = Draft(mapping()).table_argument("a", element).edits()
    assert edit.after is not None
    assert max(map(len, edit.after.splitlines())) <= 60
    compile(edit.after, "a.py", "exec")
