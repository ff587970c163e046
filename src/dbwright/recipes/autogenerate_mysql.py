"""Autogenerate on MySQL and MariaDB: each change that rows can refuse in a revision of its own.

Every DDL commits there, so a revision that is refused in its middle could not be run again. What
nothing can refuse (a column added, an index built) shares one.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from dbwright import dialects
from dbwright.core.compare import Difference
from dbwright.core.errors import FixError
from dbwright.core.schema import Check, Column, ForeignKey, Index, Schema, Table, Unique
from dbwright.core.target import Target
from dbwright.recipes import backfill, code, narrow_mysql, plain_code
from dbwright.recipes.autogenerate_change import (
    BACKFILL,
    BUILD,
    COLUMN,
    CUT,
    DROP_COLUMN,
    DROP_TABLE,
    SET,
    TABLE,
    TAKE_OVER,
    VIEW,
    Change,
    Draft,
    alone,
    execute,
)
from dbwright.recipes.autogenerate_columns import STOP
from dbwright.recipes.autogenerate_context import Context
from dbwright.recipes.autogenerate_edits import edits
from dbwright.recipes.autogenerate_tables import order
from dbwright.recipes.constraints import unwrapped
from dbwright.recipes.revision import Notes, Phase
from dbwright.recipes.sqlalchemy_code import foreign_key_words

TYPES = {ForeignKey: "foreignkey", Unique: "unique", Check: "check"}
WORDS = {ForeignKey: "foreign key", Unique: "unique", Check: "check"}
PREFIXES = {ForeignKey: "fk", Unique: "uq", Check: "ck"}
COPIED = "writes of {0} wait while the table is copied (ALGORITHM=COPY); take a quiet window."
NEW = "nobody uses a new table before the code that comes with it."
QUICK = "it waits for those who use {0} at the moment, and others wait behind it."
REFUSED = "it is refused where a row does not fit, and then nothing of it is there: mend the row."
LONGEST = 64


def draft(context: Context, differences: tuple[Difference, ...]) -> Draft:
    """Gives the changes of the differences, each both ways; FixError for what cannot be written."""
    changes = [change for each in differences for change in _whole(context, each)]
    for key, mine in edits(context, differences).items():
        for pair in mine.columns:
            changes += _column(context, key, *pair)
        for part in mine.parts:
            changes += _part(context, key, *part)
        for found in mine.indexes:
            changes += _index(context, key, *found)
        for trigger in mine.triggers:
            raise FixError(
                f"the trigger {(trigger[1] or trigger[0]).name} of {key} changes",  # type: ignore[union-attr]
                way_out="Write that revision by hand with op.execute, then run this again.",
            )
    return Draft(tuple(changes), tuple(context.left_alone))


def quoted(name: str) -> str:
    """Gives a name as it stands in MySQL's SQL."""
    found: str = dialects.get("mysql").quoting.quoted(name)
    return found


def _whole(context: Context, difference: Difference) -> Iterator[Change]:
    """The changes of tables and views that one side lacks."""
    key = difference.name
    new, old = context.models.table(key), context.migrated.table(key)
    if difference.object not in ("table", "view"):
        if difference.table is None:
            context.left_alone.append(f"{difference.object} {key}")
        return
    if difference.kind == "changed":
        raise FixError(
            f"the {difference.aspect} of {key} changes, which Alembic has no operation for",
            way_out="Write that revision by hand, then run this again.",
        )
    if old is not None and key not in context.meant.drops:
        context.left_alone.append(f"{old.kind} {key}")
    elif new is not None and new.kind == "view":
        yield Change(VIEW, f"create view {key}", _view(new), _drop_view(key), locks=False)
    elif old is not None and old.kind == "view":
        yield Change(CUT, f"drop view {key}", _drop_view(key), _view(old), locks=False)
    elif new is not None:
        yield _created(context, new)
    elif old is not None:
        yield _dropped(context, old)


def _view(found: Table) -> str:
    return execute(f"CREATE VIEW {quoted(found.name)} AS {found.definition}")


def _drop_view(key: str) -> str:
    return execute(f"DROP VIEW {quoted(key)}")


