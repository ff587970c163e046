"""A SELECT taken apart by PostgreSQL's grammar: constants beside columns, functions, sort keys."""

from __future__ import annotations

from collections.abc import Iterator

from dbwright.core.query_parts import Constant, QueryParts, SortKey
from dbwright.dialects.postgresql import expressions, grammar, names
from dbwright.dialects.postgresql.grammar import Node, nodes

_EXPRESSIONS = (
    "A_Const",
    "TypeCast",
    "SQLValueFunction",
    "A_ArrayExpr",
    "FuncCall",
    "A_Expr",
    "CoalesceExpr",
)
_ABOUT_ROWS = ("ColumnRef", "SubLink", "ParamRef", "A_Star")
_OPEN = ("SubLink", "ParamRef", "A_Star")
_COMPARING = ("A_Expr", "FuncCall", "SubLink", "CoalesceExpr", "MinMaxExpr")
_WRITES = ("InsertStmt", "UpdateStmt", "DeleteStmt", "MergeStmt")
_DIRECTIONS = {nodes.SORTBY_DESC: "desc", nodes.SORTBY_ASC: "asc"}
_NULLS = {nodes.SORTBY_NULLS_FIRST: " nulls first", nodes.SORTBY_NULLS_LAST: " nulls last"}
_FIELDS = {
    field.message_type.name: field.name
    for field in nodes.Node.DESCRIPTOR.fields
    if field.message_type is not None
}


def parts(sql: str) -> QueryParts:
    """Give the parts of one SELECT; `refused` says why another text is none."""
    try:
        trees = grammar.parse(sql)
    except (grammar.Failure, UnicodeError) as error:
        return QueryParts(refused=f"PostgreSQL's grammar refuses it: {error}")
    if len(trees) != 1:
        return QueryParts(refused=f"it holds {len(trees)} statements")
    tree = trees[0]
    refused = _refused(tree)
    if refused:
        return QueryParts(refused=refused)
    select = tree.select_stmt
    return QueryParts(
        expressions.tables(select),
        expressions.columns(select),
        tuple(dict.fromkeys(name[-1] for name in expressions.functions(select))),
        tuple(dict.fromkeys(_constants(select))),
        tuple(dict.fromkeys(_conditions(select))),
        bool(select.sort_clause),
        tuple(_keys(select)),
        _window(select),
    )


def _window(select: Node) -> int | None:
    """Give where a LIMIT begins; one WITH TIES leaves nothing open."""
    if not select.HasField("limit_count") or select.limit_option == nodes.LIMIT_OPTION_WITH_TIES:
        return None
    if not select.HasField("limit_offset"):
        return 0
    offset = select.limit_offset
    if offset.WhichOneof("node") != "a_const" or not offset.a_const.HasField("ival"):
        return None
    return int(offset.a_const.ival.ival)


def of_view(definition: str) -> QueryParts:
    """Give the parts of a view's query, from its definition as the catalog has it."""
    return parts(definition)


def _refused(tree: Node) -> str | None:
    if tree.WhichOneof("node") != "select_stmt" or tree.select_stmt.HasField("into_clause"):
        return "it is no SELECT"
    if any(next(grammar.all_of(tree, kind), None) for kind in _WRITES):
        return "it writes"
    if next(grammar.all_of(tree, "RangeTableSample"), None):
        return "TABLESAMPLE reads other rows each time"
    return None


def _constants(select: Node) -> Iterator[Constant]:
    """Give constants with the columns of the smallest comparison around them."""
    for group, node in enumerate(_comparisons(select)):
        columns = tuple(dict.fromkeys(expressions.columns(node)))
        if columns:
            for text in _within(node):
                yield Constant(text, columns, group)
    for text in _within(select):
        yield Constant(text, (), -1)


def _conditions(select: Node) -> Iterator[tuple[str, str]]:
    for node in grammar.all_of(select, "A_Expr"):
        columns = expressions.columns(node)
        if len(columns) != 1 or any(next(grammar.all_of(node, kind), None) for kind in _OPEN):
            continue
        bare = _wrapped(node)
        for reference in grammar.all_of(bare, "ColumnRef"):
            del reference.fields[:-1]
        yield columns[0], grammar.text_of(bare)


