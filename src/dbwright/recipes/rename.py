"""Renames while old code runs: expand and contract for columns, a view for tables."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from dbwright import dialects
from dbwright.core.errors import FixError
from dbwright.core.finding import Edit, Fix, Step
from dbwright.core.migration import Migration
from dbwright.core.operation import (
    AddColumn,
    CreateEnum,
    CreateTable,
    CreateView,
    DropColumn,
    Operation,
    RenameColumn,
    RenameEnumValue,
    RenameTable,
)
from dbwright.recipes import (
    backfill,
    code,
    drop,
    rename_mysql,
    revision,
    revision_source,
    trigger,
)
from dbwright.recipes.revision import Notes, Phase


def pairs(migration: Migration) -> Iterator[tuple[int, DropColumn, int, AddColumn]]:
    """Gives each dropped column with the added one of its table and type that it became.

    Nothing is given where an earlier statement copies the values.
    """
    family = dialects.get(migration.target.dialect).types
    added = [(number, found) for number, _, found in migration.each(AddColumn)]
    for number, _, dropped in migration.each(DropColumn):
        before = migration.existing(dropped.table)
        column = before.column(dropped.column) if before else None
        if column is None:
            continue
        if drop.is_kept(migration, number, dropped.table, dropped.column):
            continue
        same = [
            (at, item)
            for at, item in added
            if item.table == dropped.table
            and family.canonical(item.column.type) == family.canonical(column.type)
            and item.column.name != dropped.column
            and not item.column.generates_itself
        ]
        if len(same) == 1:
            yield number, dropped, *same[0]


def old_name(
    migration: Migration, operation: RenameColumn | RenameTable | RenameEnumValue
) -> tuple[str, str | None, str, str] | None:
    """The relation, its column, the old name and the new one; None where nobody misses it."""
    if isinstance(operation, RenameEnumValue):
        return _old_label(migration, operation)
    if isinstance(operation, RenameColumn):
        new = any(
            (item.table, item.column.name) == (operation.table, operation.column)
            for _, _, item in migration.each(AddColumn)
        )
        given_up = {item.column for _, _, item in migration.each(RenameColumn)}
        quiet = new or keeps_column(migration, operation) or operation.to in given_up
        quiet = quiet or drop.is_retired(operation.to)
        if (
            quiet
            or drop.is_retired(operation.column)
            or not migration.stood_before(operation.table)
        ):
            return None
        return operation.table, operation.column, operation.column, operation.to
    quiet = keeps_table(migration, operation) or drop.is_retired(operation.to)
    if quiet or drop.is_retired(operation.table) or not migration.stood_before(operation.table):
        return None
    return operation.table, None, operation.table, operation.to


def _old_label(
    migration: Migration, operation: RenameEnumValue
) -> tuple[str, str | None, str, str] | None:
    if any(found.name == operation.name for _, _, found in migration.each(CreateEnum)):
        return None
    for table in migration.before.tables if migration.before else ():
        for column in table.columns:
            if column.type.rpartition(".")[2].strip('"') == operation.name:
                return table.key, column.name, f"'{operation.value}'", f"'{operation.to}'"
    return operation.name, None, f"'{operation.value}'", f"'{operation.to}'"


def label_beside(migration: Migration, number: int) -> Fix:
    """The cure of a renamed label: the new one beside it, until no row has the old one."""
    statement, operation = migration.nth(number, RenameEnumValue)
    name, new = code.quoted(operation.name), operation.to.replace("'", "''")
    sql = f"ALTER TYPE {name} ADD VALUE IF NOT EXISTS '{new}'"
    own = code.autocommit(code.execute(sql))

    def make(text: str) -> tuple[Edit, ...]:
        where = revision.place_of(migration, statement)
        back = [found for _, found in migration.downgrade_operations()]
        if any(not isinstance(found, RenameEnumValue) for found in back):
            raise FixError("the downgrade does more than take the name back")
        why = f"PostgreSQL cannot take the label {operation.to} away again"
        stop = f"raise NotImplementedError({code.literal(why)})"
        changed = revision_source.replace_outside(text, where, own)
        return revision.edited(migration, revision_source.set_body(changed, "downgrade", stop))

    return Fix(
        "Add the new label beside the old one, move the rows in batches",
        code.lines(
            own,
            f"# the next revision: batches that set '{operation.to}' where it is "
            f"'{operation.value}'; the old label stays in the type",
        ),
        "unsafe",
        revision.attempt(migration, make),
        (Step(sql, "expand", autocommit=True),),
    )


def keeps_column(migration: Migration, operation: RenameColumn) -> bool:
    """Whether another column takes the old name in the same revision."""
    later = [found.to for _, _, found in migration.each(RenameColumn) if found != operation]
    added = [
        found.column.name
        for _, _, found in migration.each(AddColumn)
        if found.table == operation.table
    ]
    return operation.column in (*later, *added)


def keeps_table(migration: Migration, operation: RenameTable) -> bool:
    """Whether a view or another table takes the old name in the same revision."""
    return any(_takes(found, operation.table) for _, found in migration.operations())


def column_beside(migration: Migration, number: int) -> Fix:
    """The cure of a renamed column: the new one beside it, kept the same in the target's way."""
    if migration.target.dialect in drop.STATES_COLUMNS_ANEW:
        return rename_mysql.column_beside(migration, number)
    return column_expand(migration, number)


