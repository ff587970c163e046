"""A unique e-mail address compares letter case, so one mailbox can sign up twice.

## What it does

Looks for unique columns named as an e-mail address whose uniqueness is over the exact text.

## Why is this bad?

`Ada@Example.com` and `ada@example.com` reach the same person. With both stored, a login or a
password reset by the lowered address finds two rows, or the wrong one.

## When to leave it

When every writer lowers the address before it is stored and a CHECK says so, when the column's
collation or type (citext) ignores case: these are left alone.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator

from dbwright.core.claim import Claim, ProbeValue, RowProbe, SameAs
from dbwright.core.finding import Advice, Alternative, Finding, Location, Risk
from dbwright.core.mapping import Mapping
from dbwright.core.rule import Applies, ModelsExample
from dbwright.core.schema import Column, Table
from dbwright.recipes import model_migrations, model_syntax, model_types, model_words, models
from dbwright.recipes.model_draft import Draft

APPLIES = Applies(("postgresql", "sqlite"))
SEVERITY = "warning"

BAD = ModelsExample(
    code="""
class User(Base):
    __tablename__ = "users"
    id: Mapped[int] = mapped_column(primary_key=True)
    email: Mapped[str] = mapped_column(String(320), unique=True)
""",
    claims=("accepts_bad_row",),
    object="users.email",
)
GOOD = ModelsExample(
    code="""
class User(Base):
    __tablename__ = "users"
    __table_args__ = (Index("uq_users_email_lower", text("lower(email)"), unique=True),)
    id: Mapped[int] = mapped_column(primary_key=True)
    email: Mapped[str] = mapped_column(String(320))
""",
)
GOOD_LOWERED = ModelsExample(
    code="""
class User(Base):
    __tablename__ = "users"
    id: Mapped[int] = mapped_column(primary_key=True)
    email: Mapped[str] = mapped_column(String(320), unique=True)

    @validates("email")
    def _lower(self, key: str, value: str) -> str:
        return value.lower()
""",
)


def check(mapping: Mapping) -> Iterator[Finding]:
    """Yields a finding for each unique e-mail column whose uniqueness sees letter case."""
    for table in mapping.schema.tables:
        for column in table.columns:
            if not model_words.is_email(column.name) or not model_types.is_text(column.type):
                continue
            unique = next((found for found in table.unique_sets() if column.name in found), None)
            if unique and not _is_lowered(mapping, table, column):
                yield _finding(mapping, table, column, unique)


def _is_lowered(mapping: Mapping, table: Table, column: Column) -> bool:
    collation = (column.collation or "").lower()
    if collation and collation not in {"c", "posix", "binary", "default"}:
        return True
    expressions = [key.expression or "" for index in table.indexes for key in index.keys]
    expressions += [found.expression for found in table.checks]
    if any(column.name in text and "low" in text.lower() for text in expressions):
        return True
    attribute = mapping.attribute(table.key, column.name)
    if attribute is None:
        return False
    return attribute.type.is_decorated or _is_validated(mapping, table, attribute.name)


def _is_validated(mapping: Mapping, table: Table, name: str) -> bool:
    """Whether a function of the class validates or sets the attribute and lowers the text."""
    for mapper in mapping.mappers_of(table.key):
        source = mapping.source(mapper.place.file) if mapper.place else None
        node = model_syntax.class_named(source, mapper.name) if source else None
        for function in node.body if node else ():
            if isinstance(function, ast.FunctionDef):
                text = ast.unparse(function)
                if name in text and (".lower()" in text or ".casefold()" in text):
                    return True
    return False


def _finding(mapping: Mapping, table: Table, column: Column, unique: tuple[str, ...]) -> Finding:
    same: dict[str, ProbeValue] = {name: SameAs(0) for name in unique}
    rows: tuple[dict[str, ProbeValue], ...] = (
        {column.name: "ada@example.com"},
        {**same, column.name: "Ada@Example.com"},
    )
    return Finding(
        message="it is unique by exact spelling, so one mailbox can have two rows",
        location=Location.at(mapping.place_of(table, column.name), f"{table.key}.{column.name}"),
        claims=(
            Claim(
                "accepts_bad_row", table.key, column=column.name, probe=RowProbe(table.key, rows)
            ),
        ),
        details={"table": table.key, "column": column.name, "unique": list(unique)},
    )


def advise(finding: Finding, mapping: Mapping) -> Advice:
    """Gives a unique index over the lowered address."""
    table, column = finding.details["table"], finding.details["column"]
    others = [name for name in finding.details["unique"] if name != column]
    name = f"uq_{table.rpartition('.')[2]}_{column}_lower"
    keys = [*others, f"lower({column})"]
    listed = ", ".join(f'"{key}"' for key in others) + (", " if others else "")
    element = f'Index("{name}", {listed}text("lower({column})"), unique=True)'
    fix = Draft(mapping).table_argument(table, element, "Index", "text").fix(
        "make the lowered address unique",
        otherwise=element,
        migration=model_migrations.create_index(name, table, keys, unique=True),
    )  # fmt: skip
    return Advice(
        reason="UNIQUE compares the text as it is spelled",
        fix=fix,
        alternatives=(
            Alternative(
                "lower the address when it is stored, and CHECK (email = lower(email))",
                "the spelling that the person typed is lost",
            ),
            Alternative(
                "the type citext, or a collation that ignores case",
                "an extension or ICU has to be there; LIKE changes its meaning as well",
            ),
        ),
        risk=Risk(
            "the index cannot be built while two rows share a mailbox",
            f"find them first: select lower({column}), count(*) from {table} group by 1 "
            "having count(*) > 1",
        ),
        undo=models.undo(fix, f"drop the index {name} CONCURRENTLY"),
        tests="a second sign-up with another spelling of the same address is refused",
        backup="none needed: no row changes; keep the rows that you merge first",
    )
