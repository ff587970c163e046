"""A time of the last change is set when the row is made, and never again.

## What it does

Looks for columns named as the time of the last change (`updated_at`, `last_modified`) that have a
default and no onupdate, and that no code of the project sets. A mixin is one finding.

## Why is this bad?

Every row says that it was last changed when it was made. Caches, exports of "what is new since"
and conflict checks trust the column and miss all changes.

## When to leave it

When a trigger sets it: say so by `server_onupdate=FetchedValue()`, which also makes the ORM read
the new value. Columns that code assigns, MySQL's ON UPDATE, and logs and versions whose rows never
change are left alone.
"""

from __future__ import annotations

from collections.abc import Iterator

from dbwright.core.claim import Claim, SqlProbe
from dbwright.core.finding import Advice, Alternative, Finding, Location, Risk
from dbwright.core.mapping import Attribute, Mapping
from dbwright.core.rule import Applies, ModelsExample
from dbwright.core.schema import Column, Table
from dbwright.recipes import model_probes, model_types, model_usage, model_words, models
from dbwright.recipes.model_draft import Draft

APPLIES = Applies()
SEVERITY = "warning"
CHANGED = {"changed", "edited", "modified", "updated"}
WHEN = {"at", "date", "datetime", "on", "time", "timestamp"}

BAD = ModelsExample(
    code="""
class Page(Base):
    __tablename__ = "pages"
    id: Mapped[int] = mapped_column(primary_key=True)
    title: Mapped[str] = mapped_column(String(80))
    updated_at: Mapped[datetime.datetime] = mapped_column(
        DateTime(timezone=True), server_default=func.now()
    )
""",
    claims=("stores_wrong_value",),
    object="pages.updated_at",
)
BAD_MIXIN = ModelsExample(
    code="""
class Timestamps:
    last_modified = Column(
        DateTime(timezone=True), nullable=False, default=lambda: datetime.datetime.now(timezone.utc)
    )

class Page(Timestamps, Base):
    __tablename__ = "pages"
    id = Column(Integer, primary_key=True)
    title = Column(String(80), nullable=False)

class Photo(Timestamps, Base):
    __tablename__ = "photos"
    id = Column(Integer, primary_key=True)
    path = Column(String(80), nullable=False)
""",
    claims=("stores_wrong_value",),
)
GOOD = ModelsExample(
    code="""
class Page(Base):
    __tablename__ = "pages"
    id: Mapped[int] = mapped_column(primary_key=True)
    title: Mapped[str] = mapped_column(String(80))
    updated_at: Mapped[datetime.datetime] = mapped_column(
        DateTime(timezone=True), server_default=func.now(), onupdate=func.now()
    )

class Photo(Base):
    __tablename__ = "photos"
    id: Mapped[int] = mapped_column(primary_key=True)
    path: Mapped[str] = mapped_column(String(80))
    modified_at: Mapped[datetime.datetime] = mapped_column(
        DateTime(timezone=True), server_default=func.now(), server_onupdate=FetchedValue()
    )

class PageVersion(Base):
    __tablename__ = "page_versions"
    id: Mapped[int] = mapped_column(primary_key=True)
    updated_at: Mapped[datetime.datetime] = mapped_column(
        DateTime(timezone=True), server_default=func.now()
    )
""",
)
GOOD_ASSIGNED = ModelsExample(
    code="""
class Page(Base):
    __tablename__ = "pages"
    id: Mapped[int] = mapped_column(primary_key=True)
    title: Mapped[str] = mapped_column(String(80))
    updated_at: Mapped[datetime.datetime] = mapped_column(
        DateTime(timezone=True), server_default=func.now()
    )

    def rename(self, title: str) -> None:
        self.title = title
        self.updated_at = datetime.datetime.now(timezone.utc)
""",
)


def check(mapping: Mapping) -> Iterator[Finding]:
    """Yields a finding for each time of change that stays at the time of creation."""
    seen: set[tuple[str, int | None]] = set()
    for mapper in mapping.mappers:
        table = mapping.schema.table(mapper.table)
        if table is None or model_words.keeps_history(table.name):
            continue
        for attribute in mapper.attributes:
            column = table.column(attribute.column)
            if column is None or attribute.table != table.key or attribute.inherited:
                continue
            if not _is_stale(mapping, attribute, column):
                continue
            place = attribute.place or mapping.place_of(table, column.name)
            spot = (place.file, place.line) if place else (table.key, None)
            other = _another(table, column)
            if spot not in seen and other is not None:
                seen.add(spot)
                yield _finding(mapping, table, column, other)


def _is_stale(mapping: Mapping, attribute: Attribute, column: Column) -> bool:
    said = set(model_words.words(column.name))
    named = (said & CHANGED and said & WHEN) or said in ({"last", "modified"}, {"last", "updated"})
    if not named or not (model_types.is_moment(column.type) or column.type == "date"):
        return False
    filled = column.default or attribute.default
    if not filled or attribute.onupdate or "on update" in (column.default or "").lower():
        return False
    return not model_usage.is_assigned(mapping.sources, attribute.name)


def _another(table: Table, column: Column) -> Column | None:
    """A column that an UPDATE can write without harm, to see whether the time moves."""
    keys = {name for key in table.foreign_keys for name in key.columns}
    keys |= {name for found in table.unique_sets() for name in found}
    free = [c for c in table.columns if c is not column and not c.computed and c.name not in keys]
    return free[0] if free else None


def _finding(mapping: Mapping, table: Table, column: Column, other: Column) -> Finding:
    dialect = mapping.schema.dialect
    name, key = model_probes.quoted(dialect, column.name, table.key)
    second, _ = model_probes.quoted(dialect, other.name, table.key)
    statements = (
        f"update {key} set {name} = '2001-02-03 04:05:06'",
        f"update {key} set {second} = {second}",
        f"select count(*) > 0 from {key} where {name} < '2001-02-04 00:00:00'",
    )
    claim = Claim(
        "stores_wrong_value", table.key, column=column.name, probe=SqlProbe(statements, "true")
    )
    return Finding(
        message="it is set when the row is made and stays so: no change of the row moves it",
        location=Location.at(mapping.place_of(table, column.name), f"{table.key}.{column.name}"),
        claims=(claim,),
        details={"table": table.key, "column": column.name},
    )


def advise(finding: Finding, mapping: Mapping) -> Advice:
    """Gives onupdate, the same function that fills the column first."""
    table, column = finding.details["table"], finding.details["column"]
    draft = Draft(mapping).keyword(finding.location, "onupdate", "func.now()")
    draft = draft.imports(finding.location, "sqlalchemy", "func")
    fix = draft.fix(
        "set it with each UPDATE",
        otherwise=f"{column} = mapped_column(…, onupdate=func.now())",
    )
    return Advice(
        reason="defaults are for the INSERT: an UPDATE leaves the column as it is",
        fix=fix,
        alternatives=(
            Alternative(
                "a trigger BEFORE UPDATE, and server_onupdate=FetchedValue() in the model",
                "writes by SQL move it too; one more object for each table to migrate",
            ),
        ),
        risk=Risk(
            "onupdate works for statements of SQLAlchemy; SQL that is sent as text leaves it",
            "use the trigger where other programs write the table",
        ),
        undo=models.undo(fix, "take onupdate away"),
        tests=f"change a row of {table}, flush, and see {column} later than before",
        backup="none needed: no row changes until the next UPDATE",
    )
