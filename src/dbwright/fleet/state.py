"""The state database: a row for each database of a fleet, which outlives any process."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

from sqlalchemy import (
    Column,
    Engine,
    Float,
    Integer,
    MetaData,
    String,
    Table,
    Text,
    bindparam,
    create_engine,
    delete,
    insert,
    select,
    update,
)
from sqlalchemy.exc import DBAPIError
from sqlalchemy.pool import NullPool

from dbwright.core.errors import UpgradeError
from dbwright.core.fleet import TargetRun
from dbwright.deploy.target import Target

_METADATA = MetaData()
ROWS = Table(
    "dbwright_fleet",
    _METADATA,
    Column("target", String(500), primary_key=True),
    Column("host", String(255), nullable=False),
    Column("wave", Integer, nullable=False),
    Column("state", String(12), nullable=False),
    Column("revision", String(255), nullable=False),
    Column("error", Text, nullable=False),
    Column("seconds", Float, nullable=False),
    Column("digest", String(64), nullable=False),
    Column("changed", Float, nullable=False),
)


class State:
    """The rows of one fleet; written by one process at a time."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        try:
            _METADATA.create_all(engine)
        except DBAPIError:
            # another process may have made the table since the look for it; now it is found
            _METADATA.create_all(engine)

    def enter(self, runs: Sequence[TargetRun]) -> None:
        """Writes rows in the place of those of the same databases."""
        with self._engine.begin() as connection:
            known = set(connection.scalars(select(ROWS.c.target)))
            old = [_row(run) for run in runs if run.target in known]
            new = [_row(run) for run in runs if run.target not in known]
            if old:
                changed = [{**row, "key": row["target"]} for row in old]
                names = [name for name in old[0] if name != "target"]
                connection.execute(
                    update(ROWS)
                    .where(ROWS.c.target == bindparam("key"))
                    .values({name: bindparam(name) for name in names}),
                    [{k: v for k, v in row.items() if k != "target"} for row in changed],
                )
            if new:
                connection.execute(insert(ROWS), new)

    def put(self, run: TargetRun) -> None:
        """Writes a row."""
        row = _row(run)
        with self._engine.begin() as connection:
            found = connection.execute(update(ROWS).where(ROWS.c.target == run.target).values(row))
            if found.rowcount == 0:
                connection.execute(insert(ROWS), [row])

    def note(self, target: str, state: str) -> None:
        """Changes how a database stands, and leaves the rest of its row."""
        with self._engine.begin() as connection:
            connection.execute(
                update(ROWS).where(ROWS.c.target == target).values(state=state, changed=time.time())
            )

    def take(self, target: str) -> bool:
        """Notes that a database is worked on, if it was sent or is; gives whether it was."""
        given = update(ROWS).where(ROWS.c.target == target, ROWS.c.state.in_(("sent", "running")))
        with self._engine.begin() as connection:
            found = connection.execute(given.values(state="running", changed=time.time()))
            return bool(found.rowcount)

    def call_back(self, targets: Iterable[str]) -> list[str]:
        """Has those that were sent and not begun wait again, and gives them."""
        found = []
        for target in targets:
            given = update(ROWS).where(ROWS.c.target == target, ROWS.c.state == "sent")
            with self._engine.begin() as connection:
                if connection.execute(given.values(state="waiting")).rowcount:
                    found.append(target)
        return found

    def marks(self, targets: Iterable[str]) -> list[tuple[TargetRun, float]]:
        """Gives the rows of some databases, each with when it last changed."""
        wanted = select(ROWS).where(ROWS.c.target.in_(list(targets)))
        with self._engine.connect() as connection:
            return [(_run(row), row.changed) for row in connection.execute(wanted)]

    def forget_others(self, targets: Sequence[str]) -> None:
        """Takes out databases that are no longer in the inventory."""
        kept = set(targets)
        with self._engine.begin() as connection:
            for target in list(connection.scalars(select(ROWS.c.target))):
                if target not in kept:
                    connection.execute(delete(ROWS).where(ROWS.c.target == target))

    def rows(self) -> dict[str, TargetRun]:
        """Gives all rows, by the names of the databases."""
        with self._engine.connect() as connection:
            found = connection.execute(select(ROWS).order_by(ROWS.c.wave, ROWS.c.target)).all()
        return {row.target: _run(row) for row in found}


def _run(row: Any) -> TargetRun:
    return TargetRun(
        row.target, row.host, row.wave, row.state, row.revision, row.error, row.seconds, row.digest
    )


def _row(run: TargetRun) -> dict[str, Any]:
    return {
        "target": run.target,
        "host": run.host,
        "wave": run.wave,
        "state": run.state,
        "revision": run.revision[:255],
        "error": run.error,
        "seconds": run.seconds,
        "digest": run.digest,
        "changed": time.time(),
    }


@contextlib.contextmanager
def opened(place: str) -> Iterator[State]:
    """Gives the state in an SQLite file, or at a URL; UpgradeError where it cannot be had.

    Two upgrades of a fleet at once do no harm: each database has a gate of its own.
    """
    url = place if "://" in place else f"sqlite:///{Path(place).absolute()}"
    target = Target(url)
    if target.family == "sqlite":
        engine = create_engine(target.parts, poolclass=NullPool, connect_args={"timeout": 30})
    else:
        engine = target.engine().execution_options(isolation_level="READ COMMITTED")
    try:
        state = State(engine)
    except DBAPIError as error:
        raise UpgradeError(
            f"cannot keep the state in {target.shown}: {str(error.orig).strip()}",
            way_out="Name a file or a database that can be written:  --state FILE|URL",
        ) from None
    try:
        yield state
    finally:
        engine.dispose()
