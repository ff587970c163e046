"""Whether SQL that SQLAlchemy compiled is the tree of a given statement."""

from __future__ import annotations

from sqlglot import exp

from dbwright.dialects.postgresql import grammar
from dbwright.recipes.queries import tree


def is_same(meant: exp.Expr, sql: str, dialect: str) -> bool:
    """Whether two statements are the same tree but for names that no row depends on.

    Left out are the names that SQLAlchemy gives to columns without one, the brackets, the schema
    before a column and the order of the parts of WITH.
    """
    found = tree.parse(sql, dialect)
    if found is None:
        return False
    one, other = _plain(meant.copy()), _plain(found.copy())
    _unnamed(one, other)
    return _text(one, dialect) == _text(other, dialect)


def _text(node: exp.Expr, dialect: str) -> str:
    sql = node.sql(dialect=tree.GLOT[dialect])
    if dialect != "postgresql":
        return sql
    try:
        return grammar.negated_alike(sql)
    except grammar.Failure:
        return ""


def _plain(root: exp.Expr) -> exp.Expr:
    for table in list(root.find_all(exp.Table)):
        if not table.args.get("alias"):
            name = exp.to_identifier(table.name, quoted=True)
            table.set("alias", exp.TableAlias(this=name))
    for column in list(root.find_all(exp.Column)):
        column.set("db", None)
    for name in root.find_all(exp.Identifier):
        name.set("quoted", True)
    for inner in list(root.find_all(exp.Exists)):
        _unlisted(inner.this)
    for join in root.find_all(exp.Join):
        if join.args.get("kind") in ("INNER", "OUTER"):
            join.set("kind", None)
    for offset in list(root.find_all(exp.Offset)):
        if isinstance(offset.expression, exp.Literal) and offset.expression.name == "0":
            offset.pop()
    for with_ in root.find_all(exp.With):
        with_.set("expressions", sorted(with_.expressions, key=lambda cte: cte.alias))
    return _without_brackets(root)


def _without_brackets(root: exp.Expr) -> exp.Expr:
    """Takes brackets away where printing again sets those that are needed."""
    for paren in list(root.find_all(exp.Paren)):
        inner, parent = paren.this, paren.parent
        simple = isinstance(inner, (exp.Column, exp.Literal, exp.Func, exp.Parameter))
        if parent is not None and (simple or isinstance(parent, (exp.Where, exp.Having))):
            paren.replace(inner)
    return root


def _unlisted(query: exp.Expr) -> None:
    """What an EXISTS lists is never read, unless rows depend on it."""
    bare = isinstance(query, exp.Select) and not any(
        query.args.get(part) for part in ("group", "having", "distinct", "limit", "offset")
    )
    if bare:
        query.set("expressions", [exp.Literal.number(1)])


def _unnamed(one: exp.Expr, other: exp.Expr) -> None:
    """Takes a name that SQLAlchemy gave away where the statement gave none."""
    pairs = zip(one.find_all(exp.Select), other.find_all(exp.Select), strict=False)
    for ours, theirs in list(pairs):
        if len(ours.expressions) != len(theirs.expressions):
            continue
        plain = [
            each.this if isinstance(each, exp.Alias) and not isinstance(mine, exp.Alias) else each
            for mine, each in zip(ours.expressions, theirs.expressions, strict=True)
        ]
        theirs.set("expressions", plain)
