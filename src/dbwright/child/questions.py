"""Questions to the configured mappers: each is tried on the user's own classes."""

from __future__ import annotations

import datetime
import decimal
import pickle
import time
import uuid
from typing import Any

from . import configure, locate, mappers, questions_loads, questions_mappers, tables
from .configure import qualified
from .dialects import SYNTHETIC
from .failures import Unusable
from .state import current

Answer = dict[str, Any]


def question(probe: dict[str, Any], **source: Any) -> Answer:
    """Gives `answer` and `witness` for one MapperProbe; Unusable when it names nothing known."""
    found = locate.again(**source)
    chosen = mappers.of_metadata(found.metadata)
    ask = _QUESTIONS.get(probe["question"])
    if ask is None:
        raise Unusable(f"no question is called {probe['question']}")
    return ask(probe, chosen, found)  # type: ignore[no-any-return]


def _mapper(probe: dict[str, Any], chosen: list[Any]) -> Any:
    wanted = probe.get("mapper")
    for mapper in chosen:
        if wanted in (qualified(mapper.class_), mapper.class_.__name__):
            return mapper
    raise Unusable(f"no mapped class is called {wanted}")


def _column(probe: dict[str, Any], chosen: list[Any]) -> Any:
    mapper = _mapper(probe, chosen)
    prop = mapper._props.get(probe.get("attribute"))
    columns = getattr(prop, "columns", None)
    if not columns:
        raise Unusable(f"{probe.get('mapper')} has no mapped column {probe.get('attribute')}")
    return columns[0]


def _repr_shows(probe: dict[str, Any], chosen: list[Any], found: Any) -> Answer:
    """Whether repr() of an instance has the attribute's value in it."""
    mapper = _mapper(probe, chosen)
    configure.configured(chosen)
    instance, value = _instance(mapper, probe["attribute"])
    try:
        text = repr(instance)
    except Exception as error:
        return _answer(False, f"repr() raised {type(error).__name__}: {error}")
    return _answer(str(value) in text, f"repr() gave {text[:300]}")


def _instance(mapper: Any, attribute: str) -> tuple[Any, Any]:
    """Gives an instance made without its __init__, each column with a value of its type."""
    from sqlalchemy.orm.attributes import set_committed_value

    instance = mapper.class_manager.new_instance()
    for name, empty in (
        ("__pydantic_fields_set__", set()),
        ("__pydantic_extra__", None),
        ("__pydantic_private__", None),
    ):
        if hasattr(mapper.class_, "model_fields"):
            object.__setattr__(instance, name, empty)
    shown = None
    for key, prop in mapper._props.items():
        columns = getattr(prop, "columns", None)
        if columns:
            value = _value(columns[0].type, key)
            shown = value if key == attribute else shown
            set_committed_value(instance, key, value)
        elif getattr(prop, "uselist", None) is not None:
            set_committed_value(instance, key, [] if prop.uselist else None)
    return instance, shown


def _value(type_: Any, key: str) -> Any:
    try:
        kind = type_.python_type
    except Exception:
        kind = str
    samples = {
        int: 918273645,
        float: 9182.5,
        bool: True,
        decimal.Decimal: decimal.Decimal("918273.45"),
        datetime.datetime: datetime.datetime(2021, 3, 4, 5, 6, 7),
        datetime.date: datetime.date(2021, 3, 4),
        datetime.time: datetime.time(5, 6, 7),
        uuid.UUID: uuid.UUID(int=918273645),
        bytes: b"dbwright-value",
    }
    return samples.get(kind, f"dbwright-{key}-value")


def _default_repeats(probe: dict[str, Any], chosen: list[Any], found: Any) -> Answer:
    """Whether two inserts get the very same default."""
    first, second = _defaults(_column(probe, chosen))
    return _answer(first == second, f"two inserts got {first!r} and {second!r}")


def _default_shared(probe: dict[str, Any], chosen: list[Any], found: Any) -> Answer:
    """Whether two rows get one and the same mutable object."""
    first, second = _defaults(_column(probe, chosen))
    shared = first is second and isinstance(first, (dict, list, set, bytearray))
    return _answer(shared, f"two inserts got {first!r} and {second!r}, one object: {shared}")


def _defaults(column: Any) -> tuple[Any, Any]:
    default = column.default
    if default is None or getattr(default, "is_clause_element", False):
        raise Unusable(f"{column} has no default that Python makes")
    if not getattr(default, "is_callable", False):
        return default.arg, default.arg
    first = default.arg(None)
    time.sleep(0.002)  # a clock must have moved between two inserts
    return first, default.arg(None)


