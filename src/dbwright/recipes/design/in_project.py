"""The last step of a design that goes into a project: its types and names, said explicitly."""

from __future__ import annotations

from dbwright.core.abilities import ABILITIES
from dbwright.recipes.design import write_table
from dbwright.recipes.design.parts import Column, Habits, Link, Plan, Table


def settle(plan: Plan, habits: Habits) -> None:
    """Spells out what the designer's own base would have said, and the project's does not."""
    for table in plan:
        table.mixins = [name for name in table.mixins if name != "Timestamped"]
        for column in table.columns:
            if not (column.code or column.references):
                column.sql = _type(plan, habits, table, column)
        if "ck" not in habits.convention:
            for check in table.checks:
                check.name = write_table.limited(plan, f"ck_{table.name}_{check.name}")
        if table.partition_by:
            plan.notes.append(f"The partitions of {table.name} have to stand in its revision.")


def _type(plan: Plan, habits: Habits, table: Table, column: Column) -> str:
    if column.enum:
        words = "native_enum=False, create_constraint=True, values_callable=list"
        name = ""
        if "ck" not in habits.convention:
            made = write_table.limited(plan, f"ck_{table.name}_{column.name}")
            name = f', name="{made}"'
        return f"Enum({column.enum}, {words}{name})"
    if column.sql == "BigInt":
        return "Integer" if ABILITIES[plan.database].integer_keys else "BigInteger"
    if column.sql or column.python in habits.mapped:
        return "" if column.sql == habits.mapped.get(column.python) else column.sql
    arrays = ABILITIES[plan.database].exclusion  # PostgreSQL's own types come together
    return {
        "dt.datetime": "DateTime(timezone=True)",
        "dict[str, Any]": "JSONB" if arrays else "JSON",
        "list[str]": "ARRAY(String(100))" if arrays else "JSON",
    }.get(column.python, "")


def sides(plan: Plan) -> list[tuple[Table, Link]]:
    """Gives the relationships that classes of the project get, as the other sides of new ones."""
    return [(table, link) for table in plan.existing.values() for link in table.links]


def without_back(plan: Plan, target: Table, link: Link) -> None:
    """Leaves the other side of a relationship out: its class has no room for it."""
    for table in plan:
        for own in table.links:
            if own.target == target.cls and own.arguments.get("back_populates") == f'"{link.name}"':
                own.arguments.pop("back_populates")
    target.links = [found for found in target.links if found is not link]
