"""A statement with its views, CTEs and derived tables put into the FROM that reads them.

A planner does the same before it chooses a plan, so what it cannot use an index for is seen there.
"""

from __future__ import annotations

from collections.abc import Iterator

from sqlglot import exp

from dbwright.core.query import Query
from dbwright.recipes.queries import tree
from dbwright.recipes.queries.calls import is_steady
from dbwright.recipes.queries.outputs import Outputs, outputs
from dbwright.recipes.queries.owners import inner_of, names_output, owner, using_as_on
from dbwright.recipes.queries.pushed import pushed
from dbwright.recipes.queries.reading import Block, Reading, Source
from dbwright.recipes.queries.rewrites import free_alias, qualified

_MOST = 40
"""So many steps are taken: a statement of more views than that is left half way."""
_WHOLE = ("group", "having", "distinct", "limit", "offset", "order", "with_", "locks", "windows",
          "qualify", "into", "laterals", "sample")  # fmt: skip


def flattened(query: Query, root: exp.Expr) -> exp.Expr:
    """Gives a statement that reads base tables wherever a block may be a part of another."""
    for step in (using_as_on, _view, _cte, using_as_on, _merged, pushed):
        for _ in range(_MOST):
            made = step(Reading(query, root))
            if made is None:
                break
            root = _bare(made)
    return root


def _bare(root: exp.Expr) -> exp.Expr:
    """Takes the brackets away that the catalog puts around joins and columns, from a new tree."""
    for select in root.find_all(exp.Select):
        first = select.args.get("from_")
        while first is not None and isinstance(first.this, exp.Subquery):
            held = first.this.this
            if not isinstance(held, (exp.Table, exp.Subquery)) or first.this.alias:
                break
            joins = [*(held.args.get("joins") or ()), *(first.this.args.get("joins") or ())]
            held.set("joins", None)
            first.set("this", held)
            select.set("joins", [*joins, *(select.args.get("joins") or ())])
    simple = (exp.Column, exp.Literal, exp.Cast, exp.Anonymous, exp.Paren)
    for each in list(root.find_all(exp.Paren)):
        if isinstance(each.this, simple) and not isinstance(each.parent, (exp.Any, exp.All)):
            each.replace(each.this)
    return root


def _view(reading: Reading) -> exp.Expr | None:
    """Gives the statement with its first view as the sub-query that it stands for."""
    for block in reading.blocks:
        for source in block.sources.values():
            table, node = source.table, source.node
            if table is None or table.kind != "view" or not table.definition:
                continue
            body = tree.loose(table.definition, reading.query.target.dialect)
            if not isinstance(body, exp.Query) or not _is_plain(node):
                continue
            return tree.replaced(block.node.root(), (node, _subquery(body, node)))
    return None


def _is_plain(node: exp.Expr) -> bool:
    """Whether a FROM names a table, without columns of its own or a sample."""
    alias = node.args.get("alias")
    bare = alias is None or not alias.args.get("columns")
    return isinstance(node, exp.Table) and bare and not node.args.get("sample")


def _subquery(body: exp.Expr, node: exp.Expr) -> exp.Subquery:
    """Gives a query in the place of a table, under the name that it had."""
    alias = node.args.get("alias")
    name = alias.this if alias is not None else node.this
    return exp.Subquery(this=body.copy(), alias=exp.TableAlias(this=name.copy()))


def _cte(reading: Reading) -> exp.Expr | None:
    """Gives the statement with the first CTE that one place reads put there."""
    root = reading.root
    with_ = root.args.get("with_") if root is not None else None
    if root is None or with_ is None or with_.args.get("recursive"):
        return None
    names = [each.alias for each in root.find_all(exp.CTE)]
    for cte in with_.expressions:
        places = [
            each for each in root.find_all(exp.Table) if each.name == cte.alias and not each.db
        ]
        body = _named(cte)
        if body is None or names.count(cte.alias) > 1 or cte.args.get("materialized"):
            continue
        if len(places) != 1 or not _is_plain(places[0]) or not is_steady(reading.query, body):
            continue
        copy, twin = tree.twinned(root)
        twin(places[0]).replace(_subquery(body, places[0]))
        kept = twin(cte).parent
        twin(cte).pop()
        if isinstance(kept, exp.With) and not kept.expressions:
            kept.pop()
        return copy
    return None


