"""A chain replayed in one command, with what each revision ran."""

from __future__ import annotations

from typing import Any

from dbwright.core.operation import AddColumn
from dbwright.verify.replay import replay

ARGUMENTS = {"config": "alembic.ini", "section": None}


def test_each_revision_is_noted_with_its_statements(
    worker: Any, sandbox: Any, revisions: Any
) -> None:
    revisions(
        'op.add_column("books", sa.Column("isbn", sa.String(13)))\n'
        'op.create_index("ix", "books", ["isbn"])'
    )
    with sandbox.clone(None) as database:
        found = replay(worker, ARGUMENTS, database, dialect="postgresql", wanted={"second"})
    first, second = found.ran
    assert (first.revision, second.revision) == ("first", "second")
    assert len(first.statements) == 2
    assert first.after is None
    assert isinstance(second.statements[0].operations[0], AddColumn)
    assert second.statements[0].place.line == 10
    assert second.before is not None
    assert second.before.table("books").column("isbn") is None
    assert second.after.table("books").column("isbn") is not None
    assert [index.name for index in second.after.table("books").indexes] == ["ix"]


def test_what_stops_the_chain_is_kept_with_what_ran_before_it(
    worker: Any, sandbox: Any, revisions: Any
) -> None:
    revisions('op.drop_table("absent")')
    with sandbox.clone(None) as database:
        found = replay(worker, ARGUMENTS, database, dialect="postgresql", wanted=None)
    first, second = found.ran
    assert first.after.table("books") is not None
    assert "absent" in second.error
    assert "absent" in found.error.message
