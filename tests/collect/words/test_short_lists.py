"""Lists that are written short: names alone, marks, rules in lines of their own."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from dbwright.collect.words import read

sys.path.insert(0, str(Path(__file__).parent))
from brief_checks import digest

SHORT = [
    (
        "Pottery club\n- kilns w/ name, maker?\n- glazes (name uniq, colour opt.)\n- firing slots",
        ["Kiln.name", "Kiln.maker optional", "Glaze.name unique", "Glaze.colour optional"],
    ),
    ("Pottery club\n- kilns w/ name\n- glazes: name\n- firing slots", ["FiringSlot"]),
    ("Choir\n- singers: first/last name", ["Singer.first_name", "Singer.last_name"]),
    ("Nets\n- boats: name\n- catches: boat, at, tare kg", ["Catch.occurred_at datetime"]),
    ("Nets\n- boats: name, tare kg", ["Boat.tare decimal"]),
    (
        "Club\n- Tables: number (unique), seats (2-8)\n- Visits: table, starts at",
        ["Table.number unique", "Table.seats maximum=8", "Visit -> Table"],
    ),
    ("Seeds\n- lots: species, weight\n- species: latin name", ["Lot -> Species"]),
    (
        "Club\n- hosts, a stage has several hosts\n- stages: name",
        ["Host", "Stage"],
    ),
]
RULES = [
    (
        "Depot\n- depots: name\n- crates per depot: label, quota (how many fit, >= 0), "
        "loaded (can't exceed the quota)",
        ["Crate -> Depot", "Crate.quota minimum=0", "Crate ordered(loaded, quota)"],
    ),
    (
        "Depot\n- crates: label, state packed/sent/lost\n"
        "- allowed state changes: packed to sent or lost, sent to lost\n"
        "- a sent crate must have sent_at",
        ["Crate.state packed>sent|lost", "Crate when(sent_at) where state=sent"],
    ),
    (
        "Jury\n- entries: title\n- stages: filed -> read -> chosen, or dropped from anywhere "
        "except chosen",
        ["Entry.stage filed>read|dropped", "Entry.stage read>chosen|dropped"],
    ),
    (
        "Port\n- skippers: name\n- boats: name\n- Charter: which skipper has which boat from when "
        "until when. open end possible. A boat has at most one skipper at a time",
        ["Charter -> Skipper", "Charter.ends_at optional",
         "Charter no-overlap(starts_at, ends_at) per boat"],
    ),
    (
        "Port\n- boats: name\n- nets: mesh, boat\n- nets are taken away\n"
        "- boats used in a net cannot be deleted",
        ["Net -> Boat restrict"],
    ),
    (
        "Port\n- boats: name\n- catches: boat, weight\n- catches go away together with the boat",
        ["Catch -> Boat cascade"],
    ),
    ("Port\n- boats: name\n- nets: boat\n- delete boat => nets deleted", ["Net -> Boat cascade"]),
    (
        "Choir\n- songs: title\n- evenings: held on\n"
        "- program: song, evening, position; a song only once per evening",
        ["Program unique(evening, song)"],
    ),
    (
        "Port\n- boats: name\n- berths: boat, label\n- label unique per boat",
        ["Berth unique(boat, label)"],
    ),
    (
        "Port\n- refits: status open, done, refunded\n- no refunds without refunded_at",
        ["Refit.status in open|done|refunded", "Refit when(refunded_at) where status=refunded"],
    ),
    (
        "Port\n- trips: title\n- diary entries of all changes: title, text, price, mood. "
        "around 2 million a month, retention 2 years",
        ["DiaryEntry month=2000000", "DiaryEntry days=730"],
    ),
]  # fmt: skip


@pytest.mark.parametrize(("text", "wanted"), [*SHORT, *RULES])
def test_short_list_is_read(text: str, wanted: list[str]) -> None:
    found = digest(read(text))
    assert [each for each in wanted if each not in found] == [], sorted(found)


def test_a_date_against_a_moment_is_told_and_breaks_nothing() -> None:
    reading = read("Shed\n- Loan: name, lent at, due on\n- due on must be after lent at")
    assert reading.problems == ()
    assert [each.text for each in reading.unused] == ["due on must be after lent at"]


def test_a_sentence_is_no_name() -> None:
    found = digest(read("Keys\n- projects: name\n- projects support many locales"))
    assert not any(each.startswith("ProjectsSupport") for each in found), sorted(found)


@pytest.mark.parametrize("text", ["", "-", "- ?", "- :", "a\n- .\n- (", "- =\n- x?"])
def test_nothing_fails_whatever_the_text(text: str) -> None:
    assert read(text) is not None
