"""Tables, columns, constraints and indexes in sqlglot's trees, as facts."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from typing import Any

from sqlglot import expressions as exp

from dbwright.core.schema import (
    Check,
    Column,
    ForeignKey,
    Index,
    IndexKey,
    PrimaryKey,
    Table,
    Unique,
)
from dbwright.dialects.mysql import types

Part = PrimaryKey | Unique | ForeignKey | Check | Index


@dataclass(slots=True)
class Written:
    """A column as it is written, with what stands in it."""

    column: Column
    parts: list[Part] = field(default_factory=list)


def table(tree: exp.Create) -> Table:
    """Give the table of a CREATE TABLE."""
    schema = tree.this
    columns: list[Column] = []
    parts: list[Part] = []
    for element in schema.expressions:
        if isinstance(element, exp.ColumnDef):
            written = column(element)
            columns.append(written.column)
            parts += written.parts
        else:
            parts += constraints(element)
    name = schema.this
    return Table(
        name.name,
        tuple(columns),
        name.db or None,
        primary_key=next((each for each in parts if isinstance(each, PrimaryKey)), None),
        foreign_keys=tuple(each for each in parts if isinstance(each, ForeignKey)),
        uniques=tuple(each for each in parts if isinstance(each, Unique)),
        checks=tuple(each for each in parts if isinstance(each, Check)),
        indexes=tuple(each for each in parts if isinstance(each, Index)),
    )


def column(definition: exp.ColumnDef) -> Written:
    """Give a column with what stands in its definition."""
    kind = definition.args.get("kind")
    spelled = types.canonical(kind.sql(dialect="mysql")) if kind else ""
    written = Written(Column(definition.name, spelled))
    for node in definition.args.get("constraints") or ():
        _apply(written, node.args.get("kind"), node.this.name if node.this else None)
    return written


def _apply(written: Written, kind: Any, name: str | None) -> None:
    base = written.column
    match kind:
        case exp.NotNullColumnConstraint():
            written.column = replace(base, nullable=bool(kind.args.get("allow_null")))
        case exp.DefaultColumnConstraint():
            text = text_of(kind.this)
            written.column = replace(base, default=None if text.upper() == "NULL" else text)
        case exp.AutoIncrementColumnConstraint():
            written.column = replace(base, identity="by default")
        case exp.ComputedColumnConstraint():
            stored = bool(kind.args.get("persisted"))
            written.column = replace(base, computed=text_of(kind.this), stored=stored)
        case exp.CollateColumnConstraint():
            written.column = replace(base, collation=kind.this.name)
        case exp.PrimaryKeyColumnConstraint():
            written.column = replace(base, nullable=False)
            written.parts.append(PrimaryKey((base.name,)))
        case exp.UniqueColumnConstraint():
            written.parts.append(Unique((base.name,), name))
        case exp.CheckColumnConstraint():
            written.parts.append(_check(kind, name))
        case exp.Reference():
            # MySQL reads REFERENCES in a column's definition and does nothing; MariaDB obeys.
            written.parts.append(_foreign_key((base.name,), kind, name))


def text_of(node: exp.Expression) -> str:
    """Give an expression's SQL."""
    return node.sql(dialect="mysql")


def constraints(node: Any, name: str | None = None) -> Iterator[Part]:
    """Give the constraints and indexes in one element of a table's definition."""
    match node:
        case exp.Constraint() | exp.AddConstraint():
            own = node.this.name if isinstance(node, exp.Constraint) else name
            for inner in node.expressions:
                yield from constraints(inner, own)
        case exp.PrimaryKey():
            yield PrimaryKey(_names(node.expressions))
        case exp.UniqueColumnConstraint() if isinstance(node.this, exp.Schema):
            own = node.this.this.name if node.this.this else None
            yield Unique(_names(node.this.expressions), own or name)
        case exp.CheckColumnConstraint():
            yield _check(node, name)
        case exp.ForeignKey():
            reference = node.args.get("reference")
            if reference:
                yield _foreign_key(_names(node.expressions), reference, name)
        case exp.IndexColumnConstraint():
            kind = str(node.args.get("kind") or "").lower()
            keys = tuple(_key(each) for each in node.expressions)
            yield Index(node.this.name if node.this else "", keys, method=kind or "btree")


def _names(nodes: list[Any]) -> tuple[str, ...]:
    found = (node.find(exp.Identifier) for node in nodes)
    return tuple(each.name for each in found if each)


def _check(node: exp.CheckColumnConstraint, name: str | None) -> Check:
    used = tuple(dict.fromkeys(each.name for each in node.this.find_all(exp.Column)))
    return Check(text_of(node.this), name, columns=used)


def _foreign_key(columns: tuple[str, ...], node: exp.Reference, name: str | None) -> ForeignKey:
    target = node.this
    table = target.find(exp.Table)
    referred = _names(target.expressions) if isinstance(target, exp.Schema) else ()
    options = [str(option).upper() for option in node.args.get("options") or ()]
    return ForeignKey(
        columns,
        table.name if table else "",
        referred,
        (table.db or None) if table else None,
        name,
        _action(options, "ON DELETE "),
        _action(options, "ON UPDATE "),
    )


def _action(options: list[str], words: str) -> str | None:
    found = next((each.removeprefix(words) for each in options if each.startswith(words)), None)
    return None if found == "NO ACTION" else found


def index(tree: exp.Index, *, unique: bool) -> Index:
    """Give the index of a CREATE INDEX."""
    parameters = tree.args.get("params")
    keys = (parameters.args.get("columns") or ()) if parameters else ()
    return Index(tree.name, tuple(_key(each) for each in keys), unique)


def _key(node: Any) -> IndexKey:
    descending = isinstance(node, exp.Ordered) and bool(node.args.get("desc"))
    inner = node.this if isinstance(node, exp.Ordered) else node
    if isinstance(inner, (exp.Column, exp.Identifier)):
        return IndexKey(inner.name, None, descending)
    if isinstance(inner, exp.ColumnPrefix):
        # MySQL's prefix of a column, name(10): told apart by its length.
        return IndexKey(inner.this.name, None, descending, opclass=f"({text_of(inner.expression)})")
    return IndexKey(None, text_of(inner), descending)
