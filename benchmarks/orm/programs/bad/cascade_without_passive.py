"""The database has ON DELETE CASCADE, the relationship does not know it."""

# /// label
# on = ["psycopg"]
# before = 20
# after = 3
# beside = ["autoflush-storm", "rows-loaded-to-count"]
# replace = [["relationship(cascade=\"all, delete-orphan\",", "relationship(cascade=\"all, delete-orphan\", passive_deletes=True,"]]
# ///

from sqlalchemy import ForeignKey, String, select
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
    project_id: Mapped[int] = mapped_column(ForeignKey("project.id", ondelete="CASCADE"), index=True)


def fill(session):
    for number in range(1, 11):
        tasks = [Task(title=f"task {number}.{part}") for part in range(3)]
        session.add(Project(name=f"project {number}", closed=number <= 6, tasks=tasks))


def close(session, project):
    session.delete(project)  #! cascade-delete-per-row Project.tasks


def work(session):
    projects = session.scalars(select(Project).where(Project.closed)).all()
    for project in projects:  #> loop
        close(session, project)
    session.commit()
    return len(session.scalars(select(Task)).all())
