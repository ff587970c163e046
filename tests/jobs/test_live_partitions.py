"""`--db`: what a partition or child table has of its parent, and what an extension owns."""

from __future__ import annotations

import pytest

from .projects import Answer, Project, revision
from .test_live import live as live
from .test_live import run

pytestmark = pytest.mark.database
MODELS = """
from datetime import datetime
from sqlalchemy import BigInteger, DateTime, Index, Text
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column


class Base(DeclarativeBase):
    pass


class Event(Base):
    __tablename__ = "events"
    __table_args__ = (Index("ix_events_kind", "kind"), {"postgresql_partition_by": "RANGE (at)"})
    id: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    at: Mapped[datetime] = mapped_column(DateTime(timezone=True), primary_key=True)
    kind: Mapped[str] = mapped_column(Text)
"""
TABLES = (
    "create table events (id bigint, at timestamptz, kind text not null, primary key (id, at)) "
    "partition by range (at)",
    "create index ix_events_kind on events (kind)",
    "create table events_1 partition of events for values from ('2026-01-01') to ('2026-02-01')",
    "create table sessions (id bigint primary key, check (id > 0))",
    "create table old_sessions () inherits (sessions)",
)
STAMP = "create table alembic_version (version_num text); insert into alembic_version values ('a1')"


def answered(project: Project, live: object, by_hand: str) -> tuple[Answer, list[str]]:
    """Gives the answer about a live database, and the objects that differ from the revisions."""
    run(live, ";".join((*TABLES, STAMP)))
    url = run(live, by_hand)
    up = "\n".join(f"op.execute({sql!r})" for sql in TABLES)
    down = 'op.execute("drop table events, sessions cascade")'
    project.standard(models=MODELS)
    project.revisions(a1=revision("a1", None, up, down), b2=None)
    answer = project.check("--db", url)
    found = [
        item["location"]["object"]
        for item in answer.report["recommendations"]
        if "outside-of" in item["rule"] or "missing-in" in item["rule"]
    ]
    return answer, sorted(found)


@pytest.mark.parametrize(
    ("by_hand", "told"),
    [
        ("create index extra on events (at)", ["events.extra"]),
        ("alter table events add constraint one unique (kind, at)", ["events.one"]),
        ("alter table events add constraint positive check (id > 0)", ["events.positive"]),
        ("alter table events add parent bigint references sessions",
         ["events.events_parent_fkey", "events.parent"]),
        ("alter table events alter kind type varchar(40)", ["events.kind"]),
        ("alter table events alter kind drop not null", ["events.kind"]),
        ("alter table events alter kind set default 'x'", ["events.kind"]),
        ("alter table sessions add constraint short check (id < 9)", ["sessions.short"]),
        ("alter table sessions add note text", ["sessions.note"]),
        # what the partition has for itself is its own
        ("create index own on events_1 (at)", ["events_1.own"]),
        ("alter table events_1 alter kind set default 'x'", ["events_1.kind"]),
        ("alter table events_1 add constraint short check (length(kind) < 9)", ["events_1.short"]),
        ("create index own on old_sessions (id)", ["old_sessions.own"]),
    ],
)  # fmt: skip
def test_change_of_a_parent_is_told_once(
    project: Project, live: object, by_hand: str, told: list[str]
):
    assert answered(project, live, by_hand)[1] == told


def test_trigger_of_a_parent_is_told_once(project: Project, live: object):
    with live.connect() as connection:  # type: ignore[attr-defined]
        body = "$$begin return new; end$$"
        connection.execute(f"create function f() returns trigger language plpgsql as {body}")
    by_hand = "create trigger t after insert on events for each row execute function f()"
    assert answered(project, live, by_hand)[1] == ["events.t"]


def test_index_of_a_partition_under_another_name_is_no_drift(project: Project, live: object):
    by_hand = """
        drop index ix_events_kind; create index ix_events_kind on only events (kind);
        create index built_alone on events_1 (kind);
        alter index ix_events_kind attach partition built_alone
    """
    assert answered(project, live, by_hand)[1] == []


def test_partitions_come_and_go_with_the_time(project: Project, live: object):
    by_hand = """
        create table events_2 partition of events
            for values from ('2026-02-01') to ('2026-03-01') partition by hash (id);
        create table events_2_a partition of events_2 for values with (modulus 2, remainder 0);
        drop table events_1
    """
    answer, told = answered(project, live, by_hand)
    assert told == ["events_1"]
    gone = answer.found("missing-in-live-database")
    assert gone["severity"] == "info"
    assert "undeclared-in-models" not in {
        item["rule"]
        for item in answer.report["recommendations"]
        if item["location"]["object"] == "events_1"
    }
    run(live, ";".join(step["sql"] for step in gone["fix"]["steps"]))
    assert told_again(project, live) == []


def told_again(project: Project, live: object) -> list[str]:
    answer = project.check("--db", str(live.url()))  # type: ignore[attr-defined]
    return [rule for rule in answer.rules if "outside-of" in rule or "missing-in" in rule]


def test_what_is_missing_of_a_partitioned_table_can_be_made_again(project: Project, live: object):
    """A concurrent build, and a key that is validated later, are refused of such a table."""
    answer, told = answered(project, live, "drop index ix_events_kind")
    assert told == ["events.ix_events_kind"]
    (step,) = answer.found("missing-in-live-database")["fix"]["steps"]
    run(live, step["sql"])
    assert told_again(project, live) == []


def test_what_an_extension_owns_is_no_drift(project: Project, live: object):
    """Its members, and what it keeps in a schema that it made, as TimescaleDB its chunks."""
    with live.superuser() as connection:  # type: ignore[attr-defined]
        connection.execute(
            """
            create extension pg_trgm;
            create extension pg_stat_statements;
            create schema kept;
            alter extension pg_trgm add schema kept;
            create table kept.chunk (id int primary key);
            create type kind as enum ('a');
            alter extension pg_trgm add type kind;
            create table spatial_ref_sys (id serial primary key, kind kind);
            create index on spatial_ref_sys (kind);
            alter extension pg_trgm add table spatial_ref_sys
            """
        )
        connection.commit()
    assert answered(project, live, "select 1")[1] == []
