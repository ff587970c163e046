"""Joined inheritance, columns of two subclasses: one merged option."""

# /// label
# on = ["sqlite", "psycopg", "pymysql"]
# root = "Person"
# option = "selectin_polymorphic(Person, [Engineer, Manager])"
# before = 13
# after = 3
# ///

from sqlalchemy import ForeignKey, String, select
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column, relationship


class Base(DeclarativeBase):
    pass


class Person(Base):
    __tablename__ = "person"
    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(String(40))
    kind: Mapped[str] = mapped_column(String(20))
    __mapper_args__ = {"polymorphic_on": "kind", "polymorphic_identity": "person"}


class Engineer(Person):
    __tablename__ = "engineer"
    id: Mapped[int] = mapped_column(ForeignKey("person.id"), primary_key=True)
    language: Mapped[str] = mapped_column(String(20))
    machines: Mapped[list["Machine"]] = relationship(order_by="Machine.id")
    __mapper_args__ = {"polymorphic_identity": "engineer"}


class Manager(Person):
    __tablename__ = "manager"
    id: Mapped[int] = mapped_column(ForeignKey("person.id"), primary_key=True)
    budget: Mapped[int] = mapped_column()
    __mapper_args__ = {"polymorphic_identity": "manager"}


class Machine(Base):
    __tablename__ = "machine"
    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(String(40))
    engineer_id: Mapped[int] = mapped_column(ForeignKey("engineer.id"), index=True)


def fill(session):
    for number in range(6):
        machines = [Machine(name=f"machine {number}.{part}") for part in range(2)]
        session.add(Engineer(name=f"engineer {number}", language="Python", machines=machines))
        session.add(Manager(name=f"manager {number}", budget=number * 1000))


def describe(person):
    if person.kind == "engineer":
        return f"{person.name} writes {person.language}"  #! inheritance-load Engineer.language
    return f"{person.name} has {person.budget}"  #! inheritance-load Manager.budget


def work(session):
    return [describe(p) for p in session.scalars(select(Person).order_by(Person.id))]  #> loop, root
