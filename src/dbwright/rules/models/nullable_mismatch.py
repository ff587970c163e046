"""An annotation and its column disagree about None.

## What it does

Compares what `Mapped[…]` says about None with whether the column, or the foreign key behind a
relationship, may be NULL.

## Why is this bad?

`Mapped[str]` over a nullable column hands None to code that a type checker has passed. An
`Optional` over a NOT NULL column lets code store None that the database refuses. A class that is
wrong throughout is one finding.

## When to leave it

Never for long: one of the two is wrong. Keys and columns that fill themselves are left alone,
since they are None before the INSERT, and so are the columns of single-table children.
"""

from __future__ import annotations

from collections.abc import Iterator

from dbwright.core.claim import Claim, ClaimKind, RowProbe
from dbwright.core.finding import Advice, Alternative, Finding, Location, Risk
from dbwright.core.mapping import Attribute, Mapper, Mapping, Relationship
from dbwright.core.place import Place
from dbwright.core.rule import Applies, ModelsExample
from dbwright.core.schema import Table
from dbwright.recipes import model_annotations, model_migrations, models
from dbwright.recipes.model_draft import Draft

APPLIES = Applies()
SEVERITY = "warning"
MANY = 4

BAD = ModelsExample(
    code="""
class User(Base):
    __tablename__ = "users"
    id: Mapped[int] = mapped_column(primary_key=True)
    full_name: Mapped[str] = mapped_column(String(200), nullable=True)
""",
    claims=("accepts_bad_row",),
    object="users.full_name",
)
BAD_OPTIONAL = ModelsExample(
    code="""
class User(Base):
    __tablename__ = "users"
    id: Mapped[int] = mapped_column(primary_key=True)
    full_name: Mapped[Optional[str]] = mapped_column(String(200), nullable=False)
""",
    claims=("refuses_good_row",),
    object="users.full_name",
)
BAD_RELATIONSHIP = ModelsExample(
    code="""
class Team(Base):
    __tablename__ = "teams"
    id: Mapped[int] = mapped_column(primary_key=True)

class Player(Base):
    __tablename__ = "players"
    id: Mapped[int] = mapped_column(primary_key=True)
    team_id: Mapped[Optional[int]] = mapped_column(ForeignKey("teams.id"), index=True)
    team: Mapped[Team] = relationship()
""",
    claims=("accepts_bad_row",),
    object="Player.team",
)
GOOD = ModelsExample(
    code="""
class Team(Base):
    __tablename__ = "teams"
    id: Mapped[int] = mapped_column(primary_key=True)

class Player(Base):
    __tablename__ = "players"
    id: Mapped[Optional[int]] = mapped_column(primary_key=True)
    full_name: Mapped[Optional[str]] = mapped_column(String(200))
    team_id: Mapped[Optional[int]] = mapped_column(ForeignKey("teams.id"), index=True)
    team: Mapped[Optional[Team]] = relationship()
""",
)


def check(mapping: Mapping) -> Iterator[Finding]:
    """Yields a finding for each annotation that disagrees with its column."""
    seen: set[tuple[str, str]] = set()
    for mapper in mapping.mappers:
        found: list[Finding] = []
        for attribute in mapper.attributes:
            if (attribute.table, attribute.column) not in seen and not attribute.inherited:
                seen.add((attribute.table, attribute.column))
                found += _column(mapping, mapper, attribute)
        yield from _together(mapper, [one for one in found if one.details["nullable"]])
        yield from _together(mapper, [one for one in found if not one.details["nullable"]])
        for relationship in mapper.relationships:
            yield from _relationship(mapping, mapper, relationship)


def _together(mapper: Mapper, found: list[Finding]) -> Iterator[Finding]:
    """A class that is annotated wrongly throughout is one finding, not one per column."""
    if len(found) < MANY:
        yield from found
        return
    names = [str(one.details["column"]) for one in found]
    first = found[0]
    what = "promise a value, but may be NULL" if first.details["nullable"] else "admit None in vain"
    yield Finding(
        message=f"{len(names)} annotations of {mapper.name} {what}: {', '.join(names[:4])}, …",
        location=Location.at(mapper.place, mapper.name),
        claims=first.claims,
        evidence=tuple(f"{one.location.object}: {one.message}" for one in found),
        details={**first.details, "all": [
            [one.location.file, one.location.line, one.details["annotation"]] for one in found
        ]},
    )  # fmt: skip


