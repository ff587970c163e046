"""The live database lacks something that its revisions made.

## What it does

Reads the catalog of the database that `--db` names, and the revision in its version table; runs
the revisions up to that one on a scratch database, and compares the two catalogs.

## Why is this bad?

Somebody dropped it by hand, or the revision was stamped and never run. The code counts on it, tests
pass with it, and the next revision that touches it fails in production only.

## When to leave it

When it was taken away on purpose; then write a revision that drops it everywhere.
"""

from __future__ import annotations

from collections.abc import Iterator

from dbwright.core.claim import Claim
from dbwright.core.codec import from_json, to_json
from dbwright.core.compare import Difference
from dbwright.core.drift import LiveDrift
from dbwright.core.finding import Advice, Alternative, Finding, Risk, Severity
from dbwright.core.rule import Applies, RevisionExample
from dbwright.recipes import drift as recipe
from dbwright.recipes import live_drift

APPLIES = Applies(("postgresql", "sqlite"))
MODELS = """
class Order(Base):
    __tablename__ = "orders"
    id: Mapped[int] = mapped_column(primary_key=True)
    total: Mapped[int]
    __table_args__ = (
        CheckConstraint("total > 0", name="total_is_positive"),
        Index("ix_orders_total", "total"),
    )
"""
BAD = RevisionExample(
    before="create table orders (id serial primary key, total integer not null); "
    "create index ix_orders_total on orders (total);",
    upgrade='op.create_check_constraint("total_is_positive", "orders", "total > 0")',
    downgrade='op.drop_constraint("total_is_positive", "orders")',
    models=MODELS,
    live="alter table orders drop constraint total_is_positive",
    claims=("schema_differs",),
)
BAD_INDEX = RevisionExample(
    before=BAD.before,
    upgrade=BAD.upgrade,
    downgrade=BAD.downgrade,
    models=MODELS,
    live="drop index ix_orders_total",
    claims=("schema_differs",),
)
BAD_SQLITE = RevisionExample(
    before="create table orders (id integer primary key, total integer not null);",
    upgrade='op.create_index("ix_orders_total", "orders", ["total"])',
    downgrade='op.drop_index("ix_orders_total", "orders")',
    models="""
class Order(Base):
    __tablename__ = "orders"
    id: Mapped[int] = mapped_column(primary_key=True)
    total: Mapped[int] = mapped_column(index=True)
""",
    live="drop index ix_orders_total",
    dialect="sqlite",
    claims=("schema_differs",),
)
GOOD = RevisionExample(
    before=BAD.before, upgrade=BAD.upgrade, downgrade=BAD.downgrade, models=MODELS, live="select 1"
)


def check(found: LiveDrift) -> Iterator[Finding]:
    """Yields a finding for each object that the revisions made and the database lacks."""
    for difference in found.differences("removed"):
        shown = f" ({difference.before})" if difference.before else ""
        yield Finding(
            message=f"the revisions up to {', '.join(found.versions)} made this "
            f"{difference.object}{shown}, and the live database has none",
            location=live_drift.location(found, difference),
            claims=(Claim("schema_differs", difference.table or difference.name),),
            severity=_severity(found, difference),
            details={"difference": to_json(difference)},
        )


def _severity(found: LiveDrift, difference: Difference) -> Severity:
    if found.is_partition(difference):  # old rows go with their partition
        return "info"
    return recipe.SEVERITIES.get(difference.object, "warning")


def advise(finding: Finding, found: LiveDrift) -> Advice:
    """Gives the SQL that brings it back."""
    difference = from_json(Difference, finding.details["difference"])
    return Advice(
        reason="what a revision made is gone in the one database that counts",
        fix=live_drift.repair(found, difference),
        alternatives=(
            Alternative(
                "write a revision that drops it everywhere",
                "right when nobody needs it; what it guarded or served is gone for good",
            ),
        ),
        risk=Risk(
            "rows written since may not satisfy it, and building it reads the table",
            "look for such rows first; run it with a lock_timeout, in a quiet hour",
        ),
        undo=live_drift.undone(found, difference),
        tests="run this review with --db again: the difference is gone",
        backup="none needed: no row changes",
    )
