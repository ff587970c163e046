"""Deleting projects loads the tasks of each to delete them, which ON DELETE CASCADE does."""

# /// label
# on = ["psycopg", "pymysql"]
# before = 20
# after = 3
# beside = ["autoflush-storm"]
# replace = [["relationship(cascade=\"all, delete-orphan\",", "relationship(cascade=\"all, delete-orphan\", passive_deletes=True,"], ["ForeignKey(\"project.id\")", "ForeignKey(\"project.id\", ondelete=\"CASCADE\")"]]
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
    for project in session.scalars(select(Project).where(Project.closed)).all():  #> loop
        session.delete(project)  #! cascade-delete-per-row Project.tasks
    session.commit()
    return session.scalar(select(func.count(Task.id)))
