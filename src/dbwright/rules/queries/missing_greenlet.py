"""An attribute that is not loaded is read where nothing can await its load.

## What it does

Looks for attributes of an AsyncSession's objects that raise MissingGreenlet when they are read: a
relationship, a deferred column, what a commit has expired, or what the database has made. It sees
them where the program or pydantic catches the error, too.

## Why is this bad?

A plain attribute cannot await, so SQLAlchemy refuses to ask the database and the request fails.
It fails for those objects only whose attribute was not loaded by chance.

## When to leave it

When the line is there to find out whether something is loaded: where a handler around it names
MissingGreenlet it is silent. `inspect(object).unloaded` says the same without an error.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from dbwright.core.claim import Claim, RunProbe, Trial
from dbwright.core.finding import Advice, Alternative, Finding, Fix, Risk, Undo
from dbwright.core.recording import Group, Recording, Scope
from dbwright.core.rule import Applies, ProgramExample
from dbwright.recipes.queries import holding
from dbwright.recipes.queries.loading import Loading, Step, on_root, trial

APPLIES = Applies()
SEVERITY = "error"
_MODELS = """
class Author(Base):
    __tablename__ = "author"
    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(default="ada")
    posts: Mapped[list["Post"]] = relationship(order_by="Post.id")

class Post(Base):
    __tablename__ = "post"
    id: Mapped[int] = mapped_column(primary_key=True)
    author_id: Mapped[int] = mapped_column(ForeignKey("author.id"), index=True)

def fill(session):
    session.add_all(Author(posts=[Post(), Post()]) for _ in range(5))
"""
BAD = ProgramExample(
    _MODELS
    + """
async def work(session):
    author = (await session.scalars(select(Author).where(Author.id == 1))).one()
    try:
        return len(author.posts)
    except Exception:
        return "caught"
""",
    claims=("fails_at_runtime", "loads_ahead"),
    object="Author.posts",
    fixed="""
async def work(session):
    query = select(Author).where(Author.id == 1).options(selectinload(Author.posts))
    return len((await session.scalars(query)).one().posts)
""",
)
BAD_EXPIRED = ProgramExample(
    _MODELS
    + """
async def work(session):
    author = await session.get(Author, 1)
    author.name = "grace"
    await session.commit()
    try:
        return author.name
    except Exception:
        return "caught"
""",
    claims=("fails_at_runtime",),
    object="Author.name",
)
GOOD = ProgramExample(
    _MODELS
    + """
async def work(session):
    query = select(Author).where(Author.id == 1).options(selectinload(Author.posts))
    return len((await session.scalars(query)).one().posts)
"""
)
# as DataJunction's refresh_if_needed()
GOOD_EXPECTED = ProgramExample(
    _MODELS
    + """
from sqlalchemy.exc import MissingGreenlet, StatementError

async def work(session):
    authors = (await session.scalars(select(Author).order_by(Author.id))).all()
    missing = []
    for author in authors:
        try:
            author.posts
        except (MissingGreenlet, StatementError):
            missing.append(author)
    return len(missing)
""",
    dialect="postgresql",
)
_OTHERWISE = {
    "unawaited-expired": (
        "keep what is loaded after a commit: expire_on_commit=False",
        "async_sessionmaker(engine, expire_on_commit=False)",
        "the commit has expired it, and reading it needs a SELECT",
    ),
    "unawaited-column": (
        "fetch what the database makes along with the write: eager_defaults",
        '__mapper_args__ = {{"eager_defaults": True}}  # of {owner}\n'
        "# or, after the flush:  await session.refresh(object, [{name!r}])",
        "the database made its value at the last flush, and it was not fetched then",
    ),
}


_WITHOUT = "the query gives the objects without it"


def check(recording: Recording) -> Iterator[Finding]:
    """Yields a finding for each attribute and line."""
    for scope in recording.scopes:
        for group in scope.groups:
            place = group.place
            if not group.how.startswith("unawaited") or place is None:
                continue
            if "MissingGreenlet" not in place.expected:  # else it is asked whether it is loaded
                yield _finding(recording, scope, group)


def _finding(recording: Recording, scope: Scope, group: Group) -> Finding:
    loading = Loading(recording, scope)
    owner, name = loading.name(group.owner), group.names[0]
    code, title, reason, tried = _cure(loading, group)
    place = group.place
    assert place is not None
    witness = f"{owner}.{name} raised MissingGreenlet"
    claims = [holding.claim("fails_at_runtime", "groups", place, "reading it fails", witness)]
    if tried is not None:
        probe = RunProbe("", group.count, (tried,), said=f"{group.owner}.{name}")
        claims.append(Claim("loads_ahead", probe=probe))
    return holding.finding(
        place,
        "it is read before it is loaded, and a plain attribute cannot await: MissingGreenlet",
        claims,
        name=f"{owner}.{name}",
        evidence=[f"{group.count:,} times in this run"],
        code=code,
        title=title,
        reason=reason,
    )


def _cure(loading: Loading, group: Group) -> tuple[str, str, str, Trial | None]:
    """The code, its title, the reason and what a run can try of it: by what the attribute is."""
    owner, name = loading.name(group.owner), group.names[0]
    if group.how in _OTHERWISE:
        title, code, reason = _OTHERWISE[group.how]
        return code.format(owner=owner, name=name), title, reason, None
    mapped = loading.mapped(group.owner)
    related = mapped.relationships.get(name) if mapped is not None else None
    lazy = replace(group, how="lazy" if related is not None else "column")
    origin = loading.origin(lazy)
    steps = loading.steps(origin) if origin is not None else []
    if related is None:
        steps = [*steps, Step("undefer", group.owner, name)]
    elif not steps:
        steps = [Step(loading.best(origin, related), group.owner, name)]
    option = loading.code(steps)
    code = on_root(origin, option) if origin is not None else f".options({option})"
    tried = trial(origin, [steps]) if origin is not None else None
    return code, f"load it with the query: {option}", _WITHOUT, tried


def advise(finding: Finding, recording: Recording) -> Advice:
    """Gives what loads it ahead: an option of the query, or a setting of Session or mapper."""
    details = finding.details
    return Advice(
        reason=f"{details['reason']}; attributes of an AsyncSession's objects have to be there "
        "before they are read",
        fix=Fix(details["title"], details["code"]),
        alternatives=(
            Alternative(
                "await object.awaitable_attrs.name, with AsyncAttrs as a base of the models",
                "a SELECT for each object: for one object, not for a list",
            ),
            Alternative(
                "lazy='raise' on relationships",
                "the same lines fail, in every test and with a message that names the relationship",
            ),
        ),
        risk=Risk(
            "more is loaded than each caller reads",
            "give the option to the query of this caller alone",
        ),
        undo=Undo("take the option or the setting away"),
        tests="a test that awaits this line on an object which the session has just loaded",
        backup="none needed: only how objects are loaded changes",
    )