def _named(cte: exp.CTE) -> exp.Expr | None:
    """Gives the query of a CTE, its columns under the names that the CTE gives them."""
    body, alias = cte.this, cte.args.get("alias")
    columns = alias.args.get("columns") if alias is not None else None
    if not isinstance(body, exp.Query):
        return None
    if not columns:
        return body
    if not isinstance(body, exp.Select) or len(body.expressions) != len(columns):
        return None
    if any(each.is_star for each in body.expressions):
        return None
    made = body.copy()
    pairs = zip(body.expressions, columns, strict=True)
    named = [exp.Alias(this=each.unalias().copy(), alias=name.copy()) for each, name in pairs]
    made.set("expressions", named)
    return made


def _merged(reading: Reading) -> exp.Expr | None:
    """Gives the statement with one derived table merged into the block that reads it."""
    for block in reading.blocks:
        for source in block.sources.values():
            inner = inner_of(reading, source)
            if inner is None or not _may_merge(reading, block, source, inner):
                continue
            found = outputs(reading, inner)
            if found is None or not _takes(reading, block, source, found):
                continue
            made = _merge(reading, block, source, inner, found)
            if made is not None:
                return made
    return None


def _may_merge(reading: Reading, block: Block, source: Source, inner: Block) -> bool:
    """Whether a derived table's rows are those of its own FROM, one for one."""
    node = inner.node
    if not inner.sources or inner.grouped or any(node.args.get(each) for each in _WHOLE):
        return False
    if any(node.find_all(exp.Window)):
        return False
    if _is_set_returning(node) or isinstance(node.parent, exp.SetOperation):
        return False
    held = source.node.this if isinstance(source.node, exp.Lateral) else source.node
    alias = source.node.args.get("alias")
    if not isinstance(held, exp.Subquery) or (alias is not None and alias.args.get("columns")):
        return False
    if held.this is not node:
        return False
    return _joins_fit(block, source, inner)


def _joins_fit(block: Block, source: Source, inner: Block) -> bool:
    """Whether the joins around and inside let the FROM of one be a part of the other's."""
    joins = [each.join for one in (block, inner) for each in one.sources.values() if each.join]
    for join in joins:
        if join.args.get("using") or join.method or join.kind in ("ANTI", "SEMI"):
            return False
        if join.side in ("RIGHT", "FULL"):
            return False
    if source.join is not None and source.join.side:
        return len(inner.sources) == 1
    return True


def _is_set_returning(node: exp.Select) -> bool:
    """Whether a column of a SELECT list gives rows of its own."""
    kinds = (exp.Explode, exp.Unnest, exp.GenerateSeries, exp.Posexplode)
    named = ("unnest", "generate_series", "jsonb_array_elements", "regexp_split_to_table")
    return any(
        isinstance(each, kinds) or (isinstance(each, exp.Anonymous) and each.name.lower() in named)
        for column in node.expressions
        for each in column.walk()
    )


def _takes(reading: Reading, block: Block, source: Source, found: Outputs) -> bool:
    """Whether each column that the block names of the source can be put in its place."""
    optional = source.join is not None and bool(source.join.side)
    named = list(columns_of(reading, block, source))
    stars = any(each.is_star for each in block.node.expressions)
    for name, held in found.items():
        if is_steady(reading.query, held):
            continue
        uses = [each for each in named if each.name == name]
        if stars or len(uses) != 1 or not _sorts(block, uses[0]):
            return False  # what varies is computed once a row, and in ORDER BY it still is
    for node in named:
        held_by = found.get(node.name)
        if held_by is None or (optional and not isinstance(held_by, exp.Column)):
            return False
    return True


def _sorts(block: Block, node: exp.Column) -> bool:
    order = block.node.args.get("order")
    whole = not block.grouped and not block.node.args.get("distinct")
    return whole and order is not None and node.find_ancestor(exp.Order) is order


def columns_of(reading: Reading, block: Block, source: Source) -> Iterator[exp.Column]:
    """Gives each column of a block and its sub-queries that is one of a derived table's."""
    for node in block.node.find_all(exp.Column):
        if isinstance(node.this, exp.Star):
            continue
        if owner(reading, node) is source and not names_output(block, node):
            yield node


def _merge(
    reading: Reading, block: Block, source: Source, inner: Block, found: Outputs
) -> exp.Expr | None:
    if any(map(_is_bare_star, block.node.expressions)) and len(block.sources) > 1:
        return None
    renamed = {
        alias: free_alias(reading, alias) for alias in inner.sources
        if alias in block.sources and block.sources[alias] is not source
    }  # fmt: skip
    if renamed and len(inner.sources) > 1:
        return None
    copy, twin = tree.twinned(block.node.root())
    body = _body(reading, inner, renamed)
    for node in list(columns_of(reading, block, source)):
        _put(twin(node), _aliased(found[node.name], renamed), node)
    made = twin(block.node)
    assert isinstance(made, exp.Select)
    _put_stars(made, source, found, renamed)
    _put_from(made, source, twin, body)
    return copy


