"""Drift mended: the revision that brings the database to the models, or the model's line."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from dbwright.core import inherited
from dbwright.core.compare import Difference
from dbwright.core.describe import text_of
from dbwright.core.drift import Drift
from dbwright.core.errors import FixError
from dbwright.core.finding import Edit, Fix, Location, Severity
from dbwright.core.identifiers import string_literal
from dbwright.core.schema import (
    SERIAL_DEFAULT,
    Check,
    Exclude,
    ForeignKey,
    Index,
    Schema,
    Table,
    Trigger,
    Unique,
)
from dbwright.recipes import code, drift_sqlite, drift_views, index, model_source, revision
from dbwright.recipes import table as table_sql
from dbwright.recipes.model_draft import Draft

SEVERITIES: dict[str, Severity] = {
    "table": "error",
    "column": "error",
    "unique": "error",
    "foreign key": "error",
    "primary key": "error",
    "enum": "error",
    "view": "error",
    "materialized view": "error",
    "check": "warning",
    "index": "warning",
}
BY_BATCH = ("column", "unique", "foreign key", "check")
"""What SQLite's ALTER TABLE cannot change."""
PARTS = {
    "unique": "uniques",
    "foreign key": "foreign_keys",
    "check": "checks",
    "index": "indexes",
    "exclude": "excludes",
    "trigger": "triggers",
}


def location(drift: Drift, difference: Difference) -> Location:
    """Gives where the model declares the object, or its table."""
    table = drift.mapping.schema.table(difference.table or difference.name)
    column = difference.name if difference.object == "column" else None
    place = drift.mapping.place_of(table, column) if table else None
    return Location.at(place, name(difference))


def name(difference: Difference) -> str:
    """Gives the object as the reader names it: `orders.note`, `orders.ix_a`, `orders`."""
    if difference.table is None or difference.object in ("table", "view", "materialized view"):
        return difference.name
    return f"{difference.table}.{difference.name or difference.object}"


def migration_fix(drift: Drift, difference: Difference) -> Fix:
    """Gives the new revision that brings the database to the models."""
    bodies = _bodies(drift, difference)
    if bodies is None:
        return Fix("write the revision that is missing", f"# {difference}")
    body, back = bodies
    title = f"{difference.object} {name(difference)} as the models declare it"
    notes = revision.Notes(
        f"makes the {difference.object} {name(difference)} what the models declare.",
        "rows that are there may not satisfy it; it may wait for a lock.",
    )
    phase = revision.Phase(title, body, back, notes)
    edits = new_revision(drift, phase)
    return Fix("write the revision that is missing", body, edits=edits)


def _bodies(drift: Drift, difference: Difference) -> tuple[str, str] | None:
    """The code that brings the database to the models, and the code back."""
    plain = difference.object == "column" and difference.kind != "changed"
    if drift.target.dialect == "sqlite" and difference.object in BY_BATCH and not plain:
        return _batches(drift, difference)
    up, down = to_models(drift, difference)
    return (_executes(up), _executes(down)) if up else None


def _batches(drift: Drift, difference: Difference) -> tuple[str, str] | None:
    if difference.object == "column":
        wanted = drift_sqlite.column(difference, difference.before)
        present = drift_sqlite.column(difference, difference.after)
        return (wanted, present) if wanted and present else None
    table = difference.table or ""
    new = None if difference.kind == "added" else part_of(drift.models, difference)
    old = None if difference.kind == "removed" else part_of(drift.migrated, difference)
    if (new or old) is None or difference.aspect == "name":
        return None
    up_code = drift_sqlite.exchange(table, old, new)
    # what the upgrade made has a name by then
    made = replace(new, name=drift_sqlite.name_of(table, new)) if new else None
    down_code = drift_sqlite.exchange(table, made, old)
    return (up_code, down_code) if up_code and down_code else None


def to_models(drift: Drift, difference: Difference) -> tuple[list[str], list[str]]:
    """Gives SQL that brings the migrated schema to the models' one, and the SQL back."""
    if difference.kind == "changed":
        return _change(drift, difference)
    add = _add(drift.models if difference.kind == "removed" else drift.migrated, difference)
    drop = _drop(difference)
    return (add, drop) if difference.kind == "removed" else (drop, add)


def declaration(drift: Drift, difference: Difference) -> str | None:
    """Gives the element of `__table_args__` that declares a part of the database, if one can."""
    part = part_of(drift.migrated, difference)
    called = f', name="{difference.name}"' if difference.name else ""
    if isinstance(part, Unique):
        return f"UniqueConstraint({_quoted(part.columns)}{called})"
    if difference.object == "check":
        return f"CheckConstraint({part.expression!r}{called})"
    if isinstance(part, Index) and None not in part.columns and part.predicate is None:
        unique = ", unique=True" if part.unique else ""
        columns = tuple(column for column in part.columns if column)
        return f'Index("{part.name}", {_quoted(columns)}{unique})'
    return None


