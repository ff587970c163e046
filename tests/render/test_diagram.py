"""Diagrams: what is read of a schema, Mermaid's grammar, and drawings in which nothing collides."""

from __future__ import annotations

import re
from dataclasses import replace
from itertools import combinations, pairwise
from pathlib import Path
from xml.etree import ElementTree

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dbwright import api
from dbwright.core.errors import UsageError
from dbwright.core.groups import LARGEST, groups_of
from dbwright.core.schema import (
    Column,
    ForeignKey,
    Index,
    IndexKey,
    PrimaryKey,
    Schema,
    Table,
    Unique,
)
from dbwright.render.diagram import diagram_formats, layered, render_diagram
from dbwright.render.diagram.arrangement import Point, Rect
from dbwright.render.diagram.contents import diagram_of
from dbwright.render.diagram.placing import Picture, placed
from dbwright.render.diagram.selection import chosen

from .schemas import grown, key, schema, table

ROOT = Path(__file__).parents[2]
SVG = "{http://www.w3.org/2000/svg}"
LAYOUTS = [pytest.param(False, id="layered"), pytest.param(True, id="plain")]


def mermaid(*tables: Table) -> list[str]:
    text = render_diagram(diagram_of(schema(*tables)), "mermaid")
    return [line.strip() for line in text.splitlines()]


# what is read


def test_formats_are_found() -> None:
    assert set(diagram_formats()) == {"mermaid", "svg"}


CHILD = table("b", key("a_id", "a"))
CARDINALITIES = {
    '"a" ||..o{ "b" : "a_id"': CHILD,
    '"a" |o..o{ "b" : "a_id"': table("b", key("a_id", "a"), null=("a_id",)),
    '"a" ||..o| "b" : "a_id"': replace(CHILD, uniques=(Unique(("a_id",)),)),
    '"a" |o..o| "b" : "a_id"': replace(
        table("b", key("a_id", "a"), null=("a_id",)),
        indexes=(Index("u", (IndexKey("a_id"),), unique=True),),
    ),
    '"a" ||--o| "b" : "id"': replace(table("b"), foreign_keys=(key("id", "a"),)),
    '"a" ||--o{ "b" : "a_id"': replace(CHILD, primary_key=PrimaryKey(("a_id", "id"))),
}


@pytest.mark.parametrize("line", CARDINALITIES)
def test_cardinality_is_what_the_constraints_allow(line: str) -> None:
    assert line in mermaid(table("a"), CARDINALITIES[line])


@pytest.mark.parametrize(
    "index",
    [
        Index("u", (IndexKey("a_id"),), unique=True, predicate="a_id > 0"),
        Index("u", (IndexKey(None, "abs(a_id)"),), unique=True),
        Index("u", (IndexKey("a_id"), IndexKey("id")), unique=True),
    ],
    ids=["partial", "expression", "wider"],
)
def test_unique_index_that_lets_a_second_child_in_is_no_one_to_one(index: Index) -> None:
    assert '"a" ||..o{ "b" : "a_id"' in mermaid(table("a"), replace(CHILD, indexes=(index,)))


def test_every_key_between_a_pair_and_to_the_table_itself_is_drawn() -> None:
    lines = mermaid(
        table("users"),
        table("posts", key("author_id", "users"), key("editor_id", "users"), key("up", "posts")),
    )
    assert lines[-3:] == [
        '"users" ||..o{ "posts" : "author_id"',
        '"users" ||..o{ "posts" : "editor_id"',
        '"posts" ||..o{ "posts" : "up"',
    ]


def test_composite_keys_are_marked_and_drawn_once() -> None:
    columns = tuple(Column(name, "bigint", False) for name in ("tenant", "order_no", "line"))
    parent = Table("orders", columns[:2], primary_key=PrimaryKey(("tenant", "order_no")))
    both = ForeignKey(("tenant", "order_no"), "orders", ("tenant", "order_no"))
    lines = mermaid(
        parent,
        Table("lines", columns, primary_key=PrimaryKey(columns_of(columns)), foreign_keys=(both,)),
    )
    assert "bigint tenant PK, FK" in lines
    assert lines[-1] == '"orders" ||--o{ "lines" : "tenant, order_no"'


def columns_of(columns: tuple[Column, ...]) -> tuple[str, ...]:
    return tuple(column.name for column in columns)


def test_unique_alone_is_uk_and_unique_together_is_said() -> None:
    found = replace(
        table("t", key("a", "x"), key("b", "x")), uniques=(Unique(("a", "b")), Unique(("id",)))
    )
    assert mermaid(found)[2:5] == [
        "bigint id PK",
        'bigint a FK "unique with b"',
        'bigint b FK "unique with a"',
    ]


