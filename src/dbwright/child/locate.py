"""Finds the project's metadata: named by env.py, by a spec, in a file, or in a piece of code."""

from __future__ import annotations

import importlib
import importlib.util
import linecache
import os
import sys
import types
from collections.abc import Iterator, Sequence
from typing import Any

from . import failures, frames
from .environment import Run
from .state import current

_of_code: list[Any] = []
# The arguments and the result of the last `find`.
_last: list[tuple[dict[str, Any], Found]] = []


class Found:
    """The metadata of the models, and the run of env.py that named it, if one did."""

    def __init__(self, metadata: list[Any], run: Run | None = None) -> None:
        self.metadata = metadata
        self.run = run

    def environment(self) -> dict[str, Any]:
        """Gives the JSON of core.migration.Environment."""
        return self.run.facts() if self.run else {}


def find(
    config: str | None = None,
    section: str | None = None,
    spec: str | None = None,
    file: str | None = None,
    code: str | None = None,
    filename: str = "models.py",
    imports: Sequence[str] = (),
) -> Found:
    """Gives the metadata of one of the four sources; Unusable when it has none.

    `imports` are modules that bring models to the metadata that `spec` names.
    """
    _last.clear()
    if code is not None:
        found = _checked(_in_code(code, filename), filename)
    elif file is not None:
        found = _checked(_in_file(file), file)
    elif spec is not None:
        # as Python itself in the project's folder: its own package wins over an installed copy
        home = _home(spec)
        if sys.path[0] != home:
            sys.path.insert(0, home)
        for module in imports:
            importlib.import_module(module)
        found = _checked(_unique(item for part in spec.split(",") for item in _by_spec(part)), spec)
    else:
        found = _in_environment(config, section)
    named = {"config": config, "section": section, "spec": spec, "file": file, "code": code}
    _last.append(({name: value for name, value in named.items() if value is not None}, found))
    return found


def _home(spec: str) -> str:
    """Gives the folder that a spec's first name stands in: the project's, or that above it.

    An alembic.ini within the package makes a folder of the package the project's root, whose own
    modules would stand before those of Python (airflow's `secrets`).
    """
    first = os.path.join(current.root, spec.partition(":")[0].partition(".")[0])
    inside = os.path.exists(first) or os.path.exists(f"{first}.py")
    return current.root if inside else current.above_package()


def again(**source: Any) -> Found:
    """Gives what the last `find` gave when it was asked for the same; env.py runs once only."""
    named = {key: value for key, value in source.items() if key not in ("filename", "imports")}
    if _last and _last[0][0] == named:
        return _last[0][1]
    return find(**source)


def _checked(metadata: list[Any], where: str) -> Found:
    if not metadata:
        raise failures.Unusable(
            f"{where} has no models: no declarative class, Table or MetaData",
            way_out="Name the base class:  dbwright check --models package.module:Base",
        )
    return Found(metadata)


def _in_environment(config: str | None, section: str | None) -> Found:
    run = Run(config, section, "current")
    try:
        run.run(lambda revision, context: [], dont_mutate=True, as_sql=False)
    except Exception:
        if not run.metadata() and not _names_metadata_offline(run):
            raise
    metadata = run.metadata()
    if not metadata:
        raise failures.Unusable(
            "env.py gives no target_metadata",
            file=frames.relative(str(current.env_file)),
            way_out="Set it, or name the models:  dbwright check --models package.module:Base",
        )
    if not any(item.tables for item in metadata):
        raise failures.Unusable(
            "its target_metadata has no tables: no model is imported there",
            file=frames.relative(str(current.env_file)),
            way_out="Import them there, or:  dbwright check --models package.module:Base",
        )
    return Found(metadata, run)


def _names_metadata_offline(run: Run) -> bool:
    """Runs env.py as for --sql: its online half may want answers of a real database."""
    try:
        run.run(lambda revision, context: [], as_sql=True, dont_mutate=True)
    except Exception:
        return bool(run.metadata())
    return bool(run.metadata())


