"""Calls: what each Alembic operation does, read from its arguments.

One function per call; its name is Alembic's. Each gives the statements that Alembic would send,
a tuple of operations for each. A new call is a new function with `@alembic(…)`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from dbwright.collect.revisions_arguments import Arguments, Unclear, plain_text
from dbwright.collect.revisions_indexes import read_index
from dbwright.collect.revisions_tables import (
    added_column,
    created_table,
    exclude_of,
    foreign_key_of,
    unique_of,
)
from dbwright.collect.revisions_types import USER_DEFINED, enum_labels, spell
from dbwright.collect.revisions_values import Batch, Klass, Made, Member, Symbol
from dbwright.core.operation import (
    AddCheck,
    AddExclude,
    AddForeignKey,
    AddPrimaryKey,
    AddUnique,
    AlterIdentity,
    AlterType,
    CreateEnum,
    CreateIndex,
    Data,
    DropColumn,
    DropConstraint,
    DropDefault,
    DropIndex,
    DropNotNull,
    DropTable,
    DropType,
    Operation,
    RenameColumn,
    RenameTable,
    SetDefault,
    SetNotNull,
)
from dbwright.core.place import Place
from dbwright.core.schema import Check, PrimaryKey, qualified

Steps = list[tuple[Operation, ...]]
_Reader = Callable[[Arguments], Steps]
_CALLS: dict[str, tuple[tuple[str, ...], _Reader]] = {}
# databases whose one ALTER changes all of a column at once
_ALTERS_AT_ONCE = frozenset({"mysql", "mariadb"})


def operations_of_call(
    name: str,
    arguments: tuple[Any, ...],
    keywords: Mapping[str, Any],
    dialect: str | None,
    place: Place,
    batch: Batch | None = None,
) -> Steps:
    """Gives the statements of an Alembic call; one that cannot be read raises Unclear."""
    if name not in _CALLS:
        raise Unclear(name)
    names, reader = _CALLS[name]
    if batch is not None:
        names, keywords = _in_batch(names, keywords, batch)
    return reader(Arguments(names, arguments, keywords, dialect, place))


def _in_batch(
    names: tuple[str, ...], keywords: Mapping[str, Any], batch: Batch
) -> tuple[tuple[str, ...], Mapping[str, Any]]:
    tables = ("table_name", "source_table")
    given = {table: batch.table for table in tables if table in names}
    given |= {"schema": batch.schema, "source_schema": batch.schema}
    return tuple(name for name in names if name not in tables), {**keywords, **given}


def alembic(name: str, *names: str) -> Callable[[_Reader], _Reader]:
    """Marks the function that reads a call, with the names of its positional parameters."""

    def mark(reader: _Reader) -> _Reader:
        _CALLS[name] = (names, reader)
        return reader

    return mark


@alembic("create_table", "table_name")
def _create_table(given: Arguments) -> Steps:
    return created_table(given)


@alembic("drop_table", "table_name")
def _drop_table(given: Arguments) -> Steps:
    return [(DropTable(given.table(), if_exists=given.flag("if_exists")),)]


@alembic("rename_table", "old_table_name", "new_table_name")
def _rename_table(given: Arguments) -> Steps:
    return [(RenameTable(given.table("old_table_name"), given.text("new_table_name")),)]


@alembic("add_column", "table_name", "column")
def _add_column(given: Arguments) -> Steps:
    return added_column(given)


@alembic("drop_column", "table_name", "column_name")
def _drop_column(given: Arguments) -> Steps:
    column = given.text("column_name")
    return [(DropColumn(given.table(), column, if_exists=given.flag("if_exists")),)]


@alembic("alter_column", "table_name", "column_name")
def _alter_column(given: Arguments) -> Steps:
    table, column = given.table(), given.text("column_name", "name")
    anew = given.dialect in _ALTERS_AT_ONCE and _states_anew(given)
    operations = (
        _stated_anew(given, table, column)
        if anew
        else [*_new_type(given, table, column), *_new_rules(given, table, column)]
    )
    name = given.optional("new_column_name")
    if name is not None and name != column:
        operations.append(RenameColumn(table, column, name))
    if given.dialect in _ALTERS_AT_ONCE:
        return [tuple(operations)] if operations else []
    return [(operation,) for operation in operations]


def _states_anew(given: Arguments) -> bool:
    """Whether Alembic writes MODIFY or CHANGE, and not ALTER COLUMN … SET DEFAULT."""
    default = given.raw("server_default", default=False)
    if isinstance(default, Made) and default.name in ("Identity", "Computed"):
        return False
    words = ("type_", "nullable", "new_column_name", "autoincrement")
    if given.has("comment") or any(given.raw(word) is not None for word in words):
        return True
    # SET DEFAULT takes no function, which a moment is likely to have as its default
    kind = given.raw("existing_type")
    text = spell(kind, given.dialect) if kind is not None and default is not None else ""
    return text.startswith(("datetime", "timestamp"))


def _stated_anew(given: Arguments, table: str, column: str) -> list[Operation]:
    """Gives what MODIFY and CHANGE do: what they do not say of the column is gone."""
    found: list[Operation] = []
    kind = given.raw("type_")
    kind = kind if kind is not None else given.raw("existing_type")
    if kind is not None:
        found.append(AlterType(table, column, spell(kind, given.dialect)))
    nullable = given.raw("nullable")
    nullable = nullable if nullable is not None else given.raw("existing_nullable", default=True)
    found.append((SetNotNull if nullable is False else DropNotNull)(table, column))
    default = given.raw("server_default", default=False)
    default = default if default is not False else given.raw("existing_server_default")
    if default in (None, False):
        found.append(DropDefault(table, column))
    else:
        found.append(SetDefault(table, column, given.server_default(default)))
    return found


def _new_type(given: Arguments, table: str, column: str) -> list[Operation]:
    kind = given.raw("type_")
    if kind is None:
        return []
    using = given.option("using")
    return [
        AlterType(
            table,
            column,
            spell(kind, given.dialect),
            given.expression(using) if using is not None else None,
        )
    ]


def _new_rules(given: Arguments, table: str, column: str) -> list[Operation]:
    found: list[Operation] = []
    nullable = given.raw("nullable")
    if nullable is not None:
        found.append((DropNotNull if nullable else SetNotNull)(table, column))
    default = given.raw("server_default", default=False)
    if isinstance(default, Made) and default.name in ("Identity", "Computed"):
        exists = isinstance(given.raw("existing_server_default"), Made)
        found.append(AlterIdentity(table, column, "set" if exists else "add"))
    elif default is None:
        was = given.raw("existing_server_default")
        identity = isinstance(was, Made) and was.name in ("Identity", "Computed")
        found.append(
            AlterIdentity(table, column, "drop") if identity else DropDefault(table, column)
        )
    elif default is not False:
        found.append(SetDefault(table, column, given.server_default(default)))
    return found


@alembic("create_index", "index_name", "table_name", "columns")
def _create_index(given: Arguments) -> Steps:
    index = read_index(given, given.text("index_name", "name"), given.raw("columns"))
    concurrently = given.option("concurrently") is True
    return [(CreateIndex(given.table(), index, concurrently, given.flag("if_not_exists")),)]


@alembic("drop_index", "index_name", "table_name")
def _drop_index(given: Arguments) -> Steps:
    index = qualified(given.text("index_name", "name"), given.schema())
    concurrently = given.option("concurrently") is True
    return [(DropIndex(index, concurrently, given.flag("if_exists")),)]


@alembic(
    "create_foreign_key",
    "constraint_name",
    "source_table",
    "referent_table",
    "local_cols",
    "remote_cols",
)
def _create_foreign_key(given: Arguments) -> Steps:
    keywords = {**given.keywords, "name": given.optional("constraint_name", "name")}
    foreign_key = foreign_key_of(
        given.texts("local_cols"),
        given.text("referent_table", "referent"),
        given.schema("referent_schema"),
        given.texts("remote_cols"),
        keywords,
        given.place,
    )
    if not foreign_key.columns:
        raise Unclear("local_cols")
    table = given.table("source_table", "source", schema="source_schema")
    return [(AddForeignKey(table, foreign_key),)]


@alembic("create_unique_constraint", "constraint_name", "table_name", "columns")
def _create_unique_constraint(given: Arguments) -> Steps:
    keywords = {**given.keywords, "name": given.optional("constraint_name", "name")}
    unique = unique_of(given.texts("columns", "local_cols"), keywords, given.place)
    if not unique.columns:
        raise Unclear("columns")
    index = given.option("using_index")
    return [(AddUnique(given.table(), unique, index if isinstance(index, str) else None),)]


@alembic("create_check_constraint", "constraint_name", "table_name", "condition")
def _create_check_constraint(given: Arguments) -> Steps:
    condition = given.expression(given.raw("condition"))
    validated = given.option("not_valid") is not True
    name = given.optional("constraint_name", "name")
    return [(AddCheck(given.table(), Check(condition, name, validated, given.place)),)]


@alembic("create_primary_key", "constraint_name", "table_name", "columns")
def _create_primary_key(given: Arguments) -> Steps:
    columns = given.texts("columns", "cols")
    if not columns:
        raise Unclear("columns")
    key = PrimaryKey(columns, given.optional("constraint_name", "name"), given.place)
    return [(AddPrimaryKey(given.table(), key),)]


@alembic("create_exclude_constraint", "constraint_name", "table_name")
def _create_exclude_constraint(given: Arguments) -> Steps:
    made = Made(Symbol("sqlalchemy.ExcludeConstraint"), given.rest, given.keywords)
    exclude = exclude_of(given.optional("constraint_name"), made, given.dialect)
    return [(AddExclude(given.table(), exclude),)]


@alembic("drop_constraint", "constraint_name", "table_name", "type_")
def _drop_constraint(given: Arguments) -> Steps:
    name = given.text("constraint_name", "name")
    return [(DropConstraint(given.table(), name, if_exists=given.flag("if_exists")),)]


@alembic("bulk_insert", "table", "rows")
def _bulk_insert(given: Arguments) -> Steps:
    rows = given.raw("rows", default=[])
    first = rows[0] if isinstance(rows, list) and rows else None
    columns = tuple(map(str, first)) if isinstance(first, dict) else ()
    return [(Data("insert", table_key(given.raw("table")), columns=columns),)]


def table_key(made: Any) -> str:
    """Gives the key of the table that `sa.table("…")`, `sa.Table("…")` or a class names."""
    if isinstance(made, Klass) and isinstance(made.attributes.get("__tablename__"), str):
        return str(made.attributes["__tablename__"])
    if isinstance(made, Member) and made.name == "__table__":
        return table_key(made.of)
    if not isinstance(made, Made) or not made.arguments or made.name not in ("table", "Table"):
        raise Unclear("table")
    name = plain_text(made.arguments[0])
    if name is None:
        raise Unclear("table")
    return qualified(name, plain_text(made.keywords.get("schema")))


@alembic("create_table_comment", "table_name", "comment")
@alembic("drop_table_comment", "table_name")
@alembic("get_bind")
@alembic("implementation_for")
def _nothing(given: Arguments) -> Steps:
    return []


@alembic("create made", "made")
def _create_made(given: Arguments) -> Steps:
    """`postgresql.ENUM(…).create(bind)`: what the file made is created in the database."""
    made = given.raw("made")
    if made.name in ("Enum", "ENUM"):
        name = _enum_of(made, given.dialect)
        return [(CreateEnum(name, enum_labels(made)),)] if name else []
    raise Unclear(made.name)


@alembic("drop made", "made")
def _drop_made(given: Arguments) -> Steps:
    made = given.raw("made")
    if made.name in ("Enum", "ENUM"):
        name = _enum_of(made, given.dialect)
        return [(DropType(name, if_exists=True),)] if name else []
    if made.name in ("table", "Table"):
        return [(DropTable(table_key(made), if_exists=True),)]
    raise Unclear(made.name)


def _enum_of(made: Made, dialect: str | None) -> str | None:
    if made.keywords.get("native_enum") is False or dialect not in (None, *_TYPED):
        return None
    name = spell(made, dialect)
    if name == USER_DEFINED:
        raise Unclear("enum")
    return name


# databases in which an enumerated type is an object of its own
_TYPED = ("postgresql",)
