"""Two collections are joined into one query, which gives their product.

## What it does

Looks for queries that load two and more collections side by side by joins (`joinedload()`, or
`lazy="joined"`), and whose rows were more than objects and elements together.

## Why is this bad?

An object with 20 tags and 30 links comes in 600 rows instead of 50, each with all columns of all
three. `unique()` hides it: the objects are right, the time is not.

## When to leave it

When one of the collections never has more than one element.
"""

from __future__ import annotations

from collections.abc import Iterator

from dbwright.core.claim import Claim, RunProbe
from dbwright.core.finding import Advice, Alternative, Finding, Risk
from dbwright.core.recording import Group, Recording, Scope, Shape
from dbwright.core.rule import Applies, ProgramExample
from dbwright.recipes.queries import counting, repeats, watched
from dbwright.recipes.queries.loading import Origin, Step, trial

APPLIES = Applies()
SEVERITY = "warning"
MODELS = """
class Article(Base):
    __tablename__ = "article"
    id: Mapped[int] = mapped_column(primary_key=True)
    tags: Mapped[list["Tag"]] = relationship(order_by="Tag.id")
    links: Mapped[list["Link"]] = relationship(order_by="Link.id")

class Tag(Base):
    __tablename__ = "tag"
    id: Mapped[int] = mapped_column(primary_key=True)
    article_id: Mapped[int] = mapped_column(ForeignKey("article.id"), index=True)

class Link(Base):
    __tablename__ = "link"
    id: Mapped[int] = mapped_column(primary_key=True)
    article_id: Mapped[int] = mapped_column(ForeignKey("article.id"), index=True)

def fill(session):
    for _ in range(4):
        tags, links = [Tag() for _ in range(5)], [Link() for _ in range(6)]
        session.add(Article(tags=tags, links=links))

def told(articles):
    return [([t.id for t in a.tags], [u.id for u in a.links]) for a in articles]
"""
BAD = ProgramExample(
    MODELS
    + """
def work(session):
    query = select(Article).options(joinedload(Article.tags), joinedload(Article.links))
    return told(session.scalars(query).unique().all())
""",
    fixed="""
def work(session):
    query = select(Article).options(selectinload(Article.tags), selectinload(Article.links))
    return told(session.scalars(query).all())
""",
    claims=("multiplies_rows", "fewer_rows"),
    object="Article.tags+Article.links",
)
GOOD = ProgramExample(
    MODELS
    + """
def work(session):
    query = select(Article).options(joinedload(Article.tags), selectinload(Article.links))
    return told(session.scalars(query).unique().all())
"""
)
GOOD_SINGLE = ProgramExample(
    MODELS
    + """
def fill(session):
    session.add_all(Article(tags=[Tag()], links=[Link()]) for _ in range(5))

def work(session):
    query = select(Article).options(joinedload(Article.tags), joinedload(Article.links))
    return told(session.scalars(query).unique().all())
"""
)
# as flaskbb's topics, whose query selects what it joins besides
GOOD_OF_ANOTHER_JOIN = ProgramExample(
    MODELS
    + """
def fill(session):
    session.add_all(Article(links=[Link() for _ in range(6)]) for _ in range(5))

def work(session):
    other = aliased(Link)
    query = (
        select(Article, other)
        .join(other, other.article_id == Article.id)
        .options(joinedload(Article.tags), joinedload(Article.links))
    )
    return [(told([article]), link.id) for article, link in session.execute(query).unique()]
"""
)


def check(recording: Recording) -> Iterator[Finding]:
    """Yields a finding for each query and line whose rows are a product."""
    for scope in recording.scopes:
        for group in scope.groups:
            shape = recording.shape(group)
            if shape is None or len(shape.siblings) < 2 or group.place is None:
                continue
            if 0 < group.needed < group.rows:
                yield _finding(recording, scope, group, shape)


def _finding(recording: Recording, scope: Scope, group: Group, shape: Shape) -> Finding:
    names = repeats.Names(recording, scope)
    chains = [_chain(recording, path) for path in shape.siblings]
    said = f"{group.rows:,} rows came for {group.needed:,} objects and elements"
    claims = [Claim("multiplies_rows", probe=RunProbe(shape.sql, group.count, said=said))]
    tried = trial(Origin(group, shape.siblings[0][0][0], (), 0), chains)
    if tried is not None:
        claims.append(Claim("fewer_rows", probe=RunProbe(shape.sql, group.count, (tried,))))
    code = ", ".join(names.loading.code(chain) for chain in chains)
    collections = [f"{names.loading.name(path[-1][0])}.{path[-1][1]}" for path in shape.siblings]
    return watched.finding(
        recording,
        scope,
        group,
        f"{group.rows:,} rows come where {group.needed:,} would do: the collections multiply",
        "+".join(collections),
        claims,
        code=code,
        collections=collections,
    )


def _chain(recording: Recording, path: tuple[tuple[str, str], ...]) -> list[Step]:
    """Gives the loaders of a path: a SELECT of its own for each collection on it."""
    return [
        Step("selectinload" if counting.collection(recording, *step) else "joinedload", *step)
        for step in path
    ]


def advise(finding: Finding, recording: Recording) -> Advice:
    """Gives selectinload for each of the collections."""
    code, first = finding.details["code"], finding.details["collections"][0]
    return watched.code_advice(
        "the join gives each element of one collection with each element of the other",
        "load each collection by a SELECT of its own: selectinload()",
        f".options({code})  # in place of joinedload()",
        (
            Alternative(
                f"joinedload({first}) alone stays, the others by selectinload()",
                "a statement less; the rows of the object itself still come again",
            ),
            Alternative(
                "lazy='selectin' on the relationships instead of lazy='joined'",
                "every query of the class then sends these SELECTs",
            ),
        ),
        Risk(
            "a statement more for each collection, which sees what others committed in between",
            "read in one transaction of REPEATABLE READ where that matters",
        ),
    )