def test_association_table_is_one_whose_key_is_its_foreign_keys() -> None:
    joins = Table(
        "links",
        (Column("a_id", "bigint", False), Column("b_id", "bigint", False)),
        primary_key=PrimaryKey(("a_id", "b_id")),
        foreign_keys=(key("a_id", "a"), key("b_id", "b")),
    )
    boxes = diagram_of(schema(table("a"), table("b"), joins)).boxes
    assert [box.association for box in boxes] == [False, False, True]
    own = replace(joins, columns=(*joins.columns, Column("no", "integer", False)))
    own = replace(own, primary_key=PrimaryKey(("a_id", "b_id", "no")))
    assert not diagram_of(schema(own)).boxes[0].association


def test_tables_of_several_schemas_are_kept_apart() -> None:
    lines = mermaid(
        table("users", schema="auth"),
        table("users", key("login_id", "users", referred_schema="auth"), schema="shop"),
    )
    assert '"auth.users" ||..o{ "shop.users" : "login_id"' in lines
    apart = diagram_of(grown(12, schemas=3))
    groups = groups_of(apart.boxes, apart.edges)
    assert [group.name for group in groups] == ["s0", "s1", "s2"]


def test_partitions_stand_for_their_table_and_views_say_so() -> None:
    parts = [replace(table(f"p{n}"), kind="partition") for n in range(3)]
    view = Table("v", (Column("id", "bigint"),), kind="view")
    found = schema(replace(table("p"), kind="partitioned"), *parts, view)
    assert [box.key for box in diagram_of(found).boxes] == ["p", "v"]
    assert [box.key for box in diagram_of(found, keys=frozenset({"p1"})).boxes] == ["p1"]
    assert ">view</text>" in render_diagram(diagram_of(found), "svg")


# which tables


CHAIN = schema(table("a"), table("b", key("a_id", "a")), table("c", key("b_id", "b")), table("d"))


@pytest.mark.parametrize(
    ("depth", "found"), [(0, "b"), (1, "abc"), (5, "abc")], ids=["itself", "near", "all it reaches"]
)
def test_around_follows_keys_both_ways(depth: int, found: str) -> None:
    assert chosen(CHAIN, around="b", depth=depth) == frozenset(found)
    assert chosen(CHAIN, tables=["d"], around="b", depth=depth) == frozenset(found) | {"d"}


def test_name_that_no_table_has_is_answered_with_the_nearest() -> None:
    with pytest.raises(UsageError, match="there is no table 'dd'; the nearest is 'd'"):
        chosen(CHAIN, tables=["dd"])


def test_name_in_several_schemas_is_asked_for() -> None:
    found = schema(table("t", schema="x"), table("t", schema="y"), table("u", schema="y"))
    assert chosen(found, tables=["u"]) == {"y.u"}
    with pytest.raises(UsageError, match=r"several schemas.*\nName one: x\.t, y\.t"):
        chosen(found, tables=["t"])


# Mermaid


TEXT = r'"(?:[^"%\\<>&;`{}*\n]|#\d+;)*"'
WORD = r"[A-Za-z_\u00c0-\ud7ff][A-Za-z0-9_\u00c0-\ud7ff]*"
TYPE = r"[A-Za-z_\u00c0-\ud7ff][\w()\[\].\u00c0-\ud7ff-]*"
GRAMMAR = re.compile(
    rf"erDiagram|    %% .*|    {TEXT} \{{(?: \}})?|    \}}"
    rf"|        {TYPE} (?!(?:PK|FK|UK)\b){WORD}(?: [PFU]K(?:, [PFU]K)*)?(?: {TEXT})?"
    rf"|    {TEXT} (?:\|\||\|o)(?:--|\.\.)(?:o\{{|o\|) {TEXT} : {TEXT}"
)
ODD = [
    "end", "class", "style", "größe", "日本", "a b", 'q"uote', "per%%cent", "back\\slash",
    "<b>tag</b>", "semi;colon", "br{ace}", "`tick`", "a#35;b", "it's", "tab\tx", "nl\nx",
    "\u202ebidi", "__proto__", "*x*", "PK", "direction LR", "Direction  TB", "😀", "x" * 10_000,
    "%%{init: {}}%%", "---", "accTitle: y", "||--o{",
]  # fmt: skip
names = st.one_of(st.sampled_from(ODD), st.text(min_size=1, max_size=12))


def odd(names: list[str]) -> Schema:
    """Tables of these names with columns of these names and types, each referring to the next."""
    tables = []
    for at, name in enumerate(names):
        parent = names[(at + 1) % len(names)]
        columns = (Column("id", "bigint", False), Column(name, name), Column("p", "bigint"))
        found = Table(name, columns, primary_key=PrimaryKey(("id",)))
        tables.append(replace(found, foreign_keys=(ForeignKey(("p",), parent, ("id",)),)))
    return schema(*tables)


