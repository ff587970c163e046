"""Deleting objects loads the children of each, though the database could delete them itself.

## What it does

Looks for a line that deletes three and more objects by `session.delete()`, for each of which the
ORM first loads a collection because the delete cascades to it.

## Why is this bad?

Each deleted object costs a SELECT of its children, and each child is an object and a key in a
DELETE. With ON DELETE CASCADE and `passive_deletes=True` one DELETE of the parent does it all.

## When to leave it

When events of the ORM or of the application must see each child that is deleted. Silent is what
deletes one object in each transaction: a request that deletes one, a loop that commits each; and
where a child's delete is listened to, or takes along what the child refers to.
"""

from __future__ import annotations

from collections.abc import Iterator

from dbwright.core.claim import Claim, RunProbe
from dbwright.core.finding import Advice, Alternative, Finding, Fix, Risk, Undo
from dbwright.core.recording import Group, Recording, Relationship, Scope
from dbwright.core.rule import Applies, ProgramExample
from dbwright.recipes.queries import counting, repeats, watched

APPLIES = Applies()
SEVERITY = "warning"
MODELS = """
@event.listens_for(Engine, "connect")
def keys_on(connection, record):
    connection.execute("pragma foreign_keys = on")

class Project(Base):
    __tablename__ = "project"
    id: Mapped[int] = mapped_column(primary_key=True)
    tasks: Mapped[list["Task"]] = relationship(cascade="all, delete-orphan")

class Task(Base):
    __tablename__ = "task"
    id: Mapped[int] = mapped_column(primary_key=True)
    project_id: Mapped[int] = mapped_column(ForeignKey("project.id"), index=True)

def fill(session):
    session.add_all(Project(tasks=[Task(), Task()]) for _ in range(5))

def work(session):
    for project in session.scalars(select(Project).where(Project.id < 5)).all():
        session.delete(project)
    session.flush()
    return session.scalar(select(func.count(Task.id)))
"""
FIXED = """
class Base(DeclarativeBase):
    pass

class Project(Base):
    __tablename__ = "project"
    id: Mapped[int] = mapped_column(primary_key=True)
    tasks: Mapped[list["Task"]] = relationship(cascade="all, delete-orphan", passive_deletes=True)

class Task(Base):
    __tablename__ = "task"
    id: Mapped[int] = mapped_column(primary_key=True)
    project_id: Mapped[int] = mapped_column(
        ForeignKey("project.id", ondelete="CASCADE"), index=True
    )
"""
_IMPORTS = """
from sqlalchemy import Engine, event
"""
BAD = ProgramExample(
    _IMPORTS + MODELS,
    fixed=FIXED,
    claims=("repeats_statement",),
    object="Project.tasks",
)
GOOD = ProgramExample(_IMPORTS + MODELS + FIXED)
GOOD_ONE = ProgramExample(
    _IMPORTS
    + MODELS
    + """
def work(session):
    session.delete(session.get(Project, 3))
    session.flush()
    return session.scalar(select(func.count(Task.id)))
"""
)
GOOD_REQUESTS = ProgramExample(
    _IMPORTS
    + MODELS.partition("def work")[0]
    + """
def delete(engine, key):
    with Session(engine) as session:
        session.delete(session.get(Project, key))
        session.commit()

def main(url):
    engine = create_engine(url)
    delete(engine, 1)
    delete(engine, 2)
    delete(engine, 3)
"""
)
GOOD_LISTENER = ProgramExample(
    """
from sqlalchemy import event

class Project(Base):
    __tablename__ = "project"
    id: Mapped[int] = mapped_column(primary_key=True)
    tasks: Mapped[list["Task"]] = relationship(cascade="all, delete-orphan")

class Task(Base):
    __tablename__ = "task"
    id: Mapped[int] = mapped_column(primary_key=True)
    project_id: Mapped[int] = mapped_column(ForeignKey("project.id"), index=True)
    notes: Mapped[list["Note"]] = relationship(cascade="all, delete-orphan")

class Note(Base):
    __tablename__ = "note"
    id: Mapped[int] = mapped_column(primary_key=True)
    task_id: Mapped[int] = mapped_column(ForeignKey("task.id"), index=True)

def fill(session):
    session.add(Project(tasks=[Task(notes=[Note()]) for _ in range(4)]))

NUMBERS = []

@event.listens_for(Task, "load", restore_load_context=True)
def loaded(task, context):
    NUMBERS.append(sum(note.id for note in task.notes))

def work(session):
    session.delete(session.get(Project, 1))
    session.flush()
    return NUMBERS
"""
)

