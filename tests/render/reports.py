"""Reports made of values, no database: what every renderer is tried on."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from dbwright.core.claim import Claim, Proof
from dbwright.core.finding import (
    Advice,
    Alternative,
    Fix,
    Irreversible,
    Location,
    Recommendation,
    Risk,
    Undo,
    Unverified,
    Waived,
)
from dbwright.core.report import Report, Summary

CODE = """with op.get_context().autocommit_block():
    op.create_index(
        "ix_orders_customer_id",
        "orders",
        ["customer_id"],
        postgresql_concurrently=True,
    )"""

ADVICE = Advice(
    reason="CREATE INDEX holds ShareLock on orders until the transaction ends",
    fix=Fix("Build the index concurrently, in a revision of its own", CODE),
    alternatives=(Alternative("keep it and set lock_timeout", "writes stop meanwhile"),),
    risk=Risk("a concurrent build can leave an invalid index", "the revision drops it"),
    undo=Undo("drop_index(…, postgresql_concurrently=True)"),
    tests="insert while the index is built",
    backup="none needed: no row changes",
)

ONE = Recommendation(
    rule="blocking-index-build",
    job="migrations",
    severity="error",
    message="this index build stops every write",
    location=Location("migrations/versions/9f2c_index.py", 14, "9f2c", "orders"),
    claims=(Claim("blocks_writes", "orders", "ShareLock"),),
    evidence=("40,000,000 rows (--sizes): about 50 s",),
    proof=Proof(
        "verified",
        "orders is locked",
        scope="PostgreSQL 18; 20 generated rows in orders",
        witness="CREATE INDEX held ShareLock on orders; an INSERT waited",
    ),
    advice=ADVICE,
    fingerprint="0123456789abcdef",
)


def some(count: int, **changes: Any) -> tuple[Recommendation, ...]:
    """Gives recommendations of different rules on different tables, the worst first."""
    levels = ("error", "warning", "info")
    return tuple(
        replace(
            ONE,
            rule=f"some-rule-{n}",
            severity=levels[n * 3 // count],
            location=replace(ONE.location, object=f"table_{n}", line=n + 1),
            **changes,
        )
        for n in range(count)
    )


def report(*items: Recommendation, **parts: Any) -> Report:
    """Gives a report on a project of 17 models and 14 revisions, of which one is new."""
    summary = Summary(
        project="shop",
        dialect="postgresql-18",
        server="PostgreSQL 18.6",
        models=17,
        tables=17,
        revisions=14,
        revisions_run=14,
        revisions_new=1,
        scope="Reported: 1 revision that main does not have.",
    )
    return Report(items, **{"summary": summary} | parts)


def everywhere(text: str) -> Report:
    """Gives a report that has the text in every field that comes from outside."""
    proof = Proof("observed", text, scope=text, witness=text, why=text)
    advice = Advice(
        reason=text,
        fix=Fix(text, text),
        alternatives=(Alternative(text, text), Alternative(text, text)),
        risk=Risk(text, text),
        undo=Irreversible(text),
        tests=text,
        backup=text,
    )
    location = Location(text, 3, text, text)
    item = Recommendation(
        "some-rule", "models", "error", text, location, (Claim("data_loss", text, text),),
        (text,), proof, advice, "0" * 16,
    )  # fmt: skip
    other = replace(item, rule="other-rule", severity="warning", location=Location(object=text))
    return Report(
        (item, item, other),
        waived=(Waived("some-rule", text, location, text),),
        unverified=(Unverified(text, text, text),),
        errors=(text,),
        summary=Summary(project=text, server=text, models=2, scope=text, notes=(text,)),
    )


def errors_only() -> Report:
    """Gives the report of a run that could read nothing."""
    return Report(errors=("alembic.ini: there is no script_location\nWrite one.",))


def not_all_seen(*items: Recommendation) -> Report:
    """Gives a report with something waived and something not verified."""
    unverified = (Unverified("rows of orders", "no CREATE privilege", "Grant it."),) * 2
    waived = (Waived("deep-offset", "it skips rows", ONE.location, "the table stays small"),)
    return report(*items, unverified=unverified, waived=waived)
