"""Rows that are loaded to be counted, read from source; in a run the count is the same."""

from __future__ import annotations

import asyncio
import inspect
import sys
from collections.abc import Iterator
from pathlib import Path
from textwrap import dedent
from typing import Any

import pytest
from sqlalchemy import create_engine, event
from sqlalchemy.orm import Session

from dbwright.core.application import Application, Counted
from dbwright.core.mapping import Mapping
from dbwright.core.source import Source
from dbwright.jobs.models import read_mapping
from dbwright.recipes.loops.scan import scanned
from dbwright.recipes.loops.splices import spliced
from dbwright.scratch.worker import Worker

MODELS = """
import sqlalchemy as sa
from typing import Any, Optional
from sqlalchemy import ForeignKey, and_, delete, func, not_, or_, select, text
from sqlalchemy.orm import DeclarativeBase, Mapped, aliased, joinedload, mapped_column
from sqlalchemy.orm import relationship, selectinload, with_loader_criteria

class Base(DeclarativeBase):
    pass

class Author(Base):
    __tablename__ = "author"
    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str]
    posts: Mapped[list["Post"]] = relationship(back_populates="author", lazy="joined")

class Post(Base):
    __tablename__ = "post"
    id: Mapped[int] = mapped_column(primary_key=True)
    kind: Mapped[Optional[str]]
    author_id: Mapped[Optional[int]] = mapped_column(ForeignKey("author.id"))
    author: Mapped[Optional[Author]] = relationship(back_populates="posts")

class Worker(Base):
    __tablename__ = "worker"
    id: Mapped[int] = mapped_column(primary_key=True)
    type: Mapped[str]
    __mapper_args__ = {"polymorphic_on": "type", "polymorphic_identity": "worker"}

class Cook(Worker):
    __mapper_args__ = {"polymorphic_identity": "cook"}

class Boss(Worker):
    __tablename__ = "boss"
    id: Mapped[int] = mapped_column(ForeignKey("worker.id"), primary_key=True)
    car: Mapped[Optional[str]]
    __mapper_args__ = {"polymorphic_identity": "boss"}

def fill(session):
    kinds = ("a", "b", None, "a", "c", "b", "a")
    for number in range(4):
        posts = [Post(kind=kinds[(number + part) % 7]) for part in range(number)]
        session.add(Author(name=f"author {number % 3}", posts=posts))
    session.add_all([Post(kind="a"), Post(kind="b"), Worker(), Cook(), Cook(), Boss(car="c")])
    session.flush()

KIND = "a"
OPEN = select(Post).where(Post.kind == "b").order_by(Post.id)
"""
ALIKE = {
    "all of a class": ("return len(session.scalars(select(Post)).all())", "or 0"),
    "a condition": (
        "return len(session.scalars(select(Post).where(Post.kind == KIND)).all())",
        "return session.scalar(select(func.count()).select_from(Post).where(Post.kind == KIND)) or"
        " 0",
    ),
    "an order and options": (
        "return len(session.scalars(select(Author).options(selectinload(Author.posts))"
        ".order_by(Author.name)).unique().all())",
        "return session.scalar(select(func.count()).select_from(Author)) or 0",
    ),
    "a list of it": ("return len(list(session.scalars(select(Post).filter_by(kind=KIND))))",
                     ".select_from(Post).filter_by(kind=KIND)) or 0"),
    "a tuple of rows": ("return len(tuple(session.execute(select(Post.id, Post.kind))))",
                        "session.execute(select(func.count()).select_from(Post)).scalar_one()"),
    "execute and scalars": ("return len(session.execute(select(Post)).scalars().all())",
                            ".scalar_one()"),
    "rows fetched": ("return len(session.execute(select(Post.kind)).fetchall())", ".scalar_one()"),
    "a module's alias": (
        "return len(session.scalars(sa.select(Post)).all())",
        "return session.scalar(sa.select(sa.func.count()).select_from(Post)) or 0",
    ),
    "joined rows that are not made fewer": (
        "return len(session.scalars(select(Post).join(Post.author).where(Author.name != 'x'))"
        ".all())",
        ".join(Post.author)",
    ),
    "joined from the other side": (
        "return len(session.execute(select(Author.id).join(Author.posts)).all())",
        ".select_from(Author).join(Author.posts)",
    ),
    "an outer join": (
        "return len(session.execute(select(Author.id).outerjoin(Author.posts)).all())",
        ".outerjoin(Author.posts)",
    ),
    "a join and distinct objects": (
        "return len(session.scalars(select(Author).join(Author.posts).distinct()).unique().all())",
        "select(Author).join(Author.posts).distinct().subquery()",
    ),
    "distinct values": ("return len(session.scalars(select(Post.kind).distinct()).all())",
                        "select(Post.kind).distinct().subquery()"),
    "groups": (
        "return len(session.execute(select(Post.kind).group_by(Post.kind)"
        ".having(func.count() > 1)).all())",
        ".having(func.count() > 1).subquery()",
    ),
    "two classes": (
        "return len(session.execute(select(Post, Author.name).join(Post.author)).all())",
        "select(Post, Author.name).join(Post.author).subquery()",
    ),
    "single-table inheritance": ("return len(session.scalars(select(Cook)).all())",
                                 "select_from(Cook)"),
    "joined inheritance": ("return len(session.scalars(select(Boss)).all())", "select_from(Boss)"),
    "a column of what inherits": ("return len(session.scalars(select(Boss.type)).all())",
                                  "select(Boss.type).subquery()"),
    "an inherited base": ("return len(session.scalars(select(Worker)).all())",
                          "select_from(Worker)"),
    "a Query": ("return len(session.query(Post).filter(Post.kind == 'a').order_by(Post.id).all())",
                "return session.query(Post).filter(Post.kind == 'a').count()"),
    "a Query made a list": ("return len(list(session.query(Author).filter_by(name='author 0')))",
                            "return session.query(Author).filter_by(name='author 0').count()"),
    "a Query of columns": ("return len(session.query(Post.kind, Post.id).join(Post.author).all())",
                           ".join(Post.author).count()"),
    "a Query's options": ("return len(session.query(Post).options(joinedload(Post.author)).all())",
                          "return session.query(Post).count()"),
    "a condition with a sub-query": (
        "return len(session.scalars(select(Author).where(Author.id.in_(select(Post.author_id)))"
        ").unique().all())",
        ".where(Author.id.in_(select(Post.author_id)))",
    ),
    "a condition on a relationship": (
        "return len(session.scalars(select(Author).where(Author.posts.any(Post.kind == 'a'))"
        ").unique().all())",
        ".where(Author.posts.any(Post.kind == 'a'))",
    ),
    "a statement in steps": (
        """
        statement = select(Post).order_by(Post.kind)
        if KIND:
            statement = statement.where(Post.kind == KIND)
        return len(session.scalars(statement).all())
        """,
        "return session.scalar(select(func.count()).select_from(statement.order_by(None)"
        ".subquery())) or 0",
    ),
    "a statement of either kind": (
        """
        query = select(Post)
        query = query.where(Post.kind == KIND) if KIND else query
        return len(session.scalars(query.where(Post.id > 1)).all())
        """,
        "select_from(query.where(Post.id > 1).subquery())",
    ),
    "a statement of the module": ("return len(session.scalars(OPEN).all())",
                                  "OPEN.order_by(None).subquery()"),
    "a Query in steps": (
        """
        query = session.query(Post)
        if KIND:
            query = query.filter(Post.kind == KIND).order_by(Post.id)
        return len(query.all())
        """,
        "return query.order_by(None).count()",
    ),
    "a variable": (
        """
        rows = session.scalars(select(Post)).all()
        print(len(rows))
        return len(rows)
        """,
        "count = session.scalar(select(func.count()).select_from(Post)) or 0",
    ),
    "a variable beside one that is called count": (
        """
        count = 3
        rows = session.query(Post).all()
        return len(rows) + count
        """,
        "number = session.query(Post).count()",
    ),
    "a variable of what nothing points at": (
        """
        posts = session.scalars(select(Post)).all()
        names = session.scalars(select(Author.name)).all()
        return len(posts) + len(set(names))
        """,
        "count = session.scalar(select(func.count()).select_from(Post)) or 0",
    ),
    "part of a sum": ("return 1 + len(session.scalars(select(Post)).all())",
                      "1 + (session.scalar(select(func.count()).select_from(Post)) or 0)"),
    "compared": ("return len(session.scalars(select(Post)).all()) > 3",
                 "(session.scalar(select(func.count()).select_from(Post)) or 0) > 3"),
    "an empty answer": ("return len(session.scalars(select(Post).where(Post.kind == 'z')).all())",
                        "or 0"),
    "handed to a function": ("return str(len(session.scalars(select(Post)).all()))",
                             "str(session.scalar(select(func.count()).select_from(Post)) or 0)"),
    "several lines": (
        """
        return len(
            session.scalars(
                select(Post)
                .where(
                    Post.kind == "a",  # the open ones
                    Post.id > 1,
                )
                .order_by(Post.id)
            ).all()
        )
        """,
        "# the open ones",
    ),
    "a long line": (
        "return len(session.scalars(select(Post).where(Post.kind == 'a', Post.id > 1, "
        "Post.author_id > 0)).all()) + 1",
        "        .where(Post.kind == 'a', Post.id > 1, Post.author_id > 0)\n",
    ),
}  # fmt: skip
ASYNC = {
    "awaited": ("return len((await session.scalars(select(Post))).all())",
                "return await session.scalar(select(func.count()).select_from(Post)) or 0"),
    "awaited and unique": (
        "return len((await session.scalars(select(Author))).unique().all())",
        "return await session.scalar(select(func.count()).select_from(Author)) or 0",
    ),
    "awaited rows": (
        "return 1 + len((await session.execute(select(Post))).scalars().all())",
        "1 + (await session.execute(select(func.count()).select_from(Post))).scalar_one()",
    ),
    "an awaited variable": (
        """
        rows = (await session.scalars(select(Post))).all()
        return len(rows)
        """,
        "count = await session.scalar(select(func.count()).select_from(Post)) or 0",
    ),
}  # fmt: skip
SILENT = {
    "a page": "return len(session.scalars(select(Post).limit(5)).all())",
    "an offset": "return len(session.scalars(select(Post).offset(5)).all())",
    "a slice of a Query": "return len(session.query(Post)[:5])",
    "a slice": "return len(session.scalars(select(Post)).all()[:5])",
    "joined objects made fewer":
        "return len(session.scalars(select(Author).join(Author.posts)).unique().all())",
    "a Query's joined objects": "return len(session.query(Author).join(Author.posts).all())",
    "an implicit join made fewer":
        "return len(session.query(Author).filter(Author.id == Post.author_id).all())",
    "distinct and ordered by another":
        "return len(session.query(Author.name).distinct().order_by(Author.id).all())",
    "values made fewer": "return len(session.scalars(select(Post.kind)).unique().all())",
    "a set": "return len(set(session.scalars(select(Post.kind))))",
    "rows that are locked": "return len(session.scalars(select(Post).with_for_update()).all())",
    "rows that are deleted":
        "return len(session.scalars(delete(Post).returning(Post.id)).all())",
    "a text": "return len(session.execute(text('select 1')).all())",
    "a Core table": "return len(session.execute(select(Post.__table__)).all())",
    "an alias": "return len(session.scalars(select(aliased(Post))).all())",
    "an aggregate": "return len(session.execute(select(func.max(Post.id))).all())",
    "an option that filters":
        "return len(session.scalars(select(Post).options(with_loader_criteria(Post, Post.id > 2)))"
        ".all())",
    "options of a run":
        "return len(session.scalars(select(Post), execution_options={'a': 1}).all())",
    "parameters of a run": "return len(session.scalars(select(Post), {'kind': 1}).all())",
    "a method that is not known": "return len(session.scalars(select(Post).union(OPEN)).all())",
    "rows that are read": """
        rows = session.scalars(select(Post)).all()
        print(rows)
        return len(rows)
        """,
    "rows in a walrus": """
        if len(rows := session.scalars(select(Post)).all()):
            return rows
        """,
    "rows that are bound twice": """
        rows = session.scalars(select(Post)).all()
        rows = rows or []
        return len(rows)
        """,
    "rows that an inner function reads": """
        rows = session.scalars(select(Post)).all()
        def inner():
            return rows
        return len(rows), inner
        """,
    "objects that are found in the Session": """
        authors = session.scalars(select(Author)).unique().all()
        names = [session.get(Author, key).name for key in (1, 2)]
        return len(authors), names
        """,
    "objects that others point at": """
        authors = session.scalars(select(Author)).unique().all()
        found = [post.author.name for post in session.scalars(select(Post))]
        return len(authors), found
        """,
    "objects that a function may look for": """
        authors = session.query(Author).all()
        return len(authors), fill(session)
        """,
    "a statement that is given": """
        def inner(statement=select(Post)):
            return len(session.scalars(statement).all())
        return inner
        """,
    "a statement that a loop changes": """
        statement = select(Post)
        for statement in (statement, OPEN.limit(1)):
            pass
        return len(session.scalars(statement).all())
        """,
    "a statement that is limited in a branch": """
        statement = select(Post)
        if KIND:
            statement = statement.limit(2)
        return len(session.scalars(statement).all())
        """,
    "what each turn of a loop asks": """
        found = {}
        for author in session.scalars(select(Author)).unique():
            found[author.id] = len(session.scalars(
                select(Post).where(Post.author_id == author.id)).all())
        return found
        """,
    "a select of the project's own": """
        def select(what):
            return what
        return len(session.scalars(select(Post)).all())
        """,
}  # fmt: skip
SKETCHED = {
    "conditions that are handed in": """
        conditions = [Author.name == "author 0"]
        return len(session.query(Author).filter(*conditions).all())
        """,
    "a comment that would be lost": """
        return len(  # all of them
            session.scalars(select(Post)).all()
        )
        """,
    "a name that func has here": """
        func = len
        return len(session.scalars(select(Post)).all())
        """,
    "a text": 'return f"{len(session.scalars(select(Post)).all())}"',
}


