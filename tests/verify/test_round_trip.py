"""Rows that fit the models to come: what the generator is told of both schemas."""

from dbwright.core.schema import (
    Check,
    Column,
    EnumType,
    Exclude,
    Index,
    IndexKey,
    Schema,
    Table,
)
from dbwright.verify.round_trip import aids, fitting


def of(*columns: Column, **parts: object) -> Schema:
    enums = parts.pop("enums", ())
    return Schema("postgresql", (Table("t", columns, **parts),), enums)  # type: ignore[arg-type]


def column_of(found: Schema) -> Column:
    return found.tables[0].columns[0]


def test_the_narrower_of_two_types_makes_the_values() -> None:
    wide, narrow = Column("a", "character varying(80)"), Column("a", "character varying(8)")
    assert column_of(fitting(of(wide), of(narrow), set(), set())).type == narrow.type
    assert column_of(fitting(of(narrow), of(wide), set(), set())).type == narrow.type


def test_texts_are_made_so_that_the_cast_takes_them() -> None:
    found = fitting(of(Column("a", "text")), of(Column("a", "integer")), set(), set())
    assert column_of(found).type == "text"
    assert found.tables[0].checks == (Check("a ~ '^[1-9][0-9]{0,3}$'"),)


def test_on_another_server_they_are_told_in_its_words_and_by_its_types() -> None:
    def lite(*columns: Column, dialect: str = "sqlite") -> Schema:
        return Schema(dialect, (Table("t", columns),))

    before, after = lite(Column("a", "varchar(9)")), lite(Column("a", "integer"))
    found = fitting(before, after, set(), set())
    assert found.tables[0].checks == (Check("a REGEXP '^[1-9][0-9]{0,3}$'"),)
    wide = lite(Column("a", "varchar(80)"), dialect="mariadb")
    narrow = lite(Column("a", "varchar(8)"), dialect="mariadb")
    assert column_of(fitting(narrow, wide, set(), set())).type == "varchar(8)"
    assert column_of(fitting(wide, narrow, set(), set())).type == "varchar(8)"


def test_texts_for_an_enum_are_its_labels() -> None:
    after = of(Column("a", "mood"), enums=(EnumType("mood", ("it's", "ok")),))
    found = fitting(of(Column("a", "text")), after, set(), set())
    assert found.tables[0].checks == (Check("\"a\" in ('it''s', 'ok')"),)


def test_a_column_to_be_filled_keeps_its_nulls() -> None:
    before, after = of(Column("a", "text")), of(Column("a", "text", nullable=False))
    assert not column_of(fitting(before, after, set(), set())).nullable
    assert column_of(fitting(before, after, {"t.a"}, set())).nullable


def test_a_label_that_no_row_has_is_in_no_row() -> None:
    schema = of(Column("a", "mood"), enums=(EnumType("mood", ("sad", "ok")),))
    assert fitting(schema, schema, set(), {"mood.sad"}).enums[0].values == ("ok",)


def test_only_what_is_new_and_has_its_columns_helps_the_generator() -> None:
    key = IndexKey(expression="lower(a)")
    index = Index("ux", (key,), unique=True, uses=("a",))
    exclude = Exclude("no", "EXCLUDE USING gist (b WITH &&)", ("b",))
    before = of(Column("a", "text"))
    after = of(Column("a", "text"), indexes=(index,), excludes=(exclude,))
    (aid,) = aids(before, after)
    assert aid == (
        "CREATE UNIQUE INDEX dbwright_aid_0 ON t ((lower(a)))",
        "DROP INDEX dbwright_aid_0",
    )
    assert aids(after, after) == []