def model_fix(drift: Drift, difference: Difference) -> Fix:
    """Gives the line of the model that declares what the database has."""
    element = declaration(drift, difference)
    title = f"declare the {difference.object} in the model"
    where = location(drift, difference)
    source = drift.mapping.source(where.file) if where.file else None
    mappers = drift.mapping.mappers_of(difference.table or "")
    if element is None or source is None or not mappers:
        return Fix(title, element or f"# declare the {difference.object} {difference.after or ''}")
    text = model_source.add_table_argument(source.text, mappers[0].name, element)
    if text is None:
        return Fix(title, element)
    text = model_source.add_import(text, "sqlalchemy", element.partition("(")[0])
    code = f"__table_args__ = (\n    {element},\n)"
    return Fix(title, code, edits=(Edit(source.path, source.text, text),))


def default_fix(drift: Drift, difference: Difference) -> Fix | None:
    """Gives the model's keyword for a default that only the database has, None where none is."""
    table, where = drift.migrated.table(difference.table or ""), location(drift, difference)
    key = table.primary_key.columns if table and table.primary_key else ()
    draft = Draft(drift.mapping)
    if difference.after == SERIAL_DEFAULT:
        if difference.name not in key:  # SQLAlchemy makes a serial of key columns only
            return None
        draft, said = draft.keyword(where, "autoincrement", "True"), "autoincrement=True"
    else:
        value = f"text({code.literal(code.escaped_binds(difference.after or ''))})"
        draft, said = draft.keyword(where, "server_default", value), f"server_default={value}"
        draft = draft.imports(where, "sqlalchemy", "text")
    return draft.fix("declare the default that the database has", otherwise=said)


def new_revision(drift: Drift, phase: revision.Phase) -> tuple[Edit, ...]:
    """Gives the file of a revision behind the last one; none where there is no single last one."""
    head = drift.head
    if head is None or head.source is None or head.followers != ():
        return ()
    try:
        return (revision.behind(head, phase),)
    except FixError:
        return ()


def _executes(statements: list[str]) -> str:
    return "\n".join(map(code.execute, statements)) or "pass"


def _add(schema: Schema, difference: Difference) -> list[str]:
    plain = schema.dialect == "sqlite"
    if "view" in difference.object:
        found = schema.table(difference.name)
        return drift_views.created(found, schema.dialect) if found else []
    if difference.object == "table":
        found = schema.table(difference.name)
        return create_sql(found, plain=plain) if found else []
    if difference.object == "enum":
        enum = schema.enum(difference.name)
        labels = ", ".join(string_literal(value) for value in enum.values) if enum else ""
        return [f"CREATE TYPE {code.quoted(difference.name)} AS ENUM ({labels})"] if enum else []
    part = part_of(schema, difference)
    if part is None:
        return []
    owner = difference.table or ""
    if isinstance(part, Index):
        return [_index_sql(owner, part, plain=plain)]
    if isinstance(part, Trigger):
        return [part.definition]
    words = (
        f"COLUMN {table_sql.column(part)}" if difference.object == "column" else _constraint(part)
    )
    return [f"ALTER TABLE {code.quoted(owner)} ADD {words}"]


def _drop(difference: Difference) -> list[str]:
    name = code.quoted(difference.name) if difference.name else ""
    alter = f"ALTER TABLE {code.quoted(difference.table or '')} DROP"
    match difference.object:
        case "table" | "view" | "materialized view":
            return [f"DROP {difference.object.upper()} {name}"]
        case "enum":
            return [f"DROP TYPE {name}"]
        case "column":
            return [f"{alter} COLUMN {name}"]
        case "trigger":
            return [f"DROP TRIGGER {name} ON {code.quoted(difference.table or '')}"]
        case "index":
            schema, _, _ = (difference.table or "").rpartition(".")
            return [f"DROP INDEX {code.quoted(schema) + '.' if schema else ''}{name}"]
    return [f"{alter} CONSTRAINT {name}"] if name else []


def _change(drift: Drift, difference: Difference) -> tuple[list[str], list[str]]:
    if difference.aspect == "name":
        present, wanted = (
            code.quoted(name or "") for name in (difference.after, difference.before)
        )
        words = f"ALTER TABLE {code.quoted(difference.table or '')} RENAME CONSTRAINT {{}} TO {{}}"
        if difference.object == "index":
            words = "ALTER INDEX {} RENAME TO {}"
        return [words.format(present, wanted)], [words.format(wanted, present)]
    if difference.object == "table":
        return _of_table(drift, difference)
    if difference.object != "column":
        if difference.table is None:
            return [], []
        new = _drop(difference) + _add(drift.models, difference)
        return new, _drop(difference) + _add(drift.migrated, difference)
    before, after = difference.before, difference.after
    if difference.aspect in ("type", "collation"):
        return _retype(drift.models, difference), _retype(drift.migrated, difference)
    return alter_sql(difference, before), alter_sql(difference, after)


