"""A twin read from a database in use, and its file."""

from __future__ import annotations

import datetime
import json
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import psycopg

from dbwright.collect.database import UserDatabase, opened
from dbwright.collect.twin_check import check
from dbwright.core.codec import from_json, to_json
from dbwright.core.errors import CollectError, UsageError
from dbwright.core.statistics import ColumnStatistics, RelationSize, Statistics
from dbwright.core.twin import FORMAT, Twin, TwinSource
from dbwright.dialects.postgresql import (
    existing_indexes,
    twin_btree,
    twin_ends,
    twin_load,
    twin_roles,
    twin_schema,
    twin_settings,
    twin_statistics,
    twin_workload,
)
from dbwright.dialects.postgresql.question import ask

_SOURCE = """
    select current_database() as database, current_user as role,
           pg_encoding_to_char(d.encoding) as encoding, d.datcollate as collate,
           d.datctype as ctype, {provider} as provider, {locale} as locale
    from pg_database d where d.datname = current_database()
"""
_ROLE = "select 1 from pg_roles where rolname = %(role)s"
_KIND = "dbwright twin"


def export_twin(url: str, role: str | None = None) -> Twin:
    """Gives the twin of the PostgreSQL database that a URL names; it is only read.

    `role` is the one whose plans it makes, which matters where tables have row security. Raises
    UsageError for another kind of database, CollectError where it cannot be read.
    """
    with opened(url) as database:
        if database.dialect == "sqlite":
            raise UsageError(
                "SQLite's planner names no cost, and without rows nobody knows what an index that "
                "is not there would gain or take: its file has no twin",
                way_out="Tune the file itself, which is only read and of which a part may do: "
                "dbwright queries tune --db sqlite:///FILE --workload FILE --copy MB",
            )
        if database.dialect != "postgresql":
            raise UsageError(
                f"a twin is made of PostgreSQL, and --db names {database.words}",
                way_out="Give the URL of a PostgreSQL database: postgresql://USER@HOST/NAME",
            )
        twin: Twin = database.ask(lambda connection: _read(connection, database, role))
        return twin


def _read(connection: psycopg.Connection[Any], database: UserDatabase, role: str | None) -> Twin:
    if role and not ask(connection, _ROLE, role=role):
        raise UsageError(
            f"there is no role {role} in {database.shown}",
            way_out="Name the role that the application connects as, or leave --role away.",
        )
    secured = twin_roles.read(connection, role)
    objects, left_out = twin_schema.read(connection, secured.tables)
    indexes = existing_indexes.read(connection)
    statistics = twin_statistics.read(connection)
    settings = twin_settings.read(connection)
    workload, unread = twin_workload.read(connection)
    measured = twin_btree.planned_heights(connection)
    ends = twin_ends.seen_ends(connection)
    widths = _widths(statistics.columns)
    relations = tuple(
        replace(
            each,
            height=_height(each, measured, widths),
            ends=ends.get((each.schema, each.name)),
        )
        for each in statistics.relations
    )
    return Twin(
        _source(connection, database, secured),
        objects,
        indexes,
        replace(statistics, relations=relations),
        settings,
        workload,
        (
            *database.left_out,
            *left_out,
            *secured.told,
            *_hidden(connection, statistics),
            *unread,
        ),
    )


_READABLE = """
    select count(*) filter (where not has_table_privilege(c.oid, 'select')) as closed,
           count(*) filter (where has_table_privilege(c.oid, 'select')
                            and c.relrowsecurity and row_security_active(c.oid)) as secured
    from pg_class c join pg_namespace n on n.oid = c.relnamespace
    where c.relkind in ('r', 'p', 'm') and n.nspname not in ('pg_catalog', 'information_schema')
"""


_EXPRESSIONS = """
    select count(*) as closed from pg_index i join pg_class c on c.oid = i.indrelid
    join pg_namespace n on n.oid = c.relnamespace
    where i.indexprs is not null and not has_table_privilege(i.indexrelid, 'select')
      and n.nspname not in ('pg_catalog', 'information_schema', 'pg_toast')
"""


