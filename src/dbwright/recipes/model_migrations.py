"""Alembic code that takes a changed model to the database without stopping its users.

The forms are PostgreSQL's: indexes CONCURRENTLY in an autocommit block, constraints NOT VALID and
validated in a revision of their own. SQLite changes a table by copying it, in batch mode.
"""

from __future__ import annotations

from collections.abc import Sequence

from dbwright.core.mapping import Mapping

_COPIES = frozenset({"sqlite"})
_NEXT = "# in the next revision:\n"


def create_index(
    name: str, table: str, keys: Sequence[str], *, unique: bool = False, where: str = ""
) -> str:
    """Gives code that builds an index while writes go on; keys in brackets are expressions."""
    schema, bare = _split(table)
    listed = ", ".join(f'sa.text("{key}")' if "(" in key else f'"{key}"' for key in keys)
    extra = ", unique=True" if unique else ""
    extra += f', schema="{schema}"' if schema else ""
    if where:
        extra += f',\n                    postgresql_where=sa.text("{where}")'
        extra += f', sqlite_where=sa.text("{where}")'
    return (
        "with op.get_context().autocommit_block():\n"
        f'    op.create_index("{name}", "{bare}", [{listed}]{extra},\n'
        "                    postgresql_concurrently=True)"
    )


def drop_index(name: str, table: str) -> str:
    """Gives code that drops an index while writes go on."""
    schema, bare = _split(table)
    extra = f', schema="{schema}"' if schema else ""
    return (
        "with op.get_context().autocommit_block():\n"
        f'    op.drop_index("{name}", table_name="{bare}"{extra}, postgresql_concurrently=True)'
    )


def unique_from_index(mapping: Mapping, name: str, table: str, columns: Sequence[str]) -> str:
    """Gives code that adds a UNIQUE by an index that was built while writes went on."""
    _, bare = _split(table)
    if mapping.schema.dialect in _COPIES:
        return _batch(bare, f'batch.create_unique_constraint("{name}", {_listed(columns)})')
    build = create_index(name, table, columns, unique=True)
    return (
        f"{build}\n"
        f'op.execute("ALTER TABLE {table} ADD CONSTRAINT {name} UNIQUE USING INDEX {name}")'
    )


def primary_key(mapping: Mapping, name: str, table: str, columns: Sequence[str]) -> str:
    """Gives code that adds a primary key by an index that was built while writes went on."""
    _, bare = _split(table)
    listed = ", ".join(columns)
    double = " AND ".join(f"a.{column} = b.{column}" for column in columns)
    once = (
        "# each pair once:\n"
        f'op.execute("DELETE FROM {table} a USING {table} b WHERE a.ctid < b.ctid AND {double}")'
    )
    if mapping.schema.dialect in _COPIES:
        return _batch(bare, f'batch.create_primary_key("{name}", {_listed(columns)})')
    build = create_index(name, table, columns, unique=True)
    return (
        f"{once}\n{build}\n"
        f'op.execute("ALTER TABLE {table} ADD CONSTRAINT {name} PRIMARY KEY USING INDEX {name}")'
        f"  # ({listed})"
    )


def foreign_key(
    mapping: Mapping,
    name: str,
    table: str,
    columns: Sequence[str],
    referred: str,
    referred_columns: Sequence[str],
    *,
    on_delete: str | None = None,
    replaces: str | None = None,
) -> str:
    """Gives code that adds a foreign key NOT VALID and validates it later."""
    here, there = _listed(columns), _listed(referred_columns)
    schema, bare = _split(table)
    their_schema, their = _split(referred)
    extra = f', ondelete="{on_delete}"' if on_delete else ""
    if mapping.schema.dialect in _COPIES:
        drop = f'batch.drop_constraint("{replaces}", type_="foreignkey")\n' if replaces else ""
        return _batch(
            bare, f'{drop}batch.create_foreign_key("{name}", "{their}", {here}, {there}{extra})'
        )
    extra += f', source_schema="{schema}"' if schema else ""
    extra += f', referent_schema="{their_schema}"' if their_schema else ""
    own = f', schema="{schema}"' if schema else ""
    drop = f'op.drop_constraint("{replaces}", "{bare}", type_="foreignkey"{own})\n'
    drop = drop if replaces else ""
    return (
        f"op.execute(\"SET LOCAL lock_timeout = '3s'\")\n{drop}"
        f'op.create_foreign_key("{name}", "{bare}", "{their}", {here}, {there}{extra},\n'
        "                      postgresql_not_valid=True)\n"
        f'{_NEXT}op.execute("ALTER TABLE {table} VALIDATE CONSTRAINT {name}")'
    )


