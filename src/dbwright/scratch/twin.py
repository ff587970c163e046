"""A twin's database: the schema and the statistics of another, files as long, and not one row.

The planner reads the length of each relation's file and the height of each b-tree, so both are
given to the empty files while the server stands still. Nothing may be executed there: a scan
would read pages that hold nothing.

What a file brings is somebody's: its statements run, and plans are made, as an owner who is no
superuser, since the planner calls immutable functions. Only what the file cannot word, sizes and
statistics, is written by the superuser.
"""

from __future__ import annotations

import contextlib
import hashlib
import itertools
import json
import os
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

import psycopg
from psycopg import sql

from dbwright.core.codec import to_json
from dbwright.core.errors import ServerError
from dbwright.core.statistics import RelationSize
from dbwright.core.twin import FORMAT, Made, Twin
from dbwright.dialects.postgresql import (
    statements,
    twin_btree,
    twin_ends,
    twin_load,
    twin_roles,
    twin_settings,
)
from dbwright.dialects.postgresql.question import ask, run_each
from dbwright.dialects.postgresql.server import OWNER, SUPERUSER, major_of
from dbwright.scratch.binaries import find
from dbwright.scratch.lease import FileLock
from dbwright.scratch.server import ServerChoice
from dbwright.scratch.server_cluster import Address, Cluster
from dbwright.scratch.server_place import cache_root, explained, server_identity

DATABASE = "twin"
_LOADED = "loaded.json"
_PATIENCE = 600.0
_FILES = """
    select n.nspname as schema, c.relname as name, pg_relation_filepath(c.oid) as path
    from pg_class c join pg_namespace n on n.oid = c.relnamespace
    where c.relkind in ('r', 'i', 'm') and c.oid >= 16384
"""


@dataclass(frozen=True, slots=True)
class OpenTwin:
    """A loaded twin: EXPLAIN there gives the plans and costs of its source.

    `missed` has a sentence for each thing that could not be loaded.
    """

    twin: Twin
    version: str
    missed: tuple[str, ...]
    address: Address = field(repr=False)

    @property
    def exact(self) -> bool:
        """Whether its server is of the source's major version and sorts texts as it does."""
        return is_exact(self.twin, major_of(self.version), self.missed)

    @property
    def words(self) -> str:
        """The twin's server in words: PostgreSQL 18.6."""
        return f"PostgreSQL {self.version.split()[0]}"

    def connect(self) -> psycopg.Connection:
        """Connects to plan and to run nothing, as the role whose plans the twin's are."""
        return connect_to_plan(self.address, self.twin)


SORTED_OTHERWISE = "texts are sorted by the server's own order"
_SECONDS = 60
"""How long a statement on a twin may take: a function that the planner calls may never end."""


def is_exact(twin: Twin, major: int, missed: Sequence[str]) -> bool:
    """Whether plans on a server of this version that lacks `missed` are those of the source."""
    sorted_alike = not any(each.startswith(SORTED_OTHERWISE) for each in missed)
    return major == twin.source.major and sorted_alike


def connect(address: Address, user: str = OWNER) -> psycopg.Connection:
    """Connects to a twin's database in autocommit; the superuser sees the server's own names only.

    The database's search_path is the file's, and would put its functions before the server's.
    """
    connection = psycopg.connect(**address.parameters(DATABASE, user), autocommit=True)
    connection.execute(f"set statement_timeout = '{_SECONDS}s'")
    if user == SUPERUSER:
        connection.execute("set search_path = pg_catalog, pg_temp")
    return connection


def connect_to_plan(address: Address, twin: Twin) -> psycopg.Connection:
    """Connects to a twin's database as the owner, who stands for the role that row security needs.

    Where the role could not be made, which the twin's `missed` tells, it is the owner.
    """
    connection = connect(address)
    if twin.source.planned_as:
        with contextlib.suppress(psycopg.Error):
            twin_roles.take(connection, twin.source.planned_as)
    return connection


@contextlib.contextmanager
def open_twin(
    twin: Twin, choice: ServerChoice, progress: Callable[[str], None] = lambda words: None
) -> Iterator[OpenTwin]:
    """Gives the twin's database, loaded on the first use of its file and kept for later ones.

    Raises ServerError where no server can be had.
    """
    identity = server_identity()
    binaries = find(choice.pg_bin, twin.source.major)
    root = cache_root(choice.cache_dir, identity)
    cluster = Cluster(binaries, root, identity, name=f"twin-{binaries.major}-{_digest(twin)}")
    with explained("load the twin", cluster.folder):
        missed = _loaded(cluster, twin, choice, progress)
    with cluster.joined(choice.idle_seconds) as address:
        yield OpenTwin(twin, binaries.version, missed, address)


