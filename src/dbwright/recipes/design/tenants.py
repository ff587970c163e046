"""Ownership by a tenant: the column in every owned table, and keys that hold it."""

from __future__ import annotations

from dbwright.recipes.design import names
from dbwright.recipes.design.parts import Column, Link, Plan, Table, Unique


def is_owned(plan: Plan, table: Table) -> bool:
    """Whether rows of the table belong to a tenant."""
    tenant = plan.brief.tenant
    entity = table.entity
    return bool(tenant) and entity.name != tenant and not entity.shared and not entity.kind_of


def column_name(plan: Plan) -> str:
    """Gives the name of the tenant's column."""
    return f"{names.snake(plan.brief.tenant)}_id"


def shared_column(plan: Plan, source: Table, target: Table) -> str:
    """Gives the tenant's column where both tables have it, else an empty text."""
    both = is_owned(plan, source) and is_owned(plan, target)
    return column_name(plan) if both and len(target.primary_key) == 1 else ""


def add(plan: Plan) -> None:
    """Adds the tenant's column to each owned table, and the key that others refer to."""
    brief = plan.brief
    if not brief.tenant:
        return
    owner = plan.table(brief.tenant)
    name, relation = column_name(plan), names.snake(brief.tenant)
    for table in plan:
        if not is_owned(plan, table):
            continue
        _own(plan, table, owner, name, relation)
    plan.decide(
        f"{owner.name} and what it owns",
        f"each owned row has {name}, and foreign keys hold it as well",
        "a row of one tenant can then not refer to a row of another, whatever the code does",
        "row-level security on top: it also guards what is read",
    )


def _own(plan: Plan, table: Table, owner: Table, name: str, relation: str) -> None:
    stated = [
        found
        for found in plan.brief.relationships
        if found.source == table.entity.name
        and found.target == owner.entity.name
        and found.kind == "many-to-one"
        and names.snake(found.name or found.target) == relation
    ]
    if not stated:
        key = owner.primary_key[0]
        python = owner.column(key).python  # type: ignore[union-attr]
        table.columns.append(
            Column(
                name,
                python,
                family="reference",
                references=f"{owner.name}.{key}",
                on_delete="RESTRICT",
            )
        )
        table.links.append(Link(relation, owner.cls))
        table.known[plan.brief.tenant] = table.known[relation] = (name,)
    referred = any(_refers(plan, found.source, found, table) for found in plan.brief.relationships)
    if referred and len(table.primary_key) == 1:
        table.uniques.append(
            Unique((name, table.primary_key[0]), comment="what foreign keys of the tenant refer to")
        )


def _refers(plan: Plan, source: str, found: object, table: Table) -> bool:
    from dbwright.core.brief import BriefRelationship

    assert isinstance(found, BriefRelationship)
    if found.kind == "many-to-many":
        return table.entity.name in (found.source, found.target)
    return found.target == table.entity.name and is_owned(plan, plan.table(source))
