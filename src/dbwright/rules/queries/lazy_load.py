"""A relationship is loaded object by object: one SELECT for each.

## What it does

Looks for a line that loads the same relationship of two and more objects that one query gave.

## Why is this bad?

Each object costs a round trip: a page of 50 sends 51 statements, and a slow network makes that
seconds. It grows with the data, so no test with three rows shows it.

## When to leave it

When the query never gives more than a handful, or the relationship is read in rare cases only.
Silent is what `refresh(object, ["name"])` loads on purpose, and what a test selects itself and
gives to the program: where the program selects it is not known. What the query loads already, and a
commit has expired, is told as expired-load.
"""

from __future__ import annotations

from collections.abc import Iterator

from dbwright.core.finding import Advice, Finding
from dbwright.core.recording import Group, Recording, Scope
from dbwright.core.rule import Applies, ProgramExample
from dbwright.recipes.queries import counting, watched
from dbwright.recipes.queries.loading import Loading, on_root, trial

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

def fill(session):
    session.add_all(Author(posts=[Post(), Post()]) for _ in range(5))
"""
BAD = ProgramExample(
    MODELS
    + """
def work(session):
    authors = session.scalars(select(Author).order_by(Author.id)).all()
    return [[post.id for post in author.posts] for author in authors]
""",
    claims=("fewer_statements", "repeats_statement"),
    object="Author.posts",
)
BAD_TEXT = ProgramExample(
    MODELS
    + """
def work(session):
    query = select(Author).from_statement(text("select * from author order by id"))
    return [[post.id for post in author.posts] for author in session.scalars(query)]
""",
    claims=("fewer_statements", "repeats_statement"),
    object="Author.posts",
)
GOOD = ProgramExample(
    MODELS
    + """
def work(session):
    query = select(Author).options(selectinload(Author.posts)).order_by(Author.id)
    return [[post.id for post in author.posts] for author in session.scalars(query)]
"""
)
GOOD_ONE = ProgramExample(
    MODELS
    + """
def work(session):
    return [post.id for post in session.get(Author, 1).posts]
"""
)


def check(recording: Recording) -> Iterator[Finding]:
    """Yields a finding for each relationship and line; counted collections have another rule."""

    def fits(scope: Scope, group: Group) -> bool:
        loading = Loading(recording, scope)
        meant = watched.FLUSH | watched.DELETE | watched.REFRESH
        if group.through & meant or watched.unawaited(scope, group):
            return False
        if counting.kind(recording, group):
            return False
        given = loading.selected_by_tests(group) or loading.is_loaded(group)
        return loading.together(group) and not given

    for scope, group in watched.groups_of(recording, "lazy", fits):
        yield _finding(recording, scope, group)


def _finding(recording: Recording, scope: Scope, group: Group) -> Finding:
    loading = Loading(recording, scope)
    name = f"{loading.name(group.owner)}.{group.names[0]}"
    origin = loading.origin(group)
    steps = loading.steps(origin) if origin is not None else []
    tried = trial(origin, [steps]) if origin is not None and steps else None
    code = loading.code(steps)
    return watched.finding(
        recording,
        scope,
        group,
        f"{group.count:,} SELECTs load it, one for each object",
        name,
        watched.repeated(recording, group, [tried]),
        code=on_root(origin, code) if origin is not None and steps else "",
        option=code,
    )


def advise(finding: Finding, recording: Recording) -> Advice:
    """Gives the loader option for the query that the objects came from."""
    option = finding.details["option"]
    return watched.loader_advice(
        finding,
        option,
        otherwise=f"selectinload({finding.location.object})",
        reason=f"{'the query gives the objects' if option else 'the objects come'} without it, and "
        "each one asks for its own when it is read",
    )
