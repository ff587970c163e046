"""A timestamp with time zone is filled by utcnow(), which says no zone: the moment is wrong.

## What it does

Looks for columns of type timestamp with time zone whose default is `datetime.utcnow`.

## Why is this bad?

`utcnow()` returns a datetime without a zone. The database takes it for local time of the session:
in a session of New York every row is five hours late. The function is deprecated since Python
3.12.

## When to leave it

When every session that ever writes is set to UTC; a correct default costs nothing, though.
"""

from __future__ import annotations

from collections.abc import Iterator

from dbwright.core.claim import Claim, SqlProbe
from dbwright.core.finding import Advice, Alternative, Finding, Location, Risk
from dbwright.core.mapping import Attribute, Mapping
from dbwright.core.rule import Applies, ModelsExample
from dbwright.recipes import model_syntax, model_types, models
from dbwright.recipes.model_draft import Draft

APPLIES = Applies(("postgresql",))
SEVERITY = "warning"

BAD = ModelsExample(
    code="""
class Order(Base):
    __tablename__ = "orders"
    id: Mapped[int] = mapped_column(primary_key=True)
    placed_at: Mapped[datetime.datetime] = mapped_column(
        DateTime(timezone=True), default=datetime.datetime.utcnow
    )
""",
    claims=("stores_wrong_value",),
    object="orders.placed_at",
)
GOOD = ModelsExample(
    code="""
class Order(Base):
    __tablename__ = "orders"
    id: Mapped[int] = mapped_column(primary_key=True)
    placed_at: Mapped[datetime.datetime] = mapped_column(
        DateTime(timezone=True), default=lambda: datetime.datetime.now(timezone.utc)
    )
""",
)


def check(mapping: Mapping) -> Iterator[Finding]:
    """Yields a finding for each aware column that is filled with a naive time."""
    for mapper in mapping.mappers:
        for attribute in mapper.attributes:
            table = mapping.schema.table(attribute.table)
            column = table.column(attribute.column) if table else None
            aware = column is not None and model_types.is_aware_timestamp(column.type)
            if not aware or attribute.inherited:
                continue
            for keyword in ("default", "onupdate"):
                default = getattr(attribute, keyword)
                if default and default.kind == "callable" and default.value.endswith("utcnow"):
                    yield _finding(attribute, keyword)
                    break


def _finding(attribute: Attribute, keyword: str) -> Finding:
    key = ".".join(f'"{part}"' for part in attribute.table.split("."))
    name = f'"{attribute.column}"'
    statements = (
        "set local time zone 'America/New_York'",
        f"update {key} set {name} = (now() at time zone 'UTC') "
        f"where ctid = (select ctid from {key} limit 1)",
        f"select not coalesce(bool_or({name} = now()), false) from {key}",
    )
    claim = Claim(
        "stores_wrong_value",
        attribute.table,
        column=attribute.column,
        probe=SqlProbe(statements, "true"),
    )
    return Finding(
        message="utcnow() has no zone: a session outside UTC stores a moment hours away",
        location=Location.at(attribute.place, f"{attribute.table}.{attribute.column}"),
        claims=(claim,),
        details={"keyword": keyword, "column": attribute.column},
    )


def advise(finding: Finding, mapping: Mapping) -> Advice:
    """Gives a default that says its zone."""
    keyword, place = finding.details["keyword"], finding.location
    call = models.call_at(mapping, place, "mapped_column", "Column", "Field")
    value = model_syntax.keyword(call, keyword)
    written = model_syntax.dotted(value) if value is not None else ""
    owner = written.rpartition(".")[0]
    draft = Draft(mapping)
    if owner:
        new = f"lambda: {owner}.now(timezone.utc)"
        draft = draft.keyword(place, keyword, new).imports(place, "datetime", "timezone")
    fix = draft.fix("say the zone", otherwise=f"{keyword}=lambda: datetime.now(timezone.utc)")
    return Advice(
        reason="a value without a zone is read in the zone of the session",
        fix=fix,
        alternatives=(
            Alternative(
                "server_default=func.now(): the database's own clock",
                "one clock for all programs; the value is known after the INSERT only",
            ),
        ),
        risk=Risk(
            "code that compares it with a naive datetime raises TypeError",
            "make those aware too; a type checker does not see them, tests do",
        ),
        undo=models.undo(fix, "put utcnow back"),
        tests="with the session's time zone set to New York, the stored moment is now()",
        backup="none needed: no row changes; rows stored so far may be off by the session's zone",
    )
