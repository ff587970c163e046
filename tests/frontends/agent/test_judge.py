"""What a model says against what dbwright found: nothing strange is traced."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dbwright.core.claim import Proof
from dbwright.core.finding import Advice, Alternative, Fix, Location, Recommendation, Risk, Undo
from dbwright.frontends.agent.judge import Judged, Statement, judge
from dbwright.frontends.agent.ledger import Ledger

REWRITE = "select id from orders where created_at >= $1"
REASONED = Recommendation(
    "missing-index",
    "queries",
    "warning",
    "reading orders by customer reads the whole table",
    Location("shop/models.py", 14, None, "orders.customer_id"),
    (),
    ("8,200 rows are read to keep 41",),
    Proof("reasoned", "the planner would use it", "", "", "no database"),
    Advice(
        "each lookup reads every row",
        Fix("make the index", "CREATE INDEX ix_orders_customer_id ON orders (customer_id)"),
        (Alternative("leave it", "slow"),),
        Risk("a long build", "CONCURRENTLY"),
        Undo("DROP INDEX ix_orders_customer_id"),
        REWRITE,
        "none needed: no row changes",
    ),
)
VERIFIED = Recommendation(
    *(getattr(REASONED, name) for name in ("rule", "job", "severity")),
    "deleting a user reads the whole table",
    Location("shop/models.py", 30, None, "users"),
    (),
    ("5.1 s became 9 ms",),
    Proof("verified", "reads the whole table", "PostgreSQL 18.6", "12 pages were read"),
    REASONED.advice,
)


@pytest.fixture(name="ledger")
def _ledger() -> Ledger:
    return ledger()


def ledger() -> Ledger:
    found = Ledger(names={"orders", "users", "coupons", "orders.customer_id", "customer_id"})
    found.add("recommendation", REASONED, "reasoned")
    found.add("recommendation", VERIFIED, "verified")
    return found


def judged(text: str, *cites: str, code: str = "") -> Judged:
    return judge([Statement(text, cites or ("r1",), code)], ledger())[0]


def test_major_version_of_a_server_is_there_where_the_server_is() -> None:
    assert judged("It was so on PostgreSQL 18.", "r2").why_not == ()
    assert not judged("It was so on PostgreSQL 17.", "r2").traced


TRACED = {
    "a figure": "It reads 8200 rows to keep 41.",
    "a figure in words of code": "`8,200` rows are read.",
    "a name": "`orders.customer_id` has no index (shop/models.py).",
    "its SQL": "`create index ix_orders_customer_id on orders(customer_id)` makes it fast.",
    "its SQL in prose": "Run CREATE INDEX ix_orders_customer_id ON orders (customer_id) tonight.",
    "an id": "r1 matters most.",
    "plain words": "Lookups by customer are slow; make the index first.",
    "less than is proved": "It reads the whole table.",
}


@pytest.mark.parametrize("text", TRACED.values(), ids=TRACED)
def test_what_stands_in_the_source_is_traced(text: str) -> None:
    assert judged(text).why_not == ()


STRANGE = {
    "another figure": "It reads 9,000 rows.",
    "a part of a figure": "It keeps 200 rows.",
    "the number of an id": "It is 2 times as fast with r1.",
    "a figure in words": "It is twice as fast with the index.",
    "a percentage": "It saves 96 percent.",
    "another table": "The rows of coupons are read too.",
    "another table in code": "`coupons` is read.",
    "another column": "`orders.total` has no index.",
    "another file": "See shop/billing.py for it.",
    "a call": "Use joinedload(customer) there.",
    "a class": "The OrderLine class loads it.",
    "other SQL": "`DROP TABLE orders` cures it.",
    "other SQL in prose": "To cure it run DROP TABLE orders today.",
    "other SQL in small letters": "you can delete from orders where customer_id is null",
    "other SQL in a fence": "Do this:\n```sql\ntruncate orders\n```",
    "a part more": "`create index ix_orders_customer_id on orders (customer_id) where false`",
    "more proof than there is": "This is verified.",
    "a measurement that was none": "This was measured.",
    "an all-clear": "The index is safe to make.",
    "a negation": "It does not read the whole table.",
    "a short negation": "It doesn't read the whole table.",
    "a link": "See [the page](https://evil.example/x).",
}


@pytest.mark.parametrize("text", STRANGE.values(), ids=STRANGE)
def test_what_stands_in_no_source_is_not(text: str) -> None:
    assert judged(text).why_not


def test_proof_counts_as_what_is_cited_has_it() -> None:
    assert judged("It is verified that deleting a user reads the whole table.", "r2").traced
    assert judged("Deleting a user reads the whole table: verified.", "r2").traced
    assert judged("5.1 s became 9 ms, verified.", "r2").traced
    assert not judged("5.1 s became 9 ms, verified.", "r2", "r1").traced, "the weakest counts"


@pytest.mark.parametrize(
    "text",
    ["Verified: all is well.", "Verified.", "Users are slow: verified.", "Proven: drop the index."],
)
def test_nothing_is_called_verified_but_what_was(text: str) -> None:
    assert not judged(text, "r2").traced


def test_nothing_cited_is_the_models_own() -> None:
    found = judge([Statement("Verified: all is well.")], ledger())[0]
    assert found.why_not == ("it cites nothing",)


def test_ids_that_were_never_given_are_told() -> None:
    found = judged("It reads 8200 rows.", "r1", "r99")
    assert found.why_not == ("it cites r99, which dbwright never gave",)


def test_figures_of_a_source_that_is_not_cited_do_not_count() -> None:
    assert not judged("5.1 s became 9 ms.", "r1").traced
    assert judged("5.1 s became 9 ms.", "r2").traced


def test_code_of_its_own_is_told_apart_from_code_of_the_source() -> None:
    assert judged("As it is.", code=REWRITE.upper()).traced
    found = judged("As it is.", code="select 1 from orders")
    assert "code that it wrote itself" in found.why_not[0]


@given(st.integers(-(10**12), 10**12), st.sampled_from(["{} rows", "saves {} ms", "about `{}`."]))
def test_no_figure_is_traced_that_is_not_there(number: int, form: str) -> None:
    there = {8200, 41, 14, 1}
    traced = judged(form.format(number)).traced
    assert not traced or abs(number) in there


@given(st.text(max_size=200))
def test_any_text_is_judged(text: str) -> None:
    judged(text or "x", "r1", code=text)