@given(st.lists(names, min_size=1, max_size=5, unique=True))
@settings(max_examples=150)
def test_mermaid_keeps_to_the_grammar_with_any_name(names: list[str]) -> None:
    text = render_diagram(diagram_of(odd(names)), "mermaid")
    bad = [line for line in text.splitlines() if not GRAMMAR.fullmatch(line)]
    assert bad == []
    assert not re.search(r"direction\s+(?:TB|BT|LR|RL)", text, re.IGNORECASE)


def test_odd_name_is_read_again_from_its_codes() -> None:
    lines = mermaid(*odd(['say "%d"']).tables)
    assert lines[1] == '"say #34;#37;d#34;" {'
    assert lines[3] == 'say_d _say_d "say #34;#37;d#34;, null"'


def test_long_type_stands_without_its_arguments() -> None:
    values = ", ".join(f"'value {n}'" for n in range(20))
    found = Table("t", (Column("a", f"enum({values})", False), Column("b", "numeric(12, 2)")))
    assert mermaid(found)[2:4] == ["enum a", 'numeric(12-2) b "null"']


@pytest.fixture(scope="module")
def shop() -> str:
    return api.diagram(ROOT / "examples" / "shop")


def test_shop_is_drawn_as_its_golden(shop: str) -> None:
    golden = ROOT / "tests" / "projects" / "shop_diagram.mmd"
    assert shop == golden.read_text(encoding="utf-8"), "dbwright models diagram examples/shop"


# drawings


def crosses(path: tuple[Point, ...], box: Rect) -> bool:
    """Whether an orthogonal path runs through the inside of a box."""
    left, right = box.x + 0.5, box.x + box.width - 0.5
    top, bottom = box.y + 0.5, box.y + box.height - 0.5
    return any(
        max(ax, bx) > left and min(ax, bx) < right and max(ay, by) > top and min(ay, by) < bottom
        for (ax, ay), (bx, by) in pairwise(path)
    )


def touches(point: Point, box: Rect) -> bool:
    """Whether a point is on the border of a box."""
    x, y = point
    inside = box.x - 0.5 <= x <= box.x + box.width + 0.5
    inside = inside and box.y - 0.5 <= y <= box.y + box.height + 0.5
    return inside and not crosses((point, point), box)


def overlap(a: Rect, b: Rect) -> bool:
    return (
        a.x < b.x + b.width
        and b.x < a.x + a.width
        and a.y < b.y + b.height
        and b.y < a.y + a.height
    )


def stretches(path: tuple[Point, ...]) -> list[tuple[str, float, float, float]]:
    """The parts of a path: level or upright, where, from where to where."""
    found = []
    for (ax, ay), (bx, by) in pairwise(path):
        if abs(ax - bx) < abs(ay - by):
            found.append(("upright", ax, min(ay, by), max(ay, by)))
        else:
            found.append(("level", ay, min(ax, bx), max(ax, bx)))
    return found


def run_together(a: tuple[Point, ...], b: tuple[Point, ...]) -> bool:
    """Whether two paths are one line somewhere: then none can say which is which."""
    return any(
        kind == other and abs(at - where) < 1 and min(end, last) - max(start, first) > 1
        for kind, at, start, end in stretches(a)
        for other, where, first, last in stretches(b)
    )


def check_drawing(found: Schema, plain: bool) -> Picture:
    diagram = diagram_of(found)
    picture = placed(diagram, plain=plain)
    rects = {sheet.box.key: rect for sheet, rect in picture.sheets}
    assert set(rects) == {table.key for table in found.tables}
    assert not [pair for pair in combinations(rects, 2) if overlap(*(rects[k] for k in pair))]
    for edge, path in picture.edges:
        assert touches(path[0], rects[edge.parent]), edge
        assert touches(path[-1], rects[edge.child]), edge
        assert [key for key, rect in rects.items() if crosses(path, rect)] == [], edge
        assert all(min(abs(a[0] - b[0]), abs(a[1] - b[1])) < 0.1 for a, b in pairwise(path)), edge
    for lines in (picture.edges, picture.bundles):
        paths = [path for _, path in lines]
        assert not [pair for pair in combinations(paths, 2) if run_together(*pair)]
    panels = [rect for _, rect in picture.panels]
    assert not [pair for pair in combinations(panels, 2) if overlap(*pair)]
    for _, path in picture.bundles:
        assert [rect for rect in panels if crosses(path, rect)] == []
    drawn = len(picture.edges) + sum(len(edges) for edges, _ in picture.bundles)
    assert drawn == len(diagram.edges)
    return picture


@pytest.mark.parametrize("plain", LAYOUTS)
@pytest.mark.parametrize("count", [0, 1, 10, 50, 200])
def test_no_boxes_overlap_and_no_edge_runs_through_one(count: int, plain: bool) -> None:
    picture = check_drawing(grown(count), plain)
    assert bool(picture.panels) is (count > 30)


