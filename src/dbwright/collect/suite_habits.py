"""The tests of a project as far as new ones follow them: their folder, names and fixtures."""

from __future__ import annotations

import ast
import configparser
import itertools
import os
import tomllib
from collections import Counter
from collections.abc import Collection, Iterator
from pathlib import Path

from dbwright.collect.models_source import python_files
from dbwright.collect.source_files import SKIPPED_FOLDERS, read_source
from dbwright.core.source import Source
from dbwright.core.suite_habits import Fixture, Marks, SuiteHabits

MOST_FILES = 1000
_SESSIONS = ("Session", "AsyncSession", "scoped_session")
_USUAL = ("session", "db_session", "dbsession", "async_session", "sqla_session", "db")
_FOLDERS = ("tests", "test")


def suite_habits(root: Path, modules: Collection[str]) -> SuiteHabits:
    """Gives the habits of the tests below a folder; `modules` are those that models stand in."""
    settings = _settings(root)
    files = [*itertools.islice(_test_files(root), MOST_FILES)]
    is_async = _is_async(root)
    if not files:
        folder = next((name for name in _FOLDERS if (root / name).is_dir()), "")
        there = [_conftest(root, folder)] if folder else []
        found = [source for source in there if source is not None]
        return SuiteHabits(
            folder,
            fixtures=_fixtures(found),
            conftests=tuple(source.path for source in found),
            marks=_marks(found, settings),
            is_async=is_async,
            has_backend=_has_backend(found),
        )
    sources = [s for file in files if isinstance(s := read_source(file, root), Source)]
    folder = _folder(root, sources, modules, settings)
    above = [folder[: -len(rest)] if rest else folder for rest in _tails(folder)]
    loaded = [source for name in above if (source := _conftest(root, name)) is not None]
    names = [Path(source.path).name for source in sources]
    return SuiteHabits(
        folder,
        sum(name.endswith("_test.py") for name in names) * 2 > len(names),
        frozenset(names),
        _fixtures(loaded),
        tuple(source.path for source in loaded),
        _marks([*loaded, *sources], settings),
        is_async,
        _is_unittest(sources) and not loaded and "pytest" not in settings,
        _has_backend(loaded),
    )


def _tails(folder: str) -> Iterator[str]:
    """What is cut off a path to give the folders above it, the lowest last."""
    parts = folder.split("/")
    for number in range(1, len(parts) + 1):
        rest = "/".join(parts[number:])
        yield f"/{rest}" if rest else ""


def _test_files(root: Path) -> Iterator[Path]:
    for folder, folders, files in os.walk(root):
        folders[:] = sorted(f for f in folders if f not in SKIPPED_FOLDERS and f[:1] != ".")
        for name in sorted(files):
            if name.endswith(".py") and (name.startswith("test_") or name.endswith("_test.py")):
                yield Path(folder, name)


def _settings(root: Path) -> dict[str, str]:
    """What the project's files say to pytest, `pytest` itself where they say anything."""
    found: dict[str, str] = {}
    try:
        data = tomllib.loads((root / "pyproject.toml").read_text(encoding="utf-8"))
        options = data.get("tool", {}).get("pytest", {}).get("ini_options")
        if isinstance(options, dict):
            listed = {k: " ".join(map(str, v)) if isinstance(v, list) else str(v)
                      for k, v in options.items()}  # fmt: skip
            found |= {"pytest": "pyproject.toml", **listed}
    except (OSError, ValueError, AttributeError):
        pass
    for name, section in (("pytest.ini", "pytest"), ("tox.ini", "pytest"),
                          ("setup.cfg", "tool:pytest")):  # fmt: skip
        parser = configparser.ConfigParser(interpolation=None)
        try:
            parser.read_string((root / name).read_text(encoding="utf-8"))
        except (OSError, ValueError, configparser.Error):
            continue
        if parser.has_section(section):
            found |= {"pytest": name, **dict(parser.items(section))}
    return found