def _of_table(drift: Drift, difference: Difference) -> tuple[list[str], list[str]]:
    """What changes a table or view that is there; nothing where it would be made anew."""
    if difference.aspect == "definition":
        wanted, present = drift.models, drift.migrated
        return (
            drift_views.changed(difference.name, wanted, present, present),
            drift_views.changed(difference.name, present, wanted, present),
        )
    if difference.aspect != "row security":
        return [], []
    alter = f"ALTER TABLE {code.quoted(difference.name)} {{}} ROW LEVEL SECURITY"
    on, off = alter.format("ENABLE"), alter.format("DISABLE")
    return ([on], [off]) if difference.before == "on" else ([off], [on])


def _retype(schema: Schema, difference: Difference) -> list[str]:
    column = part_of(schema, difference)
    if column is None:
        return []
    alter = f"ALTER TABLE {code.quoted(difference.table or '')} ALTER COLUMN"
    collation = column.collation or ("default" if difference.aspect == "collation" else None)
    words = f" COLLATE {code.quoted(collation)}" if collation else ""
    return [f"{alter} {code.quoted(column.name)} TYPE {column.type}{words}"]


def alter_sql(difference: Difference, wanted: str | None, drops: str | None = None) -> list[str]:
    """Gives SQL that gives one aspect of a column its wanted value.

    The sequence of a default is left with its column, for other tables may draw from it (a
    detached partition), unless `drops` is that default.
    """
    owner, column = code.quoted(difference.table or ""), code.quoted(difference.name)
    alter = f"ALTER TABLE {owner} ALTER COLUMN {column} "
    if difference.aspect == "nullability":
        return [f"{alter}{'SET' if wanted == 'NOT NULL' else 'DROP'} NOT NULL"]
    if difference.aspect != "default":
        return []
    sequence = code.quoted(f"{difference.table}_{difference.name}_seq")
    if wanted == SERIAL_DEFAULT:
        return [
            f"CREATE SEQUENCE IF NOT EXISTS {sequence} OWNED BY {owner}.{column}",
            f"SELECT setval({string_literal(sequence)}, coalesce(max({column}), 0) + 1, false) "
            f"FROM {owner}",
            f"{alter}SET DEFAULT nextval({string_literal(sequence)})",
        ]
    changed = f"{alter}SET DEFAULT {wanted}" if wanted else f"{alter}DROP DEFAULT"
    unused = [f"DROP SEQUENCE IF EXISTS {sequence}"] if drops == SERIAL_DEFAULT else []
    return [changed, *unused]


def part_of(schema: Schema, difference: Difference) -> Any:
    """Gives the column, key, constraint, index or trigger that a difference is about, or None."""
    table = schema.table(difference.table or "")
    if table is None:
        return None
    if difference.object == "column":
        return table.column(difference.name)
    if difference.object == "primary key":
        return table.primary_key
    parts = getattr(table, PARTS.get(difference.object, ""), ())
    wanted = (difference.before, difference.after)
    named = [part for part in parts if (part.name or "") == difference.name != ""]
    return next(iter(named or [part for part in parts if text_of(part) in wanted]), None)


def create_sql(found: Table, *, plain: bool = False) -> list[str]:
    """Gives the SQL that creates a table, then that of its indexes; `plain` is SQLite's."""
    if found.kind == "partition":
        return _partition_sql(found)
    columns = found.columns
    if plain:  # an integer key counts by itself there
        columns = tuple(replace(column, identity=None) for column in columns)
    made, *_ = table_sql.created(replace(found, columns=columns, indexes=()))
    made_after = [_index_sql(found.key, each, plain=plain) for each in found.indexes]
    alter = f"ALTER TABLE {code.quoted(found.key)} ADD"
    made_after += [f"{alter} {table_sql.exclude(each)}" for each in found.excludes]
    return [made, *made_after, *(each.definition for each in found.triggers)]


def _partition_sql(found: Table) -> list[str]:
    """A partition, and what it has beside its table's: that comes by itself."""
    alter = f"ALTER TABLE {code.quoted(found.key)} ADD"
    keys = (found.primary_key,) if found.primary_key else ()
    parts = [(kind, each) for kind, name in PARTS.items() for each in getattr(found, name)]
    parts = [("primary key", key) for key in keys] + parts
    own = [(k, each) for k, each in parts if not inherited.inherited(found, k, each.name or "")]
    made = [f"CREATE TABLE {code.quoted(found.key)} {found.partition}"]
    for kind, each in own:
        if kind == "index":
            made.append(_index_sql(found.key, each, plain=False))
        else:
            made.append(each.definition if kind == "trigger" else f"{alter} {_constraint(each)}")
    return made


def _index_sql(owner: str, found: Index, *, plain: bool) -> str:
    if plain:
        return index.plain_sql(owner, found)
    return index.create_sql(owner, found, concurrently=False)


def _constraint(part: Any) -> str:
    """What stands after ADD for a constraint, whatever its kind."""
    match part:
        case Unique():
            return table_sql.unique(part)
        case Check():
            return table_sql.check(part, validated=part.validated)
        case ForeignKey():
            return table_sql.foreign_key(part, validated=part.validated)
        case Exclude():
            return table_sql.exclude(part)
    return table_sql.primary_key(part)


def _quoted(columns: tuple[str, ...]) -> str:
    return ", ".join(f'"{column}"' for column in columns)
