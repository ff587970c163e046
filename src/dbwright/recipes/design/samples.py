"""Values of good rows, as Python: what the tests of a design write."""

from __future__ import annotations

import datetime as dt

from dbwright.core.claim import ProbeValue, Sql
from dbwright.recipes.design import layout, names
from dbwright.recipes.design.columns import member_name
from dbwright.recipes.design.parts import Column, Plan, Table


def chain(plan: Plan, table: Table) -> list[Table]:
    """Gives the table with those that its class derives from."""
    found = [table]
    while found[0].entity.kind_of:
        found.insert(0, plan.table(found[0].entity.kind_of))
    return found


def usual(plan: Plan, table: Table) -> dict[str, str]:
    """Gives code for the values of a good row, by attribute."""
    found: dict[str, str] = {}
    for each in chain(plan, table):
        kind = each.mapper.get("polymorphic_on")
        for column in each.columns:
            left = column.family in ("reference", "identity", "version") or column.name == kind
            set_by = {"default", "server_default"} & set(column.arguments)
            if not (left or column.nullable or set_by):
                found[column.key] = _good(each, column)
        for check in each.checks:
            for name, value in (check.accepts[0] if check.accepts else {}).items():
                part = each.column(name)
                several = len(check.accepts[0]) > 1
                if part is None or (part.nullable and value is None) or isinstance(value, Sql):
                    continue
                if several or (not _is_unique(each, part) and part.key in found):
                    found[part.key] = code(each, part, value)
    return found


def _is_unique(table: Table, column: Column) -> bool:
    return any(column.name in unique.columns for unique in table.uniques)


def _good(table: Table, column: Column) -> str:
    """Code for a value that the column takes, another one each time where it is unique."""
    attribute = next((a for a in table.entity.attributes
                      if names.snake(a.name) == column.name), None)  # fmt: skip
    choice = next((item for item in table.choices if item.name == column.enum), None)
    if choice is not None:
        return f"{choice.name}.{member_name(choice.values[0])}"
    if attribute is not None and attribute.type == "email" and not attribute.encrypted:
        return 'f"user{n}@example.com"'
    single = [c.accepts[0][column.name] for c in table.checks
              if c.accepts and set(c.accepts[0]) == {column.name}]  # fmt: skip
    if not _is_unique(table, column):
        return code(table, column, single[0] if single else _SAMPLES.get(column.family, "a"))
    if column.family in ("text",):
        width = len(str(single[0])) if single else 1
        return f'f"{{n:0{width}}}"'
    start = str(single[0]) if single else "0"
    varied = {
        "integer": f"{start} + n",
        "number": f"Decimal({start}) + n",
        "datetime": "dt.datetime(2026, 3, 1, 12, tzinfo=dt.timezone.utc) + dt.timedelta(days=n)",
        "date": "dt.date(2026, 3, 1) + dt.timedelta(days=n)",
        "bytes": 'n.to_bytes(32, "big")',
        "uuid": "uuid4()",
        "ip": 'f"192.0.2.{n}"',
    }
    return varied.get(column.family) or code(table, column, _SAMPLES.get(column.family, "a"))


def some(table: Table, column: Column) -> ProbeValue:
    """Gives a value that the column may take, as a case has it."""
    choice = next((item for item in table.choices if item.name == column.enum), None)
    return choice.values[0] if choice else _SAMPLES.get(column.family, "ann@example.com")


_SAMPLES: dict[str, ProbeValue] = {
    "datetime": "2026-03-01 12:00:00",
    "date": "2026-03-01",
    "time": "12:00:00",
    "integer": 1,
    "number": 1,
    "bool": True,
    "ip": "192.0.2.1",
}


def code(table: Table, column: Column, value: ProbeValue) -> str:
    """Gives a value as Python, of the column's type."""
    fixed = {"uuid": "uuid4()", "bytes": 'b"x" * 32', "json": "{}", "tags": "[]",
             "duration": "dt.timedelta(hours=1)"}  # fmt: skip
    if value is None:
        return "None"
    choice = next((item for item in table.choices if item.name == column.enum), None)
    if choice is not None and value in choice.values:
        return f"{choice.name}.{member_name(str(value))}"
    if column.family in fixed:
        return fixed[column.family]
    if column.family == "number" and isinstance(value, int | float):
        return f'Decimal("{value}")' if column.python == "Decimal" else repr(value)
    if isinstance(value, str) and column.family in ("datetime", "date", "time"):
        return _instant(column.family, value)
    if isinstance(value, str):
        return (
            layout.string(value) if len(value) < 40 else f"{layout.string(value[0])} * {len(value)}"
        )
    return repr(value)


def _instant(family: str, value: str) -> str:
    if family == "date":
        day = dt.date.fromisoformat(value)
        return f"dt.date({day.year}, {day.month}, {day.day})"
    if family == "time":
        hour = dt.time.fromisoformat(value)
        return f"dt.time({hour.hour}, {hour.minute})"
    at = dt.datetime.fromisoformat(value)
    parts = f"{at.year}, {at.month}, {at.day}, {at.hour}, {at.minute}"
    return f"dt.datetime({parts}, tzinfo=dt.timezone.utc)"
