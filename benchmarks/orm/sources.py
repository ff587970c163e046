"""Labels of programs that are only read: their engine's URL and settings are as the label says.

Nothing connects: `create_engine` does not. A bad program's engine must have the fault and its fixed
one must not, a good program's must be free of all of them.
"""

from __future__ import annotations

import ast
import re
import types
from collections.abc import Callable

from execute import module_of
from program import Program, templates
from sqlalchemy import event
from sqlalchemy.engine import Engine
from sqlalchemy.ext.asyncio import AsyncEngine

LOCAL = {None, "", "localhost", "127.0.0.1", "::1"}
POOLER_PORTS = {6432, 6543}
LIMITS = {"command_timeout", "connect_timeout", "keepalives_idle", "read_timeout"}
UNPREPARED = {"statement_cache_size", "prepare_threshold"}


def wrong(each: Program) -> list[str]:
    """What does not hold of the label."""
    said = []
    for kind, present in FAULTS.items():
        if kind in each.label.get("beside", []):
            continue
        labelled = any(mark.kind == kind for mark in each.findings)
        if faulty(each.asked(), str(each.path), present) != labelled:
            said.append(f"{kind}: the label does not say what the source has")
        if each.bad and faulty(each.fixed(), str(each.path), present):
            said.append(f"{kind}: the fixed source has it")
    return said


def faulty(source: str, file: str, present: Callable[[Engine, str], bool]) -> bool:
    """Whether an engine of the source has a fault."""
    return any(present(engine, source) for engine in engines(module_of(source, file)))


def engines(module: types.ModuleType) -> list[Engine]:
    """The engines of a module."""
    found = [each for each in vars(module).values() if isinstance(each, Engine | AsyncEngine)]
    return [each.sync_engine if isinstance(each, AsyncEngine) else each for each in found]


def has_password(engine: Engine, source: str) -> bool:
    """Whether the engine's password stands in a string of the source or in a file of it."""
    password = str(engine.url.password or "")
    texts = [node.value for node in ast.walk(ast.parse(source)) if isinstance(node, ast.Constant)]
    texts += [file.read_text(encoding="utf-8") for file in templates(source)]
    return bool(password) and any(password in text for text in texts if isinstance(text, str))


def without_tls(engine: Engine, source: str) -> bool:
    """Whether the server is elsewhere and nothing asks for TLS."""
    del source
    remote = engine.url.host not in LOCAL
    return remote and not {"sslmode", "ssl"} & given(engine)


def prepares_behind_pooler(engine: Engine, source: str) -> bool:
    """Whether the port is a pooler's and statements are prepared by name."""
    return engine.url.port in POOLER_PORTS and not UNPREPARED & set(re.findall(r"\w+", source))


class Given(Exception):
    """What a driver would be given to connect."""


def given(engine: Engine) -> set[str]:
    """The arguments that a driver would be given; nothing connects."""

    def tell(dialect: object, record: object, positional: object, named: dict[str, object]) -> None:
        raise Given(*named)

    event.listen(engine, "do_connect", tell)
    try:
        engine.connect()
    except Given as told:
        return set(told.args)
    finally:
        event.remove(engine, "do_connect", tell)
    raise AssertionError(engine)


def waits_without_end(engine: Engine, source: str) -> bool:
    """Whether the server is elsewhere, and its driver is not told how long to wait."""
    del source
    elsewhere = engine.url.host not in LOCAL and "." in str(engine.url.host)
    return elsewhere and not LIMITS & given(engine)


FAULTS: dict[str, Callable[[Engine, str], bool]] = {
    "credentials-in-source": has_password,
    "no-timeout": waits_without_end,
    "no-tls": without_tls,
    "prepared-behind-pooler": prepares_behind_pooler,
}
