"""Runs the steps of a design in their order."""

from __future__ import annotations

from collections.abc import Mapping

from dbwright.core.abilities import ABILITIES
from dbwright.core.brief import Brief
from dbwright.recipes.design import (
    behavior,
    columns,
    columns_of,
    constraints,
    in_project,
    indexes,
    links,
    lives,
    tables,
)
from dbwright.recipes.design.parts import Habits, Plan, Table


def designed(
    brief: Brief,
    database: str = "postgresql",
    habits: Habits | None = None,
    existing: Mapping[str, Table] | None = None,
    *,
    nulls_equal: bool = False,
) -> Plan:
    """Gives the design of a brief that has no problems (`problems.of`), for one database.

    `habits` are those of the project that it goes into, `existing` its tables that the brief
    names, by entity: nothing is designed for them, and others may refer to them. nulls_equal: the
    database is of a version that has NULLS NOT DISTINCT.
    """
    plan = Plan(brief, database, habits=habits, existing=dict(existing or {}))
    plan.nulls_equal = nulls_equal and ABILITIES[database].nulls_equal
    tables.add(plan)
    columns.add(plan)
    behavior.add_kinds(plan)
    _natural_keys(plan)
    links.add(plan)
    lives.add_columns(plan)
    constraints.add(plan)
    constraints.settle(plan)
    lives.add(plan)
    behavior.add(plan)
    indexes.add(plan)
    if habits is not None:
        in_project.settle(plan, habits)
    return plan


def _natural_keys(plan: Plan) -> None:
    """Attributes that are the key; relationships among them are marked when they are there."""
    for table in plan:
        if table.entity.key == "natural":
            for name in table.entity.natural_key:
                for column in columns_of.resolved(table, name):
                    found = table.column(column)
                    if found is not None:
                        found.primary, found.nullable = True, False
            plan.decide(
                table.name,
                f"the key is {', '.join(table.entity.natural_key)}",
                "the brief asks for it: it identifies a row in the world, and never changes",
                "a counted key beside it: short references, a name that may change",
            )
