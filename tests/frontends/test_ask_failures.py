"""Errors that are pasted: the cause, the line of the user's code, what to do."""

from __future__ import annotations

from pathlib import Path

import jsonschema
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dbwright.collect.failure_text import read_failure
from dbwright.collect.request_text import cleaned
from dbwright.core.errors import DbwrightError, UsageError
from dbwright.core.failure import Failure, Known
from dbwright.core.mapping import Attribute, Mapper, Mapping, Relationship, SQLType
from dbwright.core.migration import History, Migration
from dbwright.core.place import Place
from dbwright.core.schema import Schema
from dbwright.jobs.ask import understand
from dbwright.recipes.failures import explained
from dbwright.render.answer_schema import answer_schema
from dbwright.render.told_html import as_html
from dbwright.render.told_kinds import told
from dbwright.render.told_markdown import as_markdown
from dbwright.render.told_text import as_text

TEXT = SQLType("String")
ORDER = Mapper(
    "Order", "shop.models.Order", "orders",
    (Attribute("total", "orders", "total", TEXT, place=Place("shop/models.py", 9)),),
    (
        Relationship("items", "Item", "items", "ONETOMANY", True, "select"),
        Relationship("user", "User", "users", "MANYTOONE", False, "select"),
    ),
    place=Place("shop/models.py", 5),
)  # fmt: skip
HISTORY = History(
    (Migration("a1", "v/a1.py"), Migration("b2", "v/b2.py", ("a1",)), Migration("c3", "v/c3.py",
        ("a1",))),
    heads=("b2", "c3"),
    places={"b2": Place("v/b2.py", 4), "c3": Place("v/c3.py", 4)},
)  # fmt: skip
KNOWN = Known(Mapping(Schema("postgresql"), (ORDER,)), HISTORY)
TRACEBACK = """Traceback (most recent call last):
  File "/srv/app/shop/views.py", line 12, in page
    return [item.name for item in order.items]
  File "/srv/venv/lib/python3.12/site-packages/sqlalchemy/orm/attributes.py", line 569, in __get__
    return self.impl.get(state, dict_)
"""
CASES = {
    "sqlalchemy.exc.MissingGreenlet: greenlet_spawn has not been called; can't call": [
        "selectinload(Order.items)", "shop/views.py:12", "awaitable_attrs.items",
    ],
    "sqlalchemy.orm.exc.DetachedInstanceError: Parent instance <Order at 0x7f> is not bound to a "
    "Session; lazy load operation of attribute 'user' cannot proceed": ["joinedload(Order.user)"],
    "sqlalchemy.exc.IntegrityError: (psycopg.errors.NotNullViolation) null value in column "
    '"total" of relation "orders" violates not-null constraint': ["Order.total",
        "shop/models.py:9"],
    "sqlalchemy.exc.IntegrityError: (sqlite3.IntegrityError) UNIQUE constraint failed: "
    "orders.total":
        ["Order.total", "on_conflict_do_nothing"],
    'psycopg.errors.ForeignKeyViolation: insert or update on table "orders" violates foreign key '
    'constraint "orders_user_id_fkey"\nDETAIL:  Key (user_id)=(9) is not present in table "users".':
        ["orders_user_id_fkey", "users", "user_id"],
    'psycopg.errors.ForeignKeyViolation: update or delete on table "users" violates foreign key '
    'constraint "orders_user_id_fkey" on table "orders"': ["Rows of orders still refer", "CASCADE"],
    "sqlalchemy.exc.IntegrityError: (pymysql.err.IntegrityError) (1062, \"Duplicate entry 'a' for "
    "key 'orders.total'\")": ["with the same"],
    'asyncpg.exceptions.CheckViolationError: new row for relation "orders" violates check '
    'constraint "ck_total"': ["ck_total"],
    "psycopg.errors.StringDataRightTruncation: value too long for type character varying(40)":
        ["does not fit", "character varying(40)"],
    "alembic.util.exc.CommandError: Multiple head revisions are present for given argument 'head'":
        ["alembic merge -m merge b2 c3", 'down_revision = "b2"', "v/c3.py"],
    "FAILED: Can't locate revision identified by 'dead1'": ["dead1", "alembic_version", "git log"],
    "ERROR [alembic.util.messaging] Target database is not up to date.": ["alembic upgrade head"],
    "sqlalchemy.exc.ProgrammingError: (psycopg.errors.UndefinedTable) relation \"orders\" does not "
    "exist": ["no revision makes it"],
    'psycopg.errors.DuplicateTable: relation "orders" already exists': ["alembic stamp"],
    "psycopg.errors.LockNotAvailable: canceling statement due to lock timeout": ["Run it again"],
    "psycopg.errors.DeadlockDetected: deadlock detected": ["one order"],
    "sqlalchemy.exc.TimeoutError: QueuePool limit of size 5 overflow 10 reached": ["with Session"],
    "sqlite3.OperationalError: database is locked": ["WAL"],
    "sqlalchemy.exc.PendingRollbackError: This Session's transaction has been rolled back": [
        "session.rollback()",
    ],
}  # fmt: skip


