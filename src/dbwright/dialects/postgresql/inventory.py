"""All of a PostgreSQL database in its own words: the schema, and each object as its statement."""

from __future__ import annotations

import graphlib
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import psycopg

from dbwright.core.identifiers import string_literal
from dbwright.core.inventory import EXCLUDED, EXTENDED, Ddl, Details, Inventory
from dbwright.core.schema import Schema
from dbwright.dialects.postgresql import catalog, inventory_links, inventory_queries, names
from dbwright.dialects.postgresql.inventory_types import type_objects
from dbwright.dialects.postgresql.question import Row, ask
from dbwright.dialects.postgresql.server import OWNER, install_stand_ins

_FIRED = {"D": "DISABLE", "R": "ENABLE REPLICA", "A": "ENABLE ALWAYS"}
_BIGGEST = {"smallint": 2**15 - 1, "integer": 2**31 - 1, "bigint": 2**63 - 1}
Objects = dict[int, Ddl]


def read(connection: psycopg.Connection[Any]) -> Inventory:
    """Gives what the connection's open transaction sees; nothing is committed."""
    schema = catalog.read_schema(connection)
    with catalog.steady_names(connection):
        version = connection.info.server_version // 10000
        sequences = ask(connection, inventory_queries.SEQUENCES)
        relations = ask(connection, inventory_queries.RELATIONS)
        found: Objects = {}
        found |= _sequences(sequences)
        types = ask(connection, inventory_queries.TYPES)
        found |= type_objects(types)
        found |= _functions(ask(connection, inventory_queries.FUNCTIONS))
        found |= _relations(relations)
        found |= _of_tables(connection)
        objects = [*_first(connection), *_in_order(found, _needs(connection), relations)]
        objects += _aspects(relations)
        objects += _owners(sequences, schema)
        objects += _column_options(connection, version)
        objects += _comments(connection)
        # what belongs to a table that is nobody's design (Alembic's own) is left out with it
        kept = [each for each in objects if each.table is None or schema.table(each.table)]
        bases = {(names.key(row.typname, row.nspname), ""): {"base": row.base} for row in types}
        details = {**_counters(sequences), **bases, **_excluded(connection)}
        details |= _extended(connection)
        return Inventory(schema, tuple(kept), details, _unread(connection))


def _first(connection: psycopg.Connection[Any]) -> Iterator[Ddl]:
    for row in ask(connection, inventory_queries.SCHEMAS):
        name = names.quoted(row.name)
        yield Ddl("schema", row.name, f"CREATE SCHEMA IF NOT EXISTS {name}", moment="before")
    for row in ask(connection, inventory_queries.EXTENSIONS):
        where = f" SCHEMA {names.quoted(row.schema)}" if names.own_schema(row.schema) else ""
        sql = f"CREATE EXTENSION IF NOT EXISTS {names.quoted(row.name)}{where}"
        yield Ddl("extension", row.name, sql, moment="before")


def _of_tables(connection: psycopg.Connection[Any]) -> Objects:
    found: Objects = {}
    for row in ask(connection, inventory_queries.INDEXES):
        sql = "" if row.inherited else row.sql
        if row.kind == "m":  # a view is made again by every create_all()
            sql = sql.replace("INDEX ", "INDEX IF NOT EXISTS ", 1)
        value = row.sql if row.valid else f"{row.sql} (invalid)"
        found[row.id] = Ddl("index", row.name, sql, row.k, moment="part", value=value)
    for row in ask(connection, inventory_queries.CONSTRAINTS):
        sql = "" if row.inherited else row.sql
        found[row.id] = Ddl("constraint", row.name, sql, row.k, moment="part", value=row.definition)
    for row in ask(connection, inventory_queries.TRIGGERS):
        sql = "" if row.inherited else row.sql
        if fired := _FIRED.get(row.enabled):
            name = names.quoted(row.name)
            sql += f";\nALTER TABLE {row.relation} {fired} TRIGGER {name}" if sql else ""
        found[row.id] = Ddl("trigger", row.name, sql, row.k, value=row.sql + (fired or ""))
    for kind, question in {
        "rule": inventory_queries.RULES,
        "policy": inventory_queries.POLICIES,
        "statistics": inventory_queries.STATISTICS,
    }.items():
        for row in ask(connection, question):
            found[row.id] = Ddl(kind, row.name, row.sql.rstrip(";"), row.k)
    return found


def _functions(rows: Sequence[Row]) -> Objects:
    found: Objects = {}
    for row in rows:
        if row.sql is None:
            continue
        name = f"{names.quoted(row.nspname)}.{names.quoted(row.proname)}({row.arguments})"
        word = "PROCEDURE" if row.kind == "p" else "FUNCTION"
        shown = names.key(f"{row.proname}({row.arguments})", row.nspname)
        found[row.id] = Ddl(
            "function", shown, row.sql.rstrip("\n"), None, f"DROP {word} IF EXISTS {name}"
        )
    return found


