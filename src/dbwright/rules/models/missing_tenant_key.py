"""A table says nothing of whose its rows are, though most tables of the project do.

## What it does

Finds the column that most tables carry for their tenant (`tenant_id`, `organization_id`,
`workspace_id` …) and looks for tables without it. Where each row leads to a tenant over a foreign
key that is never NULL, it is a remark.

## Why is this bad?

No query and no policy can keep one customer's rows from another's: whoever reads the table reads
everybody's. Rows stored so far cannot be told apart afterwards.

## When to leave it

When all tenants share the rows: say so in the table's comment or the class's docstring ("shared by
all tenants"). Lists of names and codes, users and what hangs from them, the tenants themselves,
queues of work and settings are left alone.
"""

from __future__ import annotations

from collections.abc import Iterator

from dbwright.core.claim import Claim, RowProbe
from dbwright.core.finding import Advice, Alternative, Finding, Location, Risk
from dbwright.core.mapping import Mapping
from dbwright.core.rule import Applies, ModelsExample
from dbwright.core.schema import Table
from dbwright.recipes import model_tenant_column, model_tenants, models
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
    body: Mapped[str]

class Reminder(Base):
    __tablename__ = "reminders"
    id: Mapped[int] = mapped_column(primary_key=True)
    tenant_id: Mapped[int] = mapped_column(ForeignKey("tenants.id"), index=True)
    body: Mapped[str]

class Note(Base):
    __tablename__ = "notes"
    id: Mapped[int] = mapped_column(primary_key=True)
    body: Mapped[str]
""",
    claims=("accepts_bad_row",),
    object="notes",
)
BAD_TABLE = ModelsExample(
    code="""
tenants = Table("tenants", Base.metadata, Column("id", Integer, primary_key=True))
letters = Table(
    "letters",
    Base.metadata,
    Column("id", Integer, primary_key=True),
    Column("tenant_id", ForeignKey("tenants.id"), nullable=False, index=True),
)
reminders = Table(
    "reminders",
    Base.metadata,
    Column("id", Integer, primary_key=True),
    Column("tenant_id", ForeignKey("tenants.id"), nullable=False, index=True),
)
notes = Table(
    "notes",
    Base.metadata,
    Column("id", Integer, primary_key=True),
    Column("body", Text, nullable=False),
)
""",
    claims=("accepts_bad_row",),
    object="notes",
)
GOOD = ModelsExample(
    code="""
class Tenant(Base):
    __tablename__ = "tenants"
    id: Mapped[int] = mapped_column(primary_key=True)

class Letter(Base):
    __tablename__ = "letters"
    id: Mapped[int] = mapped_column(primary_key=True)
    tenant_id: Mapped[int] = mapped_column(ForeignKey("tenants.id"), index=True)
    body: Mapped[str]

class Reminder(Base):
    __tablename__ = "reminders"
    id: Mapped[int] = mapped_column(primary_key=True)
    tenant_id: Mapped[int] = mapped_column(ForeignKey("tenants.id"), index=True)
    body: Mapped[str]

class Language(Base):
    __tablename__ = "languages"
    code: Mapped[str] = mapped_column(String(5), primary_key=True)
    name: Mapped[str]

class Template(Base):
    __tablename__ = "templates"
    __table_args__ = ({"comment": "shared by all tenants"},)
    id: Mapped[int] = mapped_column(primary_key=True)
    body: Mapped[str]
""",
)


def check(mapping: Mapping) -> Iterator[Finding]:
    """Yields a finding for each table that has no tenant though it should."""
    one = model_tenants.tenancy(mapping)
    if one is None:
        return
    for table in mapping.schema.tables:
        if table.kind not in ("table", "partitioned") or table.key in one.members:
            continue
        if not model_tenants.needs_none(mapping, one, table):
            yield _finding(mapping, one, table)


def _finding(mapping: Mapping, one: Tenancy, table: Table) -> Finding:
    led = model_tenants.reaches(mapping, one, table)
    count = f"{len(one.members)} other tables have {one.column}"
    way = "only a join tells" if led else "nothing tells"
    return Finding(
        message=f"{way} whose its rows are; {count}",
        location=Location.at(mapping.place_of(table), table.key),
        claims=(Claim("accepts_bad_row", table.key, probe=RowProbe(table.key, ({},))),),
        severity="info" if led else None,
        details={"table": table.key, "column": one.column},
    )


def advise(finding: Finding, mapping: Mapping) -> Advice:
    """Gives the column as the other tables have it, filled before it is NOT NULL."""
    table, column = finding.details["table"], finding.details["column"]
    fix = model_tenant_column.added(mapping, table, column, finding.location)
    return Advice(
        reason="a row without its owner can be kept from nobody, by query or by policy",
        fix=fix,
        alternatives=(
            Alternative(
                "say in the table's comment that all tenants share it",
                "right for lists that come with the program; never for what people type",
            ),
        ),
        risk=Risk(
            "old rows have no tenant, and not each can be given one",
            f"fill {column} from what the row belongs to; look at the rest before NOT NULL",
        ),
        undo=models.undo(fix, f"drop {table}.{column}"),
        tests=f"a session of one tenant sees none of another one's rows of {table}",
        backup="none needed: a column is added",
    )
