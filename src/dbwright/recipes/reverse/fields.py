"""A column as mapped_column() of a class or Column() of a table."""

from __future__ import annotations

import re

from dbwright.core.schema import SERIAL_DEFAULT, Column, ForeignKey, Index, Table, Unique
from dbwright.recipes.reverse.entities import Entity, view_key
from dbwright.recipes.reverse.layout import Call, call, literal
from dbwright.recipes.reverse.writer import Writer

_KEYWORD = re.compile(r"\w+=")
_CALL = re.compile(r"([a-z_][a-z0-9_]*)\(\)")


def attribute(entity: Entity, column: Column, writer: Writer) -> Call | str:
    """Gives the line of a class: `name: Mapped[str] = mapped_column(…)`."""
    declared = writer.dialect.declared(column, writer.named)
    python = writer.imports.resolved(declared.python)
    key = entity.table.primary_key
    inside = {*view_key(entity.table), *(key.columns if key else ())}
    optional = column.nullable and column.name not in inside
    mapped = writer.imports.use("sqlalchemy.orm", "Mapped")
    name = entity.attributes[column.name]
    parts: list[Call | str] = [literal(column.name)] if name != column.name else []
    plain = writer.is_plain(declared, python)
    plain = plain and not _refers_to_another_type(entity.table, column, writer)
    if not plain or python in writer.imports.own:
        parts.append(writer.imports.resolved(declared.code))
    parts += _arguments(entity.table, column, writer)
    annotation = f"{mapped}[{python}{' | None' if optional else ''}]"
    if not parts and not _is_named_below(entity.table, column):
        return f"{name}: {annotation}"
    function = writer.imports.use("sqlalchemy.orm", "mapped_column")
    return call(f"{name}: {annotation} = {function}", *parts)


def _refers_to_another_type(table: Table, column: Column, writer: Writer) -> bool:
    """Whether SQLAlchemy would give the column another type: that of what its key refers to."""
    for key in inline_keys(table, column, writer):
        referred = writer.inventory.schema.table(key.referred)
        other = referred.column(key.referred_columns[0]) if referred else None
        if other is None or (other.type, other.collation) != (column.type, column.collation):
            return True
    return False


def _is_named_below(table: Table, column: Column) -> bool:
    """Whether a relationship of the class may name the column, which a bare annotation is not."""
    own = any(column.name in key.columns for key in table.foreign_keys)
    selves = (key for key in table.foreign_keys if key.referred == table.key)
    return own or any(column.name in key.referred_columns for key in selves)


def column(table: Table, found: Column, writer: Writer) -> Call:
    """Gives `Column(…)` for a table that is no class."""
    type_ = writer.imports.resolved(writer.dialect.declared(found, writer.named).code)
    parts: list[Call | str] = [literal(found.name), type_, *_arguments(table, found, writer)]
    key = table.primary_key
    if not found.nullable and not (key and found.name in key.columns) and "view" not in table.kind:
        parts.append("nullable=False")
    return call(writer.sa("Column"), *parts)


def _arguments(table: Table, found: Column, writer: Writer) -> list[Call | str]:
    parts: list[Call | str] = []
    if "view" in table.kind:
        return ["primary_key=True"] if found.name in view_key(table) else []
    parts += [inline_key(table, key, writer) for key in inline_keys(table, found, writer)]
    if found.computed:
        sql = literal(writer.escaped(found.computed))
        parts.append(call(writer.sa("Computed"), sql, f"persisted={found.stored}"))
    parts += _generated(table, found, writer)
    parts += (
        ["unique=True"]
        if any(_is_plain(each, found, table, writer) for each in table.uniques)
        else []
    )
    parts += (
        ["index=True"]
        if any(is_plain_index(each, found, table, writer) for each in table.indexes)
        else []
    )
    default = _default(table, found, writer)
    parts += [f"server_default={default}"] if default else []
    parts += [f"comment={literal(found.comment)}"] if found.comment else []
    return sorted(parts, key=lambda part: isinstance(part, str) and bool(_KEYWORD.match(part)))


def inline_keys(table: Table, found: Column, writer: Writer) -> list[ForeignKey]:
    """Gives the foreign keys that a column declares itself."""
    return [key for key in table.foreign_keys if key.columns == (found.name,)]


