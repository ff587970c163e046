"""What stands behind FROM and WHERE: groups, orders, limits and locks."""

from __future__ import annotations

from sqlglot import exp

from dbwright.recipes.queries.orm import functions
from dbwright.recipes.queries.orm.names import Unsaid
from dbwright.recipes.queries.orm.sources import Scope
from dbwright.recipes.queries.orm.writer import Writer
from dbwright.recipes.queries.tree import conjuncts

_VALUES = (exp.Literal, exp.TimestampTrunc, exp.TimeToStr)


def unnumbered(node: exp.Select) -> None:
    """Puts what stands there in place of a position in GROUP BY and ORDER BY."""
    group, order = node.args.get("group"), node.args.get("order")
    numbers = list(group.expressions) if group is not None else []
    numbers += [each.this for each in order.expressions] if order is not None else []
    for each in numbers:
        if not (isinstance(each, exp.Literal) and each.is_int):
            continue
        if any(item.is_star for item in node.expressions):
            raise Unsaid("a position among the columns of a star")
        item = node.expressions[int(each.name) - 1]
        named = isinstance(item, exp.Alias) and isinstance(each.parent, exp.Ordered)
        each.replace(exp.column(item.args["alias"].copy()) if named else item.unalias().copy())


def hoist(writer: Writer, scope: Scope, node: exp.Select) -> None:
    """Gives a name to what is grouped by, where it holds a value.

    Written twice, the value would be bound twice, and two parameters are not the same expression
    to PostgreSQL: "column must appear in the GROUP BY clause".
    """
    group = node.args.get("group")
    for each in list(group.expressions) if group is not None else ():
        if isinstance(each, (exp.Column, exp.Literal)) or not each.find(*_VALUES):
            continue
        listed = (item for item in node.expressions if item.unalias() == each)
        item = next(listed, None)
        name = item.alias if isinstance(item, exp.Alias) else "grouped"
        before = writer.sql(each)
        code = writer.say(scope, each).text
        variable = writer.names.variable(name)
        writer.lines.append(f"{variable} = {code}")
        scope.hoisted[before] = scope.hoisted[writer.sql(each)] = variable
        for same in node.find_all(type(each)):
            if same is not each and writer.sql(same) == before:
                same.replace(each.copy())


def group_by(writer: Writer, scope: Scope, node: exp.Select) -> str:
    """Gives `.group_by(…)` and `.having(…)`."""
    group, having = node.args.get("group"), node.args.get("having")
    code = ""
    if group is not None:
        if any(group.args.get(part) for part in ("cube", "rollup", "grouping_sets", "all")):
            raise Unsaid("this GROUP BY")
        parts = [_grouped(writer, scope, each) for each in list(group.expressions)]
        code = f".group_by({', '.join(parts)})"
    if having is not None:
        parts = [writer.say(scope, part).text for part in list(conjuncts(having.this))]
        code += f".having({', '.join(parts)})"
    return code


def _grouped(writer: Writer, scope: Scope, node: exp.Expr) -> str:
    if isinstance(node, exp.Literal):
        raise Unsaid("a group by position")
    if isinstance(node, exp.Column) and not node.table and node.name in scope.outputs:
        try:
            return writer.element(scope, node)
        except Unsaid:
            return f'"{node.name}"'
    return writer.element(scope, node)


def distinct(writer: Writer, scope: Scope, node: exp.Select) -> str:
    """Gives `.distinct(…)`."""
    distinct = node.args.get("distinct")
    if distinct is None:
        return ""
    on = distinct.args.get("on")
    parts = [writer.element(scope, each) for each in list(on.expressions)] if on else []
    return f".distinct({', '.join(parts)})"


def order_by(writer: Writer, scope: Scope, node: exp.Expr) -> str:
    """Gives `.order_by(…)`."""
    order = node.args.get("order")
    if order is None:
        return ""
    parts = [functions.ordered(writer, scope, each) for each in list(order.expressions)]
    return f".order_by({', '.join(parts)})"


def limits(writer: Writer, scope: Scope, node: exp.Expr) -> str:
    """Gives `.limit(…)` and `.offset(…)`."""
    code = ""
    for name in ("limit", "offset"):
        part = node.args.get(name)
        if part is None:
            continue
        if not isinstance(part, (exp.Limit, exp.Offset)) or part.args.get("limit_options"):
            raise Unsaid("this FETCH")
        if part.expressions:
            raise Unsaid("LIMIT BY")
        code += f".{name}({writer.say(scope, part.expression).text})"
    return code


def locks(node: exp.Expr) -> str:
    """Gives `.with_for_update(…)`."""
    locks = node.args.get("locks") or ()
    if not locks:
        return ""
    if len(locks) > 1 or locks[0].expressions or not locks[0].args.get("update"):
        raise Unsaid("this lock")
    wait = locks[0].args.get("wait")
    words = {None: "", True: "nowait=True", False: "skip_locked=True"}
    if wait not in (None, True, False) or locks[0].args.get("key"):
        raise Unsaid("this lock")
    return f".with_for_update({words[wait]})"
