"""What a brief says of values, as the constraints that keep it; databases prove each of them."""

from __future__ import annotations

from pathlib import Path

import pytest

from dbwright.collect.brief import parse
from dbwright.core.brief import Brief
from dbwright.core.codec import from_json, to_json
from dbwright.core.errors import CollectError
from dbwright.core.options import Options
from dbwright.jobs.design_proof import proved
from dbwright.recipes.design import cases, designer, revision, write, write_tests
from dbwright.recipes.design.parts import Plan
from dbwright.verify import design_tests

from .test_write import ddl, plan

GAPS = """
entities:
  - name: Account
    attributes:
      - {name: handle, ignore_case: true, unique: true, minimum: 3, length: 20, never: [admin]}
      - {name: city, ignore_case: true}
      - {name: age, type: integer}
      - {name: balance_change, type: decimal, never: [0]}
      - {name: level, type: integer, minimum: 1, maximum: 9, never: [1, 2]}
      - {name: first_choice, length: 20}
      - {name: second_choice, length: 20, required: false}
    rules:
      - {kind: differ, of: [first_choice, second_choice]}
  - name: Seat
    attributes:
      - {name: status, values: [trial, active, closed]}
      - {name: slot, length: 30}
      - {name: closed_at, type: datetime, required: false}
    uniques:
      - {of: [slot], where: {status: [trial, active]}}
    rules:
      - {kind: when, where: {status: [closed]}, of: [closed_at]}
  - name: Place
    attributes:
      - {name: street}
      - {name: unit, type: integer, required: false}
      - {name: door, required: false, length: 9}
      - {name: system, required: false, length: 9}
      - {name: code, required: false, length: 9}
    uniques:
      - {of: [street, unit, door], nulls: equal}
      - {of: [system, code], nulls: distinct}
  - name: Match
    rules: [{kind: differ, of: [home, guest]}]
relationships:
  - {source: Match, target: Account, name: home}
  - {source: Match, target: Account, name: guest}
accesses:
  - {entity: Account, by: [city], order: [-age]}
  - {entity: Seat, by: [slot], where: {status: [trial, active]}}
"""


@pytest.fixture(scope="module")
def gaps() -> Plan:
    return plan(GAPS)


def indexes(found: Plan) -> dict[str, str]:
    """The statements of unique and other indexes by name."""
    lines = [line for line in ddl(write.module(found)).splitlines() if "INDEX" in line]
    return {line.partition("INDEX ")[2].partition(" ")[0]: line for line in lines}


def checks(found: Plan, entity: str) -> list[str]:
    return [check.sql for check in found.table(entity).checks]


def test_several_values_are_alternatives(gaps: Plan) -> None:
    made = indexes(gaps)
    unique = next(line for line in made.values() if "UNIQUE" in line and "(slot)" in line)
    assert unique.endswith("WHERE status IN ('trial', 'active')")
    assert "NOT (status IN ('closed')) OR (closed_at IS NOT NULL)" in checks(gaps, "Seat")
    tried = [case.probe for case in cases.cases(gaps, "postgresql") if "(slot)" in case.subject]
    refused = [[row.get("status") for row in probe.rows] for probe in tried
               if probe.expect == "refused"]  # fmt: skip
    assert ["trial", "trial"] in refused
    assert ["active", "active"] in refused
    outside = [probe.rows[0] for probe in tried if probe.expect == "accepted"]
    assert any(row.get("status") == "closed" for row in outside)


def test_values_that_must_not_be(gaps: Plan) -> None:
    found = checks(gaps, "Account")
    assert "balance_change <> 0" in found
    assert "level NOT IN (1, 2)" in found
    assert "handle <> 'admin'" in found
    assert "first_choice <> second_choice" in found
    assert "home_id <> guest_id" in checks(gaps, "Match")


def test_case_means_nothing_where_it_says_so(gaps: Plan) -> None:
    made = " ".join(indexes(gaps).values())
    assert "ON accounts (lower(handle))" in made
    assert "ON accounts (lower(city), age DESC)" in made


