"""An index over a TEXT has no length, so MySQL refuses to create it.

## What it does

Looks for indexes and UNIQUE constraints over TEXT and BLOB columns without a key length.

## Why is this bad?

CREATE INDEX fails with "BLOB/TEXT column used in key specification without a key length" (1170):
on MySQL neither `create_all()` nor the migration gets past it.

## When to leave it

On MariaDB, which takes the first 768 characters by itself.
"""

from __future__ import annotations

from collections.abc import Iterator

from dbwright.core.finding import Advice, Alternative, Finding, Location, Risk
from dbwright.core.mapping import Mapping
from dbwright.core.place import Place
from dbwright.core.rule import Applies, ModelsExample, Reasoned
from dbwright.core.schema import Table
from dbwright.recipes import model_migrations, model_syntax, model_types, models
from dbwright.recipes.model_draft import Draft

APPLIES = Applies(("mysql",))
SEVERITY = "warning"
REASONED = Reasoned("dbwright starts no MySQL of its own, and MariaDB takes such an index")
OPEN = {"text", "tinytext", "mediumtext", "longtext", "blob", "mediumblob", "longblob"}
TEXTS = ("Text", "UnicodeText", "TEXT", "LONGTEXT", "MEDIUMTEXT", "TINYTEXT")
LENGTH = 255

BAD = ModelsExample(
    code="""
class Post(Base):
    __tablename__ = "posts"
    id: Mapped[int] = mapped_column(primary_key=True)
    title: Mapped[str] = mapped_column(Text, index=True)
""",
    object="ix_posts_title",
    dialect="mysql",
)
GOOD = ModelsExample(
    code="""
class Post(Base):
    __tablename__ = "posts"
    __table_args__ = (Index("ix_posts_teaser", "teaser", mysql_length=60),)
    id: Mapped[int] = mapped_column(primary_key=True)
    title: Mapped[str] = mapped_column(String(200), index=True)
    teaser: Mapped[str] = mapped_column(Text)
""",
    dialect="mysql",
)


def check(mapping: Mapping) -> Iterator[Finding]:
    """Yields a finding for each index that MySQL cannot create."""
    for table in mapping.schema.tables:
        for unique in table.uniques:
            for name in unique.columns:
                if _is_open(table, name):
                    yield _finding(mapping, table, name, unique.name, unique.place, True)
        for index in table.indexes:
            for column in index.columns:
                if column and _is_open(table, column) and not _is_sized(mapping, index.place):
                    place = index.place
                    yield _finding(mapping, table, column, index.name, place, index.unique)


def _is_open(table: Table, name: str) -> bool:
    column = table.column(name)
    return column is not None and model_types.bare(column.type) in OPEN


def _is_sized(mapping: Mapping, place: Place | None) -> bool:
    call = models.call_at(mapping, place, "Index")
    return any(model_syntax.keyword(call, f"{name}_length") for name in ("mysql", "mariadb"))


def _finding(
    mapping: Mapping, table: Table, column: str, name: str | None, place: Place | None, unique: bool
) -> Finding:
    return Finding(
        message=f"MySQL creates no index over {column}, a text without a length (error 1170)",
        location=Location.at(place or mapping.place_of(table, column), name or table.key),
        details={"table": table.key, "column": column, "unique": unique, "index": name},
    )


def advise(finding: Finding, mapping: Mapping) -> Advice:
    """Gives the column a length that fits into an index."""
    table, column = finding.details["table"], finding.details["column"]
    found = mapping.schema.table(table)
    place = mapping.place_of(found, column) if found else None
    draft = Draft(mapping).column_type(place, TEXTS, f"String({LENGTH})", "String")
    fix = draft.fix(
        f"let {column} have at most {LENGTH} characters",
        otherwise=f"{column} = mapped_column(String({LENGTH}), …)",
        migration=model_migrations.change_type(
            mapping, table, column, f"sa.String({LENGTH})", column
        ),
    )
    return Advice(
        reason="an index of MySQL holds at most 3,072 bytes of a key, and asks to be told",
        fix=fix,
        alternatives=(
            Alternative(
                f"Index(…, mysql_length=191), which indexes the beginning of {column}",
                "a UNIQUE over it would compare the beginnings only",
            ),
        ),
        risk=Risk(
            f"texts longer than {LENGTH} characters are refused",
            f"look first: select max(char_length({column})) from {table}",
        ),
        undo=models.undo(fix, "make it a Text again"),
        tests="create_all() works on MySQL",
        backup=f"none needed: no row changes unless one is longer than {LENGTH}",
    )
