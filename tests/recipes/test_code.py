"""Code for revisions: SQL that stays what it is, whatever it is wrapped or indented by."""

import textwrap

from dbwright.core.schema import Column, EnumType, Schema
from dbwright.recipes import code
from dbwright.recipes.sqlalchemy_code import column_code, type_code

ENUMS = (Schema("postgresql", enums=(EnumType("mood", ("sad", "ok"), "app"),)),)


def executed(text: str) -> str:
    """Gives the SQL that the code hands to `op.execute`, after one more indentation."""
    found: list[str] = []

    class Op:
        execute = found.append

    body = f"def upgrade():\n{textwrap.indent(text, '    ')}\n"
    names: dict[str, object] = {"op": Op}
    exec(body, names)
    names["upgrade"]()  # type: ignore[operator]
    return found[0]


def test_a_literal_is_never_cut() -> None:
    literal = "'many  words in " + "a very long " * 9 + "literal'"
    sql = f"ALTER TABLE orders ADD CONSTRAINT ck_orders_note CHECK (note <> {literal})"
    assert literal in executed(code.execute(sql))


def test_a_body_keeps_every_space() -> None:
    body = "CREATE FUNCTION f() RETURNS text AS $$\n  begin\n\n    return 'a\\b';\n  end $$"
    assert executed(code.verbatim(body)) == body


def test_types_of_the_catalog_have_sqlalchemys_names() -> None:
    assert type_code("numeric(12,2)", ()) == "sa.Numeric(precision=12, scale=2)"
    assert type_code("timestamp(3) with time zone", ()) == (
        "postgresql.TIMESTAMP(timezone=True, precision=3)"
    )
    assert type_code("app.mood[]", ENUMS) == (
        'postgresql.ARRAY(postgresql.ENUM("sad", "ok", name="mood", schema="app", '
        "create_type=False))"
    )
    assert type_code("geometry(Point,4326)", ()) is None


def test_an_integer_key_without_a_sequence_gets_none() -> None:
    made = column_code(Column("id", "integer", nullable=False), (), plain_key=True)
    assert made == 'sa.Column("id", sa.Integer(), autoincrement=False, nullable=False)'


def test_a_serial_column_beside_the_key_is_left_to_sql() -> None:
    serial = Column("n", "integer", default="nextval(owned sequence)")
    assert column_code(serial, ()) is None
