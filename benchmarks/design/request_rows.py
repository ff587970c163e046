"""Rows that the models must refuse or accept: tried on the database, then through the mappers.

A row is a mapping of columns to values. `same` is what the first row of the must has there, `other`
another row of the referred table. A list of values stands for one row written again and again
(`status: [new, paid, new]`), a list of rows for rows one after the other; the last is judged.
"""

from __future__ import annotations

import contextlib
import enum
import uuid
from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import sqlalchemy as sa
from request_models import Made
from sqlalchemy.orm import Mapper, Session

from dbwright.core.claim import ProbeValue, SameAs, Sql
from dbwright.core.schema import Table
from dbwright.scratch.rows import insert_row
from dbwright.scratch.rows_write import Refused

_JUDGED = ("22", "23502", "23505", "23514", "23P01", "P0001", "428C9")
"""SQLSTATEs that say that a value is not wanted; a key without its parent says nothing."""
Values = dict[str, Any]


class Unclear(Exception):
    """The rows that should be there before cannot be made, so nothing is known."""


def first_refusal(made: Made, table: Table, rows: list[Values]) -> str | None:
    """Gives why the last row, or the last value of it, is refused; None where all is accepted.

    Raises Unclear where what stands before it is refused already.
    """
    with _transaction(made) as (session, connection):
        usual = _usual(connection, made, table)
        stood: list[dict[str, str]] = []
        for number, values in enumerate(rows):
            why = _written(session, connection, made, table, usual | values, stood)
            if why is not None:
                if number < len(rows) - 1:
                    raise Unclear(f"row {number + 1} is refused: {why}")
                return why
    return None


@contextlib.contextmanager
def _transaction(made: Made) -> Iterator[tuple[Session, Any]]:
    with made.engine.connect() as outer, outer.begin() as transaction:
        mode: Any = "create_savepoint"
        with Session(bind=outer, join_transaction_mode=mode) as session:
            yield session, outer.connection.driver_connection
        transaction.rollback()


def _usual(connection: Any, made: Made, table: Table) -> Values:
    """Gives values with which a row is accepted, mostly none; Unclear where no row is.

    The generator sets all that it can, which a rule of "one of these" refuses: then each
    column that may be is tried at NULL.
    """
    reasons: list[str] = []
    loose = [column.name for column in table.columns if column.nullable]
    for usual in [{}, *({name: None} for name in loose)]:
        try:
            with connection.transaction(force_rollback=True):
                insert_row(connection, made.schema, table.key, dict(usual))
            return dict(usual)
        except Refused as refusal:
            reasons.append(refusal.message)
    raise Unclear(f"no row can be made at all: {reasons[0]}")


def _written(
    session: Session,
    connection: Any,
    made: Made,
    table: Table,
    values: Values,
    stood: list[dict[str, str]],
) -> str | None:
    """Writes a row, its lists of values step by step, and gives why the last step is refused."""
    steps = max([len(v) for v in values.values() if _is_steps(table, v)], default=1)
    first = {name: _step(table, value, 0) for name, value in values.items()}
    given = _probes(connection, table, first, stood)
    try:
        row = insert_row(connection, made.schema, table.key, given, stood[:1])
    except Refused as refusal:
        if not refusal.code.startswith(_JUDGED) or "no partition of" in refusal.message:
            raise Unclear(f"{refusal.code}: {refusal.message}") from refusal
        if steps > 1:
            raise Unclear(f"the first values are refused: {refusal.message}") from refusal
        return refusal.message
    stood.append(row)
    if steps == 1:
        return None if len(stood) > 1 else _refused_by_class(made, table, first)
    return _stepped(session, made, table, row, values, steps)


def _is_steps(table: Table, value: Any) -> bool:
    return isinstance(value, list)


def _step(table: Table, value: Any, number: int) -> Any:
    return value[min(number, len(value) - 1)] if _is_steps(table, value) else value


