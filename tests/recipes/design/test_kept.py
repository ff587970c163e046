"""What designed tables and classes keep: rows that a real database takes or refuses."""

from __future__ import annotations

import sys
import types
from collections.abc import Iterator
from typing import Any

import pytest
from alembic.migration import MigrationContext
from alembic.operations import Operations
from sqlalchemy import Connection, create_engine, event, text
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session
from sqlalchemy.orm.exc import StaleDataError

from dbwright.collect.brief import parse
from dbwright.core.claim import Sql
from dbwright.core.errors import CollectError
from dbwright.recipes.design import cases, designer, revision, write, write_tests
from dbwright.recipes.design.parts import Plan
from dbwright.scratch.databases import open_sandbox
from dbwright.scratch.server import ServerChoice

DOMAIN = """
tenant: Company
entities:
  - {name: Company, shared: true, attributes: [{name: name}]}
  - name: Customer
    soft_delete: true
    attributes: [{name: email, type: email, unique: true}, {name: nick, required: false}]
    uniques: [{of: [nick, email]}]
  - name: Order
    versioned: true
    attributes:
      - {name: number, type: integer, unique: true}
      - {name: status, values: [new, paid, "sent off"], default: new,
         transitions: {new: [paid], paid: ["sent off"]}}
      - {name: price, type: integer, minimum: 0, maximum: 10, immutable: true}
      - {name: paid_at, type: datetime, required: false}
      - {name: sent_at, type: datetime, required: false}
    rules: [{kind: when, of: [paid_at], where: {status: paid}}]
  - {name: OrderLine, attributes: [{name: amount, type: integer, above: 0}]}
  - {name: Tag, attributes: [{name: label}]}
  - {name: Log, append_only: true, attributes: [{name: line}]}
relationships:
  - {source: Order, target: Customer}
  - {source: OrderLine, target: Order, position: true}
  - {source: Log, target: Order, required: false}
  - {source: Order, target: Tag, kind: many-to-many}
"""
RULES = """
entities:
  - name: Rule
    attributes:
      - {name: a, type: integer, required: false}
      - {name: b, type: integer, required: false}
      - {name: c, type: integer, required: false}
      - {name: low, type: integer}
      - {name: high, type: integer}
    rules: [{kind: KIND, of: [a, b, c]}, {kind: ordered, of: [low, high]}]
"""


def plan(brief: str, database: str = "sqlite") -> Plan:
    return designer.designed(parse(brief, database=database), database)


def imported(code: str, name: str = "designed_models") -> types.ModuleType:
    module = types.ModuleType(name)
    sys.modules[name] = module
    exec(compile(code, f"{name}.py", "exec"), module.__dict__)
    return module


@pytest.fixture
def connection() -> Iterator[Connection]:
    """An empty SQLite database that holds foreign keys."""
    engine = create_engine("sqlite://")
    event.listen(engine, "connect", lambda c, _: c.execute("pragma foreign_keys = on"))
    with engine.connect() as found:
        yield found


@pytest.fixture
def postgresql() -> Iterator[Connection]:
    """An empty PostgreSQL database."""
    with (
        open_sandbox("postgresql", ServerChoice()) as sandbox,
        sandbox.clone(None) as database,
        create_engine(database.url().replace("postgresql:", "postgresql+psycopg:")).connect() as on,
    ):
        yield on


def created(connection: Connection, found: Plan) -> Any:
    """The module of a design, its tables made by create_all."""
    models = imported(write.module(found))
    models.Base.metadata.create_all(connection)
    return models


def upgraded(connection: Connection, found: Plan) -> Any:
    """The first revision of a design, run; it is undone by its `downgrade`."""
    module = imported(revision.first(found), "designed_first")
    with Operations.context(MigrationContext.configure(connection)):
        module.upgrade()
    return module


def takes(connection: Connection, table: str, **row: Any) -> bool:
    """Whether the database takes a row; it is kept if so."""
    names = ", ".join(f'"{name}"' for name in row)
    sql = f'insert into "{table}" ({names}) values ({", ".join(f":v_{name}" for name in row)})'
    savepoint = connection.begin_nested()
    try:
        connection.execute(text(sql), {f"v_{name}": value for name, value in row.items()})
    except IntegrityError:
        savepoint.rollback()
        return False
    savepoint.commit()
    return True


