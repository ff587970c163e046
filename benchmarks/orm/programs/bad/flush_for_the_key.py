"""A flush in each turn only to have the key for the children."""

# /// label
# on = ["sqlite", "psycopg"]
# measure = "flushes"
# before = 16
# after = 1
# ///

from sqlalchemy import ForeignKey, String, func, select
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column, relationship


class Base(DeclarativeBase):
    pass


class Project(Base):
    __tablename__ = "project"
    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(String(40))
    closed: Mapped[bool] = mapped_column(default=False)
    tasks: Mapped[list["Task"]] = relationship(cascade="all, delete-orphan", order_by="Task.id")


class Task(Base):
    __tablename__ = "task"
    id: Mapped[int] = mapped_column(primary_key=True)
    title: Mapped[str] = mapped_column(String(80))
    project_id: Mapped[int] = mapped_column(ForeignKey("project.id"), index=True)


def fill(session):
    for number in range(1, 11):
        tasks = [Task(title=f"task {number}.{part}") for part in range(3)]
        session.add(Project(name=f"project {number}", closed=number <= 6, tasks=tasks))


def work(session):
    for number in range(20, 28):  #> loop
        project = Project(name=f"project {number}")
        session.add(project)
        session.flush()  #! flush-storm Project
        session.add_all(Task(title=f"{number}.{n}", project_id=project.id) for n in range(2))
        session.flush()  #! flush-storm Task
    session.commit()
    return session.scalar(select(func.count(Task.id)))


# --- fixed ---


def work(session):
    for number in range(20, 28):
        tasks = [Task(title=f"{number}.{n}") for n in range(2)]
        session.add(Project(name=f"project {number}", tasks=tasks))
    session.commit()
    return session.scalar(select(func.count(Task.id)))