def inline_key(table: Table, key: ForeignKey, writer: Writer) -> Call:
    """Gives `ForeignKey(…)`."""
    target = literal(f"{key.referred}.{key.referred_columns[0]}")
    return call(writer.sa("ForeignKey"), target, *key_words(table, key, writer))


def key_words(table: Table, key: ForeignKey, writer: Writer) -> list[str]:
    """Gives the keywords of a foreign key: its name, actions, and when it is checked."""
    words = []
    if key.name and not writer.convention.names("fk", table, key):
        words.append(f"name={literal(key.name)}")
    words += [f"ondelete={literal(key.on_delete)}"] if key.on_delete else []
    words += [f"onupdate={literal(key.on_update)}"] if key.on_update else []
    words += ["deferrable=True"] if key.deferrable else []
    words += ['initially="DEFERRED"'] if key.initially_deferred else []
    made = writer.inventory.find("constraint", key.name or "", table.key)
    words += ['match="FULL"'] if made and " MATCH FULL" in made.value else []
    late = writer.is_cyclic(table, key) and key.name
    words += ["use_alter=True"] if late or not key.validated else []
    words += [f"{writer.dialect.PREFIX}_not_valid=True"] if not key.validated else []
    return words


def _is_plain(each: Unique, found: Column, table: Table, writer: Writer) -> bool:
    """Whether `unique=True` says all of a UNIQUE, its name included."""
    plain = Unique((found.name,), each.name)
    named = each.name is None or writer.convention.names("uq", table, each)
    if "uq" in writer.convention.templates and each.name is None:
        return False
    deferred = writer.is_kept("constraint", table, each.name)
    return each == plain and named and not deferred


def is_plain_unique(each: Unique, table: Table, writer: Writer) -> bool:
    """Whether a column declares the UNIQUE."""
    found = table.column(each.columns[0])
    return len(each.columns) == 1 and found is not None and _is_plain(each, found, table, writer)


def is_plain_index(each: Index, found: Column, table: Table, writer: Writer) -> bool:
    """Whether `index=True` says all of an index, its name included."""
    name = f"ix_{table.name}_{found.name}"
    if (
        not writer.names_indexes_so
        or each.name != name
        or table.schema
        or len(name.encode()) > 60
        or not name.islower()
    ):
        return False
    if writer.dialect.is_made_by_key(table, each):
        return False
    if writer.is_kept("index", table, each.name) or each.columns != (found.name,):
        return False
    plain = Index(name, (type(each.keys[0])(found.name),))
    return each == plain


def _generated(table: Table, found: Column, writer: Writer) -> list[Call | str]:
    """Gives how a column is in the key, and who counts for it."""
    key = table.primary_key
    parts: list[Call | str] = []
    inside = key is not None and found.name in key.columns
    if inside and not explicit_key(table, writer):
        parts.append("primary_key=True")
    parts += writer.dialect.generated(table, found, writer.inventory.details, writer.sa)
    if inside and found.nullable:
        parts.append("nullable=True")
    return parts


def explicit_key(table: Table, writer: Writer) -> bool:
    """Whether the key needs a constraint of its own: for its name, order or options."""
    key = table.primary_key
    if key is None or writer.is_kept("constraint", table, key.name):
        return False
    in_order = tuple(each.name for each in table.columns if each.name in key.columns)
    return in_order != key.columns or not _named_by_itself(table, writer)


def _named_by_itself(table: Table, writer: Writer) -> bool:
    key = table.primary_key
    assert key is not None
    if "pk" in writer.convention.templates:
        return writer.convention.names("pk", table, key)
    return key.name is None or bool(writer.dialect.names_key_so(table))


def _default(table: Table, found: Column, writer: Writer) -> str | None:
    default = writer.dialect.default(found)
    if default is None or found.computed:
        return None
    if found.default == SERIAL_DEFAULT:
        counter = writer.inventory.details.get((table.key, found.name), {})
        name = writer.sequences.get(str(counter.get("sequence")))
        return f"{writer.own(name)}.next_value()" if name else None
    if default.is_text:
        return literal(default.sql)
    sequence = writer.dialect.sequence_of(default.sql)
    if sequence in writer.sequences:
        return f"{writer.own(writer.sequences[sequence])}.next_value()"
    if match := _CALL.fullmatch(default.sql):
        return f"{writer.sa('func')}.{match[1]}()"
    return writer.text(default.sql)
