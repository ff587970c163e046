"""A loop reads a relationship or a deferred column that its query does not load.

## What it does

Reads the project's source and templates beside the configured mappers: a statement, its loader
options, the loop over its objects, and what each turn reads of them, through properties, pydantic
models and functions that the objects are handed to.

## Why is this bad?

Each object sends a SELECT of its own: a page of 50 sends 51 statements, and no test with three rows
shows it.

## When to leave it

When the query never gives more than a handful, or the objects are in the session already.
"""

from __future__ import annotations

from collections.abc import Iterator

from dbwright.core.application import Application
from dbwright.core.claim import Claim
from dbwright.core.finding import Advice, Finding
from dbwright.core.rule import Applies, ModelsExample
from dbwright.recipes.loops import advice

APPLIES = Applies()
SEVERITY = "warning"
MODELS = """
class Author(Base):
    __tablename__ = "authors"
    id: Mapped[int] = mapped_column(primary_key=True)
    posts: Mapped[list["Post"]] = relationship(
        back_populates="author", order_by="Post.id", passive_deletes="all"
    )

class Post(Base):
    __tablename__ = "posts"
    id: Mapped[int] = mapped_column(primary_key=True)
    author_id: Mapped[int] = mapped_column(ForeignKey("authors.id"), index=True)
    body: Mapped[Optional[str]] = mapped_column(Text, deferred=True)
    author: Mapped["Author"] = relationship(back_populates="posts")

"""
BAD = ModelsExample(
    MODELS
    + """
def titles(session):
    posts = session.scalars(select(Post).order_by(Post.id)).all()
    return [(post.id, post.author.id) for post in posts]
""",
    claims=("fewer_statements",),
    object="Post.author",
)
BAD_COLLECTION = ModelsExample(
    MODELS
    + """
def keys(session):
    found = {}
    for author in session.query(Author).order_by(Author.id):
        found[author.id] = [post.id for post in author.posts]
    return found
""",
    claims=("fewer_statements",),
    object="Author.posts",
)
BAD_CHAIN = ModelsExample(
    MODELS
    + """
def bodies(session):
    query = select(Author).options(selectinload(Author.posts))
    return [post.body for author in session.scalars(query) for post in author.posts]
""",
    claims=("fewer_statements",),
    object="Post.body",
)
GOOD = ModelsExample(
    MODELS
    + """
def titles(session):
    posts = session.scalars(select(Post).options(joinedload(Post.author))).all()
    return [(post.id, post.author.id) for post in posts]
"""
)
GOOD_ONE = ModelsExample(
    MODELS
    + """
def keys(session, key):
    return [post.id for post in session.get(Author, key).posts]
"""
)
GOOD_WAY_BACK = ModelsExample(
    MODELS
    + """
def keys(session):
    query = select(Author).options(selectinload(Author.posts))
    return [post.author.id for author in session.scalars(query) for post in author.posts]
"""
)


def check(application: Application) -> Iterator[Finding]:
    """Yields a finding for each attribute and query."""
    for repeat in application.repeats:
        if repeat.kind in ("lazy", "counted", "deferred"):
            claim = Claim("fewer_statements", probe=advice.loads_probe(repeat))
            message = "each turn of the loop sends a SELECT for it"
            if repeat.kind == "counted":
                message = "each turn of the loop loads all of it to count"
            yield advice.finding(application, repeat, message, [claim])


def advise(finding: Finding, application: Application) -> Advice:
    """Gives the loader option for the query that the objects came from."""
    return advice.load_advice(application, advice.repeat_of(finding, application))