# rules between the values of a row


@pytest.mark.parametrize(
    ("kind", "counts"),
    [
        ("exactly-one", {1}),
        ("at-least-one", {1, 2, 3}),
        ("at-most-one", {0, 1}),
        ("together", {0, 3}),
    ],
)
@pytest.mark.parametrize("make", [created, upgraded])
def test_so_many_are_set(connection: Connection, kind: str, counts: set[int], make: Any) -> None:
    make(connection, plan(RULES.replace("KIND", kind)))
    for values in ((a, b, c) for a in (None, 1) for b in (None, 1) for c in (None, 1)):
        row = dict(zip("abc", values, strict=True))
        taken = takes(connection, "rules", low=1, high=2, **row)
        assert taken is (sum(value is not None for value in values) in counts), row
    assert not takes(connection, "rules", low=2, high=2, a=1)
    assert not takes(connection, "rules", low=3, high=2, a=1)


def test_each_part_of_a_condition_counts_where_one_is_optional(connection: Connection) -> None:
    found = plan(
        """
        entities:
          - name: Parcel
            attributes:
              - {name: status, values: [new, sent]}
              - {name: kind, values: [big, small], required: false}
              - {name: fragile, type: boolean, required: false}
              - {name: note, type: text, required: false}
            rules: [{kind: when, of: [note], where: {status: sent, kind: big, fragile: true}}]
        """
    )
    created(connection, found)
    for status in ("new", "sent"):
        for kind in (None, "small", "big"):
            for fragile in (None, 0, 1):
                bound = (status, kind, fragile) == ("sent", "big", 1)
                row = {"status": status, "kind": kind, "fragile": fragile}
                assert takes(connection, "parcels", **row) is not bound, row
                assert takes(connection, "parcels", **row, note="so"), row


@pytest.mark.database
def test_periods_of_one_room_do_not_overlap(postgresql: Connection) -> None:
    found = plan(
        """
        entities:
          - {name: Room, attributes: [{name: label}]}
          - name: Booking
            soft_delete: true
            attributes: [{name: starts, type: date}, {name: ends, type: date},
                         {name: status, values: [held, void]}]
            rules: [{kind: no-overlap, of: [starts, ends], per: [Room], where: {status: held}}]
        relationships: [{source: Booking, target: Room}]
        """,
        "postgresql",
    )
    created(postgresql, found)
    for room in ("a", "b"):
        assert takes(postgresql, "rooms", label=room)
    row = {"starts": "2031-03-01", "ends": "2031-03-05", "room_id": 1, "status": "held"}
    assert takes(postgresql, "bookings", **row)
    assert not takes(postgresql, "bookings", **row)
    for other in (
        {"starts": "2031-03-05", "ends": "2031-03-06"},
        {"room_id": 2},
        {"status": "void"},
        {"deleted_at": "2031-01-01"},
    ):
        assert takes(postgresql, "bookings", **(row | other)), other


# keys, references and what becomes of rows


@pytest.mark.parametrize("make", [created, upgraded])
def test_rows_of_one_tenant_refer_to_its_own_only(connection: Connection, make: Any) -> None:
    make(connection, plan(DOMAIN))
    for name in ("one", "two"):
        assert takes(connection, "companies", name=name)
        number = 1 if name == "one" else 2
        assert takes(connection, "customers", email=f"{name}@x.y", company_id=number)
    assert takes(connection, "orders", number=1, price=1, customer_id=1, company_id=1, version=1)
    assert not takes(connection, "orders", number=2, price=1, customer_id=2, company_id=1,
                     version=1)  # fmt: skip
    assert takes(connection, "orders", number=1, price=1, customer_id=2, company_id=2, version=1)
    assert takes(connection, "tags", label="red", company_id=2)
    assert not takes(connection, "order_tags", order_id=1, tag_id=1, company_id=1)
    assert takes(connection, "order_tags", order_id=2, tag_id=1, company_id=2)
    assert not takes(connection, "order_tags", order_id=2, tag_id=1, company_id=2)


