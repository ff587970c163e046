"""A timestamp keeps no time zone, so its moment depends on who reads it.

## What it does

Looks for PostgreSQL columns of type timestamp without time zone. Columns that only take their
type from the annotation have one cause, the base's type map, and are one finding.

## Why is this bad?

`now()` stored by a session in New York and read by one in UTC is hours away. Aware datetimes lose
their offset on the way, or the driver refuses them (asyncpg raises DataError).

## When to leave it

For wall-clock times, as opening hours, beside a column that names the zone (left alone), or where
every writer and reader uses UTC: a project that is naive by habit gets one remark.
"""

from __future__ import annotations

from collections.abc import Iterator

from dbwright.core.claim import Claim, SqlProbe
from dbwright.core.finding import Advice, Alternative, Finding, Location, Risk
from dbwright.core.mapping import Mapping
from dbwright.core.place import Place
from dbwright.core.rule import Applies, ModelsExample
from dbwright.core.schema import Column, Table
from dbwright.recipes import model_base, model_migrations, model_types, model_words, models
from dbwright.recipes.model_draft import Draft

APPLIES = Applies(("postgresql",))
SEVERITY = "warning"
TYPES = ("DateTime", "DATETIME", "TIMESTAMP")
ZONES = {"timezone", "tz", "zone", "tzname"}
WALL = {"local", "wall"}
Naive = tuple[Table, Column]

BAD = ModelsExample(
    code="""
class Order(Base):
    __tablename__ = "orders"
    id: Mapped[int] = mapped_column(primary_key=True)
    placed_at: Mapped[datetime.datetime] = mapped_column(DateTime)
""",
    claims=("stores_wrong_value",),
    object="orders.placed_at",
)
BAD_EVERYWHERE = ModelsExample(
    code="""
class Order(Base):
    __tablename__ = "orders"
    id: Mapped[int] = mapped_column(primary_key=True)
    placed_at: Mapped[datetime.datetime]
    sent_at: Mapped[Optional[datetime.datetime]]
""",
    claims=("stores_wrong_value",),
    object="Base",
)
GOOD = ModelsExample(
    code="""
class Order(Base):
    __tablename__ = "orders"
    id: Mapped[int] = mapped_column(primary_key=True)
    placed_at: Mapped[datetime.datetime] = mapped_column(DateTime(timezone=True))

class Opening(Base):
    __tablename__ = "openings"
    id: Mapped[int] = mapped_column(primary_key=True)
    opens_at: Mapped[datetime.datetime] = mapped_column(DateTime)
    timezone: Mapped[str] = mapped_column(String(40))
""",
)
GOOD_SQLITE = ModelsExample(
    code="""
class Order(Base):
    __tablename__ = "orders"
    id: Mapped[int] = mapped_column(primary_key=True)
    placed_at: Mapped[datetime.datetime]
""",
    dialect="sqlite",
)


def check(mapping: Mapping) -> Iterator[Finding]:
    """Yields a finding for each cause of timestamps without a zone."""
    columns = [(t, c) for t in mapping.schema.tables for c in t.columns]
    naive = [(t, c) for t, c in columns if _is_naive(t, c)]
    base = model_base.base_class(mapping)
    own = [pair for pair in naive if base is None or _has_type(mapping, *pair)]
    mapped = [pair for pair in naive if base and not _has_type(mapping, *pair)]
    if mapped and base:
        yield _by_base(mapping, mapped, base)
    aware = sum(1 for _, column in columns if model_types.is_aware_timestamp(column.type))
    if len(naive) > max(2, 4 * aware):
        yield from _one_for_all(mapping, own)
        return
    for table, column in own:
        yield _finding(mapping, table, column, "it keeps no time zone: ", None, [])


def _is_naive(table: Table, column: Column) -> bool:
    if table.kind not in ("table", "partitioned"):
        return False
    if not model_types.is_naive_timestamp(column.type) or column.comment:
        return False
    if WALL.intersection(model_words.words(column.name)):
        return False
    return not any(ZONES.intersection(model_words.words(other.name)) for other in table.columns)


def _has_type(mapping: Mapping, table: Table, column: Column) -> bool:
    """Whether the source names a type for the column, so that its own line is the cause."""
    attribute = mapping.attribute(table.key, column.name)
    if attribute is None or attribute.annotation is None:
        return True
    return models.names_type(mapping, attribute.place, TYPES)


