"""A deleted row keeps its unique value, so nobody can use it again.

## What it does

Looks for UNIQUE constraints on tables that mark rows as deleted (`deleted_at`, `is_deleted`)
instead of removing them.

## Why is this bad?

Whoever deletes a coupon, a user or a project and makes a new one of the same name gets a
duplicate key error about a row that no page shows.

## When to leave it

When a value must never come back, as an invoice number or a token. Columns named so are left
alone, and constraints that other tables refer to.
"""

from __future__ import annotations

from collections.abc import Iterator

from dbwright.core.claim import Claim, ProbeValue, RowProbe, SameAs, Sql
from dbwright.core.finding import Advice, Alternative, Finding, Location, Risk
from dbwright.core.mapping import Mapping
from dbwright.core.place import Place
from dbwright.core.rule import Applies, ModelsExample
from dbwright.core.schema import Column, Table
from dbwright.recipes import model_migrations, model_types, model_words, models
from dbwright.recipes.model_draft import Draft

APPLIES = Applies(("postgresql", "sqlite"))
SEVERITY = "warning"
MARKS = {"deleted_at", "deleted_on", "deleted", "is_deleted", "removed_at", "date_deleted"}
NEVER_AGAIN = {
    "digest", "external", "guid", "hash", "invoice", "key", "no", "number", "provider", "public",
    "reference", "serial", "stripe", "token", "uid", "uuid",
}  # fmt: skip

BAD = ModelsExample(
    code="""
class Coupon(Base):
    __tablename__ = "coupons"
    id: Mapped[int] = mapped_column(primary_key=True)
    code: Mapped[str] = mapped_column(String(24), unique=True)
    deleted_at: Mapped[Optional[datetime.datetime]] = mapped_column(DateTime(timezone=True))
""",
    claims=("refuses_good_row",),
    object="coupons.code",
)
GOOD = ModelsExample(
    code="""
class Coupon(Base):
    __tablename__ = "coupons"
    __table_args__ = (
        Index("uq_coupons_code", "code", unique=True,
              postgresql_where=text("deleted_at IS NULL")),
    )
    id: Mapped[int] = mapped_column(primary_key=True)
    code: Mapped[str] = mapped_column(String(24))
    deleted_at: Mapped[Optional[datetime.datetime]] = mapped_column(DateTime(timezone=True))
""",
)
GOOD_NUMBER = ModelsExample(
    code="""
class Invoice(Base):
    __tablename__ = "invoices"
    id: Mapped[int] = mapped_column(primary_key=True)
    invoice_number: Mapped[str] = mapped_column(String(24), unique=True)
    deleted_at: Mapped[Optional[datetime.datetime]] = mapped_column(DateTime(timezone=True))
""",
)
# as Nova's: a deleted row has its id there, so its value is free
GOOD_LET_GO = ModelsExample(
    code="""
class Service(Base):
    __tablename__ = "services"
    __table_args__ = (UniqueConstraint("host", "deleted", name="uq_services_host_deleted"),)
    id: Mapped[int] = mapped_column(primary_key=True)
    host: Mapped[str] = mapped_column(String(80))
    deleted_at: Mapped[Optional[datetime.datetime]] = mapped_column(DateTime(timezone=True))
    deleted: Mapped[int] = mapped_column(default=0)
""",
)


def check(mapping: Mapping) -> Iterator[Finding]:
    """Yields a finding for each unique set that deleted rows still occupy."""
    for table in mapping.schema.tables:
        mark = next((column for column in table.columns if column.name in MARKS), None)
        if mark is None or not _values(mapping, mark):
            continue
        keys = {key.referred_columns for _, key in mapping.schema.referring(table.key)}
        for name, columns, place in _uniques(table):
            if mark.name in columns or columns in keys or _never_again(table, columns):
                continue
            if any(_is_let_go(table, name) for name in columns):
                continue
            yield _finding(mapping, table, mark, name, columns, place)


