"""A status is plain text without a CHECK, so any word is stored.

## What it does

Looks for text columns named `status` or `…_status` that have no CHECK, no enum and no foreign key
to a list of states.

## Why is this bad?

A typing error ("shiped") is stored without a word. The row then matches no list, no report and no
next step: an order that nobody sends.

## When to leave it

When the words come from another system, which adds new ones without asking. Columns named
provider_status, http_status and the like are left alone.
"""

from __future__ import annotations

from collections.abc import Iterator

from dbwright.core.claim import Claim, RowProbe
from dbwright.core.finding import Advice, Alternative, Finding, Location, Risk
from dbwright.core.mapping import Mapping
from dbwright.core.rule import Applies, ModelsExample
from dbwright.core.schema import Column, Table
from dbwright.recipes import model_migrations, model_types, model_usage, model_words, models
from dbwright.recipes.model_draft import Draft

APPLIES = Applies()
SEVERITY = "warning"

BAD = ModelsExample(
    code="""
class Order(Base):
    __tablename__ = "orders"
    id: Mapped[int] = mapped_column(primary_key=True)
    status: Mapped[str] = mapped_column(String(20), server_default="pending")

    def pay(self) -> None:
        self.status = "paid"
""",
    claims=("accepts_bad_row",),
    object="orders.status",
)
GOOD = ModelsExample(
    code="""
class Order(Base):
    __tablename__ = "orders"
    __table_args__ = (CheckConstraint("status in ('pending', 'paid')", name="ck_orders_status"),)
    id: Mapped[int] = mapped_column(primary_key=True)
    status: Mapped[str] = mapped_column(String(20), server_default="pending")
    provider_status: Mapped[str] = mapped_column(String(20))
""",
)
GOOD_ENUM = ModelsExample(
    code="""
class Status(enum.Enum):
    PENDING = "pending"
    PAID = "paid"

class Order(Base):
    __tablename__ = "orders"
    id: Mapped[int] = mapped_column(primary_key=True)
    status: Mapped[Status]
""",
)


def check(mapping: Mapping) -> Iterator[Finding]:
    """Yields a finding for each status that the database does not check."""
    for table in mapping.schema.tables:
        if table.kind not in ("table", "partitioned"):
            continue
        for column in table.columns:
            named = model_words.is_status(column.name) and model_types.is_text(column.type)
            if named and not _is_closed(mapping, table, column):
                yield _finding(mapping, table, column)


def _is_closed(mapping: Mapping, table: Table, column: Column) -> bool:
    if any(column.name in key.columns for key in table.foreign_keys):
        return True
    if any(column.name in found.expression for found in table.checks):
        return True
    attribute = mapping.attribute(table.key, column.name)
    return attribute is not None and (attribute.type.is_decorated or attribute.type.is_a("Enum"))


def _finding(mapping: Mapping, table: Table, column: Column) -> Finding:
    attribute = mapping.attribute(table.key, column.name)
    length = attribute.type.length if attribute else None
    word = "shiped"[: length or 6]
    probe = RowProbe(table.key, ({column.name: word},))
    owner = next((mapper.name for mapper in mapping.mappers_of(table.key)), table.name)
    name = attribute.name if attribute else column.name
    values = model_usage.values_of(mapping.sources, owner, name)
    told = mapping.seen.get(f"{table.key}.{column.name}")
    stored = told.values if told is not None and told.values is not None else ()
    texts = [f"the code uses {', '.join(map(repr, values))}"] if len(values) > 1 else []
    texts += [f"the database holds {', '.join(map(repr, stored))} (--db)"] if stored else []
    values = tuple(dict.fromkeys((*values, *stored)))
    return Finding(
        message="it takes any word, a misspelled one too",
        location=Location.at(mapping.place_of(table, column.name), f"{table.key}.{column.name}"),
        claims=(Claim("accepts_bad_row", table.key, column=column.name, probe=probe),),
        evidence=tuple(texts),
        details={"table": table.key, "column": column.name, "values": list(values)},
    )


def advise(finding: Finding, mapping: Mapping) -> Advice:
    """Gives a CHECK over the words that the code uses, where it uses at least two."""
    table, column = finding.details["table"], finding.details["column"]
    values: list[str] = finding.details["values"]
    name = f"ck_{table.rpartition('.')[2]}_{column}"
    draft = Draft(mapping)
    listed = ", ".join("'" + value.replace("'", "''") + "'" for value in values)
    condition = f"{column} in ({listed or '…'})"
    element = f'CheckConstraint("{condition}", name="{name}")'
    if len(values) > 1:
        draft = draft.table_argument(table, element, "CheckConstraint")
    fix = draft.fix(
        "check the words",
        otherwise=element,
        migration=model_migrations.check(mapping, name, table, condition),
    )
    return Advice(
        reason="a text column is a promise about letters, not about which words",
        fix=fix,
        alternatives=(
            Alternative(
                "a native enum: Mapped[Status] with an enum.Enum class",
                "a word cannot be taken away again; one is added by ALTER TYPE … ADD VALUE",
            ),
            Alternative(
                "a table of states and a foreign key",
                "states are added as rows, with a label and an order; each report joins it",
            ),
        ),
        risk=Risk(
            "a word that is in use and not in the list is refused from then on",
            f"compare first: select {column}, count(*) from {table} group by 1; the words here "
            "were read from the code, and with --db from the rows",
        ),
        undo=models.undo(fix, f"drop the constraint {name}"),
        tests=f"an INSERT into {table} with {column} = 'shiped' is refused",
        backup="none needed: no row changes",
    )
