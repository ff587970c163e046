"""Tables point at each other in a circle of unnamed foreign keys, so they cannot be dropped.

## What it does

Looks for circles of foreign keys between tables, none of which has a name.

## Why is this bad?

No order exists in which such tables can be created or dropped. SQLAlchemy creates them by adding
one key later, but to drop them it has to drop a constraint first, and that needs its name:
`drop_all()` raises CircularDependencyError, in tests most of all.

## When to leave it

When the tables are only ever made and changed by migrations. Named keys, a naming convention and
`use_alter=True` break the circle and are left alone; so are tables that point at themselves.
"""

from __future__ import annotations

from collections.abc import Iterator

from dbwright.core.claim import Claim, MapperProbe
from dbwright.core.finding import Advice, Alternative, Finding, Location, Risk
from dbwright.core.mapping import Mapping
from dbwright.core.rule import Applies, ModelsExample
from dbwright.core.schema import ForeignKey, Table
from dbwright.recipes import models
from dbwright.recipes.model_draft import Draft

APPLIES = Applies(("postgresql", "mysql", "mariadb"))
SEVERITY = "warning"

BAD = ModelsExample(
    code="""
class Department(Base):
    __tablename__ = "departments"
    id: Mapped[int] = mapped_column(primary_key=True)
    head_id: Mapped[Optional[int]] = mapped_column(ForeignKey("employees.id"), index=True)

class Employee(Base):
    __tablename__ = "employees"
    id: Mapped[int] = mapped_column(primary_key=True)
    department_id: Mapped[int] = mapped_column(ForeignKey("departments.id"), index=True)
""",
    claims=("drop_fails",),
    object="departments.head_id",
)
GOOD = ModelsExample(
    code="""
class Department(Base):
    __tablename__ = "departments"
    id: Mapped[int] = mapped_column(primary_key=True)
    head_id: Mapped[Optional[int]] = mapped_column(
        ForeignKey("employees.id", use_alter=True, name="departments_head_id_fkey"), index=True
    )
    parent_id: Mapped[Optional[int]] = mapped_column(ForeignKey("departments.id"), index=True)

class Employee(Base):
    __tablename__ = "employees"
    id: Mapped[int] = mapped_column(primary_key=True)
    department_id: Mapped[int] = mapped_column(ForeignKey("departments.id"), index=True)
""",
)

Edge = tuple[Table, ForeignKey]


def check(mapping: Mapping) -> Iterator[Finding]:
    """Yields one finding for each circle that no name breaks."""
    edges: dict[str, list[Edge]] = {}
    for table in mapping.schema.tables:
        own = [key for key in table.foreign_keys if key.name is None and key.referred != table.key]
        edges[table.key] = [(table, key) for key in own]
    seen: set[frozenset[str]] = set()
    for start in edges:
        circle = _circle(edges, start)
        tables = frozenset(table.key for table, _ in circle)
        if circle and not any(tables & other for other in seen):
            seen.add(tables)
            yield _finding(mapping, circle)


def _circle(edges: dict[str, list[Edge]], start: str) -> list[Edge]:
    """The shortest way from a table back to itself, empty without one."""
    came: dict[str, list[Edge]] = {start: []}
    queue = [start]
    for key in queue:
        for edge in edges.get(key, ()):
            way = [*came[key], edge]
            if edge[1].referred == start:
                return way
            if edge[1].referred not in came:
                came[edge[1].referred] = way
                queue.append(edge[1].referred)
    return []


def _weakest(circle: list[Edge]) -> Edge:
    """The key to take out: one that may be NULL, since rows are made before it is set."""
    for table, key in circle:
        found = [table.column(name) for name in key.columns]
        if all(column is not None and column.nullable for column in found):
            return table, key
    return circle[-1]


def _finding(mapping: Mapping, circle: list[Edge]) -> Finding:
    table, key = _weakest(circle)
    probe = MapperProbe("drop_fails", table=table.key)
    around = " → ".join([circle[0][0].key, *(one.referred for _, one in circle)])
    return Finding(
        message=f"the tables stand in a circle ({around}), so drop_all() cannot drop them",
        location=Location.at(
            mapping.place_of(table, key.columns[0]), f"{table.key}.{', '.join(key.columns)}"
        ),
        claims=(Claim("drop_fails", table.key, column=key.columns[0], probe=probe),),
        details={"table": table.key, "columns": list(key.columns), "name": table.name},
    )


def advise(finding: Finding, mapping: Mapping) -> Advice:
    """Gives the key a name, the one that the database chose already, and use_alter."""
    columns = finding.details["columns"]
    name = f"{finding.details['name']}_{'_'.join(columns)}_fkey"
    calls = ("ForeignKey", "ForeignKeyConstraint")
    fix = (
        Draft(mapping)
        .keyword(finding.location, "name", f'"{name}"', calls)
        .keyword(finding.location, "use_alter", "True", calls)
        .fix(
            "name the key that closes the circle",
            otherwise=f'ForeignKey(…, use_alter=True, name="{name}")',
            safety="safe",
        )
    )
    return Advice(
        reason="a constraint without a name cannot be dropped ahead of its table",
        fix=fix,
        alternatives=(
            Alternative(
                "a naming convention in the metadata, which names all of them",
                "each existing constraint that is called otherwise has to be renamed",
            ),
            Alternative(
                "a table between the two that holds the pair",
                "one more join, and neither row has to be changed after it was made",
            ),
        ),
        risk=Risk(
            "where a database calls the key otherwise, autogenerate proposes to rename it",
            f"PostgreSQL chose {name} by itself when it was not told a name",
        ),
        undo=models.undo(fix, "take the name away"),
        tests="metadata.drop_all() works on a database that has the tables",
        backup="none needed: no table changes",
    )
