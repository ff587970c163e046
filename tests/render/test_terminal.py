"""The terminal: 30 lines of at most 80 columns, what matters first, and every cut told."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dbwright.core.claim import Proof
from dbwright.core.finding import Fix, Location
from dbwright.core.report import Report
from dbwright.render import render

from .reports import CODE, ONE, errors_only, everywhere, not_all_seen, report, some

LONG = "migrations/versions/2026_10_05_verified_purchases_faster_order_export.py"


def shown(found: Report, **options: object) -> str:
    return render(found, "terminal", **options)


@pytest.mark.parametrize("count", [0, 1, 3, 12, 200])
@pytest.mark.parametrize("file", ["shop/models.py", LONG])
def test_default_screen_has_at_most_30_lines_of_80_columns(count: int, file: str) -> None:
    items = tuple(
        replace(item, location=replace(item.location, file=file), message=item.message * 3)
        for item in some(count)
    )
    lines = shown(not_all_seen(*items)).splitlines()
    assert len(lines) <= 30
    assert max(map(len, lines)) <= 80


def test_one_finding_is_shown_with_all_its_parts() -> None:
    text = shown(report(replace(ONE, location=Location("versions/9f2c.py", 14, object="orders"))))
    for row in ("Seen", "Do", "Or", "Risk", "Undo", "Test", "Backup"):
        assert re.search(rf"^  {row} ", text, re.MULTILINE), row
    title, proof = text.splitlines()[3:5]
    assert title.startswith("✖ orders: this index build stops every write")
    assert title.endswith(" versions/9f2c.py:14")
    assert proof == "  blocking-index-build · verified on PostgreSQL 18"


def test_three_findings_are_shown_with_their_code() -> None:
    text = shown(report(*some(3)))
    assert text.count('op.create_index("ix_orders_customer_id", "orders"') == 3
    assert "postgresql_concurrently=True)" in text


def test_what_is_seen_names_witness_and_sizes() -> None:
    text = " ".join(shown(report(ONE)).split())
    assert "CREATE INDEX held ShareLock on orders; an INSERT waited." in text
    assert "40,000,000 rows (--sizes): about 50 s." in text


def test_many_of_a_kind_are_one_block_with_their_names() -> None:
    same = [replace(ONE, location=replace(ONE.location, object=f"t{n}")) for n in range(40)]
    text = shown(report(*same))
    assert text.count("this index build") == 1
    assert re.search(r"^  also t1, t2, .*\(\+\d+\)$", text, re.MULTILINE)


def test_names_left_out_of_a_block_are_counted() -> None:
    same = [replace(ONE, location=replace(ONE.location, object=f"t{n}")) for n in range(40)]
    line = next(x for x in shown(report(*same)).splitlines() if x.startswith("  also"))
    hidden = int(line.rpartition("+")[2].rstrip(")"))
    assert line.count(",") + 1 + hidden == 39


def test_findings_that_have_no_room_are_counted() -> None:
    text = shown(report(*some(200)))
    named = len(re.findall(r"^[✖!i] table_\d+:", text, re.MULTILINE))
    hidden = int(re.search(r"^… and (\d+) more$", text, re.MULTILINE)[1])
    assert named + hidden == 200


def test_cut_screen_names_the_command_that_shows_all() -> None:
    text = shown(report(*some(12)), command="dbwright check shop")
    assert text.splitlines()[-1] == "Next: dbwright check shop --full shows every part"


def test_cut_code_counts_the_lines_left_out() -> None:
    code = "\n".join(f"op.drop_table({n})" for n in range(60))
    fix = replace(ONE.advice, fix=Fix("Drop them", code))
    text = shown(report(replace(ONE, advice=fix)))
    shown_lines = text.count("op.drop_table")
    assert f"… {60 - shown_lines} more lines" in text


def test_safe_fixes_are_the_next_command() -> None:
    from dbwright.core.finding import Edit

    fix = Fix("Write it", "x", "safe", (Edit("m.py", "a", "b"),))
    item = replace(ONE, advice=replace(ONE.advice, fix=fix))
    assert "Next: dbwright check --fix applies 1 safe fix; --full" in shown(report(item))
    assert "--fix" not in shown(report(item), fixes=False)


def test_clean_project_is_one_calm_line() -> None:
    lines = shown(report()).splitlines()
    assert lines[-1] == "✓ 1 new revision and 17 models: nothing to mend"
    assert "Next" not in lines[-1]


def test_unverified_is_never_called_clean() -> None:
    text = shown(not_all_seen())
    assert "✓" not in text
    assert "Not verified: rows of orders: no CREATE privilege." in text
    assert "1 waived" in text
    assert "2 not verified" in text


def test_full_tells_waivers_and_ways_out() -> None:
    text = " ".join(shown(not_all_seen(ONE), full=True).split())
    assert "? rows of orders: no CREATE privilege. Grant it." in text
    assert "because the table stays small" in text


def test_full_shows_the_code_as_it_was_written() -> None:
    text = shown(report(ONE), full=True)
    assert CODE in re.sub(r"^ {10}", "", text, flags=re.MULTILINE)


def test_reasoned_says_why_it_was_not_run() -> None:
    item = replace(ONE, proof=Proof("reasoned", "x", why="no server"))
    text = shown(report(item))
    assert "blocking-index-build · reasoned" in text
    assert "Not run: no server." in text


def test_error_is_told_with_its_way_out() -> None:
    text = shown(errors_only())
    assert text.startswith("dbwright: alembic.ini: there is no script_location\n  Write one.\n")


def test_no_color_codes_unless_wanted() -> None:
    assert "\x1b" not in shown(not_all_seen(*some(12)))
    assert "\x1b[31m✖\x1b[0m" in shown(report(ONE), color=True)


def test_colors_take_no_columns() -> None:
    plain = shown(not_all_seen(*some(12)))
    colored = shown(not_all_seen(*some(12)), color=True)
    assert re.sub(r"\x1b\[\d+m", "", colored) == plain


def test_ascii_mode_is_ascii() -> None:
    found = report(replace(ONE, location=Location("ünï.py", 1, object="täbelle")))
    text = shown(found, ascii=True)
    assert text.isascii()
    assert max(map(len, text.splitlines())) <= 80
    assert text.splitlines()[3].startswith("x t\\xe4belle:")


@pytest.mark.parametrize(
    "hostile", ["\x1b[2J", "\x07", "\u202e", "\r", "\x9b31m", "\u2066", "\u2028", "\x00"]
)
def test_control_and_bidi_characters_stay_visible_and_harmless(hostile: str) -> None:
    text = shown(everywhere(f"a{hostile}b"), full=True)
    assert hostile not in text
    assert re.search(r"a\\(x|u)[0-9a-f]+", text)


def test_width_is_kept() -> None:
    lines = shown(report(*some(12)), width=60).splitlines()
    assert max(map(len, lines)) <= 60


@pytest.mark.parametrize("text", ["0" * 80 + "-" + "0" * 77, "word " * 200, "a" * 2_000])
def test_long_text_in_every_field_keeps_the_screen(text: str) -> None:
    lines = shown(everywhere(text)).splitlines()
    assert len(lines) <= 30
    assert max(map(len, lines)) <= 80


@given(st.text(max_size=600), st.booleans(), st.booleans())
def test_no_text_breaks_the_screen(text: str, ascii: bool, color: bool) -> None:
    lines = shown(everywhere(text), ascii=ascii, color=color).split("\n")
    assert len(lines) <= 31
    for line in lines:
        assert len(re.sub(r"\x1b\[\d+m", "", line)) <= 80


@given(st.text(max_size=300))
def test_no_text_breaks_the_full_report(text: str) -> None:
    assert shown(everywhere(text), full=True).isprintable() is False  # line feeds
    assert "\x1b" not in shown(everywhere(text), full=True)
