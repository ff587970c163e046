"""Briefs are read from YAML and JSON; what is wrong names its line and the way out."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import yaml

from dbwright.collect.brief import parse, read
from dbwright.core.errors import CollectError
from dbwright.render.brief_schema import brief_schema

BRIEFS = sorted((Path(__file__).parents[2] / "benchmarks/design/briefs").glob("*.yaml"))


def brief_of(path: Path) -> dict[str, Any]:
    found: dict[str, Any] = yaml.safe_load(path.read_text(encoding="utf-8"))["brief"]
    return found


def failure(text: str, file: str = "b.yaml") -> str:
    with pytest.raises(CollectError) as caught:
        parse(text, file)
    return str(caught.value)


@pytest.mark.parametrize("path", BRIEFS, ids=lambda path: path.stem)
def test_schema_and_reader_take_every_brief_of_the_set(path: Path) -> None:
    data = json.loads(json.dumps(brief_of(path), default=str))
    jsonschema.validate(data, brief_schema())
    assert parse(json.dumps(data), "b.json") == parse(yaml.safe_dump(data), "b.yaml")


SHAPES = {
    "unknown key": {"entities": [{"name": "A", "atributes": []}]},
    "unknown type": {"entities": [{"name": "A", "attributes": [{"name": "x", "type": "blurb"}]}]},
    "no name": {"entities": [{"doc": "A"}]},
    "a text for a number": {"entities": [
        {"name": "A", "attributes": [{"name": "x", "minimum": "a"}]}]},
    "a list for a text": {"entities": [{"name": ["A"]}]},
    "unknown kind": {"entities": [{"name": "A"}], "relationships": [
        {"source": "A", "target": "A", "kind": "some"}]},
    "a text for a switch": {"entities": [{"name": "A", "versioned": "perhaps"}]},
    "another version": {"version": 7, "entities": [{"name": "A"}]},
    "a mapping for a list": {"entities": {"A": {}}},
}  # fmt: skip


@pytest.mark.parametrize("name", SHAPES)
def test_schema_and_reader_refuse_the_same_shapes(name: str) -> None:
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(SHAPES[name], brief_schema())
    assert "b.yaml:" in failure(yaml.safe_dump(SHAPES[name]))


@pytest.mark.parametrize(
    ("text", "line", "says"),
    [
        ("", None, "the brief is empty"),
        ("entities: []", 1, "has no entities"),
        ("entities:\n - name: A\n   atributes: []", 3, "Did you mean attributes?"),
        ("entities:\n - A\n - a", 3, "a is there beside A"),
        ("entities:\n - A\n - A", 3, "A is there twice"),
        ("entities:\n - Person\n - People", 3, "both would be the table people"),
        ("entities:\n - A\nrelationships:\n - {source: A, target: Bee}", 4, "no entity Bee"),
        ("entities: [A]\ntenant: Acount", 2, "no entity Acount"),
        ("entities:\n - name: A\n   attributes:\n    - {name: x, minimum: 5, maximum: 1}", 4,
         "between"),
        ("entities:\n - name: A\n   attributes:\n    - {name: id}", 4, "the key is made by itself"),
        (f"entities:\n - name: {'A' * 70}", 2, "keeps 63"),
        ("entities:\n - name: A\n   name: B", 3, "name is there twice"),
        ("entities: [A\n", 2, "is no YAML"),
        ("entities:\n - {name: A, kind_of: B}\n - {name: B, kind_of: A}", 2, "a kind of itself"),
        ("entities: [A]\nrelationships:\n - {source: A, target: A}", 3, "the first cannot be made"),
        (
            "entities: [A, B]\nrelationships:\n - {source: A, target: B, kind: one-to-one}\n"
            " - {source: A, target: B}",
            4,
            "one-to-one and many-to-one",
        ),
        (
            "entities:\n - name: A\n   attributes:\n    - {name: s, values: [a, b],\n"
            "       transitions: {a: [c]}}",
            5,
            "none of its values",
        ),
        ("entities: [A]\naccesses:\n - {entity: A, by: [nmae]}", 3, "no attribute or relationship"),
        ("entities: [A]\nrelationships: [{source: A, target: A, on_delete: set null}]", 2,
         "set to null"),
    ],
)  # fmt: skip
def test_what_is_wrong_names_its_line(text: str, line: int | None, says: str) -> None:
    told = failure(text)
    assert says in told
    assert told.startswith(f"b.yaml:{line}: " if line else "b.yaml: ")


def test_all_problems_are_told_at_once() -> None:
    told = failure("entities: [A]\nrelationships:\n - {source: B, target: C}")
    assert "there is no entity B" in told
    assert "line 3: there is no entity C" in told


def test_other_spellings_are_read() -> None:
    brief = parse(
        "entities: [Order, {name: Customer, attributes: [{name: age, type: int}]}]\n"
        "relationships: [{source: Customer, target: Order, kind: one-to-many}]\n"
    )
    assert brief.entities[1].attributes[0].type == "integer"
    turned = brief.relationships[0]
    assert (turned.source, turned.target, turned.kind) == ("Order", "Customer", "many-to-one")


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(CollectError, match="cannot be read"):
        read(tmp_path / "none.yaml")


def test_json_may_be_indented_with_tabs(tmp_path: Path) -> None:
    file = tmp_path / "brief.json"
    file.write_text('{\n\t"entities": [\n\t\t{"name": "A"}\n\t]\n}', encoding="utf-8")
    assert read(file).entities[0].name == "A"


def test_every_field_of_the_schema_is_one_of_the_brief() -> None:
    schema = brief_schema()
    assert set(schema["$defs"]) == {"access", "attribute", "entity", "growth", "relationship",
                                    "rule", "unique"}  # fmt: skip
    described = [
        name
        for found in schema["$defs"].values()
        for name, item in found["properties"].items()
        if item.get("description")
    ]
    assert {"values", "copied_from", "order", "by"} <= set(described)