def _hidden(connection: psycopg.Connection[Any], statistics: Statistics) -> Iterator[str]:
    """Gives a sentence for each kind of statistics that the role may not read or are not there."""
    row = ask(connection, _READABLE)[0]
    if row.closed:
        yield f"statistics of {_tables(row.closed)} that the role may not read: grant it SELECT"
    if row.secured:
        yield (
            f"statistics of {_tables(row.secured)} with row security: read as the tables' owner, "
            "or as a role with BYPASSRLS"
        )
    if expressions := ask(connection, _EXPRESSIONS)[0].closed:
        words = f"{expressions:,} index{'es' if expressions != 1 else ''} over expressions"
        yield f"statistics of {words}: PostgreSQL shows them to the owner of the table only"
    if ask(connection, "select pg_is_in_recovery() as standby")[0].standby:
        yield (
            "the primary's counts of reads and writes: a standby counts its own reads only, so do "
            "not drop an index on its word; export from the primary for that"
        )
    major = connection.info.server_version // 10000
    never = [
        each.name
        for each in statistics.relations
        if each.kind in "rm" and each.pages and twin_load.is_uncounted(each, major)
    ]
    if never:
        shown = ", ".join(never[:3]) + (" …" if len(never) > 3 else "")
        yield f"statistics of {_tables(len(never))} never analyzed: ANALYZE ({shown})"


def _tables(count: int) -> str:
    return f"{count:,} table{'s' if count != 1 else ''}"


def redacted(twin: Twin) -> Twin:
    """Gives the twin without a value of a row: no common values, no histograms.

    What stays are numbers: how many values are distinct, missing, how wide and how sorted.
    """
    known = twin.statistics
    columns = tuple(_without_values(each) for each in known.columns)
    extended = tuple(
        replace(
            each, common=None, expressions=tuple(_without_values(one) for one in each.expressions)
        )
        for each in known.extended
    )
    relations = tuple(replace(each, ends=None) for each in known.relations)
    statistics = replace(known, relations=relations, columns=columns, extended=extended)
    return replace(twin, statistics=statistics, redacted=True)


def _without_values(each: ColumnStatistics) -> ColumnStatistics:
    return replace(
        each,
        common_values=None,
        common_frequencies=None,
        histogram=None,
        elements=None,
        element_frequencies=None,
        element_counts=None,
        range_lengths=None,
        range_empty=None,
        range_bounds=None,
    )


def _source(
    connection: psycopg.Connection[Any], database: UserDatabase, secured: twin_roles.Secured
) -> TwinSource:
    version = connection.info.server_version // 10000
    provider = "d.datlocprovider" if version >= 15 else "'c'"
    locale = "d.datlocale" if version >= 17 else "d.daticulocale" if version >= 15 else "null"
    row = ask(connection, _SOURCE.format(provider=provider, locale=locale))[0]
    now = datetime.datetime.now(datetime.UTC).isoformat(timespec="seconds")
    return TwinSource(
        database.words,
        version,
        row.database,
        row.role,
        now,
        row.encoding,
        row.provider,
        row.collate,
        row.ctype,
        row.locale,
        secured.role,
        secured.member_of,
    )


def _widths(columns: Sequence[ColumnStatistics]) -> dict[tuple[str, str], int]:
    """Gives the bytes of the narrowest column of each table, for want of the index's own."""
    found: dict[tuple[str, str], int] = {}
    for each in columns:
        key = (each.schema, each.relation)
        found[key] = min(found.get(key, each.width), each.width)
    return found


def _height(
    each: RelationSize,
    measured: dict[tuple[str, str], int],
    widths: dict[tuple[str, str], int],
) -> int | None:
    if each.method != "btree":
        return None
    known = measured.get((each.schema, each.name))
    if known is not None:
        return known
    return twin_btree.predicted_height(each.pages, widths.get((each.schema, each.table or ""), 8))


def text(twin: Twin) -> str:
    """Gives what a twin's file holds: JSON, in the order in which it is read."""
    data = {"kind": _KIND, "format": FORMAT, **to_json(twin)}
    return json.dumps(data, indent=1, ensure_ascii=False) + "\n"


def read_twin(path: Path) -> Twin:
    """Gives the twin of a file; CollectError for one that is damaged or of a newer dbwright."""
    try:
        data = json.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise CollectError(
            f"cannot read the twin {path}: {error.strerror}",
            way_out="Name the file that `dbwright twin export` wrote.",
        ) from error
    except (ValueError, RecursionError) as error:
        raise _damaged(path, str(error)) from error
    if not isinstance(data, dict) or data.get("kind") != _KIND:
        raise _damaged(path, "it is no twin's file")
    if type(data.get("format")) is not int or not 0 < data["format"] <= FORMAT:
        raise CollectError(
            f"the twin {path} is of format {data.get('format')}, and this dbwright reads {FORMAT}",
            way_out="Update dbwright, or export the twin again with this one.",
        )
    try:
        twin = from_json(Twin, data)
        check(twin)
        return twin
    except (AttributeError, KeyError, TypeError, ValueError) as error:
        raise _damaged(path, str(error)) from error


def _damaged(path: Path, why: str) -> CollectError:
    return CollectError(
        f"the twin {path} is damaged: {why}",
        way_out="Export it again: dbwright twin export --db URL -o FILE.",
    )
