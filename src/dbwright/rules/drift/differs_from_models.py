"""A column, key or index of the database is not as the models declare it.

## What it does

Creates the tables of the models on a scratch database, runs all revisions on another, and
compares the two catalogs: types, NOT NULL, defaults, what constraints and indexes say.

## Why is this bad?

The code counts on one thing and the database does another: None comes where the model promises
a value, an INSERT that leaves a column to its default fails.

## When to leave it

When two spellings mean the same to you; say so in a waiver. A database whose type is the wider one
of its kind (bigint for integer) is a remark: no value is refused.
"""

from __future__ import annotations

from collections.abc import Iterator

from dbwright import dialects
from dbwright.core.claim import Claim
from dbwright.core.codec import from_json, to_json
from dbwright.core.compare import Difference
from dbwright.core.drift import Drift
from dbwright.core.finding import Advice, Alternative, Finding, Fix, Risk, Severity
from dbwright.core.rule import Applies, RevisionExample
from dbwright.recipes import drift as recipe
from dbwright.recipes import model_types, revision

APPLIES = Applies(("postgresql", "sqlite"))
MODELS = """
class Order(Base):
    __tablename__ = "orders"
    id: Mapped[int] = mapped_column(primary_key=True)
    note: Mapped[str | None] = mapped_column(String(40))
"""
BAD = RevisionExample(
    before="create table orders (id serial primary key);",
    upgrade='op.add_column("orders", sa.Column("note", sa.String(20)))',
    downgrade='op.drop_column("orders", "note")',
    models=MODELS,
    claims=("schema_differs",),
)
BAD_SERIAL = RevisionExample(
    before="create table orders (id integer primary key, note varchar(40));",
    upgrade="pass",
    models=MODELS,
    claims=("schema_differs",),
)
BAD_SQLITE = RevisionExample(
    before="create table orders (id integer primary key, note integer);",
    upgrade="pass",
    models="""
class Order(Base):
    __tablename__ = "orders"
    id: Mapped[int] = mapped_column(primary_key=True)
    note: Mapped[str | None] = mapped_column(Text)
""",
    claims=("schema_differs",),
    dialect="sqlite",
)
BAD_SQLITE_KEY = RevisionExample(
    before="create table parts (id integer primary key, of_id integer references parts(id));",
    upgrade="pass",
    models="""
class Part(Base):
    __tablename__ = "parts"
    id: Mapped[int] = mapped_column(primary_key=True)
    of_id: Mapped[int | None] = mapped_column(ForeignKey("parts.id", ondelete="SET NULL"))
""",
    claims=("schema_differs",),
    dialect="sqlite",
)
GOOD = RevisionExample(
    before="create table orders (id serial primary key);",
    upgrade='op.add_column("orders", sa.Column("note", sa.String(40)))',
    downgrade='op.drop_column("orders", "note")',
    models=MODELS,
)


def check(drift: Drift) -> Iterator[Finding]:
    """Yields a finding for each object that both sides have, each in its own form."""
    for found in drift.differences("changed"):
        what = found.aspect or "definition"
        yield Finding(
            message=f"its {what} is {found.after or 'none'}; the models say "
            f"{found.before or 'none'}",
            location=recipe.location(drift, found),
            claims=(Claim("schema_differs", found.table or found.name),),
            severity=_severity(found, drift.target.dialect),
            details={"difference": to_json(found)},
        )


def _severity(found: Difference, dialect: str) -> Severity:
    if found.aspect == "type" and _is_wider(found.before or "", found.after or "", dialect):
        return "info"
    if found.object == "column" and found.aspect in ("type", "nullability"):
        return "error"
    if found.aspect == "default" and found.before is None:
        return "info"  # the database fills more than the models say: no INSERT fails
    return "info" if found.aspect in ("name", "identity") else "warning"


def _is_wider(models: str, database: str, dialect: str) -> bool:
    """Whether the database keeps every value of the models' type, in a type of the same kind."""
    kinds = {model_types.family(models), model_types.family(database)}
    fits: bool = dialects.get(dialect).types.fits(models, database)
    return fits and len(kinds) == 1


def advise(finding: Finding, drift: Drift) -> Advice:
    """Gives the operation that brings the database to the models, or the default to the model."""
    difference = from_json(Difference, finding.details["difference"])
    if difference.aspect == "default" and difference.before is None:
        # running code may lean on a default: nothing breaks where the model says it too
        declared = recipe.default_fix(drift, difference)
        if declared is not None:
            return _declared(drift, difference, declared)
    fix = recipe.migration_fix(drift, difference)
    return Advice(
        reason="the model and the database disagree, and the database decides",
        fix=fix,
        alternatives=(
            Alternative("bring the model to the database", "nothing to run; the promise changes"),
        ),
        risk=Risk(
            "rows that are there may not fit; some changes lock or rewrite the table",
            "let dbwright review the new revision before it is deployed",
        ),
        undo=revision.undo(fix, "the downgrade of that revision"),
        tests="run this review again: the difference is gone",
        backup="a copy of the column when its type changes",
    )


def _declared(drift: Drift, difference: Difference, fix: Fix) -> Advice:
    drop = "; ".join(recipe.to_models(drift, difference)[0])
    return Advice(
        reason="the database fills in what the model does not know of",
        fix=fix,
        alternatives=(
            Alternative(
                f"drop it in a revision: {drop}",
                "right when all code gives a value; an INSERT that does not is refused",
            ),
        ),
        risk=Risk("none: a declaration changes no database", "nothing to do"),
        undo=revision.undo(fix, "take the keyword away"),
        tests="run this review again: the difference is gone",
        backup="none needed: no row changes",
    )
