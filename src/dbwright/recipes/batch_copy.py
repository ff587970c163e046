"""What a batch leaves out of the copy of a table, and how it is handed over (SQLite)."""

from __future__ import annotations

import ast
import textwrap
from collections.abc import Iterable, Iterator

from dbwright.core.errors import FixError
from dbwright.core.finding import Edit, Fix
from dbwright.core.migration import Migration
from dbwright.core.operation import DropIndex, Operation, RenameTable
from dbwright.core.schema import Index, Schema, Table
from dbwright.recipes import code, index, revision
from dbwright.recipes.batch import TEMPORARY

_LEAVES_CHILDREN = (None, "NO ACTION", "RESTRICT")
OFF = code.autocommit(code.execute("PRAGMA foreign_keys=OFF"))
ON = code.autocommit(code.execute("PRAGMA foreign_keys=ON"))


def tables_made_anew(operations: Iterable[Operation]) -> Iterator[tuple[int, str]]:
    """Gives the number and the table of each copy that takes a table's place."""
    for number, operation in enumerate(operations):
        if isinstance(operation, RenameTable) and operation.table.startswith(TEMPORARY):
            yield number, operation.to


def lost(migration: Migration, name: str) -> tuple[str, ...]:
    """What the table had before and has no more, though nothing drops it, for the reader."""
    before = migration.existing(name)
    after = migration.after.table(name) if migration.after else None
    if before is None or after is None:
        return ()
    triggers = {item.name for item in after.triggers}
    found = [f"CHECK ({item})" for item in _lost_checks(before, after)]
    found += [f"trigger {item.name}" for item in before.triggers if item.name not in triggers]
    found += [f"index {item.name}" for item in _lost_indexes(migration, before, after)]
    return tuple(found + _lost_collations(before, after))


def affected(schema: Schema, table: str) -> set[str]:
    """The tables whose rows follow when all rows of a table are deleted."""
    found: set[str] = set()
    waiting = [table]
    while waiting:
        for child, key in schema.referring(waiting.pop()):
            if key.on_delete not in _LEAVES_CHILDREN and child.key not in {*found, table}:
                found.add(child.key)
                waiting.append(child.key)
    return found


def carry_over(migration: Migration, table: Table) -> Fix:
    """The cure of what batch mode does not see: checks are handed to it, the rest made again."""
    after = migration.after.table(table.name) if migration.after else None
    checks = [
        f"sa.CheckConstraint({code.literal(item)})"
        for item in (_lost_checks(table, after) if after else ())
    ]
    arguments = f"table_args=({', '.join(checks)},)" if checks else ""
    again = code.lines(*map(code.execute, _made_again(migration, table, after)))

    def make(text: str) -> tuple[Edit, ...]:
        if after is None or not (arguments or again):
            raise FixError("a batch cannot be told of it")
        return revision.edited(migration, _around(text, table.name, arguments, "", again))

    head = f", {arguments}" if arguments else ""
    return Fix(
        "Hand the batch what it does not see, and make again what it cannot be handed",
        code.lines(
            f"with op.batch_alter_table({code.literal(table.name)}{head}) as batch_op:",
            "    …  # as it is",
            again,
        ),
        "safe",
        revision.attempt(migration, make),
    )


def without_keys(migration: Migration, table: str) -> Fix:
    """The cure of children deleted along: foreign keys are off while the table is made anew."""

    def make(text: str) -> tuple[Edit, ...]:
        return revision.edited(migration, _around(text, table, "", OFF, ON))

    opening = f"with op.batch_alter_table({code.literal(table)}) as batch_op:"
    return Fix(
        "Take the foreign keys off while the batch makes the table anew",
        code.lines(OFF, opening, "    …  # as it is", ON),
        "safe",
        revision.attempt(migration, make),
    )


def _lost_checks(before: Table, after: Table) -> list[str]:
    kept = {_bare(item.expression) for item in after.checks}
    unnamed = (_bare(item.expression) for item in before.checks if item.name is None)
    return [item for item in unnamed if item not in kept]


def _lost_indexes(migration: Migration, before: Table, after: Table) -> list[Index]:
    """Those that are gone or sorted otherwise, over columns that are still there."""
    columns = {column.name for column in after.columns}
    dropped = {found.index for _, _, found in migration.each(DropIndex)}
    text = migration.source.text if migration.source else ""
    return [
        item
        for item in before.indexes
        if item not in after.indexes
        and item.name not in dropped
        and item.name not in text
        and {*item.uses, *filter(None, item.columns)} <= columns
    ]


def _lost_collations(before: Table, after: Table) -> list[str]:
    found = []
    for column in before.columns:
        new = after.column(column.name)
        if new and column.collation and new.collation is None and new.type == column.type:
            found.append(f"COLLATE {column.collation} of {column.name}")
    return found


def _made_again(migration: Migration, before: Table, after: Table | None) -> Iterator[str]:
    if after is None:
        return
    indexes = {item.name for item in after.indexes}
    for item in _lost_indexes(migration, before, after):
        if item.name in indexes:
            yield f"DROP INDEX {code.quoted(item.name)}"
        yield index.plain_sql(before.name, item)
    triggers = {item.name for item in after.triggers}
    yield from (item.definition for item in before.triggers if item.name not in triggers)


def _around(text: str, table: str, arguments: str, before: str, after: str) -> str:
    """The text with code before and behind each batch of the table, the downgrade's too."""
    lines = text.splitlines(keepends=True)
    blocks = [node for node in ast.walk(ast.parse(text)) if isinstance(node, ast.With)]
    blocks = [node for node in blocks if _is_batch(node, table)]
    if not blocks:
        raise FixError("the batch is not written in the file")
    for node in sorted(blocks, key=lambda found: -found.lineno):
        margin = " " * node.col_offset
        end = node.end_lineno or node.lineno
        if after:
            lines[end - 1] = lines[end - 1].rstrip("\n") + "\n"
            lines[end:end] = [textwrap.indent(after, margin) + "\n"]
        opening = f"batch_alter_table({code.literal(table)}"
        first = lines[node.lineno - 1]
        if arguments and opening not in first:
            raise FixError("the batch is written over several lines")
        if arguments:
            lines[node.lineno - 1] = first.replace(opening, f"{opening}, {arguments}", 1)
        if before:
            lines[node.lineno - 1 : node.lineno - 1] = [textwrap.indent(before, margin) + "\n"]
    return "".join(lines)


def _is_batch(node: ast.With, table: str) -> bool:
    call = node.items[0].context_expr
    if not isinstance(call, ast.Call) or not isinstance(call.func, ast.Attribute):
        return False
    first = call.args[0] if call.args else None
    named = isinstance(first, ast.Constant) and first.value == table
    given = {keyword.arg for keyword in call.keywords}
    return call.func.attr == "batch_alter_table" and named and "table_args" not in given


def _bare(expression: str) -> str:
    text = expression.strip()
    return text[1:-1] if text.startswith("(") and text.endswith(")") else text
