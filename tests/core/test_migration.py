"""What a revision meets that others as new as it have made."""

from __future__ import annotations

import pytest

from dbwright.core.migration import Migration, made_empty
from dbwright.core.operation import Statement
from dbwright.dialects.postgresql import statements

CREATE = "create table drafts (id int primary key, body text)"


def ran(*texts: str) -> tuple[Statement, ...]:
    """Statements that ran."""
    return tuple(Statement(text, statements.parse(text), executed=True) for text in texts)


@pytest.mark.parametrize(
    ("texts", "made"),
    [
        ((CREATE,), {"drafts"}),
        ((CREATE, "alter table drafts rename to papers"), {"papers"}),
        ((CREATE, "drop table drafts"), set()),
        ((CREATE, "insert into drafts values (1, 'x')"), set()),
        ((CREATE, "select fill_drafts()"), set()),
        ((CREATE, "create index ix on drafts (body)"), {"drafts"}),
        (("create table drafts as select 1 as id",), set()),
        (("create table if not exists drafts (id int)",), set()),
        (("alter table drafts rename to old_drafts", CREATE), set()),
    ],
)
def test_a_table_is_new_and_empty(texts: tuple[str, ...], made: set[str]) -> None:
    assert made_empty(ran(*texts)) == made


def test_what_could_not_be_read_may_have_written_rows() -> None:
    assert made_empty((*ran(CREATE), Statement("", known=False))) == frozenset()


def test_a_table_that_a_revision_as_new_made_is_not_older() -> None:
    assert Migration("r2", "r2.py").stood_before("drafts")
    assert not Migration("r2", "r2.py", new_tables=("drafts",)).stood_before("drafts")
