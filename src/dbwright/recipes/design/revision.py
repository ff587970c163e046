"""The first revision of a design, and the files that Alembic needs where it is not used yet."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator

from dbwright.core.abilities import ABILITIES
from dbwright.core.identifiers import string_literal
from dbwright.recipes.design import layout, names, write_table
from dbwright.recipes.design.columns import member_name
from dbwright.recipes.design.layout import string
from dbwright.recipes.design.parts import Association, Column, ForeignKey, Index, Plan, Table
from dbwright.recipes.design.types import ANNOTATIONS

_PLAIN = {
    "int": "Integer()",
    "str": "Text()",
    "dt.date": "Date()",
    "dt.time": "Time()",
    "dt.timedelta": "Interval()",
    "bool": "Boolean()",
    "float": "Float()",
    "UUID": "Uuid()",
    "bytes": "LargeBinary()",
    **{python: sql for python, sql in ANNOTATIONS.items() if sql},
}
_PREFIXED = {
    name: f"{'postgresql' if 'postgresql' in home else 'sa'}.{name}"
    for name, home in layout.HOMES.items()
    if home.startswith("sqlalchemy") and "orm" not in home and "ext" not in home
} | {"Float": "sa.Float"}
_DATED = ("created_at", "updated_at")
_LIMIT = 63
ENV = '''"""Runs the revisions on the database that DATABASE_URL names.{without}"""

import os

from alembic import context
from sqlalchemy import create_engine

from {module} import Base

url = os.environ.get("DATABASE_URL", "{url}")
with create_engine(url).connect() as connection:
    context.configure(connection=connection, target_metadata=Base.metadata{batch})
    with context.begin_transaction():
        context.run_migrations()
'''
INI = """[alembic]
script_location = %(here)s/migrations
prepend_sys_path = .
path_separator = os
"""
MAKO = '''"""${message}

Revision ID: ${up_revision}
Revises: ${down_revision | comma,n}
"""

import sqlalchemy as sa
from alembic import op
${imports if imports else ""}

revision = ${repr(up_revision)}
down_revision = ${repr(down_revision)}
branch_labels = ${repr(branch_labels)}
depends_on = ${repr(depends_on)}


def upgrade() -> None:
    ${upgrades if upgrades else "pass"}


def downgrade() -> None:
    ${downgrades if downgrades else "pass"}
'''
NOWHERE = "set-DATABASE_URL.invalid"
"""No server has this name, now or later (RFC 6761): whoever forgets the variable reads it."""
URLS = {
    "postgresql": f"postgresql+psycopg://{NOWHERE}/",
    "sqlite": "sqlite:///app.db",
    "mysql": f"mysql+pymysql://{NOWHERE}/",
    "mariadb": f"mariadb+pymysql://{NOWHERE}/",
}
_WITHOUT = """

Without it no server is reached, whatever the machine's defaults are: set it, as in
DATABASE_URL={url} alembic upgrade head
"""


def project(plan: Plan, module: str) -> dict[str, str]:
    """Gives the files of a new Alembic project beside the models: path to text."""
    batch = ", render_as_batch=True" if plan.database == "sqlite" else ""
    url = URLS[plan.database]
    named = url.replace(f"{NOWHERE}/", "USER:PASSWORD@HOST/NAME")
    without = _WITHOUT.format(url=named) if named != url else ""
    env = ENV.format(module=module, url=url, batch=batch, without=without)
    return {
        "alembic.ini": INI,
        "migrations/env.py": env,
        "migrations/script.py.mako": MAKO,
        "migrations/versions/0001_first_tables.py": first(plan),
    }


def first(plan: Plan) -> str:
    """Gives the revision that makes all tables, from those that others refer to on."""
    tables, late = _in_order(plan)
    up = list(_extensions(plan))
    for table in tables:
        up += _table(plan, table, late)
    for pair in plan.associations:
        up += _pair(plan, pair)
    for table_name, key in late:
        up += _late(table_name, key)
    down = [
        line
        for name, key in late
        for line in _call(
            "op.drop_constraint",
            [string(_foreign_name(name, key)), string(name), 'type_="foreignkey"'],
        )
    ]
    gone = [pair.name for pair in reversed(plan.associations)]
    gone += [table.name for table in reversed(tables)]
    down += [f"op.drop_table({string(name)})" for name in gone]
    down += [f'op.execute("DROP EXTENSION IF EXISTS {name}")' for name in plan.extensions]
    body = "\n".join(["def upgrade() -> None:", *(f"    {line}" if line else "" for line in up)])
    body += "\n\n\n" + "\n".join(["def downgrade() -> None:", *(f"    {line}" for line in down)])
    dialect = "\nfrom sqlalchemy.dialects import postgresql" if "postgresql." in body else ""
    head = f'"""First tables.\n\nRevision ID: 0001\nRevises:\n"""\n\nimport sqlalchemy as sa\nfrom alembic import op{dialect}\n'  # noqa: E501
    marks = 'revision = "0001"\ndown_revision = None\nbranch_labels = None\ndepends_on = None\n'
    return f"{head}\n{marks}\n\n{body}\n"


def _call(function: str, arguments: list[str]) -> list[str]:
    """A call as it stands in a function, without the function's indent."""
    return [line[4:] for line in layout.call(function, arguments, "    ")]


