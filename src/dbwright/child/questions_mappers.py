"""Further questions: what objects send to the database when they are deleted, read or made."""

from __future__ import annotations

import decimal
import itertools
from typing import Any

from . import configure
from .configure import qualified
from .dialects import SYNTHETIC
from .failures import Unusable
from .state import current

Answer = dict[str, Any]
MADE = 24  # keys compared: 24 random ones are in order once in 24! times


def deletes_target(probe: dict[str, Any], chosen: list[Any], found: Any) -> Answer:
    """Whether deleting one object also deletes the object that a relationship points at."""
    mapper = _mapper(probe, chosen)
    attribute = probe["attribute"]
    with _session(chosen) as (session, sent):
        row = _first(session, mapper, getattr(mapper.class_, attribute) != None)  # noqa: E711
        sent.clear()
        session.delete(row)
        try:
            session.flush()
        except Exception as error:  # what was sent tells, whether the database took it or not
            sent.append(f"({type(error).__name__})")
        session.rollback()
    target = mapper._props[attribute].mapper.local_table.name
    deletes = [sql for sql in sent if sql.lstrip().upper().startswith("DELETE")]
    hit = any(sql.split()[2].strip('"`').rpartition(".")[2].strip('"`') == target
              for sql in deletes)  # fmt: skip
    return _answer(hit, f"session.delete() sent: {_shown(sent)}")


def drop_fails(probe: dict[str, Any], chosen: list[Any], found: Any) -> Answer:
    """Whether metadata.drop_all() cannot put the tables into an order; nothing is dropped."""
    from sqlalchemy import create_mock_engine

    for metadata in found.metadata:
        if probe.get("table") in metadata.tables:
            engine = create_mock_engine(SYNTHETIC[current.dialect], lambda *a, **k: None)
            try:
                metadata.drop_all(engine, checkfirst=False)
            except Exception as error:
                return _answer(True, f"drop_all() raised {type(error).__name__}: {error}"[:400])
            return _answer(False, "drop_all() found an order")
    raise Unusable(f"no table is called {probe.get('table')}")


def default_unordered(probe: dict[str, Any], chosen: list[Any], found: Any) -> Answer:
    """Whether the values that a column's default makes, one after another, are in no order."""
    mapper = _mapper(probe, chosen)
    prop = mapper._props.get(probe.get("attribute"))
    default = prop.columns[0].default if prop is not None else None
    if default is None or not default.is_callable:
        raise Unusable(f"{probe.get('attribute')} has no default that can be called")
    values = [str(default.arg(None)) for _ in range(MADE)]
    steps = [low < high for low, high in itertools.pairwise(values)]
    down = steps.count(False)
    return _answer(down > 3, f"of {MADE} new keys {down} sort before the one made just before")


def selected_by_default(probe: dict[str, Any], chosen: list[Any], found: Any) -> Answer:
    """Whether a plain SELECT of the class fetches the attribute's column."""
    from sqlalchemy import select

    configure.configured(chosen)
    mapper = _mapper(probe, chosen)
    statement = select(mapper.class_)
    column = mapper._props[probe["attribute"]].columns[0]
    name = mapper.class_.__name__
    names = [item.name for item in statement.selected_columns]
    sql = " ".join(str(statement).split())
    fetched = f"{column.table.name}.{column.name}" in sql or f".{column.name}" in sql
    if not fetched and column.name in names:
        raise Unusable(f"the statement of {name} could not be read")
    return _answer(fetched, f"select({name}) is {sql[:300]}")


def reads_float(probe: dict[str, Any], chosen: list[Any], found: Any) -> Answer:
    """Whether Python gets a binary float of an exact amount that the column holds."""
    from . import tables

    mapper = _mapper(probe, chosen)
    column = mapper._props[probe["attribute"]].columns[0]
    dialect = tables.Reader().dialect
    process = column.type.dialect_impl(dialect).result_processor(dialect, None)
    exact = decimal.Decimal("0.10")
    read = process(exact) if process is not None else exact
    return _answer(isinstance(read, float), f"0.10 of {column} is read as {read!r}")


def repeats_select(probe: dict[str, Any], chosen: list[Any], found: Any) -> Answer:
    """Whether each look at a relationship of one loaded object sends a SELECT of its own."""
    mapper = _mapper(probe, chosen)
    with _session(chosen) as (session, sent):
        row = _first(session, mapper)
        sent.clear()
        for _ in range(3):
            list(getattr(row, probe["attribute"]))
        count = sum(1 for sql in sent if sql.lstrip().upper().startswith("SELECT"))
        session.rollback()
    name = f"{mapper.class_.__name__}.{probe['attribute']}"
    return _answer(count == 3, f"three loops over {name} sent {count} SELECTs")


class _session:
    """A session of the scratch database, with the statements that it sends."""

    def __init__(self, chosen: list[Any]) -> None:
        from sqlalchemy import create_engine, event
        from sqlalchemy.orm import Session
        from sqlalchemy.pool import NullPool

        if not current.hosted:
            raise Unusable("the question needs a database")
        configure.configured(chosen)
        engine = create_engine(SYNTHETIC[current.dialect], poolclass=NullPool)
        self.sent: list[str] = []
        event.listen(engine, "before_cursor_execute", lambda *a: self.sent.append(a[2]))
        self.session = Session(engine)

    def __enter__(self) -> tuple[Any, list[str]]:
        return self.session, self.sent

    def __exit__(self, *error: object) -> None:
        self.session.close()


def _first(session: Any, mapper: Any, *conditions: Any) -> Any:
    from sqlalchemy import select

    row = session.scalars(select(mapper.class_).where(*conditions).limit(1)).unique().first()
    if row is None:
        raise Unusable(f"{mapper.class_.__name__} has no such row")
    return row


def _mapper(probe: dict[str, Any], chosen: list[Any]) -> Any:
    wanted = probe.get("mapper")
    for mapper in chosen:
        if wanted in (qualified(mapper.class_), mapper.class_.__name__):
            return mapper
    raise Unusable(f"no mapped class is called {wanted}")


def _shown(sent: list[str]) -> str:
    return "; ".join(" ".join(sql.split())[:140] for sql in sent[:6])


def _answer(answer: bool, witness: str) -> Answer:
    return {"answer": answer, "witness": witness}