def _by_spec(spec: str) -> list[Any]:
    name, _, attribute = spec.partition(":")
    module = importlib.import_module(name)
    if not attribute:
        return _unique(_of_module(module))
    found: Any = module
    for part in attribute.split("."):
        if not hasattr(found, part):
            raise failures.Unusable(
                f"{name} has no {attribute}",
                file=_file_of(module),
                way_out="Name what is there:  dbwright check --models package.module:Base",
            )
        found = getattr(found, part)
    return _unique(_metadata_of(found))


def _file_of(module: Any) -> str | None:
    path = getattr(module, "__file__", None)
    return frames.relative(path) if path else None


def _in_file(file: str) -> list[Any]:
    path = os.path.join(current.root, file)
    if os.path.isdir(path):
        names = [os.path.join(path, name) for name in sorted(os.listdir(path))]
        files = [name for name in names if name.endswith(".py")]
    else:
        files = [path]
    found: list[Any] = []
    for item in files:
        found += _of_module(_import_file(item))
    return _unique(found)


def _import_file(path: str) -> Any:
    """Imports a file under its dotted name where it stands in a package, else by itself."""
    folder, name = os.path.split(os.path.abspath(path))
    parts = [] if name == "__init__.py" else [name[: -len(".py")]]
    while os.path.exists(os.path.join(folder, "__init__.py")):
        folder, parent = os.path.split(folder)
        parts.insert(0, parent)
    if folder not in sys.path:
        sys.path.append(folder)
    dotted = ".".join(parts)
    if len(parts) > 1:
        return importlib.import_module(dotted)
    known = sys.modules.get(dotted)
    if known is not None and os.path.abspath(getattr(known, "__file__", None) or "") == path:
        return known
    name = dotted if known is None and dotted.isidentifier() else f"dbwright_{abs(hash(path))}"
    spec = importlib.util.spec_from_file_location(name, path)
    if spec is None or spec.loader is None:
        raise failures.Unusable("is no Python file", file=frames.relative(path))
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    try:
        spec.loader.exec_module(module)
    except BaseException:
        sys.modules.pop(name, None)
        raise
    return module


def _in_code(code: str, filename: str) -> list[Any]:
    """Executes a piece of code as a module of its own; the one before is forgotten."""
    _forget_code(code)
    before = set(map(id, _registries()))
    name = f"dbwright_code_{len(_of_code)}"
    module = types.ModuleType(name)
    path = os.path.join(current.root, filename)
    module.__file__ = path
    sys.modules[name] = module
    _of_code.append(module)
    linecache.cache[path] = (len(code), None, code.splitlines(True), path)
    try:
        exec(compile(code, path, "exec"), module.__dict__)
    finally:
        vars(module)["__dbwright_registries__"] = [
            registry for registry in _registries() if id(registry) not in before
        ]
    return _unique(_of_module(module))


def _forget_code(code: str) -> None:
    from . import places

    while _of_code:
        module = _of_code.pop()
        for registry in vars(module).get("__dbwright_registries__", ()):
            registry.dispose()
        sys.modules.pop(module.__name__, None)
        module.__dict__.clear()
    places.forget()
    shared = getattr(sys.modules.get("sqlmodel"), "SQLModel", None)
    if shared is not None and "sqlmodel" in code:
        shared._sa_registry.dispose()
        shared._sa_registry._class_registry.clear()
        shared.metadata.clear()


def _registries() -> list[Any]:
    from sqlalchemy.orm.mapper import _all_registries

    return list(_all_registries())


def _of_module(module: Any) -> Iterator[Any]:
    for value in list(vars(module).values()):
        yield from _metadata_of(value)


def _metadata_of(value: Any) -> Iterator[Any]:
    """Gives the metadata behind a base class, a model, a Table, a registry or a `db` object."""
    from sqlalchemy import MetaData, Table

    if isinstance(value, MetaData):
        yield value
    elif isinstance(value, Table):
        yield value.metadata
    elif not isinstance(value, types.ModuleType):
        several = getattr(value, "metadatas", None)
        if isinstance(several, dict):
            yield from several.values()
        metadata = getattr(value, "metadata", None)
        if isinstance(metadata, MetaData):
            yield metadata


def _unique(found: Any) -> list[Any]:
    """Gives each metadata that has tables once; an empty one counts where there is no other."""
    known: list[Any] = []
    for item in found:
        if not any(item is other for other in known):
            known.append(item)
    return [item for item in known if item.tables] or known[:1]
