"""Runs the steps of a design in their order."""

from __future__ import annotations

from dbwright.core.brief import Brief
from dbwright.recipes.design import (
    behavior,
    columns,
    constraints,
    indexes,
    links,
    lives,
    tables,
)
from dbwright.recipes.design.parts import Plan


def designed(brief: Brief, database: str = "postgresql") -> Plan:
    """Gives the design of a brief that has no problems (`problems.of`), for one database."""
    plan = Plan(brief, database)
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
    return plan


def _natural_keys(plan: Plan) -> None:
    """Attributes that are the key; relationships among them are marked when they are there."""
    for table in plan:
        if table.entity.key == "natural":
            for name in table.entity.natural_key:
                for column in constraints.resolved(table, name):
                    found = table.column(column)
                    if found is not None:
                        found.primary, found.nullable = True, False
            plan.decide(
                table.name,
                f"the key is {', '.join(table.entity.natural_key)}",
                "the brief asks for it: it identifies a row in the world, and never changes",
                "a counted key beside it: short references, a name that may change",
            )

