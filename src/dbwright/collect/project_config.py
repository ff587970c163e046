"""Configuration: what alembic.ini and [tool.alembic] of pyproject.toml say."""

from __future__ import annotations

import configparser
import os
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from dbwright.collect.settings import tool_table
from dbwright.core.errors import ProjectError, SettingsError

_SEPARATORS = {"space": " ", "newline": "\n", "os": os.pathsep, ":": ":", ";": ";"}
# Alembic's own way to split when no path_separator is given
_LEGACY_SPLIT = re.compile(r", *|(?: +)")


@dataclass(frozen=True)
class AlembicConfig:
    """One section of alembic.ini together with [tool.alembic], as Alembic merges them.

    The ini file counts first; `sections` are those that are a chain of their own.
    """

    ini: Path | None
    toml: Path | None
    section: str
    sections: tuple[str, ...] = ()
    values: Mapping[str, str] = field(default_factory=dict)
    table: Mapping[str, Any] = field(default_factory=dict)

    @property
    def path(self) -> Path:
        """The file that was found: the ini, else pyproject.toml."""
        found = self.ini or self.toml
        assert found is not None
        return found

    @property
    def here(self) -> Path:
        """The folder that `%(here)s` stands for."""
        return self.path.absolute().parent

    def get(self, name: str) -> str | None:
        """Gives an option's text, from the ini file first."""
        found = self.values.get(name) or self.table.get(name)
        return self._filled(found) if isinstance(found, str) and found else None

    def version_locations(self) -> list[str]:
        """Gives the folders of version_locations as they are written, split as Alembic does."""
        text = self.values.get("version_locations")
        if text:
            return [part.strip() for part in self._split(text) if part.strip()]
        listed = self.table.get("version_locations")
        return [self._filled(str(item)) for item in listed] if isinstance(listed, list) else []

    def _split(self, text: str) -> list[str]:
        name = self.values.get("path_separator") or self.values.get("version_path_separator")
        if not name:
            return _LEGACY_SPLIT.split(text)
        if name not in _SEPARATORS:
            raise ProjectError(
                f"path_separator {name!r} is none that Alembic knows",
                file=str(self.path),
                line=line_of(self.path, "path_separator"),
                way_out="Write one of: os, space, newline, : or ;",
            )
        return text.split(_SEPARATORS[name])

    def flag(self, name: str) -> bool:
        """Gives a switch such as recursive_version_locations."""
        return self.values.get(name, "").lower() in ("true", "1", "yes", "on") or (
            self.table.get(name) is True
        )

    def _filled(self, text: str) -> str:
        return text.replace("%(here)s", self.here.as_posix())


def read_config(path: Path, section: str | None = None) -> AlembicConfig:
    """Gives the configuration of an ini file or a pyproject.toml, each with the other beside it.

    A file that cannot be read, or a section that is not there, raises ProjectError.
    """
    ini, toml = _pair(path)
    table = _alembic_table(toml) if toml else {}
    parser = _read_ini(ini) if ini else None
    sections = _chains(parser) if parser else ()
    chosen = section or _first_section(parser, sections, bool(table))
    if parser and not parser.has_section(chosen) and (section or not table):
        raise ProjectError(
            f"there is no section [{chosen}]",
            file=str(ini),
            way_out=f"Its sections with a script_location: {', '.join(sections) or 'none'}. "
            "Name one with --section.",
        )
    values = _values(parser, chosen) if parser and parser.has_section(chosen) else {}
    return AlembicConfig(ini, toml if table else None, chosen, sections, values, table)


def list_sections(path: Path) -> tuple[str, ...]:
    """Gives the sections of an alembic.ini that have a script_location: each is a chain."""
    ini, _ = _pair(path)
    return _chains(_read_ini(ini)) if ini else ("alembic",)


def line_of(path: Path, option: str, section: str | None = None) -> int | None:
    """Gives the line of an ini file that sets the option, in that section when one is given."""
    current: str | None = None
    for number, line in enumerate(_lines(path), start=1):
        text = line.strip()
        if text.startswith("[") and "]" in text:
            current = text[1 : text.index("]")]
            if option == "" and current == section:
                return number
        name = re.split(r"[=:]", text, maxsplit=1)[0].strip()
        if option and name == option and section in (None, current):
            return number
    return None


def _lines(path: Path) -> list[str]:
    try:
        return path.read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError:
        return []


def _pair(path: Path) -> tuple[Path | None, Path | None]:
    if path.name == "pyproject.toml":
        ini = path.with_name("alembic.ini")
        return (ini if ini.is_file() else None), path
    toml = path.with_name("pyproject.toml")
    return path, (toml if toml.is_file() else None)


def _alembic_table(toml: Path) -> dict[str, Any]:
    try:
        table = tool_table(toml).get("alembic", {})
    except SettingsError as error:
        raise ProjectError(
            error.message, file=error.file, line=error.line, way_out=error.way_out
        ) from error
    return table if isinstance(table, dict) else {}


def _read_ini(ini: Path) -> configparser.ConfigParser:
    parser = configparser.ConfigParser({"here": ini.absolute().parent.as_posix()})
    try:
        parser.read_string(ini.read_bytes().decode("utf-8-sig"), source=str(ini))
    except OSError as error:
        raise ProjectError(f"cannot be read: {error.strerror}", file=str(ini)) from error
    except UnicodeDecodeError as error:
        line = ini.read_bytes().count(b"\n", 0, error.start) + 1
        raise ProjectError(
            "is not UTF-8 text", file=str(ini), line=line, way_out="Save the file as UTF-8."
        ) from error
    except configparser.Error as error:
        raise ProjectError(
            f"is no ini file: {error.message.splitlines()[0]}",
            file=str(ini),
            line=_error_line(error),
            way_out="Mend the line; `alembic history` has to work with the file.",
        ) from error
    return parser


def _error_line(error: configparser.Error) -> int | None:
    if isinstance(error, configparser.MissingSectionHeaderError):
        return error.lineno
    if isinstance(error, configparser.ParsingError) and error.errors:
        return error.errors[0][0]
    lineno = getattr(error, "lineno", None)
    return lineno if isinstance(lineno, int) else None


def _chains(parser: configparser.ConfigParser) -> tuple[str, ...]:
    return tuple(name for name in parser.sections() if parser.has_option(name, "script_location"))


def _first_section(
    parser: configparser.ConfigParser | None, sections: tuple[str, ...], has_table: bool
) -> str:
    if not sections or "alembic" in sections or has_table:
        return "alembic"
    if parser and parser.has_section("alembic") and len(sections) == 0:
        return "alembic"
    return sections[0]


def _values(parser: configparser.ConfigParser, section: str) -> dict[str, str]:
    found = {}
    for name in parser.options(section):
        try:
            found[name] = parser.get(section, name)
        except configparser.InterpolationError:
            # %(DB_URL)s is filled in by env.py, and a % of a password need not be doubled for us
            found[name] = parser.get(section, name, raw=True)
    return found
