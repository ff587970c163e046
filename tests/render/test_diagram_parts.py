"""Drawings part by part: what is drawn of a part of a schema, signs, legend, links, hovering."""

from __future__ import annotations

import re
from dataclasses import replace
from xml.etree import ElementTree

import pytest

from dbwright.core.mapping import Mapper, Mapping
from dbwright.core.schema import Column, ForeignKey, PrimaryKey, Table
from dbwright.render.diagram import measures, render_diagram
from dbwright.render.diagram.arrangement import Arrangement, Rect
from dbwright.render.diagram.contents import diagram_of
from dbwright.render.diagram.ends import ends
from dbwright.render.diagram.placing import placed
from dbwright.render.diagram.selection import chosen
from dbwright.render.diagram.soundness import is_sound
from dbwright.render.diagram.values import Diagram, Edge

from .schemas import grown, key, schema, table

SVG = "{http://www.w3.org/2000/svg}"
PAIR = schema(table("a"), table("b", key("a_id", "a", on_delete="CASCADE")))


def drawn(diagram: Diagram) -> ElementTree.Element:
    return ElementTree.fromstring(render_diagram(diagram, "svg"))


def hovered(root: ElementTree.Element) -> list[str]:
    return [title.text or "" for title in root.iter(f"{SVG}title")]


def shown(root: ElementTree.Element) -> list[str]:
    return [text.text or "" for text in root.iter(f"{SVG}text")]


# what is drawn


def test_key_to_a_table_that_is_not_drawn_is_none_and_the_table_is_counted() -> None:
    diagram = diagram_of(PAIR, keys=frozenset({"b"}))
    assert diagram.edges == ()
    assert diagram.left_out == 1
    assert (drawn(diagram).findtext(f"{SVG}desc") or "").startswith("1 table left out.")
    assert '"a"' not in render_diagram(diagram, "mermaid")


def test_what_becomes_of_children_is_said() -> None:
    root = drawn(diagram_of(PAIR))
    assert root.findtext(f"{SVG}desc") == "b.a_id → a.id, ON DELETE CASCADE"
    assert "b.a_id → a.id, ON DELETE CASCADE" in hovered(root)


def test_key_of_two_columns_is_optional_where_one_may_be_null() -> None:
    parent = Table("p", (Column("x", "int", False), Column("y", "int", False)),
                   primary_key=PrimaryKey(("x", "y")))  # fmt: skip
    child = Table("c", (Column("x", "int", False), Column("y", "int", True)),
                  foreign_keys=(ForeignKey(("x", "y"), "p", ("x", "y")),))  # fmt: skip
    (edge,) = diagram_of(schema(parent, child)).edges
    assert edge.optional


def test_table_whose_key_is_one_foreign_key_joins_nothing() -> None:
    own = replace(table("b"), foreign_keys=(key("id", "a"),))
    boxes = diagram_of(schema(table("a"), own)).boxes
    assert [box.association for box in boxes] == [False, False]


def test_class_comment_and_what_a_line_lacks_are_told_on_hovering() -> None:
    found = replace(
        table("orders", key("user_id", "users"), null=("user_id",)), comment="what was bought"
    )
    long = Column("c" * 40, "enum('a very long value', 'another one')", False)
    found = replace(found, columns=(*found.columns, long))
    mapping = Mapping(schema(found), (Mapper("Order", "shop.Order", "orders"),))
    told = hovered(drawn(diagram_of(schema(found, table("users")), mapping)))
    assert "orders, 3 columns, mapped by Order, what was bought" in told
    assert f"{long.name} {long.type}, not null" in told


def test_dangling_key_leads_nowhere() -> None:
    found = schema(table("a", key("gone_id", "gone")))
    assert chosen(found, around="a", depth=2) == {"a"}


# signs and legend


@pytest.mark.parametrize(
    ("edge", "rings"),
    [
        (Edge("c", "p", (), ()), [False, True]),
        (Edge("c", "p", (), (), optional=True), [True, True]),
        (Edge("c", "p", (), (), single=True), [False, True]),
    ],
)
def test_ring_stands_where_there_may_be_none(edge: Edge, rings: list[bool]) -> None:
    signs = ends(edge, ((0.0, 0.0), (100.0, 0.0)))
    places = [float(x) for x in re.findall(r'<circle cx="([\d.]+)"', signs)]
    assert [any(x < 50 for x in places), any(x > 50 for x in places)] == rings
    feet = [part for part in re.findall(r'd="([^"]+)"', signs) if part.count("L") == 2]
    assert len(feet) == (0 if edge.single else 1)


