"""ON DELETE CASCADE in the database, passive_deletes in the mapping."""

# /// label
# on = ["psycopg", "pymysql"]
# looks = "cascade-delete-per-row"
# why = "the database deletes the tasks"
# before = 3
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
    tasks: Mapped[list["Task"]] = relationship(
        cascade="all, delete-orphan", passive_deletes=True, order_by="Task.id"
    )


class Task(Base):
    __tablename__ = "task"
    id: Mapped[int] = mapped_column(primary_key=True)
    title: Mapped[str] = mapped_column(String(80))
    project_id: Mapped[int] = mapped_column(ForeignKey("project.id", ondelete="CASCADE"), index=True)


def fill(session):
    for number in range(1, 11):
        tasks = [Task(title=f"task {number}.{part}") for part in range(3)]
        session.add(Project(name=f"project {number}", closed=number <= 6, tasks=tasks))


def work(session):
    for project in session.scalars(select(Project).where(Project.closed)).all():
        session.delete(project)
    session.commit()
    return session.scalar(select(func.count(Task.id)))
