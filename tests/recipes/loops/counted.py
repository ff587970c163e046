"""Functions that count rows which they load, and how they are read."""

from __future__ import annotations

from textwrap import dedent

from dbwright.core.application import Application, Counted
from dbwright.core.mapping import Mapping
from dbwright.core.source import Source
from dbwright.recipes.loops.scan import scanned

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
    "a statement with options": (
        """
        statement = select(Author).options(joinedload(Author.posts)).order_by(Author.id)
        return len(session.scalars(statement).unique().all())
        """,
        "statement.order_by(None).subquery()",
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
    "a result": (
        """
        result = session.execute(select(Post).where(Post.kind == KIND))
        return len(result.scalars().all())
        """,
        "session.execute(select(func.count()).select_from(Post).where(Post.kind == KIND))\n"
        "    return result.scalar_one()",
    ),
    "a result of objects": (
        """
        query = select(Author).order_by(Author.name)
        found = session.scalars(query)
        rows = found.unique().all()
        return len(rows)
        """,
        "count = found.one()",
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
    "an awaited result": (
        """
        result = await session.execute(select(Post))
        rows = result.scalars().all()
        return len(rows)
        """,
        "count = result.scalar_one()",
    ),
    "an awaited variable": (
        """
        rows = (await session.scalars(select(Post))).all()
        return len(rows)
        """,
        "count = await session.scalar(select(func.count()).select_from(Post)) or 0",
    ),
}  # fmt: skip


def function(body: str, kind: str = "def") -> str:
    """Gives a module whose `work` has a body."""
    lines = dedent(body).strip().splitlines()
    return f"{MODELS}\n{kind} work(session):\n" + "\n".join(f"    {line}" for line in lines) + "\n"


def read(mapping: Mapping, text: str) -> Application:
    return scanned(mapping, [Source("models.py", text)])


def only(mapping: Mapping, text: str) -> Counted:
    (found,) = read(mapping, text).counted
    return found
