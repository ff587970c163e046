"""Index advice laid out: the text, the page with its plot, Markdown; all of it from values."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from dbwright.core.advice import (
    DropAdvice,
    Gain,
    IndexAdvice,
    IndexAlternative,
    StatementCost,
    Tuned,
    WriteCost,
)
from dbwright.core.claim import Proof
from dbwright.core.finding import Edit
from dbwright.core.placed import Placed, PlacedIndex, UnplacedIndex
from dbwright.core.twin import TwinSource
from dbwright.render import placed_words, tuned, tuned_html, tuned_markdown, tuned_words
from dbwright.render.tuned_plot import drawing

from .test_html import EVIL, LOADS, Page

MAKE = "CREATE INDEX CONCURRENTLY ix_orders_day ON public.orders USING btree (day)"


OTHER = IndexAlternative(
    "hash (day)", MAKE.replace("btree", "hash"), 4096, 380.0, 5.0, "hash: finds equal values alone"
)


def answer(*, exact: bool = True, sql: str = "select * from orders where day = $1") -> Tuned:
    """Gives an answer of the tuning."""
    return Tuned(
        TwinSource("PostgreSQL 15.20", 15, "shop", "me", "2026-01-01T00:00:00"),
        "PostgreSQL 15" if exact else "PostgreSQL 18",
        exact,
        1000.0,
        250.0,
        20_000,
        100_000,
        (
            IndexAdvice("public.orders", "ix_orders_day", MAKE, 8192, 20.0,
                        (Gain(0, 800.0, 40.0),), alternatives=(OTHER,)),
            IndexAdvice("public.lines", "ix_lines_sku", "CREATE INDEX ix_lines_sku ON public.lines "
                        "USING btree (sku)", 4096, 0.0, (Gain(1, 100.0, 90.0),)),
        ),
        (DropAdvice("public.orders", "old", "DROP INDEX CONCURRENTLY public.old", 1024,
                    "ix_orders_day begins with its keys", "CREATE INDEX old ON orders (day)"),),
        (
            StatementCost(sql, 40.0, 800.0, 40.0, (), 0.05),
            StatementCost("select * from lines where sku = $1", 2.0, 100.0, 90.0, (), 1.4),
            StatementCost("insert into orders values (1)", 9.0, 100.0, 120.0, (), 1.2),
        ),
        ((4096, 950.0), (30_000, 245.0)),
        asked=7,
        seconds=1.5,
        left_out=("`selec 1`: it does not parse",),
    )  # fmt: skip


def in_project(why: str = "its source has another form") -> Placed:
    """Gives what came of that answer in a project."""
    return Placed(
        (PlacedIndex("orders", "ix_orders_day", "ix_orders_day", "models.py",
                     "Order.__table_args__", 'Index("ix_orders_day", "day")', "versions/a.py"),),
        (),
        (UnplacedIndex("lines", "ix_lines_sku", why, 'Index("ix_lines_sku", "sku")'),),
        (Edit("models.py", "", "x"),),
        (Proof("verified", "x", scope="PostgreSQL 18.6", witness="they are one"),),
    )  # fmt: skip


def test_the_text_says_what_it_brings_and_costs_in_eighty_columns() -> None:
    text = tuned.as_text(answer(), in_project())
    assert max(map(len, text.splitlines())) <= 80
    assert "2 indexes for shop on PostgreSQL 15.20" in text
    assert "from 1,000 to 250 (25 %)" in text
    assert "   Gain    800 -> 40, 20 times less\n           select * from orders" in text
    assert "   Writes  cost 20 more, 3 % of what it saves" in text
    assert (
        "   Or      hash (day): 4 kB, saves 380 (50 %), writes cost 5; hash: finds equal\n"
        "           values alone"
    ) in text
    assert "   In      models.py, Order.__table_args__" in text
    assert "   In      left to you: its source has another form" in text
    assert "   Undo    DROP INDEX CONCURRENTLY public.ix_orders_day;" in text
    assert "        8 kB" not in text  # 12 kB is what both take
    assert "        12 kB           250  this advice" in text
    assert "2 of 3 statements gain" in text


def test_one_screen_has_the_best_three_and_a_line_for_each_of_the_rest() -> None:
    first, second = answer().indexes
    several = [replace(first, name=f"ix_{n}", gains=(Gain(0, 800.0, 40.0 + n),)) for n in range(5)]
    found = replace(answer(), indexes=(*several, second), drops=())
    text = tuned.as_text(found, in_project(), full=False)
    assert text.count("   Make ") == 3
    assert tuned.as_text(found, full=False).count("   Make ") == 6  # nothing else has the SQL
    assert "\n4. public.orders: saves 757 for 8 kB, ix_3\n5. public.orders" in text
    assert "--full has every part" in text
    assert "other budgets" not in text
    assert "other budgets" in tuned.as_text(found)


def test_an_index_of_partitions_says_what_comes_first() -> None:
    first = answer().indexes[0]
    parts = tuple(f"CREATE INDEX CONCURRENTLY ix_{n} ON p{n} USING btree (day)" for n in (1, 2))
    found = replace(answer(), indexes=(replace(first, first=parts),))
    text = tuned.as_text(found)
    assert "   First   build it on its 2 partitions, CONCURRENTLY; this then takes" in text
    assert "           CREATE INDEX CONCURRENTLY ix_2 ON p2 USING btree (day);" in text
    assert "ix_2" not in tuned.as_text(found, full=False)
    assert ";\n".join(parts) in tuned_markdown.as_markdown(found)
    assert parts[1] in "".join(Page(tuned_html.as_html(found)).texts)
    assert tuned.as_json(found)["indexes"][0]["first"] == list(parts)


def test_how_sure_it_is_has_its_reason() -> None:
    first, second = tuned_words.by_gain(answer())
    assert tuned_words.confidence(answer(), first) == (
        "high: a run costs 5 % of what it did, and none costs more"
    )
    assert "costs 1.4 times as much as before" in tuned_words.confidence(answer(), second)
    assert tuned_words.confidence(answer(exact=False), first).startswith("low: the twin runs on")
    assert "Approximate" in tuned.as_text(answer(exact=False))


@pytest.mark.parametrize("placed", [None, in_project(EVIL)])
def test_the_page_loads_nothing_and_holds_every_text_as_text(placed: Placed | None) -> None:
    page = Page(tuned_html.as_html(answer(sql=EVIL), placed))
    assert not [tag for tag, attributes in page.tags if LOADS & attributes.keys()]
    assert not [tag for tag, _ in page.tags if tag in ("script", "img")]
    text = " ".join("".join(page.texts).split())
    assert '<img src=http://x onerror="y">&\\u202eevil' in text
    assert "this advice: 25 % for 12 kB" in text
    assert ("In the project" in text) is (placed is not None)


def test_the_plot_stands_within_its_frame() -> None:
    page = Page(drawing(answer()))
    circles = [found for tag, found in page.tags if tag == "circle"]
    assert [found["class"] for found in circles] == ["other", "other", "own", "other"]
    assert all(0 <= float(found["cx"] or -1) <= 640 for found in circles)
    heights = [float(found["cy"] or -1) for found in circles]
    assert heights == sorted(heights)  # a greater budget costs no more
    assert drawing(Tuned(answer().source, "x", True, 5.0, 5.0, 0, 0)) == ""


def test_a_greater_budget_is_never_drawn_as_worse() -> None:
    found = replace(answer(), frontier=((4096, 950.0), (30_000, 300.0)))
    (line,) = [found for tag, found in Page(drawing(found)).tags if tag == "polyline"]
    points = [point.split(",") for point in (line["points"] or "").split()]
    assert [float(y) for _, y in points] == sorted(float(y) for _, y in points)
    assert [float(x) for x, _ in points] == sorted(float(x) for x, _ in points)


def test_markdown_and_data_have_the_project_too() -> None:
    text = tuned_markdown.as_markdown(answer(sql="select '|' from [x](y)"), in_project())
    assert "| 40 | 800 | 40 | 5 % | select '\\|' from \\[x\\](y) |" in text
    assert '  Index("ix_lines_sku", "sku")' in text
    assert f"```sql\n{MAKE};\n```" in text
    data = json.loads(json.dumps(tuned.as_json(answer(), in_project())))
    assert data["project"]["files"] == {"models.py": "x"}
    assert data["project"]["unplaced"][0]["advised"] == "ix_lines_sku"
    assert "project" not in tuned.as_json(answer())


def test_what_is_left_comes_with_its_code() -> None:
    told = list(placed_words.told(in_project()))
    assert told[:2] == [
        "To paste for ix_lines_sku on lines:",
        '    Index("ix_lines_sku", "sku")',
    ]
    assert told[2] == "Proved on PostgreSQL 18.6: they are one."


def test_what_writes_cost_is_said_with_its_limit() -> None:
    """Within the limit, beside it where writes hardly matter, and what it leaves out."""
    for writes, words in (
        (WriteCost(100, 40, 1.5), "1.40 x: the planner's cost of rows and entries in indexes "
         "rises from 100 to 140, at most 2.50 x (--max-write-cost 150)."),
        (WriteCost(100, 200, 1.5), "so no limit was set: --max-write-cost 150 sets one."),
        (WriteCost(100, 10, 0.2, 60, 700), "at most 1.20 x) leaves out what would save 700 more, "
         "at 1.60 x."),
    ):  # fmt: skip
        found = replace(answer(), writes=writes)
        assert words in tuned_words.written(found)
        assert "Writes cost" in tuned.as_text(found)
        assert "Writes cost" in tuned_markdown.as_markdown(found)
        assert "Writes cost" in tuned_html.as_html(found)
    assert tuned_words.written(answer()) == ""
