"""Changes between two schemas: what is asked, what is written, in which order."""

from dataclasses import replace

import pytest

from dbwright.core.authoring import Meant
from dbwright.core.errors import FixError, UsageError
from dbwright.core.schema import (
    Check,
    Column,
    EnumType,
    ForeignKey,
    Index,
    IndexKey,
    NamedObject,
    PrimaryKey,
    Schema,
    Table,
    Trigger,
)
from dbwright.recipes import autogenerate, autogenerate_questions
from dbwright.recipes.autogenerate_change import phases
from dbwright.recipes.autogenerate_renames import renames
from dbwright.recipes.revision import Phase

KEY = Column("id", "integer", nullable=False, default="nextval(owned sequence)")
NAME = Column("name", "character varying(80)", nullable=False)
NOTHING = Meant()


def table(name: str, *columns: Column, **parts: object) -> Table:
    key = PrimaryKey(("id",), f"{name}_pkey")
    return Table(name, (KEY, *columns), primary_key=key, **parts)  # type: ignore[arg-type]


def schema(*tables: Table, **parts: object) -> Schema:
    return Schema("postgresql", tables, **parts)  # type: ignore[arg-type]


def written(models: Schema, migrated: Schema, meant: Meant = NOTHING) -> tuple[Phase, ...]:
    draft = autogenerate.draft(models, migrated, models, meant)
    return phases(draft.changes, "", timeout=True)


def asked(models: Schema, migrated: Schema, meant: Meant = NOTHING) -> dict[str, list[str]]:
    found = autogenerate_questions.questions(models, migrated, meant)
    return {q.subject: [f"{c.option} {c.value}" for c in q.choices] for q in found}


def test_a_dropped_column_is_asked_with_the_likely_rename_first() -> None:
    models = schema(table("users", replace(NAME, name="age"), replace(NAME, name="names")))
    found = asked(models, schema(table("users", NAME)))
    assert found["users.name"] == [
        "rename users.name:names",
        "rename users.name:age",
        "drop users.name",
        "keep users.name",
    ]


def test_nothing_is_asked_about_what_was_said() -> None:
    meant = Meant(drops=frozenset({"users.name"}))
    assert asked(schema(table("users")), schema(table("users", NAME)), meant) == {}


def test_a_dropped_table_is_a_rename_only_of_one_with_its_columns() -> None:
    models = schema(table("people", NAME), table("things", Column("weight", "bigint")))
    found = asked(models, schema(table("users", NAME)))
    assert found["users"] == ["rename-table users:people", "drop users", "keep users"]


def test_a_column_with_a_default_needs_no_value() -> None:
    models = schema(table("users", replace(NAME, default="''::character varying")))
    assert asked(models, schema(table("users"))) == {}
    assert "users.name" in asked(schema(table("users", NAME)), schema(table("users")))


def test_a_partition_is_nobodys_dropped_table() -> None:
    part = table("events_2026", NAME, kind="partition")
    assert asked(schema(), schema(part)) == {}
    draft = autogenerate.draft(schema(), schema(part), schema(), NOTHING)
    assert draft.changes == ()
    assert draft.left_alone == ("table events_2026",)


def test_what_metadata_cannot_declare_is_left_alone() -> None:
    trigger = Trigger("t", "CREATE TRIGGER t BEFORE INSERT ON users EXECUTE FUNCTION f()")
    function = NamedObject("f()", "function", "CREATE FUNCTION f() …")
    migrated = schema(table("users", triggers=(trigger,)), others=(function,))
    draft = autogenerate.draft(schema(table("users")), migrated, schema(), NOTHING)
    assert draft.changes == ()
    assert set(draft.left_alone) == {"trigger t of users", "function f()"}


def test_an_option_about_nothing_names_the_nearest() -> None:
    migrated = schema(table("users", NAME))
    meant = Meant(drops=frozenset({"users.nam"}))
    with pytest.raises(UsageError) as raised:
        autogenerate_questions.check_names(migrated, schema(), meant)
    assert "users.name" in str(raised.value)


def test_an_answer_to_no_question_is_refused() -> None:
    models = schema(table("users", NAME))
    for meant in (Meant(drops=frozenset({"users.name"})), Meant(fills={"users.name": "'x'"})):
        with pytest.raises(UsageError):
            autogenerate_questions.check_needed(models, models, meant)


def test_what_is_to_be_kept_is_left_alone() -> None:
    migrated = schema(table("users", NAME, checks=(Check("name <> ''", "ck"),)))
    meant = Meant(keeps=frozenset({"ck"}))
    draft = autogenerate.draft(schema(table("users", NAME)), migrated, schema(), meant)
    assert draft.changes == ()
    assert draft.left_alone == ("check ck",)


