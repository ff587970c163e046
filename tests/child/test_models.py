"""Models of every style are read as facts with the lines that they stand on."""

from __future__ import annotations

import time

import pytest

from dbwright.core.codec import from_json
from dbwright.core.mapping import Mapping

SHOP = """
import datetime, enum, uuid
from typing import List, Optional
import sqlalchemy as sa
from sqlalchemy import ForeignKey, Index, UniqueConstraint, CheckConstraint
from sqlalchemy.dialects import postgresql as pg
from sqlalchemy.ext.mutable import MutableDict
from sqlalchemy.orm import DeclarativeBase, Mapped, backref, mapped_column, relationship

class Base(DeclarativeBase):
    metadata = sa.MetaData(naming_convention={
        "uq": "uq_%(table_name)s_%(column_0_name)s", "ix": "ix_%(column_0_label)s"})

class Stamped:
    created: Mapped[datetime.datetime] = mapped_column(default=datetime.datetime.utcnow)

class Age(enum.Enum):
    new = 1
    old = 2

class User(Stamped, Base):
    __tablename__ = "users"
    id: Mapped[int] = mapped_column(primary_key=True)
    email: Mapped[Optional[str]] = mapped_column(sa.String(40), unique=True)
    secret: Mapped[str] = mapped_column("pass", sa.Text, nullable=False, deferred=True)
    age: Mapped[Age] = mapped_column(server_default="new")
    data: Mapped[dict] = mapped_column(MutableDict.as_mutable(pg.JSONB), default={})
    posts: Mapped[List["Post"]] = relationship(
        back_populates="author", cascade="all, delete-orphan", order_by="Post.id")
    def __repr__(self):
        return f"<User {self.email} {self.secret}>"

class Post(Base):
    __tablename__ = "posts"
    __table_args__ = (
        CheckConstraint("length(title) > 3", name="long_title"),
        Index("ix_low", sa.text("lower(title)"), postgresql_where=sa.text("author_id > 0"),
              postgresql_using="gin", postgresql_include=["id"]),
        {"schema": "blog", "comment": "what they write"},
    )
    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=uuid.uuid4)
    title: Mapped[str] = mapped_column(sa.VARCHAR(9), info={"pii": True})
    price = sa.Column(sa.Numeric(10, 2))
    kind: Mapped[str] = mapped_column(sa.String(4))
    author_id: Mapped[int] = mapped_column(ForeignKey("users.id", ondelete="cascade"), index=True)
    author: Mapped["User"] = relationship(back_populates="posts", lazy="joined")
    total = sa.Column(sa.Integer, sa.Computed("author_id * 2", persisted=True))
    __mapper_args__ = {"polymorphic_on": "kind", "polymorphic_identity": "post"}

class Note(Post):
    __mapper_args__ = {"polymorphic_identity": "note"}

tags = sa.Table(
    "tags", Base.metadata,
    sa.Column("id", sa.BigInteger, sa.Identity(always=True), primary_key=True),
    sa.Column("name", sa.DateTime(timezone=True), server_default=sa.func.now()),
)
"""


def at(code: str, text: str) -> str:
    """Gives the place of the first line that has the text."""
    return f"models.py:{next(n for n, line in enumerate(code.splitlines(), 1) if text in line)}"


@pytest.fixture
def shop(lab) -> Mapping:
    return from_json(Mapping, lab.models(SHOP))


def test_columns_are_spelled_as_the_database_spells_them(shop):
    users, posts, tags = (shop.schema.table(key) for key in ("users", "blog.posts", "tags"))
    assert {column.name: column.type for column in users.columns} == {
        "created": "timestamp without time zone",
        "id": "integer",
        "email": "character varying(40)",
        "pass": "text",
        "age": "age",
        "data": "jsonb",
    }
    assert users.column("id").default == "nextval('users_id_seq'::regclass)"
    assert users.column("age").default == "'new'"
    assert posts.column("price").type == "numeric(10,2)"
    assert posts.column("total").computed == "author_id * 2"
    assert tags.column("id").identity == "always"
    assert tags.column("name").default == "now()"
    assert shop.schema.enum("age").values == ("new", "old")
    assert posts.comment == "what they write"


def test_constraints_and_indexes_have_all_their_parts(shop):
    users, posts = shop.schema.table("users"), shop.schema.table("blog.posts")
    assert [unique.name for unique in users.uniques] == ["uq_users_email"]
    (foreign_key,) = posts.foreign_keys
    assert (foreign_key.columns, foreign_key.referred) == (("author_id",), "users")
    assert foreign_key.on_delete == "CASCADE"
    assert posts.checks[0].expression == "length(title) > 3"
    low = next(index for index in posts.indexes if index.name == "ix_low")
    assert (low.keys[0].expression, low.predicate) == ("lower(title)", "author_id > 0")
    assert (low.method, low.include) == ("gin", ("id",))
    assert str(low.place) == at(SHOP, 'Index("ix_low"')
    assert str(posts.checks[0].place) == at(SHOP, 'CheckConstraint("length')
    assert shop.naming_convention == ("ix", "uq")


