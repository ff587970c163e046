"""A b-tree holds a text of open length, and the first long one is refused.

## What it does

Looks for b-tree indexes and UNIQUE constraints over texts without a limit that are named as prose:
body, content, description, message. An address (url) is a remark.

## Why is this bad?

PostgreSQL keeps an index entry of a b-tree within a third of a page, 2,704 bytes. An INSERT with a
longer text fails with "index row size exceeds btree version 4 maximum", long after the tests that
had short ones.

## When to leave it

When a CHECK or the code keeps the text short (a CHECK over its length is seen).
"""

from __future__ import annotations

from collections.abc import Iterator

from dbwright.core.claim import Claim, RowProbe, Sql
from dbwright.core.finding import Advice, Alternative, Finding, Location, Risk
from dbwright.core.mapping import Mapping
from dbwright.core.place import Place
from dbwright.core.rule import Applies, ModelsExample
from dbwright.core.schema import Column, Table
from dbwright.recipes import model_migrations, model_types, model_words, models
from dbwright.recipes.model_draft import Draft

APPLIES = Applies(("postgresql",))
SEVERITY = "warning"
LIMIT = 2_600
LONG = "(select string_agg(md5(i::text), '') from generate_series(1, 600) i)"
PROSE = {
    "article", "bio", "body", "comment", "comments", "content", "contents", "description",
    "detail", "details", "document", "essay", "html", "markdown", "message", "note", "notes",
    "payload", "prompt", "summary", "text", "transcript", "xml",
}  # fmt: skip
ADDRESSES = {"url", "uri", "href", "link"}

BAD = ModelsExample(
    code="""
class Article(Base):
    __tablename__ = "articles"
    id: Mapped[int] = mapped_column(primary_key=True)
    body: Mapped[str] = mapped_column(Text, index=True)
""",
    claims=("refuses_good_row",),
    object="ix_articles_body",
)
BAD_UNIQUE = ModelsExample(
    code="""
class Snippet(Base):
    __tablename__ = "snippets"
    __table_args__ = (UniqueConstraint("content", name="uq_snippets_content"),)
    id: Mapped[int] = mapped_column(primary_key=True)
    content: Mapped[str]
""",
    claims=("refuses_good_row",),
    object="uq_snippets_content",
)
GOOD = ModelsExample(
    code="""
class Article(Base):
    __tablename__ = "articles"
    __table_args__ = (
        Index("ix_articles_body_md5", text("md5(body)")),
        Index("ix_articles_notes", "notes", postgresql_using="hash"),
        CheckConstraint("char_length(summary) <= 500", name="ck_articles_summary"),
    )
    id: Mapped[int] = mapped_column(primary_key=True)
    body: Mapped[str] = mapped_column(Text)
    notes: Mapped[str] = mapped_column(Text)
    summary: Mapped[str] = mapped_column(Text, index=True)
    code: Mapped[str] = mapped_column(Text, unique=True)
    message: Mapped[str] = mapped_column(String(500), index=True)
""",
)


def check(mapping: Mapping) -> Iterator[Finding]:
    """Yields a finding for each b-tree that long texts do not fit into."""
    for table in mapping.schema.tables:
        if table.kind not in ("table", "partitioned"):
            continue
        for unique in table.uniques:
            for name in unique.columns:
                yield from _found(mapping, table, name, unique.name, True, unique.place)
        for index in table.indexes:
            if index.method == "btree" and index.predicate is None:
                for key in index.keys:
                    if key.column:
                        yield from _found(
                            mapping, table, key.column, index.name, index.unique, index.place
                        )


def _found(
    mapping: Mapping, table: Table, name: str, index: str | None, unique: bool, place: Place | None
) -> Iterator[Finding]:
    column = table.column(name)
    if column is None or not _is_open(table, column):
        return
    words = set(model_words.words(name)[-1:])
    if not words & (PROSE | ADDRESSES):
        return
    probe = RowProbe(table.key, ({name: Sql(LONG)},), expect="refused")
    at = place or mapping.place_of(table, name)
    yield Finding(
        message=f"a {name} of some thousand letters fits into no b-tree: its INSERT fails",
        location=Location.at(at, index or f"{table.key}.{name}"),
        claims=(Claim("refuses_good_row", table.key, column=name, probe=probe),),
        severity=None if words & PROSE else "info",
        details={"table": table.key, "column": name, "index": index, "unique": unique,
                 "constraint": any(one.name == index for one in table.uniques)},
    )  # fmt: skip


def _is_open(table: Table, column: Column) -> bool:
    if not model_types.is_text(column.type) or column.generates_itself:
        return False
    _, bracket, size = column.type.partition("(")
    if bracket and int(size.partition(")")[0] or 0) <= LIMIT:
        return False
    return not any(
        column.name in one.expression and "length" in one.expression.lower() for one in table.checks
    )


def advise(finding: Finding, mapping: Mapping) -> Advice:
    """Gives an index over the digest of the text, which has always the same length."""
    table, column, name = (finding.details[word] for word in ("table", "column", "index"))
    unique = finding.details["unique"]
    bare = table.rpartition(".")[2]
    new = f"{'uq' if unique else 'ix'}_{bare}_{column}_md5"
    extra = ", unique=True" if unique else ""
    element = f'Index("{new}", text("md5({column})"){extra})'
    if finding.details["constraint"] or name is None:
        draft = models.without_unique(Draft(mapping), mapping, table, [column], name)
        drop = f'op.drop_constraint("{name}", "{bare}", type_="unique")'
    else:
        draft = models.without_index(Draft(mapping), mapping, table, name)
        drop = model_migrations.drop_index(name, table)
    draft = draft.table_argument(table, element, "Index", "text")
    build = model_migrations.create_index(new, table, [f"md5({column})"], unique=unique)
    fix = draft.fix("index a digest of it", otherwise=element, migration=f"{build}\n{drop}")
    return Advice(
        reason="a b-tree of PostgreSQL takes entries of at most 2,704 bytes",
        fix=fix,
        alternatives=(
            Alternative(
                "String(500), or a CHECK over the length, when it never gets longer",
                "longer texts are refused by a sentence that says so",
            ),
            Alternative(
                "a GIN index over to_tsvector() or with gin_trgm_ops, when words are looked for",
                "larger and slower to write; finds what stands inside the text",
            ),
        ),
        risk=Risk(
            "queries that sort by the text or look for its beginning no longer use the index",
            f"look-ups say where md5({column}) = md5(:text) and {column} = :text",
        ),
        undo=models.undo(fix, f"build {name} again CONCURRENTLY"),
        tests=f"an INSERT into {table} with a {column} of 20,000 letters works",
        backup="none needed: no row changes",
    )
