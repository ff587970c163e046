"""`models reverse`: a database becomes models, and the models a database, which are compared."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from dbwright import dialects
from dbwright.collect.database import opened
from dbwright.core.compare import Difference
from dbwright.core.design import Layout
from dbwright.core.errors import ServerError, UsageError
from dbwright.core.groups import ONE_FILE
from dbwright.core.inventory import Inventory, compared
from dbwright.core.options import Options, Progress
from dbwright.core.reversed import Reversed
from dbwright.core.target import Target
from dbwright.recipes.reverse.entities import entities
from dbwright.recipes.reverse.module import Written, module
from dbwright.recipes.reverse.package import package
from dbwright.recipes.reverse.selection import selected, without
from dbwright.scratch.databases import NAMED_SERVERS, open_sandbox
from dbwright.scratch.server import ServerChoice
from dbwright.verify.models_build import build

# What the mappers have to know stays declared, even where a statement would say it better.
_MAY_STAY_SQL = ("index", "unique", "check", "exclude", "constraint")
_WRITERS: Mapping[str, Callable[..., Written]] = {"module": module, "package": package}


def run(
    url: str,
    options: Options,
    progress: Progress,
    *,
    schemas: Sequence[str] = (),
    tables: Sequence[str] = (),
    layout: Layout = "module",
) -> Reversed:
    """Gives the models of the database at a URL, with the proof.

    "by size" is a package for more tables than are read easily in one module.
    """
    catalog = read(url, progress, schemas, tables)
    inventory, target = catalog.inventory, catalog.target
    made = entities(inventory.schema)
    if layout == "by size":
        layout = "package" if sum(not each.is_view for each in made) > ONE_FILE else "module"
    proof = _proved(inventory, _WRITERS[layout], target, options, progress)
    return Reversed(
        proof.written.files,
        catalog.words,
        dict(counted(inventory)),
        proof.written.classes,
        proof.written.relationships,
        proof.written.cascades,
        Counter(proof.written.kept),
        proof.scope,
        proof.compared,
        proof.remaining,
        proof.unproved,
        proof.unverified,
        catalog.left_out,
        inventory.unread,
        tuple(
            t.key
            for t in (each.table for each in made if each.kind == "view")
            if t.kind != "foreign"
        ),
    )


@dataclass(frozen=True, slots=True)
class Catalog:
    """What was read of a database: the part that was asked for, from which server (in `words`)."""

    inventory: Inventory
    target: Target
    words: str
    left_out: tuple[str, ...]


def read(url: str, progress: Progress, schemas: Sequence[str], tables: Sequence[str]) -> Catalog:
    """Gives the part of the database at a URL; UsageError where it holds no table."""
    progress("reading the catalog")
    with opened(url) as database:
        reader = dialects.get(database.dialect).inventory
        whole: Inventory = database.ask(reader.read)
        target, words, shown = database.target, database.words, database.shown
        left_out = list(database.left_out)
    inventory, cut_off = selected(whole, schemas, tables)
    if not inventory.schema.tables:
        raise UsageError(
            f"{shown} holds no table that the role may see",
            way_out="Name another database, or a role that may see its tables.",
        )
    return Catalog(inventory, target, words, (*left_out, *cut_off))


@dataclass(frozen=True, slots=True)
class _Proof:
    written: Written
    scope: str = ""
    compared: int = 0
    remaining: tuple[str, ...] = ()
    unproved: str = ""
    unverified: tuple[str, ...] = ()


def _proved(
    inventory: Inventory,
    write: Callable[..., Written],
    target: Target,
    options: Options,
    progress: Progress,
) -> _Proof:
    """Gives the models, and in rounds leaves as a statement what SQLAlchemy makes otherwise."""
    if not options.sandbox:
        return _Proof(write(inventory), unproved="--no-sandbox: the models were not run")
    choice = ServerChoice(
        sandbox_url=options.sandbox_url,
        pg_bin=Path(options.pg_bin) if options.pg_bin else None,
        target_major=target.major if target.dialect not in NAMED_SERVERS else None,
    )
    try:
        with open_sandbox(target.dialect, choice) as sandbox:
            return _rounds(inventory, write, sandbox, progress)
    except ServerError as error:
        return _Proof(write(inventory), unproved=str(error))


def _rounds(
    inventory: Inventory, write: Callable[..., Written], sandbox: Any, progress: Progress
) -> _Proof:
    kept: set[tuple[str, str]] = set()
    hopeless: set[tuple[str, str]] = set()
    server = getattr(sandbox, "server", None)
    scope = server.words if server else f"SQLite {sandbox.version}"
    while True:
        written = write(inventory, kept)
        progress(f"building {written.classes} classes on {scope}")
        round_ = _built(inventory, write, kept, sandbox)
        if round_.why:
            return _Proof(written, scope, unproved=f"on {scope} {round_.why}")
        differ = {key for each in round_.found if (key := as_statement(each, inventory))}
        new = differ - kept - hopeless
        # What differs although its very text was run is spelled anew by the server each time.
        in_vain = differ & kept
        if not new and not in_vain:
            break
        hopeless |= in_vain
        kept = (kept | new) - hopeless
    remaining = tuple(_told(each, hopeless, inventory) for each in round_.found)
    return _Proof(written, scope, size(round_.tried), remaining, unverified=round_.unverified)


@dataclass(frozen=True, slots=True)
class _Round:
    tried: Inventory
    unverified: tuple[str, ...] = ()
    found: tuple[Difference, ...] = ()
    why: str = ""


def _built(
    inventory: Inventory, write: Callable[..., Written], kept: set[tuple[str, str]], sandbox: Any
) -> _Round:
    """Builds the models in an empty database, and compares what stands there then."""
    reader = dialects.get(inventory.schema.dialect).inventory
    with sandbox.clone(None) as scratch:
        missing = reader.prepare(scratch, inventory)
        tried, unverified = without(inventory, missing)
        built = build(write(tried, kept).files, scratch.url())
        if built.error:
            return _Round(tried, why=built.words)
        connection = scratch.connect()
        try:
            again = reader.read(connection)
        finally:
            connection.close()
    return _Round(tried, unverified, compared(tried, again))


def _told(each: Difference, hopeless: set[tuple[str, str]], inventory: Inventory) -> str:
    if as_statement(each, inventory) in hopeless:
        return f"{each} (the server respells its own text so when it is run again)"
    return str(each)


def as_statement(each: Difference, inventory: Inventory) -> tuple[str, str] | None:
    """Gives the object that is to stay a statement because SQLAlchemy made it otherwise."""
    if each.object not in _MAY_STAY_SQL or each.kind == "added" or each.table is None:
        return None
    kind = "index" if each.object == "index" else "constraint"
    made = inventory.find(kind, each.name, each.table)
    return made.key if made and made.sql else None


def size(inventory: Inventory) -> int:
    """Gives the number of objects that a comparison of an inventory looks at."""
    tables = inventory.schema.tables
    columns = sum(len(table.columns) for table in tables)
    return len(tables) + columns + len(inventory.objects) + len(inventory.schema.enums)


def counted(inventory: Inventory) -> Iterator[tuple[str, int]]:
    """Gives the number of tables of each kind, and of what belongs to them."""
    tables = inventory.schema.tables
    for kind in ("table", "partitioned", "partition", "view", "materialized view", "foreign"):
        if number := sum(table.kind == kind for table in tables):
            yield kind, number
    for kind, number in {
        "foreign key": sum(len(table.foreign_keys) for table in tables),
        "index": sum(len(table.indexes) for table in tables),
        "enum": len(inventory.schema.enums),
    }.items():
        if number:
            yield kind, number
