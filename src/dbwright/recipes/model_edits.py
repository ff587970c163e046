"""A change request worked into the source of models, step by step."""

from __future__ import annotations

from dataclasses import replace

from dbwright.core.brief import BriefAttribute
from dbwright.core.errors import UsageError
from dbwright.core.mapping import Mapping
from dbwright.core.model_change import (
    AddBag,
    AddColumn,
    AddIndex,
    AddModel,
    AddRelationship,
    ChangeColumn,
    ChangeRequest,
    Edited,
    RemoveColumn,
    RemoveModel,
    RenameColumn,
    Step,
    Way,
)
from dbwright.recipes import (
    model_edits_columns,
    model_edits_models,
    model_edits_relationships,
    model_enums,
    model_insert,
)
from dbwright.recipes.code import escaped_binds
from dbwright.recipes.design.layout import string
from dbwright.recipes.design.names import quoted
from dbwright.recipes.design.value_checks import number
from dbwright.recipes.model_style import Style
from dbwright.recipes.model_values import default_of, natural_bounds, python_default
from dbwright.recipes.model_work import Work, constraint_name
from dbwright.recipes.model_write import Planned, column_code, column_type


def edited(request: ChangeRequest, mapping: Mapping, choose: str = "") -> Edited:
    """Gives the edits that make a request true of the models, and the decisions in them.

    `choose` names another way where there are several. FixError where the source has a form that
    cannot be edited or a name is taken; UsageError for a way that nothing offers.
    """
    work = Work(mapping, choose)
    for step in request.steps:
        _step(work, step)
    if choose and choose not in work.offered:
        ways = ", ".join(sorted(work.offered)) or "none"
        raise UsageError(
            f"--choose {choose}: this request has no such way",
            way_out=f"Its other ways: {ways}",
        )
    return work.done()


def _step(work: Work, step: Step) -> None:
    match step:
        case AddColumn():
            add_column(work, step)
        case ChangeColumn():
            model_edits_columns.change(work, step)
        case RenameColumn():
            model_edits_columns.rename(work, step)
        case RemoveColumn():
            model_edits_columns.remove(work, step)
        case AddIndex():
            model_edits_columns.index(work, step)
        case AddRelationship():
            model_edits_relationships.add(work, step)
        case AddModel():
            model_edits_models.add(work, step)
            for column in step.columns:
                add_column(work, replace(column, model=step.name))
        case AddBag():
            model_edits_models.bag(work, step, add_column)
        case RemoveModel():
            model_edits_models.remove(work, step)


def add_column(work: Work, step: AddColumn) -> None:
    """Adds a column to a class, with its CHECK where values or bounds were named."""
    style = work.style(step.model)
    attribute = _bounded(work, style, _named(work, style, step.attribute))
    name = attribute.name
    work.check_free(style, name)
    values = _values(work, style, attribute)
    style = work.style(_model(work, style))
    kind = values.type if values else column_type(style, attribute, step.sql)
    nullable = _nullable(work, style, step, attribute)
    if attribute.type == "boolean" and not nullable and attribute.default is None:
        attribute = replace(attribute, default=False) if step.required is None else attribute
    planned = Planned(
        name,
        kind,
        nullable,
        unique=attribute.unique,
        index=step.indexed and not attribute.unique,
        default=default_of(
            style, model_enums.with_default(attribute, values) if values else attribute
        ),
        python_default=_python_default(style, attribute, values),
        on_update=default_of(style, replace(attribute, default="now")) if step.on_update else None,
        init=not (style.kind == "dataclass" and attribute.default == "now"),
    )
    lower = attribute.unique and model_edits_columns.lowered(work, style, name, name)
    put(
        work, work.style(_model(work, style)), replace(planned, unique=planned.unique and not lower)
    )
    _checks(work, style, replace(attribute, values=()) if values else attribute)


def _values(work: Work, style: Style, attribute: BriefAttribute) -> model_enums.Values | None:
    """A set of values as an Enum, where the project or a choice has it so; None for a CHECK."""
    if not attribute.values:
        return None
    found = model_enums.habit(work.mapping)
    enum = model_enums.is_enum(work, found)
    values = model_enums.written(work, style, attribute, found) if enum else None
    about = f"{style.mapper.name}.{attribute.name}"
    model_enums.decide(work, about, found, values is not None)
    return values


