"""Rows that are loaded and counted, of which nothing is said, or nothing is written."""

from __future__ import annotations

import pytest
from tests.recipes.loops.counted import function, only, read

from dbwright.core.mapping import Mapping

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
    "a result that is read twice": """
        result = session.execute(select(Post))
        print(result.keys())
        return len(result.scalars().all())
        """,
    "a result that is half read": """
        result = session.execute(select(Post)).scalars()
        return next(result), len(result.all())
        """,
    "a result of a page": """
        result = session.execute(select(Post).limit(3))
        return len(result.scalars().all())
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
    "a statement that is given or made": """
        def inner(statement=None):
            if statement is None:
                statement = select(Post)
            return len(session.scalars(statement).all())
        return inner
        """,
    "a statement that is given under a name of the module": """
        def inner(OPEN):
            return len(session.scalars(OPEN).all())
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


@pytest.mark.parametrize("name", SILENT)
def test_nothing_is_said_of(name: str, counted_mapping: Mapping) -> None:
    assert read(counted_mapping, function(SILENT[name])).counted == ()


@pytest.mark.parametrize("name", SKETCHED)
def test_what_may_differ_is_no_edit(name: str, counted_mapping: Mapping) -> None:
    found = only(counted_mapping, function(SKETCHED[name]))
    assert found.edits == ()
    assert "count()" in found.code


def test_an_inner_join_by_the_mapping_is_no_edit(counted_mapping: Mapping) -> None:
    text = function("return len(session.scalars(select(Post)).all())")
    inner = text.replace('lazy="joined"', 'lazy="joined", innerjoin=True')
    assert only(counted_mapping, inner).edits == ()


def test_the_import_is_asked_for_where_it_is_missing(counted_mapping: Mapping) -> None:
    text = function("return len(session.scalars(select(Post)).all())")
    assert not only(counted_mapping, text).imports
    assert only(counted_mapping, text.replace("delete, func,", "delete,")).imports
