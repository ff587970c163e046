"""Index advice in a project: every form of model edited, the catalog's own words, the revisions."""

from __future__ import annotations

from pathlib import Path
from textwrap import dedent

import pytest

from dbwright import api
from dbwright.core.advice import DropAdvice, IndexAdvice, Tuned
from dbwright.core.errors import CollectError, FixError
from dbwright.core.mapping import Mapping
from dbwright.core.placed import Placed, PlacedIndex
from dbwright.core.schema import Index, IndexKey, Schema, Table
from dbwright.core.twin import TwinSource
from dbwright.jobs.tune_models import Trial
from dbwright.jobs.workplace import workplace
from dbwright.recipes.model_index_edits import IndexEdits

from .projects import ENV, INI, MODELS, revision

SHOP = """
import datetime as dt

from sqlalchemy import BigInteger, Column, Index, MetaData, Table, Text, text
from sqlalchemy.orm import DeclarativeBase, Mapped, declared_attr, mapped_column


class Base(DeclarativeBase):
    metadata = MetaData(naming_convention={"ix": "idx_%(table_name)s_%(column_0_N_name)s"})


class Tenanted:
    tenant_id: Mapped[int] = mapped_column(BigInteger)

    @declared_attr.directive
    def __table_args__(cls):
        return (Index(f"tenants_{cls.__tablename__}", "tenant_id"),)


class Author(Base):
    \"\"\"A person.\"\"\"

    __tablename__ = "authors"

    id: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    name: Mapped[str] = mapped_column(Text, index=True)
    email: Mapped[str] = mapped_column(Text)
    born: Mapped[dt.date]
    bio: Mapped[str | None] = mapped_column("biography", Text)


class Book(Base):
    __tablename__ = "books"
    __table_args__ = (
        Index("by_title", "title"),
        Index("by_title_and_year", "title", "year"),
        {"comment": "what is sold"},
    )

    id: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    title: Mapped[str] = mapped_column(Text)
    year: Mapped[int]


class Note(Tenanted, Base):
    __tablename__ = "notes"

    id: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    written: Mapped[dt.datetime]
    body: Mapped[str] = mapped_column(Text)


class Commented:
    __table_args__ = {"comment": "kept"}


class Tag(Commented, Base):
    __tablename__ = "tags"

    id: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    word: Mapped[str] = mapped_column(Text)


class Event(Base):
    __tablename__ = "events"
    __table_args__ = {"postgresql_partition_by": "RANGE (day)"}

    day: Mapped[dt.date] = mapped_column(primary_key=True)
    kind: Mapped[str] = mapped_column(Text)


links = Table(
    "links",
    Base.metadata,
    Column("author_id", BigInteger, nullable=False),
    Column("book_id", BigInteger, nullable=False, index=True),
)
"""
MADE = """
op.execute(\"\"\"
    create table authors (id bigserial primary key, name text not null, email text not null,
      born date not null, biography text);
    create index idx_authors_name on authors (name);
    create table books (id bigserial primary key, title text not null, year integer not null);
    comment on table books is 'what is sold';
    create index by_title on books (title);
    create index by_title_and_year on books (title, year);
    create table notes (id bigserial primary key, tenant_id bigint not null,
      written timestamp not null, body text not null);
    create index tenants_notes on notes (tenant_id);
    create table tags (id bigserial primary key, word text not null);
    comment on table tags is 'kept';
    create table events (day date primary key, kind text not null) partition by range (day);
    create table events_old partition of events for values from ('2020-01-01') to ('2025-01-01');
    create table events_new partition of events for values from ('2025-01-01') to ('2030-01-01');
    create table links (author_id bigint not null, book_id bigint not null);
    create index idx_links_book_id on links (book_id);
\"\"\")
"""
GONE = 'op.execute("drop table links, events, tags, notes, books, authors")'
ENV_BOUND = ENV.replace(
    "    context.configure(",
    "    connection.exec_driver_sql(\"SET lock_timeout = '4s'\")\n    connection.commit()\n"
    "    context.configure(",
)


def index(table: str, name: str, rest: str, online: str = " CONCURRENTLY") -> IndexAdvice:
    """Gives the advice to make an index."""
    sql = f"CREATE INDEX{online} {name} ON public.{table} {rest}"
    return IndexAdvice(f"public.{table}", name, sql, 8192, 0.0, ())


def drop(table: str, name: str, by: str = "") -> DropAdvice:
    """Gives the advice to drop an index."""
    sql = f"DROP INDEX CONCURRENTLY public.{name}"
    return DropAdvice(f"public.{table}", name, sql, 8192, "why", "create it", by)


