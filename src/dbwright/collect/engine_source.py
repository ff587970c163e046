"""Engines as the source makes them, before anything runs: to where, with which pool, how often."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator
from configparser import ConfigParser, Error
from dataclasses import replace
from pathlib import Path
from typing import Any

from dbwright.collect import async_source
from dbwright.collect.engine_url import Url, parsed, url_of
from dbwright.collect.holding import function_at, line_of, name_of
from dbwright.collect.loops import Loops
from dbwright.collect.source_files import relative
from dbwright.collect.workers import workers_of
from dbwright.core.recording import Blocking, Engine, Line, Recording, Shared
from dbwright.core.source import Source, is_test
from dbwright.recipes.queries.holding import UNKNOWN

_MAKES = {"create_engine": False, "create_async_engine": True}
_ROUTES = frozenset(
    {"get", "post", "put", "delete", "patch", "route", "api_route", "websocket", "task"}
)
_KEEPS = frozenset({"cache", "lru_cache", "cached", "fixture", "singleton"})
_TOLD = frozenset({"prepare_threshold", "statement_cache_size", "prepared_statement_cache_size"})


def read_holding(sources: Iterable[Source], root: Path, inis: Iterable[Path] = ()) -> Recording:
    """Gives what the sources say of how they hold their database, as a Recording of no run.

    Tests are left out: what they hold is gone when they end.
    """
    loops, engines = Loops(root), list[Engine]()
    shared, blocked = list[Shared](), list[Blocking]()
    files = [each for each in sources if not is_test(each.path)]
    dependencies = {name for each in files for name in _dependencies(each.tree)}
    for each in files:
        engines += _engines(each.path, each.tree, loops, dependencies)
        shared += async_source.shared(each.path, each.tree, loops)
        blocked += async_source.blocked(each.path, each.tree, loops)
    for ini in inis:
        engines += _of_ini(ini, root)
    return Recording("", engines=tuple(engines), shared=tuple(shared), blocked=tuple(blocked))


def with_sources(recording: Recording, root: Path) -> Recording:
    """Gives the recording of a run with what the lines of its engines say besides."""
    loops = Loops(root)
    known: dict[str, list[Engine]] = {}

    def told(engine: Engine) -> Engine:
        place = engine.place
        tree = loops.tree(place.file) if place is not None else None
        if place is None or tree is None:
            return engine
        if place.file not in known:
            known[place.file] = list(_engines(place.file, tree, loops, set()))
        for each in known[place.file]:
            if each.place is not None and each.place.line == place.line:
                return replace(
                    engine,
                    password=each.password,
                    workers=each.workers,
                    workers_from=each.workers_from,
                    arguments=engine.arguments if engine.connects else each.arguments,
                )
        return engine

    return replace(recording, engines=tuple(map(told, recording.engines)))


def _engines(file: str, tree: ast.Module, loops: Loops, dependencies: set[str]) -> Iterator[Engine]:
    imported = _imported(tree)
    for call in ast.walk(tree):
        if not isinstance(call, ast.Call) or imported.get(_dotted(call.func)) not in _MAKES:
            continue
        if not call.args and not any(each.arg == "url" for each in call.keywords):
            continue
        url = url_of(_argument(call, "url"), tree) or Url(host=UNKNOWN)
        function = function_at(tree, call.lineno)
        where = function.name if function is not None else "<module>"
        line = line_of(file, call, where, loops)
        workers, said = workers_of(tree, file, loops.root)
        secret = None
        if url.secret is not None:
            secret = Line(file, url.secret, where, None, None, "")  # its code holds the password
        yield Engine(
            (line,),
            url.driver,
            url.host,
            url.port,
            url.database,
            url.query,
            _connect_arguments(call),
            *_pool(call, url),
            pre_ping=_constant(call, "pool_pre_ping", False),
            recycle=_constant(call, "pool_recycle", -1),
            password=secret,
            request=_request(call, function, tree, file, loops, dependencies),
            workers=workers,
            workers_from=said,
        )


def _imported(tree: ast.Module) -> dict[str, str]:
    """What the functions that make engines are called in a file."""
    found: dict[str, str] = {}
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("sqlalchemy"):
            found |= {each.asname or each.name: each.name for each in node.names}
            if "*" in found:
                found |= {make: make for make in _MAKES}
        elif isinstance(node, ast.Import):
            for each in node.names:
                if each.name.startswith("sqlalchemy"):
                    name = each.asname or each.name
                    found |= {f"{name}.{make}": make for make in _MAKES}
    return {name: each for name, each in found.items() if each in _MAKES}


def _dotted(node: ast.AST) -> str:
    if isinstance(node, ast.Attribute):
        return f"{_dotted(node.value)}.{node.attr}"
    return getattr(node, "id", "")


def _argument(call: ast.Call, name: str) -> ast.expr | None:
    if name == "url" and call.args:
        return call.args[0]
    return next((each.value for each in call.keywords if each.arg == name), None)


def _constant(call: ast.Call, name: str, otherwise: Any) -> Any:
    """A keyword's constant; None where only a run knows it."""
    if any(each.arg is None for each in call.keywords):
        return None
    value = _argument(call, name)
    if value is None:
        return otherwise
    try:
        return ast.literal_eval(value)
    except ValueError:
        return None


