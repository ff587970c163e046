"""Names that a database chooses for what a statement leaves unnamed."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace

_LIMIT = 63


@dataclass(frozen=True, slots=True)
class Naming:
    """How one database names things: None for a kind that it leaves without a name.

    Each function takes the table, the columns and a test for names in use. `keys_hold_null` is
    whether a column of the primary key stays nullable, `indexes_by_table` whether two tables
    may have indexes of one name.
    """

    primary_key: Callable[[str, tuple[str, ...], Callable[[str], bool]], str | None]
    unique: Callable[[str, tuple[str, ...], Callable[[str], bool]], str | None]
    foreign_key: Callable[[str, tuple[str, ...], Callable[[str], bool]], str | None]
    check: Callable[[str, tuple[str, ...], Callable[[str], bool]], str | None]
    exclude: Callable[[str, tuple[str, ...], Callable[[str], bool]], str | None]
    index: Callable[[str, tuple[str, ...], Callable[[str], bool]], str | None]
    keys_hold_null: bool = False
    indexes_by_table: bool = False


Taken = Callable[[str], bool]


def _postgresql(
    label: str, *, named_by: Callable[[tuple[str, ...]], tuple[str, ...]]
) -> Callable[[str, tuple[str, ...], Taken], str]:
    # ChooseRelationName and ChooseConstraintName of the server: a number is added until it fits.
    def choose(table: str, columns: tuple[str, ...], taken: Taken) -> str:
        middle = addition(named_by(columns))
        number = 0
        while taken(name := object_name(table, middle, label + str(number or ""))):
            number += 1
        return name

    return choose


def addition(columns: Iterable[str]) -> str:
    """Give the columns' part of a name, which the server stops at the length of a name."""
    found = ""
    for column in columns:
        found += f"_{column}" if found else column
        if len(found.encode()) > _LIMIT:
            break
    return _cut(found, _LIMIT)


def object_name(first: str, second: str, label: str) -> str:
    """Give a name of at most 63 bytes as PostgreSQL's makeObjectName does.

    >>> object_name("orders", "customer_id", "fkey")
    'orders_customer_id_fkey'
    >>> object_name("o" * 40, "c" * 40, "idx") == "o" * 29 + "_" + "c" * 29 + "_idx"
    True
    """
    room = _LIMIT - len(label) - 1 - bool(second)
    sizes = [len(first.encode()), len(second.encode())]
    while sum(sizes) > room:
        sizes[0 if sizes[0] > sizes[1] else 1] -= 1
    parts = [_cut(first, sizes[0]), _cut(second, sizes[1]), label]
    return "_".join(part for part in parts if part)


def _cut(text: str, size: int) -> str:
    return text.encode()[:size].decode(errors="ignore")


def key_name(expression: str) -> str:
    """Give what PostgreSQL calls an expression's column: its function's name, or `expr`."""
    match = re.match(r"(?:[a-z_]\w*\.)?([a-z_]\w*)\(", expression)
    return match[1] if match else "expr"


def _all(columns: tuple[str, ...]) -> tuple[str, ...]:
    return columns


def _none(columns: tuple[str, ...]) -> tuple[str, ...]:
    return ()


def _single(columns: tuple[str, ...]) -> tuple[str, ...]:
    return columns if len(columns) == 1 else ()


def _distinct(columns: tuple[str, ...]) -> tuple[str, ...]:
    """Give the columns, a number behind each that repeats an earlier one."""
    found: list[str] = []
    for column in columns:
        name, number = column, 0
        while name in found:
            number += 1
            name = f"{_cut(column, _LIMIT - len(str(number)))}{number}"
        found.append(name)
    return tuple(found)


def _unnamed(table: str, columns: tuple[str, ...], taken: Taken) -> None:
    return None


def _numbered(infix: str) -> Callable[[str, tuple[str, ...], Taken], str]:
    # MySQL counts the constraints of a table: orders_ibfk_1, orders_chk_2.
    def choose(table: str, columns: tuple[str, ...], taken: Taken) -> str:
        number = 1
        while taken(name := f"{table}_{infix}_{number}"):
            number += 1
        return name

    return choose


def _first_column(table: str, columns: tuple[str, ...], taken: Taken) -> str:
    base = columns[0] if columns else table
    name, number = base, 1
    while taken(name):
        number += 1
        name = f"{base}_{number}"
    return name


def _primary(table: str, columns: tuple[str, ...], taken: Taken) -> str:
    return "PRIMARY"


def _constraint(table: str, columns: tuple[str, ...], taken: Taken) -> str:
    # MariaDB names unnamed checks CONSTRAINT_1, CONSTRAINT_2 within each table.
    number = 1
    while taken(name := f"CONSTRAINT_{number}"):
        number += 1
    return name


_POSTGRESQL = Naming(
    primary_key=_postgresql("pkey", named_by=_none),
    unique=_postgresql("key", named_by=_distinct),
    foreign_key=_postgresql("fkey", named_by=_all),
    check=_postgresql("check", named_by=_single),
    exclude=_postgresql("excl", named_by=_distinct),
    index=_postgresql("idx", named_by=_distinct),
)
_SQLITE = Naming(_unnamed, _unnamed, _unnamed, _unnamed, _unnamed, _unnamed, keys_hold_null=True)
_MYSQL = Naming(
    _primary,
    _first_column,
    _numbered("ibfk"),
    _numbered("chk"),
    _unnamed,
    _first_column,
    indexes_by_table=True,
)
_MARIADB = replace(_MYSQL, check=_constraint)
NAMINGS: Mapping[str, Naming] = {
    "postgresql": _POSTGRESQL,
    "sqlite": _SQLITE,
    "mysql": _MYSQL,
    "mariadb": _MARIADB,
}