def _created(context: Context, found: Table) -> Change:
    placed = _place(found, context.models, context.migrated)
    drop = f"op.drop_table({code.literal(found.name)})"
    title = f"create table {found.key}"
    return Change(
        TABLE + placed,
        title,
        _create(context, found),
        drop,
        locks=False,
        risk=NEW,
        undo=f"the downgrade drops {found.key} with its rows.",
    )


def _dropped(context: Context, found: Table) -> Change:
    key = found.key
    return Change(
        DROP_TABLE + 1 - _place(found, context.migrated, context.models),
        f"drop table {key}",
        f"op.drop_table({code.literal(found.name)})",
        _create(context, found),
        locks=False,
        risk=f"the rows of {key} are gone, and code that still reads it fails.",
        undo=f"mysqldump of {key} before: the downgrade makes the table anew, without its rows.",
    )


def _place(found: Table, here: Schema, other: Schema) -> float:
    """Where a table stands among those of its side alone, between 0 and 1: behind its parents."""
    alone_here = {table.key: table for table in here.tables if other.table(table.key) is None}
    ordered = order(alone_here)
    return (ordered.index(found.key) + 1) / (len(ordered) + 2)


def _create(context: Context, found: Table) -> str:
    dialect = context.models.dialect
    names = plain_code.Names(context.declared, context.style)
    declared = context.declared.table(found.key)
    told = {index.name for index in declared.indexes} if declared else set()
    firsts = {key.columns for key in found.foreign_keys}
    # the server makes an index for each foreign key by itself
    own = [i for i in found.indexes if i.name in told or i.columns not in firsts]
    checks = tuple(context.as_declared(found.key, each) for each in found.checks)
    made = plain_code.table_code(replace(found, checks=checks), dialect, names, ())
    if made is None:
        raise _no_class(found.key, "a column")
    return code.lines(made, *(_build(found.name, each) for each in own))


def _column(context: Context, key: str, old: Column | None, new: Column | None) -> Iterator[Change]:
    if new is None:
        assert old is not None
        yield _column_dropped(context, key, old)
        return
    value = context.meant.fills.get(f"{key}.{new.name}")
    if old is None:
        yield Change(
            COLUMN,
            f"add column {key}.{new.name}",
            _add(context, key, new, nullable=value is not None),
            f"op.drop_column({code.literal(key)}, {code.literal(new.name)})",
            locks=False,
            risk=QUICK.format(key),
            undo=f"the downgrade drops {key}.{new.name} with what was written to it meanwhile.",
        )
        old = replace(new, nullable=True)
        if value is None:
            return
    if value is not None:
        yield alone(BACKFILL, _backfill(context, key, new.name, value))
    yield from _altered(context, key, old, new)


def _add(context: Context, key: str, found: Column, *, nullable: bool = False) -> str:
    made = plain_code.column_code(found, context.models.dialect, nullable=nullable)
    if made is None:
        raise _no_class(key, found.name)
    return code.call("op.add_column", [code.literal(key), made])


def _column_dropped(context: Context, key: str, old: Column) -> Change:
    name = f"{key}.{old.name}"
    value = context.meant.fills_back.get(name)
    if old.computed:
        back = _add(context, key, old)
    elif value is None:
        why = f"{name} {STOP}: bring them back from the copy, then take this line out"
        back = code.lines(_stop_if_rows(key, why), _add(context, key, old))
    else:
        update = execute(f"UPDATE {quoted(key)} SET {quoted(old.name)} = {value}")
        strict = None
        if not old.nullable:
            strict = _alter(context, key, replace(old, nullable=True), old)
        back = code.lines(_add(context, key, old, nullable=True), update, strict)
    return Change(
        DROP_COLUMN,
        f"drop column {name}",
        f"op.drop_column({code.literal(key)}, {code.literal(old.name)})",
        back,
        locks=False,
        risk=f"the values of {name} are gone, and code that still uses it fails.",
        undo=f"keep a copy of the key of {key} with {old.name}.",
    )


def _stop_if_rows(key: str, why: str) -> str:
    return (
        "if op.get_context().as_sql or op.get_bind().scalar(\n"
        f"    sa.text({code.literal(f'SELECT EXISTS (SELECT 1 FROM {quoted(key)})')})\n"
        "):\n"
        f"    raise RuntimeError(\n        {code.literal(why)}\n    )"
    )


