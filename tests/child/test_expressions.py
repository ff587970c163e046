"""Statements found in sources: what is certain as SQL with its line, the rest counted."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from textwrap import dedent, indent
from typing import Any

import pytest

MODELS = """
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column
class Base(DeclarativeBase):
    pass
class Order(Base):
    __tablename__ = "orders"
    id: Mapped[int] = mapped_column(primary_key=True)
    status: Mapped[str]
    customer_id: Mapped[int]
"""
HEAD = """
from datetime import datetime, timedelta
from sqlalchemy import delete, func, or_, select, text, update
from models import Order
import models, nowhere
"""


def asked(lab: Any, body: str) -> tuple[list[str], Counter[str], list[int]]:
    """Gives the SQL of what a file holds, what was left out, and the lines."""
    lab.write({"models.py": MODELS, "pages.py": HEAD + dedent(body)})
    file = str(Path(lab.root, "pages.py"))
    answer = lab.worker().call("expressions", files=[file], file=str(Path(lab.root, "models.py")))
    found = answer["statements"]
    sql = [" ".join(each["sql"].split()) for each in found]
    return sql, Counter(answer["left_out"]), [each["line"] for each in found]


@pytest.mark.parametrize(
    ("code", "sql"),
    [
        ("select(Order.id).where(Order.customer_id == customer)",
         "SELECT orders.id FROM orders WHERE orders.customer_id = :customer"),
        ("select(Order.id).where(Order.customer_id == user.id, Order.status == 'open')",
         "SELECT orders.id FROM orders WHERE orders.customer_id = :id AND orders.status = 'open'"),
        ("select(Order.id).where(Order.id.in_(ids)).limit(page.size)",
         "SELECT orders.id FROM orders WHERE orders.id IN (:ids) LIMIT :size"),
        ("select(Order.id).where(Order.status.ilike(f'%{words}%'))",
         "SELECT orders.id FROM orders WHERE orders.status ILIKE '%word%'"),
        ("select(func.count()).select_from(Order).where(func.lower(Order.status) == words)",
         "SELECT count(*) AS count_1 FROM orders WHERE lower(orders.status) = :words"),
        ("select(Order.id).where(or_(Order.id > after, Order.status == 'x'))",
         "SELECT orders.id FROM orders WHERE orders.id > :after OR orders.status = 'x'"),
        ("select(Order.id).where(Order.id == func.coalesce(customer, 3))",
         "SELECT orders.id FROM orders WHERE orders.id = coalesce(:customer, 3)"),
        ("update(Order).where(Order.id == customer).values(status='x')",
         "UPDATE orders SET status='x' WHERE orders.id = :customer"),
        ("delete(Order).where(Order.id == customer)", "DELETE FROM orders WHERE orders.id = "
         ":customer"),
        ("select(models.Order.id).where(models.Order.customer_id == customer)",
         "SELECT orders.id FROM orders WHERE orders.customer_id = :customer"),
        ("select(models.Order.id).where(models.Order.id.in_(ids))",
         "SELECT orders.id FROM orders WHERE orders.id IN (:ids)"),
        ("text('select id from orders where status = :status')",
         "select id from orders where status = :status"),
    ],
)  # fmt: skip
def test_what_is_executed_whole_is_given_with_parameters(lab: Any, code: str, sql: str) -> None:
    body = f"""
    def page(session, customer: int, user, ids: list[int], page, words: str, after):
        return session.execute({code})
    """
    found, left_out, lines = asked(lab, body)
    assert found == [sql]
    assert not left_out
    assert lines == [7]


@pytest.mark.parametrize(
    ("before", "code", "sql"),
    [
        ("total = func.sum(Order.customer_id)",
         "select(Order.status, total.label('n')).group_by(Order.status).having(total < after)",
         "SELECT orders.status, sum(orders.customer_id) AS n FROM orders GROUP BY orders.status "
         "HAVING sum(orders.customer_id) < :after"),
        ("one = select(Order.customer_id).where(Order.status == words)",
         "select(Order.id).where(Order.id.not_in(one))",
         "SELECT orders.id FROM orders WHERE (orders.id NOT IN (SELECT orders.customer_id FROM "
         "orders WHERE orders.status = :words))"),
        ("pattern = f'%{words}'", "select(Order.id).where(Order.status.like(pattern))",
         "SELECT orders.id FROM orders WHERE orders.status LIKE '%word'"),
        ("column = Order.id; named = column.label('h')", "select(named)",
         "SELECT orders.id AS h FROM orders"),
    ],
)  # fmt: skip
def test_a_part_that_a_name_holds_stands_in_its_place(
    lab: Any, before: str, code: str, sql: str
) -> None:
    body = f"""
    def page(session, words: str, after):
        {before}
        return session.execute({code})
    """
    found, left_out, _ = asked(lab, body)
    assert found == [sql]
    assert not left_out


@pytest.mark.parametrize(
    "before",
    [
        "total = func.sum(Order.id)\n        if after: total = func.max(Order.id)",
        "total = func.sum(Order.id)\n        for total in after: pass",
        "if after: total = func.sum(Order.id)",
        "total = func.sum(Order.id)\n        total = total + 1",
        "total = made(Order.id)",
    ],
)
def test_a_name_that_may_hold_two_things_is_left_out(lab: Any, before: str) -> None:
    body = f"""
    def page(session, after):
        {before}
        return session.execute(select(total))
    """
    found, left_out, _ = asked(lab, body)
    assert found == []
    assert left_out.total() == 1


@pytest.mark.parametrize(
    ("code", "why"),
    [
        ("session.execute(select(part))", "more than a value"),
        ("session.execute(select(Order.id).where(condition))", "more than a value"),
        ("session.execute(select(Order.id).where(*conditions))", "more than a value"),
        ("session.execute(select(Order.id).order_by(part))", "more than a value"),
        ("session.execute(select(Order.id).where(Order.id == chosen))", "more than a value"),
        ("session.execute(select(Order.id).where(nowhere.x == 1))", "without an import|Python"),
        ("session.execute(select(Order.id).where(helper(Order)))", "nobody knows"),
    ],
)
def test_what_may_be_more_than_a_value_is_left_out(lab: Any, code: str, why: str) -> None:
    body = f"""
    def page(session, part, condition, conditions, chosen: "Select[int]"):
        return {code}
    """
    found, left_out, _ = asked(lab, body)
    assert found == []
    (told,) = left_out
    assert any(each in told for each in why.split("|"))


def test_a_statement_in_steps_is_left_out_and_one_in_a_name_is_not(lab: Any) -> None:
    found, left_out, lines = asked(
        lab,
        """
        def whole(session):
            statement = select(Order.id)
            return session.execute(statement)
        def steps(session, only):
            statement = select(Order.id)
            if only:
                statement = statement.where(Order.id > 3)
            return session.execute(statement)
        def given(session):
            statement = select(Order.status)
            return session.execute(statement.limit(3))
        def other():
            return select(Order.customer_id)
        """,
    )
    assert found == ["SELECT orders.id FROM orders", "SELECT orders.status FROM orders LIMIT 3"]
    assert lines == [7, 15]
    assert left_out == {"it is put together in steps": 1}


@pytest.mark.parametrize(
    ("body", "sql"),
    [
        ("""
        s = select(Order.id)
        session.execute(s)
        s = select(Order.status)
        s = s.where(Order.id == customer)
        if customer:
            return session.execute(s.limit(2))
        """, ["orders.id FROM orders",
              "orders.status FROM orders WHERE orders.id = :customer LIMIT 2"]),
        ("""
        if customer:
            s = select(Order.id)
        else:
            s = select(Order.status)
        return session.execute(s)
        """, []),
        ("""
        s = select(Order.id)
        for each in customer:
            session.execute(s)
            s = s.where(Order.id > 1)
        """, []),
        ("""
        s = select(Order.id)
        for each in customer:
            s = select(Order.status)
            session.execute(s)
        """, ["orders.status FROM orders"]),
        ("""
        s = select(Order.id)
        try:
            s = select(Order.status)
        except ValueError:
            session.execute(s)
        """, []),
        ("""
        s = select(Order.id)
        with customer as s:
            session.execute(s)
        """, []),
        ("""
        s = select(Order.id)
        if customer:
            s = select(Order.status)
        else:
            session.execute(s)
        """, ["orders.id FROM orders"]),
        ("""
        s = select(Order.id)
        s = customer(s)
        session.execute(s)
        """, []),
        ("""
        def other():
            nonlocal s
            s = select(Order.status)
        s = select(Order.id)
        other()
        session.execute(s)
        """, []),
    ],
)  # fmt: skip
def test_a_name_holds_what_it_was_given_last_for_certain(
    lab: Any, body: str, sql: list[str]
) -> None:
    page = "def page(session, customer):\n" + indent(dedent(body), "    ")
    found, _, _ = asked(lab, page)
    assert found == [f"SELECT {each}" for each in sql]


def test_a_query_of_the_session_is_a_statement(lab: Any) -> None:
    found, _, _ = asked(
        lab,
        """
        def page(session, customer):
            return session.query(Order.id).filter(Order.customer_id == customer).first()
        """,
    )
    assert found == ["SELECT orders.id FROM orders WHERE orders.customer_id = :customer LIMIT 1"]


def test_no_module_is_imported_and_nothing_is_called(lab: Any) -> None:
    lab.write({"mine.py": "raise SystemExit('imported')\ndef one(): ..."})
    found, left_out, _ = asked(
        lab,
        """
        import mine
        from mine import one
        def page(session):
            return session.execute(select(Order.id).where(Order.id == one()))
        def fine(session):
            return session.execute(select(Order.id))
        """,
    )
    assert found == ["SELECT orders.id FROM orders"]
    assert sum(left_out.values()) == 1


def test_functions_of_imported_modules_are_not_called(lab: Any) -> None:
    ends = "raise SystemExit('called')"
    models = (
        f"{MODELS}    @classmethod\n    def some(cls):\n        {ends}\ndef one():\n    {ends}\n"
    )
    lab.write({"pages.py": HEAD + dedent(
        """
        from models import one
        def page(session):
            session.execute(select(Order.id).where(Order.id == one()))
            session.execute(select(Order.id).where(Order.some()))
            session.execute(select(Order.id).where(Order.id == models.one()))
            session.execute(select(Order.id).where(models.Order.some()))
            session.execute(select(Order.id).where(Order.id > 3))
        """
    )})  # fmt: skip
    lab.write({"models.py": models})
    worker = lab.worker()
    answer = worker.call("expressions", files=[str(lab.root / "pages.py")], spec="models:Base")
    assert len(answer["statements"]) == 1
    assert answer["left_out"] == {"a function whose result nobody knows": 4}
