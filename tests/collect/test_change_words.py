"""Requests that change models: what they are read as, and what is refused with its reason."""

from __future__ import annotations

from dataclasses import replace

import pytest

from dbwright.collect.change_words import read
from dbwright.core.mapping import Attribute, Mapper, Mapping, Relationship, SQLType
from dbwright.core.model_change import (
    AddBag,
    AddColumn,
    AddIndex,
    AddModel,
    AddRelationship,
    ChangeColumn,
    RemoveColumn,
    RenameColumn,
)
from dbwright.core.place import Place
from dbwright.core.schema import Schema


def _mapper(name: str, table: str, line: int, **columns: str) -> Mapper:
    attributes = tuple(
        Attribute(
            column, table, column, SQLType(kind), primary_key=column == "id",
            place=Place("models.py", line + number),
        )
        for number, (column, kind) in enumerate(columns.items(), 1)
    )  # fmt: skip
    return Mapper(name, f"shop.{name}", table, attributes, place=Place("models.py", line))


def shop() -> Mapping:
    user = _mapper("User", "users", 1, id="Integer", email="String", created_at="DateTime")
    order = _mapper(
        "Order", "orders", 10, id="Integer", buyer_id="Integer", total="Numeric",
        created_at="DateTime",
    )  # fmt: skip
    buyer = Relationship(
        "buyer", "shop.User", "users", "MANYTOONE", False, "select", pairs=(("buyer_id", "id"),),
        place=Place("models.py", 15),
    )  # fmt: skip
    order = Mapper(
        order.name, order.qualified, order.table, order.attributes, (buyer,), place=order.place
    )
    line = _mapper("LineItem", "line_items", 20, id="Integer", quantity="Integer")
    return Mapping(Schema("postgresql"), (user, order, line))


READ = {
    "add a nullable phone to User": AddColumn,
    "Please add a phone number to the users table": AddColumn,
    "orders need a cancelled_at timestamp": AddColumn,
    "each line item needs a discount decimal(5,2)": AddColumn,
    "store the IP of each user": AddColumn,
    "track when an order was cancelled": AddColumn,
    "add price decimal(10,2) to LineItem": AddColumn,
    "User has a nickname": AddColumn,
    "I need to add a new column to track user preferences": AddBag,
    "add a preferences column to users": AddBag,
    "we need to store settings for each user": AddBag,
    "make User.email unique": ChangeColumn,
    "User.email should be required": ChangeColumn,
    "change Order.total to numeric(14,2)": ChangeColumn,
    "change the type of LineItem.quantity to bigint": ChangeColumn,
    "rename Order.total to amount": RenameColumn,
    "rename the total column in orders to amount": RenameColumn,
    "drop User.email": RemoveColumn,
    "remove the email field from users": RemoveColumn,
    "index orders by created_at": AddIndex,
    "we list a user's orders newest first": AddIndex,
    "we look up orders by total": AddIndex,
    "LineItem belongs to Order": AddRelationship,
    "an order has many line items": AddRelationship,
    "add a one-to-many relationship between Order and LineItem": AddRelationship,
    "add a reviewer to Order referencing User": AddRelationship,
    "add an optional approver (User) to orders": AddRelationship,
    "add an Invoice model with number and due_date": AddModel,
    "add timestamps to LineItem": AddColumn,
    "make email unique on users": ChangeColumn,
    "allow User.email to be null": ChangeColumn,
    "User.email is optional": ChangeColumn,
    "increase the length of User.email to 500": ChangeColumn,
    "drop the unique constraint on User.email": ChangeColumn,
    "remove the index on orders.buyer_id": ChangeColumn,
    "orders should be soft deletable": AddColumn,
    "add soft delete to Order": AddColumn,
    "give every order a code, unique": AddColumn,
    "ALTER TABLE orders ADD COLUMN weight numeric(8,3)": AddColumn,
    "alter table orders drop column total": RemoveColumn,
    "alter table orders rename column total to amount": RenameColumn,
    "index orders by buyer and date": AddIndex,
    "add a likes counter to Order": AddColumn,
}
REFUSED = {
    "": "empty",
    "what is the weather in Paris": "nothing in it",
    "add a phone to Usr": "did you mean User?",
    "add an email to User": "User has a column email already (models.py:3)",
    "create a User model with a password": "User is there already (models.py:1)",
    "make created_at unique": "say Order.created_at or User.created_at",
    "rename Order.totl to amount": "did you mean total?",
    "add a class to User": "reserved",
    "add a required nullable nickname to User": "required and nullable at once",
    "add a level integer default high to User": "no number",
    "add a state (new, old) to Order, default gone": "none of new or old",
    "rename Order to Purchase": "is a model",
    "drop User.id": "is the key",
    "Order belongs to User": "Order.buyer relates Order to User already (models.py:15)",
    "add a column to User": "which column",
    "a user has one office": "there is no model Office",
    "track preferences": "which model is to hold this",
    "add a column": "neither which column nor of which model",
    "add colum birthday to usr": "did you mean User",
    "make User.emial unique": 'dbwright models change "make User.email unique"',
    "index orders by totl": "did you mean total",
    "add timestamps to Usr and Order": "did you mean User",
    "increase the length of Order.total to 20": "no text with a length",
    "add a metadata column to User": "reserved by SQLAlchemy",
}


