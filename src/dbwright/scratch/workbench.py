"""A twin of one's own, on which indexes are tried that are not there.

They are real indexes of empty tables, made while the tables' files are short, and then given the
length and the height that they would have. Which of them the planner sees is switched by
pg_index.indisvalid: no index is made or dropped for that.
"""

from __future__ import annotations

import contextlib
import secrets
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import psycopg

from dbwright.core.candidate import Candidate
from dbwright.core.errors import ServerError
from dbwright.core.existing import ExistingIndex
from dbwright.core.identifiers import spelled
from dbwright.core.twin import Twin
from dbwright.dialects.postgresql import existing_indexes, twin_btree, twin_load
from dbwright.dialects.postgresql.index_size_read import Size, sizes
from dbwright.dialects.postgresql.index_statistics import IndexStatistics
from dbwright.dialects.postgresql.question import ask, run_each
from dbwright.dialects.postgresql.server import SUPERUSER
from dbwright.scratch.binaries import find
from dbwright.scratch.removal import remove
from dbwright.scratch.server import ServerChoice
from dbwright.scratch.server_cluster import Address, Cluster
from dbwright.scratch.server_place import cache_root, explained, server_identity
from dbwright.scratch.twin import (
    connect,
    connect_to_plan,
    fill,
    is_exact,
    leaves_of,
    lengthen,
    paths,
)

_SWITCH = """
    update pg_index set indisvalid = not indisvalid
    where indexrelid = any(%(ids)s::bigint[]::oid[]) returning 1
"""
# A partitioned table's index is one on each partition, which are what plans use.
_PARTS = """
    select x.oid::bigint as id, r.relname as whole, x.relname as name, n.nspname as schema,
           t.relname as table
    from pg_class r
    cross join lateral (
        select relid from pg_partition_tree(r.oid) where isleaf
        union all select r.oid::regclass where r.relkind = 'i'
    ) p
    join pg_class x on x.oid = p.relid
    join pg_index i on i.indexrelid = x.oid
    join pg_class t on t.oid = i.indrelid
    join pg_namespace n on n.oid = t.relnamespace
    where r.relname = any(%(names)s)
"""


_RENAME = "alter index {schema}.{name} rename to {new}"
_COLUMNS = """
    select c.relname as name, array_agg(distinct a.attname::text) as columns
    from pg_class c
    join pg_depend d on d.classid = 'pg_class'::regclass and d.objid = c.oid
     and d.refclassid = 'pg_class'::regclass and d.refobjsubid > 0
    join pg_attribute a on a.attrelid = d.refobjid and a.attnum = d.refobjsubid
    where c.relname = any(%(names)s) group by c.relname
"""
_SIZES = """
    update pg_class c set relpages = g.pages, reltuples = g.rows::float4
    from unnest(%(ids)s::bigint[], %(pages)s::int[], %(rows)s::float8[]) as g (id, pages, rows)
    where c.oid = g.id::oid returning 1
"""


@dataclass
class _Part:
    """An index of a table or a partition, as a candidate by itself."""

    id: int
    name: str
    schema: str
    table: str
    candidate: Candidate = field(default_factory=lambda: Candidate("", "", ()))


def _together(sizes: Sequence[Size]) -> Size:
    widest = max(each.key_bytes for each in sizes)
    return Size(sum(each.pages for each in sizes), sum(each.rows for each in sizes), widest)


