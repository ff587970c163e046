"""Names, relationships and declarations of models that are written from a schema."""

from __future__ import annotations

import ast
import sqlite3
import sys
import types
import warnings
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import create_engine, exc, text
from sqlalchemy.orm import Session

from dbwright.core.compare import structured
from dbwright.core.inventory import Inventory
from dbwright.core.nouns import plural, singular
from dbwright.core.schema import (
    Check,
    Column,
    ForeignKey,
    Index,
    IndexKey,
    PrimaryKey,
    Schema,
    Table,
    Unique,
)
from dbwright.core.table_edits import ordered
from dbwright.dialects.sqlite import inventory as sqlite_inventory
from dbwright.recipes.reverse import identifiers
from dbwright.recipes.reverse.module import module
from dbwright.recipes.reverse.package import package

NOUNS = {
    "people": "person", "children": "child", "addresses": "address", "statuses": "status",
    "categories": "category", "boxes": "box", "analyses": "analysis", "buses": "bus",
    "days": "day", "houses": "house", "cases": "case", "databases": "database", "keys": "key",
    "branches": "branch", "responses": "response", "indices": "index", "movies": "movie",
    "taxes": "tax", "invoices": "invoice", "processes": "process", "caches": "cache",
}  # fmt: skip
SAME = ["data", "news", "series", "status", "address", "bus", "sms", "analysis", "metadata"]


@pytest.mark.parametrize(("many", "one"), NOUNS.items())
def test_nouns_have_one_and_many(many: str, one: str) -> None:
    assert singular(many) == one
    assert singular(one) == one
    if many != "indices":
        assert plural(one) == many
    assert plural(many) == many


@pytest.mark.parametrize("noun", SAME)
def test_noun_that_only_looks_like_many_stays(noun: str) -> None:
    assert singular(noun) == noun


@pytest.mark.parametrize(
    ("table", "name"),
    [
        ("users", "User"),
        ("order_lines", "OrderLine"),
        ("list", "ListModel"[:4]),
        ("Exception", "ExceptionModel"),
        ("none", "NoneModel"),
        ("2fa", "Model2fa"),
        ("Größe", "Größe"),
        ("userProfiles", "UserProfile"),
        ("---", "Column"),
    ],
)
def test_class_of_a_table(table: str, name: str) -> None:
    assert identifiers.class_name(table) == name


@pytest.mark.parametrize(
    ("column", "name"),
    [
        ("uuid", "uuid"),
        ("metadata", "metadata_"),
        ("registry", "registry_"),
        ("class", "class_"),
        ("type", "type"),
        ("list", "list_"),
        ("createdAt", "created_at"),
        ("a b", "a_b"),
        ("", "column"),
        ("__x", "x"),
        ("1", "column_1"),
        ("straße", "straße"),
        ("_sa_instance_state", "sa_instance_state"),
    ],
)
def test_attribute_of_a_column(column: str, name: str) -> None:
    assert identifiers.attribute(column) == name


def row(name: str, *keys: ForeignKey, **more: Any) -> Table:
    columns = [Column("id", "integer", nullable=False, identity="by default")]
    columns += [Column(key.columns[0], "integer", nullable=True) for key in keys]
    return Table(name, tuple(columns), primary_key=PrimaryKey(("id",)), foreign_keys=keys, **more)


def key(column: str, table: str, **more: Any) -> ForeignKey:
    return ForeignKey((column,), table, ("id",), **more)


def code_of(*tables: Table) -> str:
    return module(Inventory(Schema("sqlite", tables))).code


