"""Advice followed in a run that is made to see what it gains.

Only in such a run: in the others nothing of a query or a Session is touched.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from .hook import Watcher
from .loads import qualified


def inject(tried: list[dict[str, Any]], watcher: Watcher) -> Callable[[], None]:
    """Gives options to the ORM's SELECTs that begin at given lines, until what it gives is called.

    Each of `tried` has file and line, where the query is sent, the class that it selects, and
    `options`: chains of steps [loader, class, attribute or null, arguments]. With `keep` Sessions
    do not expire what they hold when they commit.
    """
    from sqlalchemy.orm import Session

    at: dict[tuple[str, int], list[dict[str, Any]]] = {}
    for each in tried:
        if each["options"]:
            at.setdefault((each["file"], each["line"]), []).append(each)

    def given(state: Any) -> None:
        try:
            if state.is_relationship_load:
                unleaked(state)
            elif (state.is_select or state.is_from_statement) and not state.is_column_load:
                options(state)
        except Exception as error:
            watcher.miss(error)

    def options(state: Any) -> None:
        lines = watcher.stacks.now().lines
        for code, number in lines[:1]:
            for each in at.get((watcher.stacks.name(code.co_filename) or "", number), ()):
                entity = selected(state.statement, each["class"])
                if entity is not None:
                    for chain in each["options"]:
                        state.statement = instead(state.statement, options_of(chain, entity))
                    watcher.injected += 1

    def kept(session: Any, *_: Any) -> None:
        watcher.injected += 1
        session.expire_on_commit = False

    wanted: dict[str, Callable[..., None]] = {"do_orm_execute": given} if at else {}
    if any(each.get("keep") for each in tried):
        wanted["after_begin"] = kept
    return _listening(Session, wanted)


def _listening(target: Any, wanted: dict[str, Callable[..., None]]) -> Callable[[], None]:
    """Listens until what it gives is called."""
    from sqlalchemy import event

    for name, listener in wanted.items():
        event.listen(target, name, listener)

    def end() -> None:
        for name, listener in wanted.items():
            event.remove(target, name, listener)

    return end


def instead(statement: Any, options: list[Any]) -> Any:
    """Gives a statement with options, in place of its own that load the same in another way."""
    new = (each for option in options for each in _context(option))
    ways = {each.path.path: each.strategy for each in new}
    kept = []
    for option in statement._with_options:
        context = _context(option)
        left = tuple(e for e in context if ways.get(e.path.path, e.strategy) == e.strategy)
        if len(left) != len(context):
            option = option._clone()
            option.context = left
        kept.append(option)
    statement = statement._generate()
    statement._with_options = tuple(kept)
    return statement.options(*options)


def _context(option: Any) -> tuple[Any, ...]:
    """Gives the parts of an option; one of a group of columns alone has none."""
    return tuple(getattr(option, "context", None) or ())


def unleaked(state: Any) -> None:
    """Takes the stream's yield_per off a loader's statement.

    From 2.0.20 to 2.0.49 it gets there only because there is a listener, and such a statement
    fails: https://github.com/sqlalchemy/sqlalchemy/issues/13301.
    """
    known = dict(state.local_execution_options)
    if "sa_top_level_orm_context" in known and known.pop("yield_per", None):
        state.local_execution_options = type(state.local_execution_options)(known)


def selected(statement: Any, name: str) -> Any:
    """Gives what a statement selects of a class, or of a subclass of it: the class or an alias."""
    for each in getattr(statement, "column_descriptions", ()):
        mapper = getattr(each.get("entity"), "__mapper__", None)
        for one in mapper.iterate_to_root() if mapper is not None else ():
            if qualified(one.class_) == name:
                return each["entity"]
    return None


def options_of(chain: list[list[Any]], entity: Any = None) -> list[Any]:
    """Gives a chain's loader options; what does not fit the mappers raises LookupError.

    It begins at the `entity`, where that is an alias. What is loaded of a subclass, behind a step
    `options`, stands beside the option for its columns.
    """
    for number, (loader, name, _, arguments) in enumerate(chain):
        if loader == "options":
            known = [["selectin_polymorphic", name, None, arguments]]
            inner = [*options_of(known), *options_of(chain[number + 1 :])]
            return [_option(chain[:number], entity).options(*inner)] if number else inner
    return [_option(chain, entity)]


def _option(chain: list[list[Any]], entity: Any) -> Any:
    """Gives the option of a chain without a subclass.

    A group of deferred columns has a name only, and in a chain the class of a selectin_polymorphic
    is known.
    """
    from sqlalchemy import orm

    found: Any = orm
    for loader, name, attribute, arguments in chain:
        more = dict(arguments)
        class_ = mapped(name)
        if found is orm and not isinstance(entity, type) and entity is not None:
            class_ = getattr(entity, class_.__name__, entity)  # a part of a with_polymorphic
        given = [class_ if attribute is None else getattr(class_, attribute)]
        if "group" in more or (loader == "selectin_polymorphic" and found is not orm):
            given = []
        if "group" in more:
            given.append(more.pop("group"))
        if "classes" in more:
            given.append([mapped(each) for each in more.pop("classes")])
        found = getattr(found, loader)(*given, **more)
    return found


def mapped(name: str) -> Any:
    """Gives a mapped class by its name with the module in front."""
    for each in list(_registries()):
        for mapper in each.mappers:
            if qualified(mapper.class_) == name:
                return mapper.class_
    raise LookupError(f"no mapped class {name}")


def _registries() -> Any:
    from sqlalchemy.orm import mapperlib

    return mapperlib._all_registries()
