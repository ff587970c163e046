"""Rows of a project's own classes, which tests of new ones refer to."""

from __future__ import annotations

from collections.abc import Iterable

from dbwright.core.mapping import Attribute, Mapper, Mapping
from dbwright.core.schema import Column, ForeignKey, Table
from dbwright.recipes.design import layout, names
from dbwright.recipes.design.write_tests import factory

_TZ = ", tzinfo=dt.timezone.utc"
# By SQLAlchemy's classes, the more special ones first: a value, and one that differs with `n`.
_VALUES: tuple[tuple[tuple[str, ...], str, str], ...] = (
    (("Boolean",), "False", "False"),
    (("Float", "Double"), "1.0", "1.0 + n"),
    (("Numeric",), 'Decimal("1")', 'Decimal("1") + n'),
    (("Integer",), "1", "n"),
    (("Date",), "dt.date(2026, 3, 1)", "dt.date(2026, 3, 1) + dt.timedelta(days=n)"),
    (("Time",), "dt.time(12, 0)", "dt.time(12, 0)"),
    (("Interval",), "dt.timedelta(hours=1)", "dt.timedelta(hours=n)"),
    (("ARRAY",), "[]", "[]"),
    (("JSON",), "{}", "{}"),
    (("LargeBinary", "_Binary"), 'b"x" * 32', 'n.to_bytes(32, "big")'),
)


class Unwritable(Exception):
    """No row of a class can be written by itself; its text says of which, and why."""


def factories(mapping: Mapping, wanted: Iterable[str]) -> list[str]:
    """Gives functions that write a row of each class wanted and of those that it needs.

    Unwritable where a row needs itself, a key of several columns or a value that nothing tells.
    """
    found: dict[str, str] = {}
    for name in dict.fromkeys(wanted):
        mapper = next(each for each in mapping.mappers if each.name == name)
        _add(mapping, mapper, found, ())
    return [*found.values()]


def _add(mapping: Mapping, mapper: Mapper, found: dict[str, str], seen: tuple[str, ...]) -> None:
    if mapper.name in seen:
        raise Unwritable(f"a row of {mapper.name} needs one that is there already")
    if mapper.name in found:
        return
    table = mapping.schema.table(mapper.table)
    if table is None or mapper.inherits:
        raise Unwritable(f"a row of {mapper.name} stands in several tables")
    needs, usual = [], {}
    for attribute in mapper.attributes:
        column = table.column(attribute.column)
        if column is None or _is_filled(mapper, table, attribute, column):
            continue
        key = _key(mapper, table, attribute.column)
        if key is None:
            usual[attribute.name] = value(mapper, table, attribute)
            continue
        other = next(iter(mapping.mappers_of(key.referred)), None)
        there = other.attribute_of(key.referred_columns[0]) if other else None
        if other is None or there is None:
            raise Unwritable(f"{mapper.name}.{attribute.name} refers to a table without a class")
        _add(mapping, other, found, (*seen, mapper.name))
        needs.append((attribute.name, f"new_{names.snake(other.name)}(session).{there.name}"))
    found[mapper.name] = factory(mapper.name, needs, usual)


def _is_filled(mapper: Mapper, table: Table, attribute: Attribute, column: Column) -> bool:
    """Whether a row needs no value of its own there."""
    by_mapper = attribute.name == mapper.version_id or (
        mapper.has_polymorphic_identity and mapper.polymorphic_on in (attribute.name, column.name)
    )
    if by_mapper or attribute.default or column.default or column.identity or column.computed:
        return True
    key = table.primary_key.columns if table.primary_key else ()
    if column.name in key:
        refers = any(column.name in found.columns for found in table.foreign_keys)
        return len(key) == 1 and attribute.type.is_a("Integer") and not refers
    return column.nullable


def _key(mapper: Mapper, table: Table, column: str) -> ForeignKey | None:
    for key in table.foreign_keys:
        if column in key.columns:
            if len(key.columns) > 1:
                raise Unwritable(f"{mapper.name} has a foreign key of several columns")
            return key
    return None


def value(mapper: Mapper, table: Table, attribute: Attribute) -> str:
    """Gives code for a value that the column takes, another one each time where it is unique."""
    type_, name = attribute.type, attribute.name
    unique = any(set(each) == {attribute.column} for each in table.unique_sets())
    if type_.enum_values:
        return layout.string(type_.enum_values[0])
    if type_.is_decorated and (attribute.annotation or "").partition(" ")[0] not in ("str", "int"):
        raise Unwritable(f"{mapper.name}.{name} has a type of its own ({type_.name})")
    if type_.is_a("Uuid", "UUID"):
        return "str(uuid4())" if (attribute.annotation or "").startswith("str") else "uuid4()"
    if type_.is_a("DateTime"):
        zone = _TZ if type_.timezone else ""
        return f"dt.datetime(2026, 3, 1, 12{zone})" + (" + dt.timedelta(days=n)" if unique else "")
    if type_.is_a("String") or (attribute.annotation or "").startswith("str"):
        return _text(name, type_.length, unique)
    for kinds, usual, varied in _VALUES:
        if type_.is_a(*kinds):
            return varied if unique else usual
    raise Unwritable(f"{mapper.name}.{name} has a type of its own ({type_.name})")


def _text(name: str, length: int | None, unique: bool) -> str:
    if "email" in name.lower():
        return 'f"user{n}@example.com"'
    if not unique:
        return layout.string(name[: length or len(name)])
    return f'f"{name}{{n}}"' if length is None or length >= len(name) + 6 else 'f"{n}"'
