"""An index as code: SQL, a line of the model, a revision."""

from __future__ import annotations

from dbwright.core.candidate import Candidate, IndexKey
from dbwright.core.identifiers import spelled
from dbwright.core.query import Query
from dbwright.core.schema import Table
from dbwright.dialects.mysql import indexes as mysql_indexes
from dbwright.recipes import model_migrations

MYSQL = ("mysql", "mariadb")


def sql_of(query: Query, table: Table, made: Candidate) -> str:
    """Gives CREATE INDEX as the database takes it."""
    if query.target.dialect == "postgresql":
        return made.sql
    if query.target.dialect in MYSQL:
        return mysql_indexes.creation(made.name, table.name, made.keys)
    keys = ", ".join(each.sql for each in made.keys)
    where = f" WHERE {made.where}" if made.where and query.target.dialect == "sqlite" else ""
    schema = f"{spelled(table.schema)}." if table.schema else ""
    return f"CREATE INDEX {spelled(made.name)} ON {schema}{spelled(table.name)} ({keys}){where}"


def online(sql: str) -> str:
    """Gives CREATE INDEX that stops no writes."""
    return sql.replace("CREATE INDEX ", "CREATE INDEX CONCURRENTLY ", 1)


def declared(made: Candidate) -> str:
    """Gives the index as `__table_args__` has it."""
    keys = [
        quoted(each.expression.strip('"')) if _is_column_alone(each) else _text(each.sql)
        for each in made.keys
    ]
    parts = [f'"{made.name}"', *keys]
    if made.method != "btree":
        parts.append(f'postgresql_using="{made.method}"')
    if made.include:
        listed = ", ".join(quoted(name.strip('"')) for name in made.include)
        parts.append(f"postgresql_include=[{listed}]")
    if made.where:
        parts.append(f"postgresql_where={_text(made.where)}")
    return f"Index({', '.join(parts)})"


def _text(sql: str) -> str:
    return f"text({quoted(sql)})"


def quoted(text: str) -> str:
    """Gives a text as a string of Python."""
    return repr(text) if '"' in text or "\\" in text else f'"{text}"'


def migration(query: Query, table: Table, made: Candidate) -> str:
    """Gives what a revision has that makes the index."""
    plain_keys = all(_is_column_alone(each) for each in made.keys)
    if plain_keys and not made.where and not made.include and made.method == "btree":
        columns = [each.expression.strip('"') for each in made.keys]
        if query.target.dialect == "postgresql":
            return model_migrations.create_index(made.name, table.key, columns)
        if query.target.dialect in MYSQL:
            return f"op.create_index({made.name!r}, {table.name!r}, {columns!r})".replace("'", '"')
    sql = sql_of(query, table, made)
    if query.target.dialect != "postgresql":
        return f"op.execute({quoted(sql)})"
    start = sql.removesuffix(made.definition).rstrip()
    start = start if table.is_cut else online(f"{start} ").rstrip()
    lines = (start, made.definition) if start != sql else (sql,)
    text = "".join(f"\n        {line}" for line in lines)
    return f'with op.get_context().autocommit_block():\n    op.execute("""{text}\n    """)'


def _is_column_alone(each: IndexKey) -> bool:
    return each.is_column and not each.descending and not each.opclass
