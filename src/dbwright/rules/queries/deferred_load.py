"""A column that the query left out is loaded object by object: one SELECT for each.

## What it does

Looks for a line that reads a column which the query did not load, of two and more objects that one
query gave: it is mapped as deferred, or `load_only()` or `defer()` at the query leaves it out.

## Why is this bad?

A column is deferred so that it costs nothing where nobody reads it. Where it is read of each
object, each costs a round trip, and a SELECT by key that the query could have been.

## When to leave it

When the query never gives more than a handful, or the column is so large that few are to be in
memory at once: then `yield_per` at the query is the better way.
"""

from __future__ import annotations

from collections.abc import Iterator

from dbwright.core.finding import Advice, Alternative, Finding, Fix, Risk, Undo
from dbwright.core.recording import Recording
from dbwright.core.rule import Applies, ProgramExample
from dbwright.recipes.queries import watched
from dbwright.recipes.queries.late_columns import LateColumns, late_columns
from dbwright.recipes.queries.loading import on_root, trial

APPLIES = Applies()
SEVERITY = "warning"
MODELS = """
class Document(Base):
    __tablename__ = "document"
    id: Mapped[int] = mapped_column(primary_key=True)
    title: Mapped[str]
    body: Mapped[str] = mapped_column(deferred=True)
    scan: Mapped[str] = mapped_column(deferred=True, deferred_group="heavy")
    notes: Mapped[str] = mapped_column(deferred=True, deferred_group="heavy")

def fill(session):
    session.add_all(Document(title="a", body="b", scan="c", notes="d") for _ in range(5))
"""
BAD = ProgramExample(
    MODELS
    + """
def work(session):
    documents = session.scalars(select(Document).order_by(Document.id)).all()
    return [document.body for document in documents]
""",
    fixed="""
def work(session):
    query = select(Document).options(undefer(Document.body)).order_by(Document.id)
    return [document.body for document in session.scalars(query)]
""",
    claims=("fewer_statements", "repeats_statement"),
    object="Document.body",
)
BAD_GROUP = ProgramExample(
    MODELS
    + """
def work(session):
    documents = session.scalars(select(Document).order_by(Document.id)).all()
    return [(document.scan, document.notes) for document in documents]
""",
    claims=("fewer_statements", "repeats_statement"),
    object="Document.scan",
)
BAD_LEFT_OUT = ProgramExample(
    MODELS
    + """
def work(session):
    query = select(Document).options(load_only(Document.id)).order_by(Document.id)
    return [document.title for document in session.scalars(query).all()]
""",
    claims=("fewer_statements", "repeats_statement"),
    object="Document.title",
)
GOOD = ProgramExample(
    MODELS
    + """
def work(session):
    query = select(Document).options(undefer_group("heavy")).order_by(Document.id)
    return [(document.scan, document.notes) for document in session.scalars(query)]
"""
)
GOOD_ONE = ProgramExample(
    MODELS
    + """
def work(session):
    return session.get(Document, 1).body
"""
)


def check(recording: Recording) -> Iterator[Finding]:
    """Yields a finding for each line that reads columns which its query left out."""
    for late in late_columns(recording):
        if not late.inherited:
            yield _finding(recording, late)


def _finding(recording: Recording, late: LateColumns) -> Finding:
    chains, loading = late.column_steps(), late.loading
    code = ", ".join(map(loading.code, chains))
    tried = trial(late.origin, chains) if late.origin is not None and chains else None
    known = loading.mapped(late.class_)
    deferred = known is not None and known.columns[late.names[0]].deferred
    more = f", with {' and '.join(late.names[1:])}" if late.names[1:] else ""
    return watched.finding(
        recording,
        late.scope,
        late.group,
        f"{late.count:,} SELECTs load it{more}, one for each object",
        late.object,
        watched.repeated(recording, late.group, [tried]),
        code=on_root(late.origin, code) if late.origin is not None and code else "",
        option=code,
        deferred=deferred,
        given=_is_given(recording, late),
    )


def _is_given(recording: Recording, late: LateColumns) -> bool:
    """Whether the query's own text says which columns come: `from_statement()`."""
    shape = recording.shape(late.origin.root) if late.origin is not None else None
    return shape is not None and bool(shape.gives)


def advise(finding: Finding, recording: Recording) -> Advice:
    """Gives the option that loads the column with the query."""
    name, option = finding.location.object, finding.details["option"]
    otherwise = f".options(undefer({name}))"
    deferred = finding.details["deferred"]
    left_out = "it is mapped as deferred" if deferred else "load_only() or defer() leaves it out"
    title = "load it with the query" if deferred else "name it in load_only() as well, or here"
    if finding.details["given"]:
        title = "select the column in the statement that is given, if it is not there, and load it"
    return Advice(
        reason=f"{left_out}, so that the query gives the objects without it, and each one asks for "
        "its own when it is read",
        fix=Fix(f"{title}: {option or otherwise}", finding.details["code"] or otherwise),
        alternatives=(
            Alternative(
                "select the columns that are read, and no objects",
                "the rows are no objects: they cannot be changed and saved",
            ),
            Alternative(
                "deferred_raiseload=True beside deferred",
                "a query that forgets it fails in the test instead of being slow in production",
            ),
        ),
        risk=Risk(
            "a large column of all objects is in memory at once",
            "give the option to this query alone; with yield_per where there are many",
        ),
        undo=Undo("take the option away"),
        tests="count the statements in a test: with dbwright.watch()",
        backup="none needed: only how objects are loaded changes",
    )