def _uniques(table: Table) -> Iterator[tuple[str | None, tuple[str, ...], Place | None]]:
    for unique in table.uniques:
        yield unique.name, unique.columns, unique.place
    for index in table.indexes:
        plain = tuple(name for name in index.columns if name)
        if index.unique and index.predicate is None and len(plain) == len(index.keys):
            yield index.name, plain, index.place


def _is_let_go(table: Table, name: str) -> bool:
    """Whether a deletion writes something of the row's own there: its id, as oslo.db does."""
    column = table.column(name)
    boolean = column is None or model_types.is_boolean(column.type)
    return "deleted" in model_words.words(name) and not boolean


def _never_again(table: Table, columns: tuple[str, ...]) -> bool:
    if any(NEVER_AGAIN.intersection(model_words.words(name)) for name in columns):
        return True
    found = [table.column(name) for name in columns]
    return any(column is None or column.type == "uuid" or column.comment for column in found)


def _values(mapping: Mapping, mark: Column) -> tuple[ProbeValue, ProbeValue] | None:
    """What marks a row as deleted, and as living."""
    if model_types.is_boolean(mark.type):
        return True, False
    moment = model_types.is_moment(mark.type) or mark.type == "date"
    return (Sql("current_timestamp"), None) if moment and mark.nullable else None


def _finding(
    mapping: Mapping,
    table: Table,
    mark: Column,
    name: str | None,
    columns: tuple[str, ...],
    place: Place | None,
) -> Finding:
    gone, living = _values(mapping, mark) or (None, None)
    second: dict[str, ProbeValue] = {column: SameAs(0) for column in columns}
    probe = RowProbe(
        table.key, ({mark.name: gone}, {**second, mark.name: living}), expect="refused"
    )
    listed = ", ".join(columns)
    where = mapping.place_of(table, columns[0]) if len(columns) == 1 else None
    return Finding(
        message=f"a row marked in {mark.name} keeps its value for ever; a new one is refused",
        location=Location.at(place or where or mapping.place_of(table), f"{table.key}.{listed}"),
        claims=(Claim("refuses_good_row", table.key, column=listed, probe=probe),),
        details={"table": table.key, "columns": list(columns), "mark": mark.name, "name": name,
                 "boolean": model_types.is_boolean(mark.type)},
    )  # fmt: skip


def advise(finding: Finding, mapping: Mapping) -> Advice:
    """Gives a unique index over the living rows in the constraint's place."""
    table, columns = finding.details["table"], finding.details["columns"]
    mark, old = finding.details["mark"], finding.details["name"]
    bare = table.rpartition(".")[2]
    name = f"uq_{bare}_{'_'.join(columns)}_living"
    where = f"NOT {mark}" if finding.details["boolean"] else f"{mark} IS NULL"
    listed = ", ".join(f'"{column}"' for column in columns)
    element = (
        f'Index("{name}", {listed}, unique=True, '
        f'postgresql_where=text("{where}"), sqlite_where=text("{where}"))'
    )
    draft = Draft(mapping).table_argument(table, element, "Index", "text")
    draft = models.without_unique(draft, mapping, table, columns, old)
    build = model_migrations.create_index(name, table, columns, unique=True, where=where)
    drop = f'op.drop_constraint("{old or f"{bare}_{columns[0]}_key"}", "{bare}", type_="unique")'
    fix = draft.fix(
        "let the value be unique among the living rows",
        otherwise=element,
        migration=f"{build}\n{drop}",
    )
    return Advice(
        reason=f"the constraint does not know {mark}",
        fix=fix,
        alternatives=(
            Alternative(
                "change the value when the row is deleted (code = code || ' (deleted)')",
                "the old value has to be parsed back whenever a row is restored",
            ),
        ),
        risk=Risk(
            "restoring a deleted row fails when its value has been taken since, and ON CONFLICT "
            "has to name the index's condition",
            "look for ON CONFLICT on these columns and handle the error where rows are restored",
        ),
        undo=models.undo(fix, "put the UNIQUE back while no value is there twice"),
        tests=f"delete a row of {table}, make one with the same {', '.join(columns)}: both work",
        backup="none needed: no row changes",
    )
