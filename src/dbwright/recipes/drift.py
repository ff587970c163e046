"""Drift mended: the Alembic operation, or the model's line, that makes both sides agree."""

from __future__ import annotations

from dbwright.core.compare import Difference
from dbwright.core.drift import Drift
from dbwright.core.finding import Location, Severity

SEVERITIES: dict[str, Severity] = {
    "table": "error",
    "column": "error",
    "unique": "error",
    "foreign key": "error",
    "primary key": "error",
    "enum": "error",
    "check": "warning",
    "index": "warning",
}
NOUNS = {"unique": "UNIQUE", "check": "CHECK", "foreign key": "foreign key"}


def location(drift: Drift, difference: Difference) -> Location:
    """Gives where the model declares the object, or its table."""
    key = difference.table or difference.name
    table = drift.mapping.schema.table(key)
    column = difference.name if difference.object == "column" else None
    place = drift.mapping.place_of(table, column) if table else None
    return Location.at(place, name(difference))


def name(difference: Difference) -> str:
    """Gives the object as the reader names it: `orders.note`, `ix_a of orders`, `orders`."""
    if difference.object == "table" or difference.table is None:
        return difference.name
    if difference.object == "column":
        return f"{difference.table}.{difference.name}"
    return f"{difference.table}.{difference.name or difference.object}"


def operation(difference: Difference, to_models: bool) -> str:
    """Gives the Alembic operation that brings the database to the models, or the other way."""
    adds = (difference.kind == "removed") == to_models
    table, called = difference.table or difference.name, difference.name
    if difference.kind == "changed":
        return _change(difference, table)
    made = {
        "table": (f'op.create_table("{called}", …)', f'op.drop_table("{called}")'),
        "column": (
            f'op.add_column("{table}", sa.Column("{called}", …))',
            f'op.drop_column("{table}", "{called}")',
        ),
        "index": (
            "with op.get_context().autocommit_block():\n"
            f'    op.create_index("{called}", "{table}", […], postgresql_concurrently=True)',
            "with op.get_context().autocommit_block():\n"
            f'    op.drop_index("{called}", "{table}", postgresql_concurrently=True)',
        ),
    }
    default = (
        f'op.execute("alter table {table} add constraint {called} {_definition(difference)}")',
        f'op.drop_constraint("{called}", "{table}")',
    )
    first, second = made.get(difference.object, default)
    return first if adds else second


def _definition(difference: Difference) -> str:
    return (difference.before or difference.after or "…").replace('"', '\\"')


def _change(difference: Difference, table: str) -> str:
    if difference.object != "column":
        return f"# drop {difference.name} of {table} and create it as: {difference.before}"
    aspect = difference.aspect or "type"
    keyword = {"default": "server_default", "type": "type_"}.get(aspect, "nullable")
    if keyword == "nullable":
        value = "False" if "not null" in str(difference.before).lower() else "True"
    elif keyword == "server_default":
        value = f'sa.text("{difference.before}")' if difference.before else "None"
    else:
        value = f"…  # {difference.before}"
    return f'op.alter_column("{table}", "{difference.name}", {keyword}={value})'
