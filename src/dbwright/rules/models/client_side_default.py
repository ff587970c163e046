"""Only Python knows a default, and code of the project inserts rows without Python's models.

## What it does

Looks for NOT NULL columns with `default=` and no server_default, in tables that an INSERT written
as SQL text fills without naming the column. Without such a text nothing is said.

## Why is this bad?

That INSERT is refused as soon as it runs: the database knows no value for the column.

## When to leave it

When the statement belongs to another database.
"""

from __future__ import annotations

from collections.abc import Iterator

from dbwright.core.claim import Claim, RowProbe
from dbwright.core.finding import Advice, Alternative, Finding, Location, Risk
from dbwright.core.mapping import Attribute, Mapping
from dbwright.core.place import Place
from dbwright.core.rule import Applies, ModelsExample
from dbwright.recipes import code, model_inserts, models
from dbwright.recipes.model_draft import Draft

APPLIES = Applies()
SEVERITY = "info"
PLAIN = {"bool", "int", "float", "str"}

BAD = ModelsExample(
    code="""
class Job(Base):
    __tablename__ = "jobs"
    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(String(40))
    tries: Mapped[int] = mapped_column(default=0)

IMPORT = text("insert into jobs (name) values (:name)")
""",
    claims=("refuses_good_row",),
    object="jobs.tries",
)
GOOD = ModelsExample(
    code="""
class Job(Base):
    __tablename__ = "jobs"
    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(String(40))
    tries: Mapped[int] = mapped_column(default=0, server_default="0")
    weight: Mapped[int] = mapped_column(default=1)

class Run(Base):
    __tablename__ = "runs"
    id: Mapped[int] = mapped_column(primary_key=True)
    tries: Mapped[int] = mapped_column(default=0)

IMPORT = text("insert into jobs (name, weight) values (:name, 3)")
""",
)


def check(mapping: Mapping) -> Iterator[Finding]:
    """Yields a finding for each default that an INSERT in SQL misses."""
    for mapper in mapping.mappers:
        table = mapping.schema.table(mapper.table)
        lists = model_inserts.into(mapping.sources, mapper.table) if table else ()
        for attribute in mapper.attributes if lists else ():
            column = table.column(attribute.column) if table else None
            if column is None or column.nullable or column.generates_itself:
                continue
            default = attribute.default
            if default is None or default.kind != "scalar" or default.type not in PLAIN:
                continue
            missing = next((place for place, names in lists if column.name not in names), None)
            if missing is not None and not attribute.inherited:
                yield _finding(attribute, missing)


def _finding(attribute: Attribute, place: Place) -> Finding:
    where = f"{place.file}:{place.line}"
    probe = RowProbe(attribute.table, ({attribute.column: None},), expect="refused")
    return Finding(
        message=f"the INSERT at {where} gives no value, and only Python knows the default",
        location=Location.at(attribute.place, f"{attribute.table}.{attribute.column}"),
        claims=(Claim("refuses_good_row", attribute.table, column=attribute.column, probe=probe),),
        evidence=(where,),
        details={"table": attribute.table, "column": attribute.column},
    )


def advise(finding: Finding, mapping: Mapping) -> Advice:
    """Gives the same default to the database."""
    table, column = finding.details["table"], finding.details["column"]
    attribute = mapping.attribute(table, column)
    default = attribute.default if attribute else None
    assert default is not None
    value = code.literal(default.value.strip("'\"")) if default.type == "str" else ""
    value = value or (
        f'text("{default.value.lower()}")' if default.type == "bool" else f'"{default.value}"'
    )
    draft = Draft(mapping).keyword(finding.location, "server_default", value)
    if value.startswith("text("):
        draft = draft.imports(finding.location, "sqlalchemy", "text")
    bare = table.rpartition(".")[2]
    given = value.replace("text(", "sa.text(")
    fix = draft.fix(
        "let the database know the default",
        otherwise=f"server_default={value}",
        migration=f'op.alter_column("{bare}", "{column}", server_default={given})',
    )
    return Advice(
        reason="default= is filled in by SQLAlchemy; a statement in SQL never passes there",
        fix=fix,
        alternatives=(
            Alternative("name the column in the INSERT", "each further statement has to know it"),
        ),
        risk=Risk(
            "two defaults can drift apart",
            "a test that inserts by SQL and compares with Python's default",
        ),
        undo=models.undo(fix, "take server_default away"),
        tests=f"an INSERT into {table} without {column} works",
        backup="none needed: no row changes",
    )
