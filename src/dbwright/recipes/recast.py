"""Columns that get another type under their own name, all of a group at one moment (PostgreSQL).

A second column stands beside each one, filled by a trigger and in batches, with its indexes built
concurrently; then names, keys and defaults are swapped in one short transaction. Foreign keys
between columns of the group are made anew NOT VALID at that moment and validated right after it.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from dbwright.core.schema import SERIAL_DEFAULT, ForeignKey, Table
from dbwright.recipes import change, code, index, not_null, recast_keys, validate
from dbwright.recipes import table as tables
from dbwright.recipes.recast_group import Group, Recast, alter
from dbwright.recipes.revision import Notes, Phase

EXPAND = Notes(
    does="adds a column of the new type beside the old one, and a trigger that fills it.",
    risk="a lock on the table for a moment; lock_timeout ends the wait, then run it again. Each "
    "write computes the new value, which costs some microseconds.",
    downtime="none; reads and writes wait for a moment.",
    order="the running code goes on, and knows nothing of the new column.",
    test="write a row: the new column has its value.",
)
SWAP = Notes(
    does="gives the new columns the old ones' names, keys and defaults; the old ones wait under "
    "`…_retired`.",
    risk="a lock on each table for a moment; lock_timeout ends the wait, then run it again.",
    downtime="none; reads and writes wait for a moment.",
    order="when the revisions before it have run, and no running code writes what the new type "
    "cannot hold.",
    backup="none needed: the old columns keep their values until they are dropped.",
    test="compare both columns row by row before the old ones are dropped.",
)
DROP = Notes(
    does="drops the old columns.",
    risk="their values are gone; the downgrade computes them from the new ones.",
    downtime="none; reads and writes wait for a moment.",
    order="in a later release, when nobody has missed them.",
    backup="pg_dump -t of the tables, where the new type holds less than the old one.",
    test="compare both columns row by row before this revision runs.",
)


def phases(group: Group, title: str) -> tuple[Phase, ...]:
    """Gives the revisions; the one called `title` swaps."""
    found = [_expand(item, group, not number) for number, item in enumerate(group.items)]
    for item in group.items:
        found.append(_fill(item))
        found += _indexes(item, group)
        if not item.column.nullable:
            found += not_null.phases(item.table.key, item.new)
    found.append(_swap(group, title))
    found += [_validated(table, key) for table, key in group.inner_keys()]
    return (*found, _drop(group))


def _expand(item: Recast, group: Group, first: bool) -> Phase:
    table = item.table.key
    head = f"ALTER TABLE {code.quoted(table)}"
    return Phase(
        f"Add {item.new} to {table}",
        change.executed(
            *(group.before if first else ()),
            f"{head} ADD COLUMN {code.quoted(item.new)} {item.type}",
            *_trigger(item),
        ),
        change.executed(
            *change.detached(_name(item), table),
            f"{head} DROP COLUMN {code.quoted(item.new)}",
            *(group.before_back if first else ()),
        ),
        EXPAND,
    )


def _name(item: Recast) -> str:
    return code.name_for(item.table.key, item.name, "recast")


def _trigger(item: Recast) -> tuple[str, str]:
    new = f"NEW.{code.quoted(item.new)}"
    value = item.forward(f"NEW.{code.quoted(item.name)}")
    body = f"{new} := coalesce({new}, {item.own});" if item.own else f"{new} := {value};"
    name = _name(item)
    return (
        change.function(name, body),
        change.attached(name, item.table.key, "BEFORE INSERT OR UPDATE"),
    )


def _fill(item: Recast) -> Phase:
    name, new = code.quoted(item.name), code.quoted(item.new)
    value = item.own or item.forward(f"{code.quoted(item.table.key)}.{name}")
    return change.filled(
        item.table,
        f"{new} = {value}",
        f"{new} IS NULL AND {name} IS NOT NULL",
    )


def _indexes(item: Recast, group: Group) -> Iterator[Phase]:
    """The revisions that build what stands on the column again, on the second one."""
    for built in recast_keys.built(item, group):
        yield Phase(
            f"Build {built.name} on {item.table.key}",
            code.autocommit(index.create_call(item.table.key, built)),
            code.autocommit(
                index.drop_call(recast_keys.own_key(item.table, built.name), item.table.key)
            ),
            index.BUILD_NOTES,
        )


def _swap(group: Group, title: str) -> Phase:
    keys = list(group.inner_keys())
    unbound = [alter(t, f"DROP CONSTRAINT {code.quoted(key.name or '')}") for t, key in keys]
    up, down = [*unbound], [*unbound]
    for table in group.keyed():
        name = table.primary_key.name if table.primary_key else ""
        up.append(alter(table, f"DROP CONSTRAINT {code.quoted(name or '')}"))
    for item in group.items:
        up += _exchanged(item)
    for table in group.tables():
        up += recast_keys.taken_over(table, group)
        down += recast_keys.given_back(table, group)
    for item in group.items:
        down += _brought_back(item)
    up += group.swapped
    down += group.back
    for item in group.items:
        up += _default(item, item.default or item.column.default)
        down += [*_refilled(item), *_trigger(item)]
    for table in group.keyed():
        if key := table.primary_key:
            named = f"{code.quoted(key.name or '')} PRIMARY KEY ({code.listed(key.columns)})"
            down.append(alter(table, f"ADD CONSTRAINT {named}"))
    up += [alter(t, f"ADD {tables.foreign_key(key, validated=False)}") for t, key in keys]
    down += [alter(t, f"ADD {tables.foreign_key(key)}") for t, key in keys]
    rebuilt = [code.autocommit(call) for call in recast_keys.rebuilt(group)]
    return Phase(title, change.executed(*up), code.lines(change.executed(*down), *rebuilt), SWAP)


def _exchanged(item: Recast) -> list[str]:
    name = code.quoted(item.name)
    found = [*change.detached(_name(item), item.table.key)]
    if not item.own:
        found += _without_default(item)
    if not item.column.nullable and not item.own:
        found.append(alter(item.table, f"ALTER COLUMN {name} DROP NOT NULL"))
    found.append(alter(item.table, f"RENAME COLUMN {name} TO {code.quoted(item.old)}"))
    found.append(alter(item.table, f"RENAME COLUMN {code.quoted(item.new)} TO {name}"))
    return found


def _without_default(item: Recast) -> list[str]:
    name = code.quoted(item.name)
    if item.column.identity and not item.own:
        return [alter(item.table, f"ALTER COLUMN {name} DROP IDENTITY")]
    if item.column.default or item.default:
        return [alter(item.table, f"ALTER COLUMN {name} DROP DEFAULT")]
    return []


def _brought_back(item: Recast) -> list[str]:
    name = code.quoted(item.name)
    return [
        *_without_default(item),
        alter(item.table, f"RENAME COLUMN {name} TO {code.quoted(item.new)}"),
        alter(item.table, f"RENAME COLUMN {code.quoted(item.old)} TO {name}"),
    ]


def _refilled(item: Recast) -> list[str]:
    """What a downgrade owes the rows written since the swap, and what the column requires."""
    if item.own:
        return []
    table, name, new = code.quoted(item.table.key), code.quoted(item.name), code.quoted(item.new)
    found = [
        item.refill
        or f"UPDATE {table} SET {name} = {item.backward(new)} "
        f"WHERE {new} IS DISTINCT FROM {item.forward(name)}"
    ]
    if not item.column.nullable:
        found.append(alter(item.table, f"ALTER COLUMN {name} SET NOT NULL"))
    return [*found, *_default(item, item.column.default)]


def _default(item: Recast, default: str | None) -> list[str]:
    """The statements that give the column that has the name now what the other one filled in."""
    name, table = code.quoted(item.name), code.quoted(item.table.key)
    if item.column.identity and not item.own:
        kind = item.column.identity.upper()
        return [
            alter(item.table, f"ALTER COLUMN {name} ADD GENERATED {kind} AS IDENTITY"),
            f"SELECT setval(pg_get_serial_sequence('{table}', '{item.name}'), "
            f"coalesce(max({name}), 0) + 1, false) FROM {table}",
        ]
    if default == SERIAL_DEFAULT:
        return [_serial(item)]
    if default:
        return [alter(item.table, f"ALTER COLUMN {name} SET DEFAULT {default}")]
    return []


def _serial(item: Recast) -> str:
    """Hands the sequence of a serial column over to the column that has its name now."""
    table, name = item.table.key, item.name
    return (
        "DO $$\nDECLARE\n    own text;\nBEGIN\n"
        "    SELECT d.objid::regclass::text INTO own\n"
        "    FROM pg_depend d JOIN pg_attribute a\n"
        "        ON a.attrelid = d.refobjid AND a.attnum = d.refobjsubid\n"
        f"    WHERE d.refobjid = '{code.quoted(table)}'::regclass AND d.deptype = 'a'\n"
        "        AND d.classid = 'pg_class'::regclass\n"
        f"        AND a.attname IN ('{name}', '{item.old}', '{item.new}');\n"
        f"    EXECUTE format('ALTER SEQUENCE %s AS %s OWNED BY {code.quoted(table)}."
        f"{code.quoted(name)}', own,\n"
        f"        (SELECT format_type(atttypid, NULL) FROM pg_attribute WHERE attname = '{name}'\n"
        f"            AND attrelid = '{code.quoted(table)}'::regclass));\n"
        f"    EXECUTE format('ALTER TABLE {code.quoted(table)} ALTER COLUMN {code.quoted(name)} "
        "SET DEFAULT nextval(%L)', own);\n"
        "END $$"
    )


def _validated(table: Table, key: ForeignKey) -> Phase:
    name = key.name or ""
    return validate.phase(
        table.key, name, f"ALTER TABLE {code.quoted(table.key)} ADD {tables.foreign_key(key)}"
    )


def _drop(group: Group) -> Phase:
    up, down, names = [], [], []
    for item in group.items:
        names.append(f"{item.name} of {item.table.key}")
        up.append(alter(item.table, f"DROP COLUMN {code.quoted(item.old)}"))
        down.append(alter(item.table, f"ADD COLUMN {_made_anew(item)}"))
    again: list[str] = []
    for table in group.tables():
        again += recast_keys.again(table, group)
    title = f"Drop the old {', '.join(names)}"
    return Phase(
        title if len(title) < 70 else f"Drop the {len(names)} old columns",
        change.executed(*up, *group.last),
        code.lines(change.executed(*group.last_back, *down), *again),
        DROP,
    )


def _made_anew(item: Recast) -> str:
    if item.own:
        return tables.column(replace(item.column, name=item.old))
    return f"{code.quoted(item.old)} {item.aside_type or item.column.type}"
