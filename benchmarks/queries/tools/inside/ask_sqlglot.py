"""Asks sqlglot's optimizer with the schema; runs in its environment."""

import json
import sys

import sqlglot
from sqlglot.optimizer import optimize
from sqlglot.optimizer.qualify import qualify
from sqlglot.schema import MappingSchema

asked = json.load(sys.stdin)
dialect = "postgres" if asked["dialect"] == "postgresql" else "sqlite"
columns = asked["catalog"].get("schema")
schema = MappingSchema(columns, dialect=dialect, normalize=False)


def parsed():
    return sqlglot.parse_one(asked["sql"], read=dialect)


def written(tree):
    """A tree's text, without the names that it gives to columns that have none."""
    for column in tree.selects:
        if column.alias.startswith("_col_"):
            column.replace(column.unalias())
    return tree.sql(dialect=dialect)


plain = written(qualify(parsed(), schema=schema, dialect=dialect))
better = written(optimize(parsed(), schema=schema, dialect=dialect))
print(json.dumps({"changed": plain != better, "sql": better}))
