"""A revision that is still to run fails on the live database, which is not as expected.

## What it does

Makes a scratch database as the one that `--db` names is: its revisions, then what was changed by
hand. Runs the pending revisions on it, and without the changes by hand.

## Why is this bad?

The deploy stops in the middle, at night, though every test and rehearsal passed.

## When to leave it

Never: mend one of the two first.
"""

from __future__ import annotations

from collections.abc import Iterator

from dbwright.core.claim import Claim
from dbwright.core.drift import LiveDrift
from dbwright.core.finding import Advice, Alternative, Finding, Fix, Location, Risk, Undo
from dbwright.core.rule import Applies, RevisionExample
from dbwright.recipes import live_drift

APPLIES = Applies(("postgresql", "sqlite"))
SEVERITY = "error"
MODELS = """
class Order(Base):
    __tablename__ = "orders"
    id: Mapped[int] = mapped_column(primary_key=True)
    total: Mapped[int] = mapped_column(index=True)
"""
BAD = RevisionExample(
    before="create table orders (id serial primary key, total integer not null);",
    upgrade='op.create_index("ix_orders_total", "orders", ["total"])',
    downgrade='op.drop_index("ix_orders_total", "orders")',
    models=MODELS,
    live="create index ix_orders_total on orders (total)",
    live_at="schema",
    claims=("fails_at_runtime",),
)
GOOD = RevisionExample(
    before=BAD.before,
    upgrade=BAD.upgrade,
    downgrade=BAD.downgrade,
    models=MODELS,
    live="select 1",
    live_at="schema",
)


def check(found: LiveDrift) -> Iterator[Finding]:
    """Yields the first pending revision that fails on a database like the live one."""
    failure = found.failure
    if failure is None:
        return
    yield Finding(
        message=f"this revision fails on the live database: {failure.message}",
        location=Location(failure.migration.path, 1, failure.migration.revision, None),
        claims=(Claim("fails_at_runtime", None),),
        evidence=tuple(f"by hand: {item}" for item in live_drift.in_the_way(found)),
    )


def advise(finding: Finding, found: LiveDrift) -> Advice:
    """Gives the SQL that takes off the live database what the revision meets."""
    steps = live_drift.out_of_the_way(found)
    again = live_drift.to_live(found, live_drift.in_the_way(found))
    sql = ";\n".join(step.sql for step in steps) + ";"
    return Advice(
        reason="the revision was written for another database than the one it will run on",
        fix=Fix(
            "take what is in its way off the live database first", sql, safety="unsafe", steps=steps
        ),
        alternatives=(
            Alternative(
                "write the revision so that it does nothing where the object is there "
                "(if_not_exists=True)",
                "nothing to run by hand; what is there must be what the revision would make",
            ),
        ),
        risk=Risk(
            "what was made by hand may be in use",
            "the revision makes it again; run both in one quiet hour",
        ),
        undo=Undo(";\n".join(again) or "nothing is known that would take it back"),
        tests="run this review with --db again: the revision passes",
        backup="none needed for keys and indexes; a copy of each column that is dropped",
    )
