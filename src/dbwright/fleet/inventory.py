"""The inventory: which databases, and which schemas in them, a fleet has."""

from __future__ import annotations

import json
import os
import re
import string
import tomllib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sqlalchemy.exc import DBAPIError

from dbwright.core.errors import CollectError, UsageError
from dbwright.deploy.target import Target

AS_WRITTEN = {"no_parameters": True}
"""A % is a %."""
_SCHEME = re.compile(r"[A-Za-z][\w+.-]*://")


@dataclass(frozen=True, slots=True)
class Member:
    """A database of the fleet; `is_canary` puts it into the first wave."""

    target: Target
    is_canary: bool = False

    @property
    def name(self) -> str:
        """What tells it from all others, and is kept in the state database."""
        return self.target.shown


@dataclass(frozen=True, slots=True)
class Inventory:
    """The members, each once, and those that were named more than once."""

    members: tuple[Member, ...]
    duplicates: tuple[str, ...] = ()


def from_file(path: Path, base: str | None = None) -> Inventory:
    """Reads a list: of TOML, of JSON, or one database a line.

    A database is a URL, a schema of the URL `base`, or a table with url, schema, x and canary; a
    line may have a schema behind its URL. ${NAME} is a variable of the environment.
    """
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise UsageError(f"cannot read the inventory {path}: {error}") from error
    try:
        items = _READERS.get(path.suffix.lower(), _lines)(text)
    except (tomllib.TOMLDecodeError, json.JSONDecodeError) as error:
        raise UsageError(f"cannot read the inventory {path}: {error}") from error
    return from_items(items, base, where=str(path))


def _lines(text: str) -> list[Any]:
    rows = (line.split("#")[0].split() if line.startswith("#") else line.split() for line in
            text.splitlines())  # fmt: skip
    return [row if len(row) > 1 else row[0] for row in rows if row]


def _of_json(text: str) -> list[Any]:
    found = json.loads(text)
    return _listed(found)


def _of_toml(text: str) -> list[Any]:
    return _listed(tomllib.loads(text))


def _listed(found: Any) -> list[Any]:
    if isinstance(found, dict):
        for name in ("targets", "target", "databases", "database"):
            if isinstance(found.get(name), list):
                return list(found[name])
    if isinstance(found, list):
        return found
    raise UsageError(
        "the inventory has no list of databases",
        way_out='Write  targets = ["postgresql://…"]  or  [[target]] with  url = …  each.',
    )


_READERS = {".toml": _of_toml, ".json": _of_json}


def from_query(sql: str, url: str) -> Inventory:
    """Asks a database: each row is a URL, a schema of that database, or a URL and a schema."""
    target = Target(url)
    try:
        with target.engine().connect() as connection:
            rows = connection.exec_driver_sql(sql, execution_options=AS_WRITTEN).all()
    except DBAPIError as error:
        raise CollectError(
            f"cannot ask {target.shown} for the inventory: {str(error.orig).strip()}",
            way_out="Correct --query, or --db.",
        ) from None
    items = [list(row) if len(row) > 1 else row[0] for row in rows]
    return from_items(items, url, where="the query")


def from_items(items: Iterable[Any], base: str | None, where: str) -> Inventory:
    """Gives the inventory of a list as files, queries and functions have it."""
    members: dict[str, Member] = {}
    duplicates: list[str] = []
    for number, item in enumerate(items, 1):
        try:
            member = _member(item, base)
            name = member.name
        except UsageError as error:
            raise UsageError(
                f"{where}, database {number}: {error.message}", way_out=error.way_out
            ) from None
        if name in members:
            duplicates.append(name)
        else:
            members[name] = member
    if not members:
        raise UsageError(f"{where} has no databases", way_out="A fleet has at least one.")
    return Inventory(tuple(members.values()), tuple(dict.fromkeys(duplicates)))


def _member(item: Any, base: str | None) -> Member:
    if isinstance(item, dict):
        unknown = sorted(set(item) - {"url", "schema", "x", "canary"})
        if unknown:
            raise UsageError(
                f"there is no key {unknown[0]!r}", way_out="The keys: url, schema, x, canary."
            )
        arguments = tuple(str(each) for each in item.get("x", ()))
        target = _target(item.get("url") or base, item.get("schema"), arguments)
        return Member(target, bool(item.get("canary")))
    if isinstance(item, (list, tuple)):
        return Member(_target(str(item[0]), str(item[1]) if len(item) > 1 and item[1] else None))
    text = str(item).strip()
    if _SCHEME.match(text):
        return Member(_target(text, None))
    return Member(_target(base, text))


def _target(url: str | None, schema: str | None, arguments: tuple[str, ...] = ()) -> Target:
    if not url:
        raise UsageError(
            f"{schema or 'it'} is no URL", way_out="Name the database of the schemas with --db."
        )
    try:
        full = string.Template(url).substitute(os.environ) if "${" in url else url
    except KeyError as error:
        raise UsageError(
            f"its URL needs the variable {error.args[0]}", way_out="Set it, or write it out."
        ) from None
    return Target(full, schema, arguments)


def with_arguments(inventory: Inventory, arguments: Sequence[str]) -> Inventory:
    """Gives each member `-x` arguments more; {schema} and {database} stand for its own."""
    if not arguments:
        return inventory
    return Inventory(
        tuple(_with(member, arguments) for member in inventory.members), inventory.duplicates
    )


def _with(member: Member, arguments: Sequence[str]) -> Member:
    target = member.target
    own = {"{schema}": target.schema or "", "{database}": target.parts.database or ""}
    filled = []
    for argument in arguments:
        text = argument
        for name, value in own.items():
            text = text.replace(name, value)
        filled.append(text)
    return Member(Target(target.url, target.schema, (*target.arguments, *filled)), member.is_canary)
