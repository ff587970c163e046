"""What an ALTER of a column must say again: MySQL's MODIFY and CHANGE state the column anew."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass, replace

from dbwright import dialects
from dbwright.core.finding import Edit, Fix
from dbwright.core.migration import Migration
from dbwright.core.operation import (
    AlterType,
    DropDefault,
    DropNotNull,
    Operation,
    SetDefault,
    SetNotNull,
    Statement,
)
from dbwright.core.schema import Column, Table
from dbwright.recipes import code, drop, revision, revision_source
from dbwright.recipes.revision_source import Where

CALL = "alter_column"
_STATES_ANEW = frozenset({"type_", "nullable", "new_column_name", "comment", "autoincrement"})


@dataclass(frozen=True, slots=True)
class Lost:
    """A call of alter_column, the column it is about, and the keywords that would keep it whole.

    `words` names what goes, for a reader; `leaned_on` is whether an INSERT that leaves the column
    out has worked by it, and fails without.
    """

    statement: Statement
    table: str
    column: Column
    keywords: tuple[tuple[str, str], ...]
    words: tuple[str, ...]
    leaned_on: bool = False


def losses(migration: Migration) -> Iterator[Lost]:
    """Gives each call of alter_column in the upgrade that drops what it does not say again.

    Only calls whose text is known are judged: what they leave out was not meant to change.
    """
    if migration.target.dialect not in drop.STATES_COLUMNS_ANEW:
        return
    seen: set[tuple[int, int]] = set()
    for statement, operation in migration.operations():
        name = getattr(operation, "table", None)
        table = migration.existing(name) if isinstance(name, str) else None
        call = _call_at(migration, statement)
        if table is None or call is None or (call.lineno, call.col_offset) in seen:
            continue
        seen.add((call.lineno, call.col_offset))
        found = _judged(migration, statement, table, call)
        if found is not None:
            yield found


def _judged(
    migration: Migration, statement: Statement, table: Table, call: ast.Call
) -> Lost | None:
    given = {word.arg for word in call.keywords if word.arg}
    names = [each.value for each in call.args if isinstance(each, ast.Constant)]
    column = next((found for found in map(table.column, map(str, names)) if found), None)
    if column is None or None in {word.arg for word in call.keywords}:
        return None
    if not given & _STATES_ANEW and not _is_moment_with_default(column, call):
        return None
    after = _after(migration, table, column, call)
    parts = [
        (keyword, words)
        for keyword, words, still in _attributes(column, after)
        if not still and not given & {keyword[0], keyword[0].removeprefix("existing_")}
    ]
    if not parts:
        return None
    keywords, texts = zip(*parts, strict=True)
    gone = {name for name, _ in keywords} & {"existing_server_default", "existing_autoincrement"}
    leaned_on = bool(gone) and after is not None and not after.nullable
    return Lost(statement, table.key, column, tuple(keywords), tuple(texts), leaned_on)


def _is_moment_with_default(column: Column, call: ast.Call) -> bool:
    """Whether the call gives a moment a default: Alembic writes CHANGE, as SET DEFAULT may not."""
    given = {word.arg: word.value for word in call.keywords}
    default = given.get("server_default")
    none = isinstance(default, ast.Constant) and default.value is None
    moment = column.type.startswith(("datetime", "timestamp"))
    return default is not None and not none and moment and "existing_type" in given


def _attributes(
    column: Column, after: Column | None
) -> Iterator[tuple[tuple[str, str], str, bool]]:
    """Gives what a column has, each with the keyword that states it and whether it stays."""
    if not column.nullable:
        kept = after is not None and not after.nullable
        yield ("existing_nullable", "False"), "NOT NULL", kept
    if column.default is not None:
        kept = after is not None and after.default is not None
        text = f"sa.text({code.literal(column.default)})"
        yield ("existing_server_default", text), f"the default {column.default}", kept
    if column.identity is not None:
        kept = after is not None and after.identity is not None
        yield ("existing_autoincrement", "True"), "AUTO_INCREMENT", kept
    if column.comment is not None:
        kept = after is not None and after.comment is not None
        yield ("existing_comment", repr(column.comment)), "the comment", kept


def _after(migration: Migration, table: Table, column: Column, call: ast.Call) -> Column | None:
    """Gives the column as it is after the revision; a key's stays NOT NULL whatever is said."""
    to = next((w.value for w in call.keywords if w.arg == "new_column_name"), None)
    name = to.value if isinstance(to, ast.Constant) else column.name
    found = migration.after.table(table.key) if migration.after else None
    key = table.primary_key.columns if table.primary_key else ()
    if found is None:
        return Column(column.name, column.type, nullable=column.name not in key)
    new = found.column(str(name))
    if new is None or migration.evidence == "executed":
        return new
    # what was read of the file tells of NOT NULL and the default, and of nothing else
    return replace(new, identity=None, comment=None)


def keep(migration: Migration, lost: Lost) -> Fix:
    """The cure: the call says again what the column has, and so does its way back."""

    def make(text: str) -> tuple[Edit, ...]:
        where = revision.place_of(migration, lost.statement, (CALL, lost.table))
        found = _with_keywords(text, where, lost)
        back = _call_in(text, "downgrade", lost)
        if back is not None:
            found = _with_keywords(found, Where("downgrade", back), lost)
        return revision.edited(migration, found)

    words = ", ".join(f"{name}={value}" for name, value in lost.keywords)
    start = f"op.alter_column({code.literal(lost.table)}, {code.literal(lost.column.name)}"
    return Fix(
        "Say again what the column has",
        f"{start}, …, {words})",
        "unsafe",
        revision.attempt(migration, make),
    )


def _with_keywords(text: str, where: Where, lost: Lost) -> str:
    for name, value in lost.keywords:
        text = revision_source.add_keyword(text, where, CALL, name, value)
    return text


def changes_only(kind: type, statement: Statement, column: Column, migration: Migration) -> bool:
    """Whether a MODIFY or CHANGE says all else of the column as it was: only `kind` changes it."""
    canonical = dialects.get(migration.target.dialect).types.canonical

    def same(operation: Operation) -> bool:
        if isinstance(operation, kind):
            return True
        match operation:
            case AlterType():
                return bool(canonical(operation.type) == canonical(column.type))
            case SetNotNull() | DropNotNull():
                return column.nullable == isinstance(operation, DropNotNull)
            case SetDefault():
                return column.default is not None
            case DropDefault():
                return column.default is None
        return False

    return all(map(same, statement.operations))


def _call_at(migration: Migration, statement: Statement) -> ast.Call | None:
    """Gives the call of alter_column that sends a statement, None where another line does."""
    place = statement.place
    if migration.source is None or place is None or place.line is None:
        return None
    if not f"/{place.file}".endswith(f"/{migration.path}"):
        return None
    found = [
        node
        for node in _calls(migration.source.tree)
        if node.lineno <= place.line <= (node.end_lineno or node.lineno)
    ]
    return found[0] if len(found) == 1 else None


def _call_in(text: str, function: str, lost: Lost) -> int | None:
    """Gives the line of the function's call for the same column, None where it has none."""
    for node in ast.parse(text).body:
        if isinstance(node, ast.FunctionDef) and node.name == function:
            for call in _calls(node):
                names = [each.value for each in call.args if isinstance(each, ast.Constant)]
                if lost.column.name in names:
                    return call.lineno
    return None


def _calls(tree: ast.AST) -> Iterator[ast.Call]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and getattr(node.func, "attr", None) == CALL:
            yield node
