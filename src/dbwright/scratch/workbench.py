"""A twin of one's own, on which indexes are tried that are not there.

They are real indexes of empty tables, made while the tables' files are short, and then given the
length and the height that they would have. Which of them the planner sees is switched by
pg_index.indisvalid: no index is made or dropped for that.
"""

from __future__ import annotations

import contextlib
import secrets
import shutil
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import psycopg

from dbwright.core.candidate import Candidate
from dbwright.core.errors import ServerError
from dbwright.core.twin import Twin
from dbwright.dialects.postgresql import twin_btree, twin_load
from dbwright.dialects.postgresql.index_size_read import Size, sizes
from dbwright.dialects.postgresql.question import ask
from dbwright.dialects.postgresql.server import SUPERUSER
from dbwright.scratch.binaries import find
from dbwright.scratch.server import ServerChoice
from dbwright.scratch.server_cluster import Address, Cluster
from dbwright.scratch.server_place import cache_root, explained, server_identity
from dbwright.scratch.twin import DATABASE, fill, lengthen, paths

_SWITCH = """
    update pg_index set indisvalid = not indisvalid where indexrelid in (
        select c.oid from pg_class c where c.relname = any(%(names)s)) returning 1
"""


class Workbench:
    """The database, its candidates, and which of them stand."""

    def __init__(self, cluster: Cluster, twin: Twin, missed: tuple[str, ...]) -> None:
        self.cluster, self.twin, self.missed = cluster, twin, missed
        self.address: Address | None = None
        self.made: dict[Candidate, Candidate] = {}
        self.sizes: dict[str, Size] = {}
        self.standing: frozenset[str] = frozenset()
        self.switches = 0

    @property
    def major(self) -> int:
        """The server's major version."""
        return self.cluster.binaries.major

    def connect(self) -> psycopg.Connection:
        """Connects as the superuser, in autocommit."""
        assert self.address is not None
        return psycopg.connect(**self.address.parameters(DATABASE, SUPERUSER), autocommit=True)

    def make(self, candidates: Sequence[Candidate]) -> None:
        """Makes the candidates that the server takes, none of them standing; files are short."""
        with self.connect() as connection:
            for number, each in enumerate(candidates):
                named = each.named(f"dbw_{number}")
                with contextlib.suppress(psycopg.Error):
                    connection.execute(named.sql.encode())
                    self.made[each] = named
            self._hide(connection)
            # each CREATE INDEX has counted the table's rows anew: none
            twin_load.load_sizes(connection, self.twin.statistics.relations)
            connection.execute("checkpoint")

    def _hide(self, connection: psycopg.Connection[Any]) -> None:
        names = [each.name for each in self.made.values()]
        ask(connection, _SWITCH, names=names)

    def measure(self) -> None:
        """Gives each candidate its size; the tables have theirs."""
        tables = {
            (each.schema, each.name): (max(0.0, each.rows), each.pages)
            for each in self.twin.statistics.relations
            if each.kind in "rmp"
        }
        with self.connect() as connection:
            found = list(self.made.values())
            self.sizes = sizes(connection, found, tables)
            files = paths(connection)
            places = {name: path for (_, name), path in files.items()}
            for each in found:
                size = self.sizes[each.name]
                file = self.cluster.data / places[each.name]
                self._lengthen(each, file, size)
            change = "update pg_class set relpages = %(p)s, reltuples = %(r)s"
            change += " where relname = %(n)s returning 1"
            for name, size in self.sizes.items():
                ask(connection, change, p=size.pages, r=size.rows, n=name)

    def _lengthen(self, each: Candidate, file: Path, size: Size) -> None:
        if each.method == "btree" and size.pages > 1:
            height = twin_btree.predicted_height(size.pages, size.key_bytes)
            twin_btree.plant(file, height)
        for part in twin_btree.stretch(file, size.pages):
            self.cluster.identity.own(part)

    def stand(self, connection: psycopg.Connection[Any], names: frozenset[str]) -> None:
        """Has just these candidates stand."""
        changed = names ^ self.standing
        if changed:
            ask(connection, _SWITCH, names=list(changed))
            self.standing = names
            self.switches += 1


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
                progress(f"making {len(proposed):,} candidates")
                bench.make(proposed)
            if not cluster.stop():
                raise ServerError("cannot load the twin: its server is in use")
            lengthen(cluster, twin.statistics.relations, files)
        with cluster.joined(0) as address:
            bench.address = address
            bench.measure()
            yield bench
    finally:
        cluster.stop()
        shutil.rmtree(cluster.folder, ignore_errors=True)
