"""Another form of a statement, as code on the classes of the project beside it."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import pytest

import dbwright
from dbwright.core.options import Options

MODELS = """
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column
class Base(DeclarativeBase):
    pass
class Order(Base):
    __tablename__ = "orders"
    id: Mapped[int] = mapped_column(primary_key=True)
    state: Mapped[str] = mapped_column("status")
"""
ANY = "select (select count(*) from orders where status <> {}) > 0 as any_order"


@pytest.fixture
def shop(tmp_path: Path) -> Path:
    """A database in use, beside the project's models."""
    with sqlite3.connect(tmp_path / "shop.db") as connection:
        connection.execute("create table orders (id integer primary key, status text)")
        connection.executemany(
            "insert into orders (status) values (?)", [("open",) for _ in range(5000)]
        )
    (tmp_path / "models.py").write_text(MODELS)
    return tmp_path


def code(shop: Path, sql: str) -> str:
    """Gives the code of the fix that is advised on the database itself."""
    report = dbwright.review_query(sql, shop, Options(db=f"sqlite:///{shop / 'shop.db'}"))
    (found,) = [each for each in report.recommendations if each.rule == "count-for-existence"]
    return found.advice.fix.code


def test_the_form_is_said_with_the_classes_of_the_project(shop: Path) -> None:
    found = code(shop, ANY.format("'done'"))
    said, _, sql = found.partition("-- as SQL:\n")
    assert "EXISTS" in sql
    assert "from models import Order" in said
    assert 'exists().where(Order.state != "done").label("any_order")' in said
    assert "-- SQLAlchemy: " not in found


def test_without_models_the_form_stays_as_it_is(shop: Path) -> None:
    (shop / "models.py").unlink()
    found = code(shop, ANY.format("'done'"))
    assert "-- as SQL:" not in found
    assert "-- SQLAlchemy: select(exists().where(…))" in found


def test_models_that_cannot_be_imported_do_not_end_the_review(shop: Path) -> None:
    (shop / "models.py").write_text(f"{MODELS}\nraise RuntimeError('no')\n")
    assert "-- as SQL:" not in code(shop, ANY.format("'done'"))


def test_a_column_without_an_attribute_leaves_the_sql(shop: Path) -> None:
    (shop / "models.py").write_text(MODELS.replace('"status"', '"condition"'))
    assert "-- as SQL:" not in code(shop, ANY.format("'done'"))