def tuned(indexes: tuple[IndexAdvice, ...], drops: tuple[DropAdvice, ...] = ()) -> Tuned:
    """Gives an answer of the tuning with these."""
    source = TwinSource("PostgreSQL 18.0", 18, "shop", "me", "2026-01-01T00:00:00")
    known = [
        f"CREATE INDEX x ON public.{rest}"
        for rest in (
            "books USING btree (title)",
            "books USING btree (title, year)",
            "authors USING btree (name)",
            "links USING btree (book_id)",
            "events USING btree (day)",
            *(f"{table} USING btree (id)" for table in ("authors", "books", "notes", "tags")),
        )
    ]
    return Tuned(
        source, "PostgreSQL 18", True, 9.0, 3.0, 1, 1, indexes, drops, existing=tuple(known)
    )


ADVICE = tuned(
    (
        index("authors", "ix_authors_name_born", "USING btree (name, born DESC NULLS LAST)"),
        index(
            "authors",
            "ix_authors_lower_email_where_biography_is_not_null",
            "USING btree (lower(email)) INCLUDE (born) WHERE (biography IS NOT NULL)"
            " AND email <> ' :b'",
        ),
        index("books", "ix_books_year_brin", "USING brin (year)"),
        index("notes", "ix_notes_written", "USING btree (tenant_id, written DESC)"),
        index("notes", "ix_notes_lower_body", "USING btree (lower(body))"),
        index("tags", "ix_tags_word", "USING btree (word)"),
        index("events", "ix_events_kind", "USING btree (kind)", online=""),
        index("links", "ix_links_author_id_book_id", "USING btree (author_id, book_id)"),
        index("nowhere", "ix_nowhere_x", "USING btree (x)"),
        index("books", "ix_books_title", "USING btree (title)"),
        index("books", "ix_books_pages", "USING btree (pages)"),
    ),
    (
        drop("authors", "idx_authors_name", "ix_authors_name_born"),
        drop("notes", "tenants_notes", "ix_notes_lower_body"),
        drop("books", "by_title_and_year", "ix_nowhere"),
        drop("books", "by_title", "by_title_and_year"),
        drop("links", "idx_links_book_id"),
        drop("books", "unheard_of"),
    ),
)


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A project whose models stand in every form that there is."""
    folder = tmp_path_factory.mktemp("placed")
    files = {
        "alembic.ini": INI,
        "migrations/env.py": ENV_BOUND,
        "models.py": dedent(SHOP).lstrip(),
        "migrations/versions/a1.py": revision("a1", None, MADE, GONE),
    }
    for name, text in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text.lstrip("\n"))
    return folder


@pytest.fixture(scope="module")
def placed(root: Path) -> Placed:
    """What comes of the advice there."""
    return api.place_indexes(ADVICE, root)


def models(placed: Placed) -> str:
    """The models as they are afterwards."""
    return next(edit.after or "" for edit in placed.edits if edit.path == "models.py")


EDITED = (
    """
    __tablename__ = "authors"
    __table_args__ = (
        Index("idx_authors_name_born", "name", text("born DESC NULLS LAST")),
        Index(
            "ix_authors_lower_email_where_biography_is_not_null",
            text("lower(email)"),
            postgresql_include=["born"],
            postgresql_where=text("biography IS NOT NULL AND email <> ' \\\\:b'"),
        ),
    )
""",
    """
    __table_args__ = (
        Index("by_title_and_year", "title", "year"),
        Index("idx_books_year_brin", "year", postgresql_using="brin"),
        {"comment": "what is sold"},
    )
""",
    """
    __table_args__ = (
        Index("idx_events_kind", "kind"),
        {"postgresql_partition_by": "RANGE (day)"},
    )
""",
    """nullable=False),
    Index("idx_links_author_id_book_id", "author_id", "book_id"),
)
""",
    # a mixin's arguments would be hidden, so these stand behind their classes
    """

Index("idx_notes_tenant_id_written", Note.tenant_id, Note.written.desc())


class Commented:""",
    """

Index("idx_tags_word", Tag.word)