def built(code: str) -> Schema:
    """The schema that the code makes in an empty SQLite; a warning of SQLAlchemy is an error."""
    made = types.ModuleType("dbwright_test_models")
    sys.modules[made.__name__] = made  # SQLAlchemy looks annotations up there
    namespace = vars(made)
    engine = create_engine("sqlite://")
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", exc.SAWarning)
            exec(compile(code, "models.py", "exec"), namespace)
            namespace["Base"].registry.configure()
            with engine.begin() as connection:
                namespace["Base"].metadata.create_all(connection)
            raw = engine.raw_connection()
            assert isinstance(raw.driver_connection, sqlite3.Connection)
            return sqlite_inventory.read(raw.driver_connection).schema
    finally:
        namespace["Base"].registry.dispose()
        engine.dispose()


def test_two_keys_to_one_table_say_which_is_meant() -> None:
    code = code_of(
        row("addresses"),
        row(
            "orders",
            key("billing_address_id", "addresses"),
            key("shipping_address_id", "addresses"),
        ),
    )
    assert "billing_address: Mapped" in code
    assert "shipping_orders: Mapped" in code
    assert "foreign_keys=[billing_address_id]" in code
    built(code)


def test_relationship_is_named_by_the_column_without_what_it_refers_to() -> None:
    team = Table("teams", (Column("name", "text", False),), primary_key=PrimaryKey(("name",)))
    member = row("members", ForeignKey(("team_name",), "teams", ("name",)))
    columns = (member.columns[0], Column("team_name", "text"))
    code = code_of(team, replace(member, columns=columns))
    assert 'team: Mapped["Team | None"] = relationship(back_populates="members")' in code
    built(code)


def test_keys_that_share_a_column_do_not_warn_of_each_other() -> None:
    whole = (Column("tenant_id", "integer", False), Column("id", "integer", False))
    user = Table("users", whole, primary_key=PrimaryKey(("tenant_id", "id")))
    both = ("tenant_id", "id")
    keys = tuple(
        ForeignKey(("tenant_id", name), "users", both) for name in ("buyer_id", "seller_id")
    )
    more = (Column("buyer_id", "integer", False), Column("seller_id", "integer", False))
    order = Table("orders", (*whole, *more), primary_key=PrimaryKey(both), foreign_keys=keys)
    code = code_of(user, order)
    assert 'overlaps="buyer,buyer_orders"' in code
    built(code)


def test_shorter_key_is_the_relationship_where_a_longer_one_only_guards_it() -> None:
    parent = row("users", uniques=(Unique(("id", "kind")),))
    parent = replace(parent, columns=(*parent.columns, Column("kind", "text", False)))
    guard = ForeignKey(("user_id", "kind"), "users", ("id", "kind"))
    child = row("notes", key("user_id", "users"))
    columns = (*child.columns, Column("kind", "text", False))
    child = replace(child, columns=columns, foreign_keys=(*child.foreign_keys, guard))
    code = code_of(parent, child)
    assert code.count("relationship(") == 2
    assert "ForeignKeyConstraint(" in code
    built(code)


def test_keys_in_a_circle_build_and_flush() -> None:
    code = code_of(
        row("teams", key("captain_id", "players")), row("players", key("team_id", "teams"))
    )
    assert "post_update=True" in code
    built(code)


def test_tree_has_a_parent_and_children() -> None:
    code = code_of(row("nodes", key("parent_id", "nodes", on_delete="CASCADE")))
    assert "remote_side=[id]" in code
    assert 'children: Mapped[list["Node"]]' in code
    built(code)


def test_key_that_dangles_keeps_its_column_and_is_told() -> None:
    from dbwright.recipes.reverse.selection import selected

    dangling = Inventory(Schema("sqlite", (row("a", key("b_id", "b")),)))
    left, told = selected(dangling, (), ())
    assert told == ("foreign key b_id of a: it refers to b, which is not here",)
    built(module(left).code)