@pytest.fixture(scope="module")
def mapping(tmp_path_factory: pytest.TempPathFactory) -> Mapping:
    """The models as SQLAlchemy configures them."""
    root = tmp_path_factory.mktemp("models")
    worker = Worker(Path(sys.executable), root, dialect="sqlite", timeout=120)
    try:
        return read_mapping(worker, {"code": MODELS, "filename": "models.py"}, root)[0]
    finally:
        worker.close()


@pytest.fixture
def session() -> Iterator[Session]:
    """A Session of an empty SQLite database."""
    engine = create_engine("sqlite://")
    with Session(engine) as session:
        yield session
    engine.dispose()


def function(body: str, kind: str = "def") -> str:
    """Gives a module whose `work` has a body."""
    lines = dedent(body).strip().splitlines()
    return f"{MODELS}\n{kind} work(session):\n" + "\n".join(f"    {line}" for line in lines) + "\n"


def read(mapping: Mapping, text: str) -> Application:
    return scanned(mapping, [Source("models.py", text)])


def only(mapping: Mapping, text: str) -> Counted:
    (found,) = read(mapping, text).counted
    return found


def squeezed(text: str) -> str:
    return "".join(text.split())


class Awaited:
    """A Session whose methods are awaited."""

    def __init__(self, session: Session) -> None:
        self.session = session

    def __getattr__(self, name: str) -> Any:
        async def call(*given: Any) -> Any:
            return getattr(self.session, name)(*given)

        return call


