"""What a statement compares its parameters with, reads from, writes, and joins ahead, as JSON."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from .loads import qualified
from .rows import Products, apart, products

_MOST = 20
_LONGEST = 200
Compared = list[str]
"""Class (empty where none is mapped), table, attribute or column, and the operator."""


def read(context: Any) -> tuple[dict[str, Any], set[type], Products | None]:
    """Gives the facts of a statement's tree, the mapped classes in it, and its products."""
    compiled = getattr(context, "compiled", None)
    if compiled is None:
        return {}, set(), None
    binds = getattr(compiled, "binds", None) or {}
    found: dict[str, Any] = {
        "binds": len(getattr(compiled, "bind_names", None) or binds),
        "expanding": any(each.expanding for each in binds.values()),
    }
    statement = context.invoked_statement
    if is_given(statement):
        return found, selected(statement), None
    if getattr(compiled, "isplaintext", False):
        return found, set(), None
    classes: set[type] = set()
    found["compared"], found["values"] = _compared(context, classes)
    if getattr(statement, "is_select", False):
        found["tables"] = _tables(compiled)
        found["page"] = _page(statement)
        found["locks"] = getattr(statement, "_for_update_arg", None) is not None
        found["fixed"], found["by_key"] = _conditions(statement)
        return found, classes | selected(statement), _joined(compiled, found)
    found["writes"] = _written_class(statement, classes)
    found["written"] = _written(context, statement)
    found["upsert"] = getattr(statement, "_post_values_clause", None) is not None
    return found, classes, None


def is_given(statement: Any) -> bool:
    """Whether it is a statement whose rows are read as objects: `from_statement()`."""
    return getattr(statement, "__visit_name__", "") == "orm_from_statement"


def _compared(context: Any, classes: set[type]) -> tuple[list[Compared], list[str]]:
    """Gives what is compared with parameters, in subqueries too, and the name of each parameter."""
    from sqlalchemy.sql import visitors
    from sqlalchemy.sql.elements import BinaryExpression

    found: list[Compared] = []
    values: list[str] = []
    names = _parameters(context)
    for each in visitors.iterate(context.invoked_statement):
        if not isinstance(each, BinaryExpression):
            continue
        operator = getattr(each.operator, "__name__", "")
        for side, other in ((each.left, each.right), (each.right, each.left)):
            for column in _columns(side) if _given(other) else ():
                said = [*_named(column, classes), operator]
                if said not in found and len(found) < _MOST:
                    found.append(said)
                    values.append(names.get(other, ""))
    return found, values


def _parameters(context: Any) -> dict[Any, str]:
    """Gives the names of a statement's parameters; what was compiled is that of its first twin."""
    compiled = context.compiled
    found = dict(getattr(compiled, "bind_names", None) or {})
    key, given = (
        getattr(compiled, "cache_key", None),
        getattr(context, "extracted_parameters", None),
    )
    if key is not None and given:
        same: Any = getattr(compiled, "_cache_key_bind_match", None)
        for first, own in zip(key[1], given, strict=False):
            for bind in same[0].get(first, (first,)) if same else (first,):
                if bind in found:
                    found[own] = found[bind]
    return found


def _conditions(statement: Any) -> tuple[list[str], bool]:
    """Gives the conditions of a SELECT without parameters, and whether the others are of a key."""
    from sqlalchemy.sql import visitors

    where = getattr(statement, "whereclause", None)
    fixed, keys = [], []
    joined = getattr(getattr(where, "operator", None), "__name__", "") == "and_"
    for each in (where.clauses if joined else [where]) if where is not None else ():
        parts = list(visitors.iterate(each))
        columns = [part for part in parts if getattr(part, "__visit_name__", "") == "column"]
        if any(getattr(part, "__visit_name__", "") == "bindparam" for part in parts):
            keys += [bool(getattr(column, "primary_key", False)) for column in columns]
        elif columns:
            fixed.append(str(each)[:_LONGEST])
    return fixed[:_MOST], bool(keys) and all(keys)


def _columns(side: Any) -> list[Any]:
    """Gives the columns of one side of a comparison: one, or those of a tuple."""
    parts = list(getattr(side, "clauses", ())) or [getattr(side, "element", side)]
    columns = [each for each in parts if getattr(each, "__visit_name__", "") == "column"]
    return columns if len(columns) == len(parts) else []


def _given(side: Any) -> bool:
    """Whether one side of a comparison is a parameter, and no column is in it."""
    from sqlalchemy.sql import visitors

    kinds = {getattr(each, "__visit_name__", "") for each in visitors.iterate(side)}
    return "bindparam" in kinds and "column" not in kinds and "select" not in kinds


