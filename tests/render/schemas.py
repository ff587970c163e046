"""Schemas made of values: small ones by hand, large ones grown as applications grow."""

from __future__ import annotations

import random

from dbwright.core.schema import Column, ForeignKey, PrimaryKey, Schema, Table, Unique

WORDS = (
    "user", "account", "order", "invoice", "product", "stock", "ship", "return", "review", "cart",
    "coupon", "ledger", "tax", "audit", "event", "message", "thread", "team", "role", "grant",
    "plan", "seat", "price", "batch", "lot", "site", "shelf", "carrier", "label",
)  # fmt: skip
PARTS = ["items", "notes", "states", "links", "logs", "rates", "terms", "files"]
TYPES = ("bigint", "text", "character varying(80)", "timestamp with time zone", "numeric(12,2)")


def table(
    name: str, *keys: ForeignKey, null: tuple[str, ...] = (), schema: str | None = None
) -> Table:
    """Gives a table with an id and the columns of its foreign keys."""
    names = dict.fromkeys(column for key in keys for column in key.columns)
    columns = [Column("id", "bigint", False)]
    columns += [Column(column, "bigint", column in null) for column in names]
    return Table(
        name, tuple(columns), schema=schema, primary_key=PrimaryKey(("id",)), foreign_keys=keys
    )


def key(column: str, parent: str, **more: str | None) -> ForeignKey:
    """Gives a foreign key of one column to the id of a table."""
    return ForeignKey((column,), parent, ("id",), **more)  # type: ignore[arg-type]


def schema(*tables: Table) -> Schema:
    """Gives the schema of these tables."""
    return Schema("postgresql", tables)


def grown(count: int, seed: int = 1, schemas: int = 1) -> Schema:
    """Gives a schema of so many tables: modules around a table each, all of them about users."""
    luck = random.Random(seed)
    per = count // len(WORDS) + 1
    names = [_name(luck, n, per) for n in range(count)]
    homes = [f"s{n // per % schemas}" if schemas > 1 else None for n in range(count)]
    return schema(*(_grown(luck, n, per, names, homes) for n in range(count)))


def _name(luck: random.Random, n: int, per: int) -> str:
    word = WORDS[n // per]
    return f"{word}_{luck.choice(PARTS)}_{n}" if n % per else f"{word}s"


def _grown(
    luck: random.Random, n: int, per: int, names: list[str], homes: list[str | None]
) -> Table:
    start = n - n % per
    parents = {start} if n != start else set()
    for _ in range(luck.choice([0, 0, 1, 1, 2])):
        parents.add(luck.choice([0, luck.randrange(n + 1), max(start, n - luck.randint(1, 4))]))
    keys, columns = [], [Column("id", "bigint", False)]
    for parent in sorted(parents):
        column = "parent_id" if parent == n else f"{names[parent]}_id"
        columns.append(Column(column, "bigint", parent == n or luck.random() < 0.3))
        keys.append(ForeignKey((column,), names[parent], ("id",), homes[parent]))
    for at in range(luck.choice([2, 4, 5, 7, 9, 25])):
        columns.append(Column(f"value_{at}", luck.choice(TYPES), luck.random() < 0.4))
    single = keys and luck.random() < 0.1
    return Table(
        names[n],
        tuple(columns),
        schema=homes[n],
        primary_key=PrimaryKey(("id",)),
        foreign_keys=tuple(keys),
        uniques=(Unique(keys[0].columns),) if single else (),
    )
