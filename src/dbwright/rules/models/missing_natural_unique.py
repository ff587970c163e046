"""A column that names its row for people has no UNIQUE, so two rows can have the same name.

## What it does

Looks for columns named slug, sku, isbn or, in a table of people, username or email, that stand in
no UNIQUE, no key and no unique index, alone or with other columns. It is a remark where nobody
signs in by the address, or where the column may be NULL.

## Why is this bad?

Code that looks a row up by such a value expects one: a page shows whichever row comes first, a
login picks one of two accounts. A check in Python before the INSERT loses a race.

## When to leave it

When several rows may share it, as in a history, an import or a list of invitations (tables named
so are left alone). With `--db` the report says whether the values are distinct today.
"""

from __future__ import annotations

from collections.abc import Iterator

from dbwright.core.claim import Claim, RowProbe, SameAs
from dbwright.core.finding import Advice, Alternative, Finding, Location, Risk
from dbwright.core.mapping import Mapping
from dbwright.core.rule import Applies, ModelsExample
from dbwright.core.schema import Column, Table
from dbwright.recipes import model_migrations, model_types, model_words, models
from dbwright.recipes.model_draft import Draft

APPLIES = Applies()
SEVERITY = "warning"
NATURAL = {"slug", "sku", "isbn", "isbn13", "ean"}
# elsewhere they say whom a row is about: a session, a forgotten password
OF_PEOPLE = {"username", "handle"}
PEOPLE = {
    "account", "accounts", "author", "authors", "customer", "customers", "employee", "employees",
    "login", "logins", "member", "members", "people", "person", "persons", "profile", "profiles",
    "reviewer", "reviewers", "student", "students", "subscriber", "subscribers", "teacher",
    "teachers", "user", "users",
}  # fmt: skip

BAD = ModelsExample(
    code="""
class Product(Base):
    __tablename__ = "products"
    id: Mapped[int] = mapped_column(primary_key=True)
    sku: Mapped[str] = mapped_column(String(32))
""",
    claims=("accepts_bad_row",),
    object="products.sku",
)
GOOD = ModelsExample(
    code="""
class Shop(Base):
    __tablename__ = "shops"
    id: Mapped[int] = mapped_column(primary_key=True)

class Product(Base):
    __tablename__ = "products"
    __table_args__ = (UniqueConstraint("shop_id", "sku", name="uq_products_shop_sku"),)
    id: Mapped[int] = mapped_column(primary_key=True)
    shop_id: Mapped[int] = mapped_column(ForeignKey("shops.id"))
    sku: Mapped[str] = mapped_column(String(32))
""",
)
GOOD_HISTORY = ModelsExample(
    code="""
class SlugHistory(Base):
    __tablename__ = "slug_history"
    id: Mapped[int] = mapped_column(primary_key=True)
    slug: Mapped[str] = mapped_column(String(80))
""",
)
# as privacyIDEA's: a user can ask for several, and no row is named by its user
GOOD_RESETS = ModelsExample(
    code="""
class PasswordReset(Base):
    __tablename__ = "password_resets"
    id: Mapped[int] = mapped_column(primary_key=True)
    username: Mapped[str] = mapped_column(String(64), index=True)
    code_hash: Mapped[str] = mapped_column(String(64))
""",
)


def check(mapping: Mapping) -> Iterator[Finding]:
    """Yields a finding for each natural name that nothing keeps distinct."""
    for table in mapping.schema.tables:
        if table.kind != "table" or model_words.keeps_history(table.name):
            continue
        for column in table.columns:
            if _is_natural(table, column) and not _is_unique(table, column):
                yield _finding(mapping, table, column)


def _is_natural(table: Table, column: Column) -> bool:
    if not model_types.is_text(column.type):
        return False
    if any(column.name in key.columns for key in table.foreign_keys):
        return False
    if model_words.is_email(column.name) or column.name.lower() in OF_PEOPLE:
        return bool(PEOPLE.intersection(model_words.words(table.name)[-1:]))
    return column.name.lower() in NATURAL


def _is_certain(table: Table, column: Column) -> bool:
    """Whether two rows of the same name surely do harm: people sign in by the address."""
    if column.nullable:
        return False
    if not model_words.is_email(column.name):
        return True
    return any("password" in model_words.words(other.name) for other in table.columns)


def _is_unique(table: Table, column: Column) -> bool:
    """Whether it stands in any unique set, partial ones and expressions counted."""
    if any(column.name in found for found in table.unique_sets()):
        return True
    if any(column.name in found.definition for found in table.excludes):
        return True
    for index in table.indexes:
        keys = [key.column or key.expression or "" for key in index.keys]
        if index.unique and any(column.name in key for key in keys):
            return True
    return False


def _finding(mapping: Mapping, table: Table, column: Column) -> Finding:
    probe = RowProbe(table.key, ({}, {column.name: SameAs(0)}))
    if column.nullable:
        value = "ada@example.com" if model_words.is_email(column.name) else "x-1"
        probe = RowProbe(table.key, ({column.name: value}, {column.name: SameAs(0)}))
    seen = mapping.seen.get(f"{table.key}.{column.name}")
    repeats = seen is not None and bool(seen.repeats)
    distinct = seen is not None and seen.repeats is False
    return Finding(
        message="two rows may have the same one, though people and code name a row by it"
        if not repeats
        else "rows of the database have the same one today, and nothing keeps more from coming",
        location=Location.at(mapping.place_of(table, column.name), f"{table.key}.{column.name}"),
        claims=(Claim("accepts_bad_row", table.key, column=column.name, probe=probe),),
        severity=None if _is_certain(table, column) else "info",
        evidence=("all its values are distinct today (--db)",) if distinct else (),
        details={"table": table.key, "column": column.name},
    )


def advise(finding: Finding, mapping: Mapping) -> Advice:
    """Gives the UNIQUE, built while writes go on."""
    table, column = finding.details["table"], finding.details["column"]
    name = f"uq_{table.rpartition('.')[2]}_{column}"
    if model_words.is_email(column):
        element = f'Index("{name}_lower", text("lower({column})"), unique=True)'
        draft = Draft(mapping).table_argument(table, element, "Index", "text")
        migration = model_migrations.create_index(
            f"{name}_lower", table, [f"lower({column})"], unique=True
        )
    else:
        element = f'UniqueConstraint("{column}", name="{name}")'
        draft = Draft(mapping).table_argument(table, element, "UniqueConstraint")
        migration = model_migrations.unique_from_index(mapping, name, table, [column])
    fix = draft.fix(f"make {column} unique", otherwise=element, migration=migration)
    return Advice(
        reason="only a unique index refuses the second of two rows that are stored at once",
        fix=fix,
        alternatives=(
            Alternative(
                "unique together with the parent's key, when names repeat between parents",
                "every look-up has to know the parent",
            ),
        ),
        risk=Risk(
            "the index cannot be built while doubles are there",
            f"find them first: select {column}, count(*) from {table} group by 1 "
            "having count(*) > 1",
        ),
        undo=models.undo(fix, f"drop {name}"),
        tests=f"a second INSERT into {table} with the same {column} is refused",
        backup="none needed: no row changes; keep the doubles that you rename first",
    )