def _is_bare_star(node: exp.Expr) -> bool:
    return isinstance(node, exp.Star)


def _body(reading: Reading, inner: Block, renamed: dict[str, str]) -> exp.Select:
    """Gives a copy of a derived table's SELECT whose columns all name their source."""
    body = qualified(reading, inner.node)
    assert isinstance(body, exp.Select)
    if len(inner.sources) == 1:
        (only,) = inner.sources.values()
        for theirs, mine in zip(
            inner.node.find_all(exp.Column), body.find_all(exp.Column), strict=True
        ):
            if not mine.table and owner(reading, theirs) is only:
                mine.set("table", exp.to_identifier(only.alias, quoted=_quoted(only)))
    if renamed:
        ((old, new),) = renamed.items()
        first = body.args["from_"].this
        first.set("alias", exp.TableAlias(this=exp.to_identifier(new)))
        for each in body.find_all(exp.Column):
            if each.table == old:
                each.set("table", exp.to_identifier(new))
    return body


def _quoted(source: Source) -> bool:
    alias = source.node.args.get("alias")
    name = alias.this if alias is not None else source.node.this
    return bool(name.args.get("quoted")) if isinstance(name, exp.Identifier) else False


def _aliased(node: exp.Expr, renamed: dict[str, str]) -> exp.Expr:
    copy = node.copy()
    for each in copy.find_all(exp.Column):
        if each.table in renamed:
            each.set("table", exp.to_identifier(renamed[each.table]))
    return copy


def _put(twin: exp.Expr, new: exp.Expr, old: exp.Column) -> None:
    """Puts an expression in the place of a column; a column that is given keeps its name."""
    simple = isinstance(new, (exp.Column, exp.Literal, exp.Func, exp.Paren)) and not isinstance(
        new, exp.Connector
    )
    inside = new if simple else exp.Paren(this=new)
    if isinstance(twin.parent, exp.Select) and twin.arg_key == "expressions":
        if isinstance(new, exp.Column) and new.name == old.name:
            twin.replace(new)
        else:
            twin.replace(exp.Alias(this=new, alias=old.this.copy()))
    else:
        twin.replace(inside)


def _put_stars(made: exp.Select, source: Source, found: Outputs, renamed: dict[str, str]) -> None:
    """Puts the columns of a derived table in the place of a star that gives them all."""
    for each in list(made.expressions):
        own = isinstance(each, exp.Column) and isinstance(each.this, exp.Star)
        if not _is_bare_star(each) and not (own and each.table == source.alias):
            continue
        listed = []
        for name, node in found.items():
            new = _aliased(node, renamed)
            plain = isinstance(new, exp.Column) and new.name == name
            listed.append(new if plain else exp.alias_(new, tree.identifier(name)))
        place = made.expressions.index(each)
        made.set(
            "expressions", [*made.expressions[:place], *listed, *made.expressions[place + 1 :]]
        )


def _put_from(made: exp.Select, source: Source, twin: tree.Twin, body: exp.Select) -> None:
    """Puts the FROM and WHERE of a derived table in the place of it."""
    first, joins = body.args["from_"].this, list(body.args.get("joins") or ())
    where = body.args.get("where")
    outer = list(made.args.get("joins") or ())
    if source.join is None:
        made.args["from_"].set("this", first)
        made.set("joins", [*joins, *outer])
    else:
        mine = twin(source.join)
        assert isinstance(mine, exp.Join)
        mine.set("this", first)
        if mine.side:
            if where is not None:
                both = [each for each in (mine.args.get("on"), where.this) if each is not None]
                mine.set("on", exp.and_(*both, copy=False))
            return
        if joins:
            on = mine.args.get("on")
            mine.set("on", None)
            mine.set("kind", "CROSS")
            if on is not None and not (isinstance(on, exp.Boolean) and on.this):
                made.where(on, copy=False)
        elif isinstance(mine.args.get("on"), exp.Boolean):
            mine.set("on", None)
            mine.set("kind", "CROSS")
        place = next(number for number, each in enumerate(outer) if each is mine)
        made.set("joins", [*outer[: place + 1], *joins, *outer[place + 1 :]])
    if where is not None:
        made.where(where.this, copy=False)
