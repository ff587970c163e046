"""The role of the live database passes by the policies of a table of tenants.

## What it does

Asks the database that `--db` names for each table of tenants with policies whether row security is
active for the role of the URL. It is not for the table's owner, unless it is forced, nor for a role
with BYPASSRLS or a superuser.

## Why is this bad?

An application that connects as the owner reads and writes every tenant's rows, and nothing says so:
row security is on and the policies are there. Migrations run as the owner, so the same role often
does both.

## When to leave it

Where the application connects as another role: name that one with `--db`, or say so in a waiver.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from dbwright.core.claim import Claim
from dbwright.core.drift import LiveDrift
from dbwright.core.finding import Advice, Alternative, Finding, Fix, Location, Risk
from dbwright.core.rule import Applies, RevisionExample
from dbwright.recipes import code, model_tenants, revision, row_security

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
FORCED = "alter table {0} force row level security;"

BAD = RevisionExample(
    before=TABLES + GUARDED.format("letters") + FORCED.format("letters") + GUARDED.format("notes"),
    upgrade="pass",
    models=MODELS,
    live="select 1",
    claims=("row_security",),
    object="notes",
)
GOOD = RevisionExample(
    before=TABLES + "".join((GUARDED + FORCED).format(table) for table in ("letters", "notes")),
    upgrade="pass",
    models=MODELS,
    live="select 1",
)


def check(found: LiveDrift) -> Iterator[Finding]:
    """Yields one finding for the tables whose policies do not hold for the role."""
    one = model_tenants.tenancy(found.mapping)
    members = one.members if one else frozenset()
    tables = [key for key in found.unguarded if key in members and not _is_coming(found, key)]
    if not tables:
        return
    why = found.unguarded[tables[0]]
    own = found.mapping.schema.table(tables[0])
    more = f", nor those of {len(tables) - 1} more tables" if len(tables) > 1 else ""
    yield Finding(
        message=f"its policies do not hold for the role of --db{more}: {why}",
        location=Location.at(found.mapping.place_of(own) if own else None, tables[0]),
        claims=(Claim("row_security", tables[0]),),
        evidence=tuple(f"row_security_active('{key}') is false" for key in tables),
        details={"tables": tables, "why": why},
    )


def _is_coming(found: LiveDrift, key: str) -> bool:
    """Whether revisions still to run let the policies hold for the owner."""
    table = found.head.table(key)
    forced = table is not None and bool(table.info.get("row_security_forced"))
    return forced and found.unguarded[key].endswith("owns the table")


def advise(finding: Finding, found: LiveDrift) -> Advice:
    """Gives FORCE for an owner, and another role for one that passes every policy."""
    tables, why = tuple(finding.details["tables"]), finding.details["why"]
    role = why.partition(" ")[0]
    if why.endswith("owns the table"):
        between = replace(found.between(), head=found.newest)
        fix = row_security.forced(between, tables)
    else:
        fix = Fix(
            "connect the application as a role for which policies hold",
            f"CREATE ROLE {code.quoted(role + '_app')} LOGIN NOSUPERUSER NOBYPASSRLS;\n"
            + "\n".join(
                f"GRANT SELECT, INSERT, UPDATE, DELETE ON {code.quoted(key)} "
                f"TO {code.quoted(role + '_app')};"
                for key in tables
            ),
            safety="unsafe",
        )
    return Advice(
        reason="policies do not apply to the owner of a table, nor to roles that bypass them",
        fix=fix,
        alternatives=(
            Alternative(
                "let the application connect as a role that owns nothing",
                "the better wall: such a role cannot switch row security off either; it needs "
                "grants, and an own URL for migrations",
            ),
        ),
        risk=Risk(
            "sessions that set no tenant see nothing, jobs and migrations too",
            f"set {row_security.SETTING} at the start of each session, or give jobs over all "
            "tenants a role with BYPASSRLS",
        ),
        undo=revision.undo(fix, "the application connects as before"),
        tests=f"as the application's role a session of one tenant selects from {tables[0]}: no "
        "row of another one",
        backup="none needed: no row changes",
    )
