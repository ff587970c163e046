"""Candidate: an index that is not there, and may be worth making."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

from dbwright.core.access import OrderKey
from dbwright.core.identifiers import spelled


@dataclass(frozen=True, slots=True)
class IndexKey:
    """A key of an index: a column as it stands in SQL, or an expression."""

    expression: str
    descending: bool = False
    nulls_first: bool = False
    opclass: str | None = None
    is_column: bool = True

    @property
    def sql(self) -> str:
        """The key as CREATE INDEX has it."""
        words = [self.expression if self.is_column else f"({self.expression})"]
        words += [self.opclass] if self.opclass else []
        words += ["DESC"] if self.descending else []
        if self.nulls_first != self.descending:
            words.append("NULLS FIRST" if self.nulls_first else "NULLS LAST")
        return " ".join(words)


@dataclass(frozen=True, slots=True)
class Candidate:
    """An index of a table: `include` are columns it only carries, `where` makes it partial."""

    schema: str
    table: str
    keys: tuple[IndexKey, ...]
    include: tuple[str, ...] = ()
    where: str | None = None
    method: str = "btree"
    name: str = field(default="", compare=False)

    def named(self, name: str) -> Candidate:
        """Gives it with a name, which does not tell it from others."""
        return replace(self, name=name)

    @property
    def definition(self) -> str:
        """What it is, without a name: ON shop.orders USING btree (customer_id, placed_at DESC)."""
        return f"ON {spelled(self.schema)}.{spelled(self.table)} USING {self.method} {self._body}"

    @property
    def short(self) -> str:
        """What it is, without its table, and without the method that is meant unsaid."""
        return self._body if self.method == "btree" else f"{self.method} {self._body}"

    @property
    def _body(self) -> str:
        sql = f"({', '.join(key.sql for key in self.keys)})"
        sql += f" INCLUDE ({', '.join(self.include)})" if self.include else ""
        return sql + (f" WHERE {self.where}" if self.where else "")

    @property
    def sql(self) -> str:
        """The statement that makes it."""
        return f"CREATE INDEX {spelled(self.name)} {self.definition}"

    @property
    def online_sql(self) -> str:
        """The statement that makes it while the table is written to; not of partitioned tables."""
        return f"CREATE INDEX CONCURRENTLY {spelled(self.name)} {self.definition}"


def key_of(order: OrderKey) -> IndexKey:
    """Gives the key by which an index has rows in an order."""
    return IndexKey(order.expression, order.descending, order.nulls_first, None, order.is_column)
