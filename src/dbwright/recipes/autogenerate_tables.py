"""Tables created and dropped by autogenerate."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from dbwright.core.compare import Difference
from dbwright.core.errors import FixError
from dbwright.core.schema import ForeignKey, Schema, Table
from dbwright.recipes import code, constraints, drift, index
from dbwright.recipes.autogenerate_change import (
    CONSTRAINT,
    DROP_TABLE,
    TABLE,
    Change,
    execute,
)
from dbwright.recipes.autogenerate_context import Context, changed_view
from dbwright.recipes.sqlalchemy_code import table_code

LOST = "pg_dump -t {} before: the downgrade makes the table anew, without its rows."


def table(context: Context, difference: Difference) -> Iterator[Change]:
    """Gives the changes of a table that one side lacks, or that is of another kind."""
    key = difference.name
    if difference.kind == "changed":
        if difference.aspect == "definition":
            wanted = context.table(context.models, key)
            yield from changed_view(context, wanted, context.table(context.migrated, key))
            return
        if difference.aspect == "row security":
            context.left_alone.append(f"row security of {key}")
            return
        raise FixError(
            f"the {difference.aspect} of {key} changes from {difference.after or 'none'} to "
            f"{difference.before or 'none'}, which Alembic has no operation for",
            way_out="Write that revision by hand, then run this again.",
        )
    if difference.kind == "removed":
        yield from _created(context, context.table(context.models, key), context.models)
        return
    found = context.table(context.migrated, key)
    if found.kind not in ("table", "partitioned") or key in context.meant.keeps:
        context.left_alone.append(f"table {key}")
        return
    yield from _dropped(context, found)


def _created(context: Context, found: Table, schema: Schema) -> Iterator[Change]:
    new = {item.key: item for item in schema.tables if context.migrated.table(item.key) is None}
    ranked = order(new)
    later = [key for key in found.foreign_keys if _is_later(found, key, ranked)]
    inside = replace(found, foreign_keys=tuple(k for k in found.foreign_keys if k not in later))
    yield Change(
        # a table stands on those that its keys refer to
        TABLE + ranked.index(found.key) / (len(ranked) + 1),
        f"create table {found.key}",
        create(context, inside),
        drop(found),
        locks=any(key.referred not in new for key in inside.foreign_keys),
    )
    for key in later:
        yield Change(
            CONSTRAINT,
            f"add foreign key {key.name} of {found.key}",
            execute(constraints.key_sql(found.key, key)),
            drop_constraint(found.key, key.name or "", "foreignkey", context),
        )


def order(new: dict[str, Table]) -> list[str]:
    """The new tables, each behind those that it refers to where that is possible."""
    done: list[str] = []

    def visit(key: str, path: tuple[str, ...]) -> None:
        if key in done or key in path:
            return
        for foreign_key in new[key].foreign_keys:
            if foreign_key.referred in new:
                visit(foreign_key.referred, (*path, key))
        done.append(key)

    for key in new:
        visit(key, ())
    return done


def _is_later(found: Table, key: ForeignKey, order: list[str]) -> bool:
    if key.referred not in order:
        return False
    return order.index(key.referred) > order.index(found.key)


def _dropped(context: Context, found: Table) -> Iterator[Change]:
    body = code.lines(*_remake(context, found))
    gone = {
        item.key: item
        for item in context.migrated.tables
        if context.models.table(item.key) is None and item.key in context.meant.drops
    }
    ranked = order(gone)
    place = ranked.index(found.key) + 1 if found.key in ranked else 0
    yield Change(
        # what refers to a table goes before it
        DROP_TABLE + 1 - place / (len(ranked) + 1),
        f"drop table {found.key}",
        drop(found),
        body,
        risk=f"the rows of {found.key} are gone, and code that still reads it fails.",
        undo=LOST.format(found.key),
    )


def _remake(context: Context, found: Table) -> Iterator[str]:
    yield create(context, found)
    for trigger in found.triggers:
        yield execute(trigger.definition)


def create(context: Context, found: Table) -> str:
    """Gives the code that creates a table and its indexes; nobody waits for a new table."""
    checks = tuple(context.as_declared(found.key, each) for each in found.checks)
    found = replace(found, checks=checks)
    made = table_code(found, context.both, context.style)
    if made is None or found.kind == "partitioned":
        made = _by_sql(found)
    extra = [_exclude(found.key, each.name, each.definition) for each in found.excludes]
    builds = [index.create_call(found.key, each, concurrently=False) for each in found.indexes]
    return code.lines(made, *extra, *builds)


def _by_sql(found: Table) -> str:
    if found.kind == "partitioned":
        raise FixError(
            f"{found.key} is partitioned, which Alembic has no operation for",
            way_out="Write that revision by hand, then run this again.",
        )
    bare = replace(found, indexes=())
    return execute(drift.create_sql(bare)[0])


def _exclude(table: str, name: str, definition: str) -> str:
    return execute(
        f"ALTER TABLE {code.quoted(table)} ADD CONSTRAINT {code.quoted(name)} {definition}"
    )


def drop(found: Table) -> str:
    """Gives the code that drops a table."""
    where = f", schema={code.literal(found.schema)}" if found.schema else ""
    return f"op.drop_table({code.literal(found.name)}{where})"


def drop_constraint(table: str, name: str, kind: str, context: Context) -> str:
    """Gives `op.drop_constraint(…)`."""
    schema, _, bare = table.rpartition(".")
    where = f", schema={code.literal(schema)}" if schema else ""
    called = context.style.name(name)
    return f"op.drop_constraint({called}, {code.literal(bare)}{where}, type_={code.literal(kind)})"
