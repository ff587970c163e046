"""An index on a partitioned table whose partitions are found where the revision runs (PostgreSQL).

A database in use has partitions that no revision makes: a job makes one each month. So the build
asks the server for them, however deep they stand. CREATE INDEX of the whole then takes over each
partition's index that is alike, and builds nothing.

https://www.postgresql.org/docs/current/sql-createindex.html
"""

from __future__ import annotations

import textwrap

from dbwright.core.identifiers import string_literal
from dbwright.core.schema import Index, qualified
from dbwright.recipes import code
from dbwright.recipes import index as recipe
from dbwright.recipes.autogenerate_context import Builds
from dbwright.recipes.revision import Notes, Phase

_LONGEST, _HASH, _WORDS = 63, 9, 30
_LEAVES = """
SELECT quote_ident(n.nspname) || '.' || quote_ident(c.relname),
       quote_ident(n.nspname) || '.' || quote_ident(i.name), quote_ident(i.name)
FROM pg_partition_tree({table}) p
JOIN pg_class c ON c.oid = p.relid
JOIN pg_namespace n ON n.oid = c.relnamespace
CROSS JOIN LATERAL (
    SELECT CASE WHEN octet_length(c.relname) <= {room} THEN c.relname
                ELSE left(c.relname, {cut}) || '_' || left(md5(c.relname), 8)
           END || {suffix} AS name
) i
WHERE p.isleaf AND c.relkind = 'r' ORDER BY 1
"""
PARTS_NOTES = Notes(
    does="builds the index on each partition that the database has, while reads and writes go on.",
    risk="a build that fails leaves an invalid index behind; it is dropped when this is run again.",
    order="in a revision of its own, run with a connection: the partitions are asked for.",
)
WHOLE_NOTES = Notes(
    does="makes the index of the whole, which takes over those of the partitions.",
    risk="a lock on the table for a moment, and for the build on a partition that was made since "
    "the revision before; lock_timeout ends the wait, then run it again.",
    order="after the builds on the partitions.",
    test="select indisvalid from pg_index of the index: it must be true.",
)


def phases(table: str, whole: Index, builds: Builds) -> tuple[Phase, Phase]:
    """Gives the revisions that build an index on every partition there is, and make the whole's."""
    schema = table.rpartition(".")[0]
    drop = code.execute(f"DROP INDEX {code.quoted(qualified(whole.name, schema or None))}")
    create = code.execute(recipe.create_sql(table, whole, concurrently=False))
    build = _each(table, whole, builds, build=True)
    return (
        Phase(
            f"Build {whole.name} on the partitions of {table}",
            build,
            _each(table, whole, builds, build=False),
            PARTS_NOTES,
        ),
        Phase(
            f"Make {whole.name} on {table}",
            code.lines(code.LOCK_TIMEOUT, create),
            code.lines(code.LOCK_TIMEOUT, drop, build),
            WHOLE_NOTES,
        ),
    )


def without_timeouts(builds: Builds, *work: str) -> str:
    """Gives code that nothing ends early: the timeouts that env.py or the role sets are lifted."""
    named = {"lock_timeout": builds.lock_timeout, "statement_timeout": builds.statement_timeout}
    back = {
        key: f"SET {key} = '{value}'" if value else f"RESET {key}" for key, value in named.items()
    }
    return code.lines(
        *(code.execute(f"SET {key} = 0") for key in named),
        *work,
        *(code.execute(sql) for sql in back.values()),
    )


def _each(table: str, whole: Index, builds: Builds, *, build: bool) -> str:
    """Gives the code that drops each partition's index and, where asked, builds it."""
    lines = ['op.execute(f"DROP INDEX CONCURRENTLY IF EXISTS {index}")']
    keys = ""
    if build:
        sql = recipe.create_sql(table, whole)
        start = f"CREATE INDEX CONCURRENTLY {code.quoted(whole.name)} ON {code.quoted(table)} "
        keys = f"keys = {code.escaped_binds(sql.removeprefix(start))!r}"
        lines.append('op.execute(f"CREATE INDEX CONCURRENTLY {name} ON {part} {keys}")')
    loop = code.lines(
        keys,
        f'parts = """{textwrap.indent(_leaves(table, whole), "    ")}"""',
        "for part, index, name in op.get_bind().exec_driver_sql(parts).all():",
        textwrap.indent("\n".join(lines), "    "),
    )
    return code.autocommit(without_timeouts(builds, loop))


def _leaves(table: str, whole: Index) -> str:
    words = "_".join(key.column or "expr" for key in whole.keys)
    suffix = f"_{words.encode()[:_WORDS].decode(errors='ignore')}_idx"
    room = _LONGEST - len(suffix.encode())
    return _LEAVES.format(
        table=string_literal(code.quoted(table)),
        room=room,
        cut=room - _HASH,
        suffix=string_literal(suffix),
    )
