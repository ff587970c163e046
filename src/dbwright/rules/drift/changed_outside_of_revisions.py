"""A column, key or index of the live database is not as its revisions made it.

## What it does

Reads the catalog of the database that `--db` names, and the revision in its version table; runs
the revisions up to that one on a scratch database, and compares types, NOT NULL, defaults, what
constraints and indexes say.

## Why is this bad?

What passes in tests is refused in production, or the other way round, and a revision that alters
the object starts from something else than it was rehearsed on.

## When to leave it

When two spellings mean the same to you; say so in a waiver.
"""

from __future__ import annotations

from collections.abc import Iterator

from dbwright.core.claim import Claim
from dbwright.core.codec import from_json, to_json
from dbwright.core.compare import Difference
from dbwright.core.drift import LiveDrift
from dbwright.core.finding import Advice, Alternative, Finding, Risk, Severity
from dbwright.core.rule import Applies, RevisionExample
from dbwright.recipes import live_drift

APPLIES = Applies(("postgresql", "sqlite"))
MODELS = """
class Order(Base):
    __tablename__ = "orders"
    id: Mapped[int] = mapped_column(primary_key=True)
    note: Mapped[str] = mapped_column(String(40))
"""
BAD = RevisionExample(
    before="create table orders (id serial primary key, note varchar(40) not null);",
    upgrade="pass",
    models=MODELS,
    live="alter table orders alter column note drop not null",
    claims=("schema_differs",),
)
BAD_TYPE = RevisionExample(
    before=BAD.before,
    upgrade="pass",
    models=MODELS,
    live="alter table orders alter column note type varchar(20)",
    claims=("schema_differs",),
)
GOOD = RevisionExample(before=BAD.before, upgrade="pass", models=MODELS, live="select 1")


def check(found: LiveDrift) -> Iterator[Finding]:
    """Yields a finding for each object that is there in another form than it was made."""
    for difference in found.differences("changed"):
        if found.coming(difference):
            continue
        what = difference.aspect or "definition"
        beside = ", as the models declare it" if found.declared(difference) == "alike" else ""
        yield Finding(
            message=f"its {what} is {difference.after or 'none'} in the live database{beside}; "
            f"the revisions made it {difference.before or 'none'}",
            location=live_drift.location(found, difference),
            claims=(Claim("schema_differs", difference.table or difference.name),),
            severity=_severity(difference),
            details={"difference": to_json(difference)},
        )


def _severity(difference: Difference) -> Severity:
    if difference.aspect == "name":
        return "info"
    serious = difference.object == "column" and difference.aspect in ("type", "nullability")
    return "error" if serious else "warning"


def advise(finding: Finding, found: LiveDrift) -> Advice:
    """Gives the SQL that brings it back to what the revisions made."""
    difference = from_json(Difference, finding.details["difference"])
    return Advice(
        reason="the database that counts is not the one that the revisions were tried on",
        fix=live_drift.repair(found, difference),
        alternatives=(
            Alternative(
                "write a revision that brings every other database to this one",
                "right when the change by hand was the wanted one; the models follow",
            ),
        ),
        risk=Risk(
            "rows written since may not fit; some changes read or rewrite the table",
            "look at the rows first, and let dbwright rehearse the same change as a revision",
        ),
        undo=live_drift.undone(found, difference),
        tests="run this review with --db again: the difference is gone",
        backup="a copy of the column when its type changes",
    )
