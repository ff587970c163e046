"""A Column says nothing about NULL and so admits it, though the code always gives a value.

## What it does

Looks for `Column(…)` without `nullable=` whose value the class's own `__init__` requires, and for
the foreign key of children that a delete-orphan cascade never lets be without a parent. It is a
remark where the parameter of `__init__` has no annotation, since then nothing says that None is
not given.

## Why is this bad?

In 1.4 style a Column admits NULL unless it is told otherwise. The ORM never stores one, but an
import, a script or an UPDATE does, and then the code meets a None that it does not expect.

## When to leave it

When the column may be empty: write `nullable=True`, which says that it is meant.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import replace

from dbwright.core.claim import Claim, RowProbe
from dbwright.core.finding import Advice, Alternative, Finding, Location, Risk
from dbwright.core.mapping import Attribute, Mapper, Mapping
from dbwright.core.place import Place
from dbwright.core.rule import Applies, ModelsExample
from dbwright.recipes import model_migrations, model_syntax, model_types, models
from dbwright.recipes.model_draft import Draft

APPLIES = Applies()
SEVERITY = "warning"
MANY = 4

BAD = ModelsExample(
    code="""
class Patient(Base):
    __tablename__ = "patients"
    id = Column(Integer, primary_key=True)
    number = Column(String(20))
    nickname = Column(String(20))

    def __init__(self, number: str, nickname: str | None = None):
        self.number = number
        self.nickname = nickname
""",
    claims=("accepts_bad_row",),
    object="patients.number",
)
BAD_ORPHAN = ModelsExample(
    code="""
class Patient(Base):
    __tablename__ = "patients"
    id = Column(Integer, primary_key=True)
    visits = relationship("Visit", cascade="all, delete-orphan", passive_deletes=True)

class Visit(Base):
    __tablename__ = "visits"
    id = Column(Integer, primary_key=True)
    patient_id = Column(Integer, ForeignKey("patients.id", ondelete="CASCADE"), index=True)
""",
    claims=("accepts_bad_row",),
    object="visits.patient_id",
)
GOOD = ModelsExample(
    code="""
class Patient(Base):
    __tablename__ = "patients"
    id = Column(Integer, primary_key=True)
    number = Column(String(20), nullable=False)
    left_as = Column(String(20), nullable=True)
    nickname = Column(String(20))

    def __init__(self, number, left_as, nickname=None):
        self.number = number
        self.left_as = left_as
        self.nickname = nickname