def _backfill(context: Context, key: str, name: str, value: str) -> Phase:
    table = context.migrated.table(key)
    column = quoted(name)
    assignment, condition = f"{column} = {value}", f"{column} IS NULL"
    if table is not None and table.primary_key and len(table.primary_key.columns) == 1:
        by = table.primary_key.columns[0]
        return backfill.phase(key, by, assignment, condition, quote=quoted)
    notes = replace(backfill.NOTES, does="writes all rows in one statement: there is no plain key.")
    update = execute(f"UPDATE {quoted(key)} SET {assignment} WHERE {condition}")
    return Phase(f"Backfill {key}", update, backfill.NOTHING_TO_UNDO, notes)


def _altered(context: Context, key: str, old: Column, new: Column) -> Iterator[Change]:
    up, down = _alter(context, key, old, new), _alter(context, key, new, old)
    title = f"change column {key}.{new.name}"
    risks = []
    if old.type != new.type:
        title = f"change the type of {key}.{new.name} to {new.type}"
        if (
            dialects.get("mysql").types.rewrites(old.type, new.type, Target(context.models.dialect))
            is not False
        ):
            risks.append(COPIED.format(key))
        narrowing = narrow_mysql.narrowing(old.type, new.type)
        if narrowing is not None and narrowing.outcome == "cut":
            risks.append(f"values of {key}.{new.name} that do not fit are rounded or cut.")
    if old.nullable and not new.nullable:
        title = f"forbid NULL in {key}.{new.name}"
        risks.append(COPIED.format(key) if not risks else "")
    refusable = (old.nullable and not new.nullable) or old.type != new.type
    if not refusable:
        yield Change(COLUMN + 0.5, title, up, down, locks=False, risk=QUICK.format(key))
        return
    risk = " ".join(filter(None, [*risks, REFUSED]))
    yield alone(SET, Phase(_upper(title), up, down, _notes(title, risk)))


def _alter(context: Context, key: str, old: Column, new: Column) -> str:
    """An `op.alter_column` with all that the column has: MODIFY takes away what it is not told."""
    dialect = context.models.dialect
    present = plain_code.type_code(old.type, dialect, old.collation)
    wanted = plain_code.type_code(new.type, dialect, new.collation)
    if present is None or wanted is None:
        raise _no_class(key, new.name)
    words = [code.literal(key), code.literal(new.name), f"existing_type={present}"]
    words += [f"type_={wanted}"] if wanted != present else []
    words += (
        [f"nullable={new.nullable}"]
        if old.nullable != new.nullable
        else [f"existing_nullable={old.nullable}"]
    )
    if old.default != new.default:
        words.append(f"server_default={plain_code.default_code(new)}")
    if old.default is not None:
        words.append(f"existing_server_default={plain_code.default_code(old)}")
    words += [f"existing_comment={code.literal(old.comment)}"] if old.comment else []
    words += ["existing_autoincrement=True"] if old.identity else []
    return code.call("op.alter_column", words)


def _part(context: Context, key: str, old: Any, new: Any) -> Iterator[Change]:
    if old is not None:
        kind = WORDS[type(old)]
        title = f"drop {kind} {old.name} of {key}"
        freed = f"rows that {old.name} refused are taken from now on." if new is None else ""
        back = _create_part(context, key, old)
        yield Change(CUT, title, _drop(context, key, old), back, locks=False, risk=freed)
    if new is not None:
        new = replace(new, name=_name(context, key, new))
        title = f"add {WORDS[type(new)]} {new.name} of {key}"
        risk = REFUSED if isinstance(new, Unique) else f"{COPIED.format(key)} {REFUSED}"
        phase = Phase(
            _upper(title),
            _create_part(context, key, new),
            _drop(context, key, new),
            _notes(title, risk),
        )
        yield alone(BUILD + 0.5 if isinstance(new, Unique) else TAKE_OVER, phase)


