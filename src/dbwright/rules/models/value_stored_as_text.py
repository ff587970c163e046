"""A date, a UUID, an address or JSON is stored as text, so anything else is stored too.

## What it does

Looks for text columns of PostgreSQL named as what has a type of its own: `due_date`, `created_at`,
`public_uuid`, `ip_address`, `…_json`.

## Why is this bad?

'31/02/2024' and 'soon' are accepted. Text sorts '10.1.' before '2.1.', takes more room (36 bytes
for a UUID of 16), and every query that compares or calculates has to convert each row.

## When to leave it

When the text comes from another system and may be anything: columns named provider_, external_ or
raw_date, texts that a type of your own or a CHECK guards, and keys of other tables are left alone.
A UUID that is a key is a remark: the keys that point at it would have to change too. So are UUIDs
and JSON of a project that has no column of these types, as one that runs on other databases too.
"""

from __future__ import annotations

from collections.abc import Iterator

from dbwright.core.claim import Claim, RowProbe
from dbwright.core.finding import Advice, Alternative, Finding, Location, Risk
from dbwright.core.mapping import Mapping
from dbwright.core.rule import Applies, ModelsExample
from dbwright.core.schema import Column, Table
from dbwright.recipes import model_text_values, model_types, models
from dbwright.recipes.model_text_values import Kind

APPLIES = Applies(("postgresql",))
SEVERITY = "warning"

BAD = ModelsExample(
    code="""
class Invoice(Base):
    __tablename__ = "invoices"
    id: Mapped[int] = mapped_column(primary_key=True)
    due_date: Mapped[str] = mapped_column(String(10))
""",
    claims=("accepts_bad_row",),
    object="invoices.due_date",
)
BAD_IP = ModelsExample(
    code="""
class Visit(Base):
    __tablename__ = "visits"
    id = Column(Integer, primary_key=True)
    ip_address = Column(String(45))
""",
    claims=("accepts_bad_row",),
    object="visits.ip_address",
)
BAD_UUID = ModelsExample(
    code="""
class Visit(Base):
    __tablename__ = "visits"
    id: Mapped[int] = mapped_column(primary_key=True)
    public_uuid: Mapped[str] = mapped_column(String(36), unique=True)
""",
    claims=("accepts_bad_row",),
    object="visits.public_uuid",
)
BAD_JSON = ModelsExample(
    code="""
class Visit(Base):
    __tablename__ = "visits"
    id: Mapped[int] = mapped_column(primary_key=True)
    payload_json: Mapped[Optional[str]] = mapped_column(Text)
""",
    claims=("accepts_bad_row",),
    object="visits.payload_json",
)
GOOD = ModelsExample(
    code="""
class Invoice(Base):
    __tablename__ = "invoices"
    __table_args__ = (CheckConstraint("paid_date ~ '^[0-9-]{10}$'", name="ck_invoices_paid_date"),)
    id: Mapped[int] = mapped_column(primary_key=True)
    due_date: Mapped[datetime.date]
    paid_date: Mapped[str] = mapped_column(String(10))
    date_format: Mapped[str] = mapped_column(String(20))
    provider_date: Mapped[str] = mapped_column(String(30))
    public_id: Mapped[uuid.UUID]
    ip_address: Mapped[Optional[str]] = mapped_column(postgresql.INET)
    payload: Mapped[dict] = mapped_column(postgresql.JSONB)
""",
)


def check(mapping: Mapping) -> Iterator[Finding]:
    """Yields a finding for each text that has a type of its own."""
    for table in mapping.schema.tables:
        if table.kind not in ("table", "partitioned"):
            continue
        for column in table.columns:
            kind = model_text_values.kind(column)
            if kind is not None and not _is_guarded(mapping, table, column):
                yield _finding(mapping, table, column, kind)


def _is_guarded(mapping: Mapping, table: Table, column: Column) -> bool:
    if not model_types.is_text(column.type) or column.comment:
        return True
    if any(column.name in key.columns for key in table.foreign_keys):
        return True
    if any(column.name in one.expression for one in table.checks):
        return True
    attribute = mapping.attribute(table.key, column.name)
    return attribute is not None and (attribute.type.is_decorated or attribute.type.is_a("Enum"))


def _finding(mapping: Mapping, table: Table, column: Column, kind: Kind) -> Finding:
    probe = RowProbe(table.key, ({column.name: kind.wrong},))
    keyed = any(
        column.name in key.referred_columns for _, key in mapping.schema.referring(table.key)
    )
    is_key = table.primary_key is not None and column.name in table.primary_key.columns
    return Finding(
        message=f"it takes {kind.wrong!r}: {kind.words} is stored as text",
        location=Location.at(mapping.place_of(table, column.name), f"{table.key}.{column.name}"),
        claims=(Claim("accepts_bad_row", table.key, column=column.name, probe=probe),),
        severity="info" if is_key or keyed or _is_habit(mapping, kind) else None,
        details={"table": table.key, "column": column.name},
    )


def _is_habit(mapping: Mapping, kind: Kind) -> bool:
    """Whether the project has no column of the type: it stores such values as text throughout."""
    types = {column.type for table in mapping.schema.tables for column in table.columns}
    if kind is model_text_values.JSON:
        return not types & {"json", "jsonb"}
    return kind is model_text_values.UUID and "uuid" not in types


def advise(finding: Finding, mapping: Mapping) -> Advice:
    """Gives the type."""
    table, column = finding.details["table"], finding.details["column"]
    found = mapping.schema.table(table)
    spec = found.column(column) if found else None
    kind = model_text_values.kind(spec) if spec else None
    assert kind is not None
    fix = model_text_values.typed(mapping, finding.location, table, column, kind)
    return Advice(
        reason=f"the type {kind.sql} refuses what is no such value, and compares by what it means",
        fix=fix,
        alternatives=(
            Alternative(
                "keep the text and add a CHECK on its form",
                "no code has to change; sorting and room stay as they are",
            ),
        ),
        risk=Risk(
            "a value that does not fit stops the change, and code that hands over text may break",
            f"find such values first: select {column} from {table} where not "
            f"pg_input_is_valid({column}, '{kind.sql}') (from PostgreSQL 16)",
        ),
        undo=models.undo(fix, f"change back by {column}::text"),
        tests=f"an INSERT with {kind.wrong!r} is refused",
        backup=f"keep {table}.{column} until the new values are compared",
    )