def _sequences(rows: Sequence[Row]) -> Objects:
    """Gives the sequences that stand for themselves; those of a column come with the column."""
    found: Objects = {}
    for row in rows:
        if row.ownership == "i" or (row.ownership == "a" and row.feeds_owner):
            continue
        words = " ".join(f"{name} {value}" for name, value in _counting(row).items())
        found[row.id] = Ddl("sequence", row.k, "", moment="part", value=f"{row.type} {words}")
    return found


def _counting(row: Row) -> dict[str, int | bool]:
    """Gives what of a sequence is not as CREATE SEQUENCE makes it unasked."""
    rising, biggest = row.increment > 0, _BIGGEST[row.type]
    usual = {
        "increment": 1,
        "minvalue": 1 if rising else -biggest - 1,
        "maxvalue": biggest if rising else -1,
        "cycle": False,
        "cache": 1,
    }
    found = {name: getattr(row, name) for name, value in usual.items()}
    start = row.minvalue if rising else row.maxvalue
    counting = {"start": row.start} if row.start != start else {}
    return counting | {name: value for name, value in found.items() if value != usual[name]}


def _counters(rows: Sequence[Row]) -> Details:
    """Gives how columns count that count themselves, and how the named sequences do."""
    found: dict[tuple[str, str], Mapping[str, Any]] = {}
    for row in rows:
        if row.ownership == "i" or (row.ownership == "a" and row.feeds_owner):
            kind = {"type": row.type} if row.ownership == "a" else {}
            found[row.owner, row.column] = {"sequence": row.k, **kind, **_counting(row)}
        else:
            found[row.k, ""] = {"type": row.type, **_counting(row)}
    return found


def _owners(rows: Sequence[Row], schema: Schema) -> Iterator[Ddl]:
    for row in rows:
        if row.ownership == "a" and not row.feeds_owner:
            sql = f"ALTER SEQUENCE {row.relation} OWNED BY {row.owned_by}"
            yield Ddl("sequence owner", row.k, sql, row.owner)
        elif row.ownership in ("a", "i"):
            # The sequence of a column has a name and a way to count, which its type does not say.
            words = " ".join(f"{name} {value}" for name, value in _counting(row).items())
            value = f"{row.k} {row.type} {words}"
            serial = row.ownership == "a"
            sql = f"ALTER SEQUENCE {row.relation} OWNED BY {row.owned_by}" if serial else ""
            # drop_all() drops the sequence itself, which must not have gone with its table
            drop = f"ALTER SEQUENCE IF EXISTS {row.relation} OWNED BY NONE" if serial else None
            yield Ddl("counter", row.column, sql, row.owner, drop, "part", value)


def _relations(rows: Sequence[Row]) -> Objects:
    """Gives views and partitions, which are made by statements of their own."""
    found: Objects = {}
    for row in rows:
        options = (
            f" WITH ({', '.join(_spelled(each) for each in row.options)})" if (row.options) else ""
        )
        if row.kind == "v":
            sql = f"CREATE OR REPLACE VIEW {row.relation}{options} AS\n{row.definition}"
            drop = f"DROP VIEW IF EXISTS {row.relation}"
            found[row.id] = Ddl("view", row.k, sql.rstrip(";"), None, drop)
        elif row.kind == "m":
            body = row.definition.rstrip(";")
            sql = f"CREATE MATERIALIZED VIEW IF NOT EXISTS {row.relation}{options} AS\n{body}"
            drop = f"DROP MATERIALIZED VIEW IF EXISTS {row.relation}"
            found[row.id] = Ddl("materialized view", row.k, sql, None, drop)
        elif row.partition:
            sql = f"CREATE TABLE {row.relation} PARTITION OF {row.parent} {row.bound}"
            sql += f" PARTITION BY {row.cut}" if row.cut else ""
            found[row.id] = Ddl("partition", row.k, sql + options, None)
    return found


def _aspects(rows: Sequence[Row]) -> Iterator[Ddl]:
    """Gives what a table is beside its columns: how it is stored, kept, secured, inherited."""
    for row in rows:
        table, alter = row.k, f"ALTER TABLE {row.relation}"
        if row.options and row.kind in ("r", "p"):
            shown = ", ".join(sorted(row.options))
            # Table(postgresql_with=…) came with SQLAlchemy 2.1 only
            sql = f"{alter} SET ({', '.join(_spelled(each) for each in row.options)})"
            yield Ddl("storage parameters", "", sql, table, value=shown)
        if row.persistence == "u":
            yield Ddl("unlogged", "", f"{alter} SET UNLOGGED", table, moment="part")
        if row.parents:
            yield Ddl("inherits", "", "", table, moment="part", value=", ".join(row.parents))
        if row.secured:
            yield Ddl("row security", "", f"{alter} ENABLE ROW LEVEL SECURITY", table)
        if row.forced:
            yield Ddl("forced row security", "", f"{alter} FORCE ROW LEVEL SECURITY", table)
        if row.identity in ("f", "n") and row.kind in ("r", "p"):
            word = "FULL" if row.identity == "f" else "NOTHING"
            yield Ddl("replica identity", "", f"{alter} REPLICA IDENTITY {word}", table)


def _spelled(option: str) -> str:
    name, _, value = option.partition("=")
    return f"{name}={string_literal(value)}"


