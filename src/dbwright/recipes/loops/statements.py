"""How statements are put together in code: select(), Query and their methods."""

from __future__ import annotations

import ast
from collections.abc import Callable
from dataclasses import replace
from typing import Any

from dbwright.core.application import Root
from dbwright.core.place import Place
from dbwright.recipes.loops.options import ALL, LOADERS
from dbwright.recipes.loops.values import (
    Attribute,
    Chain,
    Class,
    Option,
    Statement,
    TableOf,
    Text,
    Values,
)  # fmt: skip

Evaluate = Callable[[ast.expr], Any]
Depends = Callable[[ast.AST], frozenset[int]]
SAME = {
    "order_by", "distinct", "execution_options", "with_for_update", "having", "prefix_with",
    "suffix_with", "correlate", "enable_eagerloads", "params", "outerjoin_from", "with_hint",
    "returning", "on_conflict_do_nothing", "on_conflict_do_update", "on_duplicate_key_update",
    "values", "execution_option", "reset_joinpoint", "join_from",
}  # fmt: skip
FILTERS = {"where", "filter", "filter_by", "join", "outerjoin", "select_from"}
WRITES = {"insert": "insert", "update": "update", "delete": "delete"}
_FEW = 3
_DEEPEST = 8
_RANGES = (ast.Lt, ast.LtE, ast.Gt, ast.GtE)
_SETS = {"in_", "any_", "between", "contains", "overlap", "like", "ilike"}


def made(verb: str, node: ast.Call, path: str, evaluate: Evaluate, depends: Depends) -> Statement:
    """Gives the statement that `select(…)`, `session.query(…)`, `insert(…)` makes."""
    items = tuple(evaluate(arg) for arg in node.args)
    counts = bool(node.args) and all(_is_count(arg) for arg in node.args)
    root, about = None, ""
    if items and isinstance(items[0], Class):
        end = (node.end_lineno or node.lineno, node.end_col_offset or 0)
        said = ast.unparse(node.args[0])
        root = Root(Place(path, node.lineno), items[0].name, end, said)
    for item in items:
        about = about or _about(item)
    return Statement(
        verb if verb in WRITES else "select",
        items,
        root,
        legacy=verb == "query",
        counts=counts,
        about=about,
        loops=depends(node),
    )


def of_text(text: str, loops: frozenset[int] = frozenset()) -> Statement | None:
    """Gives the statement of a text, None for what is no plain reading or writing one."""
    import sqlglot
    from sqlglot import exp

    if text.lstrip().partition(" ")[0].lower().strip() not in ("select", *WRITES):
        return None
    try:
        tree = sqlglot.parse_one(text)
    except sqlglot.errors.SqlglotError:
        return None
    table = tree.find(exp.Table)
    verbs = {exp.Select: "select", exp.Insert: "insert", exp.Update: "update", exp.Delete: "delete"}
    verb = next((word for kind, word in verbs.items() if isinstance(tree, kind)), None)
    if verb is None or table is None:
        return None
    ranged = any(tree.find_all(exp.In, exp.Between, exp.LT, exp.GT, exp.LTE, exp.GTE, exp.Limit))
    return Statement(verb, (), about=table.name, ranged=ranged, loops=loops)


def changed(
    statement: Statement, name: str, node: ast.Call, evaluate: Evaluate, depends: Depends
) -> Statement | None:
    """Gives the statement that a method of a statement gives, None for one not understood."""
    statement = replace(statement, loops=statement.loops | depends(node))
    if name in SAME:
        return statement
    if name in FILTERS:
        return _filtered(statement, name, node, evaluate, depends)
    if name == "options":
        return _with_options(statement, node, evaluate)
    if name in ("limit", "fetch", "slice"):
        few = bool(node.args) and _number(node.args[-1]) <= _FEW
        return replace(statement, few=few or statement.few, paged=True)
    if name == "offset":
        return replace(statement, paged=True)
    if name == "group_by":
        return replace(statement, counts=False)
    if name in ("yield_per", "populate_existing", "autoflush"):
        return statement
    if name in ("with_only_columns", "with_entities", "add_columns"):
        items = tuple(evaluate(arg) for arg in node.args)
        kept = statement.items if name == "add_columns" else ()
        counts = bool(node.args) and all(_is_count(arg) for arg in node.args)
        return replace(statement, items=(*kept, *items), counts=counts)
    return None


