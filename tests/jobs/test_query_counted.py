"""A function of the project that is asked about, where it counts rows that it loads."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import pytest

import dbwright
from dbwright.core.finding import Recommendation
from dbwright.core.options import Options

MODELS = """
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column
class Base(DeclarativeBase):
    pass
class Order(Base):
    __tablename__ = "orders"
    id: Mapped[int] = mapped_column(primary_key=True)
    state: Mapped[str] = mapped_column("status")
    note: Mapped[str]
    city: Mapped[str]
"""
READS = """
from sqlalchemy import select
from shop.models import Order

def open_orders(session, state):
    return len(session.scalars(select(Order).where(Order.state == state)).all())

def listed(session, state):
    return session.scalars(select(Order).where(Order.state == state)).all()

def all_orders(session):
    query = select(Order)
    return len(session.scalars(query).all())
"""
COUNT = "select(func.count()).select_from(Order).where(Order.state == state)"


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A database in use, beside the project's models and functions."""
    with sqlite3.connect(tmp_path / "shop.db") as connection:
        columns = "id integer primary key, status text, note text, city text"
        connection.execute(f"create table orders ({columns})")
        rows = [("open", "a note", "a city")] * 20_000
        connection.executemany("insert into orders (status, note, city) values (?, ?, ?)", rows)
    (tmp_path / "shop").mkdir()
    (tmp_path / "shop/__init__.py").write_text("")
    (tmp_path / "shop/models.py").write_text(MODELS)
    (tmp_path / "shop/reads.py").write_text(READS)
    return tmp_path


def told(project: Path, where: str, db: bool = True) -> list[Recommendation]:
    """Gives what is said of counted rows in a place."""
    url = f"sqlite:///{project / 'shop.db'}" if db else None
    options = Options(db=url, run=db, target=None if db else "sqlite")
    found = dbwright.review_query(where, project, options).recommendations
    return [each for each in found if each.rule == "rows-loaded-to-count"]


def test_the_function_that_is_named_is_told_with_its_gain(project: Path) -> None:
    (found,) = told(project, "shop/reads.py:open_orders")
    assert COUNT in found.advice.fix.code
    assert found.location.line == 6
    assert max(each.factor or 0 for each in found.proofs) >= 1.5
    (edit,) = found.advice.fix.edits
    assert "from sqlalchemy import func, select" in (edit.after or "")


def test_another_function_of_the_file_is_not(project: Path) -> None:
    assert told(project, "shop/reads.py:listed") == []


def test_a_line_and_a_file_are_places_too(project: Path) -> None:
    assert [each.location.line for each in told(project, "shop/reads.py:6")] == [6]
    assert {each.location.line for each in told(project, "shop/reads.py")} == {6, 13}


def test_without_a_database_made_up_rows_show_it(project: Path) -> None:
    (found,) = told(project, "shop/reads.py:open_orders", db=False)
    assert found.proof.level == "verified"
    assert "count(*) sent one row" in found.proof.witness
