"""A policy of a table of tenants lets every row through.

## What it does

Runs all revisions and looks in the catalog for permissive policies with the condition `true` on
tables that carry the tenant's column.

## Why is this bad?

Permissive policies are joined by OR: one that says true opens the table, whatever the others say,
and the catalog still shows row security as on.

## When to leave it

Where all tenants may read the rows: let the policy be FOR SELECT, and say why in its name.
"""

from __future__ import annotations

from collections.abc import Iterator

from dbwright.core.claim import Claim
from dbwright.core.drift import Drift
from dbwright.core.finding import Advice, Alternative, Finding, Location, Risk
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
alter table letters enable row level security;
create policy own on letters using (tenant_id = current_setting('app.tenant', true)::integer);
create table notes (id serial primary key, tenant_id integer not null references tenants);
create index ix_notes_tenant_id on notes (tenant_id);
alter table notes enable row level security;
create policy own on notes using (tenant_id = current_setting('app.tenant', true)::integer);
"""

BAD = RevisionExample(
    before=TABLES + "create policy everything on notes using (true);",
    upgrade="pass",
    models=MODELS,
    claims=("row_security",),
    object="notes",
)
GOOD = RevisionExample(
    before=TABLES + "create policy everybody_reads on notes for select using (true);",
    upgrade="pass",
    models=MODELS,
)


def check(drift: Drift) -> Iterator[Finding]:
    """Yields a finding for each table of tenants that a policy opens."""
    one = model_tenants.tenancy(drift.mapping)
    for table in drift.migrated.tables if one else ():
        if one is None or table.key not in one.members or not table.row_security:
            continue
        found = row_security.policies(drift.migrated, table.key)
        names = [n for n, text in found.items() if row_security.is_open(text) and _writes(text)]
        if names:
            yield _finding(drift, table, names, one.column)


def _writes(definition: str) -> bool:
    return "for select" not in definition


def _finding(drift: Drift, table: Table, names: list[str], column: str) -> Finding:
    own = drift.mapping.schema.table(table.key)
    definition = row_security.policies(drift.migrated, table.key)[names[0]]
    return Finding(
        message=f"its policy {names[0]} says true, which opens the table whatever the others say",
        location=Location.at(drift.mapping.place_of(own) if own else None, table.key),
        claims=(Claim("row_security", table.key),),
        evidence=(f"policy {names[0]} on {table.key} is {definition}",),
        details={"table": table.key, "column": column, "names": names},
    )


def advise(finding: Finding, drift: Drift) -> Advice:
    """Gives the policy by the session's tenant in its place."""
    table, column = finding.details["table"], finding.details["column"]
    found = drift.migrated.table(table)
    spec = found.column(column) if found else None
    present = tuple(finding.details["names"])
    fix = row_security.enabled(drift, table, column, spec.type if spec else "text", present)
    return Advice(
        reason="a row is let through when one permissive policy lets it through",
        fix=fix,
        alternatives=(
            Alternative(
                "AS RESTRICTIVE for the tenant's policy",
                "joined by AND; each table still needs a permissive one beside it",
            ),
        ),
        risk=Risk(
            "what read other tenants' rows so far, on purpose or not, stops",
            f"reports over all tenants need a role with BYPASSRLS; {row_security.SETTING} must "
            "be set",
        ),
        undo=revision.undo(fix, "create the open policy again"),
        tests=f"a session of one tenant selects from {table}: no row of another one",
        backup="none needed: no row changes",
    )