def test_new_tables_stand_behind_those_that_they_refer_to() -> None:
    key = ForeignKey(("b_id",), "b", ("id",), name="a_b_id_fkey")
    models = schema(table("a", Column("b_id", "integer"), foreign_keys=(key,)), table("b"))
    (phase,) = written(models, schema())
    assert phase.upgrade.index('"b",') < phase.upgrade.index('"a",')
    assert phase.downgrade.index('drop_table("a")') < phase.downgrade.index('drop_table("b")')


def test_keys_in_a_circle_are_added_when_both_tables_are_there() -> None:
    one = ForeignKey(("b_id",), "b", ("id",), name="a_b_id_fkey")
    other = ForeignKey(("a_id",), "a", ("id",), name="b_a_id_fkey")
    models = schema(
        table("a", Column("b_id", "integer"), foreign_keys=(one,)),
        table("b", Column("a_id", "integer"), foreign_keys=(other,)),
    )
    (phase,) = written(models, schema())
    assert phase.upgrade.count("sa.ForeignKeyConstraint") == 1
    assert phase.upgrade.index("ADD CONSTRAINT") > phase.upgrade.rindex("op.create_table")


def test_a_check_is_validated_in_a_revision_of_its_own() -> None:
    models = schema(table("users", NAME, checks=(Check("name <> ''", "ck"),)))
    first, last = written(models, schema(table("users", NAME)))
    assert "postgresql_not_valid=True" in first.upgrade
    assert "lock_timeout" in first.upgrade
    assert "autocommit_block" in last.upgrade
    assert "VALIDATE CONSTRAINT ck" in last.upgrade


def test_all_validations_share_one_revision() -> None:
    checks = (Check("name <> ''", "one"), Check("name <> 'x'", "two"))
    models = schema(table("users", NAME, checks=checks))
    _, last = written(models, schema(table("users", NAME)))
    assert last.upgrade.count("VALIDATE") == 2
    assert last.title == "Validate one on users and 1 more"


def test_a_label_in_the_middle_keeps_its_place() -> None:
    before = EnumType("state", ("open", "paid"))
    models = schema(enums=(replace(before, values=("open", "held", "paid")),))
    (phase,) = written(models, schema(enums=(before,)))
    assert "ADD VALUE IF NOT EXISTS 'held' BEFORE 'paid'" in phase.upgrade


def test_an_enum_that_no_column_used_is_left_alone() -> None:
    migrated = schema(enums=(EnumType("state", ("open",)),))
    draft = autogenerate.draft(schema(), migrated, schema(), NOTHING)
    assert draft.left_alone == ("type state",)


def test_a_changed_index_is_there_before_the_old_one_goes() -> None:
    old = Index("ix", (IndexKey("name"),))
    models = schema(table("users", NAME, indexes=(replace(old, method="hash"),)))
    build, exchange = written(models, schema(table("users", NAME, indexes=(old,))))
    assert '"ix_new"' in build.upgrade
    assert "RENAME TO ix" in exchange.upgrade


def test_a_view_is_made_anew_around_a_change_of_its_column() -> None:
    view = Table("v", (NAME,), kind="view", definition=" SELECT name FROM users;")
    view = replace(view, info={"reads": ("users", "users.name")})
    old = table("users", NAME)
    new = table("users", replace(NAME, type="text"))
    (phase,) = written(schema(new, view), schema(old, view))
    parts = [phase.upgrade.index(w) for w in ("DROP VIEW v", "alter_column", "CREATE VIEW v")]
    assert parts == sorted(parts)


def test_a_key_that_others_refer_to_is_not_changed() -> None:
    referring = ForeignKey(("u_id",), "users", ("id",), name="fk")
    other = table("orders", Column("u_id", "integer"), foreign_keys=(referring,))
    wider = replace(table("users", NAME), primary_key=PrimaryKey(("id", "name"), "users_pkey"))
    with pytest.raises(FixError, match="fk of orders"):
        written(schema(wider, other), schema(table("users", NAME), other))


def test_a_downgrade_without_the_values_stops_where_there_are_rows() -> None:
    migrated = schema(table("users", NAME))
    meant = Meant(drops=frozenset({"users.name"}))
    (phase,) = written(schema(table("users")), migrated, meant)
    assert "raise RuntimeError" in phase.downgrade
    meant = replace(meant, fills_back={"users.name": "'x'"})
    (phase,) = written(schema(table("users")), migrated, meant)
    assert "raise" not in phase.downgrade
    assert "UPDATE users SET name = 'x'" in phase.downgrade


def test_a_table_moved_to_another_schema_is_no_new_one() -> None:
    meant = Meant(table_renames={"users": "people.persons"})
    (rename,) = renames(schema(table("users")), meant)
    assert rename.statements == (
        "CREATE SCHEMA IF NOT EXISTS people",
        "ALTER TABLE users SET SCHEMA people",
        "ALTER TABLE people.users RENAME TO persons",
    )