def column_expand(migration: Migration, number: int) -> Fix:
    """The cure of a renamed column: the new one beside it, kept the same by a trigger."""
    statement, operation = migration.nth(number, RenameColumn)
    table, old, new = operation.table, operation.column, operation.to
    before = migration.existing(table)
    column = before.column(old) if before else None
    kind = column.type if column else "…"
    name, added = code.quoted(table), code.quoted(new)
    add = f"ALTER TABLE {name} ADD COLUMN {added} {kind}"
    function, attached = trigger.create(table, new, trigger.both_ways(old, new))
    drop_trigger, drop_function = trigger.drop(table, new)
    made = map(code.execute, (add, function, attached))
    expand = code.lines(revision.lock_timeout(migration), *made)
    drops = (drop_trigger, drop_function, f"ALTER TABLE {name} DROP COLUMN {added}")
    back = code.lines(*map(code.execute, drops))
    key = backfill.key_of(migration, table)
    condition = f"{added} IS NULL AND {code.quoted(old)} IS NOT NULL"
    assignment = f"{added} = {code.quoted(old)}"
    batches = backfill.phase(table, key or "id", assignment, condition)
    later = contract_phase(table, old, new).upgrade

    def make(text: str) -> tuple[Edit, ...]:
        if key is None or column is None or column.identity or column.computed:
            raise FixError("the column cannot simply be written twice")
        where = revision.place_of(migration, statement, ("alter_column", old))
        inverse = revision.inverse_of(
            migration, lambda found: _renames_back(found, operation), ("alter_column", new)
        )
        changes = [(where, expand), *([(inverse, back)] if inverse else [])]
        return revision.chain(migration, revision_source.exchange_all(text, changes), (batches,))

    return Fix(
        "Add the new column, write both, drop the old one in a later release",
        revision.outline(
            ("this revision", expand),
            ("the next revision", batches.upgrade),
            ("a later release, when no code uses the old name", later),
        ),
        "unsafe",
        revision.attempt(migration, make),
        (
            Step(add, "expand", lock_timeout="5s"),
            Step(function, "expand"),
            Step(attached, "expand", lock_timeout="5s"),
            Step(f"UPDATE {name} SET {assignment} -- in batches by key", "backfill", True),
            Step(f"{drop_trigger}; {drop_function}", "contract", lock_timeout="5s"),
            Step(f"ALTER TABLE {name} DROP COLUMN {code.quoted(old)}", "contract"),
        ),
    )