def test_attributes_tell_annotation_default_and_place(shop):
    user = shop.mapper("dbwright_code_0.User")
    facts = {attribute.name: attribute for attribute in user.attributes}
    assert (facts["email"].annotation, facts["email"].optional) == ("Optional[str]", True)
    assert facts["secret"].column == "pass"
    assert facts["secret"].deferred
    assert facts["secret"].explicit_nullable is False
    assert facts["created"].default.value == "datetime.utcnow"
    assert str(facts["created"].place) == at(SHOP, "created: ")
    assert facts["data"].default.type == "dict"
    assert facts["data"].type.mutable
    assert facts["age"].type.enum_class == "Age"
    assert user.repr_attributes == ("email", "secret")
    assert str(user.place) == at(SHOP, "class User")


def test_relationships_are_told_with_both_sides(shop):
    posts = shop.mapper("dbwright_code_0.User").relationship("posts")
    assert (posts.direction, posts.uselist, posts.lazy) == ("ONETOMANY", True, "select")
    assert posts.target_table == "blog.posts"
    assert (posts.back_populates, posts.pairs) == ("author", (("id", "author_id"),))
    assert "delete-orphan" in posts.cascade
    assert shop.mapper("dbwright_code_0.Post").relationship("author").lazy == "joined"


def test_inheritance_and_bare_tables_are_told(shop):
    note = shop.mapper("dbwright_code_0.Note")
    assert (note.inheritance, note.polymorphic_identity) == ("single", "note")
    assert note.attribute_of("title").inherited
    tags = shop.schema.table("tags")
    assert str(tags.place) == at(SHOP, "tags = sa.Table(")
    assert str(tags.column("name").place) == at(SHOP, 'sa.Column("name"')


BROKEN = """
from sqlalchemy import ForeignKey
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column, relationship
class Base(DeclarativeBase): pass
class A(Base):
    __tablename__ = "a"
    id: Mapped[int] = mapped_column(primary_key=True)
    bs = relationship("Bee")
class B(Base):
    __tablename__ = "b"
    id: Mapped[int] = mapped_column(primary_key=True)
    a_id: Mapped[int] = mapped_column(ForeignKey("a.id"))
    cs = relationship("C")
class C(Base):
    __tablename__ = "c"
    id: Mapped[int] = mapped_column(primary_key=True)
class D(Base):
    __tablename__ = "d"
    id: Mapped[int] = mapped_column(primary_key=True)
    e_id: Mapped[int] = mapped_column(ForeignKey("e.id"))
    one = relationship("E")
    two = relationship("E")
class E(Base):
    __tablename__ = "e"
    id: Mapped[int] = mapped_column(primary_key=True)
    ds = relationship("D", foreign_keys="D.e_id")
"""


def test_every_broken_mapper_is_reported_with_its_line(lab):
    mapping = from_json(Mapping, lab.models(BROKEN))
    errors = {
        (str(problem.place), problem.attribute)
        for problem in mapping.problems
        if problem.severity == "error"
    }
    assert errors == {(at(BROKEN, "bs ="), "bs"), (at(BROKEN, "cs ="), "cs")}
    warnings = [problem for problem in mapping.problems if problem.severity == "warning"]
    assert warnings
    assert (warnings[0].mapper, warnings[0].attribute) == ("dbwright_code_0.D", "two")
    assert str(warnings[0].place) == at(BROKEN, "two =")
    assert "Background" not in warnings[0].message
    assert len(mapping.mappers) == 5


SQLMODEL = """
from typing import Optional
from sqlmodel import Field, SQLModel
class Hero(SQLModel, table=True):
    id: Optional[int] = Field(default=None, primary_key=True)
    name: str = Field(index=True)
    key: str = Field(repr=False)
"""


def test_sqlmodel_is_read_again_and_again(lab):
    lab.requires("sqlmodel")
    worker = lab.worker()
    for _ in range(3):
        read = worker.call("models", code=SQLMODEL, filename="hero.py")["mapping"]
        (hero,) = from_json(Mapping, read).mappers
        assert hero.repr_attributes == ("id", "name")
        assert hero.attribute_of("id").optional
        assert str(hero.place) == "hero.py:4"


