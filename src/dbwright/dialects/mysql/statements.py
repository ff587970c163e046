"""SQL text of MySQL and MariaDB as operations, by sqlglot."""

from __future__ import annotations

import functools
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import replace
from typing import Any

from sqlglot import expressions as exp

from dbwright.core import operation as op
from dbwright.core.operation import Operation, Other
from dbwright.core.schema import Check, ForeignKey, Index, PrimaryKey, Unique
from dbwright.dialects import sqlglot_queries
from dbwright.dialects.mysql import create
from dbwright.dialects.sqlglot_queries import key

CONVERTED = "CONVERT TO CHARACTER SET"
_TOKEN = re.compile(
    r"""'(?:[^'\\]|''|\\.)*'|"(?:[^"\\]|""|\\.)*"|`(?:[^`]|``)*`|--\s[^\n]*|\#[^\n]*|/\*.*?\*/|;""",
    re.DOTALL,
)
_PLACEHOLDER = re.compile(r"%\(\w+\)s|%s|(?<![:\w]):[A-Za-z_]\w*")
_RENAME = re.compile(r"rename\s+table\s+`?([\w$.]+)`?\s+to\s+`?([\w$.]+)`?\s*;?\s*", re.IGNORECASE)
_ADD_CHECK = re.compile(r"(alter\s+table\s+\S+\s+add)\s+(check\s*\()", re.IGNORECASE)
_UNNAMED = "dbwright_unnamed"
_SPECIAL = re.compile(r"\s*create\s+(fulltext|spatial)\s+(?=index\b)", re.IGNORECASE)
_CONVERT = re.compile(
    r"\s*alter\s+table\s+`?([\w$.]+)`?\s+convert\s+to\s+(?:character\s+set|charset)\b",
    re.IGNORECASE,
)


def split(sql: str) -> list[str]:
    """Give each statement of a script.

    >>> split("select ';'; select 2 -- a; b")
    ["select ';'", 'select 2 -- a; b']
    """
    found, start = [], 0
    for match in _TOKEN.finditer(sql):
        if match[0] == ";":
            found.append(sql[start : match.start()].strip())
            start = match.end()
    found.append(sql[start:].strip())
    return [piece for piece in found if _TOKEN.sub(_kept, piece).strip()]


def _kept(match: re.Match[str]) -> str:
    return "" if match[0].startswith(("--", "#", "/*")) else match[0]


@functools.lru_cache(maxsize=8192)
def parse(sql: str) -> tuple[Operation, ...]:
    """Give the operations of one or more statements; what cannot be read is unknown."""
    return tuple(operation for one in split(sql) for operation in _parse_one(one))


def demands(sql: str) -> frozenset[str]:
    """Give what an ALTER TABLE asks of the server, which refuses it where it would need more.

    >>> sorted(demands("alter table t add x int, algorithm=instant, lock=none"))
    ['ALGORITHM=INSTANT', 'LOCK=NONE']
    """
    tree = sqlglot_queries.tree_of(_PLACEHOLDER.sub("?", sql), "mysql")
    options = (tree.args.get("options") or ()) if isinstance(tree, exp.Alter) else ()
    kinds = {exp.AlgorithmProperty: "ALGORITHM", exp.LockProperty: "LOCK"}
    return frozenset(
        f"{kinds[type(each)]}={each.name.upper()}" for each in options if type(each) in kinds
    )


def _parse_one(sql: str) -> Iterable[Operation]:
    renamed = _RENAME.fullmatch(sql)
    if renamed:
        return (op.RenameTable(renamed[1], renamed[2]),)
    converted = _CONVERT.match(sql)
    if converted:
        return (Other(CONVERTED, table=converted[1]),)
    special = _SPECIAL.match(sql)
    if special:
        plain = _parse_one(f"create {sql[special.end() :]}")
        return tuple(_with_method(each, special[1].lower()) for each in plain)
    # sqlglot takes an ADD CHECK apart only when it has a name.
    text = _ADD_CHECK.sub(rf"\1 constraint {_UNNAMED} \2", _PLACEHOLDER.sub("?", sql))
    tree = sqlglot_queries.tree_of(text, "mysql")
    if tree is None:
        return _by_tag(sql)
    try:
        return _operations(tree)
    except (AttributeError, IndexError, TypeError, ValueError):
        # Trees of statements that are nearly SQL lack what a statement always has.
        return sqlglot_queries.unknown()


