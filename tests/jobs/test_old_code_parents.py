"""Old code is filled with values where a table can have no row, and goes on with the rest."""

from __future__ import annotations

import psycopg

from dbwright.dialects.postgresql import catalog
from dbwright.verify.old_code import usable

from .test_tune import in_use

MADE = """
    create table customers (id int primary key);
    create table orders (id int primary key, customer int not null references customers);
"""


def statement(table: str, columns: tuple[str, ...]) -> dict[str, object]:
    """Gives an INSERT as the models' own code has it."""
    places = ", ".join(f"%({name})s" for name in columns)
    parameters = [{"name": name, "table": table, "column": name} for name in columns]
    sql = f"insert into {table} ({', '.join(columns)}) values ({places})"
    return {"mapper": table, "action": "INSERT", "sql": sql, "parameters": parameters}


def test_an_insert_whose_parent_is_nowhere_is_left_out() -> None:
    """No customer is there for the order; the customer is tried all the same."""
    with in_use(None, MADE) as source, psycopg.connect(source.url) as connection:
        schema = catalog.read_schema(connection)
        statements = [statement("orders", ("id", "customer")), statement("customers", ("id",))]
        tried = usable(connection, schema, statements)
    assert [each.mapper for each in tried] == ["customers"]
