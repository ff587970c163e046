"""A boolean column admits NULL, so that a yes or no has three states.

## What it does

Looks for boolean columns that may be NULL, unless a comment says what NULL stands for or the code
asks for it (`Site.is_up.is_(None)`). It is a remark where the flag has a default, or where a
`Column(…, nullable=True)` says that it is meant. Tables of preferences in which every column may
be NULL are left alone: there NULL is "not chosen".

## Why is this bad?

NULL is neither true nor false: `WHERE NOT flag` and `WHERE flag` together miss those rows, and a
Python `if not user.flag` takes them for "no". Counts and reports differ by how they are asked.

## When to leave it

When there are three answers, as "not decided yet": say so in a comment on the column.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from dbwright.core.claim import Claim, RowProbe
from dbwright.core.finding import Advice, Alternative, Finding, Location, Risk
from dbwright.core.mapping import Attribute, Mapping
from dbwright.core.rule import Applies, ModelsExample
from dbwright.core.schema import Column, Table
from dbwright.recipes import (
    model_annotations,
    model_migrations,
    model_types,
    model_usage,
    model_words,
    models,
)
from dbwright.recipes.model_draft import Draft

APPLIES = Applies()
SEVERITY = "warning"
MANY = 4
CHOICES = {"preference", "preferences", "setting", "settings", "override", "overrides"}

BAD = ModelsExample(
    code="""
class Subscriber(Base):
    __tablename__ = "subscribers"
    id: Mapped[int] = mapped_column(primary_key=True)
    wants_letters: Mapped[Optional[bool]]
""",
    claims=("accepts_bad_row",),
    object="subscribers.wants_letters",
)
BAD_HABIT = ModelsExample(
    code="""
class MailingList(Base):
    __tablename__ = "mailing_lists"
    id = Column(Integer, primary_key=True)
    advertised = Column(Boolean)
    anonymous = Column(Boolean)
    emergency = Column(Boolean)
    digests = Column(Boolean)
    archived = Column(Boolean, nullable=True)
""",
    claims=("accepts_bad_row",),
    object="mailing_lists",
)
GOOD = ModelsExample(
    code="""
class Subscriber(Base):
    __tablename__ = "subscribers"
    id: Mapped[int] = mapped_column(primary_key=True)
    wants_letters: Mapped[bool] = mapped_column(server_default=false())
""",
)
GOOD_COMMENTED = ModelsExample(
    code="""
class Review(Base):
    __tablename__ = "reviews"
    id: Mapped[int] = mapped_column(primary_key=True)
    # None until a moderator has decided.
    is_approved: Mapped[Optional[bool]]
""",
)
# as Anitya's: nobody has looked yet
GOOD_ASKED = ModelsExample(
    code="""
class Site(Base):
    __tablename__ = "sites"
    id: Mapped[int] = mapped_column(primary_key=True)
    is_up: Mapped[Optional[bool]]

def down() -> Any:
    return select(Site).where(Site.is_up.is_not(None), ~Site.is_up)
""",
)
# as Mailman's: what a member has not chosen comes from the address, and then from the list
GOOD_PREFERENCES = ModelsExample(
    code="""
class Preferences(Base):
    __tablename__ = "preferences"
    id = Column(Integer, primary_key=True)
    hide_address = Column(Boolean)
    receive_own_postings = Column(Boolean)
    language = Column(String(8))
