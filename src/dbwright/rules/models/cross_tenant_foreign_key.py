"""A foreign key between rows of tenants leaves the tenant out, so it may cross to another one.

## What it does

Looks for foreign keys between two tables that both carry the tenant's column, and that are not
over this column too. In a project without a single such key it is one finding, at the first.

## Why is this bad?

A wrong or guessed number ties a row of one customer to a row of another: the page that follows the
key shows foreign data, and no query that filters by tenant notices.

## When to leave it

When row security forbids the reading of other tenants' rows and the program checks each key that
it is given. Keys of joined inheritance are left alone: they are the row itself.
"""

from __future__ import annotations

from collections.abc import Iterator

from dbwright.core.claim import Claim, ProbeValue, RowProbe
from dbwright.core.finding import Advice, Alternative, Finding, Location, Risk
from dbwright.core.mapping import Mapping
from dbwright.core.rule import Applies, ModelsExample
from dbwright.core.schema import ForeignKey, Table
from dbwright.recipes import model_tenant_keys, model_tenants, models
from dbwright.recipes.model_tenants import Tenancy

APPLIES = Applies()
SEVERITY = "warning"
SECURITY = True

BAD = ModelsExample(
    code="""
class Tenant(Base):
    __tablename__ = "tenants"
    id: Mapped[int] = mapped_column(primary_key=True)

class Letter(Base):
    __tablename__ = "letters"
    id: Mapped[int] = mapped_column(primary_key=True)
    tenant_id: Mapped[int] = mapped_column(ForeignKey("tenants.id"), index=True)

class Copy(Base):
    __tablename__ = "copies"
    id: Mapped[int] = mapped_column(primary_key=True)
    tenant_id: Mapped[int] = mapped_column(ForeignKey("tenants.id"), index=True)
    letter_id: Mapped[int] = mapped_column(ForeignKey("letters.id"), index=True)
""",
    claims=("accepts_bad_row",),
    object="copies.letter_id",
)
GOOD = ModelsExample(
    code="""
class Tenant(Base):
    __tablename__ = "tenants"
    id: Mapped[int] = mapped_column(primary_key=True)

class Letter(Base):
    __tablename__ = "letters"
    __table_args__ = (UniqueConstraint("tenant_id", "id", name="uq_letters_tenant_id"),)
    id: Mapped[int] = mapped_column(primary_key=True)
    tenant_id: Mapped[int] = mapped_column(ForeignKey("tenants.id"))

class Copy(Base):
    __tablename__ = "copies"
    __table_args__ = (
        ForeignKeyConstraint(
            ["tenant_id", "letter_id"], ["letters.tenant_id", "letters.id"], name="fk_copies_letter"
        ),
        Index("ix_copies_letter", "tenant_id", "letter_id"),
    )
    id: Mapped[int] = mapped_column(primary_key=True)
    tenant_id: Mapped[int] = mapped_column(ForeignKey("tenants.id"))
    letter_id: Mapped[int]
""",
)


def check(mapping: Mapping) -> Iterator[Finding]:
    """Yields a finding for each key that may cross, or one where every key may."""
    one = model_tenants.tenancy(mapping)
    if one is None:
        return
    found = sorted(model_tenants.keys_across(mapping, one), key=lambda pair: _line(mapping, *pair))
    if model_tenants.holds_tenant(mapping, one):
        for table, key in found:
            yield _finding(mapping, one, table, key, [])
    elif found:
        others = [f"{table.key}.{', '.join(key.columns)}" for table, key in found[1:]]
        yield _finding(mapping, one, *found[0], others)


def _line(mapping: Mapping, table: Table, key: ForeignKey) -> tuple[str, int]:
    place = mapping.place_of(table, key.columns[0])
    return (place.file, place.line or 0) if place else ("", 0)


def _finding(
    mapping: Mapping, one: Tenancy, table: Table, key: ForeignKey, others: list[str]
) -> Finding:
    dialect = mapping.schema.dialect
    values: dict[str, ProbeValue] = {
        one.column: model_tenants.first(dialect, key.referred, one.column)
    }
    for here, there in zip(key.columns, key.referred_columns, strict=True):
        values[here] = model_tenants.of_another(dialect, key.referred, there, one.column)
    listed = ", ".join(key.columns)
    more = f"; {len(others)} more keys are so" if others else ""
    message = f"a row may point at a row of {key.referred} of another {_owner(one)}{more}"
    probe = RowProbe(table.key, (values,))
    return Finding(
        message=message,
        location=Location.at(mapping.place_of(table, key.columns[0]), f"{table.key}.{listed}"),
        claims=(Claim("accepts_bad_row", table.key, column=listed, probe=probe),),
        evidence=tuple(others[:20]),
        details={"table": table.key, "columns": list(key.columns), "tenant": one.column},
    )


def _owner(one: Tenancy) -> str:
    return one.column.rpartition("_")[0]


def advise(finding: Finding, mapping: Mapping) -> Advice:
    """Gives the key with the tenant in it, and the UNIQUE that it needs at the parent."""
    table, columns = finding.details["table"], tuple(finding.details["columns"])
    tenant = finding.details["tenant"]
    fix = model_tenant_keys.widened(mapping, table, columns, tenant)
    return Advice(
        reason="a key over the tenant and the id can only meet a row of the same tenant",
        fix=fix,
        alternatives=(
            Alternative(
                "row security on both tables, and a check of each key that comes from outside",
                "the database still takes a row that crosses, from a job or by hand",
            ),
        ),
        risk=Risk(
            "rows that cross already make the validation fail, and two relationships write "
            f"{tenant}",
            "look for them first; name overlaps= or viewonly=True where SQLAlchemy warns",
        ),
        undo=models.undo(fix, "put the key over the id alone back"),
        tests=f"an INSERT into {table} with one tenant and a row of another is refused",
        backup="none needed: no row changes",
    )
