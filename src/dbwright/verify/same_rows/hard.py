"""Tables that are hard to fill: rows to go by, and why not one can be made."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from dbwright.scratch.adversarial.draw import Draw
from dbwright.scratch.adversarial.instance import Instance, Values
from dbwright.scratch.adversarial.tables import FILLED, Facts, mandatory
from dbwright.scratch.rows_fill import Filling
from dbwright.scratch.rows_order import groups, with_parents
from dbwright.verify.same_rows.bench import Bench

_ROWS = 8
_SHARE = 4
_LOOKED_AT = 6


def give_models(bench: Bench, tables: Sequence[Facts], held: Mapping[str, int], of: int) -> None:
    """Gives the tables that rarely held rows some that stand, for others to be made alike.

    They come from the generator that mends rows by the database's own refusals: what triggers,
    exclusions and checks that nobody can read ask for, it finds out. `held` says on how many `of`
    the databases so far a table had rows.
    """
    for facts in tables:
        if held.get(facts.table.key, 0) * _SHARE < of:
            facts.models = _models(bench, facts)


def _models(bench: Bench, facts: Facts) -> list[Values]:
    schema = bench.schema
    keys = with_parents(schema, [facts.table.key])
    tables = [table for table in schema.tables if table.key in keys and table.kind in FILLED]
    bench.place(Instance())
    try:
        filling = Filling(bench.connection, schema, 0)
        for group in groups(schema, tables):
            filling.fill(group, _ROWS, keys)
        names = [c.name for c in facts.columns if c.name not in facts.linked]
        return bench.texts(facts.table.key, names)
    except Exception:  # the driver's own tree: a table that nobody can fill has no rows to go by
        return []
    finally:
        bench.place(Instance())


def unfilled(
    bench: Bench, draw: Draw, wanted: Sequence[str], held: Mapping[str, int]
) -> Iterator[str]:
    """Gives those of the tables that never held a row, each with the reason."""
    left = [key for key in wanted if not held.get(key)]
    if not left:
        return
    drawn = [draw.instance(number, {}) for number in range(_LOOKED_AT)]
    for key in left:
        source = _source(draw, key, held)
        row = next((r for i in drawn for r in i.rows if r.table == source), None)
        why = bench.refusal(row) if row is not None else None
        if source != key:
            yield f"{key} ({source} stays empty{': ' + why if why else ''})"
        else:
            yield f"{key} ({why})" if why else key


def _source(draw: Draw, key: str, held: Mapping[str, int]) -> str:
    """Gives the table that others stay empty for: it needs no parent that is empty itself."""
    seen = {key}
    while True:
        facts = draw.by_key.get(key)
        links = (*facts.links, *facts.later) if facts is not None else ()
        above = [
            link.referred
            for link in links
            if facts is not None
            and mandatory(facts.table, link)
            and link.referred not in seen
            and not held.get(link.referred)
        ]
        if not above:
            return key
        key = above[0]
        seen.add(key)