DATACLASS = """
from sqlalchemy.orm import DeclarativeBase, Mapped, MappedAsDataclass, mapped_column, registry
from sqlalchemy import Column, Integer, Table, Text
class Base(MappedAsDataclass, DeclarativeBase): pass
class A(Base):
    __tablename__ = "a"
    id: Mapped[int] = mapped_column(primary_key=True, init=False)
    key: Mapped[str] = mapped_column(repr=False, default="x")
mapper_registry = registry(metadata=Base.metadata)
class Plain:
    pass
mapper_registry.map_imperatively(
    Plain,
    Table("plain", mapper_registry.metadata, Column("id", Integer, primary_key=True),
          Column("text", Text)),
)
"""


def test_dataclasses_and_imperative_mappings_are_read(lab):
    mapping = from_json(Mapping, lab.models(DATACLASS))
    first, plain = mapping.mappers
    assert first.repr_attributes == ("id",)
    assert str(plain.attribute_of("text").place) == "models.py:15"


def test_models_come_from_a_spec_a_file_and_an_environment(lab):
    lab.project()
    worker = lab.worker()
    sources = (
        {"spec": "models:Base"},
        {"spec": "models"},
        {"file": "models.py"},
        {"config": "alembic.ini", "section": None},
    )
    for source in sources:
        found = worker.call("models", **source)["mapping"]
        assert [item["qualified"] for item in found["mappers"]] == ["models.User"]
        assert found["mappers"][0]["place"] == {"file": "models.py", "line": 5}


def test_several_metadata_of_one_environment_are_read_together(lab):
    env = """
    from alembic import context
    import models
    context.configure(url="postgresql://", target_metadata=[models.Base.metadata, models.other])
    """
    lab.project(env=env)
    more = "import sqlalchemy as sa\nother = sa.MetaData()\nsa.Table('o', other, sa.Column('i'))\n"
    lab.write({"models.py": (lab.root / "models.py").read_text() + more})
    tables = lab.worker().call("models", config="alembic.ini", section=None)["mapping"]["schema"]
    assert [table["name"] for table in tables["tables"]] == ["users", "o"]


def test_settings_of_a_pyproject_are_read(lab, make_revision):
    versions = lab.worker().call("versions")
    if tuple(map(int, versions["alembic"].split(".")[:2])) < (1, 16):
        pytest.skip("needs Alembic 1.16")
    lab.project(make_revision("a1", None, "pass"))
    (lab.root / "alembic.ini").unlink()
    lab.write({"pyproject.toml": "[tool.alembic]\nscript_location = 'migrations'\n"})
    found = lab.worker().call("history", config="pyproject.toml", section=None)
    assert found["heads"] == ["a1"]


FLASK = {
    "shop/__init__.py": """
        from flask import Flask
        from flask_migrate import Migrate
        from flask_sqlalchemy import SQLAlchemy
        db = SQLAlchemy()
        class Item(db.Model):
            id = db.Column(db.Integer, primary_key=True)
        def create_app(test=False):
            app = Flask("shop")
            app.config["SQLALCHEMY_DATABASE_URI"] = "postgresql://prod/x"
            db.init_app(app)
            Migrate(app, db)
            return app
    """,
    "migrations/alembic.ini": "[alembic]\n",
}


def test_the_environment_of_flask_migrate_runs_in_its_application(lab, make_revision):
    lab.requires("flask_migrate")
    flask_migrate = pytest.importorskip("flask_migrate")
    from pathlib import Path

    template = Path(flask_migrate.__file__).parent / "templates/flask/env.py"
    lab.write(FLASK)
    lab.write({"migrations/env.py": template.read_text().replace("fileConfig(", "print(")})
    make = make_revision("a1", None, 'op.create_table("item", sa.Column("id", sa.Integer))')
    lab.write({"migrations/versions/a1.py": make})
    worker = lab.worker()
    source = {"config": "migrations/alembic.ini", "section": None}
    found = worker.call("models", **source)["mapping"]
    assert [item["name"] for item in found["mappers"]] == ["Item"]
    worker.call("upgrade", lab.host(), **source, revision="head")
    assert lab.query("select count(*) from item") == [(0,)]


def test_a_thousand_models_take_seconds(lab):
    one = """
class M{n}(Base):
    __tablename__ = "m{n}"
    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[Optional[str]] = mapped_column(index=True)
    parent_id: Mapped[Optional[int]] = mapped_column(ForeignKey("m{p}.id"))
    parent: Mapped[Optional["M{p}"]] = relationship()
"""
    head = SHOP[: SHOP.index("class Stamped")]
    code = head + "".join(one.format(n=n, p=max(0, n - 1)) for n in range(1000))
    worker = lab.worker()
    worker.call("versions")
    started = time.monotonic()
    found = worker.call("models", code=code, filename="models.py")["mapping"]
    assert len(found["mappers"]) == 1000
    assert time.monotonic() - started < 30