def test_what_is_not_set_is_a_value_where_it_says_so(gaps: Plan) -> None:
    made = " ".join(indexes(gaps).values())
    assert (
        "ON places (street, (unit IS NULL), coalesce(unit, 0), (door IS NULL), coalesce(door, ''))"
        in made
    )
    sent = ddl(write.module(gaps))
    assert "UNIQUE (system, code)" in sent


def test_a_database_that_has_it_says_nulls_not_distinct() -> None:
    found = designer.designed(parse(GAPS), "postgresql", nulls_equal=True)
    text = "UNIQUE NULLS NOT DISTINCT (street, unit, door)"
    assert text in " ".join(ddl(write.module(found)).split())
    assert "postgresql_nulls_not_distinct=True" in revision.first(found)
    tried = [case.subject for case in cases.cases(found, "sqlite") if "street" in case.subject]
    assert not any("not set" in subject for subject in tried)


def test_one_that_cannot_tells_it() -> None:
    found = plan(GAPS, "mariadb")
    assert any("lets rows in twice in which unit or door is not set" in n for n in found.notes)


@pytest.mark.database
@pytest.mark.parametrize("version", ["any", "with NULLS NOT DISTINCT"])
def test_databases_refuse_and_take_what_they_must(version: str) -> None:
    """On PostgreSQL and SQLite; nothing is left unproved."""
    found = designer.designed(parse(GAPS), "postgresql", nulls_equal=version != "any")
    proof = proved(found, {"models.py": write.module(found)}, Options(), lambda text: None)
    assert [f"{item.what}: {item.why}" for item in proof.unverified] == []
    counts = {(item.what, item.scope.split()[0]): item.count for item in proof.proved}
    assert counts["bad rows refused", "PostgreSQL"] >= 30
    assert counts["bad rows refused", "SQLite"] >= 25


def test_the_tests_for_users_pass_on_sqlite(gaps: Plan) -> None:
    text = write_tests.written(gaps, "models")
    found = design_tests.run(
        {"models.py": write.module(gaps), "tests/test_models.py": text}, "tests/test_models.py"
    )
    assert found.broken == []
    assert "is_there_once" in text


def test_a_brief_comes_back_from_json() -> None:
    brief = parse(GAPS)
    assert from_json(Brief, to_json(brief)) == brief


@pytest.mark.parametrize(
    ("attribute", "said"),
    [
        ("{name: a, type: integer, never: [x]}", r"T\.a is integer, and never 'x'"),
        ("{name: a, type: date, never: [today]}", r"T\.a is date, which has no `never`"),
        ("{name: a, values: [x, y], never: [x]}", r"T\.a is a value set, which has no `never`"),
        ("{name: a, type: integer, default: 0, never: [0]}", r"default 0 of T\.a is one that"),
        ("{name: a, type: integer, ignore_case: true}", r"T\.a is no text that people write"),
        ("{name: a, encrypted: true, ignore_case: true}", r"T\.a is encrypted, so its case"),
    ],
)
def test_what_means_nothing_is_told(attribute: str, said: str) -> None:
    with pytest.raises(CollectError, match=said):
        parse(f"entities: [{{name: T, attributes: [{attribute}]}}]")


@pytest.mark.parametrize(
    ("where", "said"),
    [("[x, z]", r"T\.a cannot be 'z'"), ("[]", "a is to have one of no values")],
)
def test_alternatives_are_checked(where: str, said: str) -> None:
    text = "entities: [{name: T, attributes: [b, {name: a, values: [x, y]}], uniques: [{of: b, where: {a: %s}}]}]"  # noqa: E501
    with pytest.raises(CollectError, match=said):
        parse(text % where)


def test_what_differs_has_to_be_of_one_kind(tmp_path: Path) -> None:
    text = "entities: [{name: T, attributes: [{name: a, type: date}, b], rules: [{kind: differ, of: [a, b]}]}]"  # noqa: E501
    with pytest.raises(CollectError, match=r"T\.a is a date and T\.b is a text"):
        parse(text)