class Event(Base):""",
)


@pytest.mark.database
@pytest.mark.parametrize("part", EDITED, ids=["new", "kept", "dict", "table", "method", "mixin"])
def test_indexes_stand_where_each_table_keeps_them(placed: Placed, part: str) -> None:
    assert part in models(placed)


@pytest.mark.database
def test_what_cannot_be_edited_says_why_with_code_to_paste(placed: Placed) -> None:
    left = {each.advised: each for each in placed.unplaced}
    assert "no model declares the table public.nowhere" in left["ix_nowhere_x"].why
    assert 'column "pages" does not exist' in left["ix_books_pages"].why
    assert "the models have it already, as by_title" in left["ix_books_title"].why
    assert "none of the index's keys is a column by itself" in left["ix_notes_lower_body"].why
    assert left["ix_notes_lower_body"].code == ('Index("ix_notes_lower_body", text("lower(body)"))')
    assert left["unheard_of"].code == "DROP INDEX CONCURRENTLY public.unheard_of;"
    assert "ix_nowhere, which does its work, is in no model" in left["by_title_and_year"].why
    assert "which is to do its work, is left to you" in left["tenants_notes"].why
    assert len(left) == 7


@pytest.mark.database
def test_what_is_needless_leaves_the_models(placed: Placed) -> None:
    text = models(placed)
    assert {each.name: each.where for each in placed.drops} == {
        "idx_authors_name": "index=True of Author.name",
        "by_title": "Book.__table_args__",
        "idx_links_book_id": "index=True of links.book_id",
    }
    assert 'Index("by_title", ' not in text
    assert "    name: Mapped[str] = mapped_column(Text)\n" in text
    assert 'Column("book_id", BigInteger, nullable=False),' in text


@pytest.mark.database
def test_the_catalog_says_that_both_are_one(placed: Placed) -> None:
    first, second = placed.proofs
    assert "the 7 indexes are by pg_get_indexdef what the advice makes" in (first.witness or "")
    assert "11 new revisions went up, down and up again" in (second.witness or "")
    assert "the catalog is the one that the models make" in (second.witness or "")
    assert {first.level, second.level} == {"verified"}
    pending = [note for note in placed.notes if note.startswith("The models have")]
    assert [note.split()[3:6] for note in pending] == [["tenants_notes", "on", "public.notes,"]]


@pytest.mark.database
def test_each_build_has_a_revision_that_can_be_run_again(placed: Placed) -> None:
    assert placed.authored is not None
    written = {each.title: each for each in placed.authored.revisions}
    build = written["Build idx_books_year_brin on books"].upgrade
    order = [
        'op.execute("SET lock_timeout = 0")',
        'op.execute("SET statement_timeout = 0")',
        'op.execute("DROP INDEX CONCURRENTLY IF EXISTS idx_books_year_brin")',
        "op.create_index(",
        "op.execute(\"SET lock_timeout = '4s'\")",  # what env.py had set
        'op.execute("RESET statement_timeout")',
    ]
    assert sorted(map(build.index, order)) == [build.index(line) for line in order]
    titles = list(written)
    assert [title.partition(" ")[0] for title in titles[-3:]] == ["Drop"] * 3
    parts = titles.index("Build idx_events_kind on the partitions of events")
    assert titles[parts + 1] == "Make idx_events_kind on events"
    kinds = {each.advised: each.revision for each in placed.indexes}
    assert kinds["ix_events_kind"].endswith(
        f"{written['Make idx_events_kind on events'].path.rpartition('/')[2]}"
    )
    assert all(kinds.values())


def test_an_edit_that_costs_a_table_something_else_is_refused(tmp_path: Path) -> None:
    """As where a base that nobody could read has arguments that are hidden now."""
    wanted = PlacedIndex("orders", "ix_a", "ix_a", "models.py", "Order.__table_args__")
    edits = IndexEdits((), (wanted,), (), ())
    kept, new = Index("ix_kept", (IndexKey("b"),)), Index("ix_a", (IndexKey("a"),))
    before = Schema("postgresql", (Table("orders", indexes=(kept,)),))
    after = [Schema("postgresql", (Table("orders", indexes=of),)) for of in ((new, kept), (new,))]
    (tmp_path / "models.py").write_text(MODELS)
    with workplace(
        tmp_path, api.Options(models="models:Base", sandbox=False), lambda text: None
    ) as place:
        trial = Trial(place, Mapping(before), before, edits, {})
        trial.check_rest(after[0])
        with pytest.raises(FixError, match="would change more of orders"):
            trial.check_rest(after[1])


@pytest.mark.database
def test_models_that_do_not_configure_are_told(tmp_path: Path) -> None:
    broken = MODELS + "\n    def f(:\n"
    (tmp_path / "models.py").write_text(broken)
    with pytest.raises(CollectError, match="does not parse"):
        api.place_indexes(ADVICE, tmp_path, api.Options(models="models:Base"))
