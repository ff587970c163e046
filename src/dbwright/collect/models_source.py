"""Sources of models: the text of the files in which models stand."""

from __future__ import annotations

import contextlib
import itertools
import os
import re
from collections.abc import Iterable, Iterator
from pathlib import Path

from dbwright.collect.project import Project
from dbwright.collect.source_files import (
    SIZE_LIMIT,
    SKIPPED_FOLDERS,
    is_package,
    outermost_package,
    read_source,
    relative,
)
from dbwright.core.mapping import Mapping
from dbwright.core.source import Problem, Source
from dbwright.recipes import injection, model_secrets, model_syntax


def read_sources(
    project: Project, paths: Iterable[str | Path]
) -> tuple[tuple[Source, ...], tuple[Problem, ...]]:
    """Gives the files that could be read, in order and each once, and those that could not.

    Relative paths are taken from the project's root; files of other packages are left out.
    """
    sources: list[Source] = []
    problems: list[Problem] = []
    for path in dict.fromkeys(Path(project.root, path) for path in paths):
        if path.suffix != ".py" or "site-packages" in path.parts:
            continue
        found = read_source(path, project.root)
        if isinstance(found, Source):
            sources.append(found)
        else:
            problems.append(found)
    return tuple(sources), tuple(problems)


def shadowed_by(project: Project, paths: Iterable[str]) -> str | None:
    """Gives the folder of an installed copy that models come from though the project has them."""
    for path in map(Path, paths):
        parts = path.parts
        if path.is_absolute() and "site-packages" in parts:
            at = parts.index("site-packages") + 1
            inside = Path(*parts[at:])
            if any((base / inside).is_file() for base in (project.root, project.root / "src")):
                return str(Path(*parts[:at], parts[at]))
    return None


MOST_FILES = 3_000
_MOST_LEVELS = 5
_NOT_THE_APPLICATION = {"tests", "test", "testing", "migrations", "alembic", "versions", "examples"}
# Only files that use one of these can hold what rules look for in source alone.
_TELLING = (b"text(", b"literal_column(", b"exec_driver_sql(", b"random", b"uuid1")

_EXECUTING = (b".execute(", b".scalar", b".stream", b".exec(", b".query(")


def code_beside(project: Project, mapping: Mapping) -> tuple[Source, ...]:
    """Gives the application's other files that touch SQL text, random values or a secret's cipher.

    They are those in the top packages of the model files that stand in the project; tests and
    migrations are left out.
    """
    known = {source.path for source in mapping.sources}
    secrets = [name.encode() for name in model_secrets.names(mapping)]
    found: list[Source] = []
    for top in top_packages(project.root, known):
        for count, file in enumerate(python_files(top)):
            if count >= MOST_FILES:
                break
            if relative(file, project.root) in known or not _telling(file, secrets):
                continue
            source = read_source(file, project.root)
            if isinstance(source, Source):
                found.append(source)
    return tuple(found)


def callers_beside(
    project: Project, mapping: Mapping, beside: Iterable[Source]
) -> tuple[Source, ...]:
    """Gives the application's further files that tell where values in its SQL texts come from.

    They hold the calls of the functions around those texts, or the types of their parameters, some
    levels up. Where no text is suspect, no file is read.
    """
    sources = (*mapping.sources, *beside)
    tops = top_packages(project.root, {source.path for source in sources})
    return callers_in(project.root, tops, sources)


def callers_in(root: Path, tops: Iterable[Path], sources: tuple[Source, ...]) -> tuple[Source, ...]:
    """Gives the files below the folders that name a function or type that `wanted` asks for."""
    names = injection.wanted(sources)
    asked: set[str] = set()
    found: list[Source] = []
    contents = _contents(root, tops, {source.path for source in sources}) if names else {}
    for _ in range(_MOST_LEVELS):
        if not names - asked:
            break
        words = b"|".join(re.escape(name.encode()) for name in sorted(names - asked))
        asked |= names
        telling = re.compile(rb"\b(?:" + words + rb")\b")
        new = [file for file, content in contents.items() if telling.search(content)]
        read = [read_source(file, root) for file in new]
        contents = {file: content for file, content in contents.items() if file not in {*new}}
        found += [source for source in read if isinstance(source, Source)]
        names = injection.wanted(sources, found)
    return tuple(found)


def _contents(root: Path, tops: Iterable[Path], known: set[str]) -> dict[Path, bytes]:
    found: dict[Path, bytes] = {}
    for top in tops:
        for file in itertools.islice(python_files(top), MOST_FILES):
            if relative(file, root) not in known and not model_syntax.is_test(relative(file, root)):
                with contextlib.suppress(OSError):
                    content = file.read_bytes()
                    if len(content) <= SIZE_LIMIT:
                        found[file] = content
    return found


def files_that_query(project: Project, mapping: Mapping) -> tuple[Path, ...]:
    """Gives the application's files that execute statements, those of the models among them."""
    known = {source.path for source in mapping.sources}
    known |= {mapper.place.file for mapper in mapping.mappers if mapper.place}
    known |= {table.place.file for table in mapping.schema.tables if table.place}
    found: dict[Path, None] = {}
    for top in top_packages(project.root, known):
        for count, file in enumerate(python_files(top)):
            if count >= MOST_FILES:
                break
            if _executes(file):
                found[file] = None
    return tuple(found)


def _executes(file: Path) -> bool:
    try:
        content = file.read_bytes()
    except OSError:
        return False
    return len(content) <= SIZE_LIMIT and any(word in content for word in _EXECUTING)


def top_packages(root: Path, paths: Iterable[str]) -> list[Path]:
    """The folders of the outermost packages that the files stand in.

    Where alembic.ini stands within the package, the project's root is a part of it.
    """
    found: set[Path] = set()
    own = outermost_package(root) if is_package(root) else None
    for path in map(Path, paths):
        if path.is_absolute() or path.parts[0] == "..":
            if own is not None and Path(os.path.abspath(root / path)).is_relative_to(own):
                found.add(own)
            continue
        # Flask-Migrate's root is the application's own package
        top = outermost_package(root / path.parts[0] if len(path.parts) > 1 else root)
        if len(path.parts) > 1 or is_package(top):
            found.add(top)
    return sorted(found)


def python_files(top: Path) -> Iterator[Path]:
    """Yields the Python files below a folder, those of other people's packages apart."""
    for folder, folders, files in os.walk(top):
        skipped = SKIPPED_FOLDERS | _NOT_THE_APPLICATION
        folders[:] = sorted(f for f in folders if f not in skipped and not f.startswith("."))
        yield from (Path(folder, name) for name in sorted(files) if name.endswith(".py"))


def _telling(file: Path, secrets: Iterable[bytes]) -> bool:
    try:
        content = file.read_bytes()
    except OSError:
        return False
    if any(word in content for word in _TELLING):
        return True
    held = any(name in content for name in secrets)
    lowered = content.lower() if held else b""
    return any(mark.encode() in lowered for mark in model_secrets.HIDING)