def _with_method(operation: Operation, method: str) -> Operation:
    if not isinstance(operation, op.CreateIndex):
        return operation
    return replace(operation, index=replace(operation.index, method=method))


_KNOWN_TAGS = re.compile(
    r"(?:create|drop|alter)\s+(?:or\s+replace\s+)?(?:definer\s*=\s*\S+\s+)?"
    r"(trigger|procedure|function|event|user|role|database|schema)\b",
    re.IGNORECASE,
)
_HARMLESS = re.compile(
    r"(grant|revoke|analyze|optimize|flush|unlock|begin|start|commit|rollback|savepoint|release"
    r"|lock|show|describe|explain|use)\b",
    re.IGNORECASE,
)


def _by_tag(sql: str) -> Iterable[Operation]:
    named = _KNOWN_TAGS.match(sql)
    if named:
        verb = sql.split(None, 1)[0].upper()
        drops_all = verb == "DROP" and named[1].lower() in ("database", "schema")
        return (Other(f"{verb} {named[1].upper()}", unknown=drops_all),)
    harmless = _HARMLESS.match(sql)
    if harmless:
        return (Other(harmless[1].upper()),)
    return sqlglot_queries.unknown()


def _operations(tree: exp.Expression) -> tuple[Operation, ...]:
    rows = sqlglot_queries.operations(tree)
    if rows is not None:
        return rows
    for kind, handler in _HANDLERS.items():
        if isinstance(tree, kind):
            return tuple(handler(tree))
    return sqlglot_queries.unknown()


def _create(tree: Any) -> Iterator[Operation]:
    kind, exists = tree.kind, bool(tree.args.get("exists"))
    if kind == "TABLE" and isinstance(tree.this, exp.Schema) and tree.expression is None:
        temporary = any(isinstance(each, exp.TemporaryProperty) for each in _properties(tree))
        yield op.CreateTable(create.table(tree), exists, temporary)
    elif kind == "INDEX":
        table = tree.this.args["table"]
        index = create.index(tree.this, unique=bool(tree.args.get("unique")))
        yield op.CreateIndex(key(table), index, if_not_exists=exists)
    elif kind == "VIEW":
        read = sqlglot_queries.tables(tree.expression) if tree.expression else ()
        replaced = bool(tree.args.get("replace"))
        yield op.CreateView(key(tree.this.find(exp.Table)), read, replace=replaced)
    else:
        yield Other(f"CREATE {kind}", unknown=kind == "TABLE")


def _properties(tree: Any) -> list[Any]:
    found = tree.args.get("properties")
    return list(found.expressions) if found else []


def _drop(tree: Any) -> Iterator[Operation]:
    exists, cascade = bool(tree.args.get("exists")), bool(tree.args.get("cascade"))
    on = tree.args.get("cluster")
    for table in tree.args["tables"]:
        if tree.kind == "TABLE":
            yield op.DropTable(key(table), cascade, exists)
        elif tree.kind == "VIEW":
            yield op.DropView(key(table), if_exists=exists, cascade=cascade)
        elif tree.kind == "INDEX":
            yield op.DropIndex(table.name, if_exists=exists, table=key(on.this) if on else None)
        else:
            yield Other(f"DROP {tree.kind}", unknown=tree.kind in ("DATABASE", "SCHEMA"))


def _alter(tree: Any) -> Iterator[Operation]:
    table = key(tree.this)
    actions = tree.args.get("actions") or ()
    if tree.args.get("kind") != "TABLE" or not actions:
        yield Other(f"ALTER {tree.args.get('kind')}", table=table)
    for action in actions:
        yield from _action(table, action)