def _extensions(plan: Plan) -> Iterator[str]:
    for name in plan.extensions:
        yield f'op.execute("CREATE EXTENSION IF NOT EXISTS {name}")'


def _in_order(plan: Plan) -> tuple[list[Table], list[tuple[str, ForeignKey]]]:
    """Tables behind those that they refer to; foreign keys of a circle come at the end."""
    left = {table.name: table for table in plan}
    done: list[Table] = []
    late: list[tuple[str, ForeignKey]] = []
    while left:
        made = {table.name for table in done}
        ready = [
            table
            for table in left.values()
            if all(key.table in made | {table.name} or (table.name, key) in late
                   for key in _keys(table))
        ]  # fmt: skip
        if not ready:
            table = min(left.values(), key=lambda item: len(_keys(item)))
            waits = [key for key in _keys(table) if key.table not in made | {table.name}]
            late += [(table.name, key) for key in waits]
            continue
        for table in ready:
            done.append(table)
            del left[table.name]
    return done, late


def _keys(table: Table) -> list[ForeignKey]:
    own = []
    for column in write_table.ordered(table):
        if column.references:
            there, _, key = column.references.rpartition(".")
            own.append(ForeignKey((column.name,), there, (key,), column.on_delete))
    return [*own, *table.keys]


def _table(plan: Plan, table: Table, late: list[tuple[str, ForeignKey]]) -> list[str]:
    code = [string(table.name)]
    columns = list(write_table.ordered(table))
    code += [_column(plan, table, column) for column in columns]
    if "Timestamped" in table.mixins:
        now = 'sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False'
        now = now if ABILITIES[plan.database].words else now.replace("now()", "CURRENT_TIMESTAMP")
        code += [f"sa.Column({string(name)}, {now})" for name in _DATED]
    code += [_foreign(table.name, key) for key in _keys(table) if (table.name, key) not in late]
    listed = ", ".join(string(c.name) for c in columns if c.primary)
    code.append(f"sa.PrimaryKeyConstraint({listed}, name={_name('pk', table.name)})")
    for unique in table.uniques:
        if not unique.is_index:
            inner = ", ".join(string(name) for name in unique.columns)
            name = _name("uq", table.name, *unique.columns)
            able = unique.deferrable and ABILITIES[plan.database].deferrable
            waits = ', deferrable=True, initially="DEFERRED"' if able else ""
            waits += ", postgresql_nulls_not_distinct=True" if unique.nulls_equal else ""
            code.append(f"sa.UniqueConstraint({inner}{waits}, name={name})")
    for choice in table.choices:
        column = next(c for c in columns if c.enum == choice.name)
        values = ", ".join(string_literal(value) for value in choice.values)
        sql = f"{names.quoted(column.name, plan.database)} IN ({values})"
        name = _name("ck", table.name, choice.name.lower())
        code.append(f"sa.CheckConstraint({write_table.sql_text(sql)}, name={name})")
    for check in table.checks:
        name = _name("ck", table.name, check.name)
        code.append(f"sa.CheckConstraint({write_table.sql_text(check.sql)}, name={name})")
    for exclude in table.excludes:
        made = (
            write_table.exclude_code(exclude)
            .replace("ExcludeConstraint", "postgresql.ExcludeConstraint")
            .replace("text(", "sa.text(")
        )
        code.append(made)
    if table.partition_by:
        code.append(f"postgresql_partition_by={string(write_table.partition_by(plan, table))}")
    lines = _call("op.create_table", code)
    for name, partition in plan.statements:
        if name == table.name:
            sql = write_table.partition(plan, name, partition)
            lines += _call("op.execute", [string(sql)])
    return [*lines, *_indexes(plan, table)]


