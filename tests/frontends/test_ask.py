"""`dbwright ask`: what requests in words are taken to mean."""

from __future__ import annotations

from pathlib import Path

import pytest

from dbwright.jobs.answer import asked_so
from dbwright.jobs.ask import understand
from dbwright.jobs.ask_query import find_query

REVISIONS = [
    ("9f2c1a4b7d10", "migrations/versions/9f2c_slugs.py"),
    ("e68d05a4f9b3", "migrations/versions/e68d_source.py"),
    ("0001_initial", "migrations/versions/0001_initial.py"),
]
MEANINGS = {
    "project": [
        "review my project",
        "Can you check everything?",
        "is my schema ok",
        "look for problems in this repo",
        "audit the database",
        "what is wrong with my app?",
        "review models and migrations",
        "check the whole codebase please",
        "anything risky before I deploy?",
        "please have a look at my project before we deploy",
        "select the best index for my project",
        "review the models, then create a migration",
    ],
    "models": [
        "review my models",
        "are my mappings fine?",
        "check the ORM relationships",
        "audit our SQLAlchemy models for missing indexes",
        "do my models match the database?",
        "what can go wrong with my mappers",
        "is the model layer safe",
        "review my selection of models",
    ],
    "migrations": [
        "are my migrations safe?",
        "check the alembic revisions",
        "is the downgrade going to work?",
        "will the upgrade lock tables",
        "which migration blocks writes?",
        "which revisions drop data?",
        "is my latest migration dangerous",
        "can I run this migration on a big table?",
        "check that adding the column is safe in the migrations",
    ],
    "revision": [
        "is 9f2c1a safe?",
        "check revision e68d05a4f9b3",
        "what does 9f2c1a4b7d10 lock?",
        "review 0001_initial",
        "review E68D05A4",
    ],
    "query": [
        "why is this slow: select * from orders where id = 1",
        "optimize SELECT o.id FROM orders o JOIN users u ON u.id = o.user_id;",
        "```sql\nselect * from orders\n```\nmake it faster",
        "This query is taking 5 seconds to run, can you help optimize it?\nselect * from orders",
        "explain select count(*) from orders",
        "with x as (select id from orders) select * from x -- takes 5 s",
        "select the slow one: select a from b where c not in (select d from e)",
    ],
    "file": ["look at models.py", "is migrations/versions/9f2c_slugs.py safe?"],
    "design": [
        "I need to create a User model with authentication fields and relationships to a "
        "Profile table",
        "create a table for invoices",
        "design models for a library",
        "Please build a schema for a clinic",
        "generate a User model",
        "write me an SQLAlchemy model for invoices with line items",
        "set up models for a clinic with patients, doctors and appointments",
    ],
    "question": [
        "which models drop rows on delete?",
        "which models have no index on their foreign keys?",
        "which columns hold money as float?",
        "what does Order reference?",
        "is there a model without a primary key ordering?",
        "can User.email be null?",
        "can I delete a Product?",
        "does every model have timestamps?",
        "show me the unique columns",
        "list the models",
        "describe Order",
        "how many tables are there?",
        "what happens when a user is deleted?",
    ],
    "change": [
        "I need to add a new column to track user preferences",
        "add a column phone to users",
        "rename users to accounts",
        "orders need a cancelled_at timestamp",
        "User.email should be required",
        "posts have many tags and tags have many posts",
        "create an index on orders.placed_at",
        "we need to track when an order was cancelled",
        "can you make User.email unique?",
        "drop the label column from tags",
        "I want users to have a nickname and a birthday",
        "ad a phone to User",
        "please renmae Post.body to content",
        "every table should have a notes column",
        "User.email is optional",
        "allow User.email to be null",
        "increase the length of User.name to 200",
        "ALTER TABLE users ADD COLUMN phone text",
        "give every post a slug",
        "we always look orders up by status and then the newest first, add the index for it",
        "add timestamps to all models",
    ],
    "how": [
        "is it safe to rename users.email?",
        "how do I rename a column without downtime?",
        "how to create an index without blocking writes",
        "what is the safest way to drop a column",
    ],
    "live": [
        "rename users.name to full_name without downtime",
        "split users.name into first_name and last_name",
        "orders.id is an int and we will run out soon, change it to bigint",
        "partition orders by placed_at, monthly",
        "backfill products.slug with lower(title)",
    ],
    "loads": ["we get N+1 on the orders page", "the page sends 101 queries, why?"],
    "failure": [
        "alembic.util.exc.CommandError: Can't locate revision identified by 'deadbeef1234'",
        "ERROR [alembic.util.messaging] Target database is not up to date.",
        "sqlite3.IntegrityError: UNIQUE constraint failed: users.email",
        "asyncpg.exceptions.UniqueViolationError: duplicate key value violates unique constraint "
        '"a"',
    ],
    "pasted": [
        "is this ok?\n\ndef upgrade():\n    op.drop_table('users')\n",
        "will this lock the table? CREATE INDEX ix ON orders (status);",
    ],
    "plan": ["what does it say\nSeq Scan on orders  (cost=0.00..7203.28 rows=750 width=14)"],
    "dropped": ["why does alembic autogenerate drop my index ix_orders_status?"],
    "unable": [
        "what is the weather today",
        "write a migration that drops the column phone",
        "generate models from my database",
        "convert my models to SQLAlchemy 2",
        "drop the old revisions",
        "please fix my models",
        "tune my postgres configuration",
        "my query is slow",
        "why is my app slow",
        "how do I install dbwright?",
        "delete all rows of orders",
        "tell me a joke about databases",
        "write me a poem about tables",
        "set up kubernetes for my app",
        "fix my React component, it renders twice",
        "tune my MongoDB",
        "delete all rows from users in production",
        "my model overfits after three epochs, what should I change?",
        "add a column to my Excel spreadsheet that sums the others",
        "Füge bitte eine Spalte telefon zu users hinzu",
        "make it faster",
        "Traceback (most recent call last):\n  File \"a.py\", line 1, in <module>\nKeyError: 'x'",
        "hello",
        "?",
    ],
}
TABLE = [(request, kind) for kind, requests in MEANINGS.items() for request in requests]


