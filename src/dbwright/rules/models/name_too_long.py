"""A name is longer than 63 bytes, the most that PostgreSQL keeps.

## What it does

Looks for tables, columns, indexes and constraints whose names are longer than 63 bytes.

## Why is this bad?

PostgreSQL cuts the names of tables and columns without an error: code that looks for the name in
the catalog does not find it, and two long names may become one. SQLAlchemy refuses longer names
of constraints and indexes, so the tables cannot be created.

## When to leave it

Never: the database has the shorter name already.
"""

from __future__ import annotations

from collections.abc import Iterator

from dbwright.core.claim import Claim, MapperProbe, SqlProbe
from dbwright.core.finding import Advice, Alternative, Finding, Location, Risk
from dbwright.core.mapping import Mapping
from dbwright.core.place import Place
from dbwright.core.rule import Applies, ModelsExample
from dbwright.core.schema import Table
from dbwright.recipes import model_parts, models
from dbwright.recipes.model_draft import Draft

APPLIES = Applies(("postgresql",))
SEVERITY = "warning"
MOST = 63

BAD = ModelsExample(
    code="""
class Parcel(Base):
    __tablename__ = "parcels"
    id: Mapped[int] = mapped_column(primary_key=True)
    planned: Mapped[Optional[str]] = mapped_column(
        "the_planned_date_of_delivery_as_the_carrier_announced_it_to_the_customer", String(20)
    )
""",
    claims=("name_is_cut",),
)
BAD_CONSTRAINT = ModelsExample(
    code="""
class Parcel(Base):
    __tablename__ = "parcels"
    __table_args__ = (
        CheckConstraint(
            "weight > 0",
            name="ck_parcels_weight_must_be_positive_or_the_carrier_refuses_to_take_it_along",
        ),
    )
    id: Mapped[int] = mapped_column(primary_key=True)
    weight: Mapped[int]
""",
    claims=("create_fails",),
)
GOOD = ModelsExample(
    code="""
class Parcel(Base):
    __tablename__ = "parcels"
    __table_args__ = (CheckConstraint("weight > 0", name="ck_parcels_weight"),)
    id: Mapped[int] = mapped_column(primary_key=True)
    weight: Mapped[int]
""",
)


def check(mapping: Mapping) -> Iterator[Finding]:
    """Yields a finding for each name that PostgreSQL does not keep whole."""
    for table in mapping.schema.tables:
        if _is_long(table.name):
            yield _cut(mapping.place_of(table), table, table.name)
        for column in table.columns:
            if _is_long(column.name):
                yield _cut(mapping.place_of(table, column.name), table, column.name)
        for kind, name, place in _others(table):
            if _is_long(name) and _is_written(mapping, name):
                yield _refused(place or mapping.place_of(table), table, kind, name)


def _is_long(name: str) -> bool:
    return len(name) > MOST // 4 and len(name.encode()) > MOST


def _is_written(mapping: Mapping, name: str) -> bool:
    """Whether the user wrote the name; one from a naming convention SQLAlchemy shortens itself."""
    return any(name in source.text for source in mapping.sources)


def _others(table: Table) -> Iterator[tuple[str, str, Place | None]]:
    for index in table.indexes:
        yield "index", index.name, index.place
    named = [(key.name, key.place) for key in table.foreign_keys]
    named += [(unique.name, unique.place) for unique in table.uniques]
    named += [(one.name, one.place) for one in table.checks]
    for name, place in named:
        if name:
            yield "constraint", name, place


def _cut(place: Place | None, table: Table, name: str) -> Finding:
    literal = name.replace("'", "''")
    probe = SqlProbe((f"select cast('{literal}' as name)::text <> '{literal}'",), "true")
    return Finding(
        message=f"PostgreSQL cuts it to {_shorter(name)!r}",
        location=Location.at(place, name),
        claims=(Claim("name_is_cut", table.key, probe=probe),),
        details={"name": name, "shorter": _shorter(name), "kept": True},
    )


def _refused(place: Place | None, table: Table, kind: str, name: str) -> Finding:
    probe = MapperProbe("compile_fails", table=table.key)
    claim = Claim("create_fails", table.key, probe=probe)
    return Finding(
        message=f"the {kind}'s name has {len(name.encode())} bytes, so SQLAlchemy refuses to "
        "create it",
        location=Location.at(place, name),
        claims=(claim,) if kind == "constraint" else (),
        severity="error",
        details={"name": name, "shorter": name[:50].rstrip("_"), "kept": False},
    )


def _shorter(name: str) -> str:
    return name.encode()[:MOST].decode(errors="ignore")


def advise(finding: Finding, mapping: Mapping) -> Advice:
    """Gives the name that the database keeps, or a shorter one."""
    name, shorter = finding.details["name"], finding.details["shorter"]
    draft = Draft(mapping).change(
        Place(finding.location.file or "", 0),
        lambda text: model_parts.replace_string(text, name, shorter),
    )
    fix = draft.fix(f"write {shorter}", otherwise=f'"{shorter}"')
    kept = finding.details["kept"]
    return Advice(
        reason="an identifier of PostgreSQL has at most 63 bytes",
        fix=fix,
        alternatives=(
            Alternative(
                "a short name that says the same, given by a rename",
                "one more migration, which the running release has to survive",
            ),
        ),
        risk=Risk(
            "code that uses the long name as text has to change with it",
            "search for it; attributes of Python classes keep their names",
        ),
        undo=models.undo(fix, "put the long name back"),
        tests="metadata.create_all() works, and the name stands in the catalog as written",
        backup="none needed: the database has this name already"
        if kept
        else "none needed: it could not be created under the long name",
    )