def _column(plan: Plan, table: Table, column: Column) -> str:
    choice = next((item for item in table.choices if item.name == column.enum), None)
    if choice is not None:
        sql = f"sa.String({max(len(value) for value in choice.values)})"
    else:
        counted = "Integer()" if ABILITIES[plan.database].integer_keys else "BigInteger()"
        sql = counted if column.family == "identity" else column.sql
        sql = sql or ("BigInteger()" if column.references and column.python == "int" else "")
        sql = _prefixed(_called(sql or _PLAIN[column.python]))
    code = [string(column.name), sql]
    if column.family == "identity":
        code.append("sa.Identity()")
    default = column.arguments.get("server_default")
    if default:
        code.append(f"server_default={_default(table, column, default)}")
    code.append(f"nullable={column.nullable}")
    return f"sa.Column({', '.join(code)})"


def _called(sql: str) -> str:
    return sql if "(" in sql else f"{sql}()"


def _default(table: Table, column: Column, code: str) -> str:
    if column.enum:
        choice = next(item for item in table.choices if item.name == column.enum)
        member = code.split(".")[1]
        return string(next(v for v in choice.values if member_name(v) == member))
    return _prefixed(code)


def _prefixed(code: str) -> str:
    return layout.renamed(code, _PREFIXED)


def _foreign(table: str, key: ForeignKey) -> str:
    own = ", ".join(string(name) for name in key.columns)
    there = ", ".join(string(f"{key.table}.{name}") for name in key.referred)
    tail = 'deferrable=True, initially="DEFERRED"' if key.waits else f'ondelete="{key.on_delete}"'
    name = f"op.f({string(_foreign_name(table, key))})"
    return f"sa.ForeignKeyConstraint([{own}], [{there}], {tail}, name={name})"


def _foreign_name(table: str, key: ForeignKey) -> str:
    return shortened(f"fk_{table}_{'_'.join(key.columns)}_{key.table}")


def _late(table: str, key: ForeignKey) -> list[str]:
    own = f"[{', '.join(string(name) for name in key.columns)}]"
    there = f"[{', '.join(string(name) for name in key.referred)}]"
    tail = 'deferrable=True, initially="DEFERRED"' if key.waits else f'ondelete="{key.on_delete}"'
    name = f"op.f({string(_foreign_name(table, key))})"
    code = [name, string(table), string(key.table), own, there, tail]
    return _call("op.create_foreign_key", code)


def _name(kind: str, table: str, *parts: str) -> str:
    return f"op.f({string(shortened('_'.join([kind, table, *parts])))})"


def shortened(name: str) -> str:
    """Gives a name as SQLAlchemy shortens one that a naming convention made too long."""
    if len(name) <= _LIMIT:
        return name
    mark = hashlib.md5(name.encode(), usedforsecurity=False).hexdigest()[-4:]
    return f"{name[: _LIMIT - 8]}_{mark}"


def _indexes(plan: Plan, table: Table) -> list[str]:
    lines: list[str] = []
    for unique in table.uniques:
        if unique.is_index:
            lines += _index(plan, table.name, write_table.unique_code(plan, table, unique))
    for index in table.indexes:
        if index.only in ("", plan.database):
            lines += _index(plan, table.name, _named(plan, table.name, index))
    return lines


def _named(plan: Plan, table: str, index: Index) -> str:
    if len(index.columns) == 1 and index.is_plain and not index.name:
        return f"Index({string(shortened(f'ix_{table}_{index.columns[0]}'))}, {string(index.columns[0])})"  # noqa: E501
    return write_table.index_code(plan, table, index)


def _index(plan: Plan, table: str, code: str) -> list[str]:
    """`Index(name, keys…, options…)` as `op.create_index(name, table, [keys…], options…)`."""
    name, keys, options = write_table.index_parts(code)
    listed = [_prefixed(key) for key in keys]
    other = "postgresql_" if plan.database == "sqlite" else "sqlite_"
    told = [_prefixed(option) for option in options if not option.startswith(other)]
    return _call("op.create_index", [name, string(table), f"[{', '.join(listed)}]", *told])


def _pair(plan: Plan, pair: Association) -> list[str]:
    code = [string(pair.name)]
    own: list[ForeignKey] = []
    for column in pair.columns:
        sql = {"int": "BigInteger()", "UUID": "Uuid()"}.get(column.python, "Text()")
        code.append(f"sa.Column({string(column.name)}, sa.{sql}, nullable=False)")
        if column.references:
            there, _, key = column.references.rpartition(".")
            own.append(ForeignKey((column.name,), there, (key,), column.on_delete))
    code += [_foreign(pair.name, key) for key in (*own, *pair.keys)]
    listed = ", ".join(string(column.name) for column in pair.columns)
    code.append(f"sa.PrimaryKeyConstraint({listed}, name={_name('pk', pair.name)})")
    lines = _call("op.create_table", code)
    for index in pair.indexes:
        lines += _index(plan, pair.name, write_table.index_code(plan, pair.name, index))
    return lines
