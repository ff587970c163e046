"""What names in a brief stand for: columns, conditions in SQL, values of rows."""

from __future__ import annotations

from dbwright.core.brief import Scalar, Where
from dbwright.core.claim import ProbeValue
from dbwright.recipes.design import names, value_checks
from dbwright.recipes.design.parts import Column, Plan, Table


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
    return " AND ".join(
        compared(plan, column, value)
        for name, value in where.items()
        for column in resolved(table, name)
    )


def compared(plan: Plan, column: str, value: Scalar | tuple[Scalar, ...] | None) -> str:
    """Gives the condition that a column has a value, or one of several."""
    quoted = names.quoted(column, plan.database)
    if value is None:
        return f"{quoted} IS NULL"
    if isinstance(value, bool):
        return quoted if value else f"NOT {quoted}"
    if isinstance(value, tuple):
        listed = ", ".join(value_checks.scalar_sql(item, plan.database) for item in value)
        return f"{quoted} IN ({listed})"
    return f"{quoted} = {value_checks.scalar_sql(value, plan.database)}"


def values_of(table: Table, where: Where) -> dict[str, ProbeValue]:
    """Gives the values that a row in the condition has, the first of alternatives."""
    return next(iter(rows_of(table, where)))


def rows_of(table: Table, where: Where) -> list[dict[str, ProbeValue]]:
    """Gives the values of a row in the condition for each alternative."""
    found = [
        (column, value if isinstance(value, tuple) else (value,))
        for name, value in where.items()
        for column in resolved(table, name)
    ]
    longest = max((len(values) for _, values in found), default=1)
    return [
        {column: values[min(number, len(values) - 1)] for column, values in found}
        for number in range(longest)
    ]


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
            taken = value if isinstance(value, tuple) else (value,)
            others = [item for choice in table.choices if choice.name == found.enum
                      for item in choice.values if item not in taken]  # fmt: skip
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
