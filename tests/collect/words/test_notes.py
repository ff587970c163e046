"""Requests in note form: parts that open a thing, whatever it is called, and what it has."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from dbwright.collect.words import read

sys.path.insert(0, str(Path(__file__).parent))
from brief_checks import digest

NOTES = [
    (
        "pottery studio: kilns (name, max temperature), firings of a kiln (date, cone, notes)",
        ["Kiln.name", "Firing -> Kiln", "Firing.date date", "Firing.cone"],
    ),
    (
        "dog walkers: walkers, dogs (name, breed), walks of a dog (started at, paid yes/no)",
        ["Walker", "Dog.breed", "Walk -> Dog", "Walk.started_at datetime", "Walk.paid boolean"],
    ),
    (
        "farm: crops, plots with size, plantings of a crop on a plot with planted on",
        ["Planting -> Crop", "Planting -> Plot", "Planting.planted_on date", "Plot.size"],
    ),
    (
        "zoo: enclosures w/ name, animals live in an enclosure",
        ["Enclosure.name", "Animal -> Enclosure"],
    ),
    (
        "need promo banners for our shops: title, starts at",
        ["PromoBanner.title", "PromoBanner -> Shop", "PromoBanner.starts_at datetime"],
    ),
    (
        "just one table: audit_log. action (create, delete), payload jsonb",
        ["AuditLog.action in create|delete", "AuditLog.payload json"],
    ),
    (
        "tool library: tools (number unique), neighbours borrow a tool from a day until a day, "
        "a tool can't be lent twice at the same time",
        ["Loan -> Tool", "Loan -> Neighbour", "Loan no-overlap(starts_on, ends_on) per tool"],
    ),
    (
        "foster home: cats, foster families, a family fosters a cat from a day until a day",
        ["Fostering -> FosterFamily", "Fostering -> Cat", "Fostering.starts_on date"],
    ),
    (
        "garage: mechanics repair cars, a repair has a date and cost; cars have a plate",
        ["Repair -> Mechanic", "Repair -> Car", "Repair.cost money", "Car.plate"],
    ),
    (
        "workers request leave; a leave request has a reason",
        ["LeaveRequest -> Worker", "LeaveRequest.reason"],
    ),
    (
        "saas: orgs, projects per org, project names unique per org",
        ["Project -> Org", "Project.name"],
    ),
    (
        "Meter: class (A-, B+), name",
        ["Meter.class in A-|B+"],
    ),
    (
        "weather: stations (code) send about 2 million readings per month, keep them 90 days",
        ["Reading -> Station", "Reading month=2000000"],
    ),
    (
        "Walk: opens at, closes at - both optional",
        ["Walk.opens_at optional", "Walk.closes_at optional"],
    ),
]


@pytest.mark.parametrize(("text", "wanted"), NOTES, ids=[text for text, _ in NOTES])
def test_note_is_read(text: str, wanted: list[str]) -> None:
    found = digest(read(text))
    assert [each for each in wanted if each not in found] == [], sorted(found)


def test_what_a_verb_was_taken_for_is_told() -> None:
    reading = read("doctors zap patients. Doctor: name\nPatient: name")
    told = [meaning for each in reading.understood for meaning in each.meaning]
    assert any("zap" in meaning and "assumed" in meaning for meaning in told)
