"""Source files: a Python file's text read as Python itself would, or the reason why not."""

from __future__ import annotations

import ast
import io
import os
import tokenize
import warnings
from pathlib import Path

from dbwright.core.source import Problem, Source

SIZE_LIMIT = 2_000_000
SKIPPED_FOLDERS = frozenset(
    {"__pycache__", "node_modules", "site-packages", "venv", "env", "build", "dist"}
)


def read_source(path: Path, root: Path) -> Source | Problem:
    """Gives a Python file's text, or the problem that kept it from being read and parsed."""
    name = relative(path, root)
    try:
        size = path.stat().st_size
        if size > SIZE_LIMIT:
            return Problem(
                name,
                f"not read: it has {size / 1e6:.1f} MB, and dbwright reads source files of up "
                f"to {SIZE_LIMIT / 1e6:.0f} MB",
                way_out="Move the data out of the code, or name the file in "
                "[tool.dbwright] exclude",
            )
        content = path.read_bytes()
    except OSError as error:
        return Problem(name, f"not read: {error.strerror or error}")
    text = decoded(content, name)
    return text if isinstance(text, Problem) else _parsed(Source(name, text))


def relative(path: Path, root: Path) -> str:
    """Gives the path as reports spell it: from the root with slashes, absolute when outside.

    >>> relative(Path("/srv/shop/models.py"), Path("/srv/shop"))
    'models.py'
    """
    here = Path(os.path.abspath(path))
    try:
        return here.relative_to(os.path.abspath(root)).as_posix()
    except ValueError:
        return here.as_posix()


def outermost_package(folder: Path) -> Path:
    """Gives the outermost package that a package is part of; another folder is given as it is."""
    while is_package(folder) and is_package(folder.parent):
        folder = folder.parent
    return folder


def is_package(folder: Path) -> bool:
    """Whether a folder is a package that names itself one."""
    return (folder / "__init__.py").is_file()


def decoded(content: bytes, name: str) -> str | Problem:
    """Gives the text of a Python file as Python reads it, or why it cannot be read."""
    try:
        # honors the byte order mark and the coding cookie (PEP 263)
        encoding, _ = tokenize.detect_encoding(io.BytesIO(content).readline)
    except SyntaxError as error:
        return Problem(
            name,
            f"not read: {error.msg or error}",
            line=_bad_line(content),
            way_out=_ENCODING_WAY_OUT,
        )
    try:
        text = content.decode(encoding)
    except (UnicodeDecodeError, LookupError):
        return Problem(
            name,
            f"not read: it is not {encoding.upper()} text",
            line=_bad_line(content, encoding),
            way_out=_ENCODING_WAY_OUT,
        )
    return text.replace("\r\n", "\n").replace("\r", "\n")


_ENCODING_WAY_OUT = (
    "Save the file as UTF-8, or name its encoding in the first line: # -*- coding: latin-1 -*-"
)


def _bad_line(content: bytes, encoding: str = "utf-8") -> int | None:
    try:
        content.decode(encoding)
    except UnicodeDecodeError as error:
        return content.count(b"\n", 0, error.start) + 1
    except LookupError:
        return 1
    return None


def _parsed(source: Source) -> Source | Problem:
    try:
        with warnings.catch_warnings():
            # an invalid escape in the user's string is a warning of the compiler, not ours
            warnings.simplefilter("ignore")
            tree = source.tree
    except SyntaxError as error:
        return Problem(
            source.path,
            f"not read: {error.msg} (syntax error)",
            line=error.lineno,
            way_out="Mend the syntax; the other files were read",
        )
    except (ValueError, RecursionError, MemoryError) as error:
        return Problem(source.path, f"not read: Python cannot parse it ({error})", line=1)
    return source if isinstance(tree, ast.Module) else Problem(source.path, "not read")
