"""Conditions on what a UNION or a grouping gives, put into the blocks below it.

The planner does so before it chooses a plan: what hides a column there hides it from the condition.
"""

from __future__ import annotations

from sqlglot import exp

from dbwright.recipes.queries import tree
from dbwright.recipes.queries.calls import is_steady
from dbwright.recipes.queries.comparisons import integer
from dbwright.recipes.queries.outputs import given
from dbwright.recipes.queries.owners import owner
from dbwright.recipes.queries.reading import Block, Reading, Source

Given = list[tuple[str, exp.Expr]]
_FIRST = ("limit", "offset", "with_", "locks", "windows", "qualify", "laterals", "into")


def pushed(reading: Reading) -> exp.Expr | None:
    """Gives the statement with the conditions on one such sub-query inside of it."""
    for block in reading.blocks:
        for source in block.sources.values():
            made = _pushed(reading, block, source)
            if made is not None:
                return made
    return None


def _pushed(reading: Reading, block: Block, source: Source) -> exp.Expr | None:
    body = source.node.this if isinstance(source.node, exp.Subquery) else None
    where = block.node.args.get("where")
    if body is None or where is None or source.optional or not is_steady(reading.query, body):
        return None
    arms = _arms(body)
    named = [_names(reading, arm) for arm in arms]
    if not arms or any(each is None or len(each) != len(named[0] or ()) for each in named):
        return None
    first = [name for name, _ in named[0] or ()]
    gone = [each for each in block.where() if _is_about(reading, each, source, first)]
    gone = [each for each in gone if all(_takes(arm, each, named, place)
                                         for place, arm in enumerate(arms))]  # fmt: skip
    if not gone:
        return None
    copy, twin = tree.twinned(block.node.root())
    for place, arm in enumerate(arms):
        below = twin(arm)
        assert isinstance(below, exp.Select)
        for condition in gone:
            below.where(_in_terms_of(condition, named, place), copy=False)
    rest = tree.without(where.this, gone)
    twin(block.node).set("where", exp.Where(this=rest) if rest is not None else None)
    return copy


def _arms(body: exp.Expr) -> list[exp.Select]:
    """The SELECTs of a UNION, or a grouped one alone."""
    if isinstance(body, exp.Union):
        arms: list[exp.Select] = []
        for each in (body.this, body.expression):
            inner = each.unnest()
            found = _arms(inner) if isinstance(inner, exp.Union) else [inner]
            arms += [one for one in found if isinstance(one, exp.Select)]
            if not found or not all(isinstance(one, exp.Select) for one in found):
                return []
        plain = not any(body.args.get(each) for each in (*_FIRST, "order"))
        return arms if plain and not any(_is_first(each) for each in arms) else []
    grouped = isinstance(body, exp.Select) and body.args.get("group") is not None
    return [body] if grouped and isinstance(body, exp.Select) and not _is_first(body) else []


def _is_first(select: exp.Select) -> bool:
    """Whether which rows it gives depends on all of them."""
    distinct = select.args.get("distinct")
    chosen = distinct is not None and distinct.args.get("on") is not None
    windows = any(each.find(exp.Window) for each in select.expressions)
    return chosen or windows or any(select.args.get(each) for each in _FIRST)


def _names(reading: Reading, arm: exp.Select) -> Given | None:
    block = reading.block_of(arm)
    return given(reading, block) if block is not None else None


def _is_about(reading: Reading, condition: exp.Expr, source: Source, names: list[str]) -> bool:
    columns = list(condition.find_all(exp.Column))
    if not columns or condition.find(exp.Query) is not None:
        return False
    return all(owner(reading, each) is source and names.count(each.name) == 1 for each in columns)


def _takes(arm: exp.Select, condition: exp.Expr, named: list[Given | None], place: int) -> bool:
    """Whether a condition can stand before a block groups: on what it groups by alone."""
    group = arm.args.get("group")
    used = [_at(named, place, each.name) for each in condition.find_all(exp.Column)]
    if group is None:
        return not any(each.find(exp.AggFunc) for each in used)
    if any(value for name, value in group.args.items() if name != "expressions"):
        return False
    shown = [each.unalias() for each in arm.expressions]
    keys = [shown[n - 1] if (n := integer(each)) and n <= len(shown) else each
            for each in group.expressions]  # fmt: skip
    return all(any(each.sql() == key.sql() or _bare(each) == _bare(key) for key in keys)
               for each in used)  # fmt: skip


def _bare(node: exp.Expr) -> str:
    copy = node.copy()
    for each in copy.find_all(exp.Column):
        each.set("table", None)
    return copy.sql()


def _at(named: list[Given | None], place: int, name: str) -> exp.Expr:
    """What an arm gives where the first one gives a name."""
    first, mine = named[0] or [], named[place] or []
    return mine[[each for each, _ in first].index(name)][1]


def _in_terms_of(condition: exp.Expr, named: list[Given | None], place: int) -> exp.Expr:
    copy = exp.paren(condition.copy(), copy=False)
    for column in list(copy.find_all(exp.Column)):
        new = _at(named, place, column.name).copy()
        simple = isinstance(new, (exp.Column, exp.Literal, exp.Func))
        column.replace(new if simple else exp.Paren(this=new))
    return copy.this  # type: ignore[no-any-return]
