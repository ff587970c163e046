"""A column stores pickles, which run code when they are read.

## What it does

Looks for columns of type PickleType.

## Why is this bad?

Reading a pickle calls whatever function its bytes name. Whoever can write the column, by an
injection, a backup or another service, runs programs in yours. Pickles also break when a class
moves, and no query can look inside.

## When to leave it

Never for data that anything else can write. A PickleType with a `pickler` of your own (json) is
left alone.
"""

from __future__ import annotations

from collections.abc import Iterator

from dbwright.core.claim import Claim, MapperProbe
from dbwright.core.finding import Advice, Alternative, Finding, Location, Risk
from dbwright.core.mapping import Attribute, Mapping
from dbwright.core.rule import Applies, ModelsExample
from dbwright.recipes import model_syntax, models
from dbwright.recipes.model_draft import Draft

APPLIES = Applies()
SEVERITY = "error"
SECURITY = True

BAD = ModelsExample(
    code="""
class Job(Base):
    __tablename__ = "jobs"
    id: Mapped[int] = mapped_column(primary_key=True)
    arguments: Mapped[Any] = mapped_column(PickleType)
""",
    claims=("runs_pickled_code",),
    object="jobs.arguments",
)
GOOD = ModelsExample(
    code="""
class Job(Base):
    __tablename__ = "jobs"
    id: Mapped[int] = mapped_column(primary_key=True)
    arguments: Mapped[Any] = mapped_column(JSON)
""",
)


def check(mapping: Mapping) -> Iterator[Finding]:
    """Yields a finding for each column of pickles."""
    for mapper in mapping.mappers:
        for attribute in mapper.attributes:
            if not attribute.type.is_a("PickleType") or attribute.inherited:
                continue
            if _has_own_pickler(mapping, attribute):
                continue
            probe = MapperProbe(
                "pickle_runs_code",
                mapper=mapper.qualified,
                attribute=attribute.name,
                table=attribute.table,
            )
            claim = Claim(
                "runs_pickled_code", attribute.table, column=attribute.column, probe=probe
            )
            yield Finding(
                message="reading it runs whatever code its bytes name",
                location=Location.at(attribute.place, f"{attribute.table}.{attribute.column}"),
                claims=(claim,),
                details={"table": attribute.table, "column": attribute.column},
            )


def _has_own_pickler(mapping: Mapping, attribute: Attribute) -> bool:
    call = models.call_at(mapping, attribute.place, "PickleType")
    return model_syntax.keyword(call, "pickler") is not None


def advise(finding: Finding, mapping: Mapping) -> Advice:
    """Gives JSON."""
    table, column = finding.details["table"], finding.details["column"]
    draft = Draft(mapping).column_type(finding.location, ("PickleType",), "JSON", "JSON")
    fix = draft.fix(
        "store JSON",
        otherwise=f"{column} = mapped_column(JSON)",
        migration=_migration(table, column),
    )
    return Advice(
        reason="a pickle is a program, JSON is data",
        fix=fix,
        alternatives=(
            Alternative(
                "keep the bytes and sign them (HMAC), checked before they are unpickled",
                "who has the key can still run code, and classes still must not move",
            ),
        ),
        risk=Risk(
            "values that JSON has not, as dates, sets and objects, need a form of their own",
            "the script that converts the rows finds them; it has to run where reading is safe",
        ),
        undo=models.undo(fix, "the old column stays until every row is converted"),
        tests="a stored value comes back equal; the column's bytes are JSON",
        backup=f"a copy of {table} before the old column is dropped",
    )


def _migration(table: str, column: str) -> str:
    bare = table.rpartition(".")[2]
    return (
        f'op.add_column("{bare}", sa.Column("{column}_new", sa.JSON()))\n'
        f"# convert each row in Python (pickle.loads, json.dumps), in batches; then:\n"
        f'op.drop_column("{bare}", "{column}")\n'
        f'op.alter_column("{bare}", "{column}_new", new_column_name="{column}")'
    )
