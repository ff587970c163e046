"""The command `exercise`: values are set, relationships loaded, rows deleted."""

from __future__ import annotations

import warnings
from typing import Any

from . import configure, locate, mappers
from .dialects import SYNTHETIC
from .state import current

TRIES = 12


def exercise(
    values: list[dict[str, Any]],
    deletes: list[dict[str, Any]],
    only: list[str],
    **source: Any,
) -> dict[str, Any]:
    """Tries what the classes promise; gives how much held, what did not, and what was not met.

    `values`: class, attribute, start (set before), value, refused. `deletes`: class and link of a
    parent, and `becomes` of its children: cascade, set null or restrict. `only` are the names of
    the classes whose relationships are loaded. Nothing is kept.
    """
    found = locate.again(**source)
    chosen = mappers.of_metadata(found.metadata)
    configure.configured(chosen)
    classes = {mapper.class_.__name__: mapper.class_ for mapper in chosen}
    result: dict[str, Any] = {"values": 0, "links": 0, "deletes": 0, "broken": [], "unmet": []}
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        warnings.filterwarnings("ignore", message=".*support Decimal objects natively.*")
        for item in values:
            _value(classes[item["class"]], item, result)
        if current.hosted:
            wanted = [mapper for mapper in chosen if mapper.class_.__name__ in only]
            _on_rows(wanted, classes, deletes, result)
    return result


def _value(cls: Any, item: dict[str, Any], result: dict[str, Any]) -> None:
    """Sets an attribute of a new object, which its class is to take or refuse."""
    from sqlalchemy.orm.attributes import set_committed_value

    instance = cls()
    attribute, start = item["attribute"], item.get("start")
    if start is not None:
        kind = getattr(getattr(cls, attribute).type, "enum_class", None)
        set_committed_value(instance, attribute, kind(start) if kind else start)
    try:
        setattr(instance, attribute, item["value"])
        refused = False
    except (ValueError, LookupError):
        refused = True
    if refused == item["refused"]:
        result["values"] += 1
    else:
        step = f"{start} → {item['value']}" if start is not None else repr(item["value"])
        verb = "refuses" if refused else "takes"
        result["broken"].append(f"{cls.__name__}.{attribute} {verb} {step}")


def _on_rows(
    chosen: list[Any],
    classes: dict[str, Any],
    deletes: list[dict[str, Any]],
    result: dict[str, Any],
) -> None:
    from sqlalchemy import create_engine, event
    from sqlalchemy.orm import Session
    from sqlalchemy.pool import NullPool

    engine = create_engine(SYNTHETIC[current.dialect], poolclass=NullPool)
    if current.dialect == "sqlite":
        event.listen(engine, "connect", _with_foreign_keys)
    for mapper in chosen:
        with Session(engine) as session:
            _loads(session, mapper, result)
    for item in deletes:
        with Session(engine) as session:
            _deletes(session, classes[item["class"]], item, result)


def _with_foreign_keys(connection: Any, _: Any) -> None:
    connection.execute("pragma foreign_keys = on")


def _loads(session: Any, mapper: Any, result: dict[str, Any]) -> None:
    """Loads each relationship of a row of the class."""
    from sqlalchemy import select

    row = session.scalars(select(mapper.class_).limit(1)).first()
    if row is None:
        result["unmet"].append(f"{mapper.class_.__name__} has no row to load from")
        return
    for name in list(mapper.relationships.keys()):
        try:
            getattr(row, name)
        except Exception as error:
            result["broken"].append(f"{mapper.class_.__name__}.{name} does not load: {error}")
        else:
            result["links"] += 1


def _deletes(session: Any, cls: Any, item: dict[str, Any], result: dict[str, Any]) -> None:
    """Deletes a parent that has children through the ORM, and looks what became of them."""
    from sqlalchemy import inspect, select

    link, becomes = item["link"], item["becomes"]
    what = f"{cls.__name__}.{link} ({becomes})"
    prop = inspect(cls).relationships[link]
    column = next(iter(prop.local_remote_pairs))[1]
    attribute = getattr(cls, link)
    some = attribute.any() if prop.uselist else attribute.has()
    why = "no row has any"
    for row in session.scalars(select(cls).where(some).limit(TRIES)).all():
        seen, text = _deleted(session, row, link, column)
        if seen == becomes or (seen == "refused" and becomes == "restrict"):
            result["deletes"] += 1
            return
        if seen in ("other", "refused"):  # something else stood in the way: another row may do
            why = text
            continue
        result["broken"].append(f"{what}: {text}")
        return
    result["unmet"].append(f"{what}: {why}")


def _deleted(session: Any, row: Any, link: str, column: Any) -> tuple[str, str]:
    """Gives what became of a child when its parent was deleted, and in which words; undone."""
    from sqlalchemy import inspect, select
    from sqlalchemy.exc import CircularDependencyError, IntegrityError

    savepoint = session.begin_nested()
    try:
        children = getattr(row, link)
        first = children[0] if isinstance(children, list) else children
        child, identity = type(first), inspect(first).identity
        session.delete(row)
        session.flush()
        session.expire_all()
        there = session.get(child, identity)
        if there is None:
            return "cascade", "the child is gone"
        value = session.execute(select(column).where(_is(child, identity))).scalar()
        return ("set null", "the child is free") if value is None else ("kept", "it still refers")
    except IntegrityError as error:
        text = str(error.orig).strip().splitlines()[0]
        ours = any(name in str(error.orig) for name in _constraints(column))
        if not _names_a_key(text):
            return "refused", text
        return ("restrict" if ours else "other"), text
    except CircularDependencyError:
        return "other", "the generated rows refer to themselves"
    finally:
        savepoint.rollback()
        session.expire_all()


def _names_a_key(text: str) -> bool:
    """Whether an error says which foreign key refused; SQLite's does not."""
    return "constraint" in text.lower() and "FOREIGN KEY constraint failed" not in text


def _is(cls: Any, identity: Any) -> Any:
    from sqlalchemy import and_, inspect

    keys = inspect(cls).primary_key
    return and_(*(column == value for column, value in zip(keys, identity)))


def _constraints(column: Any) -> list[str]:
    """Gives the names of the foreign keys that hold a column."""
    return [
        str(key.constraint.name) for key in column.foreign_keys if key.constraint.name is not None
    ]
