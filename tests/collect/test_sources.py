"""Waivers, the sources of models, and statements that the user names."""

from __future__ import annotations

import textwrap
from pathlib import Path

import pytest

from dbwright.collect.models_source import code_beside, read_sources
from dbwright.collect.project import Project
from dbwright.collect.statements import read_statements
from dbwright.collect.waivers import Waiver, read_waivers
from dbwright.core.errors import CollectError
from dbwright.core.mapping import Attribute, Mapper, Mapping, SQLType
from dbwright.core.schema import Column, Schema, Table
from dbwright.core.source import Source


def waivers(text: str) -> tuple[Waiver, ...]:
    return read_waivers([Source("f.py", textwrap.dedent(text))])


def covered(text: str) -> set[int]:
    """Gives the lines that the one waiver of the text is about."""
    (found,) = waivers(text)
    return set(found.lines)


def test_a_waiver_has_its_rule_and_its_reason() -> None:
    (found,) = waivers("x = 1  # dbwright: allow blocking-index-build because nobody writes at 3\n")
    assert (found.rule, found.reason, found.line) == (
        "blocking-index-build",
        "nobody writes at 3",
        1,
    )
    assert found.covers("blocking-index-build", "f.py", 1)
    assert not found.covers("blocking-index-build", "g.py", 1)
    assert not found.covers("other", "f.py", 1)


@pytest.mark.parametrize("tail", ["", " because", " because   ", " it is fine"])
def test_a_waiver_without_a_reason_has_none(tail: str) -> None:
    found = waivers(f"x = 1  # dbwright: allow a{tail}\n")
    assert [(item.rule, item.reason) for item in found] == [("a", None)]


def test_one_comment_may_allow_several_rules() -> None:
    found = waivers("x = 1  # dbwright: allow a, b because both are known\n")
    assert [(item.rule, item.reason) for item in found] == [
        ("a", "both are known"),
        ("b", "both are known"),
    ]


def test_a_comment_above_is_about_the_statement_below() -> None:
    text = """
    # dbwright: allow a because reasons
    # another comment

    op.create_index(
        "ix",
    )
    y = 2
    """
    assert covered(text) == {2, 5, 6, 7}


def test_a_comment_above_a_decorated_class_is_about_the_class() -> None:
    text = """
    # dbwright: allow a because reasons
    @mapped
    @other(1)
    class Order(Base):
        x = 1
    """
    assert covered(text) == {2, 3, 4, 5}


def test_a_comment_at_the_end_of_a_long_statement_is_about_all_of_it() -> None:
    assert covered('f(\n    "x",\n)  # dbwright: allow a because reasons\ny = 1\n') == {1, 2, 3}


def test_a_comment_inside_a_statement_is_about_the_line_below_it() -> None:
    text = "f(\n    1,\n    # dbwright: allow a because reasons\n    2,\n    3,\n)\n"
    assert covered(text) == {1, 3, 4}


def test_a_waiver_for_the_file_covers_every_line() -> None:
    (found,) = waivers("# dbwright: allow-file a because generated\nx = 1\n")
    assert found.whole_file
    assert found.covers("a", "f.py", 900)
    assert found.covers("a", "f.py", None)


def test_words_in_strings_are_no_waiver() -> None:
    assert waivers("x = '# dbwright: allow a because no'\n# dbwrightx: allow a because no\n") == ()


def test_waivers_before_a_fault_are_read() -> None:
    text = "x = 1  # dbwright: allow a because reasons\ny = '''\n"
    assert [item.rule for item in waivers(text)] == ["a"]


# the sources of models


def test_sources_that_cannot_be_read_do_not_hide_the_others(tmp_path: Path) -> None:
    (tmp_path / "good.py").write_text("x = 1\n")
    (tmp_path / "bad.py").write_text("def (:\n")
    (tmp_path / "big.py").write_bytes(b"# x\n" * 700_000)
    (tmp_path / "latin.py").write_bytes(b"x = '\xe9'\n")
    names = ["good.py", tmp_path / "good.py", "bad.py", "big.py", "latin.py", "gone.py", "x.so"]
    sources, problems = read_sources(Project(tmp_path, "models folder"), names)
    assert [source.path for source in sources] == ["good.py"]
    assert [item.file for item in problems] == ["bad.py", "big.py", "latin.py", "gone.py"]
    assert problems[0].line == 1


def mailers(path: str) -> Mapping:
    """Gives the mapping of one class with a password, declared in the file."""
    attribute = Attribute("password", "mailers", "password", SQLType("String"))
    return Mapping(
        Schema("postgresql", (Table("mailers", (Column("password", "text"),)),)),
        (Mapper("Mailer", "models.Mailer", "mailers", (attribute,)),),
        (Source(path, ""),),
    )


@pytest.mark.parametrize("root", ["", "shop"])
def test_the_code_that_hides_a_secret_is_read_in_the_whole_package(
    tmp_path: Path, root: str
) -> None:
    texts = {
        "shop/__init__.py": "",
        "shop/models/__init__.py": "",
        "shop/models/mailer.py": "",
        "shop/lib/mail.py": "mailer.password = encrypt(password)\n",
        "shop/lib/other.py": "encrypt(letter)\n",
        "shop/migrations/versions/a.py": "mailer.password = encrypt(password)\n",
        "setup.py": "password = crypt()\n",
    }
    for name, text in texts.items():
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    project = Project(tmp_path / root, "models folder")
    inside = "models/mailer.py" if root else "shop/models/mailer.py"
    found = code_beside(project, mailers(inside))
    assert [source.path for source in found] == ["lib/mail.py" if root else "shop/lib/mail.py"]


# statements


def test_a_text_is_split_into_its_statements(tmp_path: Path) -> None:
    found = read_statements("SELECT 1; SELECT ';' FROM t;", "postgresql", tmp_path)
    assert [item.sql for item in found] == ["SELECT 1", "SELECT ';' FROM t"]
    assert found[0].place is None


def test_statements_of_a_file_stand_at_their_lines(tmp_path: Path) -> None:
    (tmp_path / "slow queries.sql").write_text("-- first\nSELECT 1;\n\nSELECT\n  2;\nSELECT 1\n")
    found = read_statements("slow queries.sql", "postgresql", tmp_path)
    assert [item.place.line for item in found if item.place] == [2, 4, 6]


@pytest.mark.parametrize(
    ("argument", "words"),
    [("", "no SQL"), (" ; ", "no SQL"), ("gone.sql", "no such file"), ("empty.sql", "no SQL")],
)
def test_nothing_to_review_is_an_error_with_a_way_out(
    tmp_path: Path, argument: str, words: str
) -> None:
    (tmp_path / "empty.sql").write_text("-- nothing\n")
    with pytest.raises(CollectError, match=words) as caught:
        read_statements(argument, "postgresql", tmp_path)
    assert caught.value.way_out


def test_a_file_of_sql_that_is_no_text_names_its_line(tmp_path: Path) -> None:
    (tmp_path / "x.sql").write_bytes(b"SELECT 1;\nSELECT '\xff'\n")
    with pytest.raises(CollectError, match="UTF-8") as caught:
        read_statements("x.sql", "postgresql", tmp_path)
    assert caught.value.line == 2
