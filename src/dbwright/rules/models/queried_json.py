"""Queries look into a column of type json, which no index can serve.

## What it does

Looks for JSON columns that PostgreSQL makes `json` and that code compares or picks apart in SQL:
`User.profile["city"]`, `.astext`, `.contains(…)`, `profile->>'city'`.

## Why is this bad?

json is a text that is parsed anew for each row and each look. It has no `=`, no `@>`, no GIN
index: DISTINCT and GROUP BY fail, every search reads the whole table.

## When to leave it

When the value is only stored and read back (left alone), or the exact text, with its spaces and
double keys, has to be kept.
"""

from __future__ import annotations

from collections.abc import Iterator

from dbwright.core.claim import Claim, SqlProbe
from dbwright.core.finding import Advice, Alternative, Finding, Location, Risk
from dbwright.core.mapping import Attribute, Mapper, Mapping
from dbwright.core.place import Place
from dbwright.core.rule import Applies, ModelsExample
from dbwright.core.schema import Table
from dbwright.recipes import model_json, model_migrations, model_probes, models
from dbwright.recipes.model_draft import Draft

APPLIES = Applies(("postgresql",))
SEVERITY = "warning"

BAD = ModelsExample(
    code="""
class User(Base):
    __tablename__ = "users"
    id: Mapped[int] = mapped_column(primary_key=True)
    profile: Mapped[dict] = mapped_column(JSON, default=dict)

def living_in(session: Session, city: str) -> Any:
    return session.scalars(select(User).where(User.profile["city"].as_string() == city))
""",
    claims=("refuses_statement",),
    object="users.profile",
)
BAD_TEXT = ModelsExample(
    code="""
class User(Base):
    __tablename__ = "users"
    id = Column(Integer, primary_key=True)
    profile = Column(JSON, nullable=False, default=dict)

COUNT = text("select count(*) from users where profile->>'city' = :city")
""",
    claims=("refuses_statement",),
    object="users.profile",
)
GOOD = ModelsExample(
    code="""
class User(Base):
    __tablename__ = "users"
    id: Mapped[int] = mapped_column(primary_key=True)
    profile: Mapped[dict] = mapped_column(postgresql.JSONB, default=dict)
    payload: Mapped[dict] = mapped_column(JSON, default=dict)

def living_in(session: Session, city: str) -> Any:
    return session.scalars(select(User).where(User.profile["city"].astext == city))

def size(user: User) -> int:
    return len(user.payload["items"])
""",
)


def check(mapping: Mapping) -> Iterator[Finding]:
    """Yields a finding for each json column that queries look into."""
    for mapper in mapping.mappers:
        table = mapping.schema.table(mapper.table)
        for attribute in mapper.attributes:
            column = table.column(attribute.column) if table else None
            if table is None or column is None or column.type != "json" or attribute.inherited:
                continue
            place = model_json.queried(mapping.sources, mapper, attribute)
            if place is not None:
                yield _finding(mapping, mapper, table, attribute, place)


def _finding(
    mapping: Mapping, mapper: Mapper, table: Table, attribute: Attribute, place: Place
) -> Finding:
    name, key = model_probes.quoted(mapping.schema.dialect, attribute.column, table.key)
    probe = SqlProbe((f"create index on {key} using gin ({name})",), "error", code="42704")
    where = f"{place.file}:{place.line}"
    claim = Claim("refuses_statement", table.key, column=attribute.column, probe=probe)
    return Finding(
        message=f"{where} looks into it, and json can be neither indexed nor compared",
        location=Location.at(
            mapping.place_of(table, attribute.column), f"{table.key}.{attribute.column}"
        ),
        claims=(claim,),
        evidence=(where,),
        details={"table": table.key, "column": attribute.column},
    )


def advise(finding: Finding, mapping: Mapping) -> Advice:
    """Gives JSONB."""
    table, column = finding.details["table"], finding.details["column"]
    draft = Draft(mapping).column_type(finding.location, ("JSON",), "JSONB")
    draft = draft.imports(finding.location, "sqlalchemy.dialects.postgresql", "JSONB")
    fix = draft.fix(
        "store it as jsonb",
        otherwise=f"{column} = mapped_column(JSONB)",
        migration=model_migrations.change_type(
            mapping, table, column, "postgresql.JSONB()", f"{column}::jsonb"
        ),
    )
    return Advice(
        reason="jsonb is parsed once, when it is stored, and has operators that a GIN index serves",
        fix=fix,
        alternatives=(
            Alternative(
                "a column of its own for what is searched",
                "a plain index, a type and a NOT NULL; the value stands in two places",
            ),
            Alternative(
                'JSON().with_variant(JSONB(), "postgresql")',
                "where the same models run on other databases too",
            ),
        ),
        risk=Risk(
            "jsonb keeps neither spaces nor the order of keys, and the last of two equal keys",
            "only code that compares or signs the raw text notices",
        ),
        undo=models.undo(fix, f"change back by {column}::json"),
        tests=f"create index on {table} using gin ({column}) works",
        backup=f"keep {table}.{column} until the new values are compared",
    )