def table_with_view(migration: Migration, number: int) -> Fix:
    """The cure of a renamed table: a view with the old name, which old code writes through."""
    statement, operation = migration.nth(number, RenameTable)
    quoted = _quoting(migration)
    view = f"CREATE VIEW {quoted(operation.table)} AS SELECT * FROM {quoted(_full(operation))}"
    drop_view = f"DROP VIEW {quoted(operation.table)}"

    def make(text: str) -> tuple[Edit, ...]:
        where = revision.place_of(migration, statement)
        inverse = revision.inverse_of(
            migration, lambda found: isinstance(found, RenameTable) and found.to == operation.table
        )
        changes = [(where, f"{revision_source.statement(text, where)}\n{code.execute(view)}")]
        if inverse:
            own = revision_source.statement(text, inverse)
            changes.append((inverse, f"{code.execute(drop_view)}\n{own}"))
        return revision.edited(migration, revision_source.exchange_all(text, changes))

    return Fix(
        "Leave a view with the old name until no code asks for it",
        code.lines("# behind the rename, in the same revision", code.execute(view)),
        "safe",
        revision.attempt(migration, make),
        (Step(view, "expand"), Step(drop_view, "contract")),
    )


def as_rename(migration: Migration, number: int, added: int) -> Fix:
    """The cure of a rename written as drop and add: a rename, which keeps the values."""
    dropping, dropped = migration.nth(number, DropColumn)
    adding, new = migration.nth(added, AddColumn)
    table, old, name = dropped.table, dropped.column, new.column.name
    schema, _, bare = table.rpartition(".")
    tail = f", schema={code.literal(schema)}" if schema else ""

    def renamed(source: str, to: str) -> str:
        if migration.target.dialect in drop.STATES_COLUMNS_ANEW:
            # alter_column would state the column anew, and lose what it is not told
            return code.execute(_rename_sql(migration, table, source, to))
        arguments = f"{code.literal(bare)}, {code.literal(source)}"
        return f"op.alter_column({arguments}, new_column_name={code.literal(to)}{tail})"

    def make(text: str) -> tuple[Edit, ...]:
        changes = [
            (revision.place_of(migration, dropping, ("drop_column", old)), ""),
            (revision.place_of(migration, adding), renamed(old, name)),
        ]
        undrop = revision.inverse_of(
            migration, lambda found: isinstance(found, AddColumn) and found.column.name == old
        )
        unadd = revision.inverse_of(
            migration,
            lambda found: isinstance(found, DropColumn) and found.column == name,
            ("drop_column", name),
        )
        changes += [(undrop, renamed(name, old))] if undrop else []
        changes += [(unadd, "")] if unadd and undrop else []
        return revision.edited(migration, revision_source.exchange_all(text, changes))

    return Fix(
        "Rename the column: its values stay",
        renamed(old, name),
        "unsafe",
        revision.attempt(migration, make),
        (Step(_rename_sql(migration, table, old, name), lock_timeout="5s"),),
    )


def _rename_sql(migration: Migration, table: str, old: str, new: str) -> str:
    quoted = _quoting(migration)
    return f"ALTER TABLE {quoted(table)} RENAME COLUMN {quoted(old)} TO {quoted(new)}"


def _quoting(migration: Migration) -> Callable[[str], str]:
    anew = migration.target.dialect in drop.STATES_COLUMNS_ANEW
    return drop.backticked if anew else code.quoted


def contract_phase(table: str, old: str, new: str) -> Phase:
    """The revision of a later release: the trigger and the old column go."""
    statements = trigger.drop(table, new)
    return Phase(
        f"Drop {old} of {table}, which {new} has replaced",
        code.lines(
            code.LOCK_TIMEOUT,
            *map(code.execute, statements),
            code.execute(f"ALTER TABLE {code.quoted(table)} DROP COLUMN {code.quoted(old)}"),
        ),
        'raise NotImplementedError("the old column is gone; restore it from a backup")',
        Notes(
            does="ends the rename: nothing writes the old column any more.",
            risk="code that still asks for the old name fails.",
            order="only when no running code uses the old name.",
        ),
    )


def _full(operation: RenameTable) -> str:
    schema = operation.table.rpartition(".")[0]
    has_schema = "." in operation.to or not schema
    return operation.to if has_schema else f"{schema}.{operation.to}"


def _takes(operation: Operation, name: str) -> bool:
    if isinstance(operation, CreateView):
        return operation.name == name
    if isinstance(operation, CreateTable):
        return operation.table.key == name
    return isinstance(operation, RenameTable) and operation.to == name


def _renames_back(found: Operation, operation: RenameColumn) -> bool:
    return isinstance(found, RenameColumn) and (found.table, found.column) == (
        operation.table,
        operation.to,
    )
