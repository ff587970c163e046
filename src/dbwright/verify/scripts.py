"""Scripts: what `alembic upgrade --sql` writes for a revision, and what comes of running it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, closing
from dataclasses import dataclass, replace
from typing import Any

from dbwright import dialects
from dbwright.core import compare
from dbwright.core.errors import UserCodeError
from dbwright.core.migration import Migration
from dbwright.core.place import Place
from dbwright.core.schema import Schema
from dbwright.core.trace import Direction, Rehearsal, Script
from dbwright.scratch.bridge import Call, DatabaseHost, StatementError, open_session
from dbwright.scratch.worker import Worker
from dbwright.verify import data, refusals
from dbwright.verify.claims_case import head

Fresh = Callable[[], AbstractContextManager[tuple[Any, Schema]]]
State = tuple[Schema, dict[str, data.Rows]]
_DIALECTS = ("postgresql", "mysql", "mariadb")
"""Not SQLite: batch mode has to read the table, so nobody writes scripts there."""
_GUARDS = ("as_sql", "is_offline_mode")


@dataclass(frozen=True, slots=True)
class Habit:
    """Whether the project writes scripts: `wanted` says so, None leaves it to what is seen.

    `settled` are the ends of what cannot be changed any more. Where that cannot be written as a
    script, nobody writes any.
    """

    wanted: bool | None = None
    settled: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Scribe:
    """What is needed to have a revision written as a script, and to run the script."""

    worker: Worker
    project_args: dict[str, Any]
    habit: Habit
    fresh: Fresh

    def added(self, found: Rehearsal, took_bind: Sequence[Direction], after: State) -> Rehearsal:
        """Gives the rehearsal with the scripts of the directions that took the connection.

        `after` is what the upgrade made of the database that `fresh` gives. Nothing is added where
        env.py has no offline mode, or nobody uses it.
        """
        migration = found.migration
        if self.habit.wanted is False or migration is None or found.dialect not in _DIALECTS:
            return found
        scripts = [script for way in took_bind for script in self._written(migration, way)]
        if all(script.error is None for script in scripts):
            scripts = self._run(found, migration, scripts, after)
        wrong = any(script.error or script.difference for script in scripts)
        if wrong and self.habit.wanted is None and not self._is_habit():
            return found
        return replace(found, scripts=tuple(scripts), scripts_wanted=bool(self.habit.wanted))

    def _written(self, migration: Migration, direction: Direction) -> Iterator[Script]:
        below = [*migration.down_revisions, *migration.depends_on]
        if direction == "upgrade":
            answer = self._ask(start=below, revision=migration.revision, direction=direction)
        else:
            down = migration.down_revisions[0] if migration.down_revisions else "base"
            start, end = [migration.revision], f"{migration.revision}@{down}"
            answer = self._ask(start=start, revision=end, direction=direction)
        if not answer["offline"] or not answer["reached"]:
            return
        failure = answer["failure"]
        if failure is None:
            yield Script(direction, tuple(answer["statements"]))
            return
        file, line = failure["file"], failure["line"]
        error = UserCodeError(failure["message"], file=file, line=line)
        # a revision that refuses in words of its own was meant to
        if not refusals.on_purpose(error, migration.source, self.worker.root):
            place = Place(file, line) if file and line else None
            yield Script(direction, error=failure["message"], place=place)

    def _ask(self, **arguments: Any) -> dict[str, Any]:
        try:
            answer: dict[str, Any] = self.worker.call("script", **self.project_args, **arguments)
        except UserCodeError:  # env.py's offline mode hangs, or ends the process
            return {"offline": False, "reached": False}
        return answer

    def _is_habit(self) -> bool:
        answers = [self._ask(start=[], revision=name) for name in self.habit.settled]
        return all(answer["reached"] and answer["failure"] is None for answer in answers)

    def _run(
        self, found: Rehearsal, migration: Migration, scripts: Sequence[Script], after: State
    ) -> list[Script]:
        """Runs the scripts on a copy, the upgrade's and then the downgrade's."""
        if not scripts or not migration.down_revisions:  # one from base makes Alembic's own table
            return list(scripts)
        ran: list[Script] = []
        with self.fresh() as (database, before):
            if scripts[0].direction == "downgrade":
                host = DatabaseHost(database)
                self.worker.call("upgrade", host, revision=found.revision, **self.project_args)
            for script in scripts:
                difference = _sent(database, script.statements)
                if script.direction == "upgrade":
                    difference = difference or _differences(database, after, migration)
                elif found.down is not None and not found.down.difference:
                    difference = difference or _differences(database, (before, {}), migration)
                ran.append(replace(script, difference=difference))
                if difference:
                    break
        return ran


def _sent(database: Any, statements: Sequence[str]) -> tuple[str, ...]:
    """Runs the statements one by one, as psql does; gives the error of one that is refused."""
    with closing(open_session(database.connect())) as session:
        session.set_autocommit(True)
        for sql in statements:
            try:
                session.execute(sql, None, Call())
            except StatementError as error:
                return (f"the script's {head(sql)} fails: {error.primary}",)
    return ()


def _differences(database: Any, wanted: State, migration: Migration) -> tuple[str, ...]:
    """How the database differs from the one wanted: schema, and how many values there are.

    Values themselves are not compared, for a clock may have made them. A revision that asks for
    itself whether a script is written has decided what of its rows goes in.
    """
    with closing(database.connect()) as connection:
        schema = dialects.get(migration.target.dialect).catalog.read_schema(connection)
        rows = data.snapshot(connection, schema)
    found = compare.differences(wanted[0], schema)
    text = migration.source.text if migration.source else ""
    if found or not wanted[1] or any(guard in text for guard in _GUARDS):
        return found
    ours, theirs = _counted(rows), _counted(wanted[1])
    return tuple(
        f"{name}: {ours[name, what]} {what} by the script, {count} by the revision itself"
        for (name, what), count in theirs.items()
        if ours[name, what] != count
    )


def _counted(rows: dict[str, data.Rows]) -> Counter[tuple[str, str]]:
    """How many rows each table has, and how many values each column."""
    counts: Counter[tuple[str, str]] = Counter()
    for table, found in rows.items():
        counts[table, "rows"] = len(found.rows)
        for name in found.columns:
            values = [value for value in found.column(name) if value is not None]
            counts[f"{table}.{name}", "values"] = len(values)
    return counts