def _python_default(
    style: Style, attribute: BriefAttribute, values: model_enums.Values | None
) -> str | None:
    member = values.members.get(str(attribute.default)) if values else None
    if member and style.kind in ("dataclass", "sqlmodel"):
        return member
    return python_default(style, attribute)


def put(work: Work, style: Style, planned: Planned) -> None:
    """Writes a planned column into its class, and the imports that it needs."""
    code = column_code(style, planned)
    path = style.source.path
    first = not planned.nullable and planned.python_default is None and planned.init
    before = work.stamps.get(style.mapper.name, "")
    work.change(
        path,
        lambda text: model_insert.column(text, style, code.text, first=first, before=before),
        f"{style.mapper.name}.{planned.name}",
    )
    work.imports(path, code.imports)
    work.touch(style.mapper.table)


def _named(work: Work, style: Style, attribute: BriefAttribute) -> BriefAttribute:
    """A password is kept as a hash and a token as a digest, and named so."""
    said = attribute.name
    if attribute.type == "password" and not said.endswith("hash"):
        name = f"{said}_hash"
        work.decide(
            f"{style.mapper.name}.{name}",
            "a hash, never the password",
            "whoever reads the table must not be able to sign in; hash it with argon2 or bcrypt",
        )
        return replace(attribute, name=name)
    if attribute.type == "token" and not said.endswith("digest"):
        name = f"{said}_digest"
        work.decide(
            f"{style.mapper.name}.{name}",
            "a SHA-256 digest, never the token",
            "whoever reads the table must not be able to use it; compare digests",
        )
        return replace(attribute, name=name, length=64)
    return attribute


def _bounded(work: Work, style: Style, attribute: BriefAttribute) -> BriefAttribute:
    """What cannot be negative gets a CHECK though nobody said so, unless it is chosen away."""
    said = (attribute.minimum, attribute.maximum, attribute.above, attribute.below)
    bounds = natural_bounds(attribute)
    if not bounds or any(bound is not None for bound in said):
        return attribute
    work.offered.add("no-check")
    if work.choose == "no-check":
        return attribute
    work.decide(
        f"{style.mapper.name}.{attribute.name}",
        f"a CHECK that it is {bounds[0]}",
        "a form holds one program to that, the database all of them",
        Way("no-check", "no CHECK", "a mistake in any program can store it"),
    )
    return replace(attribute, **bounds[1])  # type: ignore[arg-type]


def _nullable(work: Work, style: Style, step: AddColumn, attribute: BriefAttribute) -> bool:
    name = f"{style.mapper.name}.{attribute.name}"
    if step.required is not None:
        return not step.required
    if attribute.default is not None:
        return False
    if style.mapper.name in work.new:
        return attribute.type != "boolean"
    if attribute.type == "boolean":
        work.decide(
            name,
            "NOT NULL, false for the rows that are there",
            "a nullable boolean has three states, and WHERE NOT leaves out those that are NULL",
        )
        return False
    work.decide(
        name,
        "nullable",
        "the request does not say otherwise, and rows that are there have no value; "
        "say `required` and dbwright asks what they get",
    )
    return True


def _checks(work: Work, style: Style, attribute: BriefAttribute) -> None:
    name, table = attribute.name, style.mapper.table
    column = quoted(name, work.mapping.schema.dialect)
    conditions = []
    if attribute.values:
        listed = ", ".join("'" + value.replace("'", "''") + "'" for value in attribute.values)
        conditions.append(f"{column} IN ({listed})")
    for sign, bound in ((">=", attribute.minimum), ("<=", attribute.maximum),
                        (">", attribute.above), ("<", attribute.below)):  # fmt: skip
        if bound is not None:
            conditions.append(f"{column} {sign} {number(bound)}")
    if conditions:
        called = constraint_name(work, table, name)
        text = string(escaped_binds(" AND ".join(conditions)))
        code = f'CheckConstraint({text}, name="{called}")'
        work.table_argument(work.style(_model(work, style)), code, "CheckConstraint")


def _model(work: Work, style: Style) -> str:
    return style.mapper.name if style.mapper.name in work.new else style.mapper.qualified
