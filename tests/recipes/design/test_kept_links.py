"""What becomes of rows that others refer to, and which pairs and names may not be there twice."""

from __future__ import annotations

import pytest
from sqlalchemy import Connection, text
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from dbwright.recipes.design import write

from .test_kept import connection, created, plan, takes, upgraded

__all__ = ["connection"]
BOTH = pytest.mark.parametrize("make", [created, upgraded])


def count(connection: Connection, table: str, where: str = "true") -> int:
    return connection.execute(text(f'select count(*) from "{table}" where {where}')).scalar() or 0


def gone(connection: Connection, table: str) -> bool:
    """Whether all rows of a table could be deleted; they stay if not."""
    savepoint = connection.begin_nested()
    try:
        connection.execute(text(f'delete from "{table}"'))
    except IntegrityError:
        savepoint.rollback()
        return False
    savepoint.commit()
    return True


LINKED = """
entities:
  - {name: User, attributes: [{name: nick}]}
  - {name: Profile, attributes: [{name: bio}]}
  - {name: Team, attributes: [{name: title}]}
  - {name: Note, attributes: [{name: line}]}
  - {name: UserLog, attributes: [{name: line}]}
  - {name: Person, attributes: [{name: name}]}
relationships:
  - {source: Profile, target: User, kind: one-to-one}
  - {source: Note, target: User, required: false}
  - {source: UserLog, target: User, required: false}
  - {source: Team, target: Team, name: parent, required: false}
  - {source: Team, target: User, kind: many-to-many}
  - {source: Person, target: Person, kind: many-to-many, name: friends}
"""


@BOTH
def test_parts_go_and_others_stay_free(connection: Connection, make: object) -> None:
    make(connection, plan(LINKED))  # type: ignore[operator]
    for table in ("notes", "user_logs"):
        assert takes(connection, table, line="alone")
    for nick in ("a", "b"):
        assert takes(connection, "users", nick=nick)
    assert takes(connection, "profiles", bio="x", user_id=1)
    assert not takes(connection, "profiles", bio="y", user_id=1)
    for table in ("notes", "user_logs"):
        assert takes(connection, table, line="of one", user_id=1)
        assert not takes(connection, table, line="of none", user_id=9)
    assert takes(connection, "teams", title="t")
    assert takes(connection, "team_users", team_id=1, user_id=1)
    assert not takes(connection, "team_users", team_id=1, user_id=1)
    assert gone(connection, "users")
    assert count(connection, "profiles") == count(connection, "team_users") == 0
    for table in ("notes", "user_logs"):
        assert count(connection, table, "user_id is null") == 2


@BOTH
def test_row_is_not_its_own_parent_and_stays_while_it_is_one(
    connection: Connection, make: object
) -> None:
    make(connection, plan(LINKED))  # type: ignore[operator]
    assert takes(connection, "teams", id=1, title="top")
    assert not takes(connection, "teams", id=2, title="own", parent_id=2)
    assert takes(connection, "teams", id=2, title="below", parent_id=1)
    connection.execute(text("savepoint tried"))
    with pytest.raises(IntegrityError):
        connection.execute(text("delete from teams where id = 1"))


def test_friends_are_read_from_the_side_that_has_them(connection: Connection) -> None:
    models = created(connection, plan(LINKED))
    with Session(connection) as session:
        ann, bob = models.Person(name="ann"), models.Person(name="bob")
        ann.friends.append(bob)
        session.add_all([ann, bob])
        session.flush()
        row = session.execute(text("select person_id, friend_id from person_friends")).one()
        assert row == (ann.id, bob.id)
        session.expire_all()
        assert (ann.friends, bob.friends) == ([bob], [])


@BOTH
def test_reference_is_set_free_and_its_tenant_stays(connection: Connection, make: object) -> None:
    brief = """
    tenant: Company
    entities: [{name: Company, shared: true, attributes: [{name: name}]},
               {name: Car, attributes: [{name: plate}]}, {name: Trip, attributes: [{name: way}]}]
    relationships: [{source: Trip, target: Car, required: false}]
    """
    make(connection, plan(brief))  # type: ignore[operator]
    for name in ("one", "two"):
        takes(connection, "companies", name=name)
    assert takes(connection, "cars", plate="p", company_id=1)
    assert takes(connection, "trips", way="w", company_id=1, car_id=1)
    assert gone(connection, "cars")
    connection.commit()
    assert count(connection, "trips", "car_id is null and company_id = 1") == 1
    assert not gone(connection, "companies")


@BOTH
def test_name_is_there_once_also_among_rows_without_a_parent(
    connection: Connection, make: object
) -> None:
    brief = """
    entities:
      - {name: Folder, attributes: [{name: title}], uniques: [{of: [parent, title]}]}
    relationships: [{source: Folder, target: Folder, name: parent, required: false}]
    """
    make(connection, plan(brief))  # type: ignore[operator]
    assert takes(connection, "folders", title="a")
    assert not takes(connection, "folders", title="a")
    for parent in (1, 2):
        assert takes(connection, "folders", title="b", parent_id=1) is (parent == 1)


