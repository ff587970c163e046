"""Which language model is wanted, where it answers, and how much it may cost."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from dbwright.core.errors import UsageError

if TYPE_CHECKING:
    from dbwright.core.settings import Settings

MODEL, URL, KEY = "DBWRIGHT_MODEL", "DBWRIGHT_MODEL_URL", "DBWRIGHT_MODEL_KEY"
LIMITS = ("requests", "calls", "tokens", "seconds")


@dataclass(frozen=True, slots=True)
class Wanted:
    """A language model, and the limits of one request to `ask`.

    `url` is that of a server that speaks OpenAI's protocol; `key` is for that server alone.
    `rows` are the tables whose rows the model may be shown.
    """

    model: str
    url: str = ""
    key: str = field(default="", repr=False)
    requests: int = 12
    calls: int = 24
    tokens: int = 200_000
    seconds: int = 180
    rows: tuple[str, ...] = ()

    @property
    def place(self) -> str:
        """Where what is sent goes, in words."""
        host = urlsplit(self.url).hostname or ""
        return f"{self.model} at {host}" if self.url else self.model


def wanted(
    path: Path,
    model: str | None = None,
    url: str | None = None,
    rows: tuple[str, ...] = (),
    environment: Mapping[str, str] = os.environ,
) -> Wanted | None:
    """Gives the model that the command line, the environment or the settings name, or None.

    The URL is never read from the project's files: whoever writes those would choose where a
    schema is sent. Raises UsageError for a URL that is none, SettingsError for broken settings.
    """
    from dbwright.collect.settings import read_settings

    settings = read_settings(path)
    url = url or environment.get(URL) or ""
    name = model or environment.get(MODEL) or settings.model or ("default" if url else "")
    if not name or name == "none":
        return None
    if url:
        _check(url)
    limits = {limit: _limit(limit, settings, environment) for limit in LIMITS}
    return Wanted(name, url, environment.get(KEY, ""), rows=rows, **limits)


def _check(url: str) -> None:
    parts = urlsplit(url)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise UsageError(
            f"the model's URL {url!r} is none of http or https",
            way_out=f"For example: {URL}=http://127.0.0.1:8080/v1",
        )


def _limit(name: str, settings: Settings, environment: Mapping[str, str]) -> int:
    """A limit of the environment, else of the settings."""
    variable = f"{MODEL}_{name.upper()}"
    text = environment.get(variable)
    if text is None:
        return int(getattr(settings, f"model_{name}"))
    if text.isascii() and text.isdigit() and int(text) > 0:
        return int(text)
    raise UsageError(f"{variable}={text!r} is no positive number")
