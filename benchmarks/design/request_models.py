"""Models that were written for a request, imported and created as their users would."""

from __future__ import annotations

import contextlib
import importlib
import sys
import warnings
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapper, configure_mappers, registry

from dbwright.core.schema import Schema
from dbwright.dialects.postgresql.catalog import read_schema


@dataclass(frozen=True, slots=True)
class Made:
    """Models as they stand in a database: its engine, its catalog, the mappers above it."""

    engine: sa.Engine
    schema: Schema
    mappers: tuple[Mapper[Any], ...]

    def mappers_of(self, table: str) -> list[Mapper[Any]]:
        """The mappers whose own table has that name, the most general first."""
        found = [m for m in self.mappers if getattr(m.local_table, "name", "") == table]
        return sorted(found, key=lambda mapper: len(list(mapper.iterate_to_root())))


@contextlib.contextmanager
def made(files: Mapping[str, str], folder: Path, database: Any) -> Iterator[Made]:
    """Writes the files, imports them, creates their tables; a warning is an error."""
    for name, text in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    engine = sa.create_engine(database.url())
    try:
        with (
            contextlib.ExitStack() as leave,
            _imported(files, folder) as modules,
            warnings.catch_warnings(),
        ):
            warnings.simplefilter("error")
            registries = _registries(modules)
            leave.callback(_forget, registries)
            configure_mappers()
            for found in registries:
                found.metadata.create_all(engine)
            with engine.connect() as connection:
                schema = read_schema(connection.connection.driver_connection)
            yield Made(engine, schema, tuple(m for r in registries for m in r.mappers))
    finally:
        engine.dispose()


def _forget(registries: list[registry]) -> None:
    """Mappers that cannot be configured would fail those of the next request too."""
    for found in registries:
        found.dispose()


@contextlib.contextmanager
def _imported(files: Mapping[str, str], folder: Path) -> Iterator[list[Any]]:
    before = set(sys.modules)
    sys.path.insert(0, str(folder))
    importlib.invalidate_caches()
    written = sys.dont_write_bytecode
    sys.dont_write_bytecode = True
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            names = [name.removesuffix(".py").replace("/", ".") for name in sorted(files)]
            yield [importlib.import_module(name.removesuffix(".__init__")) for name in names]
    finally:
        sys.dont_write_bytecode = written
        sys.path.remove(str(folder))
        tops = {name.removesuffix(".py").partition("/")[0] for name in files}
        for name in set(sys.modules) - before:
            if name.partition(".")[0] in tops:
                del sys.modules[name]


def _registries(modules: list[Any]) -> list[registry]:
    """Gives the registries of the declarative bases in the modules, each once."""
    found: list[registry] = []
    for module in modules:
        for value in vars(module).values():
            own = value if isinstance(value, registry) else getattr(value, "registry", None)
            if isinstance(own, registry) and own not in found:
                found.append(own)
    return found
