"""What of a whole brief cannot be designed is told before anything is; words beside it give way."""

from __future__ import annotations

import pytest

from dbwright.collect.brief import parse
from dbwright.core.errors import CollectError
from dbwright.recipes.design import designer, together

HAS = "entities: [{name: User, attributes: [{name: nick}]}, {name: Post, attributes: [{name: at, "
HAS += "type: datetime}]}]\n"


@pytest.mark.parametrize(
    ("brief", "said"),
    [
        ("entities: []", "has no entities"),
        ("entities: [{name: A, attributes: [{name: id}]}]", "A.id: the key is made by itself"),
        ("entities: [User, Users]", "beside User: both would be the table users"),
        (f"entities: [{'ß' * 40}]", "bytes, PostgreSQL keeps 63"),
        (f"entities: [{{name: A, attributes: [{{name: {'ß' * 40}}}]}}]", "PostgreSQL keeps 63"),
        ("entities: [Base]", "Base is the name of a part of every module"),
        ("entities: ['+']", "is no name of an entity"),
        (
            "entities: [{name: A, attributes: [{name: a b}, {name: a_b}]}]",
            "a b and a_b of A are one column",
        ),
        ("tenant: Firm\n" + HAS, "there is no entity Firm"),
        ("currency: EURO\n" + HAS, "EURO is no currency"),
        (
            "entities: [{name: A, kind_of: B}, {name: B, kind_of: A}]",
            "A is a kind of itself",
        ),
        ("entities: [{name: A, key: natural}]", "natural key of nothing"),
        (
            "entities: [{name: A, natural_key: [x], attributes: [{name: x}]}]",
            "A has natural_key, and its key is",
        ),
        ("entities: [A, {name: B, kind_of: A, key: uuid}]", "B has the key of A"),
        ("entities: [{name: A, append_only: true, soft_delete: true}]", "cannot be marked"),
        ("entities: [{name: A, append_only: true, versioned: true}]", "no write to refuse"),
        (
            "entities: [{name: A, attributes: [{name: x}, {name: y}], "
            "rules: [{kind: at-least-one, of: [x, y]}]}]",
            "A.x is always set",
        ),
        (
            "entities: [{name: A, attributes: [{name: x, required: false}], "
            "rules: [{kind: when, of: [x]}]}]",
            "`when` has no `where`",
        ),
        (
            "entities: [{name: A, attributes: [{name: x, type: date}], "
            "rules: [{kind: no-overlap, of: [x]}]}]",
            "no-overlap needs exactly 2",
        ),
        ("entities: [{name: A, uniques: [{of: [x]}]}]", "A has no attribute or relationship x"),
        (HAS + "relationships: [{source: Post, target: Usr}]", "there is no entity Usr"),
        (
            HAS + "relationships: [{source: Post, target: User, on_delete: set null}]",
            "is required, so it cannot be set to null",
        ),
        (
            HAS + "relationships: [{source: Post, target: Post}]",
            "every Post would need another one before it",
        ),
        (
            HAS + "relationships: [{source: Post, target: User, through: Post}]",
            "`through` is for many-to-many",
        ),
        (
            HAS + "relationships: [{source: Post, target: User, kind: one-to-one, position: true}]",
            "an order needs many of them",
        ),
        (
            "entities: [User, {name: Post, attributes: [{name: user_id}]}]\n"
            "relationships: [{source: Post, target: User}]",
            "both an attribute user_id and a relationship user",
        ),
        (
            HAS + "relationships: [{source: Post, target: User}, {source: Post, target: User}]",
            "Post has user twice",
        ),
        (
            HAS + "relationships: [{source: Post, target: User, kind: one-to-one}, "
            "{source: User, target: Post}]",
            "one-to-one one way and many-to-one the other",
        ),
        (HAS + "accesses: [{entity: Post}]", "an access to Post by nothing"),
        (HAS + "accesses: [{entity: Post, order: [-on]}]", "no attribute or relationship on"),
    ],
)
def test_brief_that_cannot_be_designed_says_why_and_what_to_do(brief: str, said: str) -> None:
    with pytest.raises(CollectError) as told:
        parse(brief)
    assert said in told.value.message
    assert told.value.way_out


def test_words_add_to_a_brief_and_give_way_to_it() -> None:
    brief = parse("tenant: Firm\nentities: [Firm, {name: User, attributes: [{name: age, type: "
                  "integer}]}, Post]\nrelationships: [{source: Post, target: User}]")  # fmt: skip
    words = parse(
        """
        tenant: Club
        entities:
          - Club
          - {name: user, soft_delete: true, attributes: [{name: age, type: string}, {name: nick}]}
          - Post
        relationships:
          - {source: Post, target: user, kind: many-to-many}
          - {source: Post, target: Club}
        """
    )
    made, told = together.joined(brief, words)
    assert made.tenant == "Firm"
    assert [entity.name for entity in made.entities] == ["Firm", "User", "Post", "Club"]
    user = made.entity("User")
    assert user is not None
    assert [(a.name, a.type) for a in user.attributes] == [("age", "integer"), ("nick", "string")]
    assert user.soft_delete
    kinds = {(found.source, found.target): found.kind for found in made.relationships}
    assert kinds == {("Post", "User"): "many-to-one", ("Post", "Club"): "many-to-one"}
    assert any("the tenant is Club" in text for text in told)
    assert any("Post to User is many-to-many" in text for text in told)


def test_dates_partitions_and_tenants_are_given_to_the_tables_that_need_them() -> None:
    found = designer.designed(
        parse(
            """
            tenant: Firm
            entities:
              - Firm
              - {name: Country, shared: true}
              - name: Event
                attributes: [{name: updated_at, type: datetime}, {name: at, type: datetime}]
                growth: {rows_per_month: 5000000, by: at, keep_days: 30}
              - {name: Hit, attributes: [{name: at, type: datetime}],
                 growth: {rows_per_month: 5000000, by: at, keep_days: 30}}
            relationships: [{source: Hit, target: Event}]
            """
        )
    )
    event, hit = found.table("Event"), found.table("Hit")
    assert [column.name for column in event.columns].count("updated_at") == 1
    assert event.column("created_at") is not None
    assert found.table("Country").column("firm_id") is None
    assert hit.column("firm_id") is not None
    assert event.partition_by == ""  # others refer to it
    assert ("at",) in {index.columns for index in event.indexes}
    assert hit.partition_by == "at"
    assert hit.column("at") is not None
    assert any("drop those older than 30 days" in note for note in found.notes)