def _column_options(connection: psycopg.Connection[Any], version: int) -> Iterator[Ddl]:
    compression = "a.attcompression" if version >= 14 else "''"
    question = inventory_queries.COLUMN_OPTIONS.format(compression=compression)
    for row in ask(connection, question):
        parts = []
        parts += [f"SET STATISTICS {row.statistics}"] if row.statistics is not None else []
        parts += [f"SET STORAGE {row.storage}"] if row.storage else []
        parts += [f"SET COMPRESSION {row.compression}"] if row.compression else []
        # What else stands there is the server's own.
        options = [each for each in row.options or () if each.startswith("n_distinct")]
        parts += [f"SET ({', '.join(map(_spelled, options))})"] if options else []
        if parts:
            column = names.quoted(row.name)
            changes = ", ".join(f"ALTER COLUMN {column} {part}" for part in parts)
            yield Ddl("column options", row.name, f"ALTER TABLE {row.relation} {changes}", row.k)


def _comments(connection: psycopg.Connection[Any]) -> Iterator[Ddl]:
    for row in ask(connection, inventory_links.COMMENTS):
        sql = f"COMMENT ON {row.kind} {row.what} IS {string_literal(row.description)}"
        declared = row.kind in ("TABLE", "COLUMN")
        table = row.k if row.kind != "SEQUENCE" else None
        name = f"{row.kind.lower()} {row.owner or row.what}"
        yield Ddl("comment", name, sql, table, moment="part" if declared else "after")
    for row in ask(connection, inventory_links.OTHER_COMMENTS):
        sql = f"COMMENT ON {row.kind} {row.what} IS {string_literal(row.description)}"
        yield Ddl("comment", f"{row.kind.lower()} {row.what}", sql)


def _needs(connection: psycopg.Connection[Any]) -> Mapping[int, set[int]]:
    found: defaultdict[int, set[int]] = defaultdict(set)
    for row in ask(connection, inventory_links.NEEDS):
        found[row.id].add(row.needs)
    return found


def _in_order(
    found: Objects, needs: Mapping[int, set[int]], relations: Sequence[Row]
) -> Iterator[Ddl]:
    """Gives the objects so that each stands behind those that it needs, and says when it is due."""
    tables = {row.id for row in relations}
    order = graphlib.TopologicalSorter(dict.fromkeys(sorted(found), ()))
    for each in sorted(found):
        order.add(each, *sorted(needs.get(each, set()) & found.keys() - {each}))
    try:
        sequence = list(order.static_order())
    except graphlib.CycleError:  # functions may call each other; what was made first comes first
        sequence = sorted(found)
    late = set(tables)
    for each in sequence:
        late |= {each} if needs.get(each, set()) & late else set()
        made = found[each]
        early = made.kind in ("function", "domain", "type") and each not in late
        yield Ddl(
            made.kind, made.name, made.sql, made.table, made.drop,
            "before" if early else made.moment, made.value,
        )  # fmt: skip


def _extended(connection: psycopg.Connection[Any]) -> Details:
    """Gives by which extensions an object is made, under its kind and its name or key."""
    found: defaultdict[tuple[str, str], list[str]] = defaultdict(list)
    for row in ask(connection, inventory_links.EXTENDED):
        found[f"{EXTENDED}{row.kind}", f"{row.name} of {row.k}" if row.name else row.k].append(
            row.extension
        )
    return {key: {"extensions": tuple(names)} for key, names in found.items()}


def _excluded(connection: psycopg.Connection[Any]) -> Details:
    """Gives what EXCLUDE constraints are made of; a key is a column, its SQL, and an operator."""
    found: dict[tuple[str, str], dict[str, Any]] = {}
    for row in ask(connection, inventory_queries.EXCLUDED):
        made = found.setdefault(
            (EXCLUDED, f"{row.name} of {row.k}"),
            {
                "keys": [],
                "method": row.method,
                "where": row.predicate,
                "deferrable": row.deferrable,
                "deferred": row.deferred,
            },
        )
        made["keys"].append((row.column, row.sql, row.operator))
    return found


def _unread(connection: psycopg.Connection[Any]) -> tuple[str, ...]:
    found = [f"{row.kind} {row.name}" for row in ask(connection, inventory_links.UNREAD)]
    granted = ask(connection, inventory_links.GRANTS)[0].number
    found += [f"privileges (GRANT) on {granted} tables, views or sequences"] if granted else []
    return tuple(found)


def prepare(scratch: Any, inventory: Inventory) -> tuple[str, ...]:
    """Installs the extensions in a scratch database, and gives those that its server lacks."""
    missing: list[str] = []
    with scratch.superuser() as admin:
        for each in inventory.of("schema"):
            admin.execute(each.sql.encode())
            give = f"ALTER SCHEMA {names.quoted(each.name)} OWNER TO {names.quoted(OWNER)}"
            admin.execute(give.encode())
        for each in inventory.of("extension"):
            try:
                admin.execute(f"{each.sql} CASCADE".encode())
            except psycopg.Error:
                found = install_stand_ins(admin, [each.name])
                missing += [*found.missing, *found.stand_ins]
    return tuple(missing)