def run(text: str, session: Session) -> tuple[Any, list[str]]:
    """Gives what a module's `work` gives, and the statements that it sends."""
    module: dict[str, Any] = {"__name__": "models"}
    exec(compile(text, "models.py", "exec", dont_inherit=True), module)
    connection = session.connection()
    module["Base"].metadata.drop_all(connection)
    module["Base"].metadata.create_all(connection)
    module["fill"](session)
    session.expunge_all()
    sent: list[str] = []

    def note(*given: Any) -> None:
        sent.append(given[2])

    event.listen(connection, "before_cursor_execute", note)
    work = module["work"]
    asynchronous = inspect.iscoroutinefunction(work)
    value = asyncio.run(work(Awaited(session))) if asynchronous else work(session)
    event.remove(connection, "before_cursor_execute", note)
    module["Base"].registry.dispose()
    session.expunge_all()
    return value, sent


@pytest.mark.parametrize("name", [*ALIKE, *ASYNC])
def test_the_count_gives_the_same_number(name: str, mapping: Mapping, session: Session) -> None:
    body, written = (ALIKE | ASYNC)[name]
    text = function(body, "async def" if name in ASYNC else "def")
    found = only(mapping, text)
    after = spliced(text, found.edits)
    assert written in after or squeezed(written) in squeezed(after)
    before, many = run(text, session)
    value, sent = run(after, session)
    assert (value, type(value)) == (before, type(before))
    assert len(sent) <= len(many)
    assert "count(" in sent[0].lower()
    assert "ORDER BY" not in sent[0]


@pytest.mark.parametrize("name", SILENT)
def test_nothing_is_said_of(name: str, mapping: Mapping) -> None:
    assert read(mapping, function(SILENT[name])).counted == ()


@pytest.mark.parametrize("name", SKETCHED)
def test_what_may_differ_is_no_edit(name: str, mapping: Mapping) -> None:
    found = only(mapping, function(SKETCHED[name]))
    assert found.edits == ()
    assert "count()" in found.code


def test_an_inner_join_by_the_mapping_is_no_edit(mapping: Mapping) -> None:
    text = function("return len(session.scalars(select(Post)).all())")
    inner = text.replace('lazy="joined"', 'lazy="joined", innerjoin=True')
    assert only(mapping, inner).edits == ()


def test_the_import_is_asked_for_where_it_is_missing(mapping: Mapping) -> None:
    text = function("return len(session.scalars(select(Post)).all())")
    assert not only(mapping, text).imports
    assert only(mapping, text.replace("delete, func,", "delete,")).imports
