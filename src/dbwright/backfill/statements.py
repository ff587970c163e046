"""The statements of a backfill, each written once for all of its batches."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import TextClause, text

from dbwright.backfill.definition import Backfill
from dbwright.backfill.keys import Key
from dbwright.backfill.tables import Table
from dbwright.core.errors import UsageError


@dataclass(frozen=True, slots=True)
class Statements:
    """What is sent of a backfill's own: ends of batches and ranges, the work, and what is left."""

    backfill: Backfill
    table: Table

    @property
    def key(self) -> Key:
        """The key that batches are cut by."""
        return self.table.key

    def end(self, *, after: bool, up_to: bool) -> TextClause:
        """Gives the key of the row `:skip` rows behind `:after…`, within `:upper…`."""
        where = self._between(after, self.key.up_to("upper") if up_to else "")
        return text(
            f"SELECT {self.key.read} FROM {self.table.quoted}{where}"
            f" ORDER BY {self.key.order} LIMIT 1 OFFSET :skip"
        )

    def last(self, *, after: bool) -> TextClause:
        """Gives the key of the table's last row behind `:after…`."""
        order = ", ".join(f"{each.quoted} DESC" for each in self.key.columns)
        where = self._between(after, "")
        return text(
            f"SELECT {self.key.read} FROM {self.table.quoted}{where} ORDER BY {order} LIMIT 1"
        )

    def batch_condition(self, *, after: bool) -> str:
        """Gives the condition of a batch's rows, `:after…` to `:last…`."""
        parts = [self.key.behind("after")] if after else []
        return self._where([*parts, self.key.up_to("last")])

    def within(self, first: str, last: str) -> str:
        """Gives the condition of the rows from one key to another, both with them."""
        return self._where([self.key.since(first), self.key.up_to(last)])

    def _where(self, parts: list[str]) -> str:
        more = [enclosed(self.backfill.where)] if self.backfill.where else []
        return " AND ".join([*parts, *more])

    def batch(self, *, after: bool) -> TextClause:
        """Gives the UPDATE or DELETE of a batch."""
        return self.write(self.batch_condition(after=after))

    def write(self, condition: str) -> TextClause:
        """Gives the UPDATE or DELETE of the rows that a condition finds."""
        if self.backfill.delete:
            return text(f"DELETE FROM {self.table.quoted} WHERE {condition}")
        return text(
            f"UPDATE {self.table.quoted} SET {escaped(self.backfill.set)} WHERE {condition}"
        )

    def left(self, count: int) -> TextClause | None:
        """Gives the keys of rows that are not done, `count` at most; None where no one can tell."""
        if not self.backfill.where:
            return None
        return text(
            f"SELECT {self.key.read} FROM {self.table.quoted}"
            f" WHERE {enclosed(self.backfill.where)} ORDER BY {self.key.order} LIMIT {count}"
        )

    def _between(self, after: bool, upper: str) -> str:
        parts = [self.key.behind("after")] if after else []
        parts += [upper] if upper else []
        return f" WHERE {' AND '.join(parts)}" if parts else ""


_GRAMMARS = {"postgresql": "postgres", "mariadb": "mysql"}


def refuse_moving_keys(backfill: Backfill, table: Table, dialect: str) -> None:
    """Raises UsageError where `set` moves rows along the key, and no `where` says they are done.

    A row that moves ahead of its worker would be met again, and again moved.
    """
    if backfill.where or not backfill.set:
        return
    import sqlglot
    from sqlglot import exp

    try:
        grammar = _GRAMMARS.get(dialect, dialect)
        tree = sqlglot.parse_one(f"UPDATE t SET {backfill.set}", read=grammar)
    except sqlglot.errors.SqlglotError:
        return  # the database will say what is wrong with it
    targets = [each.this for each in tree.args.get("expressions", ()) if isinstance(each, exp.EQ)]
    names = {column.name.lower() for each in targets for column in each.find_all(exp.Column)}
    moved = [name for name in table.columns if name.lower() in names]
    if moved:
        raise UsageError(
            f"the backfill {backfill.name} sets {', '.join(moved)}, by which {backfill.table} is "
            "walked: a row that moves ahead would be met again",
            way_out="Say with `where` which rows are not done yet; or name another unique `key`.",
        )


def enclosed(condition: str) -> str:
    """Gives a condition of the user's in brackets; a comment at its end takes none of them."""
    return f"({escaped(condition)}\n)" if "--" in condition else f"({escaped(condition)})"


def escaped(sql: str) -> str:
    """Gives SQL of the user's as `text` takes it: a colon in it is no parameter.

    >>> escaped("price = '1:2'::text")
    "price = '1\\\\:2'\\\\:\\\\:text"
    """
    return sql.replace(":", "\\:")
