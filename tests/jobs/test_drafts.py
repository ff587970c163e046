"""Code that somebody else wrote, tried on SQLite: what holds, what is refuted, what is not run."""

from __future__ import annotations

from pathlib import Path

import pytest

from dbwright.core.errors import UsageError
from dbwright.core.options import Options
from dbwright.jobs import drafts

from .projects import ENV, INI
from .projects import revision as made

BOOKS = """\
from sqlalchemy import ForeignKey, Integer, String
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column


class Base(DeclarativeBase):
    pass


class Shelf(Base):
    __tablename__ = "shelves"
    id: Mapped[int] = mapped_column(primary_key=True)
    room: Mapped[str] = mapped_column(String(20))


class Book(Base):
    __tablename__ = "books"
    id: Mapped[int] = mapped_column(primary_key=True)
    pages: Mapped[int] = mapped_column(Integer)
    shelf_id: Mapped[int] = mapped_column(ForeignKey("shelves.id"))
"""
CREATE = """
op.create_table("shelves", sa.Column("id", sa.Integer(), primary_key=True),
                sa.Column("room", sa.String(20), nullable=False))
"""


def silent(text: str) -> None:
    """Hears nothing."""


@pytest.fixture
def chain(tmp_path: Path) -> Path:
    """A project on SQLite with one revision."""
    files = {
        "alembic.ini": INI.replace("postgresql+psycopg://app:secret@db.example.invalid/app",
                                   "sqlite:///shelves.db"),
        "models.py": BOOKS,
        "migrations/env.py": ENV,
        "migrations/versions/a1.py": made("a1", None, CREATE, 'op.drop_table("shelves")'),
    }  # fmt: skip
    for name, text in files.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text)
    return tmp_path


@pytest.fixture
def books(tmp_path: Path) -> Path:
    (tmp_path / "models.py").write_text(BOOKS)
    (tmp_path / "pyproject.toml").write_text('[tool.dbwright]\ndatabase = "sqlite"\n')
    return tmp_path


FIRST = "select id from shelves where id in (select shelf_id from books where pages > 10)"


def test_select_with_the_same_rows_is_observed(books: Path) -> None:
    other = (
        "select s.id from shelves s where exists "
        "(select 1 from books b where b.shelf_id = s.id and b.pages > 10)"
    )
    same, *_ = drafts.query(FIRST, other, books, Options(), silent)
    assert same.level == "observed", same


def test_select_with_other_rows_is_refuted(books: Path) -> None:
    other = "select s.id from shelves s join books b on b.shelf_id = s.id where b.pages > 10"
    found = drafts.query(FIRST, other, books, Options(), silent)
    assert [each.level for each in found] == ["refuted"], "a shelf with two books comes twice"


def test_models_are_configured_and_reviewed(books: Path) -> None:
    report = drafts.models(BOOKS, books, Options(), silent)
    assert report.summary.models == 2
    assert "foreign-key-without-index" in {item.rule for item in report.recommendations}


def test_models_that_do_not_configure_say_why(books: Path) -> None:
    broken = BOOKS.replace('"shelves.id"', '"nowhere.id"')
    report = drafts.models(broken, books, Options(), silent)
    told = str(report.errors) + str(report.recommendations) + str(report.unverified)
    assert "nowhere" in told


def test_revision_is_rehearsed_on_a_copy(chain: Path) -> None:
    before = sorted(path.name for path in chain.rglob("*.py"))
    code = made("b2", "a1", 'op.add_column("shelves", sa.Column("note", sa.String(9)))',
                'op.drop_column("shelves", "note")')  # fmt: skip
    found = drafts.migration(code, chain, Options(), silent)
    assert [each.revision for each in found.outcomes] == ["b2"]
    assert found.outcomes[0].rehearsal is not None
    assert found.outcomes[0].rehearsal.up is not None
    assert sorted(path.name for path in chain.rglob("*.py")) == before


@pytest.mark.parametrize("trial", [drafts.models, drafts.migration])
def test_code_that_does_more_is_not_run(trial: object, chain: Path) -> None:
    mark = chain / "pwned"
    code = f"revision = 'x1'\nopen({str(mark)!r}, 'w')\n"
    with pytest.raises(UsageError, match="it is not run"):
        trial(code, chain, Options(), silent)  # type: ignore[operator]
    assert not mark.exists()
