"""Defaults that only the database has: declared in the model, and a sequence that others use."""

from __future__ import annotations

import pytest

from .projects import Project, revision
from .test_live import live as live
from .test_live import run

pytestmark = pytest.mark.database
MODELS = """
from sqlalchemy import BigInteger, Text
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column


class Base(DeclarativeBase):
    pass


class Event(Base):
    __tablename__ = "events"
    id: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    day: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    kind: Mapped[str] = mapped_column(Text)
"""
SERIAL = "create table events (id bigserial, day bigint, kind text not null, primary key (id, day))"
DEFAULT = SERIAL.replace("bigserial", "bigint").replace(
    "kind text", "kind text default 'it''s :a 50%'"
)
CUT = f"{SERIAL} partition by range (day)"
PART = "create table events_1 partition of events for values from (1) to (2)"
STAMP = "create table alembic_version (version_num text); insert into alembic_version values ('a1')"


@pytest.mark.parametrize(
    ("table", "declared"),
    [(SERIAL, "autoincrement=True"), (DEFAULT, "50%'::text")],
)
def test_default_of_the_database_is_declared(project: Project, table: str, declared: str):
    """Running code may lean on it, so that a revision that drops it would be told in its turn."""
    project.trials = True
    escaped = table.replace(":", "\\:")  # no parameter
    made = f"op.execute({escaped!r})"
    project.standard(models=MODELS)
    project.revisions(a1=revision("a1", None, made, 'op.execute("drop table events")'), b2=None)
    fix = project.check().found("differs-from-models")["fix"]
    assert declared in fix["code"]
    assert fix["trial"]["level"] == "verified"


def test_sequence_that_a_detached_partition_draws_from_is_left(project: Project, live: object):
    run(live, f"{CUT.replace('bigserial', 'bigint')};{PART};{STAMP}")
    by_hand = f"""
        create sequence events_id_seq owned by events.id;
        alter table events alter id set default nextval('events_id_seq');
        alter table events detach partition events_1; {PART.replace("events_1", "events_2")}
    """
    url = run(live, by_hand)
    up = "\n".join(f"op.execute({s!r})" for s in (CUT.replace("bigserial", "bigint"), PART))
    project.standard(models=MODELS.replace("kind:", "__table_args__ = {'postgresql_partition_by': "
                                           "'RANGE (day)'}\n    kind:"))  # fmt: skip
    project.revisions(a1=revision("a1", None, up, 'op.execute("drop table events")'), b2=None)
    report = project.check("--db", url).report["recommendations"]
    found = next(item for item in report if item["location"]["object"] == "events.id")
    run(live, ";".join(step["sql"] for step in found["fix"]["steps"]))
    run(live, "insert into events_1 (day, kind) values (1, 'a')")
    run(live, str(found["undo"]["text"]))
    run(live, "insert into events (day, kind) values (1, 'b')")
