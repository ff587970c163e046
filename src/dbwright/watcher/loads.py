"""What SQLAlchemy's ORM says of a statement that it sends: why, for which object and attribute.

The names are private ones of SQLAlchemy 2.0.30 to 2.1.
"""

from __future__ import annotations

from collections.abc import Callable
from types import CodeType, FrameType
from typing import Any, NamedTuple

GET, FLUSH, AUTOFLUSH, COMMIT, REFRESH = 1, 2, 4, 8, 16
DELETE, ENDING, MERGE = 256, 512, 1024
"""Marks of functions that a stack went through; ENDING is the end of a transaction or savepoint."""


_DEEPEST = 100


class Load(NamedTuple):
    """Why the ORM sends a SELECT.

    `how` is lazy, column, expired, refresh, get, eager, or direct for a query of the program's own.
    `names` are the attributes, `owner` the class that has them, of a lazy load `base` what that
    inherits from first; `path` is the way from the root,
    (class, relationship) each; `parent` says which object it is for, and `run` which query that
    object came from, None where none is.
    """

    how: str
    owner: str = ""
    names: tuple[str, ...] = ()
    path: tuple[tuple[str, str], ...] = ()
    parent: Any = None
    run: int | None = None
    class_: type | None = None
    base: str = ""


DIRECT = Load("direct")


def read(context: Any, through: int) -> Load:
    """Gives why a SELECT is sent; `through` are the marks of its stack."""
    options = context.execution_options.get("_sa_orm_load_options")
    if options is None:
        return DIRECT
    compile_options = getattr(context.invoked_statement, "_compile_options", None)
    path: Any = getattr(getattr(compile_options, "_current_path", None), "path", ())
    state = options._lazy_loaded_from
    if state is not None:
        steps = _steps(path)
        mapper = path[-2].mapper if steps else state.mapper
        class_, base = mapper.class_, qualified(mapper.base_mapper.class_)
        name = steps[-1][1] if steps else ""
        parent = state.key or id(state)
        return Load("lazy", qualified(class_), (name,), steps, parent, state.runid, class_, base)
    state = options._refresh_state
    if state is not None:
        return _refreshed(options, compile_options, state)
    if len(path) > 1:
        return Load("eager", path=_steps(path))
    return Load("get") if through & GET else DIRECT


def _refreshed(options: Any, compile_options: Any, state: Any) -> Load:
    only = getattr(compile_options, "_only_load_props", None) or ()
    names = tuple(sorted(str(name) for name in only))
    if options._is_user_refresh:
        how = "refresh"
    elif state.expired or (state.expired_attributes & set(names) and _was_loaded(state, names)):
        how = "expired"
    else:
        how = "column"
    class_, parent = state.class_, state.key or id(state)
    return Load(how, qualified(class_), names, (), parent, state.runid, class_)


def unawaited(frame: FrameType | None) -> Load | None:
    """Gives the attribute that is read on a stack though nothing there can await its load.

    `how` is unawaited for what was never loaded, unawaited-expired after a commit, and
    unawaited-column for a value that the database made.
    """
    from sqlalchemy import inspect
    from sqlalchemy.orm import InstrumentedAttribute

    getter = InstrumentedAttribute.__get__
    read = getattr(getter, "__wrapped__", getter).__code__  # it may be wrapped (reads.py)
    for _ in range(_DEEPEST):
        if frame is None:
            return None
        if frame.f_code is read and frame.f_locals.get("instance") is not None:
            break
        frame = frame.f_back
    else:
        return None
    attribute, state = frame.f_locals["self"], inspect(frame.f_locals["instance"])
    class_, name = attribute.class_, str(attribute.key)
    how = "unawaited"
    if name in state.mapper.column_attrs and not state.mapper.column_attrs[name].deferred:
        how = "unawaited-expired" if state.expired else "unawaited-column"
    path: Any = getattr(getattr(state, "load_path", None), "path", ())
    steps = (*_steps(path), (qualified(class_), name))
    parent = state.key or id(state)
    return Load(how, qualified(class_), (name,), steps, parent, state.runid, class_)


def _was_loaded(state: Any, names: tuple[str, ...]) -> bool:
    """Whether attributes were there before; a subclass's own columns never were."""
    columns = state.mapper.base_mapper.column_attrs
    return any(name in columns and not columns[name].deferred for name in names)


def _steps(path: Any) -> tuple[tuple[str, str], ...]:
    found = []
    for owner, attribute in zip(path[::2], path[1::2]):
        mapper = getattr(owner, "mapper", None)
        key = getattr(attribute, "key", None)
        if mapper is not None and key is not None:
            found.append((qualified(mapper.class_), str(key)))
    return tuple(found)


def qualified(class_: type) -> str:
    """Gives a class with its module in front."""
    return f"{class_.__module__}.{class_.__qualname__}"


def marks() -> dict[CodeType, int]:
    """Gives the functions of the ORM that matter on a stack; of none that is not there."""
    from sqlalchemy.orm import Session, SessionTransaction

    found = {}
    names = (
        (Session, "get", GET),
        (Session, "_get_impl", GET),
        (Session, "_autoflush", AUTOFLUSH),
        (Session, "flush", FLUSH),
        (Session, "commit", COMMIT),
        (Session, "refresh", REFRESH),
        (Session, "delete", DELETE),
        (Session, "delete_all", DELETE),
        (Session, "merge", MERGE),
        (SessionTransaction, "_prepare_impl", ENDING),
        (SessionTransaction, "_take_snapshot", ENDING),
    )
    for class_, name, mark in names:
        function = getattr(class_, name, None)
        code = getattr(getattr(function, "__wrapped__", function), "__code__", None)
        if isinstance(code, CodeType):
            found[code] = mark
    return found


def numbers() -> Callable[[], int]:
    """Gives what numbers ORM queries as SQLAlchemy does, so that an object's query can be found.

    What a query loads has a greater number than the one that was taken before it was sent.
    """
    from sqlalchemy.orm import loading

    found: Callable[[], int] = loading._new_runid
    return found