def _probes(
    connection: Any, table: Table, values: Values, stood: list[dict[str, str]]
) -> dict[str, ProbeValue]:
    """Gives the values as the generator takes them; keys of several columns stay whole."""
    found: dict[str, ProbeValue] = {}
    for name, value in values.items():
        if value not in ("same", "other"):
            found[name] = value
        elif stood and value == "same":
            found |= {partner: SameAs() for partner in _partners(table, name)}
        elif stood:
            found |= _other(connection, table, name, stood[0])
    return found


def _partners(table: Table, name: str) -> set[str]:
    keys = [set(fk.columns) for fk in table.foreign_keys if name in fk.columns]
    return set().union(*keys) | {name}


def _other(
    connection: Any, table: Table, name: str, first: dict[str, str]
) -> dict[str, ProbeValue]:
    """Gives the key of another parent than the first row's, which agrees with it elsewhere."""
    key = min(
        (fk for fk in table.foreign_keys if name in fk.columns),
        key=lambda fk: len(fk.columns),
        default=None,
    )
    if key is None:
        return {}
    pairs = dict(zip(key.columns, key.referred_columns, strict=True))
    same = " and ".join(
        f'"{other}" {"<>" if own == name else "="} {first[own]}' for own, other in pairs.items()
    )
    query = f'select "{pairs[name]}"::text from "{key.referred_table}" where {same} limit 1'
    row = connection.execute(query).fetchone()
    if row is None:
        raise Unclear(f"there is no second row of {key.referred_table}")
    shared: dict[str, ProbeValue] = {own: SameAs() for own in pairs if own != name}
    return shared | {name: Sql(f"'{row[0]}'")}


def _refused_by_class(made: Made, table: Table, values: Values) -> str | None:
    """Gives why the mapped class itself refuses the values, None where it takes them."""
    reasons: list[str] = []
    for mapper in made.mappers_of(table.name):
        try:
            mapper.class_(**_attributes(mapper, table, values))
        except (ValueError, LookupError) as error:
            reasons.append(str(error))
    return reasons[0] if reasons else None


def _stepped(
    session: Session, made: Made, table: Table, row: dict[str, str], values: Values, steps: int
) -> str | None:
    mappers = made.mappers_of(table.name)
    if not mappers:
        raise Unclear(f"no class is mapped to {table.name}")
    keys = table.primary_key.columns if table.primary_key else ()
    where = " and ".join(f'"{table.name}"."{name}" = {row[name]}' for name in keys)
    found = session.scalars(sa.select(mappers[0].class_).where(sa.text(where))).one()
    for number in range(1, steps):
        step = {n: _step(table, v, number) for n, v in values.items() if _is_steps(table, v)}
        try:
            for name, value in _attributes(mappers[0], table, step).items():
                setattr(found, name, value)
            session.flush()
        except (ValueError, LookupError, AttributeError, sa.exc.SQLAlchemyError) as error:
            if number < steps - 1:
                raise Unclear(f"step {number} to {step} is refused: {error}") from error
            return str(error)
    return None


def _attributes(mapper: Mapper[Any], table: Table, values: Values) -> Values:
    """Gives the values under the names of their attributes, as the Python types they map to."""
    columns = getattr(mapper.local_table, "c", {})
    return {
        mapper.get_property_by_column(columns[name]).key: _python(columns[name].type, value)
        for name, value in values.items()
        if name in columns and value not in ("same", "other")
    }


def _python(kind: Any, value: Any) -> Any:
    enum_class = getattr(kind, "enum_class", None)
    if enum_class is not None and issubclass(enum_class, enum.Enum):
        members = {str(member.value): member for member in enum_class} | {
            member.name: member for member in enum_class
        }
        return members.get(str(value), value)
    if isinstance(kind, sa.Uuid) and isinstance(value, str):
        return uuid.UUID(value)
    if isinstance(kind, sa.Numeric) and isinstance(value, (int, float)):
        return Decimal(str(value)) if kind.asdecimal else value
    return value