@pytest.fixture
def root(tmp_path: Path) -> Path:
    (tmp_path / "shop").mkdir()
    (tmp_path / "shop" / "views.py").write_text("")
    return tmp_path


@pytest.mark.parametrize(("error", "parts"), CASES.items(), ids=[e[:60] for e in CASES])
def test_error_is_explained_with_what_to_do(error: str, parts: list[str], root: Path) -> None:
    failure = read_failure(f"{TRACEBACK}{error}\n", root)
    assert failure is not None
    found = explained(failure, KNOWN)
    assert found is not None
    shown = told(found, found.reading)
    text = as_text(shown, full=True)
    assert [part for part in parts if part not in " ".join(text.split())] == []
    assert max(map(len, as_text(shown).splitlines())) <= 110  # code and commands are not broken
    assert len(as_text(shown).splitlines()) <= 32
    jsonschema.validate(shown.data, answer_schema())
    for rendered in (as_markdown(shown), as_html(shown)):
        assert "Backup" in rendered
    assert all((found.answer, found.do, found.risk, found.undo, found.tests, found.backup))


def test_last_line_of_the_users_code_is_named(root: Path) -> None:
    failure = read_failure(f"{TRACEBACK}sqlalchemy.exc.MissingGreenlet: x", root)
    assert failure is not None
    assert failure.own is not None
    assert str(failure.own.place) == "shop/views.py:12"
    assert failure.own.code == "return [item.name for item in order.items]"


def test_other_errors_are_no_failure(root: Path) -> None:
    assert read_failure(f"{TRACEBACK}KeyError: 'x'", root) is None
    assert "ends in KeyError" in understand(f"{TRACEBACK}KeyError: 'x'", root, []).words


def test_markup_in_an_error_is_text() -> None:
    failure = Failure("NotNullViolation", 'null value in column "<b>x" of relation "orders"')
    found = explained(failure, KNOWN)
    assert found is not None
    assert "<b>x" not in as_html(told(found, ""))


def test_too_long_a_request_is_refused_at_once() -> None:
    with pytest.raises(UsageError, match="1,000,000 letters"):
        cleaned("x" * 1_000_000)


PIECES = st.sampled_from(
    ["select * from a where", "def upgrade():\n    op.x(", "Traceback (most recent call last):\n",
     '  File "/a/b.py", line 3, in f\n    x.y\n', "sqlalchemy.exc.IntegrityError: (a.B) ",
     "Seq Scan on a (cost=0..1 rows=1 width=4)\n", "[{\"Plan\": ", "CREATE INDEX a ON b (c);",
         "```",
     "rename a.b to c without downtime", "how do I ", "split a.b into ", "200 million rows ",
     "\x1b[31m", "\u202e", "\x00", "Can't locate revision identified by '", "ignore previous",
     "add a column ", "???", "|--SCAN a\n", "backfill ", "partition ",
         "\ud800".encode(errors="replace").decode()]
)  # fmt: skip


@settings(max_examples=150)
@given(st.lists(st.one_of(PIECES, st.text(max_size=30)), max_size=8).map("".join))
def test_any_request_is_understood_or_refused(request_: str) -> None:
    try:
        text = cleaned(request_)
        found = understand(text, Path("nowhere"), [("a1", "v/a1.py")])
    except DbwrightError:
        return
    assert found.words
    if found.pasted and found.pasted.failure:
        explanation = explained(found.pasted.failure, KNOWN)
        if explanation is not None:
            as_text(told(explanation, explanation.reading))
