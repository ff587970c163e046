"""SELECTs, set operations, CTEs and joins as SQLAlchemy's code."""

from __future__ import annotations

from sqlglot import exp

from dbwright.recipes.queries.orm import clauses
from dbwright.recipes.queries.orm.names import Unsaid
from dbwright.recipes.queries.orm.sources import (
    Scope,
    Source,
    columns_of,
    dotted,
    folded,
    mapper_of,
    table_of,
)
from dbwright.recipes.queries.orm.writer import Writer
from dbwright.recipes.queries.tree import conjuncts

_UNSAID = ("windows", "qualify", "sample", "pivots", "laterals", "into", "hint", "connect", "kind")
_SETS = {exp.Union: "union", exp.Intersect: "intersect", exp.Except: "except_"}


def say(writer: Writer, node: exp.Expr, outer: Scope | None) -> str:
    """Gives the code of a query without its execution; raises Unsaid for what has none."""
    if isinstance(node, exp.Subquery) and not node.args.get("alias"):
        node = node.this
    with_ = node.args.get("with_")
    if with_ is not None:
        if outer is not None or with_.args.get("recursive"):
            raise Unsaid("this WITH")
        for cte in with_.expressions:
            _cte(writer, cte)
    if isinstance(node, exp.Select):
        return _select(writer, node, outer)
    if isinstance(node, exp.SetOperation):
        return _set(writer, node, outer)
    raise Unsaid(f"{type(node).__name__} as a query")


def _cte(writer: Writer, cte: exp.Expr) -> None:
    alias = cte.args["alias"]
    if alias.args.get("columns"):
        raise Unsaid("a WITH that names its columns")
    code = writer.query(cte.this, None)
    name = folded(alias.this)
    variable = writer.names.variable(name)
    alias.this.set("quoted", True)
    tail = ""
    if cte.args.get("materialized") is not None:
        word = "MATERIALIZED" if cte.args["materialized"] else "NOT MATERIALIZED"
        tail = f'.prefix_with("{word}")'
    writer.lines.append(f'{variable} = {code}.cte("{name}"){tail}')
    columns = _outputs(cte.this, f"{variable}.c")
    writer.ctes[name] = Source(name, variable, columns, table=f"\0{name}")


def _set(writer: Writer, node: exp.SetOperation, outer: Scope | None) -> str:
    name = _SETS[type(node)]
    if not node.args.get("distinct"):
        name = f"{name.removesuffix('_')}_all"
    if any(node.args.get(part) for part in ("by_name", "on", "side", "kind")):
        raise Unsaid("this set operation")
    arms = [writer.query(arm, outer) for arm in _arms(node, type(node), node.args.get("distinct"))]
    code = f"{writer.name(name)}({', '.join(arms)})"
    scope = Scope(outputs={key: exp.Null() for key in _outputs(node, "")})
    return code + clauses.order_by(writer, scope, node) + clauses.limits(writer, scope, node)


def _arms(node: exp.Expr, kind: type[exp.Expr], distinct: object) -> list[exp.Expr]:
    """Gives what a chain of one set operation joins; brackets on the right are kept."""
    if not isinstance(node, kind) or node.args.get("distinct") != distinct:
        return [node]
    return [*_arms(node.this, kind, distinct), node.expression]


def _select(writer: Writer, node: exp.Select, outer: Scope | None) -> str:
    for part in _UNSAID:
        if node.args.get(part):
            raise Unsaid(f"{part} of a SELECT")
    scope = Scope(outer=outer)
    clauses.unnumbered(node)
    froms = _from(writer, scope, node)
    scope.outputs = {each.alias: each for each in node.expressions if isinstance(each, exp.Alias)}
    joins = "".join(_join(writer, scope, each) for each in node.args.get("joins") or ())
    clauses.hoist(writer, scope, node)
    listed = [_output(writer, scope, each) for each in _expanded(scope, node)]
    listed = _classes(scope, listed)
    code = f"{writer.name('select')}({', '.join(listed)})"
    code += _start(scope, froms, joins, listed)
    code += joins
    where = node.args.get("where")
    if where is not None:
        parts = [writer.say(scope, part).text for part in list(conjuncts(where.this))]
        code += f".where({', '.join(parts)})"
    code += clauses.group_by(writer, scope, node) + clauses.distinct(writer, scope, node)
    code += (
        clauses.order_by(writer, scope, node)
        + clauses.limits(writer, scope, node)
        + clauses.locks(node)
    )
    return code + _correlated(scope)


def _correlated(scope: Scope) -> str:
    """Gives correlate() where more than the SELECT next around is named: that alone is found."""
    if not any(scope.reached.values()):
        return ""
    return f".correlate({', '.join(scope.reached)})"