def _name(context: Context, key: str, part: Any) -> str:
    """The name that the models give, else one that says what it is: the server only counts."""
    told = plain_code.Names(context.declared, context.style).of(key, part)
    if told or isinstance(part, Unique):
        return str(told or part.name)
    referred = (part.referred_table,) if isinstance(part, ForeignKey) else ()
    return code.name_for(PREFIXES[type(part)], key, *part.columns, *referred, limit=LONGEST)


def _drop(context: Context, key: str, part: Any) -> str:
    name = context.style.name(part.name)
    return (
        f"op.drop_constraint({name}, {code.literal(key)}, type_={code.literal(TYPES[type(part)])})"
    )


def _create_part(context: Context, key: str, part: Any) -> str:
    name, table = context.style.name(part.name), code.literal(key)
    if isinstance(part, Check):
        text = context.as_declared(key, part).expression
        told = code.literal(code.escaped_binds(unwrapped(text)))
        return code.call("op.create_check_constraint", [name, table, told])
    if isinstance(part, Unique):
        return code.call("op.create_unique_constraint", [name, table, code.names(part.columns)])
    words = [name, table, code.literal(part.referred_table), code.names(part.columns)]
    words += [code.names(part.referred_columns), *foreign_key_words(part)]
    return code.call("op.create_foreign_key", words)


def _index(context: Context, key: str, old: Index | None, new: Index | None) -> Iterator[Change]:
    if old is not None and new is not None:
        title = f"build index {new.name} on {key} anew"
        up = code.lines(_drop_index(key, old), _build(key, new))
        down = code.lines(_drop_index(key, new), _build(key, old))
        yield alone(BUILD, Phase(_upper(title), up, down, _notes(title, REFUSED)))
    elif old is not None:
        title = f"drop index {old.name} of {key}"
        up, down = _drop_index(key, old), _build(key, old)
        # a foreign key needs an index at any time: one that takes its place is there by then
        yield Change(BUILD + 0.2, title, up, down, locks=False, risk=QUICK.format(key))
    elif new is not None:
        title = f"build index {new.name} on {key}"
        up, down = _build(key, new), _drop_index(key, new)
        if new.unique:
            yield alone(BUILD, Phase(_upper(title), up, down, _notes(title, REFUSED)))
        else:
            yield Change(COLUMN + 0.7, title, up, down, locks=False, risk=QUICK.format(key))


def _build(table: str, found: Index) -> str:
    """The code that builds an index; keys of expressions or in descending order are SQL."""
    if any(key.expression or key.descending for key in found.keys):
        keys = ", ".join(
            (f"({k.expression})" if k.expression else f"{quoted(k.column or '')}{k.opclass or ''}")
            + (" DESC" if k.descending else "")
            for k in found.keys
        )
        unique = "UNIQUE " if found.unique else ""
        return execute(f"CREATE {unique}INDEX {quoted(found.name)} ON {quoted(table)} ({keys})")
    columns = tuple(column for column in found.columns if column)
    words = [code.literal(found.name), code.literal(table), code.names(columns)]
    words += ["unique=True"] if found.unique else []
    lengths = {k.column: int(k.opclass.strip("()")) for k in found.keys if k.opclass}
    for name in ("mysql", "mariadb"):  # SQLAlchemy takes the one of the URL's dialect
        words += [f"{name}_length={lengths!r}"] if lengths else []
        kind = found.method.upper()
        words += [f'{name}_prefix="{kind}"'] if found.method in _PREFIXES else []
    return code.call("op.create_index", words)


_PREFIXES = ("fulltext", "spatial")


def _drop_index(table: str, found: Index) -> str:
    return f"op.drop_index({code.literal(found.name)}, table_name={code.literal(table)})"


def _notes(title: str, risk: str) -> Notes:
    return Notes(
        does=f"{title}, and nothing else, so that it is there or it is not.",
        risk=risk,
        downtime="see the risk.",
        order="after the revision before it; no code has to change in between.",
    )


def _upper(title: str) -> str:
    return title[:1].upper() + title[1:]


def _no_class(key: str, name: str) -> FixError:
    return FixError(
        f"{name} of {key} has a type that SQLAlchemy has no class of",
        way_out="Write that revision by hand with op.execute, then run this again.",
    )