@pytest.mark.parametrize("make", [created, upgraded])
def test_what_is_unique_counts_among_rows_that_are_there(connection: Connection, make: Any) -> None:
    make(connection, plan(DOMAIN))
    for name in ("one", "two"):
        takes(connection, "companies", name=name)
    ann = {"email": "Ann@x.y", "company_id": 1}
    assert takes(connection, "customers", **ann)
    assert not takes(connection, "customers", **ann)
    assert not takes(connection, "customers", email="ann@X.y", company_id=1)
    assert takes(connection, "customers", email="ann@x.y", company_id=2)
    assert takes(connection, "customers", **ann, deleted_at="2031-01-01 00:00:00")
    assert takes(connection, "customers", **ann, deleted_at="2031-01-01 00:00:00")


@pytest.mark.parametrize("make", [created, upgraded])
def test_references_say_what_becomes_of_rows(connection: Connection, make: Any) -> None:
    make(connection, plan(DOMAIN))
    takes(connection, "companies", name="one")
    takes(connection, "customers", email="a@x.y", company_id=1)
    order = {"price": 1, "customer_id": 1, "company_id": 1, "version": 1}
    for number in (1, 2):
        assert takes(connection, "orders", number=number, **order)
    line = {"amount": 1, "company_id": 1, "order_id": 1}
    assert takes(connection, "order_lines", position=1, **line)
    assert takes(connection, "logs", line="made", order_id=2, company_id=1)

    def gone(sql: str) -> bool:
        savepoint = connection.begin_nested()
        try:
            connection.execute(text(sql))
        except IntegrityError:
            savepoint.rollback()
            return False
        savepoint.commit()
        return True

    assert not gone("delete from customers")
    assert not gone("delete from orders where id = 2")  # a log is never changed
    assert gone("delete from orders where id = 1")
    assert connection.execute(text("select count(*) from order_lines")).scalar() == 0


@pytest.mark.parametrize("make", [created, upgraded])
def test_values_outside_of_their_limits_are_refused(connection: Connection, make: Any) -> None:
    make(connection, plan(DOMAIN))
    takes(connection, "companies", name="one")
    takes(connection, "customers", email="a@x.y", company_id=1)
    order = {"number": 1, "customer_id": 1, "company_id": 1, "version": 1}
    for price in (-1, 11, None):
        assert not takes(connection, "orders", price=price, **order)
    for number, price in enumerate((0, 10)):
        assert takes(connection, "orders", price=price, **(order | {"number": number}))
    assert connection.execute(text("select distinct status from orders")).scalar() == "new"
    assert not takes(connection, "orders", price=1, status="gone", **(order | {"number": 7}))
    assert not takes(connection, "orders", price=1, status="paid", **(order | {"number": 7}))
    assert takes(connection, "orders", price=1, status="paid", paid_at="2031-01-01",
                 **(order | {"number": 7}))  # fmt: skip
    line = {"position": 1, "company_id": 1, "order_id": 1}
    assert not takes(connection, "order_lines", amount=0, **line)
    assert takes(connection, "order_lines", amount=1, **line)


# what the classes refuse


def test_classes_refuse_what_the_brief_forbids(connection: Connection) -> None:
    models = created(connection, plan(DOMAIN))
    with Session(connection, join_transaction_mode="create_savepoint") as session:
        company = models.Company(name="one")
        customer = models.Customer(email="a@x.y", company=company)
        order = models.Order(number=1, price=3, customer=customer, company=company)
        log = models.Log(line="made", order=order, company=company)
        session.add_all([order, log])
        session.commit()
        assert order.version == 1
        with pytest.raises(ValueError, match="cannot go from new to sent off"):
            order.status = "sent off"
        with pytest.raises(ValueError, match="price is written once"):
            order.price = 4
        order.price = 3
        with pytest.raises(ValueError, match="is no e-mail address"):
            customer.email = "nobody"
        log.line = "other"
        with pytest.raises(ValueError, match="Log is never changed"):
            session.flush()
        session.rollback()
        session.delete(log)
        with pytest.raises(ValueError, match="Log is never deleted"):
            session.flush()
        session.rollback()
        assert order.version == 1
        session.execute(text("update orders set version = 9"))
        order.number = 2
        with pytest.raises(StaleDataError):
            session.flush()