def _configure_fails(probe: dict[str, Any], chosen: list[Any], found: Any) -> Answer:
    """Whether configuring the mappers raises, about the probe's mapper where it names one."""
    return _problem(probe, chosen, "error")


def _configure_warns(probe: dict[str, Any], chosen: list[Any], found: Any) -> Answer:
    """Whether configuring the mappers warns, about the probe's mapper where it names one."""
    return _problem(probe, chosen, "warning")


def _problem(probe: dict[str, Any], chosen: list[Any], severity: str) -> Answer:
    wanted, attribute = probe.get("mapper"), probe.get("attribute")
    part = (probe.get("arguments") or {}).get("contains", "")
    for problem in configure.configured(chosen):
        name = (problem["mapper"] or "").rpartition(".")[2]
        about = wanted is None or wanted in (problem["mapper"], name)
        same = attribute is None or problem["attribute"] in (None, attribute)
        if problem["severity"] == severity and about and same and part in problem["message"]:
            return _answer(True, f"{problem['type']}: {problem['message']}")
    return _answer(False, f"configure_mappers() gave no such {severity}")


def _compile_fails(probe: dict[str, Any], chosen: list[Any], found: Any) -> Answer:
    """Whether the table's CREATE TABLE cannot be written for the project's database."""
    from sqlalchemy.schema import CreateTable

    for metadata in found.metadata:
        if probe.get("table") in metadata.tables:
            table = metadata.tables[probe["table"]]
            try:
                text = str(CreateTable(table).compile(dialect=tables.Reader().dialect))
            except Exception as error:
                return _answer(True, f"{type(error).__name__}: {error}")
            return _answer(False, text.strip()[:300])
    raise Unusable(f"no table is called {probe.get('table')}")


_ran: list[str] = []


def ran() -> str:
    """Notes that a pickle has called it."""
    _ran.append("called")
    return "dbwright was called"


class Payload:
    """A value whose pickle calls a function when it is read."""

    def __reduce__(self) -> Any:
        return ran, ()


def _pickle_runs_code(probe: dict[str, Any], chosen: list[Any], found: Any) -> Answer:
    """Whether reading the column's bytes calls a function that the bytes name."""
    column = _column(probe, chosen)
    dialect = tables.Reader().dialect
    implementation = column.type.dialect_impl(dialect)
    process = implementation.result_processor(dialect, None)
    _ran.clear()
    if process is not None:
        try:
            process(pickle.dumps(Payload()))
        except Exception as error:
            return _answer(bool(_ran), f"reading raised {type(error).__name__}: {error}")
    called = bool(_ran)
    return _answer(called, "reading the bytes called a function that they name" if called else "")


def _orm_delete(probe: dict[str, Any], chosen: list[Any], found: Any) -> Answer:
    """Whether deleting one row through the ORM first loads its children.

    `arguments`: `key` names the row by primary key, else the first one; `relationship` the
    children. The witness lists the statements; nothing is kept.
    """
    from sqlalchemy import create_engine, event, select
    from sqlalchemy.orm import Session
    from sqlalchemy.pool import NullPool

    if not current.hosted:
        raise Unusable("orm_delete needs a database")
    configure.configured(chosen)
    mapper = _mapper(probe, chosen)
    arguments = probe.get("arguments") or {}
    engine = create_engine(SYNTHETIC[current.dialect], poolclass=NullPool)
    sent: list[str] = []
    with Session(engine) as session:
        key = arguments.get("key")
        row = session.get(mapper.class_, key) if key is not None else None
        row = row if row is not None else session.scalars(select(mapper.class_).limit(1)).first()
        if row is None:
            raise Unusable(f"{mapper.class_.__name__} has no row to delete")
        event.listen(engine, "before_cursor_execute", lambda *a: sent.append(a[2]))
        error = _deleted(session, row)
        session.rollback()
    children = _children_table(mapper, arguments.get("relationship") or probe.get("attribute"))
    loads = any(_selects(sql, children) for sql in sent)
    shown = "; ".join(" ".join(sql.split())[:160] for sql in sent[:6])
    return {**_answer(loads, shown), "statements": sent, "error": error}


def _deleted(session: Any, row: Any) -> str | None:
    try:
        session.delete(row)
        session.flush()
    except Exception as error:
        return f"{type(error).__name__}: {str(error).splitlines()[0]}"
    return None


