"""Tables: those that `create_table` and `add_column` describe, with their constraints."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from dbwright.collect.revisions_arguments import (
    DEFAULT_SCHEMAS,
    Arguments,
    Unclear,
    plain_text,
    texts_of,
)
from dbwright.collect.revisions_expressions import expression
from dbwright.collect.revisions_indexes import index_of
from dbwright.collect.revisions_types import (
    creates_type,
    enum_labels,
    for_dialect,
    spell,
)
from dbwright.collect.revisions_values import Made
from dbwright.core.operation import (
    AddCheck,
    AddColumn,
    AddForeignKey,
    AddUnique,
    CreateEnum,
    CreateIndex,
    CreateTable,
    Operation,
)
from dbwright.core.place import Place
from dbwright.core.schema import (
    Check,
    Column,
    Exclude,
    ForeignKey,
    Index,
    IndexKey,
    PrimaryKey,
    Table,
    Unique,
)

_NOT_TYPES = [
    "ForeignKey",
    "CheckConstraint",
    "Identity",
    "Computed",
    "Sequence",
    "FetchedValue",
    "DefaultClause",
]


@dataclass(frozen=True)
class ColumnRead:
    """A column as it is written, with what stands in it besides."""

    column: Column
    type: Any = None
    primary_key: bool = False
    unique: bool = False
    index: bool = False
    autoincrement: Any = "auto"
    foreign_keys: tuple[ForeignKey, ...] = ()
    check: Check | None = None


@dataclass
class TableParts:
    """The constraints and indexes that stand beside the columns of a table."""

    primary_key: PrimaryKey | None = None
    foreign_keys: list[ForeignKey] = field(default_factory=list)
    uniques: list[Unique] = field(default_factory=list)
    checks: list[Check] = field(default_factory=list)
    excludes: list[Exclude] = field(default_factory=list)
    indexes: list[Index] = field(default_factory=list)


def read_column(made: Any, dialect: str | None, place: Place) -> ColumnRead:
    """Gives the column of `sa.Column(…)`; what cannot be read raises Unclear."""
    if not isinstance(made, Made) or made.name not in ("Column", "column", "mapped_column"):
        raise Unclear("column")
    here = Place(place.file, made.line or place.line)
    given = list(made.arguments)
    name = plain_text(given.pop(0)) if given and _is_name(given[0]) else None
    name = name or plain_text(made.keywords.get("name"))
    if name is None:
        raise Unclear("name")
    items = [item for item in given if isinstance(item, Made) and item.name in _NOT_TYPES]
    types = [item for item in given if not any(item is other for other in items)]
    kind = types[0] if types else made.keywords.get("type_")
    arguments = Arguments((), (), made.keywords, dialect, here)
    primary = arguments.flag("primary_key")
    foreign = tuple(
        _inline_foreign_key(name, item, dialect, here) for item in _named(items, "ForeignKey")
    )
    column = Column(
        name,
        spell(kind, dialect) if kind is not None else "user-defined",
        nullable=arguments.flag("nullable") if arguments.has("nullable") else not primary,
        place=here,
        collation=_collation(kind, dialect),
        comment=arguments.optional("comment"),
    )
    return ColumnRead(
        _with_default(column, arguments, items),
        kind,
        primary,
        arguments.flag("unique"),
        arguments.flag("index"),
        arguments.raw("autoincrement", default="auto"),
        foreign,
        next((_check(item, dialect, here) for item in _named(items, "CheckConstraint")), None),
    )


def _is_name(value: Any) -> bool:
    return isinstance(value, str) or (isinstance(value, Made) and value.name == "quoted_name")


def _named(items: Iterable[Made], name: str) -> list[Made]:
    return [item for item in items if item.name == name]


def _collation(kind: Any, dialect: str | None) -> str | None:
    kind = for_dialect(kind, dialect)
    found = kind.keywords.get("collation") if isinstance(kind, Made) else None
    return found if isinstance(found, str) else None


def _with_default(column: Column, arguments: Arguments, items: list[Made]) -> Column:
    for item in [*items, arguments.raw("server_default")]:
        if isinstance(item, Made) and item.name == "Identity":
            always = item.keywords.get("always", item.arguments[:1] == (True,))
            return replace(
                column, identity="always" if always is True else "by default", nullable=False
            )
        if isinstance(item, Made) and item.name == "Computed" and item.arguments:
            text = arguments.expression(item.arguments[0])
            stored = item.keywords.get("persisted", True) is not False
            return replace(column, computed=text, stored=stored)
        if isinstance(item, Made) and item.name == "Sequence" and item.arguments:
            return replace(column, default=f"nextval('{plain_text(item.arguments[0])}'::regclass)")
    given = arguments.raw("server_default")
    if given is None or (isinstance(given, Made) and given.name == "FetchedValue"):
        return column
    return replace(column, default=arguments.server_default(given))


def _inline_foreign_key(column: str, made: Made, dialect: str | None, place: Place) -> ForeignKey:
    target = made.arguments[0] if made.arguments else made.keywords.get("column")
    schema, table, referred = _target(plain_text(target), dialect)
    return _with_actions(
        ForeignKey((column,), table, (referred,), schema, place=place), made.keywords
    )


def _target(text: str | None, dialect: str | None) -> tuple[str | None, str, str]:
    parts = (text or "").split(".")
    if len(parts) not in (2, 3):
        raise Unclear("foreign key")
    schema = parts[0] if len(parts) == 3 else None
    return None if schema == DEFAULT_SCHEMAS.get(dialect or "") else schema, parts[-2], parts[-1]


def _with_actions(foreign_key: ForeignKey, keywords: Mapping[str, Any]) -> ForeignKey:
    on_delete, on_update = (plain_text(keywords.get(key)) for key in ("ondelete", "onupdate"))
    return replace(
        foreign_key,
        name=plain_text(keywords.get("name", foreign_key.name)),
        on_delete=_action(on_delete),
        on_update=_action(on_update),
        deferrable=keywords.get("deferrable") is True,
        initially_deferred=str(keywords.get("initially", "")).upper() == "DEFERRED",
        validated=keywords.get("postgresql_not_valid") is not True,
    )


def _action(text: str | None) -> str | None:
    action = text.upper() if text else None
    return None if action == "NO ACTION" else action


def foreign_key_of(
    columns: tuple[str, ...],
    table: str,
    schema: str | None,
    referred: tuple[str, ...],
    keywords: Mapping[str, Any],
    place: Place,
) -> ForeignKey:
    """Gives the foreign key with the actions that the keywords say."""
    return _with_actions(ForeignKey(columns, table, referred, schema, place=place), keywords)


def _check(made: Made, dialect: str | None, place: Place) -> Check:
    arguments = Arguments(("sqltext", "name"), made.arguments, made.keywords, dialect, place)
    text = arguments.expression(arguments.raw("sqltext"))
    return Check(text, arguments.optional("name"), place=place)


def created_table(arguments: Arguments) -> list[tuple[Operation, ...]]:
    """Gives the statements of `create_table`: its enumerated types, the table, its indexes."""
    parts, columns, partition = TableParts(), [], arguments.option("partition_by")
    for item in arguments.rest:
        if not isinstance(item, Made):
            raise Unclear("column")
        if item.name in ("Column", "mapped_column"):
            columns.append(read_column(item, arguments.dialect, arguments.place))
        else:
            _add_part(parts, item, arguments)
    name, schema = arguments.text("table_name", "name"), arguments.schema()
    keyed = tuple(read.column.name for read in columns if read.primary_key)
    primary = parts.primary_key or (PrimaryKey(keyed, place=arguments.place) if keyed else None)
    for read in columns:
        _add_inline(parts, read, name)
    key = set(primary.columns) if primary else set()
    table = Table(
        name,
        tuple(_in_table(read, name, key, columns, arguments.dialect) for read in columns),
        schema,
        "partitioned" if partition else "table",
        primary,
        tuple(parts.foreign_keys),
        tuple(parts.uniques),
        tuple(parts.checks),
        tuple(parts.excludes),
        partition=f"PARTITION BY {partition}" if isinstance(partition, str) else None,
        comment=arguments.optional("comment"),
        place=arguments.place,
    )
    prefixes = {text.upper() for text in arguments.texts("prefixes")}
    temporary = not prefixes.isdisjoint({"TEMPORARY", "TEMP"})
    create = CreateTable(table, arguments.flag("if_not_exists"), temporary)
    enums = _enums((read.type for read in columns), arguments.dialect)
    indexes = [CreateIndex(table.key, index) for index in parts.indexes]
    operations: list[Operation] = [*enums, create, *indexes]
    return [(operation,) for operation in operations]


def _add_part(parts: TableParts, made: Made, arguments: Arguments) -> None:
    place = Place(arguments.place.file, made.line or arguments.place.line)
    dialect, keywords = arguments.dialect, made.keywords
    if made.name == "PrimaryKeyConstraint":
        parts.primary_key = PrimaryKey(
            texts_of(made.arguments), plain_text(keywords.get("name")), place
        )
    elif made.name == "UniqueConstraint":
        parts.uniques.append(unique_of(texts_of(made.arguments), keywords, place))
    elif made.name == "ForeignKeyConstraint":
        parts.foreign_keys.append(_foreign_key_constraint(made, dialect, place))
    elif made.name == "CheckConstraint":
        parts.checks.append(_check(made, dialect, place))
    elif made.name == "ExcludeConstraint":
        parts.excludes.append(exclude_of(plain_text(keywords.get("name")), made, dialect))
    elif made.name == "Index":
        parts.indexes.append(index_of(made, dialect, place))
    else:
        raise Unclear(made.name)


def unique_of(columns: tuple[str, ...], keywords: Mapping[str, Any], place: Place) -> Unique:
    """Gives the UNIQUE constraint over the columns."""
    return Unique(
        columns,
        plain_text(keywords.get("name")),
        nulls_not_distinct=keywords.get("postgresql_nulls_not_distinct") is True,
        deferrable=keywords.get("deferrable") is True,
        include=texts_of(keywords.get("postgresql_include") or ()),
        place=place,
    )


def exclude_of(name: str | None, made: Made, dialect: str | None) -> Exclude:
    """Gives the EXCLUDE constraint of pairs of an expression and an operator."""
    pairs = []
    for pair in made.arguments:
        text = _pair(pair, dialect)
        if text is None:
            raise Unclear("exclude")
        pairs.append(text)
    method = made.keywords.get("using", "gist")
    return Exclude(name or "", f"EXCLUDE USING {method} ({', '.join(pairs)})")


def _pair(pair: Any, dialect: str | None) -> str | None:
    if not isinstance(pair, tuple) or len(pair) != 2 or not isinstance(pair[1], str):
        return None
    text = expression(pair[0], dialect)
    return f"{text} WITH {pair[1]}" if text else None


def _foreign_key_constraint(made: Made, dialect: str | None, place: Place) -> ForeignKey:
    names = ("columns", "refcolumns", "name")
    given = Arguments(names, made.arguments, made.keywords, dialect, place)
    targets = [_target(text, dialect) for text in given.texts("refcolumns")]
    if not targets:
        raise Unclear("foreign key")
    schema, table, _ = targets[0]
    keywords = {**made.keywords, "name": given.optional("name")}
    referred = tuple(target[2] for target in targets)
    return foreign_key_of(given.texts("columns"), table, schema, referred, keywords, place)


def _add_inline(parts: TableParts, read: ColumnRead, table: str) -> None:
    name, place = read.column.name, read.column.place
    parts.foreign_keys.extend(read.foreign_keys)
    if read.check:
        parts.checks.append(read.check)
    if read.unique and not read.index:
        parts.uniques.append(Unique((name,), place=place))
    if read.index:
        parts.indexes.append(_implied_index(table, read))


def _implied_index(table: str, read: ColumnRead) -> Index:
    # the name that SQLAlchemy's default naming convention gives to index=True
    name = f"ix_{table}_{read.column.name}"
    return Index(name, (IndexKey(read.column.name),), read.unique, place=read.column.place)


_INTEGERS = ("integer", "bigint", "smallint", "int")
_NUMBERED: dict[str, Callable[[str, str], dict[str, Any]]] = {
    "postgresql": lambda table, column: {"default": f"nextval('{table}_{column}_seq'::regclass)"},
    "mysql": lambda table, column: {"identity": "by default"},
    "mariadb": lambda table, column: {"identity": "by default"},
}


def _in_table(
    read: ColumnRead, table: str, key: set[str], columns: list[ColumnRead], dialect: str | None
) -> Column:
    column = read.column
    if column.name not in key:
        return column
    column = replace(column, nullable=False)
    alone = len(key) == 1 and read.autoincrement in ("auto", "ignore_fk")
    wanted = read.autoincrement is True or (alone and not read.foreign_keys)
    if wanted and column.type in _INTEGERS and not column.generates_itself:
        numbered = _NUMBERED.get(dialect or "")
        return replace(column, **numbered(table, column.name)) if numbered else column
    return column


def _enums(types: Iterable[Any], dialect: str | None) -> Iterable[CreateEnum]:
    seen: set[str] = set()
    for kind in types:
        kind = for_dialect(kind, dialect)
        if not creates_type(kind, dialect):
            continue
        while kind.name == "ARRAY":
            kind = for_dialect(kind.arguments[0], dialect)
        name = spell(kind, dialect)
        if name not in seen:
            seen.add(name)
            yield CreateEnum(name, enum_labels(kind))


def added_column(arguments: Arguments) -> list[tuple[Operation, ...]]:
    """Gives the statements of `add_column`: the column, then what Alembic sends after it."""
    table = arguments.table()
    read = read_column(arguments.raw("column"), arguments.dialect, arguments.place)
    inline = arguments.flag("inline_references") and len(read.foreign_keys) == 1
    column = replace(read.column, nullable=read.column.nullable and not read.primary_key)
    steps: list[tuple[Operation, ...]] = [
        (
            AddColumn(
                table,
                column,
                # Alembic leaves the name out of an inline reference; the server chooses one
                foreign_key=replace(read.foreign_keys[0], name=None) if inline else None,
                primary_key=read.primary_key and arguments.flag("inline_primary_key"),
                check=None,
                if_not_exists=arguments.flag("if_not_exists"),
            ),
        )
    ]
    place = read.column.place
    if not inline:
        steps.extend((AddForeignKey(table, key),) for key in read.foreign_keys)
    if read.unique and not read.index:
        steps.append((AddUnique(table, Unique((column.name,), place=place)),))
    if read.check:
        steps.append((AddCheck(table, read.check),))
    if read.index:
        bare = table.rpartition(".")[2]
        steps.append((CreateIndex(table, _implied_index(bare, read)),))
    return steps