""",
)


def check(mapping: Mapping) -> Iterator[Finding]:
    """Yields a finding for each Column that admits NULL by silence alone."""
    orphans = _orphans(mapping)
    habit: list[Finding] = []
    for mapper in mapping.mappers:
        required = _required(mapping, mapper)
        for attribute in mapper.attributes:
            if not _is_silent(mapping, mapper, attribute):
                continue
            parent = orphans.get((attribute.table, attribute.column))
            if attribute.name in required:
                found = _finding(mapping, attribute, f"{mapper.name}() asks for it")
                yield found if required[attribute.name] else replace(found, severity="info")
            elif parent is not None:
                why = f"a row without its {parent} is an orphan"
                habit.append(_finding(mapping, attribute, why))
    yield from _together(habit)


def _together(habit: list[Finding]) -> Iterator[Finding]:
    """Keys that are left nullable throughout are one habit, and one finding."""
    if len(habit) < MANY:
        yield from habit
        return
    names = [str(one.location.object) for one in habit]
    yield replace(
        habit[0],
        message=f"{len(names)} keys of children may be NULL because nothing says otherwise, though "
        f"no child is kept without its parent: {', '.join(names[:3])}, …",
        evidence=tuple(names),
        details={**habit[0].details, "all": [
            [one.location.file, one.location.line, one.details["table"], one.details["column"]]
            for one in habit
        ]},
    )  # fmt: skip


def _is_silent(mapping: Mapping, mapper: Mapper, attribute: Attribute) -> bool:
    """Whether it admits NULL because nothing was said: 1.4 style, no annotation, no nullable=."""
    if attribute.annotation is not None or attribute.explicit_nullable is not None:
        return False
    if attribute.inherited or attribute.primary_key or mapper.inheritance == "single":
        return False
    table = mapping.schema.table(attribute.table)
    column = table.column(attribute.column) if table else None
    if column is None or not column.nullable or column.computed or column.comment:
        return False
    if model_types.is_boolean(column.type) or models.comment_at(mapping, attribute.place):
        return False
    return attribute.name != (mapper.polymorphic_on or "").rpartition(".")[2]


def _required(mapping: Mapping, mapper: Mapper) -> dict[str, bool]:
    """The attributes that `__init__` sets to a parameter of its own without a default.

    With each, whether an annotation says that the parameter is never None.
    """
    source = mapping.source(mapper.place.file) if mapper.place else None
    node = model_syntax.class_named(source, mapper.name) if source else None
    for item in node.body if node else ():
        if isinstance(item, ast.FunctionDef) and item.name == "__init__":
            return _set_from(item)
    return {}


def _set_from(node: ast.FunctionDef) -> dict[str, bool]:
    plain = node.args.args[: len(node.args.args) - len(node.args.defaults)]
    named = [
        one
        for one, default in zip(node.args.kwonlyargs, node.args.kw_defaults, strict=True)
        if default is None
    ]
    given = {
        one.arg: one.annotation is not None
        for one in (*plain, *named)
        if not _admits_none(one.annotation)
    }
    found: dict[str, bool] = {}
    for item in node.body:
        if not isinstance(item, ast.Assign) or not isinstance(item.value, ast.Name):
            continue
        for target in item.targets:
            own = isinstance(target, ast.Attribute) and model_syntax.dotted(target)[:5] == "self."
            if own and isinstance(target, ast.Attribute) and item.value.id in given:
                found[target.attr] = given[item.value.id]
    return found


def _admits_none(annotation: ast.expr | None) -> bool:
    text = ast.unparse(annotation) if annotation is not None else ""
    return "None" in text or "Optional" in text


def _orphans(mapping: Mapping) -> dict[tuple[str, str], str]:
    """The foreign keys of children that a delete-orphan cascade keeps with their parent."""
    found: dict[tuple[str, str], str] = {}
    counts: dict[str, int] = {}
    for mapper in mapping.mappers:
        for one in mapper.relationships:
            orphan = "delete-orphan" in one.cascade and one.direction == "ONETOMANY"
            if orphan and len(one.pairs) == 1 and not one.inherited:
                counts[one.target_table] = counts.get(one.target_table, 0) + 1
                found[one.target_table, one.pairs[0][1]] = mapper.name
    # a child of two parents may have either
    return {key: parent for key, parent in found.items() if counts[key[0]] == 1}


def _finding(mapping: Mapping, attribute: Attribute, why: str) -> Finding:
    table, column = attribute.table, attribute.column
    probe = RowProbe(table, ({column: None},))
    place = attribute.place
    return Finding(
        message=f"it may be NULL because nothing says otherwise, though {why}",
        location=Location.at(attribute.place, f"{table}.{column}"),
        claims=(Claim("accepts_bad_row", table, column=column, probe=probe),),
        details={"table": table, "column": column,
                 "all": [[place.file, place.line, table, column] if place else []]},
    )  # fmt: skip


def advise(finding: Finding, mapping: Mapping) -> Advice:
    """Gives nullable=False, in the model and in steps that stop nobody."""
    table, column = finding.details["table"], finding.details["column"]
    draft, steps = Draft(mapping), []
    for file, line, owner, name in filter(None, finding.details["all"]):
        draft = draft.keyword(Place(file, line), "nullable", "False")
        steps.append(model_migrations.not_null(mapping, owner, name, None))
    fix = draft.fix(
        f"require {column}",
        otherwise=f"{column} = Column(…, nullable=False)",
        migration="\n".join(steps),
    )
    return Advice(
        reason="Column() admits NULL by default, unlike Mapped[str]",
        fix=fix,
        alternatives=(
            Alternative(
                "nullable=True, when an empty one is meant",
                "every reader has to handle None",
            ),
        ),
        risk=Risk(
            "rows that hold NULL stop the migration",
            f"count them first: select count(*) from {table} where {column} is null",
        ),
        undo=models.undo(fix, f"alter column {column} drop not null"),
        tests=f"an INSERT into {table} with {column} = NULL is refused",
        backup=f"keep the keys of the rows where {column} is null before you fill them",
    )