@BOTH
def test_address_is_there_once_whatever_its_case(connection: Connection, make: object) -> None:
    brief = "entities: [{name: User, attributes: [{name: email, type: email, unique: true}]}]"
    make(connection, plan(brief))  # type: ignore[operator]
    assert takes(connection, "users", email="ann@x.y")
    assert not takes(connection, "users", email="ANN@x.y")


def test_what_mariadb_cannot_keep_unique_is_told_and_not_kept_for_all_rows() -> None:
    brief = "entities: [{name: User, soft_delete: true, attributes: [{name: nick, unique: true}]}]"
    found = plan(brief, "mariadb")
    assert found.table("User").uniques == []
    assert any("is not kept unique where deleted_at IS NULL" in note for note in found.notes)
    assert "unique" not in write.module(found).lower()


SECRETS = """
entities:
  - name: Account
    public_id: true
    attributes:
      - {name: password, type: password}
      - {name: reset, type: token}
      - {name: iban, encrypted: true}
      - {name: email, type: email, required: false}
      - {name: rate, type: percent}
      - {name: width, type: longitude}
      - {name: size, type: integer, maximum: 5000000000}
      - {name: code, below: 5}
      - {name: price, type: money, scale: 4}
  - {name: Deal, key: uuid, attributes: [{name: price, copied_from: Account.price}]}
"""


def test_secrets_are_stored_as_what_opens_nothing() -> None:
    found = plan(SECRETS, "postgresql")
    columns = {column.name: column for column in found.table("Account").columns}
    assert {"password_hash", "reset_digest", "iban_encrypted", "public_id"} <= set(columns)
    assert not {"password", "reset", "iban"} & set(columns)
    assert (columns["reset_digest"].python, columns["iban_encrypted"].python) == ("bytes", "bytes")
    uniques = {unique.columns for unique in found.table("Account").uniques}
    assert {("reset_digest",), ("public_id",)} <= uniques
    assert columns["email"].nullable
    assert not columns["rate"].nullable
    assert columns["size"].sql == "BigInteger"
    assert columns["code"].sql == "String(4)"
    (key,) = [column for column in found.table("Deal").columns if column.primary]
    assert (key.python, key.arguments["default"]) == ("UUID", "uuid4")
    price = found.table("Deal").column("price")
    assert price is not None
    assert price.sql == columns["price"].sql == "Numeric(14, 4)"


def test_limits_of_types_hold(connection: Connection) -> None:
    models = created(connection, plan(SECRETS))
    row = {"password_hash": "h", "iban_encrypted": b"i", "currency": "EUR", "size": 1, "code": "c"}
    row |= {"price": 1, "rate": 1, "width": 1}
    number = iter(range(100))

    def fits(**values: object) -> bool:
        n = next(number)
        keys = {"reset_digest": bytes([n]), "public_id": f"{n:032x}"}
        return takes(connection, "accounts", **(row | keys | values))

    for name, good, bad in (
        ("rate", (0, 100), (-0.01, 100.01)),
        ("width", (-180, 180), (-180.1, 180.1)),
        ("size", (5_000_000_000,), (5_000_000_001,)),
        ("currency", ("USD",), ("usd", "US")),
    ):
        for value in good:
            assert fits(**{name: value}), (name, value)
        for value in bad:
            assert not fits(**{name: value}), (name, value)
    with pytest.raises(ValueError, match="no e-mail"):
        models.Account(email="nobody")
    assert models.Account(email=None).email is None


def test_computed_value_is_none_where_a_part_is_not_set(connection: Connection) -> None:
    brief = """
    entities:
      - name: Item
        attributes: [{name: price, type: decimal}, {name: count, type: integer, required: false},
                     {name: total, computed: price * count}]
    """
    models = created(connection, plan(brief))
    assert models.Item(price=2, count=None).total is None
    assert models.Item(price=2, count=3).total == 6


def test_first_value_of_steps_may_be_any_and_a_value_may_be_set_again(
    connection: Connection,
) -> None:
    brief = """
    entities:
      - name: Order
        attributes:
          - {name: status, values: [new, paid], transitions: {new: [paid]}}
          - {name: price, type: integer, immutable: true}
    """
    models = created(connection, plan(brief))
    order = models.Order(status="paid", price=1)
    order.status = "paid"
    order.price = 2  # nothing is written yet
    with Session(connection) as session:
        session.add(order)
        session.flush()
        with pytest.raises(ValueError, match="cannot go from paid to new"):
            order.status = "new"
        with pytest.raises(ValueError, match="price is written once"):
            order.price = 3
