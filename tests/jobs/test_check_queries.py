"""check reads the queries in a project's code, and says their lines."""

from __future__ import annotations

from pathlib import Path
from textwrap import dedent

import pytest

import dbwright
from dbwright.core.options import Options
from dbwright.core.report import Report

MODELS = """
from datetime import datetime
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column
class Base(DeclarativeBase):
    pass
class Order(Base):
    __tablename__ = "orders"
    id: Mapped[int] = mapped_column(primary_key=True)
    email: Mapped[str] = mapped_column(unique=True)
    placed_at: Mapped[datetime] = mapped_column(index=True)
"""
PAGES = """
from sqlalchemy import func, select, text
from shop.models import Order

def of_day(session, day):
    return session.scalars(select(Order.id).where(func.date(Order.placed_at) == day)).all()

def by_id(session, number):
    return session.scalar(select(Order).where(Order.id == number))

def some(session, words):
    statement = select(Order.id)
    if words:
        statement = statement.where(func.date(Order.placed_at) == words)
    return session.execute(statement)

def search(session, words):
    return session.execute(text(f"select id from orders where email = '{words}'"))
"""


@pytest.fixture
def shop(tmp_path: Path) -> Path:
    """A package of models and pages."""
    folder = tmp_path / "shop"
    folder.mkdir()
    for name, content in (("__init__", ""), ("models", MODELS), ("pages", PAGES)):
        (folder / f"{name}.py").write_text(dedent(content))
    return tmp_path


def checked(shop: Path, *jobs: str) -> Report:
    """Gives the review of the project without a database."""
    options = Options(
        jobs=jobs, models="shop.models:Base", target="postgresql-15", sandbox=False, trials=False
    )
    return dbwright.check(shop, options)


def test_a_fault_is_told_at_its_line_with_code_to_paste(shop: Path) -> None:
    report = checked(shop, "queries")
    (found,) = report.recommendations
    assert found.rule == "function-on-column"
    assert (found.location.file, found.location.line) == ("shop/pages.py", 6)
    assert found.proof.level == "reasoned"
    assert "-- as SQL:" in found.advice.fix.code
    assert "cast(day, Date)" in found.advice.fix.code
    assert not found.advice.fix.edits


def test_what_is_put_together_in_steps_is_counted_and_not_judged(shop: Path) -> None:
    report = checked(shop, "queries")
    assert [each for each in report.summary.notes if each.startswith("2 queries in the code")]
    assert [each for each in report.summary.notes if " 2 are put together" in each]


def test_injection_is_told_once(shop: Path) -> None:
    report = checked(shop, "models", "queries")
    lines = [
        each for each in report.recommendations if (each.location.file or "").endswith("pages.py")
    ]
    assert sorted(each.rule for each in lines) == ["function-on-column", "sql-injection"]


def test_queries_are_not_read_unless_they_are_asked_for(shop: Path) -> None:
    report = checked(shop, "models")
    assert not any(each.job == "queries" for each in report.recommendations)
    assert not any("queries in the code" in each for each in report.summary.notes)


def test_models_are_imported_from_above_the_package_that_holds_alembic_ini(shop: Path) -> None:
    """As buildbot, keystone and airflow lay it; the package's own `secrets` is not Python's."""
    (shop / "shop" / "secrets.py").write_text("raise ImportError('not the one of Python')")
    (shop / "shop" / "migrations").mkdir()
    (shop / "shop" / "migrations" / "versions").mkdir()
    (shop / "shop" / "migrations" / "env.py").write_text("")
    (shop / "shop" / "alembic.ini").write_text("[alembic]\nscript_location = %(here)s/migrations\n")
    models = shop / "shop" / "models.py"
    models.write_text("import secrets\n" + models.read_text())
    report = checked(shop, "queries")
    assert not report.unverified
    assert [each.rule for each in report.recommendations] == ["function-on-column"]


def test_the_package_around_alembic_ini_is_read(shop: Path) -> None:
    """As keystone lays it: its alembic.ini stands beside its database code alone."""
    store = shop / "shop" / "store"
    (store / "migrations" / "versions").mkdir(parents=True)
    (store / "__init__.py").write_text("")
    (store / "migrations" / "env.py").write_text("")
    (store / "alembic.ini").write_text("[alembic]\nscript_location = %(here)s/migrations\n")
    report = checked(shop, "queries")
    assert [each.rule for each in report.recommendations] == ["function-on-column"]
    assert (report.recommendations[0].location.file or "").endswith("shop/pages.py")