@pytest.mark.parametrize(
    ("pairs", "columns"),
    [("friends", ("from", "to")), ("friend-list", ("a", "b")), ("friends", ("a b", "c.d"))],
)
def test_pairs_of_one_class_are_joined_whatever_their_names(
    pairs: str, columns: tuple[str, str]
) -> None:
    made = tuple(Column(name, "integer", nullable=False) for name in columns)
    ends = tuple(key(name, "person") for name in columns)
    found = Table(pairs, made, primary_key=PrimaryKey(columns), foreign_keys=ends)
    assert built(code_of(row("person"), found)).table(pairs) is not None
    composite = Table(
        "person",
        (Column("no", "integer", nullable=False), Column("at", "integer", nullable=False)),
        primary_key=PrimaryKey(("no", "at")),
    )
    names = ("from", "x", "to", "y")
    ends = tuple(ForeignKey(names[n : n + 2], "person", ("no", "at")) for n in (0, 2))
    found = Table(
        pairs,
        tuple(Column(name, "integer", nullable=False) for name in names),
        primary_key=PrimaryKey(names),
        foreign_keys=ends,
    )
    built(code_of(composite, found))


def test_table_without_a_key_is_a_plain_table() -> None:
    bare = Table("logs", (Column("text", "text"), Column("at", "datetime")))
    code = code_of(bare)
    assert "logs = Table(" in code
    assert "class" not in code.partition("class Base")[2]
    built(code)


def view_of(*indexes: Index) -> Table:
    columns = (Column("id", "integer"), Column("total", "integer"))
    return Table("totals", columns, kind="materialized view", indexes=indexes)


def test_view_is_mapped_by_its_smallest_unique_index_and_never_written() -> None:
    both, one = (IndexKey("id"), IndexKey("total")), (IndexKey("id"),)
    code = code_of(view_of(Index("a", both, unique=True), Index("b", one, unique=True)), row("x"))
    assert code.count("primary_key=True") == 2
    assert built(code).table("totals") is None
    made = types.ModuleType("dbwright_test_models")
    sys.modules[made.__name__] = made
    exec(compile(code, "models.py", "exec"), vars(made))
    engine = create_engine("sqlite://")
    with Session(engine) as session:
        session.execute(text("create table totals as select 1 as id, 5 as total"))
        total = session.get(made.Total, 1)
        assert total is not None
        assert total.total == 5
        total.total = 6
        with pytest.raises(TypeError, match="Total is a view: its rows are only read"):
            session.flush()
    made.Base.registry.dispose()
    engine.dispose()


@pytest.mark.parametrize(
    "index",
    [
        Index("a", (IndexKey("id"),)),
        Index("a", (IndexKey("id"),), unique=True, predicate="total > 0"),
        Index("a", (IndexKey(None, "abs(id)"),), unique=True),
        Index("a", (IndexKey("id"),), unique=True, valid=False),
    ],
)
def test_view_whose_rows_no_index_tells_apart_is_a_table(index: Index) -> None:
    code = code_of(view_of(index))
    assert 'totals = Table(\n    "totals",\n    views,' in code
    assert "class View" not in code


def test_tables_of_pairs_stand_where_both_their_classes_reach_them() -> None:
    def pair(name: str, one: str, other: str) -> Table:
        keys = (key(f"{one}_id", one), key(f"{other}_id", other))
        columns = tuple(Column(each.columns[0], "integer", False) for each in keys)
        own = PrimaryKey(tuple(column.name for column in columns))
        return Table(name, columns, primary_key=own, foreign_keys=keys)

    def chain(word: str) -> list[Table]:
        keys = [(), *((key(f"{word}_{n}_id", f"{word}_{n}"),) for n in range(9))]
        return [row(f"{word}_{n}", *own) for n, own in enumerate(keys)]

    near, far = pair("left_near", "left_1", "left_2"), pair("far", "left_3", "right_3")
    tables = (*chain("left"), *chain("right"), near, far)
    files = package(Inventory(Schema("sqlite", tables))).files
    assert sorted(files) == [
        "__init__.py", "associations.py", "base.py", "left_1.py", "right_3.py",
    ]  # fmt: skip
    assert "far = Table(" in files["associations.py"]
    assert "left_near = Table(" in files["left_1.py"]
    assert "from .associations import far" in files["left_1.py"]
    assert "    from .right_3 import Right3\n" in files["left_1.py"]


