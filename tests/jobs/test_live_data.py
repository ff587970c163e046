"""A live database says which proposals its rows bear out; it is only read."""

from __future__ import annotations

import json
import sqlite3
from pathlib import Path

import pytest

from dbwright.api import Options, check
from dbwright.core.errors import UsageError
from dbwright.core.finding import Recommendation
from dbwright.core.report import Report

MODELS = """
from sqlalchemy import String, ForeignKey
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

class Base(DeclarativeBase):
    pass

class Order(Base):
    __tablename__ = "orders"
    id: Mapped[int] = mapped_column(primary_key=True)
    status: Mapped[str] = mapped_column(String(20))
    payment_status: Mapped[str] = mapped_column(String(60))
    sku: Mapped[str] = mapped_column(String(20))
    slug: Mapped[str] = mapped_column(String(20))
    quantity: Mapped[int]
    price: Mapped[int]
    stock: Mapped[int]

class Line(Base):
    __tablename__ = "lines"
    id: Mapped[int] = mapped_column(primary_key=True)
    order_id: Mapped[int] = mapped_column(ForeignKey("orders.id"))
"""
TABLE = """
create table orders (id integer primary key, status varchar(20), payment_status varchar(60),
                     sku varchar(20), slug varchar(20), quantity integer, price integer)
"""
ROWS = [
    ("paid", "paid by ada@example.com", "a", "x", 1, -3),
    ("shipped", "open", "b", "x", 2, 5),
]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Models, and a database that lacks one of their columns and one of their tables."""
    made = tmp_path_factory.mktemp("live")
    (made / "models.py").write_text(MODELS)
    connection = sqlite3.connect(made / "shop.db")
    connection.execute(TABLE)
    names = "status, payment_status, sku, slug, quantity, price"
    connection.executemany(f"insert into orders ({names}) values (?, ?, ?, ?, ?, ?)", ROWS)
    connection.commit()
    connection.close()
    return made


def reviewed(folder: Path, **options: str) -> Report:
    given = Options(jobs=("models",), target="sqlite", sandbox=False, trials=False, **options)
    return check(folder / "models.py", given)


@pytest.fixture(scope="module")
def report(folder: Path) -> Report:
    return reviewed(folder, db=f"sqlite:///{folder / 'shop.db'}")


def found(report: Report, rule: str, name: str) -> Recommendation | None:
    return next(
        (r for r in report.recommendations if r.rule == rule and r.location.object == name), None
    )


def test_a_check_is_proposed_only_where_every_row_satisfies_it(report: Report) -> None:
    holds = found(report, "missing-check", "orders.quantity")
    assert holds is not None
    assert any("today" in text for text in holds.evidence)
    assert found(report, "missing-check", "orders.price") is None


def test_a_unique_is_proposed_with_what_the_values_are_today(report: Report) -> None:
    distinct = found(report, "missing-natural-unique", "orders.sku")
    repeated = found(report, "missing-natural-unique", "orders.slug")
    assert distinct is not None
    assert repeated is not None
    assert any("distinct today" in text for text in distinct.evidence)
    assert "the same one today" in repeated.message


def test_the_words_of_a_status_come_from_the_rows(report: Report) -> None:
    status = found(report, "open-status", "orders.status")
    assert status is not None
    assert "'paid', 'shipped'" in status.advice.fix.code


def test_values_that_are_somebodys_data_are_not_shown(report: Report) -> None:
    assert found(report, "open-status", "orders.payment_status") is not None
    assert "ada@example" not in json.dumps(
        [[r.message, r.evidence, r.advice.fix.code] for r in report.recommendations]
    )


def test_what_the_database_lacks_is_said(report: Report) -> None:
    assert any(item.what == "orders.stock" for item in report.unverified)


def test_the_database_is_as_before(folder: Path) -> None:
    before = (folder / "shop.db").read_bytes()
    reviewed(folder, db=f"sqlite:///{folder / 'shop.db'}")
    assert (folder / "shop.db").read_bytes() == before


def test_a_database_of_another_kind_is_refused(folder: Path) -> None:
    given = Options(jobs=("models",), target="postgresql-15", sandbox=False, trials=False,
                    db=f"sqlite:///{folder / 'shop.db'}")  # fmt: skip
    with pytest.raises(UsageError, match="the models are for postgresql"):
        check(folder / "models.py", given)


@pytest.mark.parametrize(
    ("rows", "severity"), [(20, "info"), (50_000, "warning"), (8_000_000, "error")]
)
def test_rows_weigh_a_foreign_key_without_an_index(
    folder: Path, tmp_path: Path, rows: int, severity: str
) -> None:
    sizes = tmp_path / "sizes.json"
    sizes.write_text(json.dumps({"tables": {"lines": {"rows": rows}}}))
    report = reviewed(folder, sizes=str(sizes))
    key = found(report, "foreign-key-without-index", "lines.order_id")
    assert key is not None
    assert key.severity == severity


@pytest.mark.parametrize(
    ("rows", "severity"),
    [(20, None), (2_000_000, "info"), (700_000_000, "warning"), (1_900_000_000, "error")],
)
def test_rows_weigh_a_narrow_key(tmp_path: Path, rows: int, severity: str | None) -> None:
    (tmp_path / "models.py").write_text(MODELS)
    sizes = tmp_path / "sizes.json"
    sizes.write_text(json.dumps({"tables": {"lines": {"rows": rows}}}))
    given = Options(jobs=("models",), target="postgresql-15", sandbox=False, trials=False,
                    sizes=str(sizes))  # fmt: skip
    key = found(check(tmp_path / "models.py", given), "narrow-key", "lines.id")
    assert (key.severity if key else None) == severity
