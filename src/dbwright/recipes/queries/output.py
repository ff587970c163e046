"""Whether the rows that a SELECT gives can repeat, by the keys of what it reads."""

from __future__ import annotations

from sqlglot import exp

from dbwright.recipes.queries.calls import is_steady
from dbwright.recipes.queries.reading import Block, Reading, Source

LOCKS = "locks"


def never_repeats(reading: Reading, select: exp.Expr) -> str | None:
    """Gives why no two rows of a SELECT are alike, in words; None where they may be.

    Its own DISTINCT is not looked at.
    """
    block = reading.block_of(select) if isinstance(select, exp.Select) else None
    if block is None or not is_steady(reading.query, *block.node.expressions):
        return None
    if block.node.args.get("laterals") or not block.sources:
        return None
    if block.grouped:
        return _groups_differ(reading, block)
    given = given_columns(reading, block)
    key = reading.key_of(block, given)
    if key is None or not key <= given:
        return None
    return _key_words(block, key)


def _groups_differ(reading: Reading, block: Block) -> str | None:
    group = block.node.args.get("group")
    if group is None or not group.expressions:
        return None
    if any(group.args.get(name) for name in ("grouping_sets", "cube", "rollup", "all", "totals")):
        return None
    named = [each.unalias() for each in block.node.expressions]
    if not all(_is_given(each, named) for each in group.expressions):
        return None
    listed = ", ".join(each.sql() for each in group.expressions)
    return f"each row is a group of its own, and {listed} is given"


def _is_given(key: exp.Expr, named: list[exp.Expr]) -> bool:
    if isinstance(key, exp.Literal):  # GROUP BY 1: a column by its place
        return key.is_number
    return isinstance(key, exp.Column) and key in named


def given_columns(reading: Reading, block: Block) -> set[tuple[str, str]]:
    """Gives the columns of a block's own tables, by alias and name, among what it gives."""
    found: set[tuple[str, str]] = set()
    for each in block.node.expressions:
        inner = each.unalias()
        if isinstance(inner, exp.Star):
            found |= {pair for source in block.sources.values() for pair in _all_of(source)}
        elif isinstance(inner, exp.Column) and isinstance(inner.this, exp.Star):
            source = block.sources.get(inner.table)
            found |= set(_all_of(source)) if source is not None else set()
        else:
            reference = reading.reference(inner)
            if reference is not None and reference.source in block.sources.values():
                found.add((reference.source.alias, reference.column.name))
    return found


def _all_of(source: Source) -> list[tuple[str, str]]:
    columns = source.table.columns if source.table is not None else ()
    return [(source.alias, each.name) for each in columns]


def _key_words(block: Block, key: frozenset[tuple[str, str]]) -> str:
    by_alias: dict[str, list[str]] = {}
    for alias, name in sorted(key):
        by_alias.setdefault(alias, []).append(name)
    parts = []
    for alias, names in by_alias.items():
        table = block.sources[alias].table
        parts.append(f"({', '.join(names)}) is a key of {table.key if table else alias}")
    joined = "; each join finds at most one row" if len(block.sources) > len(by_alias) else ""
    return " and ".join(parts) + joined


def plain_tables(block: Block) -> bool:
    """Whether a block reads tables alone, none whose rows are computed or come from elsewhere."""
    stored = ("table", "partitioned", "partition", "materialized view")
    return all(
        each.table is not None and each.table.kind in stored for each in block.sources.values()
    )


def is_locking(block: Block) -> bool:
    """Whether it locks the rows that it reads, or may write."""
    return bool(block.node.args.get(LOCKS)) or bool(block.node.args.get("into"))