def test_kinds_are_told_apart_and_go_with_what_they_are_a_kind_of(connection: Connection) -> None:
    models = created(
        connection,
        plan(
            """
            entities:
              - {name: Party, attributes: [{name: name}, {name: kind}]}
              - {name: Person, kind_of: Party, attributes: [{name: born, type: date}]}
              - {name: Firm, kind_of: Party, attributes: [{name: vat, unique: true}]}
            """
        ),
    )
    with Session(connection) as session:
        session.add(models.Firm(name="F", kind="k", vat="1"))
        session.flush()
        session.expire_all()
        (found,) = session.query(models.Party).all()
        assert type(found) is models.Firm
        assert session.execute(text("select type from parties")).scalar() == "firm"
        session.execute(text("delete from parties"))
        assert session.execute(text("select count(*) from firms")).scalar() == 0
    assert not takes(connection, "parties", name="x", kind="k", type="robot")


# texts and names that mean something to Python, SQL or SQLAlchemy

ODD = r"""
domain: 'a \""" b'
entities:
  - name: Parcel
    doc: 'He said \"""hi\""" \ '
    attributes:
      - {name: n, type: integer, unit: "kg\nraise SystemExit"}
      - {name: total, computed: n * n, doc: 'the \""" \n \x total'}
      - {name: self}
      - {name: code}
      - {name: note, default: "50% :x it's"}
      - {name: status, values: ['a"b', "c'd", 'e\f', 'g%h', ':i'], default: ':i',
         transitions: {'a"b': ["c'd"], "c'd": ['e\f'], ':i': ['a"b']}}
    uniques: [{of: [code], where: {note: "50% :x it's"}}]
    rules: [{kind: when, of: [wrapped], where: {note: " :y"}}]
"""
ODD = ODD.replace('\\"', '"').replace(
    "- {name: code}", "- {name: code}\n      - {name: wrapped, required: false}"
)


@pytest.mark.parametrize("make", [created, upgraded])
def test_odd_texts_stand_in_the_database_as_they_are(connection: Connection, make: Any) -> None:
    make(connection, plan(ODD))
    stamps = {"n": 1, "self": "s"}
    assert takes(connection, "parcels", code="a", **stamps)
    assert not takes(connection, "parcels", code="a", **stamps)
    assert takes(connection, "parcels", code="a", note="other", **stamps)
    assert takes(connection, "parcels", code="a", note="other", **stamps)
    row = connection.execute(text("select note, status from parcels")).first()
    assert row == ("50% :x it's", ":i")
    assert not takes(connection, "parcels", code="b", note=" :y", **stamps)
    assert takes(connection, "parcels", code="b", note=" :y", wrapped="w", **stamps)
    assert not takes(connection, "parcels", code="c", status="i", **stamps)


def test_odd_texts_are_only_texts_to_the_classes(connection: Connection) -> None:
    found = plan(ODD)
    models = created(connection, found)
    parcel = models.Parcel(n=3, self_="s", code="a", status='a"b')
    assert parcel.total == 9
    with Session(connection) as session:
        session.add(parcel)
        session.flush()
        with pytest.raises(ValueError, match="cannot go from"):
            parcel.status = "e\\f"
        parcel.status = "c'd"
        session.flush()
    compile(write_tests.written(found, "models"), "test_models.py", "exec")


@pytest.mark.database
@pytest.mark.parametrize("make", [created, upgraded])
def test_partitions_of_names_that_sql_keeps_for_itself(postgresql: Connection, make: Any) -> None:
    found = plan(
        """
        entities:
          - name: Reference
            attributes: [{name: end, type: datetime}]
            growth: {rows_per_month: 5000000, by: end}
        """,
        "postgresql",
    )
    make(postgresql, found)
    assert takes(postgresql, "references", end="2031-01-01")
    told = postgresql.execute(text('select tableoid::regclass::text from "references"')).scalar()
    assert told == "references_default"


