"""Dialect: which database a project is for, learnt from what its files say."""

from __future__ import annotations

import ast
import fnmatch
import itertools
import os
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from dbwright.collect.settings import read_toml, tool_table
from dbwright.collect.source_files import SKIPPED_FOLDERS, read_source, relative
from dbwright.core.errors import SettingsError
from dbwright.core.settings import Settings
from dbwright.core.source import Source
from dbwright.core.target import DIALECTS, Target

_SCHEMES = {"postgres": "postgresql", **{name: name for name in DIALECTS}}
_UNSUPPORTED = ("oracle", "mssql", "cockroachdb", "snowflake", "redshift", "bigquery", "duckdb")
_DRIVERS = {
    "psycopg": "postgresql",
    "psycopg-binary": "postgresql",
    "psycopg2": "postgresql",
    "psycopg2-binary": "postgresql",
    "psycopg2cffi": "postgresql",
    "asyncpg": "postgresql",
    "pg8000": "postgresql",
    "aiosqlite": "sqlite",
    "pymysql": "mysql",
    "mysqlclient": "mysql",
    "aiomysql": "mysql",
    "asyncmy": "mysql",
    "mysql-connector-python": "mysql",
    "mariadb": "mariadb",
}
_SETTINGS_FILES = ("*settings*.py", "config*.py", "database*.py", "db.py", "base.py")
_DOTENV_FILES = (".env", ".env.*", "*.env", "env.example", ".flaskenv")
_SKIPPED = SKIPPED_FOLDERS | {"tests", "test", "docs"}
_MOST_FILES = 300


@dataclass(frozen=True, slots=True)
class Dialect:
    """The database of a project, None when nothing tells; `origin` says where it was learnt."""

    name: str | None
    origin: str
    notes: tuple[str, ...] = ()


def find_dialect(
    root: Path,
    settings: Settings,
    url: str | None,
    env_path: Path | None,
    revision_files: Iterable[Path] = (),
) -> Dialect:
    """Gives the project's database from the first source that names one; never a guess."""
    if settings.target or settings.database:
        text = settings.target or settings.database or ""
        key = "target" if settings.target else "database"
        return Dialect(_of_setting(text), f"[tool.dbwright] {key}")
    named = dialect_of_url(url) if url else None
    if named:
        return Dialect(named, "the URL in the Alembic configuration")
    places: tuple[Iterator[tuple[str, str]], ...] = (
        _in_python(_env_files(root, env_path), root),
        _in_python(_files(root, _SETTINGS_FILES), root),
        _in_dotenv(root),
        _in_dependencies(root),
        _in_revisions(itertools.islice(revision_files, _MOST_FILES), root),
    )
    for place in places:
        found = _chosen(list(place))
        if found:
            return found
    return _unknown(url)


def dialect_of_url(text: str) -> str | None:
    """Gives the database that an SQLAlchemy URL is for, None for one that dbwright lacks.

    >>> dialect_of_url("postgresql+asyncpg://shop@db/shop")
    'postgresql'
    """
    scheme, colon, _ = text.strip().partition("://")
    return _SCHEMES.get(scheme.partition("+")[0].lower()) if colon else None


def _of_setting(text: str) -> str:
    if "://" in text:
        found = dialect_of_url(text)
        if found:
            return found
    return Target.parse(text).dialect


def _unknown(url: str | None) -> Dialect:
    backend = (url or "").partition("://")[0].partition("+")[0]
    why = "no setting, URL, driver or import in the project names a database"
    if backend in _UNSUPPORTED:
        why = f"the project's URL is for {backend}, which dbwright does not know"
    note = (
        f"the database is not known: {why}. Write [tool.dbwright] database = "
        '"postgresql" (or sqlite, mysql, mariadb) in pyproject.toml'
    )
    return Dialect(None, why, (note,))


def _chosen(found: list[tuple[str, str]]) -> Dialect | None:
    if not found:
        return None
    names = list(dict.fromkeys(name for name, _ in found))
    name = "postgresql" if "postgresql" in names else names[0]
    origin = next(place for other, place in found if other == name)
    others = [f"{other} ({place})" for other, place in dict(found).items() if other != name]
    note = f"the project names several databases; {name} ({origin}) was taken, not "
    return Dialect(name, origin, (note + ", ".join(others),) if others else ())


def _in_python(paths: Iterable[Path], root: Path) -> Iterator[tuple[str, str]]:
    for path in paths:
        source = read_source(path, root)
        if not isinstance(source, Source):
            continue
        for node in ast.walk(source.tree):
            name = _of_node(node)
            if name:
                yield name, f"{source.path}:{getattr(node, 'lineno', 1)}"


def _of_node(node: ast.AST) -> str | None:
    if isinstance(node, ast.Constant) and isinstance(node.value, str) and "://" in node.value:
        return dialect_of_url(node.value)
    if isinstance(node, ast.Name) and node.id in ("PostgresDsn", "MySQLDsn", "MariaDBDsn"):
        return {"PostgresDsn": "postgresql", "MySQLDsn": "mysql"}.get(node.id, "mariadb")
    if isinstance(node, ast.keyword) and node.arg in ("drivername", "scheme"):
        return _of_driver_name(node.value)
    if isinstance(node, ast.Call) and ast.unparse(node.func).endswith("URL.create") and node.args:
        return _of_driver_name(node.args[0])
    return None


