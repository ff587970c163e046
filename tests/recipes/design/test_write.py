"""Designed modules: formatted, free of lint, configured without a warning."""

from __future__ import annotations

import subprocess
import sys
import types
import warnings
from pathlib import Path

import pytest
import yaml
from sqlalchemy import create_mock_engine

from dbwright.collect.brief import parse
from dbwright.core.brief import Brief, BriefAttribute, BriefEntity, BriefRelationship
from dbwright.core.errors import CollectError
from dbwright.recipes.design import designer, revision, write, write_tests
from dbwright.recipes.design.parts import Plan

ROOT = Path(__file__).parents[3]
BRIEFS = sorted((ROOT / "benchmarks/design/briefs").glob("*.yaml"))
RULES = "E,F,W,I,UP,B,SIM,PT,C4,RET,PIE"


def plan_of(path: Path, database: str = "postgresql") -> Plan:
    brief = yaml.safe_load(path.read_text(encoding="utf-8"))["brief"]
    return designer.designed(parse(yaml.safe_dump(brief, allow_unicode=True)), database)


def plan(text: str, database: str = "postgresql") -> Plan:
    return designer.designed(parse(text, database=database), database)


def imported(text: str, name: str) -> types.ModuleType:
    module = types.ModuleType(name)
    sys.modules[name] = module
    exec(compile(text, f"{name}.py", "exec"), module.__dict__)
    return module


def ddl(text: str, database: str = "postgresql") -> str:
    """The statements that create_all of a module sends; a warning is an error."""
    lines: list[str] = []
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        # another test's connection may be collected meanwhile: it is not what is looked at
        warnings.simplefilter("ignore", ResourceWarning)
        module = imported(text, "designed_models")
        try:
            module.Base.registry.configure()
            engine = create_mock_engine(
                f"{database}://",
                lambda sql, *a: lines.append(str(sql.compile(dialect=engine.dialect))),
            )
            module.Base.metadata.create_all(engine, checkfirst=False)
        finally:
            module.Base.registry.dispose()
            del sys.modules["designed_models"]
    return "\n".join(lines)


@pytest.mark.parametrize("path", BRIEFS, ids=lambda path: path.stem)
def test_module_configures_without_a_warning(path: Path) -> None:
    assert "CREATE TABLE" in ddl(write.module(plan_of(path)))


@pytest.mark.parametrize("database", ["sqlite", "mysql+pymysql", "mariadb+pymysql"])
@pytest.mark.parametrize("path", BRIEFS, ids=lambda path: path.stem)
def test_tables_compile_for_other_databases(path: Path, database: str) -> None:
    assert "CREATE TABLE" in ddl(write.module(plan_of(path, database.partition("+")[0])), database)


def test_modules_and_revisions_are_formatted_and_free_of_lint(tmp_path: Path) -> None:
    for path in BRIEFS:
        found = plan_of(path)
        (tmp_path / f"{path.stem}.py").write_text(write.module(found), encoding="utf-8")
        (tmp_path / f"{path.stem}_first.py").write_text(revision.first(found), encoding="utf-8")
    ruff = [sys.executable, "-m", "ruff"]
    for command in (["check", "--isolated", "--select", RULES, "--ignore", "E501"],
                    ["format", "--isolated", "--check"]):  # fmt: skip
        done = subprocess.run([*ruff, *command, str(tmp_path)], capture_output=True, text=True,
                              check=False)  # fmt: skip
        assert done.returncode == 0, done.stdout + done.stderr


def test_a_large_domain_is_designed_in_time() -> None:
    entities = tuple(
        BriefEntity(f"Thing{n}", attributes=(BriefAttribute("name", unique=True),))
        for n in range(500)
    )
    links = tuple(BriefRelationship(f"Thing{n}", f"Thing{n // 2}") for n in range(1, 500))
    found = designer.designed(Brief(entities=entities, relationships=links))
    text = write.module(found)
    assert text.count("__tablename__") == 500
    assert ddl(text).count("CREATE TABLE") == 500


def test_names_of_libraries_give_way_to_those_of_the_domain() -> None:
    text = write.module(
        plan(
            "entities: [Table, Column, Index, {name: Date, attributes: [{name: date, type: date}]}]"
        )
    )
    assert "class Table(" in text
    assert "date: Mapped[dt.date]" in text


def test_long_names_are_shortened_as_sqlalchemy_does() -> None:
    text = (
        "entities: [AnExtraordinarilyLongNameOfAnEntity, AnotherExtraordinarilyLongName]\n"
        "relationships: [{source: AnExtraordinarilyLongNameOfAnEntity, "
        "target: AnotherExtraordinarilyLongName}]"
    )
    found = plan(text)
    sent = ddl(write.module(found))
    name = next(part for part in sent.split() if part.startswith("fk_"))
    assert f'"{name}"' in revision.first(found)