def _column(mapping: Mapping, mapper: Mapper, attribute: Attribute) -> Iterator[Finding]:
    table = mapping.schema.table(attribute.table)
    column = table.column(attribute.column) if table else None
    if table is None or column is None or attribute.optional is None or attribute.primary_key:
        return
    if attribute.optional == column.nullable or mapper.inheritance == "single":
        return
    fills = column.generates_itself or attribute.default is not None
    if attribute.optional and fills:
        return
    probe = RowProbe(
        table.key,
        ({column.name: None},),
        expect="refused" if attribute.optional else "accepted",
    )
    kind: ClaimKind = "refuses_good_row" if attribute.optional else "accepts_bad_row"
    message = (
        f"Mapped[{attribute.annotation}] promises a value, but the column may be NULL"
        if column.nullable
        else f"Mapped[{attribute.annotation}] admits None, but the column refuses NULL"
    )
    yield Finding(
        message=message,
        location=Location.at(attribute.place, f"{table.key}.{column.name}"),
        claims=(Claim(kind, table.key, column=column.name, probe=probe),),
        details={"table": table.key, "column": column.name, "nullable": column.nullable,
                 "annotation": attribute.annotation},
    )  # fmt: skip


def _relationship(mapping: Mapping, mapper: Mapper, found: Relationship) -> Iterator[Finding]:
    table = mapping.schema.table(mapper.table)
    local = [name for name, _ in found.pairs]
    if table is None or found.direction != "MANYTOONE" or found.optional is not False:
        return
    columns = [column for name in local if (column := table.column(name))]
    if not columns or not all(column.nullable for column in columns) or found.viewonly:
        return
    if found.inherited or mapper.inheritance == "single" or _said(mapping, mapper, local):
        return
    yield Finding(
        message=f"Mapped[{found.annotation}] promises an object, but {local[0]} may be NULL",
        location=Location.at(found.place, f"{mapper.name}.{found.name}"),
        claims=(
            Claim(
                "accepts_bad_row",
                table.key,
                column=local[0],
                probe=RowProbe(table.key, (dict.fromkeys(local),)),
            ),
        ),
        details={"table": table.key, "column": local[0], "nullable": True,
                 "annotation": found.annotation},
    )  # fmt: skip


def _said(mapping: Mapping, mapper: Mapper, local: list[str]) -> bool:
    """Whether the key's own annotation is already reported: one cause, one finding."""
    attributes = [mapper.attribute_of(name) for name in local]
    return any(item is not None and item.optional is False for item in attributes)


def advise(finding: Finding, mapping: Mapping) -> Advice:
    """Gives the annotation that tells what the database does; no table changes."""
    details = finding.details
    text = models.text_of(mapping, finding.location) or ""
    own = [finding.location.file, finding.location.line, details["annotation"]]
    draft, right = Draft(mapping), ""
    for file, line, annotation in details.get("all", [own]):
        right = _right(annotation or "", bool(details["nullable"]), text)
        draft = draft.annotation(Place(file, line) if file else None, right)
    fix = draft.fix("annotate what the column does", otherwise=f"Mapped[{right}]", safety="safe")
    table, column = details["table"], details["column"]
    return Advice(
        reason="the annotation is what the code and its type checker rely on",
        fix=fix,
        alternatives=(_alternative(mapping, table, column, details["nullable"]),),
        risk=Risk(
            "a type checker now points at code that relied on the wrong promise",
            "those places are the fault that was hidden; nothing changes at run time",
        ),
        undo=models.undo(fix, "put the former annotation back"),
        tests="mypy or pyright over the project",
        backup="none needed: only an annotation changes",
    )


def _right(annotation: str, nullable: bool, text: str) -> str:
    if nullable:
        return model_annotations.optional(annotation, text)
    return model_annotations.required(annotation)


def _alternative(mapping: Mapping, table: str, column: str, nullable: bool) -> Alternative:
    found: Table | None = mapping.schema.table(table)
    if nullable and found is not None:
        steps = model_migrations.not_null(mapping, table, column, None)
        return Alternative(
            f"forbid NULL instead: nullable=False and\n{steps}",
            "each row that has none needs a value first",
        )
    return Alternative(
        f"admit NULL instead: {model_migrations.nullable(mapping, table, column)}",
        "every reader has to handle None from then on",
    )