def _digest(twin: Twin) -> str:
    text = json.dumps([FORMAT, to_json(twin)], sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def _loaded(
    cluster: Cluster, twin: Twin, choice: ServerChoice, progress: Callable[[str], None]
) -> tuple[str, ...]:
    """Gives what was missed when the twin was loaded, which one process does for all."""
    cluster.make_folder()
    note = cluster.folder / _LOADED
    lock = FileLock(cluster.folder / "load.lock")
    if not lock.acquire(_PATIENCE):
        raise ServerError(
            f"cannot load the twin: another process has been loading it in {cluster.folder}",
            way_out="Look for a dbwright process that hangs, end it, and try again.",
        )
    try:
        if note.exists() and (cluster.data / "PG_VERSION").exists():
            return tuple(json.loads(note.read_text()))
        note.unlink(missing_ok=True)
        progress("loading the twin")
        with cluster.joined(0) as address:
            missed = fill(address, twin)
            files, leaves = _files(address), leaves_of(address, twin)
        if not cluster.stop():
            raise ServerError("cannot load the twin: its server is in use")
        lengthen(cluster, twin.statistics.relations, files, leaves)
        part = note.with_suffix(".new")
        part.write_text(json.dumps(missed))
        os.replace(part, note)
        return missed
    finally:
        lock.release()


def fill(address: Address, twin: Twin) -> tuple[str, ...]:
    """Makes the database with all but the length of its files, and gives what was missed."""
    with psycopg.connect(
        **address.parameters("postgres", SUPERUSER), autocommit=True
    ) as connection:
        connection.execute(f"drop database if exists {DATABASE}".encode())
        missed = [*_database(connection, twin)]
    with connect(address) as owner, connect(address, SUPERUSER) as admin:
        unknown = twin_settings.write(owner, DATABASE, twin.settings)
        if unknown:
            missed.append(f"settings that this server does not take: {', '.join(unknown)}")
        owner.execute("set search_path = public")
        owner.execute("set check_function_bodies = off")
        missed += make_objects(owner, admin, twin.objects)
        missed += twin_load.load(admin, owner, twin.statistics, twin.source.major)
        missed += _planner(admin, owner, twin)
        admin.execute("checkpoint")
    return tuple(missed)


def _planner(
    admin: psycopg.Connection[Any], owner: psycopg.Connection[Any], twin: Twin
) -> Iterator[str]:
    """Makes the role whose plans are made, where it is not the owner."""
    role = twin.source.planned_as
    try:
        if role:
            twin_roles.write(admin, owner, role, twin.source.member_of)
    except psycopg.Error as error:
        yield f"row security as for {role}: {str(error).strip().splitlines()[0]}"


def _database(connection: psycopg.Connection[Any], twin: Twin) -> Iterator[str]:
    """Makes the database, sorted as its source where this machine can."""
    source = twin.source
    make = f"create database {DATABASE} owner {OWNER} template template0 encoding 'UTF8'"
    ways = [f"{make} lc_collate {_text(source.collate)} lc_ctype {_text(source.ctype)}"]
    if connection.info.server_version >= 150000 and source.provider in ("i", "b"):
        provider = "icu" if source.provider == "i" else "builtin"
        name = "icu_locale" if provider == "icu" else "builtin_locale"
        ways = [f"{way} locale_provider {provider} {name} {_text(source.locale)}" for way in ways]
    elif connection.info.server_version >= 150000:
        ways = [f"{way} locale_provider libc" for way in ways]
    for way in ways:
        try:
            connection.execute(way.encode())
            return
        except psycopg.Error as error:
            why = str(error).strip().splitlines()[0]
    connection.execute(make.encode())
    name = source.locale or source.collate
    yield f"{SORTED_OTHERWISE} and not by {name}: {why}"


def _text(value: str | None) -> str:
    return sql.Literal(value or "C").as_string(None)


def make_objects(
    owner: psycopg.Connection[Any], admin: psycopg.Connection[Any], objects: Sequence[Made]
) -> list[str]:
    """Makes the objects, again and again while some of the rest can be; names the others.

    Only extensions and roles are made by the superuser, and only where that is all that the
    statement does.
    """
    by_admin = {id(each): statements.makes_extension_or_role(each.sql) for each in objects}
    waiting = list(objects)
    errors: dict[int, str] = {}
    while waiting:
        errors = {}
        for is_admins, group in itertools.groupby(waiting, lambda each: by_admin[id(each)]):
            several = list(group)
            made = run_each(admin if is_admins else owner, [each.sql for each in several])
            for each, error in zip(several, made, strict=True):
                if error is not None:
                    errors[id(each)] = str(error).strip().splitlines()[0]
        left = [each for each in waiting if id(each) in errors]
        if len(left) == len(waiting):
            break
        waiting = left
    return [f"{each.kind} {each.name}: {errors[id(each)]}" for each in waiting]


def _files(address: Address) -> dict[tuple[str, str], str]:
    with connect(address) as connection:
        return paths(connection)


def paths(connection: psycopg.Connection[Any]) -> dict[tuple[str, str], str]:
    """Gives the file of each relation below the data folder, by schema and name."""
    return {(row.schema, row.name): row.path for row in ask(connection, _FILES)}


def leaves_of(address: Address, twin: Twin) -> dict[tuple[str, str], bytes]:
    """Gives the leaves that hold the ends of b-trees."""
    with connect(address) as owner, connect(address, SUPERUSER) as admin:
        return twin_ends.leaves(admin, owner, twin.statistics.relations)


def lengthen(
    cluster: Cluster,
    relations: Sequence[RelationSize],
    files: dict[tuple[str, str], str],
    leaves: dict[tuple[str, str], bytes],
) -> None:
    """Gives each file its length, and each b-tree its height and ends; the server stands still."""
    for each in relations:
        path = files.get((each.schema, each.name))
        if path is None:
            continue
        file = cluster.data / path
        if each.method == "btree" and each.pages > 1:
            table = files.get((each.schema, each.table or ""))
            leaf = leaves.get((each.schema, each.name)) if table else None
            twin_btree.plant(file, each.height or 0, leaf)
            if leaf and table:
                cluster.identity.own(twin_btree.show_first_page(cluster.data / table))
        for made in twin_btree.stretch(file, each.pages):
            cluster.identity.own(made)