def _comparisons(select: Node) -> Iterator[Node]:
    for kind in _COMPARING:
        yield from grammar.all_of(select, kind)


def _within(tree: Node) -> Iterator[str]:
    for kind in _EXPRESSIONS:
        for node in grammar.all_of(tree, kind):
            if node is not tree and not _about_rows(node):
                yield grammar.text_of(_wrapped(node))


def _about_rows(node: Node) -> bool:
    if any(next(grammar.all_of(node, kind), None) for kind in _ABOUT_ROWS):
        return True
    return any(call.agg_star or call.HasField("over") for call in grammar.all_of(node, "FuncCall"))


def _wrapped(node: Node) -> Node:
    found = nodes.Node()
    getattr(found, _FIELDS[type(node).__name__]).CopyFrom(node)
    return found


def _keys(select: Node) -> Iterator[SortKey]:
    folds = bool(select.distinct_clause) or select.op != nodes.SETOP_NONE
    outputs = [_output(target.res_target) for target in select.target_list]
    for item in select.sort_clause:
        sort = item.sort_by
        direction = _DIRECTIONS.get(sort.sortby_dir, "asc") + _NULLS.get(sort.sortby_nulls, "")
        if sort.use_op:
            direction = f"using {names.strings(sort.use_op)[-1]}"
        yield _key(sort.node, direction, outputs, folds)


def _key(node: Node, direction: str, outputs: list[tuple[str, str]], folds: bool) -> SortKey:
    kind = node.WhichOneof("node")
    if kind == "a_const" and node.a_const.HasField("ival"):
        return SortKey(direction, position=node.a_const.ival.ival)
    text = grammar.text_of(node)
    if kind == "column_ref" and len(node.column_ref.fields) == 1:
        name = node.column_ref.fields[0].string.sval
        if folds or name in [called for called, _ in outputs]:
            return SortKey(direction, name=name)
    if any(of == "*" or of.endswith(".*") for _, of in outputs):
        return SortKey(direction, added=None if folds else text)
    same = [place for place, (_, of) in enumerate(outputs, start=1) if of == text]
    if same:
        return SortKey(direction, position=same[0])
    return SortKey(direction, added=None if folds else text)


def _output(target: Node) -> tuple[str, str]:
    """Give the name that a column of the result is given, '' for none, and its expression."""
    text = grammar.text_of(target.val)
    if target.name:
        return target.name, text
    if target.val.WhichOneof("node") == "column_ref":
        last = target.val.column_ref.fields[-1]
        return (last.string.sval if last.WhichOneof("node") == "string" else ""), text
    return "", text


def ranked(
    sql: str, keys: tuple[SortKey, ...], columns: tuple[str, ...], *, whole: bool = False
) -> str | None:
    """Give a query of the same rows, each with its rank by the sort keys as the last column.

    `columns` are the names of the result. With `whole` the LIMIT is left out. None where the keys
    cannot be had.
    """
    added = [key.added for key in keys if key.added is not None]
    found = _references(keys, columns)
    if found is None:
        return None
    (tree,) = grammar.parse(sql)
    select = tree.select_stmt
    if whole:
        select.ClearField("limit_count")
        select.ClearField("limit_offset")
        select.limit_option = nodes.LIMIT_OPTION_DEFAULT
    for expression in added:
        (other,) = grammar.parse(f"select {expression}")
        select.target_list.add().CopyFrom(other.select_stmt.target_list[0])
    every = [f"c{number}" for number in range(1, len(columns) + len(added) + 1)]
    own = ", ".join(every[: len(columns)])
    order = f"order by {found}" if found else ""
    inner = grammar.text_of_statement(select, "select_stmt")
    return (
        f"with dbw ({', '.join(every)}) as ({inner}) "
        f"select {own}{', ' if own else ''}dense_rank() over ({order}) from dbw"
    )


def _references(keys: tuple[SortKey, ...], columns: tuple[str, ...]) -> str | None:
    found, place = [], len(columns)
    for key in keys:
        if key.position is not None:
            column = key.position
        elif key.name is not None:
            if columns.count(key.name) != 1:
                return None
            column = columns.index(key.name) + 1
        elif key.added is not None:
            place += 1
            column = place
        else:
            return None
        found.append(f"c{column} {key.direction}")
    return ", ".join(found)
