"""What loops repeat, read from source beside mappers that SQLAlchemy has configured."""

from __future__ import annotations

import sys
from pathlib import Path
from textwrap import dedent

import pytest

from dbwright.core.application import Application
from dbwright.core.mapping import Mapping
from dbwright.core.source import Source
from dbwright.jobs.models import read_mapping
from dbwright.recipes.loops.advice import with_option
from dbwright.recipes.loops.scan import scanned
from dbwright.scratch.worker import Worker

MODELS = """
from pydantic import BaseModel
from sqlalchemy import ForeignKey, delete, func, insert, select, text, update
from sqlalchemy.orm import DeclarativeBase, Mapped, joinedload, mapped_column, relationship
from sqlalchemy.orm import defaultload, load_only, selectinload, undefer

class Base(DeclarativeBase):
    pass

class Author(Base):
    __tablename__ = "author"
    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str]
    posts: Mapped[list["Post"]] = relationship(back_populates="author")
    tags: Mapped[list["Tag"]] = relationship(lazy="selectin")

    @property
    def titles(self):
        return [post.title for post in self.posts]

class Post(Base):
    __tablename__ = "post"
    id: Mapped[int] = mapped_column(primary_key=True)
    title: Mapped[str]
    body: Mapped[str] = mapped_column(deferred=True)
    author_id: Mapped[int] = mapped_column(ForeignKey("author.id"))
    author: Mapped[Author] = relationship(back_populates="posts")
    comments: Mapped[list["Comment"]] = relationship()

class Comment(Base):
    __tablename__ = "comment"
    id: Mapped[int] = mapped_column(primary_key=True)
    post_id: Mapped[int] = mapped_column(ForeignKey("post.id"))

class Tag(Base):
    __tablename__ = "tag"
    id: Mapped[int] = mapped_column(primary_key=True)
    author_id: Mapped[int] = mapped_column(ForeignKey("author.id"))
"""
REPEATED = {
    "an async loop": (
        """
        async def work(session):
            posts = (await session.execute(select(Post))).scalars().all()
            for post in posts:
                print(post.author.name)
        """,
        {"lazy Post.author"},
    ),
    "a property of the class": (
        """
        def work(session):
            return [author.titles for author in session.query(Author)]
        """,
        {"lazy Author.posts"},
    ),
    "rows that a function of the project gives": (
        """
        def rows(session):
            return session.scalars(select(Post)).all()

        def work(session):
            return {post.id: post.author.name for post in rows(session)}
        """,
        {"lazy Post.author"},
    ),
    "a collection that is counted": (
        """
        def work(session):
            return [len(author.posts) for author in session.scalars(select(Author))]
        """,
        {"counted Author.posts"},
    ),
    "one that is counted and then read": (
        """
        def work(session):
            for author in session.scalars(select(Author)):
                if len(author.posts):
                    print(author.posts[0])
        """,
        {"lazy Author.posts"},
    ),
    "a column that load_only leaves out": (
        """
        def work(session):
            query = select(Post).options(load_only(Post.id))
            return [post.title for post in session.scalars(query)]
        """,
        {"deferred Post.title"},
    ),
    "a deferred column at the end of a chain": (
        """
        def work(session):
            query = select(Author).options(selectinload(Author.posts))
            return [post.body for author in session.scalars(query) for post in author.posts]
        """,
        {"deferred Post.body"},
    ),
    "the objects of one object's collection": (
        """
        def work(session, key):
            author = session.get(Author, key)
            return [post.comments for post in author.posts]
        """,
        {"lazy Post.comments"},
    ),
    "a response model": (
        """
        class AuthorOut(BaseModel):
            name: str

        class PostOut(BaseModel):
            author: AuthorOut

        @app.get("/posts", response_model=list[PostOut])
        def work(session):
            return session.scalars(select(Post)).all()
        """,
        {"lazy Post.author"},
    ),
    "a statement of text": (
        """
        def work(session, names):
            for name in names:
                session.execute(text("select id from author where name = :n"), {"n": name})
        """,
        {"select author"},
    ),
    "a query one call deep": (
        """
        def one(session, name):
            return session.query(Author).filter_by(name=name).first()

        def work(session, names):
            return [one(session, name) for name in names]
        """,
        {"select Author"},
    ),
}
SILENT = {
    "a way back": """
        def work(session):
            for author in session.scalars(select(Author).options(selectinload(Author.posts))):
                print([post.author.name for post in author.posts])
        """,
    "mapped as eager": """
        def work(session):
            return [author.tags for author in session.scalars(select(Author))]
        """,
    "all of one author": """
        def work(session, author):
            query = select(Post).where(Post.author_id == author.id)
            return [post.author.name for post in session.scalars(query)]
        """,
    "authors that are there": """
        def work(session):
            authors = session.scalars(select(Author)).all()
            return authors, [post.author.name for post in session.scalars(select(Post))]
        """,
    "options that nobody knows": """
        def work(session, options):
            return [post.author for post in session.scalars(select(Post).options(*options))]
        """,
    "a statement changed elsewhere": """
        def work(session, changed):
            return [post.author for post in session.scalars(changed(select(Post)))]
        """,
    "the first that is found": """
        def work(session):
            for post in session.scalars(select(Post)):
                if post.title:
                    return post.author.name
        """,
    "a few": """
        def work(session):
            return [post.author for post in session.scalars(select(Post).limit(2))]
        """,
    "everything by a wildcard": """
        def work(session):
            return [post.author for post in session.scalars(select(Post).options(joinedload("*")))]
        """,
    "undeferred along a path": """
        def work(session):
            path = selectinload(Author.posts).undefer(Post.body)
            query = select(Author).options(path)
            return [post.body for author in session.scalars(query) for post in author.posts]
        """,
    "an attribute that is set": """
        def work(session, author):
            for post in session.scalars(select(Post)):
                post.author = author
                print(post.author.name)
        """,
    "chunks": """
        def work(session, keys, chunks):
            for chunk in chunks(keys):
                session.execute(delete(Post).where(Post.id.in_(chunk)))
        """,
    "a session for each": """
        def work(sessions, names):
            for name in names:
                with sessions() as session:
                    session.scalar(select(Author).where(Author.name == name))
        """,
    "a search": """
        def work(session, names):
            for name in names:
                found = session.scalar(select(Author).where(Author.name == name))
                if found:
                    return found
        """,
    "a queue": """
        def work(session):
            while True:
                post = session.scalars(select(Post).limit(1)).first()
                session.delete(post)
                session.commit()
        """,
    "on a condition": """
        def work(session, rows, known):
            for row in rows:
                if row not in known:
                    session.get(Author, row)
        """,
    "each with work of its own": """
        def work(session, rows, send):
            for row in rows:
                send(row)
                session.add(Author(name=row))
                session.commit()
        """,
    "a session that the call does not give": """
        def one(name, session=None):
            return session.scalar(select(Author).where(Author.name == name))

        def work(names):
            return [one(name) for name in names]
        """,
    "a walk down a tree": """
        def work(session, keys):
            def below(key):
                found = session.scalars(select(Post.id).where(Post.author_id == key)).all()
                for each in found:
                    below(each)

            for key in keys:
                below(key)
        """,
    "a write whose result is looked at": """
        def work(session, keys):
            for key in keys:
                done = session.execute(delete(Post).where(Post.id == key))
                print(done.rowcount)
        """,
    "a tree by the database": """
        def work(session):
            query = select(Author).options(selectinload(Author.posts, recursion_depth=-1))
            return [author.posts for author in session.scalars(query)]
        """,
    "a dictionary": """
        def work(session, keys):
            found = {post.id: post for post in session.scalars(select(Post))}
            return [found.get(key).title for key in keys]
        """,
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


def read(mapping: Mapping, code: str, *templates: Source) -> Application:
    """Gives what a function below the models repeats."""
    return scanned(mapping, [Source("models.py", MODELS + dedent(code))], templates)


def said(application: Application) -> set[str]:
    return {f"{each.kind} {each.object}" for each in application.repeats}


@pytest.mark.parametrize("name", REPEATED)
def test_it_is_said(name: str, mapping: Mapping) -> None:
    code, expected = REPEATED[name]
    assert said(read(mapping, code)) == expected


@pytest.mark.parametrize("name", SILENT)
def test_nothing_is_said_of(name: str, mapping: Mapping) -> None:
    assert said(read(mapping, SILENT[name])) == set()


def test_a_chain_goes_on_from_what_is_loaded(mapping: Mapping) -> None:
    code = """
    def work(session):
        for author in session.scalars(select(Author).options(selectinload(Author.posts))):
            for post in author.posts:
                print(post.comments)
    """
    (found,) = read(mapping, code).repeats
    assert [(loader, name) for loader, _, name in found.chain] == [
        ("selectinload", "posts"),
        ("selectinload", "comments"),
    ]
    assert found.loaded == 1


def test_a_join_that_is_there_is_used(mapping: Mapping) -> None:
    code = """
    def work(session):
        for post in session.scalars(select(Post).join(Post.author)):
            print(post.author.name)
    """
    (found,) = read(mapping, code).repeats
    assert found.chain[0][0] == "contains_eager"


def test_a_template_is_read_at_its_own_line(mapping: Mapping) -> None:
    code = """
    def work(session):
        return render_template("posts.html", posts=session.scalars(select(Post)).all())
    """
    page = "<ul>\n{% for post in posts %}\n<li>{{ post.author.name }}</li>\n{% endfor %}\n</ul>"
    application = read(mapping, code, Source("shop/templates/posts.html", page))
    (found,) = application.repeats
    assert (str(found.place), found.object) == ("shop/templates/posts.html:3", "Post.author")


def test_the_option_is_written_at_the_select(mapping: Mapping) -> None:
    code = """
    def work(session):
        posts = session.scalars(select(Post).order_by(Post.id))
        return [post.author.name for post in posts]
    """
    application = read(mapping, code)
    fix = with_option(application, application.repeats[0], "joinedload(Post.author)")
    (edit,) = fix.edits
    changed = [line for line in (edit.after or "").splitlines() if "options(" in line]
    written = "select(Post).options(joinedload(Post.author)).order_by(Post.id)"
    assert changed == [f"    posts = session.scalars({written})"]
    assert fix.safety == "unsafe"
