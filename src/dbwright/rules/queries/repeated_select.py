"""A SELECT is sent again and again from a loop, each time with other values.

## What it does

Looks for a line in a loop, or in a function that calls itself, that sends the same SELECT three and
more times with different values: an ORM query, a statement of Core, or text.

## Why is this bad?

Each turn waits for the network, though one SELECT with a list of values gives all rows. It grows
with the data, so no test with two rows shows it.

## When to leave it

When the loop never has more than a few turns, or each step needs what the last one gave. Silent are
pages (OFFSET, or a range with LIMIT), lists of keys, the same question asked again, SELECT … FOR
UPDATE, a function that calls itself, jobs of a runner that may fail one by one, and one statement
for each transaction.
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
    name: Mapped[str]
    posts: Mapped[list["Post"]] = relationship(order_by="Post.id")

class Post(Base):
    __tablename__ = "post"
    id: Mapped[int] = mapped_column(primary_key=True)
    author_id: Mapped[int] = mapped_column(ForeignKey("author.id"), index=True)

def fill(session):
    session.add_all(Author(name=f"Author {n}", posts=[Post(), Post()]) for n in range(5))

NAMES = ["Author 3", "Author 1", "Author 4"]
"""
BAD = ProgramExample(
    MODELS
    + """
def work(session):
    found = {}
    for author in session.scalars(select(Author).order_by(Author.id)).all():
        query = select(Post).where(Post.author_id == author.id).order_by(Post.id)
        found[author.name] = [post.id for post in session.scalars(query)]
    return found
""",
    fixed="""
def work(session):
    authors = session.scalars(select(Author).options(selectinload(Author.posts)))
    return {author.name: [post.id for post in author.posts] for author in authors}
""",
    claims=("repeats_statement",),
    object="Post",
)
BAD_COLUMN = ProgramExample(
    MODELS
    + """
def key_of(session, name):
    return session.scalar(select(Author.id).where(Author.name == name))

def work(session):
    return [key_of(session, name) for name in NAMES]
""",
    fixed="""
def work(session):
    query = select(Author.name, Author.id).where(Author.name.in_(NAMES))
    keys = dict(session.execute(query).all())
    return [keys[name] for name in NAMES]
""",
    object="Author",
)
BAD_TEXT = ProgramExample(
    MODELS
    + """
def work(session):
    query = text("select id from author where name = :name")
    return [session.execute(query, {"name": name}).scalar_one() for name in NAMES]
""",
    fixed="""
def work(session):
    from sqlalchemy import bindparam

    query = text("select name, id from author where name in :names")
    query = query.bindparams(bindparam("names", expanding=True))
    keys = dict(session.execute(query, {"names": NAMES}).all())
    return [keys[name] for name in NAMES]
""",
    object="author",
)
GOOD = ProgramExample(
    MODELS
    + """
def work(session):
    query = select(Author.name, Author.id).where(Author.name.in_(NAMES))
    return sorted(session.execute(query).tuples())
"""
)
GOOD_PAGES = ProgramExample(
    MODELS
    + """
def work(session):
    last, found = 0, []
    while True:
        query = select(Post.id).where(Post.id > last).order_by(Post.id).limit(2)
        page = session.scalars(query).all()
        if not page:
            return found
        found += page
        last = page[-1]
"""
)
GOOD_SLICES = ProgramExample(
    MODELS
    + """
def work(session):
    found = []
    for start in (1, 4, 7, 10):
        keys = range(start, start + 3)
        found += session.scalars(select(Post.id).where(Post.id.in_(keys)).order_by(Post.id))
    return found
"""
)
GOOD_AGAIN = ProgramExample(
    MODELS
    + """
def work(session):
    return [session.scalar(select(Author.name).where(Author.id == 1)) for _ in range(5)]
"""
)


def check(recording: Recording) -> Iterator[Finding]:
    """Yields a finding for each statement and line; aggregates by a key are count-per-row's."""
    for scope, group, shape in repeats.reads(recording):
        if not (shape.aggregates and repeats.looked_up(shape, group)):
            yield _finding(recording, scope, group, shape)


def _finding(recording: Recording, scope: Scope, group: Group, shape: Shape) -> Finding:
    names = repeats.Names(recording, scope)
    columns = repeats.looked_up(shape, group)
    return watched.finding(
        recording,
        scope,
        group,
        f"{group.count:,} SELECTs differ in their values alone",
        names.of_read(shape),
        [Claim("repeats_statement", probe=RunProbe(shape.sql, group.count))],
        columns=[names.spelled(shape, each) for each in columns],
        names=[name for *_, name in columns],
        besides=names.besides(shape, group),
        whole=names.of_read(shape) if shape.whole else "",
        related=names.related(shape) if shape.whole else "",
        beside=names.is_beside(shape, columns),
    )


def advise(finding: Finding, recording: Recording) -> Advice:
    """Gives one SELECT with in_() and a dictionary, or the relationship that it stands for."""
    related = finding.details["related"]
    others = [
        Alternative(
            "functools.cache around the lookup, where the same values come often",
            "it holds what was read until it is cleared, changes by others are not seen",
        )
    ]
    if related:
        others.insert(
            0,
            Alternative(
                f"selectinload({related}) on the query that gives the parents",
                "shorter, where all of the relationship is wanted and in its order",
            ),
        )
    return watched.code_advice(
        "the loop asks for each value by itself, and every question waits for the network",
        "ask once for all values, and look each up in a dictionary",
        _code(finding),
        tuple(others),
    )


def _code(finding: Finding) -> str:
    details = finding.details
    columns, whole, beside = details["columns"], details["whole"], details["besides"]
    if not columns:
        return (
            "# before the loop: one SELECT for all turns, its rows in a dictionary\n"
            "found = {row.key: row for row in session.execute(query_for_all)}"
        )
    if whole and details["beside"]:  # what is joined comes along, to tell the rows by
        columns, whole, beside = [whole, *columns], "", f"{beside}  # joined as in the loop"
    key = f"row.{details['names'][0]}"
    if len(details["names"]) > 1:
        key = f"({', '.join(f'row.{each}' for each in details['names'])})"
    condition = repeats.keyed(details["columns"], "values")
    selected = whole or ", ".join(columns if details["beside"] else [*columns, "…"])
    call = "session.scalars(query)" if whole else "session.execute(query)"
    return (
        "# before the loop; `values` are all that it goes through\n"
        "found = collections.defaultdict(list)\n"
        f"query = select({selected}).where({condition}){beside}\n"
        f"for row in {call}:\n"
        f"    found[{key}].append(row)\n"
        "# in the loop\n"
        "rows = found[value]"
    )