def _pool(call: ast.Call, url: Url) -> tuple[str, int | None, int | None]:
    named = _argument(call, "poolclass")
    pool = name_of(named) if named is not None else "QueuePool"
    if pool not in ("QueuePool", "AsyncAdaptedQueuePool") or url.driver.startswith("sqlite"):
        return pool, None, None
    size, overflow = _constant(call, "pool_size", 5), _constant(call, "max_overflow", 10)
    return (
        pool,
        size if isinstance(size, int) else None,
        overflow if isinstance(overflow, int) else None,
    )


def _connect_arguments(call: ast.Call) -> dict[str, str]:
    given = _argument(call, "connect_args")
    if given is None:
        return {}
    if not isinstance(given, ast.Dict):
        return {"?": ""}
    found = {}
    for key, value in zip(given.keys, given.values, strict=True):
        name = str(getattr(key, "value", "?"))
        plain = isinstance(value, ast.Constant) and name in _TOLD
        found[name] = str(value.value) if plain and isinstance(value, ast.Constant) else ""
    return found


def _dependencies(tree: ast.Module) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and name_of(node.func) in ("Depends", "Security"):
            yield from (name_of(each) for each in node.args[:1])


def _request(
    call: ast.Call,
    function: ast.FunctionDef | ast.AsyncFunctionDef | None,
    tree: ast.Module,
    file: str,
    loops: Loops,
    dependencies: set[str],
) -> str:
    """Why a function that makes an engine for itself runs again and again; empty where none says.

    One that keeps the engine, gives it back, or is cached makes it for others.
    """
    if function is None or _kept(call, function):
        return ""
    decorators = [
        each.func if isinstance(each, ast.Call) else each for each in function.decorator_list
    ]
    names = {name_of(each) for each in decorators}
    if names & _KEEPS:
        return ""
    if any(isinstance(each, ast.Attribute) and each.attr in _ROUTES for each in decorators):
        return f"{function.name} answers requests"
    if "shared_task" in names:
        return f"{function.name} is a task"
    if function.name in dependencies:
        return f"{function.name} is a dependency of requests"
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and name_of(node.func) == function.name:
            around, begins = loops.around(file, node.lineno)
            if around:
                return f"{function.name} is called in the loop at line {begins}"
    return ""


def _kept(call: ast.Call, function: ast.FunctionDef | ast.AsyncFunctionDef) -> bool:
    names: set[str] = set()
    outer: set[str] = set()
    for node in ast.walk(function):
        if isinstance(node, (ast.Global, ast.Nonlocal)):
            outer |= set(node.names)
        elif isinstance(node, ast.Assign) and any(each is call for each in ast.walk(node.value)):
            if any(not isinstance(target, ast.Name) for target in node.targets):
                return True
            names |= {name_of(target) for target in node.targets}
        elif isinstance(node, (ast.Return, ast.Yield)) and node.value is call:
            return True
    for node in ast.walk(function):
        value = getattr(node, "value", None)
        if isinstance(node, (ast.Return, ast.Yield)) and name_of(value) in names:
            return True
        if isinstance(node, ast.Assign) and name_of(value) in names:
            return True
    return bool(names & outer)


def _of_ini(ini: Path, root: Path) -> Iterator[Engine]:
    """The URLs of an Alembic configuration, which may hold passwords."""
    try:
        text = ini.read_text(encoding="utf-8")
        config = ConfigParser(interpolation=None)
        config.read_string(text)
    except (OSError, UnicodeDecodeError, Error):
        return
    for section in config.sections():
        given = config[section].get("sqlalchemy.url", "")
        url = parsed(given.replace("%%", "%"), 0)
        if url is None or url.secret is None:
            continue
        name = relative(ini, root)
        for number, line in enumerate(text.splitlines(), 1):
            if line.partition("=")[0].strip() == "sqlalchemy.url" and given in line:
                place = Line(name, number, f"[{section}]")
                yield Engine(
                    (place,), url.driver, url.host, url.port, query=url.query, password=place
                )
