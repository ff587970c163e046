"""Sources of a SELECT that give it no column and change no row."""

from __future__ import annotations

from dataclasses import dataclass

from sqlglot import exp

from dbwright.core.schema import ForeignKey, Table
from dbwright.recipes.queries import keys
from dbwright.recipes.queries.reading import Block, Reading, Reference, Source
from dbwright.recipes.queries.uses import conditions_on, uses


@dataclass(frozen=True, slots=True)
class Unused:
    """A source that can be left out, the conditions that go with it, and why, in words.

    `held` is False where a foreign key says so that this database checks only when it is told to.
    """

    source: Source
    gone: tuple[exp.Expr, ...]
    why: str
    held: bool = True


def unused(reading: Reading, block: Block, *, output: bool = True) -> Unused | None:
    """Gives a source of a block that can be left out; `output` says that its columns count.

    Without `output` only the number of its rows does: what stands in the SELECT list and in
    ORDER BY is nobody's.
    """
    if len(block.sources) < 2 or not _is_plain(block):
        return None
    for source in reversed(block.sources.values()):
        found = _unused(reading, block, source, output)
        if found is not None:
            return found
    return None


def _is_plain(block: Block) -> bool:
    if any(block.node.args.get(name) for name in ("locks", "laterals", "into", "connect")):
        return False
    joins = [each.join for each in block.sources.values() if each.join is not None]
    named = any(join.args.get("using") or join.method for join in joins)
    return not named and all(join.side in ("", "LEFT") for join in joins)


def _unused(reading: Reading, block: Block, source: Source, output: bool) -> Unused | None:
    table = source.table
    if table is None or table.kind not in ("table", "partitioned", "partition"):
        return None
    columns = uses(reading, block, source)
    if columns is None and not output:
        columns = uses(reading, block, source, but=block.node.expressions)
    if columns is None:
        return None
    if not output:
        columns = [each for each in columns if not _is_output(block, each)]
    if source.join is not None and source.join.side == "LEFT":
        on = source.join.args.get("on")
        inside = on is not None and all(_stands_in(each, on) for each in columns)
        others = set(block.sources) - {source.alias}
        if inside and source.alias in reading.determined(block, others):
            return Unused(source, (), f"LEFT JOIN finds at most one row of {table.key} by its key")
        return None
    gone = conditions_on(block, columns)
    if not gone or not all(isinstance(each, exp.EQ) for each in gone):
        return None
    return _by_foreign_key(reading, block, source, gone)


def _is_output(block: Block, column: exp.Column) -> bool:
    order = block.node.args.get("order")
    places = [*block.node.expressions, *([order] if order is not None else [])]
    return any(_stands_in(column, each) for each in places)


def _stands_in(node: exp.Expr, place: exp.Expr) -> bool:
    above: exp.Expr | None = node
    while above is not None and above is not place:
        above = above.parent
    return above is place


def _by_foreign_key(
    reading: Reading, block: Block, source: Source, gone: list[exp.Expr]
) -> Unused | None:
    pairs = [_pair(reading, each, source) for each in gone]
    sides = [pair for pair in pairs if pair is not None]
    children = {id(child.source): child.source for _, child in sides}
    if len(sides) != len(pairs) or len(children) != 1 or source.table is None:
        return None
    (child,) = children.values()
    if child not in block.sources.values() or child.table is None or child.optional:
        return None
    equal = {mine.column.name: theirs.column.name for theirs, mine in sides}
    key = _key(reading, child.table, source.table, equal)
    if key is None or not _all_there(reading, block, gone, sides):
        return None
    held = reading.query.target.dialect != "sqlite"
    return Unused(source, tuple(gone), _words(child.table, source.table, key), held)


def _pair(
    reading: Reading, condition: exp.Expr, source: Source
) -> tuple[Reference, Reference] | None:
    left, right = reading.reference(condition.this), reading.reference(condition.expression)
    if left is None or right is None or (left.source is source) == (right.source is source):
        return None
    return (left, right) if left.source is source else (right, left)


def _key(reading: Reading, child: Table, parent: Table, equal: dict[str, str]) -> ForeignKey | None:
    for key, referred in keys.parents(reading.query.schema, child):
        named = dict(zip(key.columns, key.referred_columns, strict=False))
        if referred.key == parent.key and named == equal:
            return key
    return None


def _all_there(
    reading: Reading,
    block: Block,
    gone: list[exp.Expr],
    sides: list[tuple[Reference, Reference]],
) -> bool:
    """Whether each child has a parent: its columns are never NULL, for another reason than
    the join's own condition."""
    return all(_is_there(reading, block, gone, child) for _, child in sides)


def _is_there(reading: Reading, block: Block, gone: list[exp.Expr], child: Reference) -> bool:
    if not child.column.nullable:
        return True
    others = [each for each in block.conditions() if not any(each is one for one in gone)]
    return any(reading.throws_out_null(each, child) for each in others)


def _words(child: Table, parent: Table, key: ForeignKey) -> str:
    listed = ", ".join(f"{child.key}.{name}" for name in key.columns)
    return (
        f"{listed} is NOT NULL and a validated foreign key to {parent.key}, not deferrable: "
        "the join finds one row"
    )