small = st.integers(1, 9).flatmap(
    lambda count: st.tuples(
        st.just(count),
        st.lists(st.tuples(st.integers(0, count - 1), st.integers(0, count - 1)), max_size=14),
    )
)


@pytest.mark.parametrize("plain", LAYOUTS)
@given(shape=small)
@settings(max_examples=60)
def test_any_small_schema_is_drawn_without_a_collision(
    plain: bool, shape: tuple[int, list[tuple[int, int]]]
) -> None:
    count, pairs = shape
    keys: dict[int, list[ForeignKey]] = {n: [] for n in range(count)}
    for at, (child, parent) in enumerate(pairs):
        keys[child].append(key(f"k{at}", f"t{parent}"))
    check_drawing(schema(*(table(f"t{n}", *keys[n]) for n in range(count))), plain)


@pytest.mark.parametrize("plain", LAYOUTS)
def test_keys_both_ways_between_two_tables_are_drawn(plain: bool) -> None:
    """The layout library ends the first of these keys beside its table (graphlay 0.3.1)."""
    tables = [
        table("t0", key("k0", "t1")),
        table("t1", key("k1", "t0"), key("k2", "t0"), key("k3", "t2")),
        table("t2"),
    ]
    check_drawing(schema(*tables), plain)


def test_without_the_library_the_plain_layout_draws(monkeypatch: pytest.MonkeyPatch) -> None:
    diagram = diagram_of(grown(20))
    plain = render_diagram(diagram, "svg", plain=True)
    assert render_diagram(diagram, "svg") != plain
    monkeypatch.setattr(layered, "is_there", lambda: False)
    assert render_diagram(diagram, "svg") == plain


def test_groups_hold_every_table_once_and_are_no_larger_than_one_can_read() -> None:
    diagram = diagram_of(grown(200))
    groups = groups_of(diagram.boxes, diagram.edges)
    keys = [key for group in groups for key in group.keys]
    assert sorted(keys) == sorted(box.key for box in diagram.boxes)
    assert max(len(group.keys) for group in groups) <= LARGEST
    assert groups == groups_of(diagram.boxes, diagram.edges)
    inside = {key: group.name for group in groups for key in group.keys}
    within = sum(inside[edge.parent] == inside[edge.child] for edge in diagram.edges)
    assert within > 0.6 * len(diagram.edges)


def test_table_with_many_columns_is_folded_and_keeps_its_keys() -> None:
    wide = table("wide", key("late_id", "x"))
    plenty = tuple(Column(f"c{n}", "text") for n in range(37))
    wide = replace(wide, columns=(wide.columns[0], *plenty, wide.columns[1]))
    drawn = render_diagram(diagram_of(schema(wide)), "svg")
    assert "… 24 more<title>c13, c14" in drawn
    assert ">late_id</text>" in drawn


@pytest.mark.parametrize("plain", LAYOUTS)
@given(found=st.lists(names, min_size=1, max_size=4, unique=True))
@settings(max_examples=60)
def test_svg_is_well_formed_with_any_name_and_runs_nothing(plain: bool, found: list[str]) -> None:
    text = render_diagram(diagram_of(odd(found)), "svg", plain=plain)
    root = ElementTree.fromstring(text)
    kinds = {element.tag.removeprefix(SVG) for element in root.iter()}
    assert kinds <= {"svg", "g", "rect", "path", "circle", "text", "title", "desc", "style", "a"}
    links = [element.get("href") for element in root.iter(f"{SVG}a")]
    assert all(re.fullmatch(r"#table-\d+", link or "") for link in links)
    attributes = {name for element in root.iter() for name in element.attrib}
    assert not [name for name in attributes if name.startswith("on") or name == "style"]
    assert "http" not in re.sub(r' xmlns="[^"]*"', "", re.sub(r"<(title|text|desc).*?</", "", text))


def test_svg_says_in_words_what_it_shows() -> None:
    root = ElementTree.fromstring(
        render_diagram(diagram_of(schema(table("a"), table("b", key("a_id", "a")))), "svg")
    )
    assert root.get("role") == "img"
    assert root.findtext(f"{SVG}title") == "2 tables, 1 foreign key"
    assert root.findtext(f"{SVG}desc") == "b.a_id → a.id"
    assert "prefers-color-scheme: dark" in (root.findtext(f"{SVG}style") or "")
    hovered = [title.text for title in root.iter(f"{SVG}title")]
    assert "a, 1 column" in hovered


def test_key_that_leads_to_another_group_is_named_where_it_stands() -> None:
    found = grown(200)
    drawn = render_diagram(diagram_of(found), "svg")
    assert re.search(r'<a href="#table-\d+"><text [^>]*>→ users</text></a>', drawn)
