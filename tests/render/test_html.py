"""The pages: one file that loads nothing, every text escaped, every part of a finding there."""

from __future__ import annotations

import base64
import hashlib
import re
from dataclasses import replace
from html.parser import HTMLParser

import pytest

from dbwright.core.claim import Claim
from dbwright.core.finding import Unverified
from dbwright.core.report import Report
from dbwright.core.trace import EmptyTable, SqlError
from dbwright.render import parts, render
from dbwright.render.rehearsal import render_rehearsal

from .reports import ONE, errors_only, everywhere, report, some
from .schemas import grown, schema, table
from .test_rehearsal import outcome
from .test_rehearsal import report as rehearsed

EVIL = (
    "</script></style></title><script>alert('x')</script>"
    '<img src=http://x onerror="y">&\u202eevil'
)
VOID = {"meta", "input", "br", "link", "img"}
LOADS = {"src", "href", "xlink:href", "action", "srcset", "data", "poster", "formaction"}


class Page(HTMLParser):
    """A page taken apart; unbalanced tags fail."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.texts: list[str] = []
        self.raw: dict[str, list[str]] = {"script": [], "style": []}
        self.feed(text)
        self.close()
        assert self.open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        if self.open and self.open[-1] in self.raw:
            self.raw[self.open[-1]].append(data)
        else:
            self.texts.append(data)

    @property
    def words(self) -> str:
        return " ".join(" ".join(self.texts).split())

    def all(self, tag: str) -> list[dict[str, str | None]]:
        return [attributes for name, attributes in self.tags if name == tag]


def hashed(text: str) -> str:
    return base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()


def drawn(*items: object, **more: object) -> Report:
    found = schema(table("orders"), table("order_items"), table("users"))
    return replace(report(*items), schema=found, **more)  # type: ignore[arg-type]


PAGES = {
    "errors": errors_only(),
    "clean": report(),
    "some": drawn(*some(5)),
    "hostile": replace(everywhere(EVIL), schema=schema(table(EVIL))),
    "long": replace(everywhere("x" * 10_000), schema=schema(table("x" * 10_000))),
    "large": replace(report(*some(3)), schema=grown(60)),
}
TEXTS = {name: render(found, "html") for name, found in PAGES.items()}
TEXTS["rehearsal"] = render_rehearsal(rehearsed(outcome()), "html")


@pytest.mark.parametrize("name", TEXTS)
def test_page_loads_nothing_and_its_policy_knows_its_own_style_and_script_only(name: str) -> None:
    page = Page(TEXTS[name])
    (policy,) = [meta["content"] or "" for meta in page.all("meta") if "http-equiv" in meta]
    assert policy.startswith("default-src 'none'")
    assert "unsafe" not in policy
    assert policy.endswith("base-uri 'none'; form-action 'none'")
    rules = dict(rule.split(" ", 1) for rule in policy.split("; "))
    assert rules["style-src"] == f"'sha256-{hashed(''.join(page.raw['style']))}'"
    assert len(page.all("style")) == 1
    scripts = page.all("script")
    assert len(scripts) == ("script-src" in rules)
    if scripts:
        assert rules["script-src"] == f"'sha256-{hashed(''.join(page.raw['script']))}'"
    own = ("script", "style")
    assert "url(" not in "".join(page.raw["style"])
    assert "@import" not in "".join(page.raw["style"])
    for tag, attributes in page.tags:
        loads = {name: value for name, value in attributes.items() if name in LOADS}
        assert all((value or "").startswith("#") for value in loads.values()), (tag, loads)
        assert not [name for name in attributes if name.startswith("on") or name == "style"]
        assert tag not in ("img", "iframe", "object", "embed", "link", "base"), tag
        assert tag not in own or not attributes


@pytest.mark.parametrize("name", TEXTS)
def test_ids_are_there_once_and_links_lead_to_one(name: str) -> None:
    page = Page(TEXTS[name])
    ids = [attributes["id"] for _, attributes in page.tags if "id" in attributes]
    assert len(ids) == len(set(ids))
    for link in page.all("a"):
        assert (link["href"] or "").removeprefix("#") in ids


def test_every_recommendation_is_there_with_all_its_parts() -> None:
    found = drawn(*some(7))
    page = Page(render(found, "html"))
    assert page.words.count("order stops every write") == 0
    for item in found.recommendations:
        advice = item.advice
        for part in (
            parts.title(item), item.rule, parts.place(item.location), parts.proofs(item),
            advice.reason, parts.seen(item), advice.fix.title, advice.alternatives[0].title,
            advice.alternatives[0].tradeoff, parts.risk(item), parts.undo(item), advice.tests,
            advice.backup,
        ):  # fmt: skip
            assert " ".join(part.split()) in page.words, part
        assert advice.fix.code in "".join(page.texts)
    assert len(page.all("details")) == 7


def test_first_line_and_totals_are_those_of_the_terminal() -> None:
    found = drawn(*some(5))
    page = Page(render(found, "html"))
    lines = render(found, "terminal").splitlines()
    assert parts.outcome(found) in page.words
    assert parts.outcome(found) in lines
    assert lines[0] in page.words
    clean = Page(TEXTS["clean"])
    assert "✓ 1 new revision and 17 models: nothing to mend" in clean.words


@pytest.mark.parametrize("name", ["hostile", "long"])
def test_text_from_outside_is_shown_as_it_is(name: str) -> None:
    page = Page(TEXTS[name])
    assert len(page.all("script")) == 1
    assert parts.printable(EVIL if name == "hostile" else "x" * 10_000) in "".join(page.texts)
    assert "\u202e" not in TEXTS[name]


@pytest.mark.parametrize(
    ("object", "key"),
    [
        ("orders", "orders"),
        ("order_items.quantity", "order_items"),
        ("orders.a.b", "orders"),
        ("ix_somewhere", "users"),
        (None, "users"),
    ],
)
def test_finding_leads_to_its_table_in_the_diagram(object: str | None, key: str) -> None:
    item = replace(
        ONE,
        location=replace(ONE.location, object=object),
        claims=(Claim("blocks_writes", "gone"), Claim("blocks_writes", "users")),
    )
    page = Page(render(drawn(item), "html"))
    (finding,) = page.all("details")
    number = ("orders", "order_items", "users").index(key)
    assert finding["data-table"] == f"table-{number}"
    assert {"href": f"#table-{number}"} in page.all("a")


def test_without_a_schema_there_is_no_diagram_and_no_link_into_one() -> None:
    page = Page(render(report(ONE), "html"))
    assert page.all("svg") == []
    assert page.all("a") == []
    assert "data-table" not in page.all("details")[0]


def test_filters_offer_what_there_is() -> None:
    page = Page(render(drawn(*some(6)), "html"))
    values = [option["value"] for option in page.all("option")]
    assert values[:7] == ["", *(f"some-rule-{n}" for n in range(6))]
    boxes = [box["value"] for box in page.all("input")]
    assert boxes == ["error", "warning", "info"]
    only = [box["value"] for box in Page(render(drawn(ONE), "html")).all("input")]
    assert only == ["error"]


def test_what_only_a_script_can_do_is_hidden_without_one() -> None:
    page = Page(TEXTS["some"])
    (form,) = page.all("form")
    assert "hidden" in form
    copies = [button for button in page.all("button") if button.get("class") == "copy"]
    assert len(copies) == 5
    assert all("hidden" in button for button in copies)


def test_names_from_the_right_do_not_turn_the_code_around_them() -> None:
    code = 'op.drop_index("שולחן_א", "طلبات", ["<b>שם"])'
    item = replace(ONE, advice=replace(ONE.advice, fix=replace(ONE.advice.fix, code=code)))
    text = render(report(item), "html")
    assert code in "".join(Page(text).texts)
    assert "(&#34;<bdi>שולחן_א</bdi>&#34;, &#34;<bdi>طلبات</bdi>&#34;, [&#34;&lt;b&gt;" in text


def test_head_has_the_notes_and_the_first_findings_are_open() -> None:
    found = drawn(*some(5))
    found = replace(found, summary=replace(found.summary, notes=("one thing to know",)))
    page = Page(render(found, "html"))
    assert "one thing to know" in page.words
    assert ["open" in each for each in page.all("details")] == [True] * 3 + [False] * 2


def test_errors_and_ways_out_are_told() -> None:
    failed = replace(report(), errors=("the server is down",))
    assert "the server is down" in Page(render(failed, "html")).words
    missing = replace(report(), unverified=(Unverified("locks", "no server", "Start one."),))
    assert "locks: no server Start one." in Page(render(missing, "html")).words


def test_rehearsal_tells_what_failed_and_what_was_not_seen() -> None:
    found = outcome()
    assert found.rehearsal is not None
    assert found.rehearsal.up is not None
    up = found.rehearsal.up
    bad = replace(up.statements[0], error=SqlError("42P01", "no such table"))
    run = replace(
        found.rehearsal,
        up=replace(up, statements=(bad,)),
        empty=(EmptyTable("users", "its CHECK refuses every row"),),
    )
    found = replace(found, rehearsal=run, why_not=("a second session could not connect",))
    words = Page(render_rehearsal(rehearsed(found), "html")).words
    assert "Not seen: a second session could not connect" in words
    assert "users stayed empty: its CHECK refuses every row" in words
    assert "12 failed" in words


def test_schema_is_no_part_of_what_machines_read() -> None:
    for name in ("json", "sarif", "github", "markdown", "terminal"):
        assert render(drawn(ONE), name) == render(report(ONE), name)


def test_waived_and_not_verified_are_told() -> None:
    words = Page(render(everywhere("odd thing"), "html")).words
    assert re.search(r"Not verified odd thing: odd thing odd thing", words)
    assert re.search(r"Waived some-rule odd thing:3: odd thing", words)
