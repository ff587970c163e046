"""A count, sum or other aggregate is asked for row by row.

## What it does

Looks for a line in a loop whose SELECT gives nothing but aggregates (`count`, `max`, `sum`, …) of
the rows that belong to one key, three and more times with different keys. `Query.count()` is
one too.

## Why is this bad?

A page of 50 rows sends 50 aggregates more, each of which waits for the network. One grouped SELECT
computes them all in one pass.

## When to leave it

When only a few rows are ever shown, or most of them are never asked.
"""

from __future__ import annotations

from collections.abc import Iterator

from dbwright.core.claim import Claim, RunProbe
from dbwright.core.finding import Advice, Alternative, Finding
from dbwright.core.recording import Group, Recording, Scope, Shape
from dbwright.core.rule import Applies, ProgramExample
from dbwright.recipes.queries import repeats, watched

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
    session.add_all(Author(posts=[Post() for _ in range(n)]) for n in range(5))
"""
BAD = ProgramExample(
    MODELS
    + """
def work(session):
    counts = []
    for author in session.scalars(select(Author).order_by(Author.id)).all():
        query = select(func.count()).select_from(Post).where(Post.author_id == author.id)
        counts.append(session.scalar(query))
    return counts
""",
    fixed="""
def work(session):
    query = select(Post.author_id, func.count()).group_by(Post.author_id)
    counted = dict(session.execute(query).all())
    return [counted.get(key, 0) for key in session.scalars(select(Author.id).order_by(Author.id))]
""",
    claims=("repeats_statement",),
    object="Post.author_id",
)
BAD_QUERY = ProgramExample(
    MODELS
    + """
def work(session):
    authors = session.query(Author).order_by(Author.id).all()
    return [session.query(Post).filter(Post.author_id == a.id).count() for a in authors]
""",
    fixed="""
def work(session):
    query = session.query(func.count(Post.id)).select_from(Author).outerjoin(Author.posts)
    return [count for (count,) in query.group_by(Author.id).order_by(Author.id)]
""",
    object="Post.author_id",
)
GOOD = ProgramExample(
    MODELS
    + """
def work(session):
    query = select(func.count(Post.id)).select_from(Author).outerjoin(Author.posts)
    return list(session.scalars(query.group_by(Author.id).order_by(Author.id)))
"""
)
GOOD_FIGURES = ProgramExample(
    MODELS
    + """
def work(session):
    return [
        session.scalar(select(func.count()).select_from(Author)),
        session.scalar(select(func.count()).select_from(Post)),
        session.scalar(select(func.max(Post.id))),
    ]
"""
)


def check(recording: Recording) -> Iterator[Finding]:
    """Yields a finding for each aggregate and line."""
    for scope, group, shape in repeats.reads(recording):
        columns = repeats.looked_up(shape, group)
        if shape.aggregates and columns:
            yield _finding(recording, scope, group, shape, columns)


def _finding(
    recording: Recording,
    scope: Scope,
    group: Group,
    shape: Shape,
    columns: list[tuple[str, str, str]],
) -> Finding:
    names = repeats.Names(recording, scope)
    column = next((each for each in columns if _foreign(recording, each)), columns[0])
    functions = ", ".join(dict.fromkeys(shape.aggregates))
    return watched.finding(
        recording,
        scope,
        group,
        f"{group.count:,} SELECTs give {functions} of the rows of one key each",
        names.column(shape, column),
        [Claim("repeats_statement", probe=RunProbe(shape.sql, group.count))],
        columns=[names.spelled(shape, each) for each in sorted(columns, key=column.__ne__)],
        function=shape.aggregates[0],
        parent=_parent(recording, names, column),
        besides=names.besides(shape, group),
    )


def _foreign(recording: Recording, column: tuple[str, str, str]) -> bool:
    class_, _, name = column
    known = recording.classes.get(class_)
    return known is not None and name in known.columns and known.columns[name].foreign


def _parent(recording: Recording, names: repeats.Names, column: tuple[str, str, str]) -> str:
    """Gives the class whose key a column refers to, empty where none is mapped so."""
    _, table, name = column
    for owner, mapped in recording.classes.items():
        for each in mapped.relationships.values():
            if each.many and not each.secondary and (table, name) in each.foreign:
                return names.loading.name(owner)
    return ""


def advise(finding: Finding, recording: Recording) -> Advice:
    """Gives one grouped SELECT, or a column_property."""
    columns, function = finding.details["columns"], finding.details["function"]
    column = ", ".join(columns)
    parent, besides = finding.details["parent"], finding.details["besides"]
    given = "" if function == "count" else "…"
    otherwise = "0" if function == "count" else "None"
    rows = "session.execute(query).tuples()"
    pairs = f"dict({rows}.all())"
    if len(columns) > 1:
        pairs = f"{{tuple(key): found for *key, found in {rows}}}"
    code = (
        "# before the loop; `keys` are all that it goes through\n"
        f"query = select({column}, func.{function}({given}))\n"
        f"query = query.where({repeats.keyed(columns)}).group_by({column}){besides}\n"
        f"{function}s = {pairs}\n"
        "# in the loop\n"
        f"value = {function}s.get(key, {otherwise})"
    )
    owner = parent or "the class"
    return watched.code_advice(
        "each row asks the database to go through its own few rows, and waits for the answer",
        f"one SELECT grouped by {column} gives all of them",
        code,
        (
            Alternative(
                f"a column_property on {owner}: select(func.{function}({given})).where("
                f"{columns[0]} == {parent or '…'}.id).correlate_except(…).scalar_subquery(), "
                "deferred=True",
                "it comes with the rows where it is undeferred, as a subquery for each row",
            ),
            Alternative(
                "a stored figure that each write keeps up",
                "reading is free; writers wait for each other on the row that is counted up",
            ),
        ),
    )