def _start(scope: Scope, froms: list[Source], joins: str, listed: list[str]) -> str:
    """Gives select_from() where the listed columns do not say where the rows come from."""
    if not froms:
        return ""
    first = listed[0] if listed else ""
    others = [each for each in scope.sources.values() if each not in froms]
    heads = tuple(f"{each.code}{'.c' if '.c.' in first else ''}." for each in others)
    alone = len(scope.sources) == 1 and any(
        text == froms[0].code or text.startswith(f"{froms[0].code}.") for text in listed
    )
    if alone:
        return ""
    plain = all(text.split(".")[0] == froms[0].code for text in listed)
    if plain and len(froms) == 1 and not any(text.startswith(heads) for text in listed):
        return ""
    return f".select_from({', '.join(each.code for each in froms)})"


def _from(writer: Writer, scope: Scope, node: exp.Select) -> list[Source]:
    found = node.args.get("from_")
    if found is None:
        return []
    sources = [_source(writer, scope, found.this)]
    for join in list(node.args.get("joins") or ()):
        if _is_comma(join):
            sources.append(_source(writer, scope, join.this))
    return sources


def _is_comma(join: exp.Expr) -> bool:
    parts = ("side", "kind", "on", "using", "method")
    return not any(join.args.get(part) for part in parts)


def _source(writer: Writer, scope: Scope, node: exp.Expr) -> Source:
    """Takes one entry of a FROM into the scope; its alias in the tree becomes the code's."""
    if node.args.get("joins") or node.args.get("sample"):
        raise Unsaid("a FROM in brackets")
    if isinstance(node, exp.Table) and isinstance(node.this, exp.Identifier):
        name, source = folded(_alias(node) or node.this), _table(writer, scope, node)
    elif isinstance(node, (exp.Subquery, exp.Lateral)):
        name, source = _derived(writer, scope, node)
    else:
        raise Unsaid("rows of a function")
    if name in scope.sources:
        raise Unsaid(f"two sources with the name {name}")
    scope.sources[name] = source
    return source


def _alias(node: exp.Expr) -> exp.Expr | None:
    alias = node.args.get("alias")
    if alias is not None and alias.args.get("columns"):
        raise Unsaid("an alias that names its columns")
    return alias.this if alias is not None else None


def _table(writer: Writer, scope: Scope, node: exp.Table) -> Source:
    given = _alias(node)
    cte = writer.ctes.get(folded(node.this)) if not node.args.get("db") else None
    if cte is not None:
        return _of_cte(writer, scope, node, cte, given)
    table = table_of(writer.mapping, node)
    if table is None:
        raise Unsaid(f"a class of {node.name}")
    mapper = mapper_of(writer.mapping, table)
    if mapper is None and writer.mapping.mappers_of(table.key):
        raise Unsaid(f"which class {node.name} is")
    if mapper is None:
        writer.names.tables.setdefault(table.key, writer.names.variable(table.name))
        code = writer.names.tables[table.key]
    else:
        writer.names.classes[mapper.name] = mapper.qualified
        code = mapper.name
    alias = table.name
    if scope.uses(table.key) or scope.knows(table.name):
        alias = folded(given) if given is not None else table.name
        if scope.knows(alias):
            alias = f"{alias}_inner"
        code = _aliased(writer, code, alias, mapped=mapper is not None)
    node.set("alias", exp.TableAlias(this=exp.to_identifier(alias, quoted=True)))
    if mapper is not None:
        columns, types = columns_of(mapper, code)
    else:
        columns, types = {c.name: dotted(f"{code}.c", c.name) for c in table.columns}, {}
    whole = mapper is not None and {c.name for c in table.columns} == set(columns)
    return Source(alias, code, columns, types, table.key, whole=whole)


def _aliased(writer: Writer, code: str, alias: str, *, mapped: bool) -> str:
    variable = writer.names.variable(alias)
    if mapped:
        made = f'{writer.name("aliased", "sqlalchemy.orm")}({code}, name="{alias}")'
    else:
        made = f'{code}.alias("{alias}")'
    writer.lines.append(f"{variable} = {made}")
    return variable


def _of_cte(
    writer: Writer, scope: Scope, node: exp.Table, cte: Source, given: exp.Expr | None
) -> Source:
    alias, code = cte.alias, cte.code
    if scope.uses(cte.table or "") or scope.knows(alias):
        alias = folded(given) if given is not None else f"{alias}_again"
        code = writer.names.variable(alias)
        writer.lines.append(f'{code} = {cte.code}.alias("{alias}")')
    node.this.set("quoted", True)
    node.set("alias", exp.TableAlias(this=exp.to_identifier(alias, quoted=True)))
    columns = {name: f"{code}.{text.partition('.')[2]}" for name, text in cte.columns.items()}
    return Source(alias, code, columns, table=cte.table)