def _of_driver_name(node: ast.expr) -> str | None:
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return dialect_of_url(node.value + "://")
    return None


def _env_files(root: Path, env_path: Path | None) -> Iterator[Path]:
    """Gives env.py and the project's own modules that it imports."""
    if env_path is None or not env_path.is_file():
        return
    yield env_path
    source = read_source(env_path, root)
    if not isinstance(source, Source):
        return
    for node in ast.walk(source.tree):
        names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
        if isinstance(node, ast.ImportFrom) and node.module and not node.level:
            names = [node.module, *(f"{node.module}.{alias.name}" for alias in node.names)]
        for name in names:
            yield from _module_files(root, name)


def _module_files(root: Path, name: str) -> Iterator[Path]:
    parts = Path(*name.split("."))
    for base in (root, root / "src"):
        for path in ((base / parts).with_suffix(".py"), base / parts / "__init__.py"):
            if path.is_file():
                yield path


def _files(root: Path, patterns: tuple[str, ...]) -> Iterator[Path]:
    count = 0
    for folder, folders, files in os.walk(root):
        deep = len(Path(folder).relative_to(root).parts) >= 4
        folders[:] = [] if deep else sorted(map(str, filter(_is_own, folders)))
        for name in sorted(files):
            if any(fnmatch.fnmatch(name, pattern) for pattern in patterns):
                count += 1
                yield Path(folder, name)
        if count > _MOST_FILES:
            return


def _is_own(folder: str) -> bool:
    return not folder.startswith(".") and folder not in _SKIPPED


def _in_dotenv(root: Path) -> Iterator[tuple[str, str]]:
    for path in sorted({found for pattern in _DOTENV_FILES for found in root.glob(pattern)}):
        if not path.is_file() or path.stat().st_size > 1_000_000:
            continue
        for number, line in enumerate(_text_lines(path), start=1):
            _, equals, value = line.partition("=")
            name = dialect_of_url(value.strip().strip("'\"")) if equals else None
            if name and not line.lstrip().startswith("#"):
                yield name, f"{path.name}:{number}"


def _text_lines(path: Path) -> list[str]:
    try:
        return path.read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError:
        return []


def _in_dependencies(root: Path) -> Iterator[tuple[str, str]]:
    listed = itertools.chain(_of_pyproject(root / "pyproject.toml"), _of_requirements(root))
    for requirement, file in listed:
        name = _DRIVERS.get(_package(requirement))
        if name:
            yield name, f"the dependency {_package(requirement)} in {file}"


def _package(requirement: str) -> str:
    name = requirement.strip()
    for end in " <>=!~;[@(#":
        name = name.partition(end)[0]
    extra = requirement.partition("[")[2].partition("]")[0]
    found = name.strip().lower().replace("_", "-").replace(".", "-")
    # sqlalchemy[postgresql-asyncpg] brings the driver along
    return extra.rpartition("-")[2] if found == "sqlalchemy" and extra else found


def _of_pyproject(path: Path) -> Iterator[tuple[str, str]]:
    if not path.is_file():
        return
    try:
        content = read_toml(path)
    except SettingsError:
        return
    project = content.get("project", {})
    listed: list[Any] = list(project.get("dependencies", []))
    groups = (project.get("optional-dependencies", {}), content.get("dependency-groups", {}))
    for group in groups:
        listed.extend(itertools.chain.from_iterable(group.values()))
    listed.extend(tool_table(path).get("poetry", {}).get("dependencies", {}))
    for item in listed:
        if isinstance(item, str):
            yield item, path.name


def _of_requirements(root: Path) -> Iterator[tuple[str, str]]:
    for path in sorted((*root.glob("requirements*.txt"), *root.glob("requirements/*.txt"))):
        for line in _text_lines(path):
            yield line, relative(path, root)


def _in_revisions(paths: Iterable[Path], root: Path) -> Iterator[tuple[str, str]]:
    for path in paths:
        source = read_source(path, root)
        if isinstance(source, Source) and "sqlalchemy.dialects" in source.text:
            for name, line in _dialect_imports(source.tree):
                yield name, f"sqlalchemy.dialects.{name} in {source.path}:{line}"


def _dialect_imports(tree: ast.Module) -> Iterator[tuple[str, int]]:
    for node in ast.walk(tree):
        if not isinstance(node, ast.ImportFrom) or not node.module:
            continue
        names = [node.module, *(f"{node.module}.{alias.name}" for alias in node.names)]
        for name in names:
            rest = name.removeprefix("sqlalchemy.dialects.").partition(".")[0]
            if name.startswith("sqlalchemy.dialects.") and rest in DIALECTS:
                yield rest, node.lineno
                break
