"""What names in a brief stand for: columns, conditions in SQL, values of rows."""

from __future__ import annotations

from dbwright.core.brief import Scalar
from dbwright.core.claim import ProbeValue
from dbwright.recipes.design import columns, names
from dbwright.recipes.design.parts import Column, Plan, Table

Where = dict[str, Scalar | None]


def resolved(table: Table, name: str) -> tuple[str, ...]:
    """Gives the columns behind the name of an attribute or a relationship."""
    if name in table.known:
        return table.known[name]
    snake = names.snake(name)
    if snake in table.known:
        return table.known[snake]
    return (snake,) if table.column(snake) else ()


def listed(table: Table, found: tuple[str, ...]) -> tuple[str, ...]:
    """Gives the columns behind several names."""
    return tuple(column for name in found for column in resolved(table, name))


def condition(plan: Plan, table: Table, where: Where) -> str:
    """Gives the condition on the attributes' values as SQL."""
    parts = []
    for name, value in where.items():
        for column in resolved(table, name):
            quoted = names.quoted(column, plan.database)
            if value is None:
                parts.append(f"{quoted} IS NULL")
            elif isinstance(value, bool):
                parts.append(quoted if value else f"NOT {quoted}")
            else:
                parts.append(f"{quoted} = {columns.scalar_sql(value, plan.database)}")
    return " AND ".join(parts)


def values_of(table: Table, where: Where) -> dict[str, ProbeValue]:
    """Gives the values that a row in the condition has."""
    return {column: value for name, value in where.items() for column in resolved(table, name)}


def outside_of(table: Table, where: Where) -> dict[str, ProbeValue]:
    """Gives values of a row that is not in the condition."""
    for name, value in where.items():
        for column in resolved(table, name):
            found = table.column(column)
            if found is None:
                continue
            if value is None:
                return {column: some(table, found)}
            if isinstance(value, bool):
                return {column: not value}
            others = [item for choice in table.choices if choice.name == found.enum
                      for item in choice.values if item != value]  # fmt: skip
            if others:
                return {column: others[0]}
    return {}


def some(table: Table, column: Column) -> ProbeValue:
    """Gives a value that is set, of a column's type."""
    choice = next((item for item in table.choices if item.name == column.enum), None)
    if choice:
        return choice.values[0]
    samples: dict[str, ProbeValue] = {
        "datetime": "2026-03-01 12:00:00",
        "date": "2026-03-01",
        "time": "12:00:00",
        "integer": 1,
        "number": 1,
        "bool": True,
        "text": "a",
        "uuid": "5c1f0c52-93d9-4c1c-8d9b-0f8f7a2c6a11",
    }
    return samples.get(column.family)
