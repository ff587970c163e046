"""Questions of loops: what three objects send when each is looked at, and when all are at once."""

from __future__ import annotations

from typing import Any

from .failures import Unusable
from .questions_mappers import _answer, _mapper, _session

Answer = dict[str, Any]
WANTED = 3
TRIED = 20


def loads_each(probe: dict[str, Any], chosen: list[Any], found: Any) -> Answer:
    """Whether each of three objects sends a SELECT for what the options load with their query.

    `path` are the attributes from the query's class on, `before` the chains of options that the
    query has, `chain` the one that it lacks: steps of loader, class and attribute.
    """
    said = probe["arguments"]
    mapper = _mapper(probe, chosen)
    path = [(_class(owner, chosen), name) for owner, name in said["path"]]
    before = [_option(chain, chosen) for chain in said["before"]]
    lacking = _option(said["chain"], chosen)
    with _session(chosen) as (session, sent):
        keys = _parents(session, mapper, path)
        counts = []
        for options in (before, [*before, lacking]):
            session.expunge_all()
            sent.clear()
            query = _of_keys(mapper, keys).options(*options)
            for row in session.scalars(query).unique().all():
                _walked(row, path)
            counts.append(len(sent))
        session.rollback()
    many, few = counts
    name = mapper.class_.__name__
    text = f"{len(keys)} objects of {name}: {many} statements, with the option {few}"
    return _answer(many - few >= len(keys) - 1, text)


def asks_each(probe: dict[str, Any], chosen: list[Any], found: Any) -> Answer:
    """Whether three values ask three times, by `kind` (get, select, count), and together once."""
    from sqlalchemy import func, select

    kind = probe["arguments"]["kind"]
    mapper = _mapper(probe, chosen)
    cls = mapper.class_
    column = None if kind == "get" else getattr(cls, probe["attribute"])
    with _session(chosen) as (session, sent):
        values = _values(session, mapper, column)
        session.expunge_all()
        sent.clear()
        for value in values:
            if column is None:
                session.get(cls, value)
            else:
                what = select(func.count()).select_from(cls) if kind == "count" else select(cls)
                session.execute(what.where(column == value)).all()
        many = len(sent)
        session.expunge_all()
        sent.clear()
        if column is None:
            session.scalars(_of_keys(mapper, values)).unique().all()
        elif kind == "count":
            what = select(column, func.count()).where(column.in_(values)).group_by(column)
            session.execute(what).all()
        else:
            session.scalars(select(cls).where(column.in_(values))).unique().all()
        few = len(sent)
        session.rollback()
    text = f"{len(values)} values: {many} statements one by one, {few} for all of them together"
    return _answer(many - few >= len(values) - 1, text)


def counts_rows(probe: dict[str, Any], chosen: list[Any], found: Any) -> Answer:
    """Whether counting in the database gives one row for the number of all that are fetched."""
    from sqlalchemy import func, select

    mapper = _mapper(probe, chosen)
    cls = mapper.class_
    with _session(chosen) as (session, _):
        fetched = len(session.scalars(select(cls)).unique().all())
        count = session.execute(select(func.count()).select_from(cls)).all()
        session.rollback()
    if fetched < 2:
        raise Unusable(f"{cls.__name__} could not be filled with two rows")
    text = f"{fetched} objects of {cls.__name__} were loaded to count them"
    return _answer(
        [tuple(row) for row in count] == [(fetched,)],
        f"{text}; count(*) sent one row, which says {count[0][0]}",
    )


def _values(session: Any, mapper: Any, column: Any) -> list[Any]:
    from sqlalchemy import select

    if column is None:
        rows = session.execute(select(*mapper.primary_key).limit(WANTED)).all()
        found: list[Any] = [tuple(row) for row in rows]
    else:
        query = select(column).where(column.is_not(None)).distinct().limit(WANTED)
        found = list(session.scalars(query))
    if len(found) < 2:
        raise Unusable(f"{mapper.class_.__name__} could not be filled with two different rows")
    return found


def _of_keys(mapper: Any, keys: list[Any]) -> Any:
    from sqlalchemy import and_, or_, select

    conditions = [
        and_(*(column == value for column, value in zip(mapper.primary_key, key))) for key in keys
    ]
    return select(mapper.class_).where(or_(*conditions))


def _parents(session: Any, mapper: Any, path: list[Any]) -> list[Any]:
    """The keys of three objects that have something at the path's end, each its own."""
    from sqlalchemy import inspect, select

    first, name = path[0]
    attribute = getattr(first, name)
    query = select(mapper.class_)
    related = inspect(first).relationships.get(name)
    if related is not None:
        query = query.where(attribute.any() if related.uselist else attribute.has())
    keys: list[Any] = []
    seen: set[Any] = set()
    for row in session.scalars(query.limit(TRIED)).unique().all():
        ends = {_identity(each) for each in _walked(row, path)}
        last = _is_relationship(path[-1])
        if last and (not ends or ends & seen):
            continue
        seen |= ends if last else set()
        keys.append(inspect(row).identity)
        if len(keys) == WANTED:
            break
    if len(keys) < 2:
        names = ".".join([mapper.class_.__name__, *(name for _, name in path)])
        raise Unusable(f"no two made-up rows have something of their own at {names}")
    return keys


def _is_relationship(step: Any) -> bool:
    from sqlalchemy import inspect

    return inspect(step[0]).relationships.get(step[1]) is not None


def _identity(value: Any) -> Any:
    from sqlalchemy import inspect

    state = inspect(value, raiseerr=False)
    return (type(value), state.identity) if state is not None else id(value)


def _walked(row: Any, path: list[Any]) -> list[Any]:
    """What stands at a path's end, each step read of each object."""
    found = [row]
    for _, name in path:
        there: list[Any] = []
        for each in found:
            value = getattr(each, name)
            if isinstance(value, dict):
                there += value.values()
            elif isinstance(value, (list, set, tuple)) or hasattr(value, "_sa_adapter"):
                there += value
            elif value is not None:
                there.append(value)
        found = there
    return found


def _class(name: str, chosen: list[Any]) -> Any:
    return _mapper({"mapper": name}, chosen).class_


def _option(chain: list[list[str]], chosen: list[Any]) -> Any:
    """A chain as an option; a join that the query has is made by the option itself."""
    from sqlalchemy import orm

    option: Any = orm
    for loader, owner, name in chain:
        loader = "joinedload" if loader == "contains_eager" else loader
        what = getattr(_class(owner, chosen), name) if owner and name != "*" else name
        option = getattr(option, loader)(what)
    return option