GOOD_COMMITTED = ProgramExample(
    """
class Project(Base):
    __tablename__ = "project"
    id: Mapped[int] = mapped_column(primary_key=True)
    tasks: Mapped[list["Task"]] = relationship(cascade="all, delete-orphan")

class Task(Base):
    __tablename__ = "task"
    id: Mapped[int] = mapped_column(primary_key=True)
    project_id: Mapped[int] = mapped_column(ForeignKey("project.id"), index=True)

def fill(session):
    session.add_all(Project(tasks=[Task()]) for _ in range(4))

def work(session):
    for key in session.scalars(select(Project.id).order_by(Project.id)).all():
        session.delete(session.get(Project, key))
        session.commit()
    return session.scalar(select(func.count(Task.id)))
"""
)
GOOD_OWN = ProgramExample(
    """
class Project(Base):
    __tablename__ = "project"
    id: Mapped[int] = mapped_column(primary_key=True)
    tasks: Mapped[list["Task"]] = relationship(cascade="all, delete-orphan")

class Label(Base):
    __tablename__ = "label"
    id: Mapped[int] = mapped_column(primary_key=True)

class Task(Base):
    __tablename__ = "task"
    id: Mapped[int] = mapped_column(primary_key=True)
    project_id: Mapped[int] = mapped_column(ForeignKey("project.id"), index=True)
    label_id: Mapped[int] = mapped_column(ForeignKey("label.id"), index=True)
    label: Mapped[Label] = relationship(cascade="all, delete-orphan", single_parent=True)

def fill(session):
    session.add_all(Project(tasks=[Task(label=Label())]) for _ in range(4))

def work(session):
    for project in session.scalars(select(Project).order_by(Project.id)).all():
        session.delete(project)
    session.commit()
    return session.scalar(select(func.count(Label.id)))
"""
)
GOOD_DELETE_LISTENER = ProgramExample(
    """
from sqlalchemy import event

class Project(Base):
    __tablename__ = "project"
    id: Mapped[int] = mapped_column(primary_key=True)
    tasks: Mapped[list["Task"]] = relationship(cascade="all, delete-orphan")

class Task(Base):
    __tablename__ = "task"
    id: Mapped[int] = mapped_column(primary_key=True)
    project_id: Mapped[int] = mapped_column(ForeignKey("project.id"), index=True)

def fill(session):
    session.add_all(Project(tasks=[Task()]) for _ in range(4))

GONE = []

@event.listens_for(Task, "after_delete")
def gone(mapper, connection, task):
    GONE.append(task.id)

def work(session):
    for project in session.scalars(select(Project).order_by(Project.id)).all():
        session.delete(project)
    session.commit()
    return len(GONE)
"""
)


def check(recording: Recording) -> Iterator[Finding]:
    """Yields a finding for each collection and line."""
    for scope in recording.scopes:
        for group in scope.groups:
            if group.how != "lazy" or not group.through & watched.DELETE or group.place is None:
                continue
            if group.through & watched.LISTENED:  # which would load it all the same
                continue
            if group.by_tests or repeats.apart(group):
                continue
            related = counting.collection(recording, group.owner, group.names[0])
            if related is None or not related.cascades_delete or related.secondary:
                continue
            needed = _needs_orm(recording, related.target, set())
            if min(group.count, group.parents) >= repeats.LEAST and not needed:
                yield _finding(recording, scope, group, related)


def _needs_orm(recording: Recording, class_: str, seen: set[str]) -> bool:
    """Whether the delete of a class's objects is listened to, or takes others along as the ORM can.

    ON DELETE has no way from the row with the foreign key to the one that it refers to.
    """
    known = recording.classes.get(class_)
    if known is None or class_ in seen:
        return False
    seen.add(class_)
    cascades = [each for each in known.relationships.values() if each.cascades_delete]
    return known.listened or any(
        each.direction == "MANYTOONE" or _needs_orm(recording, each.target, seen)
        for each in cascades
    )


def _finding(recording: Recording, scope: Scope, group: Group, related: Relationship) -> Finding:
    names = repeats.Names(recording, scope)
    parent, child = names.loading.name(group.owner), names.loading.name(related.target)
    shape = recording.shape(group)
    owner, target = names.mapped(group.owner), names.mapped(related.target)
    key = next((name for _, name in related.foreign), "…")
    return watched.finding(
        recording,
        scope,
        group,
        f"{group.count:,} SELECTs load children only to delete them",
        f"{parent}.{group.names[0]}",
        [Claim("repeats_statement", probe=RunProbe(shape.sql if shape else "", group.count))],
        attribute=group.names[0],
        child=child,
        foreign=key,
        table=target.table if target is not None else "",
        parent_table=owner.table if owner is not None else "",
        parent_key=(owner.keys or ("id",))[0] if owner is not None else "id",
        cascades=all(each.upper() == "CASCADE" for each in related.on_delete or ("",)),
        dialect=shape.dialect if shape is not None else "",
    )


def advise(finding: Finding, recording: Recording) -> Advice:
    """Gives passive_deletes, and ON DELETE CASCADE where the foreign key lacks it."""
    told, name = finding.details, finding.location.object
    code = (
        f'{told["attribute"]} = relationship(…, cascade="all, delete-orphan", passive_deletes=True)'
    )
    if not told["cascades"]:
        code += (
            f"\n# on {told['child']}:\n"
            f"{told['foreign']} = mapped_column("
            f'ForeignKey("{told["parent_table"]}.{told["parent_key"]}", ondelete="CASCADE"), …)\n'
            "# the migration, which replaces the constraint without blocking for long:\n"
            f'# dbwright migrations new "{told["table"]}.{told["foreign"]} on delete cascade"'
        )
    sqlite = told["dialect"] == "sqlite"
    return Advice(
        reason="the cascade of the ORM needs each child in memory to delete it"
        + (", though the foreign key deletes them already" if told["cascades"] else ""),
        fix=Fix("leave the children to the database: passive_deletes=True", code),
        alternatives=(
            Alternative(
                f"selectinload({name}) on the query whose objects are deleted",
                "no migration; the children are still loaded, by one SELECT for all",
            ),
            Alternative(
                f"delete({told['child']}).where({told['child']}.{told['foreign']}.in_(keys)) first",
                "no migration, two statements; the Session does not see what they delete",
            ),
        ),
        risk=Risk(
            "events of the ORM and grandchildren without ON DELETE CASCADE are passed over"
            + (", and SQLite heeds foreign keys only under PRAGMA foreign_keys" if sqlite else ""),
            "give every foreign key below it ON DELETE CASCADE, and look for listeners of delete",
        ),
        undo=Undo("take passive_deletes away; the constraint's own downgrade restores it"),
        tests="delete a parent with children in a test, and count statements and rows left",
        backup="none needed for the setting; the rows that a delete removes are the same",
    )
