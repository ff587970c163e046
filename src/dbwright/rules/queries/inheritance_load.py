"""Columns of subclasses are loaded object by object: one SELECT for each.

## What it does

Looks for a line that reads a column which only a subclass has, of two and more objects that a query
of the class above it gave.

## Why is this bad?

A query of the class above loads the columns that all its subclasses share. Each object asks for
the rest by a SELECT of its own when it is read, also where all are in one table.

## When to leave it

When the query never gives more than a handful, or one in very many is of the subclass.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from dbwright.core.finding import Advice, Alternative, Finding, Fix, Risk, Undo
from dbwright.core.recording import Recording
from dbwright.core.rule import Applies, ProgramExample
from dbwright.recipes.queries import watched
from dbwright.recipes.queries.late_columns import LateColumns, late_columns
from dbwright.recipes.queries.loading import on_root, trial

APPLIES = Applies()
SEVERITY = "warning"
MODELS = """
class Person(Base):
    __tablename__ = "person"
    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str]
    kind: Mapped[str]
    __mapper_args__ = {"polymorphic_on": "kind", "polymorphic_identity": "person"}

class Engineer(Person):
    __tablename__ = "engineer"
    id: Mapped[int] = mapped_column(ForeignKey("person.id"), primary_key=True)
    language: Mapped[str]
    __mapper_args__ = {"polymorphic_identity": "engineer"}

class Manager(Person):
    budget: Mapped[int | None]
    __mapper_args__ = {"polymorphic_identity": "manager"}

def fill(session):
    for number in range(5):
        session.add_all([Engineer(name="Ada", language="SQL"), Manager(name="Bo", budget=number)])
"""
BAD = ProgramExample(
    MODELS
    + """
def work(session):
    found = []
    for person in session.scalars(select(Person).order_by(Person.id)).all():
        if isinstance(person, Engineer):
            found.append(person.language)
    return found
""",
    fixed="""
def work(session):
    query = select(Person).options(selectin_polymorphic(Person, [Engineer])).order_by(Person.id)
    people = session.scalars(query).all()
    return [person.language for person in people if isinstance(person, Engineer)]
""",
    claims=("fewer_statements", "repeats_statement"),
    object="Engineer.language",
)
BAD_ONE_TABLE = ProgramExample(
    MODELS
    + """
def work(session):
    people = session.scalars(select(Person).order_by(Person.id)).all()
    return [person.budget for person in people if isinstance(person, Manager)]
""",
    claims=("fewer_statements", "repeats_statement"),
    object="Manager.budget",
)
GOOD = ProgramExample(
    MODELS
    + """
def work(session):
    return [person.language for person in session.scalars(select(Engineer).order_by(Engineer.id))]
"""
)
GOOD_POLYMORPHIC = ProgramExample(
    MODELS
    + """
def work(session):
    everyone = with_polymorphic(Person, [Engineer, Manager])
    people = session.scalars(select(everyone).order_by(everyone.id)).all()
    return [person.language if person.kind == "engineer" else person.budget for person in people]
"""
)


def check(recording: Recording) -> Iterator[Finding]:
    """Yields a finding for each line and subclass; those of one query share one option."""
    found = [late for late in late_columns(recording) if late.inherited]
    for late in found:
        yield _finding(recording, late, _of_one_query(late, found))


def _of_one_query(late: LateColumns, found: Sequence[LateColumns]) -> tuple[str, ...]:
    """Gives the subclasses that are loaded late of the same objects: options would not add up."""
    same = [each.class_ for each in found if each.origin == late.origin]
    return tuple(dict.fromkeys(same)) if late.origin is not None else (late.class_,)


def _finding(recording: Recording, late: LateColumns, classes: tuple[str, ...]) -> Finding:
    steps, loading = late.subclass_steps(classes), late.loading
    code = loading.code(steps)
    tried = trial(late.origin, [steps]) if late.origin is not None else None
    base = loading.name(loading.root(late.class_))
    names = ", ".join(map(loading.name, classes))
    return watched.finding(
        recording,
        late.scope,
        late.group,
        f"{late.count:,} SELECTs load it, one for each {loading.name(late.class_)}",
        late.object,
        watched.repeated(recording, late.group, [tried]),
        code=on_root(late.origin, code) if late.origin is not None else "",
        option=code,
        otherwise=f"selectin_polymorphic({base}, [{names}])",
        base=loading.name(loading.end(late.origin)) if late.origin is not None else base,
    )


def advise(finding: Finding, recording: Recording) -> Advice:
    """Gives the one option that loads the columns of all the subclasses."""
    details = finding.details
    option = details["option"] or details["otherwise"]
    return Advice(
        reason=f"the query selects {details['base']}, which has no such column: each object asks "
        "for those of its own class when one is read",
        fix=Fix(f"load them with the query: {option}", details["code"] or f".options({option})"),
        alternatives=(
            Alternative(
                f"with_polymorphic({details['base']}, [...]) instead of {details['base']}",
                "one statement with an outer join for each table: wider rows, and all of them",
            ),
            Alternative(
                '"polymorphic_load": "selectin" in the subclass\'s __mapper_args__',
                f"every query of {details['base']} then loads them, those that never read them too",
            ),
        ),
        risk=Risk(
            "columns are loaded that the code may not read in every case",
            "give the option to this query alone; name all subclasses in the one option, of two "
            "only one holds",
        ),
        undo=Undo("take the option away"),
        tests="count the statements in a test: with dbwright.watch()",
        backup="none needed: only how objects are loaded changes",
    )