def _one_for_all(mapping: Mapping, own: list[Naive]) -> Iterator[Finding]:
    if own:
        names = [f"{table.key}.{column.name}" for table, column in own]
        text = f"{len(names)} timestamps of the project keep no time zone: "
        yield _finding(mapping, *own[0], text, "info", names)


def _by_base(mapping: Mapping, naive: list[Naive], base: tuple[str, Place]) -> Finding:
    names = [f"{table.key}.{column.name}" for table, column in naive]
    table, column = naive[0]
    shown = ", ".join(names[:3]) + (f" and {len(names) - 3} more" if len(names) > 3 else "")
    throughout = not any(
        model_types.is_aware_timestamp(item.type)
        for other in mapping.schema.tables
        for item in other.columns
    )
    return Finding(
        message=f"datetime has no time zone in its type map: {shown} depend on who reads them",
        location=Location.at(base[1], base[0]),
        claims=(_claim(table, column),),
        severity="info" if throughout and len(names) > 2 else None,
        evidence=tuple(names[:20]),
        details={"table": table.key, "column": column.name, "base": base[0], "names": names},
    )


def _finding(
    mapping: Mapping,
    table: Table,
    column: Column,
    start: str,
    severity: str | None,
    names: list[str],
) -> Finding:
    return Finding(
        message=f"{start}the moment depends on the session that reads it",
        location=Location.at(mapping.place_of(table, column.name), f"{table.key}.{column.name}"),
        claims=(_claim(table, column),),
        severity="info" if severity else None,
        evidence=tuple(names[:20]),
        details={"table": table.key, "column": column.name, "names": names},
    )


def _claim(table: Table, column: Column) -> Claim:
    """Now, stored by a session in New York, is another moment for a session in UTC."""
    key = ".".join(f'"{part}"' for part in table.key.split("."))
    one = f"(select ctid from {key} limit 1)"
    statements = (
        "set local time zone 'America/New_York'",
        f'update {key} set "{column.name}" = now() where ctid = {one}',
        "set local time zone 'UTC'",
        f'select not coalesce(bool_or("{column.name}" = now()), false) from {key}',
    )
    probe = SqlProbe(statements, "true")
    return Claim("stores_wrong_value", table.key, column=column.name, probe=probe)


def advise(finding: Finding, mapping: Mapping) -> Advice:
    """Gives DateTime(timezone=True), in the type map or in the column."""
    details = finding.details
    table, column = details["table"], details["column"]
    place = finding.location
    if "base" in details:
        draft = model_base.mapped_type(
            Draft(mapping), place, details["base"], "datetime", "DateTime(timezone=True)"
        )
        draft = draft.imports(place, "sqlalchemy", "DateTime")
        otherwise = "type_annotation_map = {datetime: DateTime(timezone=True)}"
    else:
        draft = Draft(mapping).column_type(place, TYPES, "DateTime(timezone=True)", "DateTime")
        otherwise = f"{column} = mapped_column(DateTime(timezone=True))"
    using = f"{column} AT TIME ZONE 'UTC'"
    others = details["names"][1:]
    same = f"\n# and the same for {', '.join(others)}" if others else ""
    fix = draft.fix(
        "keep the moment, whoever reads it",
        otherwise=otherwise,
        migration=model_migrations.change_type(
            mapping, table, column, "sa.DateTime(timezone=True)", using
        )
        + same,
    )
    return Advice(
        reason="timestamptz stores a moment in UTC, timestamp stores what a clock showed",
        fix=fix,
        alternatives=(
            Alternative(
                "stay naive and store UTC only, with every session's time zone set to UTC",
                "a rule that no database enforces; now() and defaults follow the session",
            ),
        ),
        risk=Risk(
            "the old values are read as UTC; if they were local time they shift",
            "compare some with what their rows should say, and use that zone instead of UTC",
        ),
        undo=models.undo(fix, f"change back with {column} AT TIME ZONE 'UTC'"),
        tests="store an aware datetime, read it in a session of another zone: the same moment",
        backup=f"keep {table}.{column} until the new values are compared",
    )
