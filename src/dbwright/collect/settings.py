"""Settings: [tool.dbwright] of the pyproject.toml that is nearest above a folder."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

from dbwright.core.errors import SettingsError
from dbwright.core.settings import Settings


def read_settings(path: Path, **overrides: Any) -> Settings:
    """Gives the settings for a folder or file; overrides that are None do not count.

    The nearest pyproject.toml with a [tool.dbwright] table counts, searched from the folder up
    to the root of the repository. Broken TOML, an unknown key or a wrong type raises
    SettingsError with the file and line.
    """
    file = settings_file(path)
    settings = Settings.from_table(_table(file), str(file)) if file else Settings()
    given = {name: value for name, value in overrides.items() if value is not None}
    return replace(settings, **given) if given else settings


def settings_file(path: Path) -> Path | None:
    """Gives the pyproject.toml whose [tool.dbwright] counts for the path, or None."""
    for folder in folders_up(path):
        file = folder / "pyproject.toml"
        if file.is_file() and "dbwright" in tool_table(file):
            return file
    return None


def folders_up(path: Path) -> Iterator[Path]:
    """Gives the folder of the path and those above it, up to the root of the repository."""
    start = path.absolute()
    for folder in (start, *start.parents):
        if folder.is_dir():
            yield folder
            if (folder / ".git").exists():
                return


def read_toml(file: Path) -> dict[str, Any]:
    """Gives the content of a TOML file; what cannot be read raises SettingsError with the line."""
    try:
        text = file.read_bytes().decode("utf-8-sig")
        return tomllib.loads(text)
    except OSError as error:
        raise SettingsError(f"cannot be read: {error.strerror}", file=str(file)) from error
    except UnicodeDecodeError as error:
        content = file.read_bytes()
        raise SettingsError(
            "is not UTF-8 text, as TOML has to be",
            file=str(file),
            line=content.count(b"\n", 0, error.start) + 1,
            way_out="Save the file as UTF-8.",
        ) from error
    except tomllib.TOMLDecodeError as error:
        raise _broken(error, file, text) from error


def tool_table(file: Path) -> dict[str, Any]:
    """Gives the [tool] table of a TOML file, empty where there is none."""
    table = read_toml(file).get("tool", {})
    return table if isinstance(table, dict) else {}


def _broken(error: tomllib.TOMLDecodeError, file: Path, text: str) -> SettingsError:
    # Python 3.11 gives the line in the message only, newer ones in an attribute as well
    words = str(error).partition(" (at ")
    line = getattr(error, "lineno", None)
    if line is None:
        digits = words[2].partition("line ")[2].partition(",")[0]
        line = int(digits) if digits.isdigit() else text.count("\n") + 1
    return SettingsError(
        f"the TOML is broken: {words[0]}", file=str(file), line=line, way_out="Mend the line."
    )


def _table(file: Path) -> dict[str, Any]:
    table = tool_table(file)["dbwright"]
    if not isinstance(table, dict):
        raise SettingsError(
            "dbwright under [tool] must be a table",
            file=str(file),
            way_out='Write a line [tool.dbwright], and below it keys such as target = "postgresql"',
        )
    return table
