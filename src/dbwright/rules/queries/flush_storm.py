"""A loop flushes the Session for each object.

## What it does

Looks for a line in a loop that calls `flush()` five and more times with a few changed objects
each.

## Why is this bad?

The Session collects changes so that one flush can write them together, in the order that foreign
keys need. A flush in each turn makes each object a round trip of its own.

## When to leave it

When each turn needs what the database fills in, for something outside of the Session: a number that
is printed, a row that another system reads. Silent are batches, flushes of a savepoint, turns whose
error is caught or told by name, loops that flush all the same, since they commit or ask, and a
flush within `try`, which is there for its error, or of a library.
"""

from __future__ import annotations

from collections.abc import Iterator

from dbwright.core.claim import Claim, RunProbe
from dbwright.core.finding import Advice, Alternative, Finding, Risk
from dbwright.core.recording import Group, Recording, Scope
from dbwright.core.rule import Applies, ProgramExample
from dbwright.recipes.queries import repeats, watched, writing

APPLIES = Applies()
SEVERITY = "warning"
MODELS = """
class Project(Base):
    __tablename__ = "project"
    id: Mapped[int] = mapped_column(primary_key=True)
    tasks: Mapped[list["Task"]] = relationship()

class Task(Base):
    __tablename__ = "task"
    id: Mapped[int] = mapped_column(primary_key=True)
    project_id: Mapped[int] = mapped_column(ForeignKey("project.id"), index=True)
"""
BAD = ProgramExample(
    MODELS
    + """
def work(session):
    for number in range(6):
        project = Project()
        session.add(project)
        session.flush()
        session.add(Task(project_id=project.id))
    session.commit()
    return session.scalar(select(func.count(Task.id)))
""",
    fixed="""
def work(session):
    for number in range(6):
        session.add(Project(tasks=[Task()]))
    session.commit()
    return session.scalar(select(func.count(Task.id)))
""",
    claims=("flushes_each_row",),
)
GOOD = ProgramExample(
    MODELS
    + """
def work(session):
    for _ in range(6):
        session.add_all(Project() for _ in range(50))
        session.flush()
        session.expunge_all()
    return session.scalar(select(func.count(Project.id)))
"""
)
GOOD_NAMED = ProgramExample(
    MODELS
    + """
def work(session):
    try:
        for number in range(20, 26):
            project = Project(id=number)
            session.add(project)
            session.flush()
    except Exception as error:
        raise ValueError(f"project {project.id} is there already") from error
"""
)
GOOD_SAVEPOINT = ProgramExample(
    MODELS
    + """
def work(session):
    failed = 0
    for key in [1, 2, 2, 3, 4, 5, 6]:
        try:
            with session.begin_nested():
                session.execute(insert(Project).values(id=key))
        except Exception:
            failed += 1
    return failed
"""
)


def check(recording: Recording) -> Iterator[Finding]:
    """Yields a finding for each line."""
    found = (
        (scope, *each)
        for scope in recording.scopes
        for each in writing.flushes(recording, scope, "flush")
    )
    for scope, group, class_ in writing.worst(found):
        yield _finding(recording, scope, group, class_)


def _finding(recording: Recording, scope: Scope, group: Group, class_: str) -> Finding:
    name = repeats.Names(recording, scope).loading.name(class_)
    said = f"the program flushed {group.count:,} times, {writing.objects(group):.2g} objects each"
    return watched.finding(
        recording,
        scope,
        group,
        f"{group.count:,} flushes write an object or a few each",
        name,
        [Claim("flushes_each_row", probe=RunProbe("", group.count, said=said))],
        of=name,
        place=f"{group.place.file}:{group.place.line}" if group.place else "",
        itself=group.place is not None and "flush(" in group.place.code,
    )


def advise(finding: Finding, recording: Recording) -> Advice:
    """Gives one flush behind the loop, keys by relationships, or one INSERT."""
    name, place = finding.details["of"], finding.details["place"]
    left = "without session.flush()"
    if not finding.details["itself"]:
        left = f"session.add() in place of what flushes the {name} there"
    return watched.code_advice(
        "each flush writes what the turn has changed and waits for the database",
        "leave flush() out of the loop: the commit flushes all at once",
        f"# {place}: {left}\n"
        "for … in …:\n"
        f"    session.add({name}(…))  # children by their relationship, no key is needed\n"
        "session.commit()",
        (
            Alternative(
                f"session.execute(insert({name}), rows), with returning() where keys are needed",
                "one statement and no objects; defaults of the ORM's events do not run",
            ),
            Alternative(
                "flush() for each thousand objects",
                "holds less memory where the import is long",
            ),
        ),
        Risk(
            "an error of the database comes at the end, not at the object that caused it",
            "its message has the row's values; validate in Python what may be wrong",
        ),
    )
