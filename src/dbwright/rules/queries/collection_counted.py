"""A collection is loaded only to be counted, or to ask whether it is empty.

## What it does

Looks for collections that were loaded, late or ahead, while the code around does nothing with them
but `len()`, `bool()`, `any()` or `if`: for each object of a query, or for one object with a hundred
rows and more.

## Why is this bad?

All rows come over the network and become objects, for a number that the database counts without
sending one of them, or for a yes that its first row gives.

## When to leave it

When the same objects' collections are listed too, later or elsewhere.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from dbwright.core.claim import Claim, RunProbe
from dbwright.core.finding import Advice, Alternative, Finding, Location, Risk
from dbwright.core.recording import Group, Recording, Scope
from dbwright.core.rule import Applies, ProgramExample
from dbwright.recipes.queries import counting, repeats, watched

APPLIES = Applies()
SEVERITY = "warning"
MODELS = """
class Author(Base):
    __tablename__ = "author"
    id: Mapped[int] = mapped_column(primary_key=True)
    posts: Mapped[list["Post"]] = relationship()

class Post(Base):
    __tablename__ = "post"
    id: Mapped[int] = mapped_column(primary_key=True)
    author_id: Mapped[int] = mapped_column(ForeignKey("author.id"), index=True)

def fill(session):
    session.add_all(Author(posts=[Post() for _ in range(n)]) for n in (0, 120, 3, 4))
"""
BAD = ProgramExample(
    MODELS
    + """
def work(session):
    return [len(author.posts) for author in session.scalars(select(Author).order_by(Author.id))]
""",
    fixed="""
def work(session):
    query = select(func.count(Post.id)).select_from(Author).outerjoin(Author.posts)
    return list(session.scalars(query.group_by(Author.id).order_by(Author.id)))
""",
    claims=("loads_unread",),
    object="Author.posts",
)
BAD_EMPTY = ProgramExample(
    MODELS
    + """
def work(session):
    found = []
    for author in session.scalars(select(Author).options(selectinload(Author.posts))):
        if not author.posts:
            found.append(author.id)
    return found
""",
    fixed="""
def work(session):
    return list(session.scalars(select(Author.id).where(~Author.posts.any())))
""",
    object="Author.posts",
)
BAD_ONE = ProgramExample(
    MODELS
    + """
def work(session):
    author = session.get(Author, 2)
    return {"posts": len(author.posts)}
""",
    fixed="""
def work(session):
    from sqlalchemy.orm import with_parent

    author = session.get(Author, 2)
    query = select(func.count(Post.id)).where(with_parent(author, Author.posts))
    return {"posts": session.scalar(query)}
""",
    object="Author.posts",
)
GOOD = ProgramExample(
    MODELS
    + """
def work(session):
    query = select(Author).options(selectinload(Author.posts))
    found = []
    for author in session.scalars(query):
        if author.posts:
            found.append((len(author.posts), [post.id for post in author.posts]))
    return found
"""
)
GOOD_ONE = ProgramExample(
    MODELS
    + """
def work(session):
    return len(session.get(Author, 3).posts)
"""
)


def check(recording: Recording) -> Iterator[Finding]:
    """Yields a finding for each collection and line."""
    for scope in recording.scopes:
        for group in scope.groups:
            if group.how == "lazy" and not group.through & watched.DELETE:
                yield from _late(recording, scope, group)
            else:
                yield from _ahead(recording, scope, group)


def _late(recording: Recording, scope: Scope, group: Group) -> Iterator[Finding]:
    if group.place is None or (group.batch < 2 and group.rows < counting.MANY):
        return
    kind = counting.kind(recording, group)
    if kind is not None:
        one = group.batch < 2
        yield _finding(recording, scope, group, group.owner, group.names[0], kind, one)


def _ahead(recording: Recording, scope: Scope, group: Group) -> Iterator[Finding]:
    """Yields findings on what is loaded ahead, at the line where it is counted."""
    shape = recording.shape(group)
    if shape is None or group.place is None:
        return
    paths = [group.path] if group.how == "eager" else shape.joined
    for path in paths:
        for owner, name in path[-1:]:
            use = counting.eager(recording, owner, name, group.rows)
            if use is not None:
                found = _finding(recording, scope, group, owner, name, use.kind, False)
                said = f"{found.location.file}:{found.location.line}: loaded ahead"
                place = Location(use.file, use.line, object=found.location.object)
                yield replace(found, location=place, evidence=(*found.evidence, said))


def _finding(
    recording: Recording,
    scope: Scope,
    group: Group,
    owner: str,
    name: str,
    kind: str,
    one: bool,
) -> Finding:
    names = repeats.Names(recording, scope)
    related = counting.collection(recording, owner, name)
    assert related is not None
    parent, child = names.loading.name(owner), names.loading.name(related.target)
    what = "counted" if kind == "counted" else "asked whether there is any"
    said = f"up to {group.rows:,} rows a statement were loaded, and only {what}"
    child_class, parent_class = names.mapped(related.target), names.mapped(owner)
    return watched.finding(
        recording,
        scope,
        group,
        f"its rows are loaded and then only {what}",
        f"{parent}.{name}",
        [Claim("loads_unread", probe=RunProbe("", group.count, said=said))],
        kind=kind,
        one=one,
        parent=parent,
        child=child,
        key=(parent_class.keys or ("id",))[0] if parent_class is not None else "id",
        child_key=(child_class.keys or ("id",))[0] if child_class is not None else "id",
        attribute=name,
    )


def advise(finding: Finding, recording: Recording) -> Advice:
    """Gives a grouped count, a count of one, or exists."""
    told = finding.details
    name = finding.location.object
    counted = told["kind"] == "counted"
    child = f"{told['child']}.{told['child_key']}"
    owner = f"{told['parent']}.{told['key']}"
    if told["one"]:
        what = f"func.count({child})" if counted else f"exists().where(…) of {told['child']}"
        code = (
            f"query = select(func.count({child})).where(with_parent(row, {name}))\n"
            "number = session.scalar(query)"
        )
    elif counted:
        what = f"func.count({child}), grouped by {owner}"
        code = (
            f"query = select({told['parent']}, func.count({child})).outerjoin({name})\n"
            f"query = query.group_by({owner})\n"
            f"for row, number in session.execute(query):\n    …"
        )
    else:
        what = f"{name}.any()"
        code = (
            f"query = select({told['parent']}).where({name}.any())  # ~: those without\n"
            f"# or beside each: select({told['parent']}, {name}.any())"
        )
    return watched.code_advice(
        "the rows are sent, become objects, and are thrown away for a number or a yes",
        f"ask the database for it: {what}",
        code,
        (
            Alternative(
                f"a column_property with the count on {told['parent']}, deferred",
                "reads as an attribute; a subquery for each row where it is undeferred",
            ),
            Alternative(
                f"WriteOnlyMapped for {name}, which can never be loaded whole",
                "every use of it becomes a statement of its own",
            ),
        ),
        Risk(
            "the figure is of the moment it was asked; what the Session has not flushed is missing "
            "where autoflush is off",
            "flush before where pending rows are to count",
        ),
    )
