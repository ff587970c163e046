"""Autogenerate on SQLite: one copy of a table for all its changes, where ALTER TABLE cannot.

A column is added and renamed in place, all else is done in one batch of the table. What a batch
does not carry (checks without a name, collations, sorted and partial indexes, triggers, the views
and triggers that read the table) is handed to it or made again.
"""

from __future__ import annotations

from collections.abc import Iterator

from dbwright.core.compare import Difference
from dbwright.core.errors import FixError
from dbwright.core.schema import Index, Schema, Table
from dbwright.recipes import code, index, plain_code
from dbwright.recipes.autogenerate_change import (
    COLUMN,
    DROP_TABLE,
    TABLE,
    VIEW,
    Change,
    Draft,
    execute,
)
from dbwright.recipes.autogenerate_context import Context
from dbwright.recipes.autogenerate_edits import Edits, edits
from dbwright.recipes.autogenerate_sqlite_batch import Step, as_kept, quoted
from dbwright.recipes.autogenerate_tables import LOST, order

COPIES = (
    "{0} is copied, and writes wait as long; a run that was ended leaves _alembic_tmp_{0}: "
    "drop that table, then run it again."
)
NEW = "nobody uses a new table before the code that comes with it."
QUICK = "writes wait for a moment: SQLite has one writer."


def draft(context: Context, differences: tuple[Difference, ...]) -> Draft:
    """Gives the changes of the differences, each both ways; FixError for what cannot be written."""
    changes = [change for each in differences for change in _whole(context, each)]
    for key, mine in edits(context, differences).items():
        changes.append(_table(context, key, mine))
    return Draft(tuple(changes), tuple(context.left_alone))


def _whole(context: Context, difference: Difference) -> Iterator[Change]:
    """The changes of tables and views that one side lacks."""
    key = difference.name
    if "view" in difference.object or difference.object == "table":
        new, old = context.models.table(key), context.migrated.table(key)
        if difference.kind == "changed":
            yield from _redefined(key, difference, new, old)
        elif old is not None:
            yield from _dropped(context, old)
        elif new is not None and new.kind == "view":
            made = as_kept(new.definition)
            yield Change(VIEW, f"create view {key}", made, _drop_view(key), locks=False)
        elif new is not None:
            yield _created(context, new)


def _redefined(
    key: str, difference: Difference, new: Table | None, old: Table | None
) -> Iterator[Change]:
    if not (new and old and new.kind == old.kind == "view"):
        raise FixError(
            f"the {difference.aspect} of {key} changes, which Alembic has no operation for",
            way_out="Write that revision by hand, then run this again.",
        )
    drop = _drop_view(key)
    up = code.lines(drop, as_kept(new.definition))
    yield Change(VIEW, f"change view {key}", up, code.lines(drop, as_kept(old.definition)))


def _drop_view(key: str) -> str:
    return execute(f"DROP VIEW {quoted(key)}")


def _created(context: Context, found: Table) -> Change:
    placed = _place(found, context.models, context.migrated)
    drop = f"op.drop_table({code.literal(found.name)})"
    title = f"create table {found.key}"
    return Change(
        TABLE + placed,
        title,
        create(context, found),
        drop,
        locks=False,
        risk=NEW,
        undo=f"the downgrade drops {found.key} with its rows.",
    )


def _dropped(context: Context, found: Table) -> Iterator[Change]:
    key = found.key
    if key not in context.meant.drops:
        context.left_alone.append(f"{found.kind} {key}")
    elif found.kind == "view":
        yield Change(VIEW, f"drop view {key}", _drop_view(key), as_kept(found.definition))
    else:
        made = code.lines(
            create(context, found), *(as_kept(each.definition) for each in found.triggers)
        )
        placed = _place(found, context.migrated, context.models)
        yield Change(
            # what refers to a table goes before it
            DROP_TABLE + 1 - placed,
            f"drop table {key}",
            f"op.drop_table({code.literal(found.name)})",
            made,
            risk=f"the rows of {key} are gone, and code that still reads it fails.",
            undo=LOST.format(key).replace(f"pg_dump -t {key}", "copy the file"),
        )


def _place(found: Table, here: Schema, other: Schema) -> float:
    """Where a table stands among those of its side alone, between 0 and 1: behind its parents."""
    alone = {table.key: table for table in here.tables if other.table(table.key) is None}
    ordered = order(alone)
    return (ordered.index(found.key) + 1) / (len(ordered) + 2)


def create(context: Context, found: Table) -> str:
    """Gives the code that creates a table with its indexes."""
    names = plain_code.Names(context.declared, context.style)
    options = tuple(f"{name}={value}" for name, value in kept_options(found).items())
    made = plain_code.table_code(found, "sqlite", names, options)
    if made is None:
        raise FixError(
            f"a column of {found.key} has a type that SQLAlchemy has no class of",
            way_out="Write that revision by hand, then run this again.",
        )
    return code.lines(made, *(create_index(found.name, each) for each in found.indexes))


def create_index(table: str, found: Index) -> str:
    """Gives the code that builds an index: by Alembic, or as SQL where it has keys of SQL."""
    plain = not any(key.expression or key.descending or key.collation for key in found.keys)
    if not plain or found.predicate:
        return execute(index.plain_sql(table, found))
    columns = tuple(column for column in found.columns if column)
    words = [code.literal(found.name), code.literal(table), code.names(columns)]
    return code.call("op.create_index", [*words, *(["unique=True"] if found.unique else [])])


def kept_options(table: Table) -> dict[str, str]:
    """Gives SQLAlchemy's keywords for what stands behind a table's parts."""
    known = {
        "autoincrement": ("sqlite_autoincrement", "True"),
        "without_rowid": ("sqlite_with_rowid", "False"),
        "strict": ("sqlite_strict", "True"),
    }
    return dict(known[name] for name in known if table.info.get(name))


def _table(context: Context, key: str, mine: Edits) -> Change:
    titles = mine.titles()
    gone = [old.name for old, new in mine.columns if old is not None and new is None]
    added = [new.name for old, new in mine.columns if new is not None and old is None]
    up = Step(context, mine, forward=True)
    down = Step(context, mine, forward=False)
    up_code, down_code = up.code(), down.code()
    risks = [COPIES.format(key) if up.copies else QUICK]
    risks += [f"the values of {key}.{name} are gone, and code that uses it fails." for name in gone]
    undos = [f"copy the file: the downgrade cannot bring {key}.{name} back." for name in gone]
    undos += [
        f"the downgrade drops {key}.{name} with what was written to it meanwhile." for name in added
    ]
    return Change(
        COLUMN,
        "; ".join(titles),
        up_code,
        down_code,
        locks=False,
        risk=" ".join(risks),
        undo=" ".join(undos),
    )