def _filtered(
    statement: Statement, name: str, node: ast.Call, evaluate: Evaluate, depends: Depends
) -> Statement:
    keys, ranged, joins = list(statement.keys), statement.ranged, list(statement.joins)
    about = statement.about
    owner = statement.entity or (statement.items[0].owner if _first_is_attribute(statement) else "")
    if name == "filter_by":
        keys += [(owner, each.arg, depends(each.value)) for each in node.keywords if each.arg]
    for arg in node.args if name in ("where", "filter") else ():
        for part in ast.walk(arg):
            if isinstance(part, ast.Compare) and isinstance(part.ops[0], ast.Eq):
                keys += _equal(part, evaluate, depends)
            elif isinstance(part, ast.Compare) and isinstance(part.ops[0], _RANGES):
                ranged = ranged or bool(depends(part))
            elif isinstance(part, ast.Call) and isinstance(part.func, ast.Attribute):
                ranged = ranged or (part.func.attr in _SETS and bool(depends(part)))
    if name in ("join", "outerjoin"):
        joins += [v.name for arg in node.args if isinstance(v := evaluate(arg), Attribute)]
    if name == "select_from" and node.args:
        about = about or _about(evaluate(node.args[0]))
    for owner, _, _ in keys:
        about = about or owner.rpartition(".")[2]
    filtered = statement.filtered or name in ("where", "filter", "filter_by", "join")
    return replace(
        statement, keys=tuple(keys), ranged=ranged, joins=tuple(joins), about=about,
        filtered=filtered,
    )  # fmt: skip


def _first_is_attribute(statement: Statement) -> bool:
    return bool(statement.items) and isinstance(statement.items[0], Attribute)


def _equal(
    node: ast.Compare, evaluate: Evaluate, depends: Depends
) -> list[tuple[str, str, frozenset[int]]]:
    left, right = node.left, node.comparators[0]
    for one, other in ((left, right), (right, left)):
        value = evaluate(one)
        if isinstance(value, Attribute) and not isinstance(evaluate(other), Attribute):
            return [(value.owner, value.name, depends(other))]
    return []


def _with_options(statement: Statement, node: ast.Call, evaluate: Evaluate) -> Statement:
    chains, opaque = list(statement.chains), statement.opaque
    for arg in node.args:
        value = evaluate(arg.value if isinstance(arg, ast.Starred) else arg)
        for each in value.items if isinstance(value, Values) else (value,):
            if isinstance(each, Option):
                chains += each.chains
            else:
                opaque = True
    root = replace(statement.root, options=tuple(chains)) if statement.root else None
    return replace(statement, chains=tuple(chains), opaque=opaque, root=root)


def option(before: Option | None, name: str, node: ast.Call, evaluate: Evaluate) -> Option | None:
    """Gives the option that a loader function, or a loader's method, makes."""
    start: Chain = before.chains[0] if before is not None and before.chains else ()
    if name == "options":
        nested = [evaluate(arg) for arg in node.args]
        if not all(isinstance(each, Option) for each in nested):
            return None
        more = tuple((*start, *chain) for each in nested for chain in each.chains)
        return Option((start, *more))
    if name not in LOADERS:
        return None
    chains: list[Chain] = []
    for arg in node.args:
        step = _step(name, evaluate(arg))
        if step is None:
            return None
        again = any(each.arg == "recursion_depth" for each in node.keywords)
        chains.append((*start, *([step] * (_DEEPEST if again else 1))))
    if name == "undefer_group":
        chains = [(*start, (name, "", ALL))]
    if name in ("load_only", "defer", "undefer", "undefer_group"):
        rest = before.chains if before is not None and start else ()
        return Option((*rest, *chains))
    if len(chains) > 1:  # joinedload(A.b, B.c): a path, in the old form
        chains = [(*start, *(chain[-1] for chain in chains))]
    rest = before.chains[1:] if before is not None else ()
    return Option((*chains, *rest)) if chains else None


def _step(name: str, value: Any) -> tuple[str, str, str] | None:
    if isinstance(value, Attribute):
        return name, value.owner, value.name
    if isinstance(value, Text):
        return name, "", value.text
    return None


def _is_count(node: ast.expr) -> bool:
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
        return node.func.attr == "count" or (
            node.func.attr == "label" and _is_count(node.func.value)
        )
    return False


def _about(value: Any) -> str:
    if isinstance(value, Class):
        return value.name.rpartition(".")[2]
    if isinstance(value, Attribute):
        return value.owner.rpartition(".")[2]
    return value.key.rpartition(".")[2] if isinstance(value, TableOf) else ""


def _number(node: ast.expr) -> float:
    found = node.value if isinstance(node, ast.Constant) else None
    return found if isinstance(found, int) else float("inf")
