"""What stopped a command, as facts for the parent's message: type, text, place, way out."""

from __future__ import annotations

import os
import re
import sys
from typing import Any

from . import frames
from .errors import DriverUse
from .refusal import Refused
from .state import current

_ADDRESS = re.compile(r" at 0x[0-9a-fA-F]+")
"""Where an object lies in memory, in the text that Python gives it: another one in each run."""


class Unusable(Exception):
    """The command cannot be done; says why and what to do."""

    def __init__(
        self,
        message: str,
        *,
        file: str | None = None,
        line: int | None = None,
        way_out: str | None = None,
    ) -> None:
        super().__init__(message)
        self.file, self.line, self.way_out = file, line, way_out


def described(error: BaseException) -> dict[str, Any]:
    """Gives the failure as JSON: `type`, `message`, `file`, `line`, `way_out`, `fence`."""
    chain = list(_chain(error))
    refused = next((item for item in chain if isinstance(item, Refused)), None)
    if isinstance(error, Unusable):
        place: dict[str, Any] = {"file": error.file, "line": error.line}
        return _failure(error, str(error), place, error.way_out)
    place = _place(chain)
    if refused is not None:
        return _refusal(refused, place)
    message, way_out = _words(chain)
    return _failure(error, message, place, way_out)


def _failure(
    error: BaseException, message: str, place: dict[str, Any], way_out: str | None
) -> dict[str, Any]:
    return {
        "type": type(error).__name__,
        "message": _ADDRESS.sub("", message),
        "file": place.get("file"),
        "line": place.get("line"),
        "way_out": way_out,
        "fence": False,
        "revision": current.revision,
    }


def _refusal(error: Refused, place: dict[str, Any]) -> dict[str, Any]:
    record = current.refused[-1] if current.refused else {}
    at = record if record.get("file") else place
    way_out = (
        "Nothing was reached. Open no connection while models or revisions are imported; "
        "a revision works on op.get_bind()."
    )
    return {**_failure(error, str(error), at, way_out), "fence": True}


def _chain(error: BaseException | None) -> Any:
    seen: set[int] = set()
    while error is not None and id(error) not in seen:
        seen.add(id(error))
        yield error
        error = error.__cause__ or (None if error.__suppress_context__ else error.__context__)


def _place(chain: list[BaseException]) -> dict[str, Any]:
    first = chain[0]
    if isinstance(first, SyntaxError) and first.filename:
        return {"file": frames.relative(first.filename), "line": first.lineno}
    for error in chain:
        found = frames.innermost(error.__traceback__)
        if found:
            return found
    return {"file": None, "line": None}


def _words(chain: list[BaseException]) -> tuple[str, str | None]:
    """Gives message and way out; the first error that one of the known causes explains wins."""
    for error in chain:
        for explain in (_variable, _missing_module, _circular, _driver_use, _ended):
            words = explain(error)
            if words:
                return words
    first = chain[0]
    if isinstance(first, SyntaxError):
        return f"does not parse: {first.msg}", "Correct the syntax there."
    if hasattr(first, "orig") and hasattr(first, "statement"):
        return _of_database(first), None
    text = str(first).split("\n(Background on this error")[0].strip()
    name = type(first).__name__
    return (f"{name}: {text}" if text else name), None


def _of_database(error: Any) -> str:
    """Gives the database's own words and the statement, without SQLAlchemy's wrapping."""
    words = str(error.orig).strip().splitlines() or [type(error.orig).__name__]
    statement = " ".join(str(error.statement or "").split())
    shown = statement if len(statement) <= 200 else statement[:200] + " …"
    return f"{words[0]} ({type(error).__name__}), in: {shown}" if shown else words[0]


def _variable(error: BaseException) -> tuple[str, str] | None:
    names = _missing_variables(error)
    if not names:
        return None
    what = "the variable" if len(names) == 1 else "the variables"
    example = " ".join(f"{name}={_unused(name)}" for name in names)
    words = f"needs {what} {', '.join(names)}"
    return words, f"It only has to exist, the value is never used:  {example} dbwright check"


def _missing_variables(error: BaseException) -> list[str]:
    if type(error).__name__ == "ValidationError" and hasattr(error, "errors"):
        try:
            missing = [item["loc"][0] for item in error.errors() if item["type"] == "missing"]
        except Exception:
            return []
        prefix = _settings_prefix(error)
        return [f"{prefix}{name}".upper() for name in missing if isinstance(name, str)]
    if isinstance(error, KeyError) and len(error.args) == 1 and _from_environment(error):
        return [str(error.args[0])]
    if type(error).__name__ in ("UndefinedValueError", "EnvError", "ImproperlyConfigured"):
        found = re.search(r"\b([A-Z][A-Z0-9_]{2,})\b", str(error))
        return [found[1]] if found else []
    return _named_in_words(error)


_ASKS = re.compile(
    r"environment|variable|not set|must be set|missing|required|_(URL|URI|DSN)", re.I
)


def _named_in_words(error: BaseException) -> list[str]:
    """Gives the variable that a message of the project's own asks for."""
    text = str(error)
    if not frames.innermost(error.__traceback__) or not _ASKS.search(text):
        return []
    words = re.findall(r"\b[A-Z][A-Z0-9]*_[A-Z0-9_]+\b", text)
    return [name for name in dict.fromkeys(words) if name not in os.environ][:1]


def _unused(name: str) -> str:
    return "unused://" if name.endswith(("URL", "URI", "DSN")) else "unused"


def _settings_prefix(error: Any) -> str:
    """Gives env_prefix of the pydantic settings class that the error names, else nothing."""
    for module in list(sys.modules.values()):
        found = getattr(module, str(getattr(error, "title", "")), None)
        config = getattr(found, "model_config", None)
        if isinstance(config, dict):
            return str(config.get("env_prefix") or "")
    return ""


def _from_environment(error: BaseException) -> bool:
    traceback = error.__traceback__
    while traceback is not None and traceback.tb_next is not None:
        traceback = traceback.tb_next
    return bool(traceback and traceback.tb_frame.f_globals.get("__name__") == "os")


def _missing_module(error: BaseException) -> tuple[str, str] | None:
    if not isinstance(error, ModuleNotFoundError) or not error.name:
        return None
    words = f"needs the module {error.name}, which {sys.executable} does not have"
    return words, (
        "Install it there, or name the project's interpreter:  "
        "dbwright check --python path/to/python"
    )


def _circular(error: BaseException) -> tuple[str, str] | None:
    if not isinstance(error, ImportError) or "circular import" not in str(error):
        return None
    return (
        f"circular import: {error}",
        "Move one of the two imports into the function that uses it.",
    )


def _driver_use(error: BaseException) -> tuple[str, str] | None:
    if not isinstance(error, DriverUse):
        return None
    return str(error), (
        "Such a step cannot be replayed here; op.execute() and op.bulk_insert() can."
    )


def _ended(error: BaseException) -> tuple[str, str] | None:
    if isinstance(error, SystemExit):
        return f"ends the process: sys.exit({error.code!r})", "Let it raise an exception instead."
    if isinstance(error, EOFError):
        return "waits for input on the terminal", "Take the answer from a setting instead."
    return None