@pytest.fixture
def root(tmp_path: Path) -> Path:
    folder = tmp_path / "migrations" / "versions"
    folder.mkdir(parents=True)
    (folder / "9f2c_slugs.py").write_text("revision = '9f2c1a4b7d10'\ndown_revision = None\n")
    (tmp_path / "models.py").write_text("class Base: ...\n")
    return tmp_path


@pytest.mark.parametrize(("request_", "kind"), TABLE, ids=[request for request, _ in TABLE])
def test_request_is_read_as(request_: str, kind: str, root: Path) -> None:
    assert understand(request_, root, REVISIONS).kind == kind


def test_no_names_what_can_be_asked(root: Path) -> None:
    words = understand("squash my old revisions", root, REVISIONS).words
    assert words == "squashing revisions is not something it does yet"
    assert '  dbwright ask "review my project"' in asked_so(root)


def test_work_that_another_command_does_names_it(root: Path) -> None:
    words = understand("generate models from my database", root, REVISIONS).words
    assert "dbwright models reverse --db URL" in words
    words = understand("write a migration that drops the column phone", root, REVISIONS).words
    assert "dbwright migrations new" in words


WITHOUT_MODELS = {
    "design": [
        "I need Customer and Order tables",
        "make me a booking system for a hair salon",
        "Customer and Order models, please",
        "write a database for a gym",
    ],
    "change": ["add a phone to User", "make email unique"],
    "unable": ["hello", "blah blah banana", "which shop is open?", "my shop is slow"],
}
NEW = [(request, kind) for kind, requests in WITHOUT_MODELS.items() for request in requests]


@pytest.mark.parametrize(("request_", "kind"), NEW, ids=[request for request, _ in NEW])
def test_request_where_there_are_no_models_yet_is_read_as(
    request_: str, kind: str, tmp_path: Path
) -> None:
    assert understand(request_, tmp_path, [], new=True).kind == kind


def test_slow_without_a_query_asks_for_it(root: Path) -> None:
    assert understand("my query is slow", root, REVISIONS).words.startswith("it does not say which")


def test_part_that_is_left_out_is_told(root: Path) -> None:
    understood = understand("review my models and rename users", root, REVISIONS)
    assert understood.kind == "models"
    assert "changing models is a request of its own" in understood.words


def test_query_is_taken_whole_without_the_words_around(root: Path) -> None:
    request = "make it faster:\n```sql\nselect *\nfrom orders;\n```\nthanks"
    assert understand(request, root, REVISIONS).subject == "select *\nfrom orders"


def test_prefix_of_two_revisions_is_no_revision(root: Path) -> None:
    twins = [("abcd1111", "a.py"), ("abcd2222", "b.py")]
    assert understand("is abcd safe", root, twins).kind != "revision"


@pytest.mark.parametrize(
    ("request_", "query"),
    [
        (
            "we run select * from a where b = 1 and it takes 5 s. Why?",
            "select * from a where b = 1",
        ),
        ("select 1 from a. It is slow", "select 1 from a"),
        ("select id from t where note = 'and it takes long'",) * 2,
        ("select the best index for my project", None),
    ],
)
def test_words_behind_a_query_are_left_out(request_: str, query: str | None) -> None:
    assert find_query(request_) == query


@pytest.mark.parametrize("size", ["80M", "80 million", "80,000,000"])
def test_size_is_read_beside_a_revision(root: Path, size: str) -> None:
    found = understand(f"orders has {size} rows in prod. can I run 9f2c1a?", root, REVISIONS)
    assert found.kind == "revision"
    assert found.size is not None
    assert (found.size.rows, found.size.of) == (80_000_000, "orders")
    assert "80 million rows" in found.words