def _derived(writer: Writer, scope: Scope, node: exp.Expr) -> tuple[str, Source]:
    given = _alias(node)
    if given is None:
        raise Unsaid("a subquery without a name")
    name = folded(given)
    if scope.knows(name):
        raise Unsaid(f"two sources with the name {name}")
    lateral = isinstance(node, exp.Lateral)
    inner = node.this.this if lateral and isinstance(node.this, exp.Subquery) else node.this
    if not isinstance(inner, exp.Query):
        raise Unsaid("rows of a function")
    code = writer.query(inner, scope if lateral else None)
    variable = writer.names.variable(name)
    given.set("quoted", True)
    writer.lines.append(f'{variable} = {code}.{"lateral" if lateral else "subquery"}("{name}")')
    return name, Source(name, variable, _outputs(inner, f"{variable}.c"))


def _outputs(query: exp.Expr, code: str) -> dict[str, str]:
    """Gives the columns of a subquery by their names; only what has a certain name is there."""
    while isinstance(query, (exp.SetOperation, exp.Subquery)):
        query = query.this
    found = {}
    for each in query.expressions:
        name = each.alias if isinstance(each, exp.Alias) else ""
        if isinstance(each, exp.Column):
            name = each.name
        if name:
            found[name] = dotted(code, name)
    return found


def _join(writer: Writer, scope: Scope, node: exp.Expr) -> str:
    if _is_comma(node):
        return ""
    side, kind = node.args.get("side") or "", node.args.get("kind") or ""
    if node.args.get("method") or side not in ("", "LEFT", "FULL"):
        raise Unsaid("this join")
    if kind not in ("", "INNER", "CROSS", "OUTER"):
        raise Unsaid(f"a {kind} join")
    before = list(scope.sources)
    source = _source(writer, scope, node.this)
    using = node.args.get("using")
    if using:
        if len(before) != 1:
            raise Unsaid("USING after several")
        node.set("using", None)
        names = (before[0], list(scope.sources)[-1])
        node.set("on", exp.and_(*[_equal(each, *names) for each in using]))
    on = node.args.get("on")
    if kind == "CROSS" or on is None:
        node.set("kind", None)
        node.set("on", exp.true())
        on = node.args["on"]
    condition = writer.say(scope, on).text
    if side == "FULL":
        return f".join({source.code}, {condition}, full=True)"
    return f".{'outerjoin' if side == 'LEFT' else 'join'}({source.code}, {condition})"


def _equal(name: exp.Expr, left: str, right: str) -> exp.Expr:
    sides = [exp.to_identifier(each, quoted=True) for each in (left, right)]
    one, other = (exp.column(name.copy(), table=side) for side in sides)
    return exp.EQ(this=one, expression=other)


def _expanded(scope: Scope, node: exp.Select) -> list[exp.Expr]:
    """Gives the listed expressions; a star becomes the columns of the classes."""
    found: list[exp.Expr] = []
    for each in node.expressions:
        if isinstance(each, exp.Star):
            sources = list(scope.sources.values())
        elif isinstance(each, exp.Column) and isinstance(each.this, exp.Star):
            sources = [scope.sources[folded(each.args["table"])]]
        else:
            found.append(each)
            continue
        for source in sources:
            if not source.whole and "." not in source.code and source.table and not source.columns:
                raise Unsaid("a star of what has no known columns")
            found += [
                exp.column(exp.to_identifier(name, quoted=True), table=_name(scope, source))
                for name in source.columns
            ]
    node.set("expressions", found)
    return list(node.expressions)


def _classes(scope: Scope, listed: list[str]) -> list[str]:
    """Gives a class in place of all of its columns."""
    for source in scope.sources.values():
        columns = list(source.columns.values())
        length = len(columns)
        if not source.whole or length < 2:
            continue
        for start in range(len(listed) - length + 1):
            if listed[start : start + length] == columns:
                listed = [*listed[:start], source.code, *listed[start + length :]]
                break
    return listed


def _name(scope: Scope, source: Source) -> exp.Identifier:
    name = next(key for key, each in scope.sources.items() if each is source)
    return exp.to_identifier(name, quoted=True)


def _output(writer: Writer, scope: Scope, node: exp.Expr) -> str:
    if isinstance(node, exp.Alias):
        node.args["alias"].set("quoted", True)
        return f'{writer.element(scope, node.this)}.label("{node.alias}")'
    return writer.element(scope, node)
