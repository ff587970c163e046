"""A relationship is loaded ahead, and nothing reads it.

## What it does

Looks for relationships that a query loads by `selectinload()`, `joinedload()` or as mapped, though
the program never reads them of the objects that it gave. It is asked for, in tests:
`dbwright.watch(reads=True)` or `dbwright queries watch --reads`.

## Why is this bad?

The rows cost a statement or a wider join, and memory, each time; a joined collection repeats the
parent in every row.

## When to leave it

When the relationship is read in cases that the run did not have, or without the attribute: by
`vars(object)`, or by a serializer that reads `__dict__`.
"""

from __future__ import annotations

from collections.abc import Iterator

from dbwright.core.claim import Claim, RunProbe
from dbwright.core.finding import Advice, Alternative, Finding, Risk
from dbwright.core.recording import Group, Recording, Scope, Shape
from dbwright.core.rule import Applies, ProgramExample
from dbwright.recipes.queries import repeats, unread, watched
from dbwright.recipes.queries.loading import Loading, Origin, Step, trial

APPLIES = Applies()
SEVERITY = "warning"
MODELS = """
class Author(Base):
    __tablename__ = "author"
    id: Mapped[int] = mapped_column(primary_key=True)
    posts: Mapped[list["Post"]] = relationship(order_by="Post.id")

class Post(Base):
    __tablename__ = "post"
    id: Mapped[int] = mapped_column(primary_key=True)
    author_id: Mapped[int] = mapped_column(ForeignKey("author.id"), index=True)
    comments: Mapped[list["Comment"]] = relationship(order_by="Comment.id")

class Comment(Base):
    __tablename__ = "comment"
    id: Mapped[int] = mapped_column(primary_key=True)
    post_id: Mapped[int] = mapped_column(ForeignKey("post.id"), index=True)

def fill(session):
    for _ in range(4):
        session.add(Author(posts=[Post(comments=[Comment()]) for _ in range(3)]))
"""
BAD = ProgramExample(
    MODELS
    + """
def work(session):
    query = select(Author).options(selectinload(Author.posts)).order_by(Author.id)
    return [author.id for author in session.scalars(query)]
""",
    fixed="""
def work(session):
    return [author.id for author in session.scalars(select(Author).order_by(Author.id))]
""",
    claims=("loads_unread", "fewer_statements"),
    object="Author.posts",
)
BAD_CHAIN = ProgramExample(
    MODELS
    + """
def work(session):
    query = select(Author).options(selectinload(Author.posts).joinedload(Post.comments))
    return [[post.id for post in author.posts] for author in session.scalars(query)]
""",
    fixed="""
def work(session):
    query = select(Author).options(selectinload(Author.posts))
    return [[post.id for post in author.posts] for author in session.scalars(query)]
""",
    object="Post.comments",
)
GOOD = ProgramExample(
    MODELS
    + """
def work(session):
    query = select(Author).options(selectinload(Author.posts)).order_by(Author.id)
    return [[post.id for post in a.posts] if a.id == 3 else [] for a in session.scalars(query)]
"""
)
GOOD_EMPTY = ProgramExample(
    MODELS
    + """
def work(session):
    query = select(Author).options(joinedload(Author.posts)).where(Author.id > 100)
    return [author.id for author in session.scalars(query).unique()]
"""
)


def check(recording: Recording) -> Iterator[Finding]:
    """Yields a finding for each relationship and line; nothing where nobody looked."""
    for scope, group, shape, path in unread.loaded(recording):
        yield _finding(recording, scope, group, shape, path)


def _finding(
    recording: Recording,
    scope: Scope,
    group: Group,
    shape: Shape,
    path: tuple[tuple[str, str], ...],
) -> Finding:
    names = repeats.Names(recording, scope)
    owner, name = path[-1]
    related = unread.relationship(recording, owner, name)
    mapped = related is not None and related.lazy in ("selectin", "joined", "subquery")
    said = f"up to {group.rows:,} rows a statement were loaded with it, and nothing read it"
    claims = [Claim("loads_unread", probe=RunProbe(shape.sql, group.count, said=said))]
    root = unread.root(scope, group)
    steps = [*unread.before(scope, path), Step("lazyload", owner, name)]
    tried = trial(Origin(root, path[0][0], (), 0), [steps]) if root is not None else None
    if tried is not None and group.how == "eager" and group.path == path:
        claims.append(Claim("fewer_statements", probe=RunProbe(shape.sql, group.count, (tried,))))
    return watched.finding(
        recording,
        scope,
        group,
        "it is loaded ahead, and nothing reads it",
        f"{names.loading.name(owner)}.{name}",
        claims,
        mapped=mapped,
        option=Loading(recording, scope).code(steps),
    )


def advise(finding: Finding, recording: Recording) -> Advice:
    """Gives the query without the option, or with lazyload() where the mapping asks for it."""
    name, option = finding.location.object, finding.details["option"]
    if finding.details["mapped"]:
        title = f"{name} is loaded by its mapping: say lazyload() for this query"
        code = f".options({option})  # or lazy='select' on the relationship, and options elsewhere"
    else:
        title = f"leave the loader option of {name} out"
        code = (
            f"# take the option of {name} out of the query; where it is shared with others:\n"
            f".options({option})"
        )
    return watched.code_advice(
        "its rows are fetched and made objects each time, for nobody",
        title,
        code,
        (
            Alternative(
                f"raiseload() for {name}",
                "a reader who comes later gets an error instead of a slow page",
            ),
        ),
        Risk(
            "what reads it in a case that this run did not have loads it object by object then",
            "run the whole test suite with reads=True before it is taken out",
        ),
    )