class Workbench:
    """The database, its candidates, and which of them stand."""

    def __init__(self, cluster: Cluster, twin: Twin, missed: tuple[str, ...]) -> None:
        self.cluster, self.twin, self.missed = cluster, twin, missed
        self.address: Address | None = None
        self.made: dict[Candidate, Candidate] = {}
        self._named: dict[str, Candidate] = {}
        self.sizes: dict[str, Size] = {}
        self.columns: dict[str, frozenset[str]] = {}
        self._described: dict[str, ExistingIndex] = {}
        self.wholes: dict[str, str] = {}
        self.parts: dict[str, list[_Part]] = {}
        self.standing: frozenset[str] = frozenset()

    @property
    def exact(self) -> bool:
        """Whether plans here are those of the source."""
        return is_exact(self.twin, self.major, self.missed)

    @property
    def major(self) -> int:
        """The server's major version."""
        return self.cluster.binaries.major

    def connect(self) -> psycopg.Connection:
        """Connects to plan, as the role whose plans the twin's are."""
        assert self.address is not None
        return connect_to_plan(self.address, self.twin)

    def owner(self) -> psycopg.Connection:
        """Connects as the owner of the tables."""
        assert self.address is not None
        return connect(self.address)

    def admin(self) -> psycopg.Connection:
        """Connects as the superuser, who alone may say which candidates stand."""
        assert self.address is not None
        return connect(self.address, SUPERUSER)

    def make(self, candidates: Sequence[Candidate]) -> None:
        """Makes the candidates that the server takes, none of them standing; files are short."""
        with self.owner() as connection, self.admin() as admin:
            named = [each.named(f"dbw_{number}") for number, each in enumerate(candidates)]
            refused = run_each(connection, [each.sql for each in named])
            for each, one, error in zip(candidates, named, refused, strict=True):
                if error is None:
                    self.made[each] = self._named[one.name] = one
            self._find_parts(connection)
            self._switch(admin, [each.name for each in self.made.values()])
            # each CREATE INDEX has counted the table's rows anew: none
            twin_load.load_sizes(admin, self.twin.statistics.relations, self.twin.source.major)
            admin.execute("checkpoint")

    def _find_parts(self, connection: psycopg.Connection[Any]) -> None:
        """Finds what each candidate consists of, and gives each part a name of its own.

        The server names an index of a partition within its schema, so that two schemas with the
        same partitions would have the same names, and a plan tells no schema.
        """
        names, renames = [each.name for each in self.made.values()], []
        for row in ask(connection, _PARTS, names=names):
            parts = self.parts.setdefault(row.whole, [])
            name = row.name
            if name != row.whole:
                name = f"{row.whole}_{len(parts)}"
                old = spelled(row.schema), spelled(row.name)
                renames.append(_RENAME.format(schema=old[0], name=old[1], new=name))
            self.wholes[name] = row.whole
            parts.append(_Part(row.id, name, row.schema, row.table))
        for error in run_each(connection, renames):
            if error is not None:
                raise error

    def _switch(self, connection: psycopg.Connection[Any], names: Iterable[str]) -> None:
        several = [part.id for name in names for part in self.parts.get(name, ())]
        ask(connection, _SWITCH, ids=several)

    def measure(self) -> None:
        """Gives each candidate its size; the tables have theirs."""
        tables = {
            (each.schema, each.name): (max(0.0, each.rows), each.pages)
            for each in self.twin.statistics.relations
            if each.kind in "rmp"
        }
        with self.owner() as connection, self.admin() as admin:
            for each in self.made.values():
                for part in self.parts.get(each.name, ()):
                    part.candidate = replace(each, schema=part.schema, table=part.table)
                    part.candidate = part.candidate.named(part.name)
            several = [part for parts in self.parts.values() for part in parts]
            candidates = [part.candidate for part in several]
            known = IndexStatistics(connection, {key: rows for key, (rows, _) in tables.items()})
            twin_load.load_columns(admin, list(known.of_expressions(candidates)))
            found = sizes(connection, candidates, tables, known)
            # the limit is for functions of the user's; tens of thousands of indexes take a while
            connection.execute("set statement_timeout = 0")
            places = paths(connection)
            for part in several:
                file = self.cluster.data / places[part.schema, part.name]
                self._lengthen(part.candidate, file, found[part.name])
            known_sizes = [found[part.name] for part in several]
            pages, rows = [each.pages for each in known_sizes], [each.rows for each in known_sizes]
            ask(admin, _SIZES, ids=[part.id for part in several], pages=pages, rows=rows)
            existing = [each.name for each in self.twin.indexes]
            for row in ask(connection, _COLUMNS, names=[*self.parts, *existing]):
                self.columns[row.name] = frozenset(row.columns)
            for name, parts in self.parts.items():
                self.sizes[name] = _together([found[part.name] for part in parts])

    def _lengthen(self, each: Candidate, file: Path, size: Size) -> None:
        if each.method == "btree" and size.pages > 1:
            height = twin_btree.predicted_height(size.pages, size.key_bytes)
            twin_btree.plant(file, height)
        for part in twin_btree.stretch(file, size.pages):
            self.cluster.identity.own(part)

    def described(self, names: Iterable[str]) -> dict[str, ExistingIndex]:
        """Gives candidates as the server describes them; each is asked for once."""
        names = list(names)
        if new := [name for name in names if name not in self._described]:
            with self.owner() as connection:
                connection.execute("set statement_timeout = 0")
                found = existing_indexes.read(connection, new)
            self._described |= {each.name: each for each in found}
        return {name: self._described[name] for name in names}

    def candidate(self, name: str) -> Candidate:
        """Gives the candidate of a name."""
        return self._named[name]

    def candidates(self, names: Iterable[str]) -> frozenset[str]:
        """Gives those of several names of indexes that are a candidate's."""
        return frozenset(name for name in names if name in self._named)

    def table(self, name: str) -> str:
        """Gives the table that a candidate is of, with its schema."""
        return f"{self._named[name].schema}.{self._named[name].table}"

    def tables(self, name: str) -> list[tuple[str, str]]:
        """Gives the tables, or the partitions, that a candidate has entries of."""
        return [(part.schema, part.table) for part in self.parts[name]]

    def stand(self, admin: psycopg.Connection[Any], names: frozenset[str]) -> None:
        """Has just these candidates stand."""
        changed = names ^ self.standing
        if changed:
            self._switch(admin, changed)
            self.standing = names


@contextlib.contextmanager
def workbench(
    twin: Twin,
    choice: ServerChoice,
    propose: Callable[[psycopg.Connection[Any]], Sequence[Candidate]],
    progress: Callable[[str], None] = lambda words: None,
) -> Iterator[Workbench]:
    """Gives a workbench with the candidates that `propose` gives of the loaded twin.

    It is nobody else's and gone at the end. Raises ServerError where no server can be had.
    """
    identity = server_identity()
    binaries = find(choice.pg_bin, twin.source.major)
    root = cache_root(choice.cache_dir, identity)
    cluster = Cluster(binaries, root, identity, name=f"twin-own-{secrets.token_hex(6)}")
    try:
        with explained("load the twin", cluster.folder):
            progress("loading the twin")
            with cluster.joined(0) as address:
                bench = Workbench(cluster, twin, fill(address, twin))
                bench.address = address
                with bench.connect() as connection:
                    proposed = propose(connection)
                    files = paths(connection)
                leaves = leaves_of(address, twin)
                progress(f"making {len(proposed):,} candidates")
                bench.make(proposed)
            if not cluster.stop():
                raise ServerError("cannot load the twin: its server is in use")
            lengthen(cluster, twin.statistics.relations, files, leaves)
        with cluster.joined(0) as address:
            bench.address = address
            bench.measure()
            yield bench
    finally:
        cluster.stop()
        remove(cluster.folder)