def _action(table: str, action: Any) -> Iterator[Operation]:
    match action:
        case exp.ColumnDef():
            yield from _add_column(table, action)
        case exp.AddConstraint():
            yield from (_added(table, part) for part in create.constraints(action))
        case exp.ModifyColumn():
            yield from _modify(table, action)
        case exp.AlterColumn():
            yield from _alter_column(table, action)
        case exp.Drop():
            yield from _dropped(table, action)
        case exp.DropPrimaryKey():
            yield op.DropConstraint(table, "PRIMARY")
        case exp.AlterRename():
            yield op.RenameTable(table, action.this.name)
        case exp.RenameColumn():
            yield op.RenameColumn(table, action.this.name, action.args["to"].name)
        case exp.RenameIndex():
            yield op.RenameIndex(action.this.name, action.args["to"].name)
        case _:
            yield Other(f"ALTER TABLE {type(action).__name__}", unknown=True, table=table)


def _add_column(table: str, action: exp.ColumnDef) -> Iterator[Operation]:
    written = create.column(action)
    kinds = [type(part) for part in written.parts]
    yield op.AddColumn(
        table,
        written.column,
        next((each for each in written.parts if isinstance(each, ForeignKey)), None),
        unique=Unique in kinds,
        primary_key=PrimaryKey in kinds,
        check=next((each for each in written.parts if isinstance(each, Check)), None),
        if_not_exists=bool(action.args.get("exists")),
    )


def _added(table: str, part: create.Part) -> Operation:
    match part:
        case PrimaryKey():
            return op.AddPrimaryKey(table, part)
        case Unique():
            return op.AddUnique(table, part)
        case ForeignKey():
            return op.AddForeignKey(table, part)
        case Index():
            return op.CreateIndex(table, part)
    name = None if part.name == _UNNAMED else part.name
    return op.AddCheck(table, Check(part.expression, name, columns=part.columns))


def _modify(table: str, action: Any) -> Iterator[Operation]:
    """Give what MODIFY and CHANGE do: they state the column anew, what is left out is gone."""
    column = create.column(action.this).column
    old = action.args.get("rename_from")
    name = old.name if old else column.name
    yield op.AlterType(table, name, column.type, collation=column.collation)
    null = op.DropNotNull if column.nullable else op.SetNotNull
    yield null(table, name)
    if column.default is None:
        yield op.DropDefault(table, name)
    else:
        yield op.SetDefault(table, name, column.default)
    # last, so that what comes before finds the column under the name that it had
    if name != column.name:
        yield op.RenameColumn(table, name, column.name)


def _alter_column(table: str, action: Any) -> Iterator[Operation]:
    if action.args.get("default") is not None:
        yield op.SetDefault(table, action.name, create.text_of(action.args["default"]))
    elif action.args.get("drop"):
        yield op.DropDefault(table, action.name)
    else:
        yield Other("ALTER TABLE ALTER COLUMN", unknown=True, table=table)


def _dropped(table: str, action: Any) -> Iterator[Operation]:
    exists = bool(action.args.get("exists"))
    for each in action.args["tables"]:
        if action.kind == "COLUMN":
            yield op.DropColumn(table, each.name, if_exists=exists)
        elif action.kind == "INDEX":
            yield op.DropIndex(each.name, if_exists=exists, table=table)
        else:
            yield op.DropConstraint(table, each.name, if_exists=exists)


def _set(tree: Any) -> Iterator[Operation]:
    for item in tree.expressions:
        pair = item.this
        if isinstance(pair, exp.EQ):
            yield op.SetParameter(pair.this.name.lower(), pair.expression.name)
        else:
            yield Other("SET")


def _short(tree: Any) -> Iterator[Operation]:
    yield Other(type(tree).__name__.upper())


Handler = Callable[[Any], Iterator[Operation]]
_HANDLERS: Mapping[type, Handler] = {
    exp.Create: _create,
    exp.Drop: _drop,
    exp.Alter: _alter,
    exp.Set: _set,
    exp.Transaction: _short,
    exp.Commit: _short,
    exp.Rollback: _short,
    exp.Use: _short,
    exp.Describe: _short,
    exp.Show: _short,
    exp.Analyze: _short,
}
