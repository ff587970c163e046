"""Dangers that no rule explains: what is one, and how bad."""

from __future__ import annotations

from dbwright.core.migration import Migration
from dbwright.core.schema import EnumType, Schema
from dbwright.core.trace import OldCode, Rehearsal, SqlError, Trace
from dbwright.verify.unexplained import unexplained


def ran(**parts: object) -> Rehearsal:
    up = Trace("r1", "upgrade", "PostgreSQL 18")
    return Rehearsal("r1", "PostgreSQL 18", 18, up=up, **parts)  # type: ignore[arg-type]


def broken(code: str) -> OldCode:
    return OldCode("Order", "INSERT", "insert into orders …", SqlError(code, f"refused: {code}"))


def down(*differences: str) -> Rehearsal:
    return ran(down=Trace("r1", "downgrade", "PostgreSQL 18", difference=differences))


def test_a_constraint_that_refuses_values_does_its_work() -> None:
    assert unexplained(ran(old_code=(broken("23505"),)), set()) == []


def test_a_generated_value_that_is_no_label_says_nothing_and_a_label_taken_away_does() -> None:
    message = 'invalid input value for enum mood: "delta"'
    insert = OldCode("Note", "INSERT", "insert into notes …", SqlError("22P02", message))
    before = Schema("postgresql", enums=(EnumType("mood", ("delta",)),))
    had_it = Migration("r1", "r1.py", before=before)
    assert unexplained(ran(old_code=(insert,)), set()) == []
    (found,) = unexplained(ran(old_code=(insert,), migration=had_it), set())
    assert found.claims[0].kind == "breaks_old_code"


def test_code_that_cannot_run_is_told_though_values_were_refused_first() -> None:
    (found,) = unexplained(ran(old_code=(broken("23503"), broken("42703"))), set())
    assert (found.severity, "42703" in found.message) == ("error", True)


def test_a_constraint_that_is_not_validated_again_is_no_difference() -> None:
    text = "check c of t: check (a > 0) not valid, wanted check (a > 0)"
    assert unexplained(down(text), set()) == []


def test_a_constraint_that_stays_validated_is_no_difference() -> None:
    assert (
        list(
            unexplained(down("check c of t: check (a > 0), wanted check (a > 0) not valid"), set())
        )
        == []
    )


def test_another_difference_behind_it_is_told() -> None:
    stays = "check c of t: check (a > 0), wanted check (a > 0) not valid"
    (found,) = unexplained(down(stays, "table x: missing"), set())
    assert found.message.endswith("table x: missing")