def test_legend_has_the_signs_that_are_drawn_and_no_others() -> None:
    optional = table("c", key("a_id", "a"), null=("a_id",))
    only = shown(drawn(diagram_of(PAIR)))
    assert "one parent, any number of children" in only
    assert "or no parent" not in only
    both = shown(drawn(diagram_of(schema(*PAIR.tables, optional))))
    assert "one parent, any number of children" in both
    assert "or no parent" in both
    assert "keys between groups" not in both
    assert "keys between groups" in shown(drawn(diagram_of(grown(60))))


# texts


def test_types_are_short_and_say_what_may_be_null() -> None:
    columns = (
        Column("a", "character varying(80)", True),
        Column("b", "timestamp with time zone", False),
    )
    texts = shown(drawn(diagram_of(schema(Table("t", columns)))))
    assert "varchar(80)?" in texts
    assert "timestamptz" in texts


def test_wide_letters_have_the_room_of_two() -> None:
    assert measures.room("日本") == measures.room("abcd")
    assert len(measures.label("日" * 40, 32).shown) <= 16


def test_name_of_white_space_and_type_that_is_a_mark_stay_in_the_grammar() -> None:
    found = Table(" ", (Column("a", "PK", False),))
    text = render_diagram(diagram_of(schema(found)), "mermaid")
    assert '"?" {' in text
    assert "        _PK a" in text


def test_hostile_names_are_texts_in_bundles_and_in_folded_columns() -> None:
    odd = '<b>&"'
    names = {each.name: f"{each.name}{odd}" for each in grown(60).tables}
    tables = [
        replace(
            each,
            name=names[each.name],
            columns=(*each.columns, *(Column(f"{odd}{n}", "text") for n in range(20))),
            foreign_keys=tuple(
                replace(found, referred_table=names[found.referred_table])
                for found in each.foreign_keys
            ),
        )
        for each in grown(60).tables
    ]
    root = drawn(diagram_of(schema(*tables)))
    assert not list(root.iter(f"{SVG}b"))
    assert any(odd in text and " → " in text for text in hovered(root))


# where things stand


def test_link_leads_to_the_table_that_it_names() -> None:
    diagram = diagram_of(grown(60))
    numbers = {box.key: number for number, box in enumerate(diagram.boxes)}
    links = list(drawn(diagram).iter(f"{SVG}a"))
    assert links
    for link in links:
        name = (link.findtext(f"{SVG}text") or "").removeprefix("→ ")
        if name in numbers:
            assert link.get("href") == f"#table-{numbers[name]}"
    assert not list(drawn(diagram_of(grown(20))).iter(f"{SVG}a"))


def test_tables_without_keys_stand_on_shelves() -> None:
    picture = placed(diagram_of(schema(*(table(f"t{n}") for n in range(25)))))
    assert 0.5 < picture.width / picture.height < 3


BOXES = (Rect(0, 0, 50, 50), Rect(100, 0, 50, 50))
STRAIGHT = ((50.0, 20.0), (100.0, 20.0))


@pytest.mark.parametrize(
    ("paths", "sound"),
    [
        ([STRAIGHT], True),
        ([STRAIGHT, ((50.0, 30.0), (100.0, 30.0))], True),
        ([STRAIGHT, STRAIGHT], False),  # one line for two keys
        ([((50.0, 0.0), (100.0, 0.0))], False),  # from a corner
        ([((60.0, 20.0), (100.0, 20.0))], False),  # from beside the box
        ([((40.0, 20.0), (100.0, 20.0))], False),  # from inside of it
        ([((50.0, 20.0), (100.0, 30.0))], False),  # slanting
    ],
)
def test_drawing_that_could_not_be_read_is_not_sound(
    paths: list[tuple[tuple[float, float], ...]], sound: bool
) -> None:
    found = Arrangement(BOXES, tuple(paths), 150, 50)
    assert is_sound(found, [(0, 1)] * len(paths)) is sound
    lapping = (BOXES[0], Rect(40, 0, 50, 50))
    assert not is_sound(Arrangement(lapping, (), 90, 50), [])