def _change_is_lost(probe: dict[str, Any], chosen: list[Any], found: Any) -> Answer:
    """Whether the session sees nothing of a change inside of the attribute's value."""
    from sqlalchemy import inspect

    mapper = _mapper(probe, chosen)
    configure.configured(chosen)
    name = probe["attribute"]
    instance = mapper.class_manager.new_instance()
    is_list = (probe.get("arguments") or {}).get("kind") == "list"
    setattr(instance, name, ["a"] if is_list else {"a": 1})
    state = inspect(instance)
    state._commit_all(state.dict)
    held = getattr(instance, name)
    if is_list:
        held.append("b")
    else:
        held["b"] = 2
    seen = "modified" if state.modified else "unchanged"
    return _answer(not state.modified, f"with {name} = {held!r} the session takes it for {seen}")


def _stored_otherwise(probe: dict[str, Any], chosen: list[Any], found: Any) -> Answer:
    """Whether the member whose value is the given text is stored as another text."""
    text = (probe.get("arguments") or {}).get("text")
    type_ = _column(probe, chosen).type
    member = next((m for m in type_.enum_class if m.value == text), None)
    if member is None:
        raise Unusable(f"{type_.enum_class.__name__} has no member of the value {text!r}")
    process = type_.bind_processor(tables.Reader().dialect)
    stored = process(member) if process is not None else member
    return _answer(stored != text, f"{member} is stored as {stored!r}, not as {text!r}")


def _is_single(probe: dict[str, Any], chosen: list[Any], found: Any) -> Answer:
    """Whether the attribute of a new object is one object, and no collection."""
    mapper = _mapper(probe, chosen)
    configure.configured(chosen)
    value = getattr(mapper.class_manager.new_instance(), probe["attribute"])
    shown = f"{mapper.class_.__name__}().{probe['attribute']} is {value!r}"
    return _answer(not hasattr(value, "__iter__"), shown)


def _links_backwards(probe: dict[str, Any], chosen: list[Any], found: Any) -> Answer:
    """Whether `a.name = b` makes b's row point at a's; two rows are linked and let go again."""
    from sqlalchemy import create_engine, select
    from sqlalchemy.orm import Session
    from sqlalchemy.pool import NullPool

    if not current.hosted:
        raise Unusable("two rows can be linked on a database only")
    mapper, name = _mapper(probe, chosen), probe["attribute"]
    configure.configured(chosen)
    prop = mapper.get_property(name)
    engine = create_engine(SYNTHETIC[current.dialect], poolclass=NullPool)
    with Session(engine) as session:
        rows = session.scalars(select(mapper.class_).limit(2)).all()
        if len(rows) < 2:
            raise Unusable(f"{mapper.class_.__name__} has no two rows to link")
        one, other = rows
        setattr(one, name, [other] if prop.uselist else other)
        session.flush()
        local, remote = prop.local_remote_pairs[0]
        here, there = (mapper.get_property_by_column(column).key for column in (local, remote))
        answer = getattr(other, there) == getattr(one, here)
        session.rollback()
    what = f"after a.{name} = b the row of {'b points at a' if answer else 'a points at b'}"
    return _answer(answer, what)


def _children_table(mapper: Any, relationship: str | None) -> str | None:
    prop = mapper._props.get(relationship) if relationship else None
    return prop.mapper.local_table.name if prop is not None else None


def _selects(sql: str, table: str | None) -> bool:
    return sql.lstrip().upper().startswith("SELECT") and (table is None or table in sql)


def _answer(answer: bool, witness: str) -> Answer:
    return {"answer": answer, "witness": witness}


_QUESTIONS = {
    "repr_shows": _repr_shows,
    "default_repeats": _default_repeats,
    "default_shared": _default_shared,
    "configure_fails": _configure_fails,
    "configure_warns": _configure_warns,
    "compile_fails": _compile_fails,
    "pickle_runs_code": _pickle_runs_code,
    "orm_delete": _orm_delete,
    "deletes_target": questions_mappers.deletes_target,
    "drop_fails": questions_mappers.drop_fails,
    "default_unordered": questions_mappers.default_unordered,
    "selected_by_default": questions_mappers.selected_by_default,
    "reads_float": questions_mappers.reads_float,
    "repeats_select": questions_mappers.repeats_select,
    "loads_each": questions_loads.loads_each,
    "asks_each": questions_loads.asks_each,
    "counts_rows": questions_loads.counts_rows,
    "change_is_lost": _change_is_lost,
    "stored_otherwise": _stored_otherwise,
    "is_single": _is_single,
    "links_backwards": _links_backwards,
}