def _named(column: Any, classes: set[type]) -> list[str]:
    noted = getattr(column, "_annotations", None) or {}
    entity = noted.get("parententity")
    mapper = getattr(entity, "mapper", None)
    table = _table(getattr(column, "table", None))
    if mapper is None:
        return ["", table, str(column.key)]
    classes.add(mapper.class_)
    return [qualified(mapper.class_), table, str(noted.get("proxy_key", column.key))]


def _table(table: Any) -> str:
    """Gives the name of a table, of an alias that of the table behind it."""
    inner = table
    while hasattr(inner, "element"):
        inner = inner.element
    if getattr(inner, "__visit_name__", "") == "table":
        return str(inner)
    return str(getattr(table, "name", "")) if table is not None else ""


def _tables(compiled: Any) -> list[str]:
    """Gives the tables that a SELECT reads, the first one first."""
    sources = compiled.statement.get_final_froms()
    return list(dict.fromkeys(str(each) for source in sources for each in _leaves(source)))[:_MOST]


def _leaves(source: Any) -> Iterator[Any]:
    if hasattr(source, "left") and hasattr(source, "right"):
        yield from _leaves(source.left)
        yield from _leaves(source.right)
    elif hasattr(source, "element"):
        yield from _leaves(source.element)
    elif hasattr(source, "get_final_froms"):
        for each in source.get_final_froms():
            yield from _leaves(each)
    elif getattr(source, "__visit_name__", "") == "table":
        yield source


def _page(statement: Any) -> int | None:
    """Gives how many rows a SELECT is limited to, as it was first sent; None for no limit."""
    for name in ("_limit_clause", "_fetch_clause"):
        clause = getattr(statement, name, None)
        if clause is not None:
            value = getattr(clause, "effective_value", getattr(clause, "value", None))
            return int(value) if isinstance(value, int) else 2
    return None


def selected(statement: Any) -> set[type]:
    """Gives the mapped classes that a statement selects."""
    entities = (each.get("entity") for each in getattr(statement, "column_descriptions", ()))
    mappers = (getattr(each, "__mapper__", None) for each in entities if each is not None)
    return {mapper.class_ for mapper in mappers if mapper is not None}


def _written_class(statement: Any, classes: set[type]) -> str:
    mapper = (getattr(statement, "_propagate_attrs", None) or {}).get("plugin_subject")
    mapper = getattr(mapper, "mapper", None)
    if mapper is None:
        return ""
    classes.add(mapper.class_)
    return qualified(mapper.class_)


def _written(context: Any, statement: Any) -> list[str]:
    """Gives the attributes or columns that an INSERT or UPDATE sets."""
    found: list[str] = []
    named = [*(getattr(statement, "_values", None) or ()), *(context.compiled.column_keys or ())]
    for each in named:
        noted = getattr(each, "_annotations", None) or {}
        name = str(noted.get("proxy_key") or getattr(each, "key", each))
        if name not in found:
            found.append(name)
    return found[:_MOST]


def _joined(compiled: Any, found: dict[str, Any]) -> Products | None:
    """Takes down what is joined ahead, as paths; gives the product of those that are siblings."""
    attributes = getattr(compiled.compile_state, "attributes", None) or {}
    paths = [
        (key[1], adapter)
        for key, adapter in attributes.items()
        if isinstance(key, tuple) and len(key) == 2 and key[0] == "eager_row_processor"
    ]
    found["joined"] = [[list(step) for step in _steps(path)] for path, _ in paths]
    many = [(path, adapter) for path, adapter in paths if path[-1].uselist]
    siblings = [each for each, _ in many if any(apart(each, other) for other, _ in many)]
    if not siblings:
        return None
    named = [[list(step) for step in _steps(path)] for path in siblings]
    asked = _asked(compiled.statement)
    order = [asked.index(each) if each in asked else len(asked) for each in named]
    found["siblings"] = [named[at] for at in sorted(range(len(named)), key=order.__getitem__)]
    return products(compiled, many)


def _asked(statement: Any) -> list[list[list[str]]]:
    """Gives the paths of a statement's loader options, in their order."""
    options = getattr(statement, "_with_options", ())
    elements = [each for option in options for each in getattr(option, "context", ())]
    return [[list(step) for step in _steps(each.path.path)] for each in elements]


def _steps(path: Any) -> Iterator[tuple[str, str]]:
    for owner, attribute in zip(path[::2], path[1::2]):
        yield qualified(owner.mapper.class_), str(attribute.key)