def test_cases_ask_for_rows_of_names_that_sql_keeps_for_itself(connection: Connection) -> None:
    found = plan(
        """
        tenant: Group
        entities:
          - {name: Group, key: natural, natural_key: [order], attributes: [{name: order}]}
          - {name: Reference, attributes: [{name: t}]}
          - {name: Box, shared: true, key: natural, natural_key: [from], attributes: [{name: from}]}
          - {name: Note, rules: [{kind: exactly-one, of: [Reference, Box]}]}
        relationships:
          - {source: Note, target: Reference, required: false}
          - {source: Note, target: Box, required: false}
        """
    )
    created(connection, found)
    asked = {
        value.expression
        for case in cases.cases(found, "sqlite")
        for row in case.probe.rows
        for value in row.values()
        if isinstance(value, Sql)
    }
    assert len(asked) >= 3
    for sql in asked:
        connection.execute(text(sql))


# what is no design


@pytest.mark.parametrize(
    ("attribute", "said"),
    [
        ("{type: integer, default: 100, below: 100}", "default 100 of T.x lies outside"),
        ("{type: integer, default: 100, maximum: 99}", "default 100 of T.x lies outside"),
        ("{type: integer, default: 5, above: 5}", "default 5 of T.x lies outside"),
        ("{type: integer, default: 4, minimum: 5}", "default 4 of T.x lies outside"),
        ("{type: percent, default: 150}", "default 150 of T.x lies outside"),
        ("{type: latitude, default: -91}", "default -91 of T.x lies outside"),
        ("{length: 3, default: abcd}", "default 'abcd' of T.x lies outside"),
        ("{minimum: 5, default: abcd}", "default 'abcd' of T.x lies outside"),
        ("{type: uuid, default: abc}", "x is a uuid, for which no default is designed"),
        ("{encrypted: true, default: abc}", "x is encrypted, for which no default is designed"),
        ("{type: integer, default: true}", "the default True of T.x is no integer"),
        ("{type: boolean, default: 1}", "the default 1 of T.x is no boolean"),
        ("{type: date, default: soon}", "the default 'soon' of T.x is no date"),
        ("{values: [a, b], default: c}", "the default 'c' of T.x is none of its values"),
        ("{values: [a b, a-b]}", "the values 'a b' and 'a-b' of T.x would both be called A_B"),
        ("{values: [a, a]}", "T.x has the value 'a' twice"),
        ("{type: integer, minimum: 6, maximum: 5}", "T.x would lie between 6 and 5"),
        ("{type: integer, above: 5, below: 5}", "T.x can have no value"),
        ("{type: integer, above: 5, maximum: 5}", "T.x can have no value"),
        ("{type: boolean, minimum: 5}", "T.x is boolean, which has no least"),
        ("{type: integer, values: [a]}", "T.x is a value set, and of type integer"),
        ("{encrypted: true, unique: true}", "T.x is encrypted, so its values cannot be compared"),
        ("{computed: y * 2}", "T has no stored attribute y"),
        ("{computed: 'open(1)'}", "has more than + - * / and comparisons"),
        ("{computed: 'a +'}", "cannot be read as an expression"),
        ("{copied_from: T.y}", "T has no attribute y"),
        ("{values: [a], transitions: {a: [b]}}", "transition with 'b', which is none of"),
    ],
)
def test_what_cannot_be_is_told(attribute: str, said: str) -> None:
    brief = f"entities: [{{name: T, attributes: [{{name: x, {attribute[1:]}]}}]"
    with pytest.raises(CollectError) as told:
        parse(brief)
    assert said in told.value.message
    assert told.value.way_out


@pytest.mark.parametrize(
    "attribute",
    [
        "{type: integer, default: 99, below: 100}",
        "{type: integer, default: 5, minimum: 5, maximum: 5}",
        "{type: percent, default: 100}",
        "{length: 4, minimum: 4, default: abcd}",
        "{values: [a b, a_c], default: a b}",
        "{type: boolean, default: true}",
        "{type: date, default: today}",
    ],
)
def test_what_can_be_is_no_problem(attribute: str) -> None:
    brief = f"entities: [{{name: T, attributes: [{{name: x, {attribute[1:]}]}}]"
    parse(brief)
