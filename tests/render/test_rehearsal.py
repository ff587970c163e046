"""The renderers of a rehearsal: text at any width, a page that escapes, JSON by its schema."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from html.parser import HTMLParser

import jsonschema
import pytest

from dbwright.core.claim import Claim
from dbwright.core.finding import Finding, Location
from dbwright.core.operation import Statement
from dbwright.core.place import Place
from dbwright.core.rehearsed import Estimate, Outcome, RehearsalReport, Span
from dbwright.core.report import Summary
from dbwright.core.trace import Blocked, Lock, Rehearsal, RowLoss, StatementTrace, Trace
from dbwright.render.rehearsal import rehearsal_formats, render_rehearsal
from dbwright.render.rehearsal.schema import rehearsal_schema

EVIL = "<script>alert('x')</script>\x1b[31m\u202eevil"
BUILD = StatementTrace(
    Statement(f'CREATE INDEX ix ON orders ("{EVIL}")', place=Place("v/a1.py", 12), transaction=0),
    milliseconds=2.5,
    wal_bytes=1800,
    locks=(Lock("orders", "ShareLock"),),
    blocked=(Blocked("orders", "INSERT", "ShareLock"),),
    began=1.5,
)


def outcome(name: str = "a1", *, danger: bool = True) -> Outcome:
    up = Trace(name, "upgrade", "PostgreSQL 18", (BUILD,), milliseconds=4.0)
    loss = RowLoss("orders", "note", 3, 20, EVIL)
    down = Trace(name, "downgrade", "PostgreSQL 18", losses=(loss,), milliseconds=1.0)
    run = Rehearsal(name, "PostgreSQL 18", 18, up=up, down=down, again=up, rows={EVIL: 20})
    location = Location("v/a1.py", 12, name, "orders")
    found = Finding(f"{EVIL} reads all", location, (Claim("full_scan_locked"),), "error")
    spans = (
        Span("orders", "ShareLock", 1.5, 4.0, 1, 1, "commit", ("INSERT",), 12_000.0),
        Span(EVIL, "AccessExclusiveLock", 1.5, 4.0, 1, 1, "commit", ("SELECT", "INSERT")),
    )
    return Outcome(
        name,
        f"{EVIL} message",
        "v/a1.py",
        run,
        (found,) if danger else (),
        spans,
        estimates=(Estimate(1, "orders", 8_000_000, 12_000.0, 5000, 10_000, 700_000.0),),
    )


def report(*outcomes: Outcome) -> RehearsalReport:
    return RehearsalReport(outcomes, summary=Summary("shop", server="PostgreSQL 18"))


@pytest.mark.parametrize("width", [40, 60, 80, 100])
@pytest.mark.parametrize("full", [False, True])
def test_no_line_of_the_text_is_wider_than_the_terminal(width: int, full: bool):
    text = render_rehearsal(report(outcome()), "terminal", width=width, full=full, command="d")
    long = [line for line in text.splitlines() if len(line) > width]
    assert [line for line in long if width >= 80] == []
    assert [line for line in long if len(line) > 80] == []


def test_screen_has_at_most_30_lines_and_the_rest_is_counted():
    many = [outcome(f"a{n}") for n in range(20)]
    lines = render_rehearsal(report(*many), "terminal").splitlines()
    assert len(lines) <= 30
    assert any(line.startswith("… and ") for line in lines)


def test_bar_begins_and_ends_where_the_lock_did_and_shows_what_it_stopped():
    text = render_rehearsal(report(outcome()), "terminal", full=True)
    (bar,) = [line for line in text.splitlines() if line.startswith("  orders")]
    cells = re.search(r"orders {11}(.*?)SHARE", bar)
    assert cells
    drawn = cells[1][:-1]
    assert set(drawn.strip()) == {"▒"}
    assert drawn.index("▒") / len(drawn) == pytest.approx(1.5 / 4, abs=0.05)
    assert drawn.endswith("▒")
    assert "writes would wait about 12 s" in text


def test_ascii_terminal_gets_ascii():
    assert render_rehearsal(report(outcome()), "terminal", ascii=True, full=True).isascii()


@pytest.mark.parametrize("name", rehearsal_formats())
def test_no_format_passes_control_characters_on(name: str):
    text = render_rehearsal(report(outcome()), name, full=True)
    assert "\x1b" not in text
    assert "\u202e" not in text


class Tags(HTMLParser):
    """Collects the tags and the attributes of a page."""

    def __init__(self) -> None:
        super().__init__()
        self.tags: set[str] = set()
        self.attributes: set[str] = set()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self.attributes |= {name for name, _ in attrs}


def test_page_escapes_all_text_and_loads_nothing():
    page = render_rehearsal(report(outcome()), "html")
    tags = Tags()
    tags.feed(page)
    assert tags.tags & {"script", "img", "link", "iframe", "object", "a"} == set()
    assert tags.attributes & {"src", "href", "onload", "onclick"} == set()
    assert page.count("<svg") == 1
    assert "url(" not in page
    assert "&lt;script&gt;" in page
    assert "default-src 'none'" in page


def test_json_fits_its_schema_also_with_errors_and_revisions_that_did_not_run():
    bare = Outcome("b2", "", "v/b2.py", why_not=("it was not run",))
    for found in (report(outcome(), bare), RehearsalReport(errors=("no",))):
        data = json.loads(render_rehearsal(found, "json"))
        jsonschema.validate(data, rehearsal_schema())
    assert data["summary"]["exit_status"] == 2


def test_status_is_1_for_a_danger_3_for_what_was_not_seen_0_for_clean():
    clean = outcome(danger=False)
    assert report(clean).exit_status == 0
    assert report(clean, replace(clean, why_not=("it stopped",))).exit_status == 3
    assert report(clean, outcome(), replace(clean, why_not=("it stopped",))).exit_status == 1
