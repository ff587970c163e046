"""Settings: the keys of [tool.dbwright], checked."""

from __future__ import annotations

import difflib
from dataclasses import dataclass, fields
from typing import Any

from dbwright.core.errors import SettingsError


@dataclass(frozen=True, slots=True)
class Settings:
    """What [tool.dbwright] says; every key is optional.

    target: the database that the advice is for, `postgresql-15`; database: its dialect alone, when
    the URL does not say; applied: the newest revision that production has; base: how a chain that
    does not start from nothing begins, a file of SQL; models: where the models are,
    `package.module:Base`; config: the path of alembic.ini; section: its section, when there are
    several; python: the project's interpreter; select: only these rules; ignore: not these rules;
    baseline: the file of findings accepted earlier; sizes: a JSON file of production's rows per
    table; exclude: patterns of paths to leave out; timeout: seconds that the project's own code
    may take; trials: seconds that trying the fixes may take, the worst findings' first; keep: what
    new revisions leave alone though no model declares it, `legacy`, `users.old`, `ck_users_name`;
    offline: whether `alembic upgrade --sql` writes your scripts, seen from the revisions when not
    set;
    sandbox_url: a throw-away server for the proofs; pg_bin: the folder of the
    server's programs for the proofs; model: the language model that `dbwright ask` talks to,
    `anthropic:NAME`; model_requests: how often the model is asked for one request; model_calls:
    how many tools it may call for it; model_tokens: how many tokens it may read and write for it;
    model_seconds: how long all of that may take; allow_superuser: whether an agent may read with a
    role that may do anything.
    """

    target: str | None = None
    database: str | None = None
    applied: str | None = None
    base: str | None = None
    models: str | None = None
    config: str | None = None
    section: str | None = None
    python: str | None = None
    select: tuple[str, ...] = ()
    ignore: tuple[str, ...] = ()
    baseline: str | None = None
    sizes: str | None = None
    exclude: tuple[str, ...] = ()
    keep: tuple[str, ...] = ()
    timeout: int = 60
    trials: int = 300
    offline: bool | None = None
    sandbox_url: str | None = None
    pg_bin: str | None = None
    model: str | None = None
    model_requests: int = 12
    model_calls: int = 24
    model_tokens: int = 200_000
    model_seconds: int = 180
    allow_superuser: bool | None = None

    @classmethod
    def from_table(cls, table: dict[str, Any], file: str) -> Settings:
        """Gives the settings of a TOML table; an unknown key or wrong type raises SettingsError."""
        names = {item.name.replace("_", "-"): item for item in fields(cls)}
        values: dict[str, Any] = {}
        for key, value in table.items():
            name = key.replace("_", "-")
            if name not in names:
                raise _unknown(key, list(names), file)
            values[names[name].name] = _checked(key, value, str(names[name].type), file)
        return cls(**values)


def _unknown(key: str, names: list[str], file: str) -> SettingsError:
    near = difflib.get_close_matches(key, names, n=1, cutoff=0.0)
    return SettingsError(
        f"[tool.dbwright] has no key {key!r}; the nearest is {near[0]!r}",
        file=file,
        way_out=f"The keys are: {', '.join(sorted(names))}",
    )


def _checked(key: str, value: Any, kind: str, file: str) -> Any:
    if kind.startswith("tuple"):
        if isinstance(value, list) and all(isinstance(item, str) for item in value):
            return tuple(value)
        raise SettingsError(f"[tool.dbwright] {key} must be a list of strings", file=file)
    if kind.startswith("bool"):
        if isinstance(value, bool):
            return value
        raise SettingsError(f"[tool.dbwright] {key} must be true or false", file=file)
    if kind == "int":
        if isinstance(value, int) and not isinstance(value, bool) and value > 0:
            return value
        raise SettingsError(f"[tool.dbwright] {key} must be a positive number", file=file)
    if not isinstance(value, str) or not value:
        raise SettingsError(f"[tool.dbwright] {key} must be a string", file=file)
    return value