""",
)


def check(mapping: Mapping) -> Iterator[Finding]:
    """Yields a finding for each boolean column that admits NULL without a word about it."""
    for table in mapping.schema.tables:
        if table.kind not in ("table", "partitioned") or _holds_choices(table):
            continue
        found: list[Finding] = []
        for column in table.columns:
            if column.nullable and model_types.is_boolean(column.type):
                attribute = mapping.attribute(table.key, column.name)
                if not _is_meant(mapping, table, column, attribute):
                    found.append(_finding(mapping, table, column, attribute))
        for severity in (None, "info"):
            yield from _together(table, [one for one in found if one.severity == severity])


def _holds_choices(table: Table) -> bool:
    """Whether it is a table of preferences that may all be left open."""
    keys = {name for key in table.foreign_keys for name in key.columns}
    keys |= set(table.primary_key.columns if table.primary_key else ())
    free = [column for column in table.columns if column.name not in keys]
    named = bool(CHOICES.intersection(model_words.words(table.name)))
    return named and all(column.nullable and column.default is None for column in free)


def _together(table: Table, found: list[Finding]) -> Iterator[Finding]:
    """Flags of a table that are nullable by habit are one finding."""
    if len(found) < MANY:
        yield from found
        return
    names = [str(one.details["column"]) for one in found]
    yield replace(
        found[0],
        message=f"{len(names)} flags may be NULL, which is neither yes nor no: "
        f"{', '.join(names[:4])}, …",
        location=replace(found[0].location, object=table.key),
        evidence=tuple(names),
        details={**found[0].details, "others": names[1:]},
    )


def _is_meant(mapping: Mapping, table: Table, column: Column, attribute: Attribute | None) -> bool:
    if column.comment or models.is_child_column(mapping, table, column.name):
        return True
    name = attribute.name if attribute else column.name
    if model_usage.is_asked_for_none(mapping.sources, name):
        return True
    return bool(models.comment_at(mapping, mapping.place_of(table, column.name)))


def _finding(
    mapping: Mapping, table: Table, column: Column, attribute: Attribute | None
) -> Finding:
    defaulted = column.default is not None or (attribute is not None and attribute.default)
    # in 1.4 style silence means the same, so who writes it means it
    said = attribute is not None and attribute.annotation is None and attribute.explicit_nullable
    probe = RowProbe(table.key, ({column.name: None},))
    return Finding(
        message="it may be NULL, which is neither yes nor no, and NOT skips those rows",
        location=Location.at(mapping.place_of(table, column.name), f"{table.key}.{column.name}"),
        claims=(Claim("accepts_bad_row", table.key, column=column.name, probe=probe),),
        severity="info" if defaulted or said else None,
        details={"table": table.key, "column": column.name},
    )


def advise(finding: Finding, mapping: Mapping) -> Advice:
    """Gives NOT NULL with a default, in the model and in steps that stop nobody."""
    table, column = finding.details["table"], finding.details["column"]
    names = [column, *finding.details.get("others", ())]
    draft, steps = Draft(mapping), []
    for name in names:
        draft = _required(draft, mapping, table, name, finding)
        steps.append(model_migrations.not_null(mapping, table, name, "false"))
    fix = draft.fix(
        f"make {column} a plain yes or no" if len(names) == 1 else "make them plain yes or no",
        otherwise=f"{column} = mapped_column(nullable=False, server_default=false())",
        migration="\n".join(steps),
    )
    return Advice(
        reason="in SQL a comparison with NULL is not true and not false but unknown",
        fix=fix,
        alternatives=(
            Alternative(
                "keep NULL and say in a comment what it means",
                "each query has to use IS TRUE, IS NOT TRUE or coalesce()",
            ),
        ),
        risk=Risk(
            "rows that hold NULL become false, and someone may have told them apart",
            f"count them first: select count(*) from {table} where {column} is null",
        ),
        undo=models.undo(fix, f"alter column {column} drop not null; former NULLs stay false"),
        tests=f"an INSERT into {table} with {column} = NULL is refused",
        backup=f"keep the keys of the rows where {column} is null, as the update loses them",
    )


def _required(draft: Draft, mapping: Mapping, table: str, column: str, finding: Finding) -> Draft:
    attribute, owner = mapping.attribute(table, column), mapping.schema.table(table)
    place = Location.at(mapping.place_of(owner, column)) if owner else finding.location
    draft = draft.keyword(place, "server_default", "false()")
    draft = draft.imports(place, "sqlalchemy", "false")
    if attribute is None or attribute.annotation is None or attribute.explicit_nullable:
        draft = draft.keyword(place, "nullable", "False")
    if attribute and attribute.annotation and attribute.optional:
        draft = draft.annotation(place, model_annotations.required(attribute.annotation))
    return draft