def _folder(
    root: Path, sources: list[Source], modules: Collection[str], settings: dict[str, str]
) -> str:
    """Where most tests of the models stand, else the folder that tests are looked for in."""
    counts = Counter(
        _of(source.path) for source in sources if _imports(source, modules) and "/" in source.path
    )
    if counts:
        most = max(counts.values())
        return min(folder for folder, count in counts.items() if count == most)
    named = settings.get("testpaths", "").split()
    tops = {source.path.partition("/")[0] for source in sources if "/" in source.path}
    for name in (*named, *_FOLDERS):
        if name.rstrip("/") in tops or (root / name).is_dir():
            return name.rstrip("/")
    return min((_of(source.path) for source in sources), key=lambda name: (name.count("/"), name))


def _of(path: str) -> str:
    return path.rpartition("/")[0]


def _imports(source: Source, modules: Collection[str]) -> bool:
    wanted = {*modules, *(name.rpartition(".")[0] for name in modules)} - {""}
    for node in ast.walk(source.tree):
        if isinstance(node, ast.ImportFrom) and node.module:
            named = {node.module, *(f"{node.module}.{alias.name}" for alias in node.names)}
            if named & wanted:
                return True
        elif isinstance(node, ast.Import) and wanted & {alias.name for alias in node.names}:
            return True
    return False


def _conftest(root: Path, folder: str) -> Source | None:
    file = root / folder / "conftest.py"
    found = read_source(file, root) if file.is_file() else None
    return found if isinstance(found, Source) else None


def _fixtures(sources: list[Source]) -> tuple[Fixture, ...]:
    """What may give a session: as its annotation says, else by its name; the nearest last."""
    found: dict[str, Fixture] = {}
    for source in sources:
        for node in ast.walk(source.tree):
            if not isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                continue
            if _is_fixture(node) and (made := _session(node, source.path)):
                found[made.name] = made
    usual = {name: at for at, name in enumerate(_USUAL)}
    return tuple(sorted(found.values(), key=lambda each: (
        not each.annotated, usual.get(each.name, len(usual)), each.name)))  # fmt: skip


def _is_fixture(node: ast.FunctionDef | ast.AsyncFunctionDef) -> bool:
    for item in node.decorator_list:
        called = item.func if isinstance(item, ast.Call) else item
        if ast.unparse(called).rpartition(".")[2] == "fixture":
            return True
    return False


def _session(node: ast.FunctionDef | ast.AsyncFunctionDef, path: str) -> Fixture | None:
    names = {item.id for item in ast.walk(node.returns) if isinstance(item, ast.Name)} if (
        node.returns) else set[str]()  # fmt: skip
    if isinstance(node.returns, ast.Constant | ast.Attribute):
        names |= {ast.unparse(node.returns).strip("'\"").rpartition(".")[2]}
    annotated = bool(names.intersection(_SESSIONS)) and not names & {"Callable", "sessionmaker"}
    if not annotated and (names or node.name not in _USUAL):
        return None
    is_async = "AsyncSession" in names or isinstance(node, ast.AsyncFunctionDef)
    return Fixture(node.name, path, is_async, annotated)


def _marks(sources: list[Source], settings: dict[str, str]) -> Marks:
    if settings.get("asyncio_mode") == "auto":
        return ""
    for mark in ("anyio", "asyncio"):
        if any(f"pytest.mark.{mark}" in source.text for source in sources):
            return "anyio" if mark == "anyio" else "asyncio"
    return "asyncio"


def _has_backend(sources: list[Source]) -> bool:
    return any("def anyio_backend" in source.text for source in sources)


def _is_async(root: Path) -> bool:
    """Whether the application makes async engines, and no other."""
    made: set[str] = set()
    for file in itertools.islice(python_files(root), MOST_FILES):
        source = read_source(file, root)
        if not isinstance(source, Source) or "create_" not in source.text:
            continue
        for node in ast.walk(source.tree):
            if isinstance(node, ast.Call):
                made.add(ast.unparse(node.func).rpartition(".")[2])
    return "create_async_engine" in made and "create_engine" not in made


def _is_unittest(sources: list[Source]) -> bool:
    """Whether all tests are methods of unittest's classes."""
    plain = any(
        isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and node.name.startswith("test")
        for source in sources
        for node in source.tree.body
    )
    return not plain and any("TestCase" in source.text for source in sources)