@pytest.mark.parametrize(("words", "kind"), READ.items(), ids=READ)
def test_request_is_read_as(words: str, kind: type) -> None:
    found = read(words, shop())
    assert found.problems == ()
    assert found.unused == ()
    assert isinstance(found.steps[0], kind)


@pytest.mark.parametrize(("words", "why"), REFUSED.items(), ids=REFUSED)
def test_request_is_refused_with_its_reason(words: str, why: str) -> None:
    found = read(words, shop())
    assert any(why in problem.why for problem in found.problems), found


def test_what_is_said_of_a_column_is_in_its_step() -> None:
    (step,) = read("add a status (open, paid, void) to orders, default open, indexed", shop()).steps
    assert isinstance(step, AddColumn)
    assert step.attribute.values == ("open", "paid", "void")
    assert step.attribute.default == "open"
    assert step.indexed


def test_values_that_are_kept_already_say_how_they_are_used() -> None:
    whole = shop()
    user = whole.mappers[0]
    kept = Attribute("preferences", "users", "preferences", SQLType("JSONB", ("JSON",)))
    mapping = Mapping(whole.schema, (replace(user, attributes=(*user.attributes, kept)),))
    (problem,) = read("track user preferences", mapping).problems
    assert problem.why.splitlines() == [
        "User has a column preferences already (models.py:1). It is JSON, which takes any name: "
        'user.preferences["theme"] = "dark"',
        'dbwright ask "describe User"',
    ]


def test_a_model_that_is_there_gets_what_it_lacks_by_the_command_told() -> None:
    asked = "create a User model with authentication fields and relationships to a Profile table"
    (problem,) = read(asked, shop()).problems
    _, command = problem.why.splitlines()
    request = command.removeprefix('dbwright models change "').removesuffix('"')
    found = read(request, shop())
    assert (found.problems, found.unused) == ((), ())
    names = [step.attribute.name for step in found.steps if isinstance(step, AddColumn)]
    assert names == ["password", "is_active", "email_verified_at", "last_login_at"]
    assert [s.name for s in found.steps if isinstance(s, AddModel)] == ["Profile"]
    (relation,) = [s for s in found.steps if isinstance(s, AddRelationship)]
    assert (relation.source, relation.target, relation.kind) == (
        "Profile", "shop.User", "one-to-one",
    )  # fmt: skip


def test_words_in_brackets_are_values_and_no_model() -> None:
    (step,) = read("add a status (open, on hold, paid) to orders, default open", shop()).steps
    assert isinstance(step, AddColumn)
    assert step.attribute.values == ("open", "on hold", "paid")


def test_several_clauses_and_the_one_about_the_last() -> None:
    found = read("Add a nickname to User. It must be unique, and rename Order.total to sum", shop())
    added, renamed = found.steps
    assert isinstance(added, AddColumn)
    assert added.attribute.unique
    assert isinstance(renamed, RenameColumn)
    assert renamed.to == "sum"


def test_what_is_not_understood_is_named_with_its_line() -> None:
    found = read("- add a phone to User\n- paint the bike shed green", shop())
    assert [type(step) for step in found.steps] == [AddColumn]
    assert [(item.text, item.line) for item in found.unused] == [("paint the bike shed green", 2)]


def test_a_reason_is_named_as_not_used() -> None:
    found = read("add a phone to User so that support can call them", shop())
    assert len(found.steps) == 1
    assert found.unused[0].text == "so that support can call them"