def check(mapping: Mapping, name: str, table: str, condition: str) -> str:
    """Gives code that adds a CHECK NOT VALID and validates it later."""
    schema, bare = _split(table)
    quoted = condition.replace('"', '\\"')
    if mapping.schema.dialect in _COPIES:
        return _batch(bare, f'batch.create_check_constraint("{name}", "{quoted}")')
    extra = f', schema="{schema}"' if schema else ""
    return (
        f'op.create_check_constraint("{name}", "{bare}", "{quoted}"{extra},\n'
        "                           postgresql_not_valid=True)\n"
        f'{_NEXT}op.execute("ALTER TABLE {table} VALIDATE CONSTRAINT {name}")'
    )


def not_null(mapping: Mapping, table: str, column: str, value: str | None) -> str:
    """Gives code that forbids NULL without reading the table under a lock."""
    schema, bare = _split(table)
    fill = f'op.execute("UPDATE {table} SET {column} = {value} WHERE {column} IS NULL")'
    if value is None:
        fill = f"# first give each row of {table} that lacks it a {column}"
    if mapping.schema.dialect in _COPIES:
        change = f'batch.alter_column("{column}", nullable=False)'
        return f"{fill}\n{_batch(bare, change)}"
    name = f"ck_{bare}_{column}_not_null"
    extra = f', schema="{schema}"' if schema else ""
    return (
        f"{fill}  # in batches when the table is large\n"
        f'op.create_check_constraint("{name}", "{bare}", "{column} IS NOT NULL"{extra},\n'
        "                           postgresql_not_valid=True)\n"
        f'{_NEXT}op.execute("ALTER TABLE {table} VALIDATE CONSTRAINT {name}")\n'
        f"# and after it, in a transaction of its own:\n"
        f'op.alter_column("{bare}", "{column}", nullable=False{extra})\n'
        f'op.drop_constraint("{name}", "{bare}"{extra})'
    )


def nullable(mapping: Mapping, table: str, column: str) -> str:
    """Gives code that admits NULL."""
    schema, bare = _split(table)
    if mapping.schema.dialect in _COPIES:
        return _batch(bare, f'batch.alter_column("{column}", nullable=True)')
    extra = f', schema="{schema}"' if schema else ""
    return f'op.alter_column("{bare}", "{column}", nullable=True{extra})'


def change_type(mapping: Mapping, table: str, column: str, new: str, using: str) -> str:
    """Gives code that changes a type by a second column, so that no write waits for a rewrite.

    `new` is Python (`sa.Numeric(12, 2)`), `using` SQL that makes the new value of the old column.
    """
    schema, bare = _split(table)
    if mapping.schema.dialect in _COPIES:
        return _batch(bare, f'batch.alter_column("{column}", type_={new})')
    extra = f', schema="{schema}"' if schema else ""
    return (
        f'op.add_column("{bare}", sa.Column("{column}_new", {new}){extra})\n'
        f"# let the application write both columns, then fill the old rows in batches:\n"
        f'op.execute("UPDATE {table} SET {column}_new = {using} WHERE {column}_new IS NULL")\n'
        f"# when every reader uses {column}_new, in a last revision:\n"
        f'op.drop_column("{bare}", "{column}"{extra})\n'
        f'op.alter_column("{bare}", "{column}_new", new_column_name="{column}"{extra})'
    )


def identity(table: str, column: str, *, always: bool) -> str:
    """Gives code that makes a serial an identity, which goes on where the table stands.

    The sequence is asked for by its column: a long name was cut, another one was given by hand.
    """
    kind = "ALWAYS" if always else "BY DEFAULT"
    schema, bare = _split(table)
    extra = f', schema="{schema}"' if schema else ""
    return (
        f'last = "SELECT coalesce(max({column}), 0) + 1 FROM {table}"\n'
        f"owned = \"SELECT pg_get_serial_sequence('{table}', '{column}')\"\n"
        f'op.execute("LOCK TABLE {table} IN ACCESS EXCLUSIVE MODE")\n'
        "sequence = op.get_bind().scalar(sa.text(owned))\n"
        f'op.alter_column("{bare}", "{column}", server_default=None{extra})\n'
        'op.execute(f"DROP SEQUENCE {sequence}")\n'
        f'op.execute("ALTER TABLE {table} ALTER COLUMN {column} "\n'
        f'           "ADD GENERATED {kind} AS IDENTITY")\n'
        'op.execute(f"SELECT setval(({owned}), ({last}), false)")'
    )


def _split(table: str) -> tuple[str, str]:
    schema, _, bare = table.rpartition(".")
    return schema, bare


def _listed(columns: Sequence[str]) -> str:
    return "[" + ", ".join(f'"{column}"' for column in columns) + "]"


def _batch(table: str, lines: str) -> str:
    body = "\n".join(f"    {line}" for line in lines.splitlines())
    return f'with op.batch_alter_table("{table}") as batch:\n{body}'