def test_decisions_say_what_why_and_what_else() -> None:
    found = plan_of(ROOT / "benchmarks/design/briefs/shop.yaml")
    assert all(item.what and item.why and item.subjects for item in found.decisions)
    told = {item.what: item for item in found.decisions}
    assert told["ON DELETE CASCADE"].subjects == ("order_items.order_id",)


def test_no_index_is_covered_by_another() -> None:
    for path in BRIEFS:
        for table in plan_of(path):
            plain = [index.columns for index in table.indexes if not (index.where or index.method)]
            for columns in plain:
                longer = [other for other in plain if other != columns]
                assert not any(other[: len(columns)] == columns for other in longer), table.name


def test_a_pair_stands_on_references_that_are_named_otherwise() -> None:
    found = plan(
        """
        entities: [{name: User}, {name: Team}, {name: Membership}, {name: OpeningHours}]
        relationships:
          - {source: User, target: Team, kind: many-to-many, through: Membership}
          - {source: Membership, target: User, name: member}
          - {source: Membership, target: Team}
        """
    )
    uniques = [unique.columns for unique in found.table("Membership").uniques]
    assert uniques == [("member_id", "team_id")]
    assert found.table("OpeningHours").name == "opening_hours"
    assert "class Membership(" in write.module(found)


def test_a_value_may_equal_the_one_before_it() -> None:
    found = plan(
        """
        entities:
          - name: Shift
            attributes: [{name: begins, type: datetime}, {name: ends, type: datetime}]
            rules: [{kind: ordered, of: [begins, ends], or_equal: true}]
        """
    )
    assert [check.sql for check in found.table("Shift").checks] == ["begins <= ends"]


def test_tests_leave_out_what_needs_a_row_that_is_not_taken() -> None:
    found = plan(
        """
        entities: [{name: Order}, {name: Line, attributes: [{name: count, type: integer}]}]
        relationships: [{source: Line, target: Order}]
        """
    )
    whole = write_tests.written(found, "models")
    assert "def test_line_refuses(" in whole
    left = write_tests.written(found, "models", without=["test_line_is_taken"])
    assert "new_line(" not in left
    assert "def test_order_is_taken(" in left
    assert write_tests.written(found, "models", without=["test_order_is_taken"]) == ""


EVERY_KIND = """
currency: EUR
entities:
  - name: %s
    attributes:
      - {name: price, type: money}
      - {name: total, computed: price + price}
      - {name: metadata, type: json}
      - {name: at, type: datetime}
      - {name: ref, type: uuid}
      - {name: state, values: [a, b], transitions: {a: [b], b: []}}
      - {name: note, type: text, immutable: true}
      - {name: registry}
      - {name: query}
  - {name: Entry, append_only: true}
  - {name: Third}
relationships:
  - {source: Entry, target: %s, required: false}
  - {source: %s, target: Third, kind: many-to-many}
"""
TAKEN = ("Decimal", "Date", "Index", "List", "Any", "Mapped", "Enum", "StrEnum", "UUID", "Text",
         "Connection", "Mapper", "Interval", "Column", "Table", "MetaData", "DeclarativeBase",
         "BigInteger", "Identity", "Event", "Session", "None", "Exception")  # fmt: skip


@pytest.mark.parametrize("name", TAKEN)
def test_an_entity_may_have_the_name_of_what_its_module_imports(name: str) -> None:
    found = plan(EVERY_KIND % (name, name, name))
    assert ddl(write.module(found)).count("CREATE TABLE") == 4


def test_types_hold_under_names_of_libraries(tmp_path: Path) -> None:
    for name in TAKEN:
        text = write.module(plan(EVERY_KIND % (name, name, name)))
        (tmp_path / f"{name.lower()}_models.py").write_text(text, encoding="utf-8")
    for command in (["ruff", "check", "--isolated", "--select", RULES, "--ignore", "E501"],
                    ["mypy", "--strict"]):  # fmt: skip
        done = subprocess.run([sys.executable, "-m", *command, "."], cwd=tmp_path, text=True,
                              capture_output=True, check=False)  # fmt: skip
        assert done.returncode == 0, done.stdout[-3000:]


def test_a_table_of_pairs_does_not_take_an_entitys_name() -> None:
    text = "entities: [Order, Tag, OrderTag]\nrelationships: [{source: Order, target: Tag, kind: many-to-many}]"  # noqa: E501
    with pytest.raises(CollectError, match=r"would stand in order_tags, .* of OrderTag"):
        plan(text)


def test_the_same_two_are_joined_for_two_reasons() -> None:
    found = plan(
        """
        entities: [User, Product]
        relationships:
          - {source: User, target: Product, kind: many-to-many, name: favorites}
          - {source: User, target: Product, kind: many-to-many, name: purchases, inverse: buyers}
        """
    )
    assert [pair.name for pair in found.associations] == ["user_products", "user_purchases"]
    assert ddl(write.module(found)).count("CREATE TABLE") == 4
