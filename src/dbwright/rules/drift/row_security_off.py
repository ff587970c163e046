"""A table of tenants has no row security, so every session reads every tenant's rows.

## What it does

Runs all revisions and looks in the catalog for tables with the tenant's column whose row security
is off, or that have no policy. Where no table of the project has any it is one remark.

## Why is this bad?

One query without its WHERE shows a customer the rows of all others. In a project that trusts
policies elsewhere nobody looks for that WHERE.

## When to leave it

Where each tenant has a database or a schema of its own. Without a model of tenants nothing is said.
"""

from __future__ import annotations

from collections.abc import Iterator

from dbwright.core.claim import Claim
from dbwright.core.drift import Drift
from dbwright.core.finding import Advice, Alternative, Finding, Location, Risk, Severity
from dbwright.core.rule import Applies, RevisionExample
from dbwright.core.schema import Table
from dbwright.recipes import model_tenants, revision, row_security

APPLIES = Applies(("postgresql",))
SEVERITY = "warning"
SECURITY = True
MODELS = """
class Tenant(Base):
    __tablename__ = "tenants"
    id: Mapped[int] = mapped_column(primary_key=True)

class Letter(Base):
    __tablename__ = "letters"
    id: Mapped[int] = mapped_column(primary_key=True)
    tenant_id: Mapped[int] = mapped_column(ForeignKey("tenants.id"), index=True)

class Note(Base):
    __tablename__ = "notes"
    id: Mapped[int] = mapped_column(primary_key=True)
    tenant_id: Mapped[int] = mapped_column(ForeignKey("tenants.id"), index=True)
"""
TABLES = """
create table tenants (id serial primary key);
create table letters (id serial primary key, tenant_id integer not null references tenants);
create index ix_letters_tenant_id on letters (tenant_id);
create table notes (id serial primary key, tenant_id integer not null references tenants);
create index ix_notes_tenant_id on notes (tenant_id);
"""
GUARDED = """
alter table {0} enable row level security;
create policy own on {0} using (tenant_id = current_setting('app.tenant', true)::integer);
"""

BAD = RevisionExample(
    before=TABLES + GUARDED.format("letters"),
    upgrade="pass",
    models=MODELS,
    claims=("row_security",),
    object="notes",
)
GOOD = RevisionExample(
    before=TABLES + GUARDED.format("letters") + GUARDED.format("notes"),
    upgrade="pass",
    models=MODELS,
)


def check(drift: Drift) -> Iterator[Finding]:
    """Yields a finding for each table of tenants without policies, or one where none has any."""
    one = model_tenants.tenancy(drift.mapping)
    if one is None:
        return
    tables = [table for table in drift.migrated.tables if table.key in one.members]
    bare = [table for table in tables if not _is_guarded(drift, table)]
    if len(bare) < len(tables):
        yield from (_finding(drift, table, one.column, [], None) for table in bare)
    elif bare:
        others = [table.key for table in bare[1:]]
        yield _finding(drift, bare[0], one.column, others, "info")


def _is_guarded(drift: Drift, table: Table) -> bool:
    return table.row_security and bool(row_security.policies(drift.migrated, table.key))


def _finding(
    drift: Drift, table: Table, column: str, others: list[str], severity: Severity | None
) -> Finding:
    state = "on, without a policy" if table.row_security else "off"
    own = drift.mapping.schema.table(table.key)
    more = f", as of {len(others)} more tables" if others else ""
    return Finding(
        message=f"its row security is {state}{more}: only each query's own WHERE keeps tenants "
        "apart",
        location=Location.at(drift.mapping.place_of(own) if own else None, table.key),
        claims=(Claim("row_security", table.key),),
        severity=severity,
        evidence=(f"row security of {table.key} is {state}",),
        details={"table": table.key, "column": column},
    )


def advise(finding: Finding, drift: Drift) -> Advice:
    """Gives the policy by the session's tenant."""
    table, column = finding.details["table"], finding.details["column"]
    found = drift.migrated.table(table)
    spec = found.column(column) if found else None
    present = tuple(row_security.policies(drift.migrated, table))
    fix = row_security.enabled(drift, table, column, spec.type if spec else "text", present)
    return Advice(
        reason="a policy is a WHERE that the database adds to every statement",
        fix=fix,
        alternatives=(
            Alternative(
                "a WHERE in one place of the program (with_loader_criteria)",
                "SQL that is sent as text, and other programs, pass it by",
            ),
        ),
        risk=Risk(
            "sessions that set no tenant see nothing, jobs and migrations too",
            f"set {row_security.SETTING} at the start of each session; superusers see all rows",
        ),
        undo=revision.undo(fix, "drop the policy and turn row security off"),
        tests=f"a session of one tenant selects from {table}: no row of another one",
        backup="none needed: no row changes",
    )
