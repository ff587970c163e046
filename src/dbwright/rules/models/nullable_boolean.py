"""A boolean column admits NULL, so that a yes or no has three states.

## What it does

Looks for boolean columns that may be NULL, unless a comment says what NULL stands for.

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
from dbwright.recipes import model_annotations, model_migrations, model_types, models
from dbwright.recipes.model_draft import Draft

APPLIES = Applies()
SEVERITY = "warning"
MANY = 4

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


def check(mapping: Mapping) -> Iterator[Finding]:
    """Yields a finding for each boolean column that admits NULL without a word about it."""
    for table in mapping.schema.tables:
        if table.kind not in ("table", "partitioned"):
            continue
        found: list[Finding] = []
        for column in table.columns:
            if column.nullable and model_types.is_boolean(column.type):
                attribute = mapping.attribute(table.key, column.name)
                if not _is_meant(mapping, table, column, attribute):
                    found.append(_finding(mapping, table, column, attribute))
        yield from _together(mapping, table, found)


def _together(mapping: Mapping, table: Table, found: list[Finding]) -> Iterator[Finding]:
    """Flags that are nullable by habit, each with a default, are one remark per table."""
    habit = [one for one in found if one.severity == "info"]
    yield from (one for one in found if one.severity is None or len(habit) < MANY)
    if len(habit) >= MANY:
        names = [str(one.details["column"]) for one in habit]
        yield replace(
            habit[0],
            message=f"{len(names)} flags may be NULL, which is neither yes nor no: "
            f"{', '.join(names[:4])}, …",
            location=replace(habit[0].location, object=table.key),
            evidence=tuple(names),
        )


def _is_meant(mapping: Mapping, table: Table, column: Column, attribute: Attribute | None) -> bool:
    if column.comment or models.is_child_column(mapping, table, column.name):
        return True
    return bool(models.comment_at(mapping, mapping.place_of(table, column.name)))


def _finding(
    mapping: Mapping, table: Table, column: Column, attribute: Attribute | None
) -> Finding:
    defaulted = column.default is not None or (attribute is not None and attribute.default)
    probe = RowProbe(table.key, ({column.name: None},))
    return Finding(
        message="it may be NULL, which is neither yes nor no, and NOT skips those rows",
        location=Location.at(mapping.place_of(table, column.name), f"{table.key}.{column.name}"),
        claims=(Claim("accepts_bad_row", table.key, column=column.name, probe=probe),),
        severity="info" if defaulted else None,
        details={"table": table.key, "column": column.name},
    )


def advise(finding: Finding, mapping: Mapping) -> Advice:
    """Gives NOT NULL with a default, in the model and in steps that stop nobody."""
    table, column = finding.details["table"], finding.details["column"]
    attribute = mapping.attribute(table, column)
    place = finding.location
    draft = Draft(mapping).keyword(place, "server_default", "false()")
    draft = draft.imports(place, "sqlalchemy", "false")
    if attribute is None or attribute.annotation is None or attribute.explicit_nullable:
        draft = draft.keyword(place, "nullable", "False")
    if attribute and attribute.annotation and attribute.optional:
        required = model_annotations.required(attribute.annotation)
        draft = draft.annotation(place, required)
    fix = draft.fix(
        f"make {column} a plain yes or no",
        otherwise=f"{column} = mapped_column(nullable=False, server_default=false())",
        migration=model_migrations.not_null(mapping, table, column, "false"),
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
