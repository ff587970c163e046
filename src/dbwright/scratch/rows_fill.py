"""Tables filled group by group: many rows at once, then one by one, circles closed at the end."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from dbwright.core.schema import ForeignKey, Schema, Table
from dbwright.core.trace import EmptyTable
from dbwright.scratch import rows_checks, rows_types, rows_write
from dbwright.scratch.rows_make import Asked, NoParent, Row, RowMaker, fills_itself
from dbwright.scratch.rows_order import Group, may_be_null
from dbwright.scratch.rows_repair import Repair
from dbwright.scratch.rows_values import Flavor
from dbwright.scratch.rows_write import Refused, name_of, quote_name

Given = Callable[[Table], Row]
"""Gives values of the next row of a table that somebody else knows; the rest is generated."""
_HOPELESS_AFTER = 3
_MODEST: tuple[Flavor, ...] = ("ordinary", "small", "unicode")
_LEAST_IN_PARTITION = 3
_AT_ONCE = 200
_BY_THEMSELVES = 25


class Filling:
    """One run of the generator over a schema, on one connection."""

    def __init__(
        self,
        connection: Any,
        schema: Schema,
        seed: int,
        *,
        modest: bool = False,
        given: Given | None = None,
    ) -> None:
        self.schema = schema
        self.seed = seed
        self.modest = modest
        self.given = given
        self.writer = rows_write.writer(connection)
        self.shapes = rows_types.shapes(connection, schema)
        self.empty: list[EmptyTable] = []
        self._why: dict[str, str] = {}
        self._keys: dict[tuple[str, tuple[str, ...]], list[tuple[str, ...]]] = {}
        self._planned: dict[str, list[Row]] = {}

    def maker(self, table: Table) -> RowMaker:
        """Gives the maker of a table's rows."""
        made = RowMaker(table, self.shapes, self.schema.dialect, self.parents, self.seed)
        if self.modest:
            made.flavors = _MODEST
        return made

    def parents(self, foreign_key: ForeignKey) -> list[tuple[str, ...]]:
        """Gives the keys that a foreign key may point at: rows there, or planned to be there."""
        key = (foreign_key.referred, foreign_key.referred_columns)
        planned = self._planned.get(foreign_key.referred)
        if planned:
            return [tuple(row[c] for c in key[1]) for row in planned if set(key[1]) <= set(row)]
        if key not in self._keys:
            table = self.schema.table(foreign_key.referred)
            self._keys[key] = self.writer.keys(table, key[1]) if table else []
        return self._keys[key]

    def fill(self, group: Group, rows: int, wanted: set[str]) -> None:
        """Fills the tables of a group; one that is no aim itself only where it is empty."""
        aims = [t for t in group.tables if t.key in wanted or self.writer.count(t) == 0]
        if not aims or rows <= 0:
            return
        impossible = self._closed_circle(group)
        if impossible:
            for table in aims:
                self._stays_empty(table, impossible)
            return
        later = [pair for table in aims for pair in self._later(group, table)]
        old = {table.key: frozenset(self.writer.row_ids(table)[1]) for table in aims}
        deferred = self._plan(group, aims, rows)
        if deferred:
            self.writer.defer()
        for table in aims:
            unlinked = {c for owner, fk in later if owner is table for c in fk.columns}
            self._fill_table(table, rows, frozenset(unlinked))
        if deferred:
            self._settle(aims, old)
        self._planned.clear()
        for table, foreign_key in later:
            self._link(table, foreign_key, old[table.key])

    def counts(self, schema: Schema, keys: set[str]) -> dict[str, int]:
        """Gives the number of rows of each table, and notes those that stayed empty."""
        found = {}
        for table in schema.tables:
            if table.key not in keys and table.kind != "partition":
                continue
            if table.kind not in ("table", "partitioned", "partition"):
                continue
            found[table.key] = self.writer.count(table)
            if not found[table.key] and not any(e.table == table.key for e in self.empty):
                self._stays_empty(table, self._why.get(table.key, "no row of the fill fell in it"))
        return found

    def _later(self, group: Group, table: Table) -> list[tuple[Table, ForeignKey]]:
        """Gives the foreign keys into the group that are NULL at first and set afterwards."""
        before = group.tables[: group.tables.index(table)]
        done = {other.key for other in before}
        return [
            (table, fk)
            for fk in table.foreign_keys
            if group.holds(fk.referred) and fk.referred not in done and may_be_null(table, fk)
        ]

    def _closed_circle(self, group: Group) -> str | None:
        """Says why a circle of mandatory keys, none of which can wait, has no first row."""
        position = {table.key: number for number, table in enumerate(group.tables)}
        ahead = [
            (table, fk)
            for table in group.tables
            for fk in table.foreign_keys
            if position.get(fk.referred, -1) > position[table.key] and not may_be_null(table, fk)
        ]
        stuck = [fk for _, fk in ahead if not (fk.deferrable or self.schema.dialect == "sqlite")]
        if not stuck:
            return None
        tables = ", ".join(table.key for table in group.tables)
        return f"{_name(stuck[0])} closes a circle of mandatory keys ({tables}); it cannot wait"

    def _plan(self, group: Group, aims: list[Table], rows: int) -> bool:
        """Sets the keys of tables that a mandatory key needs before their rows stand."""
        position = {table.key: number for number, table in enumerate(group.tables)}
        deferred = False
        for table in aims:
            for fk in table.foreign_keys:
                ahead = position.get(fk.referred, -1) - position[table.key]
                if fk.referred not in position or ahead < 0 or may_be_null(table, fk):
                    continue
                deferred = deferred or ahead > 0
                target = next(t for t in group.tables if t.key == fk.referred)
                self._plan_keys(target, fk.referred_columns, rows)
        return deferred

    def _plan_keys(self, table: Table, columns: tuple[str, ...], rows: int) -> None:
        maker = self.maker(replace(table, foreign_keys=()))
        planned = self._planned.setdefault(table.key, [{} for _ in range(rows)])
        for number, row in enumerate(planned):
            made = maker.make(number, Asked(nulls=False))
            maker.keep(made)
            for name in columns:
                column = table.column(name)
                if name in row or column is None:
                    continue
                own = self.writer.planned(table, column) if fills_itself(column) else None
                if own is not None and own.isdigit() and self.schema.dialect == "sqlite":
                    own = str(int(own) + number)
                row[name] = own or made.get(name, "NULL")

    def _fill_table(self, table: Table, rows: int, unlinked: frozenset[str]) -> None:
        repair = Repair(self.maker(table), self.writer)
        repair.maker.n = 2 * self.writer.count(table)  # a second fill goes on where it ended
        planned = self._planned.get(table.key)
        try:
            parts = self._parts(table)
            for condition in parts:
                repair.maker.extra = condition
                share = rows if len(parts) == 1 else max(rows // len(parts), _LEAST_IN_PARTITION)
                asked = [self._asked(table, unlinked) for _ in range(share)]
                if planned:
                    asked = [self._with_plan(table, plan, unlinked) for plan in planned]
                self._fill_part(repair, asked)
        except NoParent as missing:
            referred = missing.foreign_key.referred
            why = f"{_name(missing.foreign_key)} needs a row of {referred}, which stays empty"
            self._why[table.key] = why
        self._forget_keys(table)

    def _asked(self, table: Table, unlinked: frozenset[str]) -> Asked:
        if self.given is None:
            return Asked(unlinked=unlinked)
        given = {k: v for k, v in self.given(table).items() if k not in unlinked}
        return Asked(given=given, flavor="ordinary", nulls=False, unlinked=unlinked)

    def _with_plan(self, table: Table, plan: Row, unlinked: frozenset[str]) -> Asked:
        """Gives what a planned row must hold: its key, and itself where it must have a parent."""
        given = dict(plan)
        for fk in table.foreign_keys:
            if fk.referred == table.key and not may_be_null(table, fk):
                for own, other in zip(fk.columns, fk.referred_columns, strict=True):
                    given[own] = plan.get(other, "NULL")
        return Asked(given=given, unlinked=unlinked)

    def _parts(self, table: Table) -> list[rows_checks.Condition | None]:
        """Gives a condition for each leaf of a partitioned table, None for a plain table."""
        if table.kind != "partitioned":
            return [None]
        leaves = self.writer.leaves(table)
        if not leaves:
            self._why[table.key] = "it has no partition that a row could go to"
        return [
            rows_checks.condition(text, self.schema.dialect) if text else None for text in leaves
        ]

    def _fill_part(self, repair: Repair, asked: list[Asked]) -> None:
        for start in range(0, len(asked), _AT_ONCE):
            self._put(repair, list(enumerate(asked[start : start + _AT_ONCE], start)))

    def _put(self, repair: Repair, part: list[tuple[int, Asked]]) -> bool:
        """Inserts rows at once; of those that are refused the halves, at last each by itself.

        False says that no more can be had.
        """
        made = []
        for number, ask in part:
            row = repair.maker.make(number, ask)
            repair.maker.keep(row)
            made.append(row)
        try:
            self.writer.insert(repair.table, made)
        except Refused as refusal:
            repair.learn(refusal)
            repair.maker.forget(made)
            if len(part) <= _BY_THEMSELVES:
                return self._one_by_one(repair, part)
            half = len(part) // 2
            return self._put(repair, part[:half]) and self._put(repair, part[half:])
        repair.stood += made
        return True

    def _one_by_one(self, repair: Repair, asked: list[tuple[int, Asked]]) -> bool:
        """Rows that fail one after the other say that no more can be had, as in a one-row table."""
        failures = 0
        for number, ask in asked:
            try:
                repair.place(number, ask)
                failures = 0
            except Refused as refusal:
                failures += 1
                named = f"{refusal.constraint}: " if refusal.constraint else ""
                self._why[repair.table.key] = f"{named}{refusal.message}"
                if failures >= _HOPELESS_AFTER:
                    return False
        return True

    def _settle(self, tables: list[Table], old: dict[str, frozenset[str]]) -> None:
        """Has deferred keys checked; rows whose parents never came are taken back."""
        try:
            self.writer.settle()
        except Refused as refusal:
            for table in tables:
                address, rows = self.writer.row_ids(table)
                for row in rows:
                    if row not in old[table.key]:
                        self.writer.run(f"delete from {name_of(table)} where {address} = {row}")
                self._why[table.key] = refusal.message
                self._forget_keys(table)

    def _link(self, table: Table, foreign_key: ForeignKey, old: frozenset[str]) -> None:
        """Points two thirds of the new rows at a parent, where the database lets them."""
        target = self.schema.table(foreign_key.referred)
        address, found = self.writer.row_ids(table)
        rows = [row for row in found if row not in old]
        if target is None or not rows:
            return
        pairs = list(zip(foreign_key.columns, foreign_key.referred_columns, strict=True))
        loose = [(own, other) for own, other in pairs if _is_nullable(table, own)]
        fixed = [(own, other) for own, other in pairs if not _is_nullable(table, own)]
        same = " and ".join(f"p.{quote_name(b)} = x.{quote_name(a)}" for a, b in fixed) or "1 = 1"
        order = ", ".join(f"p.{quote_name(other)}" for _, other in pairs)
        for number, row in enumerate(rows):
            if number % 3 == 0:
                continue
            back = f"from {name_of(target)} p where {same} order by {order}"
            count = max(self.writer.count(target), 1) if not fixed else 1
            parts = ", ".join(
                f"{quote_name(own)} = (select p.{quote_name(other)} {back} limit 1"
                f" offset {(number - 1) % count})"
                for own, other in loose
            )
            statement = f"update {name_of(table)} as x set {parts} where x.{address} = {row}"
            try:
                self.writer.run(statement)
            except Refused:
                continue

    def _forget_keys(self, table: Table) -> None:
        self._keys = {key: found for key, found in self._keys.items() if key[0] != table.key}

    def _stays_empty(self, table: Table, why: str) -> None:
        self.empty.append(EmptyTable(table.key, why))


def _is_nullable(table: Table, name: str) -> bool:
    column = table.column(name)
    return column is not None and column.nullable


def _name(foreign_key: ForeignKey) -> str:
    return foreign_key.name or f"the foreign key on ({', '.join(foreign_key.columns)})"
