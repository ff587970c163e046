"""Tests of a design in a project are written for its session, or with an engine of their own."""

from __future__ import annotations

import ast

import pytest

from dbwright.core.brief import Brief, BriefAttribute, BriefEntity, BriefRelationship
from dbwright.core.mapping import Attribute, Mapper, Mapping, SQLType
from dbwright.core.schema import Column, ForeignKey, PrimaryKey, Schema, Table, Unique
from dbwright.recipes.design import designer, rows_there, write_project_tests
from dbwright.recipes.design.as_async import as_async
from dbwright.recipes.design.parts import Plan
from dbwright.recipes.design.rows_there import Unwritable
from dbwright.recipes.design.write_project_tests import Frame

HOMES = {"Author": "app.authors", "Book": "app.books", "Base": "app.base"}
TEXT = "String"
NUMBER = "Integer"


@pytest.fixture(scope="module")
def plan() -> Plan:
    brief = Brief(
        entities=(
            BriefEntity("Author", attributes=(BriefAttribute("name", length=80),)),
            BriefEntity("Book", attributes=(BriefAttribute("title", length=80),)),
        ),
        relationships=(BriefRelationship("Book", "Author", on_delete="cascade"),),
    )
    return designer.designed(brief, "postgresql")


def test_a_fixture_of_the_project_gives_the_session(plan: Plan) -> None:
    text = write_project_tests.written(plan, Frame("Base.metadata", fixture="db_session"), HOMES)
    names = {node.name for node in ast.parse(text).body if isinstance(node, ast.FunctionDef)}
    assert "engine" not in names
    assert "create_engine" not in text
    assert "def new_book(db_session: Session, **values: Any) -> Book:\n" in text
    assert '        values["author_id"] = new_author(db_session).id\n' in text
    assert "from app.books import Book\n" in text
    assert "from app.base" not in text


def test_an_engine_of_their_own_drops_only_what_it_made(plan: Plan) -> None:
    text = write_project_tests.written(plan, Frame("db.metadata"), {**HOMES, "db": "app"})
    assert "    db.metadata.drop_all(found, tables=made)\n" in text
    assert 'pytest.mark.skipif(not URL, reason="TEST_DATABASE_URL names no database")' in text
    assert "from app import db\n" in text
    other = write_project_tests.written(plan, Frame("db.metadata", default="sqlite://"), HOMES)
    assert 'os.environ.get("TEST_DATABASE_URL", "sqlite://")' in other
    assert "skipif" not in other


def test_async_tests_await_rows_and_what_talks_to_the_database(plan: Plan) -> None:
    frame = Frame("Base.metadata", fixture="session", is_async=True, marks="anyio")
    text = write_project_tests.written(plan, frame, HOMES)
    assert '        values["author_id"] = (await new_author(session)).id\n' in text
    assert "    return await saved(session, Book(**{**usual, **values}))\n" in text
    assert '    await session.refresh(parent, ["books"])\n' in text
    assert "    await session.delete(parent)\n" in text
    assert "    assert await session.scalar(select(func.count())" in text
    assert "pytestmark = pytest.mark.anyio\n" in text
    assert "async def test_book_is_taken(session: AsyncSession) -> None:" in text


def test_functions_without_the_session_stay_as_they_are() -> None:
    text = "def test_step(old: str) -> None:\n    row = Order(status=old)\n"
    assert as_async(text) == text


def _mapping(*, several: bool = False, own: bool = False) -> Mapping:
    keys = (ForeignKey(("team_id",), "teams", ("id",)),)
    if several:
        keys = (ForeignKey(("team_id", "email"), "teams", ("id", "name")),)
    columns = (Column("id", "bigint", nullable=False), Column("email", "text", nullable=False),
               Column("team_id", "bigint", nullable=False), Column("bio", "text"),
               Column("seen", "integer", nullable=False, default="0"))  # fmt: skip
    users = Table("users", columns=columns, primary_key=PrimaryKey(("id",)), foreign_keys=keys,
                  uniques=(Unique(("email",)),))  # fmt: skip
    teams = Table("teams", columns=(columns[0], Column("name", "text", nullable=False)),
                  primary_key=PrimaryKey(("id",)))  # fmt: skip
    integer, text = SQLType("BigInteger", (NUMBER,)), SQLType("Odd" if own else TEXT)
    kinds = {"id": integer, "email": text, "team_id": integer, "bio": text, "seen": integer}
    user = Mapper("User", "app.models.User", "users", tuple(
        Attribute(name, "users", name, kind, primary_key=name == "id")
        for name, kind in kinds.items()
    ))  # fmt: skip
    team = Mapper("Team", "app.models.Team", "teams", (
        Attribute("id", "teams", "id", integer, primary_key=True),
        Attribute("name", "teams", "name", SQLType(TEXT, length=3))))  # fmt: skip
    return Mapping(Schema("postgresql", (users, teams)), (user, team))


def test_a_row_that_is_there_brings_what_it_refers_to() -> None:
    team, user = rows_there.factories(_mapping(), ["User"])
    assert '        "name": "nam",\n' in team
    assert '        values["team_id"] = new_team(session).id\n' in user
    assert '        "email": f"user{n}@example.com",\n' in user
    assert "bio" not in user
    assert "seen" not in user


@pytest.mark.parametrize(
    ("mapping", "said"),
    [(_mapping(several=True), "several columns"), (_mapping(own=True), "a type of its own")],
    ids=["key", "type"],
)
def test_a_row_that_nothing_tells_how_to_write_is_told(mapping: Mapping, said: str) -> None:
    with pytest.raises(Unwritable, match=said):
        rows_there.factories(mapping, ["User"])