def test_values_of_the_database_never_become_code() -> None:
    nasty = '"""\n__import__("os").abort()\n\'\\'
    table = row("a", checks=(Check("'x' <> '\"\"\"'", 'c"\n'),), comment=nasty)
    columns = (*table.columns, Column(nasty, "integer", comment=nasty))
    schema = built(code_of(replace(table, columns=columns)))
    assert [column.name for column in schema.tables[0].columns] == ["id", nasty]


def test_names_of_the_database_never_become_code_of_a_package() -> None:
    nasty = '"""\\\n__import__("os").abort()\n\''
    tables = [row(nasty), *(row(f"t{n}", key("n_id", nasty)) for n in range(16))]
    files = package(Inventory(Schema("sqlite", tuple(tables)))).files
    for source in files.values():
        calls = [each for each in ast.walk(ast.parse(source)) if isinstance(each, ast.Call)]
        assert "abort" not in [getattr(each.func, "attr", "") for each in calls]
    assert any("abort" in name for name in files)


NAMES = st.sampled_from(
    [
        "id",
        "uuid",
        "metadata",
        "registry",
        "class",
        "type",
        "text",
        "date",
        "list",
        "order",
        "user_id",
        "tag",
        "tags",
        "Größe",
        "createdAt",
        "relationship",
        "func",
        "index",
        "table",
        "2nd",
    ]
)
TYPES = st.sampled_from(
    [
        "integer",
        "bigint",
        "text",
        "varchar(40)",
        "boolean",
        "date",
        "datetime",
        "numeric(10,2)",
        "json",
        "blob",
        "real",
        "uuid",
    ]
)


@st.composite
def schemas(draw: st.DrawFn) -> Schema:
    names = draw(st.lists(NAMES, min_size=1, max_size=4, unique_by=str.lower))
    tables: list[Table] = []
    for name in names:
        columns = draw(st.lists(NAMES, min_size=0, max_size=4, unique_by=str.lower))
        found = [Column("key", "integer", nullable=False, identity="by default")]
        found += [Column(each, draw(TYPES), draw(st.booleans())) for each in columns]
        keys = []
        for number, target in enumerate(draw(st.lists(st.sampled_from(names), max_size=3))):
            column = f"{target.lower()}_{number}_id"
            found.append(Column(column, "integer", draw(st.booleans())))
            action = draw(st.sampled_from([None, "CASCADE", "SET NULL", "RESTRICT"]))
            keys.append(ForeignKey((column,), target, ("key",), on_delete=action))
        picked = [each.name for each in found]
        uniques = draw(st.lists(st.sampled_from(picked), max_size=1))
        indexes = draw(st.lists(st.sampled_from(picked), max_size=2, unique=True))
        table = Table(
            name,
            tuple(found),
            primary_key=PrimaryKey(("key",)),
            foreign_keys=tuple(keys),
            uniques=tuple(Unique((each,)) for each in uniques),
            indexes=tuple(
                Index(f"ix {name} {each}", (IndexKey(each, None, draw(st.booleans())),))
                for each in indexes
            ),
        )
        tables.append(ordered(table))
    return Schema("sqlite", tuple(tables))


@settings(
    max_examples=40,
    derandomize=True,
    suppress_health_check=[HealthCheck.too_slow],
)
@given(schemas())
def test_any_schema_comes_back_as_it_was(schema: Schema) -> None:
    again = built(module(Inventory(schema)).code)
    assert structured(schema, again) == ()


def test_torture_schemas_are_there_for_each_dialect() -> None:
    folder = Path(__file__).parents[2] / "benchmarks" / "models" / "torture"
    assert {path.stem for path in folder.glob("*.sql")} == {"postgresql", "sqlite", "mariadb"}
