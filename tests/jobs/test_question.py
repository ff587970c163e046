"""Questions about models through `dbwright ask`: answered from the project's own mappers."""

from __future__ import annotations

import json
from typing import Any

import jsonschema
import pytest

from dbwright.collect.question_words import read
from dbwright.core.mapping import Mapping
from dbwright.core.options import Options
from dbwright.jobs.models_change import project_mapping
from dbwright.jobs.workplace import workplace
from dbwright.recipes.model_answers import answered
from dbwright.render.answer_schema import answer_schema

from .projects import Project

SHOP = """
from datetime import datetime
from uuid import UUID, uuid4

from sqlalchemy import DateTime, Float, ForeignKey, Index, String, Text
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column, relationship


class Base(DeclarativeBase):
    pass


class User(Base):
    __tablename__ = "users"
    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid4)
    email: Mapped[str] = mapped_column(String(320), unique=True)
    bio: Mapped[str | None] = mapped_column(Text)
    orders: Mapped[list["Order"]] = relationship(back_populates="buyer")


class Order(Base):
    __tablename__ = "orders"
    id: Mapped[int] = mapped_column(primary_key=True)
    buyer_id: Mapped[UUID] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"), index=True)
    coupon_id: Mapped[int | None] = mapped_column(ForeignKey("coupons.id"))
    price: Mapped[float] = mapped_column(Float)
    placed_at: Mapped[datetime] = mapped_column(DateTime(timezone=True))
    buyer: Mapped[User] = relationship(back_populates="orders")


class Coupon(Base):
    __tablename__ = "coupons"
    id: Mapped[int] = mapped_column(primary_key=True)
    code: Mapped[str] = mapped_column(String(20))
"""
# by the models above, read by a person: each question with what has to be in its answer
ANSWERS: dict[str, list[str]] = {
    "what does Order reference?": [
        "Order refers to User and Coupon.",
        "Order.coupon_id refers to coupons.id, may be NULL",
        "in Python Order.buyer",
    ],
    "what references Coupon?": ["Order refers to Coupon.", "(no ON DELETE)"],
    "what happens when a User is deleted?": ["its Order rows go along", "ON DELETE CASCADE"],
    "what happens when a Coupon is deleted?": ["a DELETE is refused while Order rows refer to it"],
    "how are User and Coupon related?": ["Not directly", "User → Order → Coupon"],
    "is User.email unique?": ["Yes."],
    "can User.email be null?": ["No."],
    "does Order.coupon_id have an index?": ["No."],
    "what is the type of Order.price?": ["double precision (a binary float)"],
    "which columns are nullable?": ["2 of 10 columns may be NULL", "User.bio", "Order.coupon_id"],
    "which foreign keys have no index?": ["1 of 2 foreign keys has no index", "orders.coupon_id"],
    "which models have no index on their foreign keys?": ["orders.coupon_id refers to coupons"],
    "is there a model without a primary key?": ["No, all 3 models have a primary key."],
    "is there a model without a primary key ordering?": ["Yes, 1 of 3", "its key id is random"],
    "do all models have a primary key?": ["Yes, all 3 models"],
    "do all models have a foreign key?": ["No, 2 of 3 models do not", "User (table users"],
    "which models have no foreign keys?": ["2 of 3 models have no foreign key", "Coupon (table"],
    "which relationships have no order_by?": ["1 of 1 relationship has no order_by"],
    "how many models are there?": ["There are 3 models."],
    "where is Order defined?": ["models.py, line 20"],
}  # fmt: skip


@pytest.fixture
def shop(project: Project) -> Project:
    return project.standard(models=SHOP)


def ask(project: Project, words: str) -> dict[str, Any]:
    answer = project.run("ask", words, "--format", "json")
    assert answer.status == 0, answer.stderr
    data: dict[str, Any] = json.loads(answer.stdout)
    jsonschema.validate(data, answer_schema())
    return data


@pytest.fixture(scope="module")
def mapping(tmp_path_factory: pytest.TempPathFactory) -> Mapping:
    """The models as SQLAlchemy configures them, without a database."""
    folder = tmp_path_factory.mktemp("asked")
    (folder / "models.py").write_text(SHOP.lstrip("\n"))
    options = Options(models="models:Base", sandbox=False)
    with workplace(folder, options, lambda text: None) as place:
        found = project_mapping(place)
    assert found is not None
    return found


@pytest.mark.parametrize(("words", "parts"), ANSWERS.items(), ids=ANSWERS)
def test_a_question_is_answered_from_the_models(
    mapping: Mapping, words: str, parts: list[str]
) -> None:
    question = read(words, mapping)
    assert question is not None
    found = answered(question, mapping)
    told = "\n".join([found.answer, *(fact.text for fact in found.facts)])
    assert [part for part in parts if part not in told] == []


@pytest.mark.database
def test_a_question_that_means_a_rule_is_answered_by_its_proved_findings(shop: Project) -> None:
    data = ask(shop, "which columns hold money as float?")
    (fact,) = data["facts"]
    assert fact["text"].startswith("orders.price: ")
    assert (fact["file"], fact["line"]) == ("models.py", 25)
    assert fact["known"].startswith("verified on PostgreSQL")
    assert data["more"] == ["dbwright models review --select float-money"]


@pytest.mark.database
def test_what_the_review_says_of_the_same_columns_is_told(shop: Project) -> None:
    answer = shop.run("ask", "which foreign keys have no index?")
    told = " ".join(answer.stdout.split())
    assert "deleting a row of coupons reads the whole table (verified on PostgreSQL" in told
    assert "Seen: SQLAlchemy" in told
    assert max(map(len, answer.stdout.splitlines())) <= 80


@pytest.mark.database
def test_what_is_not_understood_names_the_word_and_what_can_be_asked(shop: Project) -> None:
    answer = shop.run("ask", "which model is the most beautiful?")
    assert answer.status == 2
    assert "“most” names no model, column or property" in answer.stderr
    assert 'dbwright ask "what does Order reference?"' in answer.stderr
    assert 'dbwright ask "review my models"' in answer.stderr


@pytest.mark.database
def test_a_name_that_is_nearly_one_is_asked_back_with_the_command(shop: Project) -> None:
    answer = shop.run("ask", "what does Ordr reference?")
    assert answer.status == 2
    assert 'dbwright ask "what does Order reference?"' in answer.stderr


def test_where_there_are_no_models_it_says_so(project: Project) -> None:
    answer = project.run("ask", "which columns are nullable?")
    assert answer.status == 2
    assert "no models here" in answer.stderr or "nothing" in answer.stderr
